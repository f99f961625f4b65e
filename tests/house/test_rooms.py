"""Rooms that answer a question each: where a rule has its desk, who may know whom, and how much a room holds."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "carbonpolis"
MARKET, HALL = SOURCE / "market", SOURCE / "platform"
MOST_FILES = 24
FLAT = {"registry", "evaluate/score"}  # flat on purpose: their names are the field's, and a split was tried in vain

# A rule of the market, and the desks in platform/market at which a person asks for it.
DESKS = {
    "auction": {"auction_orders", "session"},
    "compliance": {"obligations"},
    "continuous": {"continuous"},
    "credit": {"credit", "repayments"},
    "floor": {"continuous"},
    "marketdata": {"feed"},
    "matching": set(),  # nobody asks one book: `continuous` joins the books of all cities
    "offbook": {"blocks", "forwards"},
    "surveillance": {"surveillance"},
    "venue": {"venue"},
}
# What a desk reaches its room through, where it isn't the room itself.
THROUGH = {("continuous", "continuous"): "floor", ("auction", "auction_orders"): "order"}
NO_DESKS = {"admission", "desk", "floor_state"}  # shared by desks: who is active, the venue, what a floor is made of

# A tower, and the wing of the hall in which its desks are.
WINGS = {"measure": "measure", "registry": "registry", "market": "market", "evaluate": "evaluate"}

# Rooms of the market, from the ground up; each may know those before it, and none beside it in its line.
FLOORS = (
    ("matching", "order"),
    ("venue",),
    ("settlement",),
    ("auction",),
    ("continuous", "compliance", "offbook"),
    ("floor",),
    ("credit", "marketdata"),
    ("surveillance",),
)


def imported(path: Path) -> set[str]:
    """Every module of ours that a file imports, by its dotted name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("carbonpolis"):
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names if each.name.startswith("carbonpolis")}
    return found


def rooms_of(path: Path) -> set[str]:
    """The rooms of the market that a file imports from."""
    return {name.split(".")[2] for name in imported(path) if name.startswith("carbonpolis.market.")}


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.py") if path.stem != "__init__")


def rooms() -> set[str]:
    return {path.parent.name for path in MARKET.glob("*/__init__.py")}


def test_every_room_of_the_market_has_its_desk_and_every_desk_its_room():
    assert set(DESKS) == rooms()
    there = {path.stem for path in modules(HALL / "market")}
    assert set().union(*DESKS.values()) | NO_DESKS == there


@pytest.mark.parametrize(("room", "desk"), [(room, desk) for room in DESKS for desk in sorted(DESKS[room])])
def test_a_desk_asks_the_room_whose_rules_it_gives_out(room: str, desk: str):
    assert THROUGH.get((room, desk), room) in rooms_of(HALL / "market" / f"{desk}.py")


@pytest.mark.parametrize(("tower", "wing"), WINGS.items())
def test_each_tower_has_its_wing_of_the_hall(tower: str, wing: str):
    assert (SOURCE / tower).is_dir()
    asked = set().union(*(imported(path) for path in modules(HALL / wing)))
    assert any(name.startswith(f"carbonpolis.{tower}.") for name in asked)


@pytest.mark.parametrize("room", sorted(rooms()))
def test_a_room_knows_only_those_below_it(room: str):
    level = next(number for number, line in enumerate(FLOORS) if room in line)
    below = {name for line in FLOORS[:level] for name in line} | {room}
    known = set().union(*(rooms_of(path) for path in modules(MARKET / room)))
    assert known <= below


def test_a_folder_holds_no_more_than_one_can_look_through():
    full = {}
    for folder in [SOURCE, *(path for path in SOURCE.rglob("*") if path.is_dir())]:
        name = folder.relative_to(SOURCE).as_posix()
        if name not in FLAT and (count := len(modules(folder))) > MOST_FILES:
            full[name] = count
    assert not full


def test_what_is_flat_on_purpose_is_there():
    assert all((SOURCE / name).is_dir() for name in FLAT)

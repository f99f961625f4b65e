"""The documents are true: every command is in them with its options, every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from carbonpolis.cli.main import app
from carbonpolis.platform.intake.kinds.table import KINDS

ROOT = Path(__file__).parents[2]
COMMANDS = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def commands() -> dict[str, list[str]]:
    """Every command as a person types it, with its long options."""
    found: dict[str, list[str]] = {}

    def walk(command: typer.core.TyperGroup, words: str) -> None:
        for name, inner in command.commands.items():
            if isinstance(inner, typer.core.TyperGroup):
                walk(inner, f"{words} {name}")
            else:
                long = [o for p in inner.params for o in p.opts if o.startswith("--") and o != "--help"]
                found[f"{words} {name}"] = long

    walk(typer.main.get_group(app), "carbonpolis")
    return found


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_and_option_is_documented_and_explains_itself(command: str):
    line = next((line for line in COMMANDS.splitlines() if re.search(rf"`{command}( |`)", line)), None)
    assert line is not None, f"docs/reference/commands.md has no row for `{command}`"
    assert not [option for option in commands()[command] if option not in line], line


def test_every_documented_command_exists():
    told = {" ".join(m.split()) for m in re.findall(r"^\| `(carbonpolis(?: [a-z]+)+)", COMMANDS, re.MULTILINE)}
    assert told <= set(commands())


def test_the_row_of_load_names_every_kind_of_file():
    (line,) = (line for line in COMMANDS.splitlines() if line.startswith("| `carbonpolis load "))
    assert not [kind for kind in KINDS if kind not in line]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]

"""What rows of a person's file must be beside the rest: known cities and owners, a thing once, a model that takes it.

Each check gets the rows whose cells are right by themselves, and tells every fault with its row and column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from carbonpolis.errors import CarbonpolisError, Fault
from carbonpolis.measure import emissions, sinks
from carbonpolis.platform.intake.boundaries import overlap_faults
from carbonpolis.platform.measure.removals import measured
from carbonpolis.platform.parties import OPERATOR, REGISTRAR, STANDIN_VERIFIER
from carbonpolis.platform.work import Work
from carbonpolis.registry.party import City, Party, Role
from carbonpolis.registry.project import SinkProject

Cells = dict[str, Any]
OFFICES = frozenset({OPERATOR.id, REGISTRAR.id, STANDIN_VERIFIER.id})
# Streams that indicators are made from: unit, least and greatest value (operational definitions of S13, S26, S31, S33).
STREAMS: dict[str, tuple[str, float, float]] = {
    "S26": ("points", 0, 100),
    "land/treeable_wasteland": ("ha", 0, 1e8),
    "eligible_firms": ("firms", 0, 1e7),
    "participating_firms": ("firms", 0, 1e7),
    "adults_with_account_share": ("share", 0, 1),
    "value_added": ("million PPP USD/year", 0, 1e8),
}


def _known_cities(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    known = {city.id for city in work.state.all(City)}
    for c in cells:
        if c["city"] not in known:
            expected = f"a city that is loaded ({', '.join(sorted(known)[:6])}{' ...' if len(known) > 6 else ''})"
            yield Fault(file, c["row"], "city", c["city"], expected, "`carbonpolis load cities FILE` first.")


def _check_cities(_work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    yield from _once(cells, "city", file)
    zones = sinks.ecological_zones()
    for c in cells:
        if c["ecological_zone"] not in zones:
            expected = f"one of {', '.join(zones)}"
            yield Fault(file, c["row"], "ecological_zone", c["ecological_zone"], expected)
        if c["country"] != c["city"][:2]:
            yield Fault(file, c["row"], "country", c["country"], f"{c['city'][:2]}, as in the city's code")


def _check_accounts(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    yield from _known_cities(work, cells, file)
    first: dict[str, Cells] = {}
    years: set[tuple[str, int]] = set()
    for c in cells:
        before = first.setdefault(c["account"], c)
        for name in ("city", "role", "name"):
            if before[name] != c[name]:
                expected = f"{before[name]!r}, as in row {before['row']}"
                yield Fault(file, c["row"], name, c[name], expected, "One account has one name, home and role.")
        if c["verified_emissions_t"] is not None and c["year"] is None:
            yield Fault(file, c["row"], "year", "", "the year of the verified emissions", "Fill it in.")
        if c["year"] is not None:
            if (c["account"], c["year"]) in years:
                yield Fault(file, c["row"], "year", str(c["year"]), "one row an account and year", "Take one out.")
            years.add((c["account"], c["year"]))
        if c["role"] == "emitter" and c["gpc_ref"] and c["gpc_ref"] not in emissions.references():
            yield Fault(file, c["row"], "gpc_ref", c["gpc_ref"], "a GPC reference such as I.3.1 or IV.1")
        yield from _who(work, c, file)


def _who(work: Work, c: Cells, file: str) -> Iterable[Fault]:
    """An account is who it was before, nobody's office, and owes only for what it emits itself."""
    known = work.state.find(Party, c["account"])
    if c["account"] in OFFICES or work.state.find(City, c["account"]) is not None:
        yield Fault(file, c["row"], "account", c["account"], "an id of its own; this one is an office's", "Rename it.")
    elif known is not None and (known.city, str(known.role)) != (c["city"], c["role"]):
        expected = f"{known.role} in {known.city}, as it was loaded"
        yield Fault(file, c["row"], "account", f"{c['role']} in {c['city']}", expected, "Give it another id.")
    if c["verified_emissions_t"] is not None and c["role"] != Role.EMITTER:
        remedy = "Leave the cell empty, or make it an emitter."
        found = str(c["verified_emissions_t"])
        yield Fault(file, c["row"], "verified_emissions_t", found, f"nothing for a {c['role']}", remedy)
    if c["role"] == Role.EMITTER and c["gpc_ref"] in emissions.references() and not emissions.direct(c["gpc_ref"]):
        remedy = "What an enterprise buys as electricity is its supplier's obligation; load it as an activity."
        yield Fault(file, c["row"], "gpc_ref", c["gpc_ref"], "a reference of direct emissions, as I.3.1", remedy)


def _check_activities(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    yield from _known_cities(work, cells, file)
    if cells:
        yield from emissions.faults(pd.DataFrame(cells), file=file)


def _check_projects(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    unknown = list(_known_cities(work, cells, file))
    yield from unknown
    yield from _once(cells, "project", file)
    owners = {party.id for party in work.state.all(Party)}
    trials = []
    for c in cells:
        trials.append((c["row"], trial := _trial(c)))
        if work.state.find(SinkProject, c["project"]) is not None:
            yield Fault(file, c["row"], "project", c["project"], "a new id; this project is registered already")
        if c["owner"] not in owners:
            remedy = "`carbonpolis load accounts FILE` first, with this owner in it."
            yield Fault(file, c["row"], "owner", c["owner"], "an account that is loaded", remedy)
        if c["model"] not in sinks.models():
            yield Fault(file, c["row"], "model", c["model"], f"one of {', '.join(sinks.models())}")
        elif not unknown:
            yield from _model_faults(work, c, trial, file)
    yield from overlap_faults(work.state, trials, file)


def _trial(c: Cells) -> SinkProject:
    """A row's project as it would be proposed."""
    own = {"row", "project", "inputs", "status", "boundary", "land"}
    return SinkProject(
        id=c["project"],
        inputs=c["inputs"] or {},
        status=c["status"] or "assumed",
        boundary=c["land"].geojson if c["land"] is not None else "",
        **{name: c[name] for name in c if name not in own},
    )


def _model_faults(work: Work, c: Cells, trial: SinkProject, file: str) -> Iterable[Fault]:
    if sinks.model(c["model"]).sink_class != c["sink_class"]:
        expected = f"{sinks.model(c['model']).sink_class}, the class that model {c['model']} measures"
        yield Fault(file, c["row"], "sink_class", c["sink_class"], expected)
    try:
        measured(work.state, trial)
    except (ValueError, TypeError, CarbonpolisError) as problem:
        yield Fault(file, c["row"], "inputs", str(c["inputs"] or ""), str(problem))


def _check_orders(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    yield from _known_cities(work, cells, file)
    for c in cells:
        owner = work.state.find(Party, c["owner"])
        if owner is None:
            yield Fault(file, c["row"], "owner", c["owner"], "an account that is loaded")
        elif c["side"] == "buy" and owner.city != c["city"]:
            remedy = "A buyer bids in its own city's book; what is short there comes from other cities by itself."
            yield Fault(file, c["row"], "city", c["city"], f"{owner.city}, the buyer's home", remedy)
        if c["side"] == "buy" and not c["price"]:
            yield Fault(file, c["row"], "price", "0", "more than 0 for a purchase")


def _check_readings(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    yield from _known_cities(work, cells, file)
    for c in cells:
        if c["stream"] in STREAMS:
            unit, low, high = STREAMS[c["stream"]]
            if c["unit"] != unit:
                yield Fault(file, c["row"], "unit", c["unit"], f"{unit}, the unit of {c['stream']}")
            if not low <= c["value"] <= high:
                yield Fault(file, c["row"], "value", f"{c['value']:g}", f"{low:,g} to {high:,g}")


def _once(cells: list[Cells], column: str, file: str) -> Iterable[Fault]:
    first: dict[str, int] = {}
    for c in cells:
        before = first.setdefault(c[column], c["row"])
        if before != c["row"]:
            yield Fault(file, c["row"], column, c[column], f"each {column} once; it stands in row {before} already")


Check = Callable[[Work, list[Cells], str], Iterable[Fault]]
CHECKS: dict[str, Check] = {
    "cities": _check_cities,
    "accounts": _check_accounts,
    "activities": _check_activities,
    "projects": _check_projects,
    "readings": _check_readings,
    "orders": _check_orders,
}

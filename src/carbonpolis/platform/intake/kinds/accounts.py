"""A file of accounts: parties, and their verified emissions year by year."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from carbonpolis.errors import Fault
from carbonpolis.measure import emissions
from carbonpolis.platform.intake.columns import Cells
from carbonpolis.platform.intake.desks import Desks
from carbonpolis.platform.intake.plausible import beside_neighbours, verified
from carbonpolis.platform.intake.rows import at_row, count, reading, unknown_cities
from carbonpolis.platform.measure.readings import VERIFIED
from carbonpolis.platform.parties import OFFICES
from carbonpolis.platform.work import State
from carbonpolis.registry.lifecycle import CLASS_CODES
from carbonpolis.registry.party import Accreditation, City, Party, Role


def check(desks: Desks, cells: list[Cells], path: Path) -> Iterable[Fault]:
    """An account has one name, home and role, and one row a year."""
    yield from unknown_cities(desks.state, cells, path.name)
    first: dict[str, Cells] = {}
    years: set[tuple[str, int]] = set()
    for c in cells:
        before = first.setdefault(c["account"], c)
        for name in ("city", "role", "name"):
            if before[name] != c[name]:
                expected = f"{before[name]!r}, as in row {before['row']}"
                yield Fault(path.name, c["row"], name, c[name], expected, "One account has one name, home and role.")
        if c["verified_emissions_t"] is not None and c["year"] is None:
            yield Fault(path.name, c["row"], "year", "", "the year of the verified emissions", "Fill it in.")
        if c["year"] is not None:
            if (c["account"], c["year"]) in years:
                yield Fault(path.name, c["row"], "year", str(c["year"]), "one row an account and year", "Take one out.")
            years.add((c["account"], c["year"]))
        if c["role"] == Role.EMITTER and c["gpc_ref"] and c["gpc_ref"] not in emissions.references():
            yield Fault(path.name, c["row"], "gpc_ref", c["gpc_ref"], "a GPC reference such as I.3.1 or IV.1")
        yield from _who(desks.state, c, path.name)


def odd(_desks: Desks, cells: list[Cells]) -> list[str]:
    """A year's verified emissions a thousand times those of the account's other years."""
    return beside_neighbours([verified(c) for c in cells if c["verified_emissions_t"] is not None])


def take(desks: Desks, cells: list[Cells], key: str) -> str:
    """Keep verified emissions as readings, and register each party."""
    parties: dict[str, Party] = {}
    rows = []
    for c in cells:
        with at_row(c):
            parties[c["account"]] = _party(c)
            if c["verified_emissions_t"] is not None:
                tonnes = c["verified_emissions_t"]
                rows.append(reading(c, c["account"], VERIFIED, tonnes, "t CO2e/year", "reported"))
    if rows:
        desks.readings.append(pd.DataFrame(rows), key=f"{key}/readings")
    desks.people.register(tuple(parties.values()), key=f"{key}/register")
    return f"{count(len(parties), 'account')}, {len(rows):,} verified yearly emissions"


def _who(state: State, c: Cells, file: str) -> Iterable[Fault]:
    """An account is who it was before, nobody's office, and owes only for what it emits itself."""
    known = state.find(Party, c["account"])
    if c["account"] in OFFICES or state.find(City, c["account"]) is not None:
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


def _party(c: Cells) -> Party:
    return Party(
        c["account"],
        c["city"],
        c["name"],
        Role(c["role"]),
        c["sector"],
        c["gpc_ref"],
        c["source"],
        assumed="assumed" in c["source"].lower(),
        accreditations=_accreditations(c) if c["role"] == Role.VERIFIER else (),
    )


def _accreditations(c: Cells) -> tuple[Accreditation, ...]:
    named = tuple(name.strip() for name in c["sector"].split(";") if name.strip() in CLASS_CODES)
    return (Accreditation(named or tuple(CLASS_CODES), "1990-01-01", "2101-01-01"),)

"""A file of activities: what a city did or burnt in a year, or its reported emissions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from carbonpolis.errors import Fault
from carbonpolis.measure import emissions
from carbonpolis.platform.intake.columns import Cells
from carbonpolis.platform.intake.desks import Desks
from carbonpolis.platform.intake.plausible import amount, beside_neighbours
from carbonpolis.platform.intake.rows import at_row, count, reading, unknown_cities
from carbonpolis.platform.measure.readings import ACTIVITY, WITHDRAWN, ReadingsDesk
from carbonpolis.registry.party import City


def check(desks: Desks, cells: list[Cells], path: Path) -> Iterable[Fault]:
    """What the inventory asks of its rows."""
    yield from unknown_cities(desks.state, cells, path.name)
    if cells:
        yield from emissions.faults(pd.DataFrame(cells), file=path.name)


def odd(desks: Desks, cells: list[Cells]) -> list[str]:
    """An amount per person a thousand times the same activity's elsewhere, or in another year."""
    persons = {city.id: float(city.population) for city in desks.state.all(City)}
    amounts = [amount(c, persons) for c in cells if not isinstance(c["amount"], str)]
    stored = desks.readings.activities()
    stored = stored[stored["amount"].map(lambda value: isinstance(value, float))]
    return beside_neighbours(amounts, [amount(c, persons) for c in stored.assign(row=0).to_dict(orient="records")])


def take(desks: Desks, cells: list[Cells], key: str) -> str:
    """Keep each line as a reading; lines of a reference, city and year that the file no longer gives are withdrawn."""
    seen: dict[tuple[object, ...], int] = {}
    rows = []
    for c in cells:
        same = (c["city"], c["year"], c["gpc_ref"], c["activity"], c["unit"], c["place"], c["method"])
        seen[same] = seen.get(same, 0) + 1
        # Lines of the same reference add up, so the second of two equal ones is a site of its own.
        site = f"line {seen[same]}" if seen[same] > 1 else ""
        with at_row(c):
            rows.append(_line(c, site))
    frame = pd.DataFrame(rows + _replaced(desks.readings, rows))
    desks.readings.append(frame, key=f"{key}/readings")
    return count(len(rows), "activity", "activities")


def _line(c: Cells, site: str) -> Cells:
    note = c["amount"] if isinstance(c["amount"], str) else None
    # What tells two streams of one activity apart: the place of its factors, the method of scope 2.
    aside = f"|{c['place']}|{c['method']}" if c["place"] or c["method"] else ""
    stream = f"{ACTIVITY}{c['gpc_ref']}/{c['activity']}{aside}"
    row = reading(c, site, stream, float("nan") if note else c["amount"], c["unit"], c["quality"])
    return {**row, "sd": c["amount_sd"], "source": f"{note}: {c['source']}" if note else c["source"]}


def _replaced(readings: ReadingsDesk, rows: list[Cells]) -> list[Cells]:
    """Lines stored before that a file no longer gives: a correction replaces them all, so these are withdrawn."""
    lines = {(row["city"], row["stream"], row["time"], row["unit"], row["site"]) for row in rows}
    streams = {line[:4] for line in lines}
    found = []
    for row in readings.select(f"{ACTIVITY}%").to_dict("records"):
        line = (row["city"], row["stream"], row["time"].to_pydatetime(), row["unit"], row["site"])
        if line[:4] in streams and line not in lines and row["quality"] != WITHDRAWN:
            found.append({**{name: row[name] for name in rows[0]}, "value": float("nan"), "quality": WITHDRAWN})
    return found

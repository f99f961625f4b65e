"""A file of readings: values of a stream in time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from carbonpolis.errors import Fault
from carbonpolis.platform.intake.columns import Cells
from carbonpolis.platform.intake.desks import Desks
from carbonpolis.platform.intake.plausible import alone_below_zero, beside_neighbours, value
from carbonpolis.platform.intake.rows import count, unknown_cities

# Streams that indicators are made from: unit, least and greatest value (operational definitions of S13, S26, S31, S33).
STREAMS: dict[str, tuple[str, float, float]] = {
    "S26": ("points", 0, 100),
    "land/treeable_wasteland": ("ha", 0, 1e8),
    "eligible_firms": ("firms", 0, 1e7),
    "participating_firms": ("firms", 0, 1e7),
    "adults_with_account_share": ("share", 0, 1),
    "value_added": ("million PPP USD/year", 0, 1e8),
}
_STORED = ("city", "stream", "time", "value", "sd", "unit", "quality", "source")


def check(desks: Desks, cells: list[Cells], path: Path) -> Iterable[Fault]:
    """A stream that an indicator is made from has that indicator's unit and bounds."""
    yield from unknown_cities(desks.state, cells, path.name)
    for c in cells:
        if c["stream"] in STREAMS:
            unit, low, high = STREAMS[c["stream"]]
            if c["unit"] != unit:
                yield Fault(path.name, c["row"], "unit", c["unit"], f"{unit}, the unit of {c['stream']}")
            if not low <= c["value"] <= high:
                yield Fault(path.name, c["row"], "value", f"{c['value']:g}", f"{low:,g} to {high:,g}")


def odd(_desks: Desks, cells: list[Cells]) -> list[str]:
    """A value a thousand times the others of its stream and city, or alone below zero."""
    values = [value(c) for c in cells]
    return [*beside_neighbours(values), *alone_below_zero(values)]


def take(desks: Desks, cells: list[Cells], key: str) -> str:
    """Keep each reading."""
    rows = [{"site": "", **{name: c[name] for name in _STORED}} for c in cells]
    desks.readings.append(pd.DataFrame(rows), key=f"{key}/readings")
    return count(len(rows), "reading")

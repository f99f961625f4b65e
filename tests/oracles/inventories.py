"""The slow truth of an inventory: one row at a time, gas by gas, from the packaged tables alone."""

from __future__ import annotations

from collections.abc import Iterable

from carbonpolis.measure import emissions
from carbonpolis.measure.emissions.regions import groups


def emitted(rows: Iterable[tuple[str, int, str, str, str, float]], gwp: str) -> dict[str, float]:
    """t CO2e by GPC reference: the country's factor of an activity, else the general one, in any unit that converts."""
    table = emissions.factors_table().to_dict("records")
    warming = emissions.potential(gwp)
    sums: dict[str, float] = {}
    for city, year, reference, activity, unit, amount in rows:
        of = [row for row in table if row["activity"] == activity]
        within = groups(city[:2])
        near = [row for row in of if row["region"] == city[:2]] or [row for row in of if row["region"] in within]
        near = near or [row for row in of if row["region"] == "*"]
        away = [abs(int(row["year"] or year) - year) for row in near]
        near = [row for row, years in zip(near, away, strict=True) if years == min(away) or not row["year"]]
        tonnes = 0.0
        for row in near:
            try:
                tonnes += emissions.convert(amount, unit, row["unit"]) * row["value"] * warming[row["gas"]] / 1000
            except ValueError:
                continue  # this fuel's factor for another kind of unit
        sums[reference] = sums.get(reference, 0.0) + tonnes
    return sums

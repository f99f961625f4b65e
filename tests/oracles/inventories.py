"""The slow truth of an inventory: one row at a time, gas by gas, from the packaged tables alone."""

from __future__ import annotations

from collections.abc import Iterable

from carbonpolis.measure import emissions


def emitted(rows: Iterable[tuple[str, int, str, str, str, float]], gwp: str) -> dict[str, float]:
    """t CO2e by GPC reference: the country's factor of an activity, else the general one, in any unit that converts."""
    table = emissions.factors_table().to_dict("records")
    warming = emissions.potential(gwp)
    sums: dict[str, float] = {}
    for city, _, reference, activity, unit, amount in rows:
        of = [row for row in table if row["activity"] == activity]
        near = [row for row in of if row["region"] == city[:2]] or [row for row in of if row["region"] == "*"]
        tonnes = 0.0
        for row in near:
            try:
                tonnes += emissions.convert(amount, unit, row["unit"]) * row["value"] * warming[row["gas"]] / 1000
            except ValueError:
                continue  # this fuel's factor for another kind of unit
        sums[reference] = sums.get(reference, 0.0) + tonnes
    return sums

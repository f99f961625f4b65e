"""What runs on the grid, by distance: vehicles and trains with the electricity of the city's own grid in them."""

from __future__ import annotations

from functools import cache

import pandas as pd

from carbonpolis.data import table
from carbonpolis.measure.emissions.units import unit

GRID = "grid electricity"


@cache
def drives() -> pd.DataFrame:
    """Electricity by distance: columns activity, unit, kwh, low, high (95 % range), table, checked, source."""
    return pd.DataFrame(table("electric")).astype({"kwh": float, "low": float, "high": float})


def driven(factors: pd.DataFrame) -> pd.DataFrame:
    """Factors of what runs on the grid, for every factor of `grid electricity` by energy among `factors`.

    kWh a kilometre times kg/kWh, gas by gas, with the grid's region and years; the two 95 % ranges combine in
    quadrature (IPCC 2006 vol. 1 eq. 3.1). Columns as `factors_table` has them.
    """
    grid = factors[factors["activity"] == GRID]
    held = grid["unit"].map({name: _kwh(str(name)) for name in grid["unit"].unique()}).astype(float)
    grid = grid.assign(**{name: grid[name] / held for name in ("value", "low", "high")})[held.notna()]
    both = drives().merge(grid, how="cross", suffixes=("", "_grid"))
    value = both["kwh"] * both["value"]
    ranges = {
        side: (((both[side] / both["kwh"] - 1) ** 2 + _relative(both, f"{side}_grid") ** 2) ** 0.5)
        for side in ("low", "high")
    }
    return pd.DataFrame(
        {
            "activity": both["activity"],
            "unit": both["unit"],
            "gas": both["gas"],
            "value": value,
            "low": (value * (1 - ranges["low"])).clip(lower=0.0),
            "high": value * (1 + ranges["high"]),
            "region": both["region"],
            "year": both["year"],
            "table": both["table_grid"],
            "checked": "compiled",
            "source": both["kwh"].map("{:.4g}".format) + " kWh a " + both["unit"] + " (" + both["source"] + "), times "
            + both["source_grid"],
        }
    )  # fmt: skip


def _kwh(name: str) -> float:
    """kWh in a unit of energy; not a number for any other unit."""
    read, one = unit(name), unit("kWh")
    assert one is not None
    return read.to_base / one.to_base if read is not None and read.dimension == one.dimension else float("nan")


def _relative(both: pd.DataFrame, side: str) -> pd.Series[float]:
    """How far an end of the grid's range lies from its value, relative; 0 where the grid burns nothing."""
    return (both[side] / both["value"] - 1).where(both["value"] > 0, 0.0)

"""Default parameters of the calculators: data/emission_parameters.csv, each with its range and source."""

from __future__ import annotations

from functools import cache

import pandas as pd

from carbonpolis.data import table
from carbonpolis.measure.estimate import Estimate, from_range


@cache
def parameters() -> pd.DataFrame:
    """Columns parameter, key, value, low, high (95 % range), unit, table, checked (as `factors_table`), source."""
    return pd.DataFrame(table("emission_parameters")).astype({"value": float, "low": float, "high": float})


def parameter(name: str, key: str = "all") -> Estimate:
    """A default, as `parameter("doc", "food")`. Raises ValueError listing the names or keys there are."""
    every = parameters()
    named = every[every["parameter"] == name]
    if not len(named):
        raise ValueError(f"no parameter {name!r}; choose from {', '.join(every['parameter'].unique())}")
    rows = named[named["key"] == key]
    if not len(rows):
        raise ValueError(f"no {name} of {key!r}; choose from {', '.join(named['key'])}")
    row = rows.iloc[0]
    return from_range(float(row["low"]), float(row["high"]), str(row["unit"]), mean=float(row["value"]))

"""Emission factors, global warming potentials, units and GPC references, as tables with a source in every row."""

from __future__ import annotations

from functools import cache

import pandas as pd

from carbonpolis.data import table
from carbonpolis.measure.estimate import from_range

REPORTED = "reported emissions"
EVERYWHERE = "*"


@cache
def gpc() -> pd.DataFrame:
    """GPC references: columns gpc_ref, content, scope, level, part, category."""
    frame = pd.DataFrame(table("gpc"))
    return frame.astype({"scope": int}).drop(columns="source")


def references() -> tuple[str, ...]:
    """Every legal GPC reference."""
    return tuple(gpc()["gpc_ref"])


@cache
def conversions() -> pd.DataFrame:
    """Units: columns unit, base, to_base (bases in one unit), dimension."""
    frame = pd.DataFrame(table("unit_conversions")).rename(columns={"factor": "to_base"})
    return frame.astype({"to_base": float})[["unit", "base", "to_base", "dimension"]]


def potential(gwp: str) -> dict[str, float]:
    """100-year potentials by gas, kg CO2e/kg; CO2e is 1. Raises ValueError listing the reports there are."""
    rows = [row for row in table("gwp") if row["gwp"] == gwp]
    if not rows:
        known = dict.fromkeys(row["gwp"] for row in table("gwp"))
        raise ValueError(f"no warming potentials {gwp!r}; choose from {', '.join(known)}")
    return {"CO2e": 1.0, **{row["gas"]: float(row["value"]) for row in rows}}


@cache
def combined(gwp: str) -> pd.DataFrame:
    """Factors over all gases: columns activity, base, region, t_per_base, factor_sd, factor_source.

    t CO2e per base unit; the sd from the 95 % ranges of the gases, taken as independent (IPCC 2006 vol. 1 eq. 3.2).
    """
    return combine(pd.DataFrame(table("factors")), gwp)


def combine(factors: pd.DataFrame, gwp: str) -> pd.DataFrame:
    """The same for a frame with the columns of data/factors.csv (a user's own factors)."""
    warming = potential(gwp)
    rows = []
    for row in factors.to_dict("records"):
        each = from_range(float(row["low"]), float(row["high"]), "kg", mean=float(row["kg_per_base"]))
        scale = warming[str(row["gas"])] / 1000.0
        rows.append(
            (row["activity"], row["base"], row["region"], each.mean * scale, (each.sd * scale) ** 2, row["source"])
        )
    columns = ["activity", "base", "region", "t_per_base", "variance", "factor_source"]
    frame = pd.DataFrame(rows, columns=columns)
    grouped = frame.groupby(["activity", "base", "region"], as_index=False, sort=False).agg(
        t_per_base=("t_per_base", "sum"), variance=("variance", "sum"), factor_source=("factor_source", "first")
    )
    return grouped.assign(factor_sd=grouped["variance"] ** 0.5).drop(columns="variance")

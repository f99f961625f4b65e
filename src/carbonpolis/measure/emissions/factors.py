"""Emission factors, global warming potentials, units and GPC references, as tables with a source in every row."""

from __future__ import annotations

from functools import cache

import pandas as pd

from carbonpolis.data import table
from carbonpolis.measure.estimate import from_range

REPORTED = "reported emissions"
EVERYWHERE = "*"
KG_PER_T = 1000.0
COLUMNS = ("activity", "unit", "gas", "value", "low", "high", "region", "source")
_KEYS = ["activity", "base", "region"]
_SD_OF_RANGE = float(from_range(0.0, 1.0, "").sd)  # a 95 % range one wide, read as mean -+ 1.96 sd


@cache
def gpc() -> pd.DataFrame:
    """GPC references: columns gpc_ref, content, scope, level, part, category."""
    frame = pd.DataFrame(table("gpc"))
    return frame.astype({"scope": int}).drop(columns="source")


def references() -> tuple[str, ...]:
    """Every legal GPC reference (GPC v1.1 ch. 3 and 4), from I.1.1 to VI.1."""
    return tuple(gpc()["gpc_ref"])


@cache
def conversions() -> pd.DataFrame:
    """Units: columns unit, base, to_base (base units in one unit), dimension."""
    frame = pd.DataFrame(table("unit_conversions")).rename(columns={"factor": "to_base"})
    return frame.astype({"to_base": float})[["unit", "base", "to_base", "dimension"]]


def potential(gwp: str) -> dict[str, float]:
    """100-year potentials by gas, kg CO2e/kg; CO2e is 1. Raises ValueError listing the reports there are."""
    rows = [row for row in table("gwp") if row["gwp"] == gwp]
    if not rows:
        known = dict.fromkeys(row["gwp"] for row in table("gwp"))
        raise ValueError(f"no warming potentials {gwp!r}; choose from {', '.join(known)}")
    return {"CO2e": 1.0, **{row["gas"]: float(row["value"]) for row in rows}}


def factors_table() -> pd.DataFrame:
    """The packaged factors as published, gas by gas, a copy: data/factors.csv.

    Columns activity, unit, gas, value, low, high (kg of the gas per unit; 95 % range), region (ISO country, "*" for
    anywhere), year, source, checked ("sourced", or "ours" for a choice of this product).
    """
    frame = pd.DataFrame(table("factors"))
    return frame.astype({"value": float, "low": float, "high": float})


@cache
def combined(gwp: str) -> pd.DataFrame:
    """The packaged factors over all gases: columns activity, base, region, t_per_base, factor_sd, factor_source."""
    return combine(factors_table(), gwp)


def combine(factors: pd.DataFrame, gwp: str) -> pd.DataFrame:
    """Factors gas by gas to t CO2e per base unit: columns activity, base, region, t_per_base, factor_sd, factor_source.

    factors: the columns that `factors_table` has. The sd comes from the 95 % ranges of the gases, taken as independent
    (IPCC 2006 vol. 1 eq. 3.2). Raises ValueError naming what a table of factors lacks or has twice.
    """
    warming = potential(gwp)
    _complete(factors)
    frame = factors.astype({"value": float, "low": float, "high": float})
    frame = frame.merge(conversions()[["unit", "base", "to_base"]], on="unit", how="left")
    _checked(frame, warming)
    scale = frame["gas"].map(warming).astype(float) / KG_PER_T / frame["to_base"]
    width = frame["high"] - frame["low"]
    tonnes = frame.assign(t_per_base=frame["value"] * scale, variance=(width * _SD_OF_RANGE * scale) ** 2)
    grouped = tonnes.groupby(_KEYS, as_index=False, sort=False).agg(
        t_per_base=("t_per_base", "sum"), variance=("variance", "sum"), factor_source=("source", "first")
    )
    return grouped.assign(factor_sd=grouped["variance"] ** 0.5).drop(columns="variance")


def preferred(own: pd.DataFrame, packaged: pd.DataFrame) -> pd.DataFrame:
    """Factors as `combine` gives them, a user's own before the packaged ones; an own "*" before every country's."""
    general = own[own["region"] == EVERYWHERE][["activity", "base"]]
    left = packaged.merge(general.drop_duplicates(), on=["activity", "base"], how="left", indicator=True)
    kept = left[left["_merge"] == "left_only"].drop(columns="_merge")
    return pd.concat([own, kept], ignore_index=True).drop_duplicates(_KEYS, keep="first")


def _complete(frame: pd.DataFrame) -> None:
    missing = [name for name in COLUMNS if name not in frame]
    if missing or not len(frame):
        raise ValueError(f"the factors lack {', '.join(missing) or 'rows'}; expected columns {', '.join(COLUMNS)}")


def _checked(frame: pd.DataFrame, warming: dict[str, float]) -> None:
    ordered = (frame["low"] <= frame["value"]) & (frame["value"] <= frame["high"]) & (frame["low"] >= 0)
    wrong = {
        f"a unit among {', '.join(conversions()['unit'])}": frame["base"].isna(),
        f"a gas among {', '.join(warming)}": ~frame["gas"].isin(list(warming)),
        "0 <= low <= value <= high": ~ordered,
        "one factor for an activity, kind of unit, region and gas": frame.duplicated([*_KEYS, "gas"]),
    }
    for expected, bad in wrong.items():
        if bad.any():
            row = frame[bad].iloc[0][["activity", "unit", "gas", "value", "low", "high", "region"]].to_dict()
            raise ValueError(f"the factor {row} doesn't do; expected {expected}")

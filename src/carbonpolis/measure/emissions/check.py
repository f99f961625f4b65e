"""The check of activities: every fault at once, with its row, what was found and what was expected."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from carbonpolis.errors import Fault
from carbonpolis.measure.emissions.factors import EVERYWHERE, REPORTED, combined, conversions, references

COLUMNS = ("city", "year", "gpc_ref", "activity", "unit", "amount")
NOTATION_KEYS = ("NO", "NE", "IE", "C")
_ANY_GWP = "AR6"  # which activities, units and places have a factor doesn't depend on it


def faults(activities: pd.DataFrame, file: str = "activities", *, known: pd.DataFrame | None = None) -> list[Fault]:
    """What is wrong with activities, row by row; empty when nothing is.

    Row numbers come from a column `row` where there is one, else they count from 2, the first row under a header.
    known: factors as `factors.combine` gives them, with a user's own among them.
    """
    missing = [name for name in COLUMNS if name not in activities]
    if missing:
        return [Fault(file, 1, name, "no such column", f"the columns {', '.join(COLUMNS)}") for name in missing]
    factors = combined(_ANY_GWP) if known is None else known
    frame = activities.reset_index(drop=True)
    frame = frame.assign(_row=frame["row"] if "row" in frame else np.arange(len(frame)) + 2)
    found = [*_places(frame, file), *_references(frame, file), *_amounts(frame, file), *_units(frame, factors, file)]
    return sorted(found, key=lambda fault: fault.row)


def _each(frame: pd.DataFrame, bad: pd.Series[bool], column: str, file: str, *told: str) -> Iterator[Fault]:
    """A fault for each row that is bad: what was found in the column, and what is told: expected, remedy."""
    for number, found in zip(frame.loc[bad, "_row"], frame.loc[bad, column], strict=True):
        yield Fault(file, int(number), column, "" if pd.isna(found) else str(found), *told)


def _places(frame: pd.DataFrame, file: str) -> Iterator[Fault]:
    city = frame["city"].astype("string").fillna("").str.match(r"[A-Z]{2}-.+").astype(bool)
    yield from _each(frame, ~city, "city", file, "a city code: country, dash, letters, as CN-SZX")
    year = pd.to_numeric(frame["year"], errors="coerce")
    yield from _each(frame, ~(year % 1 == 0), "year", file, "a calendar year, as 2020")


def _references(frame: pd.DataFrame, file: str) -> Iterator[Fault]:
    expected = "a GPC reference such as I.1.1, II.1.1, III.1.1 or IV.1"
    yield from _each(frame, ~frame["gpc_ref"].isin(references()), "gpc_ref", file, expected)


def _amounts(frame: pd.DataFrame, file: str) -> Iterator[Fault]:
    noted = frame["amount"].isin(NOTATION_KEYS)
    amount = pd.to_numeric(frame["amount"].where(~noted), errors="coerce")
    remedy = "A removal belongs to a sink project; what isn't known is noted NE, what is elsewhere IE."
    expected = f"a number, 0 or more, or one of {', '.join(NOTATION_KEYS)}"
    yield from _each(frame, ~noted & ~amount.between(0, np.inf, inclusive="left"), "amount", file, expected, remedy)
    if "amount_sd" in frame:
        given = frame["amount_sd"].notna() & (frame["amount_sd"].astype("string").str.strip() != "").fillna(False)
        sd = pd.to_numeric(frame["amount_sd"], errors="coerce")
        bad = given & ~sd.between(0, np.inf, inclusive="left")
        yield from _each(frame, bad, "amount_sd", file, "a standard deviation in the amount's unit, 0 or more, or none")


def _units(frame: pd.DataFrame, factors: pd.DataFrame, file: str) -> Iterator[Fault]:
    units = conversions()
    lines = frame[["_row", "activity", "unit"]].assign(region=frame["city"].astype("string").str[:2])
    lines = lines.merge(units[["unit", "base"]], on="unit", how="left")
    known = lines["activity"].isin(factors["activity"])
    yield from _each(lines, ~known, "activity", file, f"one of {', '.join(dict.fromkeys(factors['activity']))}")
    fits = _among(lines, factors, ["activity", "base"])
    placed = _among(lines, factors, ["activity", "base", "region"])
    placed |= _among(lines.assign(region=EVERYWHERE), factors, ["activity", "base", "region"])
    for activity in lines.loc[known & ~fits, "activity"].unique():
        bases = factors.loc[factors["activity"] == activity, "base"]
        legal = ", ".join(units.loc[units["base"].isin(bases), "unit"])
        bad = known & ~fits & (lines["activity"] == activity)
        yield from _each(lines, bad, "unit", file, f"a unit of {activity}: {legal}", "Convert the amount.")
    for activity in lines.loc[fits & ~placed, "activity"].unique():
        there = ", ".join(sorted(set(factors.loc[factors["activity"] == activity, "region"])))
        bad = fits & ~placed & (lines["activity"] == activity)
        expected = f"a city in a country with a factor ({there})"
        yield from _each(
            lines, bad, "activity", file, expected, f"Give {REPORTED!r} in t CO2e, or factors of your own."
        )


def _among(lines: pd.DataFrame, factors: pd.DataFrame, keys: list[str]) -> pd.Series[bool]:
    """Which lines have a factor under these keys."""
    return lines[keys].merge(factors[keys].drop_duplicates().assign(_there=1), on=keys, how="left")["_there"].notna()

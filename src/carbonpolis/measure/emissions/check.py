"""The check of activities: every fault at once, with its row, what was found and what was expected."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from carbonpolis.errors import Fault
from carbonpolis.measure.emissions.factors import EVERYWHERE, combined, conversions, references

COLUMNS = ("city", "year", "gpc_ref", "activity", "unit", "amount")
NOTATION_KEYS = ("NO", "NE", "IE", "C")


def faults(activities: pd.DataFrame, *, file: str = "activities", known: pd.DataFrame | None = None) -> list[Fault]:
    """What is wrong with activities, row by row; empty when nothing is.

    Row numbers come from a column `row` where there is one, else they count from 2, the first row under a header.
    known: factors as `combined` gives them, with a user's own among them.
    """
    missing = [name for name in COLUMNS if name not in activities]
    if missing:
        return [Fault(file, 1, name, "no such column", f"the columns {', '.join(COLUMNS)}") for name in missing]
    factors = combined("AR6") if known is None else known
    rows = activities["row"] if "row" in activities else pd.Series(range(2, len(activities) + 2), activities.index)
    frame = activities.assign(_row=rows)
    found = [*_references(frame, file), *_amounts(frame, file), *_units(frame, factors, file)]
    return sorted(found, key=lambda fault: fault.row)


def _references(frame: pd.DataFrame, file: str) -> Iterator[Fault]:
    bad = frame[~frame["gpc_ref"].isin(references())]
    for row in bad.to_dict("records"):
        expected = "a GPC reference such as I.1.1, II.1.1, III.1.1 or IV.1"
        yield Fault(file, int(row["_row"]), "gpc_ref", str(row["gpc_ref"]), expected)


def _amounts(frame: pd.DataFrame, file: str) -> Iterator[Fault]:
    noted = frame["amount"].isin(NOTATION_KEYS)
    amount = pd.to_numeric(frame["amount"].where(~noted), errors="coerce")
    bad = frame[~noted & ~((amount >= 0) & (amount < float("inf")))]
    for row in bad.to_dict("records"):
        remedy = "A removal belongs to a sink project; a correction is a new load of the same row."
        expected = f"a number, 0 or more, or one of {', '.join(NOTATION_KEYS)}"
        yield Fault(file, int(row["_row"]), "amount", str(row["amount"]), expected, remedy)


def _units(frame: pd.DataFrame, factors: pd.DataFrame, file: str) -> Iterator[Fault]:
    units = conversions()
    merged = frame.merge(units, on="unit", how="left").assign(region=frame["city"].astype(str).str[:2].to_numpy())
    bases: dict[str, list[str]] = {}
    for activity, base in zip(factors["activity"], factors["base"], strict=True):
        bases.setdefault(str(activity), []).append(str(base))
    places = set(zip(factors["activity"], factors["base"], factors["region"], strict=True))
    for row in merged[["_row", "activity", "unit", "base", "region"]].to_dict("records"):
        activity, number = str(row["activity"]), int(row["_row"])
        if activity not in bases:
            yield Fault(file, number, "activity", activity, f"one of {', '.join(bases)}")
        elif row["base"] not in bases[activity]:
            legal = units[units["base"].isin(bases[activity])]["unit"]
            expected = f"a unit of {activity}: {', '.join(legal)}"
            yield Fault(file, number, "unit", str(row["unit"]), expected, "Convert the amount, or mend the unit.")
        elif not {(activity, row["base"], row["region"]), (activity, row["base"], EVERYWHERE)} & places:
            there = ", ".join(sorted({place for a, _, place in places if a == activity}))
            yield Fault(
                file, number, "activity", activity, f"a place with a factor ({there})", "Give 'reported emissions'."
            )

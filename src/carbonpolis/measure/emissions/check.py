"""The check of activities: every fault at once, with its row, what was found and what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonpolis.errors import Fault
from carbonpolis.measure.emissions.choice import Chooser
from carbonpolis.measure.emissions.codes import NOTATION_KEYS, Floats, Groups, amounts, grouped
from carbonpolis.measure.emissions.factors import EVERYWHERE, MEMO, REPORTED, combined, references
from carbonpolis.measure.emissions.placement import misplaced, retired
from carbonpolis.measure.emissions.regions import groups
from carbonpolis.measure.emissions.units import legal_units, unit

COLUMNS = ("city", "year", "gpc_ref", "activity", "unit", "amount")
METHODS = ("", "location", "market")
_KEYS = ("city", "year", "gpc_ref", "activity", "unit")
_ALSO = ("place", "method")
_CITY = re.compile(r"[A-Z]{2}-.+")
_ANY_GWP = "AR6"  # which activities, units and places have a factor doesn't depend on it
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Examined:
    """Activities looked through once: their groups, amounts and standard deviations, and the faults found."""

    frame: pd.DataFrame
    groups: Groups
    amount: Floats
    noted: NDArray[Any] | None
    sd: Floats | None
    faults: list[Fault]
    faulty: NDArray[np.int64]


def faults(activities: pd.DataFrame, file: str = "activities", *, known: pd.DataFrame | None = None) -> list[Fault]:
    """What is wrong with activities, row by row; empty when nothing is.

    Row numbers come from a column `row` where there is one, else they count from 2, the first row under a header.
    known: factors as `factors.combine` gives them, with a user's own among them.
    """
    return examine(activities, _packaged() if known is None else Chooser(known), file).faults


@cache
def _packaged() -> Chooser:
    return Chooser(combined(_ANY_GWP))


def examine(activities: pd.DataFrame, chooser: Chooser, file: str = "activities", *, stored: bool = False) -> Examined:
    """Activities grouped, read and checked. Never raises for what a person can get wrong.

    stored: rows that a folder took in before; they are not asked again for what was no fault then (the kind of
    activity that a reference holds, names that have been retired since).
    """
    missing = [name for name in COLUMNS if name not in activities]
    frame = activities.reset_index(drop=True)
    if missing:
        told = [Fault(file, 1, name, "no such column", f"the columns {', '.join(COLUMNS)}") for name in missing]
        nothing, none = np.empty(0, dtype=np.int64), np.empty(0)
        empty = Groups(nothing.astype(np.int32), {}, none, nothing, 0, nothing)
        return Examined(frame, empty, none, None, None, told, nothing)
    amount, noted = amounts(frame["amount"])
    groups = grouped({name: frame[name] for name in (*_KEYS, *_ALSO) if name in frame}, amount)
    sd = _deviations(frame)
    if sd is not None and noted is not None:
        sd[(noted != "") & ~(sd < 0)] = np.nan  # what is noted has no error of its own
    check = _Check(frame, file, groups)
    check.texts()
    check.units(chooser)
    if not stored:
        check.names()
        check.places()
    check.numbers(amount, noted, sd)
    check.repeated()
    found = sorted(check.found, key=lambda fault: fault.row)
    return Examined(frame, groups, amount, noted, sd, found, np.unique(np.array(check.rows, dtype=np.int64)))


def _deviations(frame: pd.DataFrame) -> Floats | None:
    """Standard deviations as numbers, NaN where none is given; -1 for what is no number."""
    if "amount_sd" not in frame:
        return None
    column = frame["amount_sd"]
    sd = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan).copy()
    if not pd.api.types.is_numeric_dtype(column.dtype):
        blank = column.isna() | (column.astype("string").str.strip() == "").fillna(False)
        sd[(np.isnan(sd) & ~blank.to_numpy(dtype=bool))] = -1.0
    return sd


class _Check:
    """Collects faults: looks at each distinct group once, and goes to its rows only where something is wrong."""

    def __init__(self, frame: pd.DataFrame, file: str, groups: Groups) -> None:
        self._frame, self._file, self._groups = frame, file, groups
        self.found: list[Fault] = []
        self.rows: list[int] = []

    def texts(self) -> None:
        """City codes, years, references, methods."""
        self._each(
            "city",
            lambda city: isinstance(city, str) and _CITY.match(city),
            "a city code: country, dash, letters, as CN-SZX",
        )
        self._each("year", _is_year, "a calendar year, as 2020")
        legal = {*references(), MEMO}
        expected = "a GPC reference such as I.1.1, II.1.1, III.1.1 or IV.1, or memo for what is only noted"
        self._each("gpc_ref", lambda reference: reference in legal, expected)
        self._each("method", lambda method: method in METHODS, "location, market, or nothing")

    def units(self, chooser: Chooser) -> None:
        """Activities that have a factor, in this kind of unit, at this place."""
        asked, which = self._groups.distinct("activity", "unit", "city", "place")
        units: dict[tuple[Any, Any], tuple[str, ...] | None] = {}
        found: list[tuple[str, ...] | None] = []
        for line in asked.to_dict("records"):
            pair = (line["activity"], line["unit"])
            if pair not in units:
                units[pair] = _unit_fault(chooser, *pair)
            found.append(units[pair] or _place_fault(chooser, *pair, str(line["city"]), str(line.get("place", ""))))
        for fault in dict.fromkeys(each for each in found if each):
            self._tell(np.array([each == fault for each in found])[which], *fault)

    def names(self) -> None:
        """Names that stood for more than one factor, and are told which ones."""
        if "activity" in self._groups.columns:
            codes, values = self._groups.columns["activity"]
            for number, name in enumerate(values):
                if told := retired(name):
                    self._tell(codes == number, "activity", *told)

    def places(self) -> None:
        """Activities under a reference of their kind: grid energy in no cell of fuel, animals in none of homes."""
        asked, which = self._groups.distinct("gpc_ref", "activity")
        found = [misplaced(line["gpc_ref"], line["activity"]) for line in asked.to_dict("records")]
        for fault in dict.fromkeys(each for each in found if each):
            self._tell(np.array([each == fault for each in found])[which], "gpc_ref", *fault)

    def numbers(self, amount: Floats, noted: NDArray[Any] | None, sd: Floats | None) -> None:
        """Amounts and standard deviations: finite, 0 or more; or a notation key."""
        if self._groups.bad:
            good = (amount >= 0) & (amount < np.inf)
            bad = ~good if noted is None else ~good & (noted == "")
            expected = f"a number, 0 or more, or one of {', '.join(NOTATION_KEYS)}"
            remedy = "A removal belongs to a sink project; what isn't known is noted NE, what is elsewhere IE."
            self._rows(np.flatnonzero(bad), "amount", expected, remedy)
        if sd is not None:
            bad = ~(np.isnan(sd) | ((sd >= 0) & (sd < np.inf)))
            expected = "a standard deviation in the amount's unit, 0 or more, or none"
            self._rows(np.flatnonzero(bad), "amount_sd", expected)

    def repeated(self) -> None:
        """Rows that say word for word what an earlier one says: entered twice, and not to be counted twice."""
        if not len(self._groups.twins):
            return
        named = [name for name in self._frame if name != "row"]
        twins = self._frame.loc[self._groups.twins, named].astype(object)
        twins = twins.where(twins.notna(), "").astype(str)
        groups = twins.groupby(named, sort=False).ngroup().to_numpy()
        first: dict[int, int] = {}
        for row, group in zip(self._groups.twins, groups, strict=True):
            earlier = first.setdefault(int(group), int(row))
            if earlier != row:
                remedy = "Take one out; if both are true, tell them apart by their source, or add them up."
                found = f"the same as row {self._number(earlier)}"
                self._add(int(row), "row", found, "each row once", remedy)

    def _each(self, column: str, right: Callable[[Any], object], expected: str) -> None:
        """Ask each distinct value of a column whether it is right."""
        if column in self._groups.columns:
            codes, values = self._groups.columns[column]
            bad = np.array([not right(value) for value in values], dtype=bool)
            if bad.any():
                self._tell(bad[codes], column, expected)

    def _tell(self, bad: Mask, column: str, *told: str) -> None:
        if bad.any():
            self._rows(np.flatnonzero(bad[self._groups.of]), column, *told)

    def _rows(self, rows: NDArray[np.int64], column: str, *told: str) -> None:
        for row, found in zip(rows, self._frame[column].iloc[rows], strict=True):
            self._add(int(row), column, "" if pd.isna(found) else str(found), *told)

    def _add(self, row: int, column: str, found: str, *told: str) -> None:
        self.found.append(Fault(self._file, self._number(row), column, found, *told))
        self.rows.append(row)

    def _number(self, row: int) -> int:
        return int(self._frame["row"].iloc[row]) if "row" in self._frame else row + 2


def _is_year(value: object) -> bool:
    try:
        number = float(str(value))
    except ValueError:
        return False
    return number % 1 == 0


def _unit_fault(chooser: Chooser, activity: str, name: str) -> tuple[str, ...] | None:
    """What is wrong with an activity in a unit: column, expected, remedy."""
    if activity not in chooser.activities:
        known = list(chooser.activities)
        return "activity", f"one of {', '.join(known[:40])}{' ...' if len(known) > 40 else ''}", _alike(activity, known)
    dimensions = chooser.dimensions(activity)
    read = unit(name) if isinstance(name, str) else None
    if read is not None and read.dimension in dimensions:
        return None
    legal = legal_units(dimensions)
    kinds = " or ".join(dict.fromkeys(each.kind for each in map(unit, legal) if each))
    found = "no unit known here" if read is None else f"a unit of {read.kind}"
    return "unit", f"a unit of {activity}: {', '.join(legal)} ({kinds}); this is {found}", "Convert the amount."


def _alike(activity: object, known: list[str]) -> str:
    """A hint of names that hold the same words."""
    words = str(activity).lower().split()
    close = [name for name in known if any(len(word) > 3 and word in name.lower() for word in words)]
    return f"Near by: {', '.join(close[:5])}." if close else "Give its emissions as reported, or a factor of your own."


def _place_fault(chooser: Chooser, activity: str, name: str, city: str, place: str) -> tuple[str, ...] | None:
    read = unit(name)
    assert read is not None, "a unit with a fault of its own is told first"
    regions = set(chooser.regions(activity, read.dimension))
    if regions & {EVERYWHERE, city, place, city[:2], *groups(city[:2])}:
        return None
    there = sorted(regions)
    listed = ", ".join([region for region in there if "-" not in region] or there)
    remedy = f"Give {REPORTED!r} in t CO2e, or factors of your own."
    return "activity", f"a city in a country with a factor ({listed})", remedy

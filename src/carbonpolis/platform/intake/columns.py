"""The columns of a person's table, and the check of each cell. Pure; every fault at once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from carbonpolis.errors import Fault

Cells = dict[str, Any]  # a row's values by column, None for an empty optional one; `row`: its number in the file
CITY_CODE = re.compile(r"[A-Z]{2}-[A-Z0-9]{3}")
NAME = re.compile(r"[^\s|/;]{1,60}")
NOTATION_KEYS = ("NO", "NE", "IE", "C")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: what a cell must be, and what it means.

    type: one of TYPES. low, high: bounds of a number. choices: of a choice.
    """

    name: str
    type: str
    meaning: str
    required: bool = True
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    default: Any = None


class _Unfit(ValueError):
    """A cell is not what its column asks for."""

    def __init__(self, expected: str, remedy: str = "") -> None:
        super().__init__(expected)
        self.expected, self.remedy = expected, remedy


def parse(
    columns: Sequence[Column], header: Sequence[str], rows: Sequence[tuple[int, Mapping[str, str]]], file: str, how: str
) -> tuple[list[Cells], list[Fault]]:
    """Cells of the rows without a fault as typed values, and every fault found.

    rows: each with its number in the file, text by column name. how: what shows the columns, for a file that lacks one.
    """
    faults = [
        Fault(file, 1, c.name, "no such column", f"the column {c.name} ({c.meaning})", how)
        for c in columns
        if c.name not in header and c.required
    ]
    known = {c.name for c in columns}
    faults += [
        Fault(file, 1, name or "(no name)", name, "a column of the template", "Take it out, or mend its name.")
        for name in header
        if name not in known
    ]
    if faults:
        return [], faults
    typed = []
    for number, row in rows:
        cells: Cells = {"row": number}
        before = len(faults)
        for column in columns:
            text = (row.get(column.name) or "").strip()
            try:
                cells[column.name] = _cell(column, text)
            except _Unfit as unfit:
                faults.append(Fault(file, number, column.name, text, unfit.expected, unfit.remedy))
        if len(faults) == before:
            typed.append(cells)
    return typed, faults


def _cell(column: Column, text: str) -> Any:
    """The value of a cell; raises _Unfit."""
    if not text:
        if column.required:
            raise _Unfit(column.meaning or "a value", "Fill it in; the column may not be empty.")
        return column.default
    if column.type == "choice" and text not in column.choices:
        raise _Unfit(f"one of {', '.join(column.choices)}")
    value = TYPES[column.type](text)
    if isinstance(value, int | float) and not column.low <= value <= column.high:
        raise _Unfit(_range(column), f"{column.meaning[:1].upper()}{column.meaning[1:]}.")
    return value


def _range(column: Column) -> str:
    low, high = f"{column.low:,.10g}", f"{column.high:,.10g}"
    if column.type == "integer":
        low, high = low.replace(",", ""), high.replace(",", "")
    if math.isinf(column.high):
        return f"{low} or more"
    return f"{low} to {high}"


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _Unfit("a number with a decimal point", "Write it without thousands separators or units.") from None
    if not math.isfinite(value):
        raise _Unfit("a finite number", "Leave an optional cell empty where nothing is known.")
    return value


def _integer(text: str) -> int:
    value = _number(text)
    if value != int(value):
        raise _Unfit("a whole number")
    return int(value)


def _amount(text: str) -> float | str:
    if text in NOTATION_KEYS:
        return text
    value = _number(text)
    if value < 0:
        raise _Unfit("0 or more, or NO, NE, IE, C", "A correction is a new load of the same row.")
    return value


def _city_code(text: str) -> str:
    if not CITY_CODE.fullmatch(text):
        raise _Unfit("a city code such as CN-SZX", "Two letters of the country, a dash, three letters or digits.")
    return text


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise _Unfit("an id of at most 60 characters without blanks, '/', ';' or '|'")
    return text


def _time(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise _Unfit("a UTC time such as 2020-01-01 or 2020-01-01T10:00:00Z") from None
    try:
        utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise _Unfit("a time between the years 1990 and 2100") from None
    if not 1990 <= utc.year <= 2100:
        raise _Unfit("a time between the years 1990 and 2100")
    return utc


def _money(text: str) -> int:
    whole, _, cents = text.partition(".")
    if not (whole + cents).isdecimal() or not whole or len(cents) > 2:
        raise _Unfit("an amount per tonne with at most two decimals, as 31.50")
    return int(whole) * 100 + int(cents.ljust(2, "0") or 0)


def _inputs(text: str) -> dict[str, float | str]:
    inputs: dict[str, float | str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise _Unfit("inputs as name=value;name=value")
        try:
            inputs[name.strip()] = float(value)
        except ValueError:
            inputs[name.strip()] = value.strip()
    return inputs


TYPES: dict[str, Callable[[str], Any]] = {
    "text": str,
    "choice": str,
    "number": _number,
    "integer": _integer,
    "amount": _amount,
    "city": _city_code,
    "name": _name,
    "time": _time,
    "money": _money,
    "inputs": _inputs,
}

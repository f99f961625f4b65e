"""Whether a point or a comma sets off the decimals in a file separated by semicolons, as spreadsheets write them.

Where the comma sets off decimals, spreadsheets separate columns by semicolons, and 100.000 is a hundred thousand; where
the point does, it is a hundred. So in such a file the numbers themselves must tell. One that reads only one way (12,5
or 1.234.567; 12.5 or 0.125) tells for the whole file; numbers that tell both, or only numbers that read two ways, are
refused. A file separated by commas or tabs, and a workbook, has the decimal point.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from carbonpolis.errors import Fault
from carbonpolis.platform.intake.columns import Column
from carbonpolis.platform.intake.files import Rows

NUMBERS = {"number", "integer", "amount", "money"}
TWO_WAYS = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")
DECIMAL_COMMA = re.compile(r"[-+]?(\d+,\d+|\d{1,3}(\.\d{3})+,\d+|[1-9]\d{0,2}(\.\d{3}){2,})")
DECIMAL_POINT = re.compile(r"[-+]?(\d*\.\d+([eE][-+]?\d+)?|\d{1,3}(,\d{3})+\.\d+|[1-9]\d{0,2}(,\d{3}){2,})")
AMBIGUOUS = "a number that reads one way only"
REMEDY = (
    "In a file with semicolons the point may set off decimals or thousands, and nothing else in it tells which. Leave "
    "thousands together (100000), or give decimals another length (100.0), or separate the columns by commas."
)
MIXED = "decimals set off by a point in the whole file, or by a comma in the whole file"


def with_points(rows: Rows, columns: Iterable[Column]) -> tuple[Rows, list[Fault]]:
    """The rows with every number written with a decimal point, and a fault for each that can't be told.

    columns: what the file may hold; only their numbers are looked at.
    """
    if rows.separator != ";":
        return rows, []
    numbers = {column.name: column for column in columns if column.type in NUMBERS}
    comma = [cell for cell in _cells(rows, numbers) if _tells_comma(cell[2])]
    point = [cell for cell in _cells(rows, numbers) if _tells_point(cell[2], numbers[cell[1]])]
    if comma and point:
        return rows, [_mixed(rows.file, *comma[0], point[0]), _mixed(rows.file, *point[0], comma[0])]
    if comma:
        return replace(rows, rows=[(row, _turned(cells, numbers)) for row, cells in rows.rows]), []
    if point:
        return rows, []
    unclear = [cell for cell in _cells(rows, numbers) if TWO_WAYS.fullmatch(cell[2])]
    return rows, [Fault(rows.file, row, name, text, AMBIGUOUS, REMEDY) for row, name, text in unclear]


def _cells(rows: Rows, numbers: dict[str, Column]) -> Iterator[tuple[int, str, str]]:
    """Row, column and text of every cell that ought to be a number."""
    for row, cells in rows.rows:
        for name in numbers:
            text = cells.get(name, "").strip()
            if text:
                yield row, name, text


def _tells_comma(text: str) -> bool:
    return DECIMAL_COMMA.fullmatch(text) is not None and TWO_WAYS.fullmatch(text) is None


def _tells_point(text: str, column: Column) -> bool:
    if TWO_WAYS.fullmatch(text) is None:
        return DECIMAL_POINT.fullmatch(text) is not None
    # 52.379 degrees of latitude can't be 52 thousand; what a column can't hold tells as well.
    return "." in text and not column.low <= float(text.replace(".", "")) <= column.high


def _turned(cells: dict[str, str], numbers: dict[str, Column]) -> dict[str, str]:
    """Cells of a file with decimal commas, their numbers with a decimal point."""
    turned = dict(cells)
    for name in numbers:
        plain = cells.get(name, "").strip()
        if DECIMAL_COMMA.fullmatch(plain) or TWO_WAYS.fullmatch(plain):
            turned[name] = plain.replace(".", "").replace(",", ".")
    return turned


def _mixed(file: str, row: int, name: str, text: str, other: tuple[int, str, str]) -> Fault:
    remedy = f"Row {other[0]}, column {other[1]} has {other[2]!r}: write them alike."
    return Fault(file, row, name, text, MIXED, remedy)

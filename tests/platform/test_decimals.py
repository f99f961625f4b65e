"""Semicolon files: a number is read as it was meant, or refused, never by a factor of a thousand wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.platform.intake.columns import Column
from carbonpolis.platform.intake.decimals import with_points
from carbonpolis.platform.intake.files import Rows

AMOUNT = Column("amount", "amount", "how much")
LATITUDE = Column("latitude", "number", "degrees north", low=-90, high=90)
NOTE = Column("note", "text", "anything")
COLUMNS = (AMOUNT, LATITUDE, NOTE)


def rows_of(*amounts: str, separator: str = ";", column: str = "amount") -> Rows:
    return Rows("f.csv", [column], [(n, {column: text}) for n, text in enumerate(amounts, start=2)], "", separator)


def read(*amounts: str, separator: str = ";", column: str = "amount") -> list[str] | list[tuple[int, str]]:
    """The amounts as they are read, or row and text of each fault."""
    rows, faults = with_points(rows_of(*amounts, separator=separator, column=column), COLUMNS)
    return [(fault.row, fault.found) for fault in faults] or [cells[column] for _, cells in rows.rows]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (("100.000", "12,5"), ["100000", "12.5"]),
        (("1.234,50", "7"), ["1234.50", "7"]),
        (("1.234.567", "8.000"), ["1234567", "8000"]),
        (("1,250", "0,5"), ["1.250", "0.5"]),
        (("100.000", "12.5"), ["100.000", "12.5"]),
        (("100.000", "0.125"), ["100.000", "0.125"]),
        (("100.000", "1.5e6"), ["100.000", "1.5e6"]),
        (("100000", "7", "NE", ""), ["100000", "7", "NE", ""]),
        (("1,5", "NE"), ["1.5", "NE"]),
    ],
)
def test_a_number_that_reads_one_way_tells_for_the_file(written: tuple[str, ...], read_as: list[str]):
    assert read(*written) == read_as


def test_what_reads_two_ways_is_refused_when_nothing_tells():
    assert read("100.000", "5") == [(2, "100.000")]
    assert read("1,250", "-2.000") == [(2, "1,250"), (3, "-2.000")]


def test_a_file_that_tells_both_is_refused_with_both_places():
    _, faults = with_points(rows_of("7", "12,5", "3.25"), COLUMNS)
    assert [(fault.row, fault.found) for fault in faults] == [(3, "12,5"), (4, "3.25")]
    assert "Row 4, column amount has '3.25'" in faults[0].remedy


def test_what_a_column_cannot_hold_tells_too():
    assert read("52.379", "4.895", column="latitude") == ["52.379", "4.895"]


def test_text_and_other_separators_are_left_alone():
    assert read("100.000", separator=",") == ["100.000"]
    assert read("100.000", separator="\t") == ["100.000"]
    assert read("100.000", separator="") == ["100.000"]
    assert read("100.000", "12,5", column="note") == ["100.000", "12,5"]


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=8))
def test_a_file_of_a_spreadsheet_with_decimal_commas_comes_back_as_it_was(numbers: list[object]):
    european = [f"{number:,.2f}".translate(str.maketrans(",.", ".,")) for number in numbers]
    assert [float(text) for text in read(*european)] == [float(str(number)) for number in numbers]  # type: ignore[arg-type]

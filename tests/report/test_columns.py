"""The columns of the report: a heading stands over its own figure at every door, and a figure has one name."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from rich.console import Console
from tests.web.make_report import make_report

from carbonpolis.cli import terminal
from carbonpolis.report.year import columns
from carbonpolis.report.year.columns import (
    BALANCE,
    CITIES,
    EMISSIONS,
    EMITTERS,
    INDICATORS,
    MONEY,
    MONTHS,
    PRICES,
    SCORE,
    SINKS,
    UNITS,
    Column,
    Columns,
    Door,
    on_paper,
    shown_at,
)
from carbonpolis.report.year.files import write_pdf, write_xlsx
from carbonpolis.web.tables import rows_table

TABLES: dict[str, Columns] = {
    name: value for name, value in vars(columns).items() if name.isupper() and isinstance(value, dict)
}


def row_of(table: Columns) -> dict[str, Any]:
    """A row in which every column holds a figure or a word of its own, such as no other column."""
    row: dict[str, Any] = {}
    for at, column in enumerate(table.values(), start=1):
        *way, key = column.key.split(".")
        inner = row
        for name in way:
            inner = inner.setdefault(name, {})
        unit = column.unit_in("EUR")
        inner[key] = f"word {at}" if unit is None else {"value": 100.0 * at + 0.5, "unit": unit or "own"}
        if column.sd and isinstance(row.get(column.sd), type(None)):
            row[column.sd] = {"value": 5.0, "unit": ""}
    return row


def told(column: Column, row: Mapping[str, Any]) -> str:
    """What tells a column's cell from all others: its word, or the hundreds of its figure."""
    found = column.of(row)
    return found.replace("word", "").strip() if isinstance(found, str) else str(int(found["value"] // 100))


def hundreds(cell: str) -> str:
    """The same of a cell as it is shown."""
    if match := re.search(r"[Ww]ord (\d+)", cell):
        return match[1]
    return str(int(float(re.search(r"[\d,.]+", cell)[0].replace(",", "")) // 100))  # type: ignore[index]


@pytest.mark.parametrize("table", TABLES)
def test_on_a_page_every_heading_stands_over_its_own_cell(table: str):
    row = row_of(TABLES[table])
    drawn = rows_table("A table", TABLES[table], [row])
    heads = [
        unescape(re.sub(r"<.*?>", "|", each).split("|")[0])
        for each in re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", drawn)
    ]
    cells = [
        re.sub(r"<.*?>", "", each)
        for each in re.findall(r"<t[hd](?: scope=\"row\"| class=\"n\")?>(.*?)</t[hd]>", drawn)
    ]
    shown = shown_at(TABLES[table], Door.SITE)
    assert [head.strip() for head in heads] == [column.narrow for column in shown]
    assert [hundreds(cell) for cell in cells] == [told(column, row) for column in shown]


@pytest.mark.parametrize("table", ["CITIES", "EMISSIONS", "SINKS", "MONTHS", "INDICATORS"])
def test_in_a_terminal_every_heading_stands_over_its_own_cell(table: str):
    row = row_of(TABLES[table])
    console = Console(file=io.StringIO(), width=400)
    terminal._print_rows(console, TABLES[table], [row], "EUR")
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    heads = [[each.strip() for each in line.split("┃")] for line in lines if "┃" in line]
    cells = [each.strip() for each in next(line for line in lines if "│" in line).split("│")]
    shown = shown_at(TABLES[table], Door.TERMINAL)
    names = [f"{column.narrow} {column.unit_in('EUR') or ''}".strip() for column in shown]
    assert [" ".join(filter(None, each)) for each in zip(*heads, strict=True)] == names
    assert [hundreds(cell) for cell in cells] == [told(column, row) for column in shown]


def sheets(path: Path, report: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of every sheet of the workbook, by heading."""
    write_xlsx(report, None, path)  # type: ignore[arg-type]
    book = openpyxl.load_workbook(path)
    found = {}
    for sheet in book:
        header, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(header, row, strict=True)) for row in rows]
    return found


def test_in_the_workbook_every_heading_stands_over_its_own_figures(tmp_path: Path):
    report = make_report()
    made = sheets(tmp_path / "r.xlsx", report)
    city = report["cities"][0]
    for name, table, rows in (
        ("emissions", EMISSIONS, city["emissions"]),
        ("sinks", SINKS, city["sinks"]),
        ("market", MONTHS, city["market"]["months"]),
        ("indicators", INDICATORS, city["indicators"]),
    ):
        own = [row for row in made[name] if row["City"] == city["city"]]
        assert len(own) == len(rows)
        for row, cells in zip(rows, own, strict=True):
            for column in shown_at(table, Door.WORKBOOK):
                unit, found = column.unit_in(report["currency"]), column.of(row)
                value = found["value"] if isinstance(found, dict) else found
                value = pytest.approx(value) if isinstance(value, float) else value
                assert cells[f"{column.heading}, {unit}" if unit else column.heading] == value, column.key
                if unit == "":
                    assert cells[f"{column.heading}, unit"] == found["unit"]


def test_in_the_workbook_the_balance_the_score_and_the_prices_bear_their_names(tmp_path: Path):
    report = make_report()
    made = sheets(tmp_path / "r.xlsx", report)
    city = report["cities"][0]
    for name, tables, row in (
        ("balance", [BALANCE], city["balance"]),
        ("score", [SCORE, PRICES], {**city["score"], **city["market"]}),
    ):
        own = {cells["Figure"]: cells for cells in made[name] if cells["City"] == city["city"]}
        assert list(own) == [column.heading for table in tables for column in table.values()]
        for column in (column for table in tables for column in table.values()):
            found = column.of(row)
            assert (own[column.heading]["Value"], own[column.heading]["Unit"]) == (found["value"], found["unit"])


def test_a_column_more_is_one_row_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    more = Column("weight", "Weight of the month", "kt", decimals=1, paper=20)
    monkeypatch.setitem(MONTHS, "weight", more)  # type: ignore[arg-type]
    monkeypatch.setitem(SINKS, "weight", more)  # type: ignore[arg-type]
    report = make_report()
    for city in report["cities"]:
        for row in (*city["market"]["months"], *city["sinks"]):
            row["weight"] = {"value": 61.25, "unit": "kt"}
    city = report["cities"][0]
    page = rows_table("Months", MONTHS, city["market"]["months"])
    assert 'Weight of the month <span class="unit">kt</span>' in page
    console = Console(file=io.StringIO(), width=300)
    terminal.print_city(console, report, city)  # type: ignore[arg-type]
    assert console.file.getvalue().count("Weight of the month") == 2  # type: ignore[attr-defined]
    assert "61.2" in console.file.getvalue()  # type: ignore[attr-defined]
    made = sheets(tmp_path / "r.xlsx", report)
    assert {row["Weight of the month, kt"] for name in ("market", "sinks") for row in made[name]} == {61.25}
    write_pdf(report, report["cities"][0], tmp_path / "r.pdf")  # type: ignore[arg-type]
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")


def test_a_figure_has_one_name_wherever_it_stands():
    names: dict[str, set[str]] = {}
    for table in (BALANCE, EMITTERS, MONTHS, EMISSIONS):
        for column in table.values():
            if column.unit is not None:
                names.setdefault(column.key, set()).add(column.heading)
    assert {key for key, found in names.items() if len(found) > 1} == set()
    assert CITIES["balance.covered"].heading == BALANCE["covered"].heading
    assert CITIES["score.S"].heading == SCORE["S"].heading


def test_what_emitters_owe_and_what_nobody_owes_is_called_the_same_at_every_door(tmp_path: Path):
    report = make_report()
    console = Console(file=io.StringIO(), width=200)
    terminal.print_city(console, report, report["cities"][0])  # type: ignore[arg-type]
    figures = {row["Figure"] for row in sheets(tmp_path / "r.xlsx", report)["balance"]}
    for name in ("of which owed by emitters", "of which owed by nobody"):
        assert f"    {name} " in console.file.getvalue()  # type: ignore[attr-defined]
        assert name in figures


def test_the_pdf_fits_the_paper():
    for table in (EMISSIONS, SINKS, INDICATORS):
        assert 0 < sum(column.paper for column in on_paper(table)) <= 190


def test_a_figure_of_a_table_has_the_unit_that_its_heading_says(sample_report: dict[str, Any]):
    """The report of a real run: a unit in a heading stands over figures in another nowhere."""
    currency = sample_report["currency"]

    def units(table: Columns, rows: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
        return {
            (column.key, found["unit"], column.unit_in(currency) or "")
            for row in rows
            for column in table.values()
            if isinstance(found := column.of(row) if column.doors != Door.SITE or column.unit else None, dict)
            and column.unit
            and found["unit"] != column.unit_in(currency)
        }

    cities = sample_report["cities"]
    assert units(CITIES, cities) == set()
    assert units(BALANCE, [sample_report["total"], *(city["balance"] for city in cities)]) == set()
    assert units(UNITS, [sample_report["ledger"], *sample_report["registry"]["batches"]]) == set()
    assert units(MONEY, [sample_report["money"]]) == set()
    assert units(MONTHS, [month for city in cities for month in city["market"]["months"]]) == set()
    for table, key in ((EMISSIONS, "emissions"), (SINKS, "sinks"), (EMITTERS, "emitters")):
        assert units(table, [row for city in cities for row in city[key]]) == set()

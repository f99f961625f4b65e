"""A report as an Excel workbook or a PDF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonpolis.errors import BadInput, Fault
from carbonpolis.report.pdf_fonts import FACE, lettered, refuse_missing
from carbonpolis.report.rounding import rounded
from carbonpolis.report.year.columns import (
    ASSUMPTIONS,
    BALANCE,
    EMISSIONS,
    INDICATORS,
    MONTHS,
    PRICES,
    SCORE,
    SINKS,
    Column,
    Columns,
    Door,
    on_paper,
    shown_at,
)
from carbonpolis.report.year.shape import CityReport, YearReport

if TYPE_CHECKING:
    import openpyxl
    from fpdf import FPDF

Row = Sequence[Any]
TABLES = {"indicators": INDICATORS, "emissions": EMISSIONS, "sinks": SINKS}  # by key in a city
FIGURE = ("City", "Name", "Figure", "Value", "Unit", "Assumed")


def write_xlsx(year: YearReport, city: CityReport | None, path: Path) -> None:
    """Write one city, or all of them, as sheets of figures with their units. Raises BadInput if it can't be written."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    cities = [city] if city is not None else year["cities"]
    currency = year["currency"]
    _sheet(book, "balance", FIGURE, _balance_rows(cities))
    _sheet(book, "score", (*FIGURE, "Rank", "90 % of draws, from", "to", "of"), _score_rows(cities))
    for name, columns in TABLES.items():
        rows = [(city["city"], row) for city in cities for row in city[name]]  # type: ignore[literal-required]
        _table_sheet(book, name, columns, rows, currency)
    _table_sheet(book, "market", MONTHS, [(c["city"], row) for c in cities for row in c["market"]["months"]], currency)
    _sheet(
        book,
        "assumptions",
        [c.heading for c in ASSUMPTIONS.values()],
        [[c.of(row) for c in ASSUMPTIONS.values()] for row in year["assumptions"]],
    )
    try:
        book.save(path)
    except OSError as problem:
        raise BadInput([Fault("report", 0, "--out", str(path), f"a file to write ({problem.strerror})")]) from None


def write_pdf(year: YearReport, city: CityReport | None, path: Path, *, font: Path | None = None) -> None:
    """Write one city, or all of them one a page, as PDF (A4). font: for names in scripts that the fonts at hand lack.

    Raises BadInput if it can't be written, or a name has letters that no font has.
    """
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    lettered(pdf, "report", font)
    pdf.set_auto_page_break(True, margin=16)
    pdf.set_title(year["title"])
    for one in [city] if city is not None else sorted(year["cities"], key=lambda c: c["name"]):
        _city_page(pdf, year, one)
    pdf.add_page()
    _heading(pdf, "What is assumed, not sourced")
    for row in year["assumptions"]:
        pdf.set_font(FACE, size=8)
        pdf.multi_cell(0, 4, f"{row['what']}: {row['value']}. {row['why']}", new_x="LMARGIN", new_y="NEXT")
    refuse_missing(pdf, "report")
    try:
        pdf.output(str(path))
    except OSError as problem:
        raise BadInput([Fault("report", 0, "--out", str(path), f"a file to write ({problem.strerror})")]) from None


def _city_page(pdf: FPDF, year: YearReport, city: CityReport) -> None:
    pdf.add_page()
    pdf.set_font(FACE, "B", 18)
    pdf.cell(0, 10, f"{city['name']} ({city['city']}), {year['year']}", new_x="LMARGIN", new_y="NEXT")
    _heading(pdf, "Neutrality balance")
    rows = [(_indented(column), _text(column, city["balance"])) for column in BALANCE.values()]
    _table(pdf, ("Figure", "Value"), rows, (80, 70))
    _heading(pdf, "Score and prices")
    score = city["score"]
    interval = f"{score['rank_low']} to {score['rank_high']} in 90 % of draws"
    rank = f"{score['rank']} of {score['of']}; {interval}" if score["rank"] else f"not ranked: {score['why_not']}"
    rows = [(column.heading, _text(column, score)) for column in SCORE.values()]
    rows += [("Rank", rank)]
    rows += [(column.heading, _text(column, city["market"])) for column in PRICES.values()]
    _table(pdf, ("Figure", "Value"), rows, (80, 70))
    _section(pdf, "Emissions", EMISSIONS, city["emissions"])
    if city["sinks"]:
        _section(pdf, "Sinks", SINKS, city["sinks"])
    _section(pdf, "Indicators", INDICATORS, city["indicators"])


def _indented(column: Column) -> str:
    return f"    {column.heading}" if column.part_of else column.heading


def _section(pdf: FPDF, title: str, columns: Columns, rows: Iterable[Mapping[str, Any]]) -> None:
    """A table of the report under a heading."""
    shown = on_paper(columns)
    cells = [[_text(column, row) for column in shown] for row in rows]
    _heading(pdf, title)
    _table(pdf, [column.heading for column in shown], cells, [column.paper for column in shown])


def _heading(pdf: FPDF, text: str) -> None:
    pdf.ln(3)
    pdf.set_font(FACE, "B", 11)
    pdf.cell(0, 7, text, new_x="LMARGIN", new_y="NEXT")


def _table(pdf: FPDF, header: Row, rows: Iterable[Row], widths: Sequence[int]) -> None:
    """Rules between rows only; columns of figures to the right. widths: mm; all narrower where the page is."""
    pdf.set_font(FACE, size=8)
    rows = list(rows)
    aligned = tuple("RIGHT" if _figures([row[n] for row in rows]) else "LEFT" for n in range(len(header)))
    with pdf.table(
        col_widths=tuple(widths),
        width=min(sum(widths), pdf.epw),
        align="LEFT",
        line_height=5,
        text_align=aligned,
        borders_layout="HORIZONTAL_LINES",
    ) as table:
        for row in [header, *rows]:
            line = table.row()
            for cell in row:
                line.cell(str(cell))


def _figures(cells: Sequence[object]) -> bool:
    return any(str(cell)[:1].isdigit() for cell in cells)


def _text(column: Column, row: Mapping[str, Any]) -> str:
    """What a row holds in a column; a figure with its unit, and its mark where it is assumed."""
    quantity = column.of(row)
    if not isinstance(quantity, dict):
        return str(quantity)
    if quantity["value"] is None:
        return f"- ({quantity.get('note', 'not known')})"
    mark = " (assumed)" if quantity.get("assumed") else ""
    at = column.places(row)
    value = f"{quantity['value']:,.{column.decimals}f}" if at is None else rounded(quantity["value"], at, most=6)
    return f"{value} {quantity['unit']}{mark}"


def _table_sheet(
    book: openpyxl.Workbook, name: str, columns: Columns, rows: Sequence[tuple[str, Mapping[str, Any]]], currency: str
) -> None:
    """A sheet of a table of the report, each row with the code of its city; a figure with its own unit in two cells."""
    shown = shown_at(columns, Door.WORKBOOK)
    header = ["City"]
    for column in shown:
        heading, unit = column.heading, column.unit_in(currency)
        header += [f"{heading}, {unit}"] if unit else [heading, f"{heading}, unit"] if unit is not None else [heading]
    cells = [[city, *(value for column in shown for value in _values(column, row))] for city, row in rows]
    _sheet(book, name, header, cells)


def _values(column: Column, row: Mapping[str, Any]) -> list[Any]:
    found = column.of(row)
    if not isinstance(found, dict):
        return [found]
    return [found["value"], found["unit"]] if column.unit == "" else [found["value"]]


def _sheet(book: openpyxl.Workbook, name: str, header: Row, rows: Iterable[Row]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    sheet.append(list(header))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append(list(row))
        for cell in sheet[sheet.max_row]:
            if cell.data_type == "f":  # a name that begins with "=" is a name, not a formula
                cell.data_type = "s"
    for index, title in enumerate(header, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = max(12, len(str(title)) + 2)
    sheet.freeze_panes = "A2"


def _balance_rows(cities: Iterable[CityReport]) -> Iterable[Row]:
    for city in cities:
        for column in BALANCE.values():
            yield city["city"], city["name"], *_figure(column, city["balance"])


def _score_rows(cities: Iterable[CityReport]) -> Iterable[Row]:
    for city in cities:
        score = city["score"]
        among = (score["rank"], score["rank_low"] or None, score["rank_high"] or None, score["of"])
        for column in SCORE.values():
            yield city["city"], city["name"], *_figure(column, score), *among
        for column in PRICES.values():
            yield city["city"], city["name"], *_figure(column, city["market"]), None, None, None, None


def _figure(column: Column, row: Mapping[str, Any]) -> Row:
    quantity = column.of(row)
    return column.heading, quantity["value"], quantity["unit"], "yes" if quantity.get("assumed") else ""

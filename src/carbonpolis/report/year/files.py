"""A report as an Excel workbook or a PDF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonpolis.errors import BadInput, Fault
from carbonpolis.report.pdf_fonts import FACE, lettered, refuse_missing
from carbonpolis.report.rounding import places, rounded, sd_of_interval, significant
from carbonpolis.report.year.shape import CityReport, Quantity, YearReport

if TYPE_CHECKING:
    import openpyxl
    from fpdf import FPDF

Row = Sequence[Any]
BALANCE = (
    ("emissions", "emissions"),
    ("covered", "covered by sinks"),
    ("on_credit", "on credit"),
    ("uncovered", "uncovered"),
    ("uncovered_obliged", "of it owed by enterprises"),
    ("uncovered_not_obliged", "of it owed by nobody"),
    ("removals", "removals by its own sinks"),
    ("surplus", "surplus left that might be exported"),
)

SCORE = ("city", "name", "figure", "value", "unit", "assumed", "rank", "90 % from", "to", "of")
INDICATORS = (
    *("city", "symbol", "indicator", "value", "unit", "scored", "scored unit", "normalised", "quality"),
    "source of the definition",
)
EMISSIONS = (
    *("city", "part", "category", "gpc_ref", "what", "years", "scope", "t CO2e", "sd, t CO2e", "quality"),
    "source",
)
SINKS = ("city", "project", "name", "class", "removal t CO2/year", "sd", "issued t", "buffer t", "status", "source")
MONTHS = ("city", "month", "due t", "covered t", "on credit t", "uncovered t")


def write_xlsx(year: YearReport, city: CityReport | None, path: Path) -> None:
    """Write one city, or all of them, as sheets of figures with their units. Raises BadInput if it can't be written."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    cities = [city] if city is not None else year["cities"]
    _sheet(book, "balance", ("city", "name", "figure", "value", "unit", "assumed"), _balance_rows(cities))
    _sheet(book, "score", SCORE, _score_rows(cities))
    _sheet(book, "indicators", INDICATORS, _indicator_rows(cities))
    _sheet(book, "emissions", EMISSIONS, _emission_rows(cities))
    _sheet(book, "sinks", SINKS, _sink_rows(cities))
    _sheet(book, "market", (*MONTHS, f"local price {year['currency']}/t"), _month_rows(cities))
    _sheet(book, "assumptions", ("what", "value", "why", "source"), [tuple(a.values()) for a in year["assumptions"]])
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
    low, high = city["balance"]["removals_interval"]
    spread = {"removals": places(sd_of_interval(low["value"], high["value"]))}
    rows = [(label, _text(city["balance"][key], 3, spread.get(key))) for key, label in BALANCE]  # type: ignore[literal-required]
    _table(pdf, ("figure", "value"), rows, (80, 70))
    _heading(pdf, "Score and prices")
    score, market = city["score"], city["market"]
    interval = f"{score['rank_low']} to {score['rank_high']} in 90 % of draws"
    rank = f"{score['rank']} of {score['of']}; {interval}" if score["rank"] else f"not ranked: {score['why_not']}"
    rows = [(key, _text(score[key], 1)) for key in ("S", "S1", "S2", "S3")]
    rows += [("rank", rank)]
    rows += [(key, _text(market[key], 2)) for key in ("S21", "S22", "S23")]
    _table(pdf, ("figure", "value"), rows, (80, 70))
    _heading(pdf, "Emissions")
    lines = [
        (row["what"], *(_text(row[k], 0, places(row["sd"]["value"])) for k in ("emissions", "sd")))
        for row in city["emissions"]
    ]
    _table(pdf, ("category", "emissions", "standard deviation"), lines, (90, 50, 40))
    if city["sinks"]:
        _heading(pdf, "Sinks")
        sinks = [
            (s["name"], *(_text(s[k], 1, places(s["sd"]["value"])) for k in ("removal", "sd")), _text(s["issued"], 3))
            for s in city["sinks"]
        ]
        _table(pdf, ("project", "removal", "standard deviation", "issued"), sinks, (70, 45, 40, 30))
    _heading(pdf, "Indicators")
    marks = [
        (i["symbol"], i["name"], _text(i["value"], 3, significant(i["value"]["value"])), i["quality"])
        for i in city["indicators"]
    ]
    _table(pdf, ("", "indicator", "value", "quality"), marks, (12, 78, 65, 30))


def _heading(pdf: FPDF, text: str) -> None:
    pdf.ln(3)
    pdf.set_font(FACE, "B", 11)
    pdf.cell(0, 7, text, new_x="LMARGIN", new_y="NEXT")


def _table(pdf: FPDF, header: Row, rows: Iterable[Row], widths: Sequence[int]) -> None:
    """Rules between rows only; columns of figures to the right."""
    pdf.set_font(FACE, size=8)
    rows = list(rows)
    aligned = tuple("RIGHT" if _figures([row[n] for row in rows]) else "LEFT" for n in range(len(header)))
    with pdf.table(
        col_widths=tuple(widths),
        width=sum(widths),
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


def _text(quantity: Quantity, decimals: int, at: int | None = None) -> str:
    """at: the decimal place that an estimate supports, instead of `decimals`."""
    if quantity["value"] is None:
        return f"- ({quantity.get('note', 'not known')})"
    mark = " (assumed)" if quantity.get("assumed") else ""
    value = f"{quantity['value']:,.{decimals}f}" if at is None else rounded(quantity["value"], at, most=6)
    return f"{value} {quantity['unit']}{mark}"


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


def _mark(quantity: Quantity) -> str:
    return "yes" if quantity.get("assumed") else ""


def _balance_rows(cities: Iterable[CityReport]) -> Iterable[Row]:
    for city in cities:
        for key, label in BALANCE:
            q: Quantity = city["balance"][key]  # type: ignore[literal-required]
            yield city["city"], city["name"], label, q["value"], q["unit"], _mark(q)


def _score_rows(cities: Iterable[CityReport]) -> Iterable[Row]:
    for city in cities:
        for key in ("S", "S1", "S2", "S3"):
            q: Quantity = city["score"][key]
            score = city["score"]
            among = (score["rank"], score["rank_low"] or None, score["rank_high"] or None, score["of"])
            yield city["city"], city["name"], key, q["value"], q["unit"], _mark(q), *among
        for key in ("S21", "S22", "S23"):
            price: Quantity = city["market"][key]  # type: ignore[literal-required]
            yield city["city"], city["name"], key, price["value"], price["unit"], _mark(price), None, None, None, None


def _indicator_rows(cities: Iterable[CityReport]) -> Iterable[Row]:
    for city in cities:
        for i in city["indicators"]:
            values = (i["value"]["value"], i["value"]["unit"], i["scored"]["value"], i["scored"]["unit"])
            yield city["city"], i["symbol"], i["name"], *values, i["normalised"], i["quality"], i["source"]


def _emission_rows(cities: Iterable[CityReport]) -> Iterable[Row]:
    for city in cities:
        for e in city["emissions"]:
            place = (city["city"], e["part"], e["category"], e["gpc_ref"], e["what"], e["years"], e["scope"])
            yield *place, e["emissions"]["value"], e["sd"]["value"], e["quality"], e["source"]


def _sink_rows(cities: Iterable[CityReport]) -> Iterable[Row]:
    for city in cities:
        for s in city["sinks"]:
            figures = (s["removal"]["value"], s["sd"]["value"], s["issued"]["value"], s["buffer"]["value"])
            yield city["city"], s["project"], s["name"], s["sink_class"], *figures, s["status"], s["source"]


def _month_rows(cities: Iterable[CityReport]) -> Iterable[Row]:
    for city in cities:
        for m in city["market"]["months"]:
            masses = (m["due"]["value"], m["covered"]["value"], m["on_credit"]["value"], m["uncovered"]["value"])
            yield city["city"], m["month"], *masses, m["local_price"]["value"]

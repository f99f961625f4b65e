"""A document of findings, tables and pictures, and the forms it takes: HTML in one file, Excel, PDF, JSON.

Tables are frames with headings for people; a cell that is missing is a dash, never a zero.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from fpdf import FPDF
from matplotlib.figure import Figure
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from carbonpolis.errors import BadInput, Fault
from carbonpolis.report.documents.pictures import DPI, as_png
from carbonpolis.report.pdf_fonts import FACE, lettered, refuse_missing

DASH = "–"
YEARS = re.compile(r"\b(year|peak|neutral|vintage|from|to)\b")
FEW = 40  # rows that are shown of a long table before it is unfolded
MOST_PDF_ROWS = 60  # a table longer than that is cut in the PDF, which says so; HTML and Excel have all rows
STYLE = """
body{font:15px/1.5 system-ui,"DejaVu Sans",sans-serif;color:#222;max-width:1100px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin-top:2.2rem;border-bottom:1px solid #ddd}
ul.findings{background:#f3f7fa;border-left:4px solid #0072B2;padding:.8rem 1rem .8rem 2rem;font-size:1.02rem}
p.note{color:#555;margin:.3rem 0 .6rem}table{border-collapse:collapse;font-size:.84rem;width:100%}
div.wide{overflow-x:auto}th,td{padding:.28rem .5rem;border-bottom:1px solid #e6e6e6;text-align:left;vertical-align:top}
th{background:#fafafa;position:sticky;top:0}td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
img{max-width:100%;height:auto}summary{cursor:pointer;color:#0072B2;padding:.5rem 0}
footer{color:#777;font-size:.85rem;margin-top:2.5rem}
@media print{body{margin:0;max-width:none}h2{page-break-after:avoid}tr{page-break-inside:avoid}}
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its heading and a sentence on how to read it. The frame's index is its first column."""

    title: str
    note: str
    table: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Document:
    """title; standing: a line under it; findings: sentences; pictures: captions and figures; sections; notes: on how
    it was made."""

    title: str
    standing: str
    findings: Sequence[str]
    sections: Sequence[Section]
    pictures: Sequence[tuple[str, Figure]] = ()
    notes: Sequence[str] = field(default_factory=tuple)


def cell(value: Any, heading: str = "") -> str:
    """A value as people read it: thousands apart, as many decimals as its size deserves, a dash where it is missing.

    heading: of its column; one that speaks of years keeps whole numbers together, as 2016.
    """
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f"{value:d}" if YEARS.search(heading) else f"{value:,d}"
    if isinstance(value, float):
        if YEARS.search(heading) and value == int(value):
            return f"{value:.0f}"
        size = abs(value)
        if size >= 1000 or (size >= 100 and value == int(value)):
            return f"{value:,.0f}"
        return f"{value:,.1f}" if size >= 10 else f"{value:,.2f}" if size >= 1 else f"{value:.2g}"
    return str(value)


def to_html(document: Document) -> str:
    """One page that needs nothing else: pictures inside, everything escaped."""
    parts = [f"<h1>{_e(document.title)}</h1><p class=note>{_e(document.standing)}</p>"]
    parts.append("<ul class=findings>" + "".join(f"<li>{_e(each)}</li>" for each in document.findings) + "</ul>")
    for caption, figure in document.pictures:
        data = base64.b64encode(as_png(figure)).decode()
        parts.append(f'<h2>{_e(caption)}</h2><img alt="{_e(caption)}" src="data:image/png;base64,{data}">')
    parts += [f"<h2>{_e(s.title)}</h2><p class=note>{_e(s.note)}</p>{_html_table(s.table)}" for s in document.sections]
    if document.notes:
        parts.append(
            "<h2>How this was made</h2><ul>" + "".join(f"<li>{_e(each)}</li>" for each in document.notes) + "</ul>"
        )
    body = "\n".join(parts)
    head = f"<meta charset=utf-8><title>{_e(document.title)}</title><style>{STYLE}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>\n"


def to_json(document: Document) -> str:
    """Findings, notes and tables; missing is null."""
    sections = {
        section.title: json.loads(section.table.reset_index().to_json(orient="records", force_ascii=False))
        for section in document.sections
    }
    content = {"title": document.title, "standing": document.standing, "findings": list(document.findings)}
    return (
        json.dumps({**content, "tables": sections, "notes": list(document.notes)}, ensure_ascii=False, indent=1) + "\n"
    )


def write(document: Document, form: str, path: Path) -> None:
    """Write html, json, xlsx or pdf. Raises BadInput if the file can't be written."""
    try:
        if form == "html":
            path.write_text(to_html(document), encoding="utf-8")
        elif form == "json":
            path.write_text(to_json(document), encoding="utf-8")
        elif form == "xlsx":
            _xlsx(document).save(path)
        else:
            _pdf(document).output(str(path))
    except OSError as problem:
        raise BadInput([Fault("report", 0, "--out", str(path), f"a file to write ({problem.strerror})")]) from None


def _e(text: str) -> str:
    return html.escape(text, quote=True)


def _html_table(table: pd.DataFrame) -> str:
    """A table; of a long one the first rows, and the whole behind a line that unfolds it."""
    flat = table.reset_index()
    numeric = [pd.api.types.is_numeric_dtype(flat[column]) for column in flat]
    head = "".join(f"<th{_right(n)}>{_e(str(column))}</th>" for column, n in zip(flat, numeric, strict=True))
    rows = []
    for values in flat.itertuples(index=False):
        cells = "".join(
            f"<td{_right(n)}>{_e(cell(v, str(column)))}</td>"
            for column, v, n in zip(flat, values, numeric, strict=True)
        )
        rows.append(f"<tr>{cells}</tr>")

    def whole(some: list[str]) -> str:
        return f"<div class=wide><table><thead><tr>{head}</tr></thead><tbody>{''.join(some)}</tbody></table></div>"

    if len(rows) <= 2 * FEW:
        return whole(rows)
    rest = f"<summary>The other {len(rows) - FEW:,} of {len(rows):,} rows</summary>{whole(rows[FEW:])}"
    return f"{whole(rows[:FEW])}<details>{rest}</details>"


def _right(numeric: bool) -> str:
    return " class=number" if numeric else ""


def _xlsx(document: Document) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "findings"
    for line in (document.title, document.standing, "", *document.findings, "", *document.notes):
        first.append([_safe(line)])
    first["A1"].font = Font(bold=True, size=14)
    first.column_dimensions["A"].width = 120
    for row in first["A"]:
        row.alignment = Alignment(wrap_text=True, vertical="top")
    for section in document.sections:
        sheet = book.create_sheet(section.title[:31].replace("/", " per "))
        flat = section.table.reset_index()
        sheet.append([str(column) for column in flat])
        for column in range(1, flat.shape[1] + 1):
            sheet.cell(1, column).font = Font(bold=True)
            longest = max([len(str(flat.columns[column - 1])), *(len(cell(v)) for v in flat.iloc[:200, column - 1])])
            sheet.column_dimensions[get_column_letter(column)].width = min(60, longest + 2)
        for values in flat.itertuples(index=False):
            sheet.append([None if not isinstance(v, str) and pd.isna(v) else _safe(v) for v in values])
        sheet.freeze_panes = "B2"
    return book


def _safe(value: Any) -> Any:
    """Text that a spreadsheet can't take for a formula; numbers as Python has them."""
    if isinstance(value, str):
        return "'" + value if value[:1] in "=+-@" and len(value) > 1 else value
    return value.item() if hasattr(value, "item") else value


def _pdf(document: Document) -> FPDF:
    pdf = FPDF(orientation="landscape", format="A4")
    pdf.set_auto_page_break(True, margin=14)
    lettered(pdf, "report")
    pdf.add_page()
    pdf.set_font(FACE, "B", 16)
    pdf.multi_cell(0, 8, document.title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(FACE, "", 9)
    pdf.multi_cell(0, 5, document.standing, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2)
    pdf.set_font(FACE, "", 10.5)
    for finding in document.findings:
        pdf.multi_cell(0, 6, f"• {finding}", new_x="LMARGIN", new_y="NEXT")
    for caption, figure in document.pictures:
        pdf.add_page()
        _heading(pdf, caption, "")
        width, height = figure.get_size_inches() * 25.4
        scale = min(pdf.epw / width, (pdf.eph - 16) / height, 1.0)
        pdf.image(io.BytesIO(as_png(figure, DPI)), w=width * scale, h=height * scale)
    for section in document.sections:
        if len(section.table):
            pdf.add_page()
            _pdf_table(pdf, section)
    if document.notes:
        pdf.add_page()
        _heading(pdf, "How this was made", "")
        for note in document.notes:
            pdf.multi_cell(0, 5, f"• {note}", new_x="LMARGIN", new_y="NEXT")
    refuse_missing(pdf, "report")
    return pdf


def _heading(pdf: FPDF, title: str, note: str) -> None:
    pdf.set_font(FACE, "B", 12)
    pdf.multi_cell(0, 7, title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(FACE, "", 8.5)
    if note:
        pdf.multi_cell(0, 5, note, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1)


def _pdf_table(pdf: FPDF, section: Section) -> None:
    flat = section.table.reset_index()
    shown = flat.head(MOST_PDF_ROWS)
    cut = f" The first {len(shown)} of {len(flat)} rows." if len(flat) > len(shown) else ""
    _heading(pdf, section.title, section.note + cut)
    numeric = [pd.api.types.is_numeric_dtype(flat[column]) for column in flat]
    longest = [max([6, len(str(c)) / 1.6, *(min(45, len(cell(v))) for v in shown[c])]) for c in flat]
    pdf.set_font(FACE, "", 7)
    align = tuple("RIGHT" if n else "LEFT" for n in numeric)
    with pdf.table(col_widths=tuple(longest), text_align=align, line_height=4, padding=0.6) as table:
        table.row([str(column) for column in flat])
        for values in shown.itertuples(index=False):
            table.row([cell(v, str(column)) for column, v in zip(flat, values, strict=True)])

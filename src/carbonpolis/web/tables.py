"""Tables as plain HTML: a caption, headers with units, numbers to the right, and the notes of missing figures below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, TypeGuard

from carbonpolis.report.year.columns import Column, Columns, Door, shown_at
from carbonpolis.report.year.shape import Quantity
from carbonpolis.web import figures
from carbonpolis.web.words import name, say


@dataclass(frozen=True, slots=True)
class Html:
    """Text that is HTML already; everything else is escaped. `right` sets its column to the right, as a figure's."""

    text: str
    right: bool = False


# Text that isn't broken: a month, a code.
SHORT = 10
WIDE = 5  # columns: such a table is wider than a phone
Cell = Quantity | Html | str | int | None


def link(text: str, target: str) -> Html:
    """A link as a cell."""
    return Html(f'<a href="{escape(target)}">{escape(text)}</a>')


def quality(flags: str) -> Html:
    """Quality flags ("reported, assumed"), the assumed one as its tag."""
    told = [figures.tag(say("assumed")) if flag == "assumed" else escape(flag) for flag in flags.split(", ")]
    return Html(", ".join(told))


def is_quantity(cell: Cell) -> TypeGuard[Quantity]:
    """Whether a cell is a figure of the report."""
    return isinstance(cell, dict)


class Notes:
    """The notes of a table, numbered as they're met; the same note is told once."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def mark(self, note: str) -> str:
        """The little number that points to `note`."""
        if note not in self.told:
            self.told.append(note)
        return f'<sup class="mark">{self.told.index(note) + 1}</sup>'

    def html(self) -> str:
        """The list below the table, or nothing."""
        if not self.told:
            return ""
        items = "".join(f"<li>{escape(note)}</li>" for note in self.told)
        return f'<ol class="notes" aria-label="{escape(say("notes"))}">{items}</ol>'


def all_assumed(column: Sequence[Cell]) -> bool:
    """Whether every figure known in a column is assumed: then its head says so, once."""
    known = [cell for cell in column if is_quantity(cell) and cell["value"] is not None]
    return len(known) > 1 and all(cell.get("assumed") for cell in known)


def _unit_of_all(column: Sequence[Cell]) -> str | None:
    """The unit that a column's head can bear: of every cell in it, so none beside words or numbers of another kind."""
    known = [cell for cell in column if cell is not None]
    return figures.unit_of([cell for cell in known if is_quantity(cell)]) if all(map(is_quantity, known)) else None


def unmarked(quantity: Quantity) -> Quantity:
    """The figure without its mark, for a column whose head bears it."""
    plain = quantity.copy()
    plain.pop("assumed", None)
    return plain


def _body_cell(cell: Cell, unit_shown: bool, notes: Notes, *, head: bool, right: bool) -> str:
    """One cell; the first of a row is its header."""
    opening, closing = ('<th scope="row">', "</th>") if head else ("<td>", "</td>")
    if right and not head:
        opening = '<td class="n">'
    if isinstance(cell, Html):
        inner = cell.text
    elif cell is None:
        inner = figures.MISSING
    elif isinstance(cell, (str, int)):
        inner = escape(f"{cell:,}" if isinstance(cell, int) else cell)
        if len(inner) <= SHORT:
            inner = f'<span class="fit">{inner}</span>'
    else:
        mark = notes.mark(cell["note"]) if cell.get("note") else ""
        inner = figures.cell(cell, say("assumed"), with_unit=not unit_shown) + mark
    return f"{opening}{inner}{closing}"


def table(caption: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]], *, hide_caption: bool = False) -> str:
    """A table; a column of quantities in one unit has it in its header, one of several has it in each cell.

    `rows` are cells in the order of `headings`; the first cell of a row is its header.
    """
    if not rows:
        return f'<p class="quiet">{escape(say("none"))}</p>'
    columns = list(zip(*rows, strict=True))
    units = [_unit_of_all(column) for column in columns]
    right = [
        any(is_quantity(cell) or isinstance(cell, int) or (isinstance(cell, Html) and cell.right) for cell in column)
        for column in columns
    ]
    assumed = [all_assumed(column) for column in columns]
    head = "".join(
        f'<th scope="col"{" class=n" if is_right else ""}>{escape(heading)}'
        + (f' <span class="unit">{escape(figures.unit_text(unit))}</span>' if unit else "")
        + (f" {figures.tag(say('assumed'))}" if is_assumed else "")
        + "</th>"
        for heading, unit, is_right, is_assumed in zip(headings, units, right, assumed, strict=True)
    )
    notes = Notes()
    body = "".join(
        "<tr>"
        + "".join(
            _body_cell(
                unmarked(cell) if assumed[n] and is_quantity(cell) else cell,
                units[n] is not None,
                notes,
                head=n == 0,
                right=right[n],
            )
            for n, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    hidden = ' class="sr"' if hide_caption else ""
    top = f"<thead><tr>{head}</tr></thead>" if any(headings) else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption{hidden}>{escape(caption)}</caption>{top}<tbody>{body}</tbody></table></div>"
        + (swipe() if len(headings) >= WIDE else "")
        + notes.html()
    )


def rows_table(caption: str, columns: Columns, rows: Iterable[Mapping[str, Any]], *, hide_caption: bool = False) -> str:
    """A table of the report by its columns; a row may hold a cell that is made already where the report has words."""
    shown = shown_at(columns, Door.SITE)
    cells = [[cell_of(column, row) for column in shown] for row in rows]
    return table(caption, [column.narrow for column in shown], cells, hide_caption=hide_caption)


def figures_table(
    caption: str, columns: Iterable[Column], row: Mapping[str, Any], headings: tuple[str, str], *, hide: bool = False
) -> str:
    """The figures of one row below each other, each beside its name."""
    return table(caption, headings, [[column.heading, cell_of(column, row)] for column in columns], hide_caption=hide)


def cell_of(column: Column, row: Mapping[str, Any]) -> Cell:
    """What a row holds in a column, a figure with the digits that are known of it."""
    found: Cell = column.of(row)
    if is_quantity(found):
        return figures.shown_to(found, column.places(row))
    return name(found) if column.code and isinstance(found, str) else found


def swipe() -> str:
    """A line below what is wider than a phone, shown on one alone: that there is more to the side."""
    return f'<p class="swipe" aria-hidden="true">{escape(say("swipe"))}</p>'


def grid_row(plain: dict[str, Any], quantities: dict[str, Quantity]) -> dict[str, Any]:
    """A row for the sortable grid: values to sort by, and beside each figure the HTML that is shown."""
    row = dict(plain)
    for field, quantity in quantities.items():
        row[field] = quantity["value"]
        row[f"{field}_html"] = figures.cell(quantity, say("assumed"))
    return row


def grid_column(
    field: str, heading: str, *, unit: str | None = None, figure: bool = False, html: bool = False, **more: Any
) -> dict[str, Any]:
    """A column of the sortable grid; `html` columns show their prepared HTML, `figure` columns that to the right."""
    column: dict[str, Any] = {
        "field": field,
        "headerName": f"{heading}, {figures.unit_text(unit)}" if unit else heading,
        **more,
    }
    if figure:
        column["type"] = "rightAligned"
    if figure or html:
        column[":cellRenderer"] = f"p => p.data.{field}_html"
    return column


def grid_figures(labels: dict[str, str], quantities: dict[str, list[Quantity]], **more: Any) -> list[dict[str, Any]]:
    """A column of figures for each field of `labels`, the unit that all its quantities share in its header."""
    return [
        grid_column(field, label, unit=figures.unit_of(quantities[field]), figure=True, **more)
        for field, label in labels.items()
    ]

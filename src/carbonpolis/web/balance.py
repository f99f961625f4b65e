"""The neutrality balance in its three parts: one bar, and a table with every tonne of it."""

from __future__ import annotations

from html import escape

from carbonpolis.report.year.columns import BALANCE, PARTS, Column
from carbonpolis.report.year.shape import Balance, Quantity
from carbonpolis.web import figures
from carbonpolis.web.frame import markup
from carbonpolis.web.tables import Cell, Html, cell_of, table
from carbonpolis.web.words import say


def bar(balance: Balance) -> str:
    """The bar as HTML; a part that isn't 0 is never thinner than two pixels."""
    amounts = {part: BALANCE[part].of(balance) for part in PARTS}
    alt = say(
        "balance.alt",
        total=figures.text(balance["emissions"]),
        covered=figures.text(amounts["covered"]),
        credit=figures.text(amounts["on_credit"]),
        uncovered=figures.text(amounts["uncovered"]),
    )
    pieces = "".join(
        f'<i class="{part}" style="flex: {quantity["value"]:.3f} 0 0" title="{escape(BALANCE[part].heading)}: '
        f'{escape(figures.text(quantity))}"></i>'
        for part, quantity in amounts.items()
        if quantity["value"]
    )
    emitted = balance["emissions"]
    exact = figures.cell(emitted, say("assumed"), with_unit=True)
    return (
        f'<div class="total">{escape(figures.short(emitted["value"], emitted["unit"]))} '
        f"<small>{exact} {escape(BALANCE['emissions'].heading.lower())}</small></div>"
        f'<div class="bar" role="img" aria-label="{escape(alt)}">{pieces}</div>'
    )


def _label(column: Column) -> Html:
    """A part with its colour, a part of a part set in, the whole in bold."""
    heading = escape(column.heading)
    if column.key in PARTS:
        return Html(f'<span class="key"><i class="{column.key}"></i></span>{heading}')
    if column.part_of:
        return Html(f'<span style="padding-left: 18px">{heading}</span>')
    return Html(f"<strong>{heading}</strong>")


def _share(part: Quantity, whole: Quantity) -> Html:
    return Html(escape(figures.share(part["value"], whole["value"])), right=True)


def draw(balance: Balance) -> None:
    """The bar and its table."""
    emitted = balance["emissions"]
    parts = [column for column in BALANCE.values() if column.key in PARTS or column.part_of]
    rows: list[list[Cell]] = [
        [_label(column), column.of(balance), _share(column.of(balance), emitted)]
        for column in (*parts, BALANCE["emissions"])
    ]
    headings = [say("balance.part"), say("amount"), say("balance.share")]
    markup(bar(balance))
    markup(table(say("balance.table"), headings, rows, hide_caption=True))
    markup(escape(say("balance.note")), tag="p").classes("quiet")
    _removals(balance)


def _removals(balance: Balance) -> None:
    """What the sinks took up, and what of it may leave: another thing than what was covered, so another table."""
    column = BALANCE["removals"]
    low, high = (figures.shown_to(end, column.places(balance)) for end in balance["removals_interval"])
    rows: list[list[Cell]] = [
        [column.heading, cell_of(column, balance)],
        [say("balance.removals.low"), low],
        [say("balance.removals.high"), high],
        [BALANCE["surplus"].heading, balance["surplus"]],
    ]
    markup(escape(say("balance.sinks")), tag="h3")
    markup(table(say("balance.sinks"), [say("balance.what"), say("amount")], rows, hide_caption=True))

"""The neutrality balance in its three parts: one bar, and a table with every tonne of it."""

from __future__ import annotations

from html import escape

from carbonpolis.report.rounding import sd_of_interval
from carbonpolis.report.year.shape import Balance, Quantity
from carbonpolis.web import figures
from carbonpolis.web.frame import markup
from carbonpolis.web.tables import Cell, Html, table
from carbonpolis.web.words import say

PARTS = ("covered", "on_credit", "uncovered")


def bar(balance: Balance) -> str:
    """The bar as HTML; a part that isn't 0 is never thinner than two pixels."""
    amounts = {
        "covered": balance["covered"],
        "on_credit": balance["on_credit"],
        "uncovered": balance["uncovered"],
    }
    alt = say(
        "balance.alt",
        total=figures.text(balance["emissions"]),
        covered=figures.text(amounts["covered"]),
        credit=figures.text(amounts["on_credit"]),
        uncovered=figures.text(amounts["uncovered"]),
    )
    pieces = "".join(
        f'<i class="{part}" style="flex: {quantity["value"]:.3f} 0 0" title="{escape(say(part))}: '
        f'{escape(figures.text(quantity))}"></i>'
        for part, quantity in amounts.items()
        if quantity["value"]
    )
    emitted = balance["emissions"]
    exact = figures.cell(emitted, say("assumed"), with_unit=True)
    return (
        f'<div class="total">{escape(figures.short(emitted["value"], emitted["unit"]))} '
        f"<small>{exact} {escape(say('emissions').lower())}</small></div>"
        f'<div class="bar" role="img" aria-label="{escape(alt)}">{pieces}</div>'
    )


def _row(part: str, balance: Balance) -> list[Cell]:
    quantity = {"covered": balance["covered"], "on_credit": balance["on_credit"], "uncovered": balance["uncovered"]}[
        part
    ]
    label = Html(f'<span class="key"><i class="{part}"></i></span>{escape(say(part))}')
    return [label, quantity, _share(quantity, balance["emissions"])]


def _share(part: Quantity, whole: Quantity) -> Html:
    return Html(escape(figures.share(part["value"], whole["value"])), right=True)


def draw(balance: Balance) -> None:
    """The bar and its table."""
    emitted = balance["emissions"]
    rows: list[list[Cell]] = [_row(part, balance) for part in PARTS]
    for part, quantity in (
        ("uncovered_obliged", balance["uncovered_obliged"]),
        ("uncovered_not_obliged", balance["uncovered_not_obliged"]),
    ):
        label = Html(f'<span style="padding-left: 18px">{escape(say(f"balance.{part}"))}</span>')
        rows.append([label, quantity, _share(quantity, emitted)])
    rows.append([Html(f"<strong>{escape(say('emissions'))}</strong>"), emitted, _share(emitted, emitted)])
    headings = [say("balance.part"), say("amount"), say("balance.share")]
    markup(bar(balance))
    markup(table(say("balance.table"), headings, rows, hide_caption=True))
    markup(escape(say("balance.note")), tag="p").classes("quiet")
    _removals(balance)


def _removals(balance: Balance) -> None:
    """What the sinks took up, and what of it may leave: another thing than what was covered, so another table."""
    low, high = balance["removals_interval"]
    sd = sd_of_interval(low["value"], high["value"])
    rows: list[list[Cell]] = [
        [say("balance.removals"), figures.estimate(balance["removals"], sd)],
        [say("balance.removals.low"), figures.estimate(low, sd)],
        [say("balance.removals.high"), figures.estimate(high, sd)],
        [say("balance.surplus"), balance["surplus"]],
    ]
    markup(escape(say("balance.sinks")), tag="h3")
    markup(table(say("balance.sinks"), [say("balance.what"), say("amount")], rows, hide_caption=True))

"""Figures as text: a quantity of the report to what a person reads, nothing added and nothing lost but digits.

Masses have three decimals (a kilogram is the smallest unit of the ledger), money two, counts none, everything else up
to four significant digits. An estimate has the digits that its standard deviation supports (report.rounding). What
isn't known is an en dash, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from math import floor, isfinite, log10
from typing import NotRequired, cast

from carbonpolis.report.rounding import rounded
from carbonpolis.report.year.shape import Quantity

MISSING = "–"
MINUS = "−"
COUNTS = {"lots", "lot", "people", "persons", "person", "inhabitants", "firms", "count", "trades"}
SIGNIFICANT = 4
MOST_DECIMALS = 3
SMALL = 0.01


class Shown(Quantity):
    """A figure with the decimal place at which it is shown."""

    places: NotRequired[int]


def shown_to(quantity: Quantity, at: int | None) -> Quantity:
    """The figure, to be shown to a decimal place, however small its unit; as ever where that is None."""
    return quantity if at is None else Shown(**quantity, places=at)


def shown(quantity: Quantity) -> str:
    """The value of a figure alone, as it is to be shown."""
    at, value = cast(Shown, quantity).get("places"), quantity["value"]
    if at is None or value is None or not isfinite(value):
        return number(value, quantity["unit"])
    return rounded(value, at, most=6).replace("-", MINUS)


def decimals(value: float, unit: str) -> int:
    """How many decimals a value in `unit` is shown with."""
    head = unit.split("/")[0].split(" ")[0]
    if head == "t":
        return 3
    if head in COUNTS:
        return 0
    if len(head) == 3 and head.isalpha() and head.isupper() and unit != "GWP":
        return 2
    if value == 0:
        return 0 if float(value).is_integer() and unit else 1
    wanted = SIGNIFICANT - 1 - floor(log10(abs(value)))
    return max(0, min(wanted, MOST_DECIMALS if abs(value) >= SMALL else 6))


def number(value: float | None, unit: str = "") -> str:
    """The value alone: thousands separators, a true minus sign, the unit's decimals. None is a dash."""
    if value is None or not isfinite(value):
        return MISSING
    text = f"{value:,.{decimals(value, unit)}f}"
    if text.startswith("-"):
        text = text[1:] if not any(digit in "123456789" for digit in text) else MINUS + text[1:]
    return text


def unit_text(unit: str) -> str:
    """A unit as it's printed: CO₂e, km², m³."""
    for plain, printed in (("CO2", "CO₂"), ("km2", "km²"), ("m2", "m²"), ("m3", "m³")):
        unit = unit.replace(plain, printed)
    return unit


def text(quantity: Quantity) -> str:
    """The figure with its unit, as one line of plain text: "12.345 t", "– (no trades)"."""
    told = shown(quantity)
    if told == MISSING:
        return f"{MISSING} ({quantity['note']})" if quantity.get("note") else MISSING
    assumed = " (assumed)" if quantity.get("assumed") else ""
    return f"{told} {unit_text(quantity['unit'])}".rstrip() + assumed


def short(value: float | None, unit: str = "t") -> str:
    """A headline: "1.25 million t". Only beside the whole figure, never instead of it."""
    if value is None or not isfinite(value):
        return MISSING
    for size, name in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if abs(value) >= size:
            return f"{value / size:,.2f} {name} {unit}".replace("-", MINUS)
    return f"{number(value, unit)} {unit}"


def share(part: float | None, whole: float | None) -> str:
    """`part` of `whole` in per cent with one decimal; less than that is said as such."""
    if part is None or not whole:
        return MISSING
    percent = 100 * part / whole
    if 0 < percent < 0.05:
        return "< 0.1 %"
    return f"{percent:,.1f} %"


def unit_of(quantities: Iterable[Quantity]) -> str | None:
    """The one unit that all of them share, or None when they differ."""
    units = {quantity["unit"] for quantity in quantities}
    return units.pop() if len(units) == 1 else None


def tag(word: str) -> str:
    """The visible mark on a figure that was assumed."""
    return f'<span class="tag">{escape(word)}</span>'


def cell(quantity: Quantity, assumed: str, *, with_unit: bool = False) -> str:
    """The figure as HTML: a dash carries its note, an assumed one its tag."""
    told = shown(quantity)
    note = quantity.get("note", "")
    if told == MISSING:
        if not note:
            return f'<span class="none">{MISSING}</span>'
        return f'<span class="none" title="{escape(note)}">{MISSING}<span class="sr"> ({escape(note)})</span></span>'
    unit = f' <span class="unit">{escape(unit_text(quantity["unit"]))}</span>' if with_unit and quantity["unit"] else ""
    hint = f' title="{escape(note)}"' if note else ""
    mark = " " + tag(assumed) if quantity.get("assumed") else ""
    return f"<span{hint}>{escape(told)}{unit}</span>{mark}"

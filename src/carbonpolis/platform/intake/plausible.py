"""What is odd about rows that are right by themselves: told to the person, never refused, and loaded as it stands.

A figure may be a thousand times its neighbours for a good reason; far more often it is kilograms for tonnes, or a
decimal point lost. Pure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carbonpolis.platform.intake.columns import Cells

TIMES = 1000.0  # the factor between the usual units: kg and t, kWh and MWh, thousand and million
NOTES_SHOWN = 20
# Bounds of ours, wide on purpose: beyond them no city is known to us, and a unit or a digit is likelier wrong.
DENSITY = (0.5, 100_000.0)  # persons per km2
PRODUCT = (200.0, 500_000.0)  # PPP USD per person and year


@dataclass(frozen=True, slots=True)
class Known:
    """A figure to compare with others. group: whose others. size: what it is divided by first, as persons."""

    group: Hashable
    value: float
    size: float = 1.0
    row: int = 0  # 0: it was loaded before
    column: str = ""
    unit: str = ""
    per: str = ""

    @property
    def relative(self) -> float:
        """The figure by its size."""
        return self.value / self.size


def beside_neighbours(found: Sequence[Known], before: Iterable[Known] = ()) -> list[str]:
    """A note for each figure that is a thousand times the median of the others of its group, or more.

    found: of the file, each with its row; before: what was loaded earlier. Figures of 0 are compared with none. A
    small one is told of no more than one of 0 is: a city may have next to nothing of something.
    """
    groups: dict[Hashable, list[float]] = defaultdict(list)
    for each in (*found, *before):
        if each.relative > 0:
            groups[each.group].append(each.relative)
    for group in groups.values():
        group.sort()
    notes = []
    for each in found:
        others = len(groups[each.group]) - 1 if each.relative > 0 else 0
        if not others:
            continue
        times = each.relative / median_without(groups[each.group], each.relative)
        if times < TIMES:
            continue
        what = f"the median of the other {others:,}" if others > 1 else "the other one"
        shown = f"{each.value:,.10g} {each.unit}".strip()
        notes.append(_note(each.row, each.column, f"{shown} is {times:,.0f} times {what} like it{each.per}"))
    return notes


def alone_below_zero(found: Sequence[Known], before: Iterable[Known] = ()) -> list[str]:
    """A note for each figure below 0 in a group of three or more others none of which is."""
    size: Counter[Hashable] = Counter()
    below: Counter[Hashable] = Counter()
    for each in (*found, *before):
        size[each.group] += 1
        below[each.group] += each.value < 0
    notes = []
    for each in found:
        others = size[each.group] - 1
        if each.value < 0 and below[each.group] == 1 and others >= 3:
            shown = f"{each.value:,.10g} {each.unit}".strip()
            notes.append(_note(each.row, each.column, f"{shown} is below 0, and none of the other {others:,} is"))
    return notes


def median_without(ordered: Sequence[float], one: float) -> float:
    """The median of ordered numbers, without one of those that equal `one`; there must be such a one, and another."""
    left, at = len(ordered) - 1, bisect_left(ordered, one)
    low, high = ((left - 1) // 2, left // 2)  # of what is left; from `at` on it lies one further up
    return (ordered[low + (low >= at)] + ordered[high + (high >= at)]) / 2


def odd_cities(cells: Iterable[Cells]) -> list[str]:
    """A note for each city denser, emptier, richer or poorer than any that is known."""
    notes = []
    for c in cells:
        density = c["population"] / c["area_km2"]
        if not DENSITY[0] <= density <= DENSITY[1]:
            notes.append(
                _note(c["row"], "area_km2", f"{density:,.4g} persons per km2, where cities have {_span(DENSITY)}")
            )
        if c["gdp_musd_ppp"]:
            product = c["gdp_musd_ppp"] * 1e6 / c["population"]
            if not PRODUCT[0] <= product <= PRODUCT[1]:
                told = f"{product:,.4g} USD per person and year, where cities have {_span(PRODUCT)}"
                notes.append(_note(c["row"], "gdp_musd_ppp", told))
    return notes


def verified(cells: Cells) -> Known:
    """A year's verified emissions of an account, beside its other years."""
    tonnes = cells["verified_emissions_t"]
    return Known(cells["account"], tonnes, 1.0, cells["row"], "verified_emissions_t", "t CO2e")


def amount(cells: Mapping[Any, Any], persons: Mapping[str, float]) -> Known:
    """An activity's amount per person, beside the same activity in every city and year."""
    group = (cells["gpc_ref"], cells["activity"], cells["unit"])
    size = persons.get(cells["city"], 1.0)
    return Known(group, float(cells["amount"]), size, cells["row"], "amount", cells["unit"], ", per person")


def value(cells: Cells) -> Known:
    """A reading, beside the others of its stream in its city."""
    group = (cells["city"], cells["stream"], cells["unit"])
    return Known(group, float(cells["value"]), 1.0, cells["row"], "value", cells["unit"])


def told(notes: Sequence[str]) -> str:
    """The notes as lines below what a load says, the first twenty; nothing when there is none."""
    if not notes:
        return ""
    shown = list(notes[:NOTES_SHOWN])
    if len(notes) > NOTES_SHOWN:
        shown.append(f"... and {len(notes) - NOTES_SHOWN} more.")
    return "\n".join(["", "Loaded as it stands, but look again:", *shown])


def _span(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:,g} to {bounds[1]:,g}"


def _note(row: int, column: str, what: str) -> str:
    return f"  row {row}, column {column}: {what}."

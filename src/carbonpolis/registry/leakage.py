"""Leakage: what a project only moves elsewhere. Never to its gain; moved to another city of the platform it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carbonpolis.errors import Refused
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.rulebook import RuleBook

CASES = ("no_change", "shifted_in_time", "moved_to_richer", "moved_to_similar", "moved_to_poorer")


@dataclass(frozen=True, slots=True)
class Leakage:
    """Tonnes that are taken off, and the arithmetic."""

    tonnes: float
    lines: tuple[str, ...]


def leakage(
    rules: RuleBook, project: SinkProject, net_t: float, measured_t: float, harvest: str, moved_t: Mapping[str, float]
) -> Leakage:
    """All of a year's leakage together: as measured, by the market for its harvest, and moved to other cities, t CO2e.

    harvest: of CASES, "" where it is none or measured. Raises Refused for another case or a book without the table.
    """
    total, lines = measured_t, list[str]()
    if harvest:
        try:
            found = market_leakage(rules, project.sink_class, net_t, harvest)
        except ValueError as problem:
            raise Refused(project.id, f"{problem}.") from None
        total, lines = total + found.tonnes, [*lines, *found.lines]
    if moved_t:
        found = moved_between_cities(moved_t, project.city[:2])
        total, lines = total + found.tonnes, [*lines, *found.lines]
    if lines and measured_t:
        lines = [f"measured {measured_t:,.3f} t", *lines]
    return Leakage(total, tuple(lines))


def market_leakage(rules: RuleBook, sink_class: str, net_t: float, case: str) -> Leakage:
    """Market leakage of forest management by where the harvest moves (VCS Standard v4.7 3.15.10, table 3).

    net_t: removal above the baseline, t CO2e. case: of CASES: harvest unchanged; only shifted in time; moved to forests
    with more, similar or less timber in their biomass. Raises ValueError for another case or a book without the table.
    """
    if case not in CASES:
        raise ValueError(f"no case of leakage {case!r}; choose from {', '.join(CASES)}")
    rule = rules.rule(f"leakage_{case}", sink_class)
    tonnes = max(0.0, net_t) * float(rule.value) / 100
    line = (
        f"market leakage {rule.value} % of {net_t:,.3f} t = {tonnes:,.3f} t ({case.replace('_', ' ')}) [{rule.cited}]"
    )
    return Leakage(tonnes, (line,))


def moved_between_cities(moved_t: Mapping[str, float], home_country: str) -> Leakage:
    """Activity moved to other places, t CO2e by city code; within the country all of it counts, abroad none.

    A city market sees what national books net out: leakage to another city of the platform is counted against the
    project (design.md; VCS leaves out what leaves the country).
    """
    lines, total = [], 0.0
    for city, tonnes in sorted(moved_t.items()):
        counted = max(0.0, tonnes) if city[:2] == home_country else 0.0
        why = "" if city[:2] == home_country else ", out of the country and not counted"
        lines.append(f"moved to {city}: {tonnes:,.3f} t{why}")
        total += counted
    return Leakage(total, tuple(lines))

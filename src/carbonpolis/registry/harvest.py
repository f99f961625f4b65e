"""The long-term average: under harvest a forest never gets more units than it holds on average over whole cycles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.quantity import Mass, whole_kg_down
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class HarvestPlan:
    """A project's planned stocks under harvest and the cap that follows.

    project_t, baseline_t: stock at the end of each year from the start on, t CO2e, over `years`. cap_kg: long-term
    average, the most that is ever issued in all. lines: the arithmetic. id: the project's.
    """

    id: str
    city: str
    cycle_years: int
    years: int
    project_t: tuple[float, ...]
    baseline_t: tuple[float, ...]
    cap_kg: int
    lines: tuple[str, ...]
    at: str


def averaging_years(period: int, cycle: int) -> int:
    """Whole harvest cycles that cover the crediting period, years: 40 and 12 give 48 (VCS Standard v4.7 3.2.28-30)."""
    if period <= 0 or cycle <= 0:
        raise ValueError(f"a period of {period} and a cycle of {cycle} years; expected more than 0")
    return math.ceil(period / cycle) * cycle


def long_term_average(project_t: Sequence[float], baseline_t: Sequence[float]) -> float:
    """LA = sum over t of (PE_t - BE_t) / n, t CO2e (VCS Standard v4.7 3.2.28-30). Raises ValueError if unequal."""
    if len(project_t) != len(baseline_t) or not project_t:
        raise ValueError(f"{len(project_t)} years of project stocks, {len(baseline_t)} of baseline; expected as many")
    return math.fsum(p - b for p, b in zip(project_t, baseline_t, strict=True)) / len(project_t)


def capped(project: SinkProject, rules: RuleBook) -> bool:
    """Whether issuance to a project stops at its long-term average: it harvests, and its rule book asks for it."""
    rule = rules.find("long_term_average", project.sink_class)
    return bool(project.harvest_cycle_years) and rule is not None and rule.value == "yes"


def plan_harvest(
    project: SinkProject,
    project_t: Sequence[float],
    baseline_t: Sequence[float],
    *,
    by: Party,
    at: date,
    rules: RuleBook | None = None,
) -> Decision:
    """The owner files the stocks that its harvest leaves: the event is the HarvestPlan with its cap.

    Raises Refused when the project states no harvest cycle, the years are not whole cycles over its crediting period,
    or a stock is no finite number of 0 or more.
    """
    if by.id != project.owner:
        raise Refused(project.id, f"only its owner {project.owner} files its harvest plan.")
    if not project.harvest_cycle_years or not project.crediting_years:
        raise Refused(project.id, "it states no harvest cycle or no crediting period; there is nothing to average.")
    years = averaging_years(project.crediting_years, project.harvest_cycle_years)
    if len(project_t) != years or len(baseline_t) != years:
        raise Refused(
            project.id,
            f"{project.crediting_years} years in cycles of {project.harvest_cycle_years} average over {years} years; "
            f"{len(project_t)} and {len(baseline_t)} were given.",
        )
    if not all(math.isfinite(stock) and stock >= 0 for stock in (*project_t, *baseline_t)):
        raise Refused(project.id, "a stock is a finite number of tonnes, 0 or more.")
    average = long_term_average(project_t, baseline_t)
    cap = max(0, whole_kg_down(average))
    book = rules or RuleBook.load(project.rule_book)
    rule = book.find("long_term_average", project.sink_class)
    line = (
        f"long-term average over {years} years ({project.crediting_years} years in cycles of "
        f"{project.harvest_cycle_years}): {math.fsum(project_t):,.3f} - {math.fsum(baseline_t):,.3f} t, / {years} = "
        f"{average:,.3f} t; never more than {Mass(cap)} in all [{book.cite(rule) if rule else book.name}]"
    )
    return Decision(
        events=(
            HarvestPlan(
                id=project.id,
                city=project.city,
                cycle_years=project.harvest_cycle_years,
                years=years,
                project_t=tuple(map(float, project_t)),
                baseline_t=tuple(map(float, baseline_t)),
                cap_kg=cap,
                lines=(line,),
                at=at.isoformat(),
            ),
        )
    )

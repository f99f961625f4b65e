"""What a rule book asks of a verification: how large an error may be, whether the site is seen, when one is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from carbonpolis.period import add_years
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.rulebook import RuleBook
from carbonpolis.registry.verification import Opinion


@dataclass(frozen=True, slots=True)
class Materiality:
    """The largest misstatement that a positive opinion may leave, % of the removal. why: whose rule, and for whom."""

    percent: float
    why: str


def materiality(rules: RuleBook, sink_class: str, net_t: float) -> Materiality:
    """The materiality for a year's removal above the baseline, t CO2e: a large project's is stricter (VCS 4.7 4.1.10).

    A project is large above the book's `large_from`; a book that states none treats all alike.
    """
    large, above = rules.find("materiality_large", sink_class), rules.find("large_from", sink_class)
    if large is not None and above is not None and net_t > float(above.value):
        why = (
            f"for a large project, above {float(above.value):,.0f} t a year [{rules.cite(above)}; {rules.cite(large)}]"
        )
        return Materiality(float(large.value), why)
    rule = rules.rule("materiality", sink_class)
    return Materiality(float(rule.value), f"[{rules.cite(rule)}]")


def visit_due(project: SinkProject, opinions: Sequence[Opinion], rules: RuleBook, at: date) -> str:
    """Why the site has to be visited at a verification on a day, in one sentence; empty when it need not be.

    opinions: on the project so far. Gold Standard 501 s.12.1.2 counts years, CAR 5.1 verifications.
    """
    every = rules.find("site_visit_every", project.sink_class)
    if every is None:
        return ""
    count, visits = int(every.value), sorted(o.site_visit for o in opinions if o.site_visit)
    if every.unit == "verification":
        since = sum(not visits or o.at > visits[-1] for o in opinions)
        due = not visits or since >= count - 1
        return (
            f"the site is visited at every {count}th verification [{rules.cite(every)}]; give its day." if due else ""
        )
    first = rules.find("site_visit_first", project.sink_class)
    began = add_years(date(project.start_year, 1, 1), int(first.value) if first else 0)
    until = add_years(date.fromisoformat(visits[-1]), count) if visits else began
    return (
        f"the site was to be visited by {until} [{rules.cite(every)}]; give the day of the visit." if at > until else ""
    )


def verification_due(project: SinkProject, rules: RuleBook, *, last_verified: date, verified: bool) -> date | None:
    """The day by which a project has to be verified again; None where its book leaves it to the ladder alone.

    last_verified: the last supporting opinion's day, else the registration's. verified: whether it was verified ever;
    before that the book's `verification_first` counts from the start of the project (Woodland Carbon Code: in year 5,
    then every 10).
    """
    first = rules.find("verification_first", project.sink_class)
    every = rules.find("verification_every", project.sink_class)
    if not verified and first is not None:
        return max(add_years(date(project.start_year, 1, 1), int(first.value)), last_verified)
    return add_years(last_verified, int(every.value)) if every is not None else None

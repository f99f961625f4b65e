"""The risk that stored carbon is lost again: answers to a rule book's questions, scored line by line to a buffer share.

An assessment keeps its answers with it, so a later change of the book or of a mind never changes what was decided.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from carbonpolis.data import table
from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.questions import Answers, Mark, Question, band, chosen, mark, number, questions, unknown
from carbonpolis.registry.rulebook import RuleBook

INTERNAL = ("management", "finance", "opportunity", "longevity")
EXTERNAL = ("tenure", "stakeholders", "political")
ADAPTIVE_CRITERIA = 5  # all of them: VCS AFOLU Non-Permanence Risk Tool v4.2, tables 10-11
CLIMATE_HIGHEST = "highest"


@dataclass(frozen=True, slots=True)
class Rating:
    """A score in points of 100. parts: (part, points). lines: the arithmetic. failures: why it may not be credited."""

    score: float
    parts: tuple[tuple[str, float], ...]
    lines: tuple[str, ...]
    failures: tuple[str, ...]

    @property
    def share_bp(self) -> int:
        """Buffer share, basis points, rounded up."""
        return math.ceil(round(self.score * 100, 6))


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """A rating with the answers it rests on, frozen. about: id of the monitoring report it was made for, or ""."""

    id: str
    city: str
    project: str
    about: str
    rule_book: str
    version: str
    at: str
    by: str
    answers: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, float], ...]
    lines: tuple[str, ...]
    failures: tuple[str, ...]
    score: float
    share_bp: int


def assess(
    project: SinkProject, answers: Answers, *, rules: RuleBook, by: Party, at: date, number: int = 1, about: str = ""
) -> Decision:
    """Assess a project's risk of non-permanence: the event is the RiskAssessment, failed or not.

    number: how many this project has had, with this one. Raises Refused when the book knows no questionnaire for the
    sink class, an answer is missing or wrong, or an answer belongs to no question.
    """
    try:
        rating = rate(rules, project.sink_class, answers)
    except ValueError as problem:
        raise Refused(project.id, str(problem)) from None
    return Decision(
        events=(
            RiskAssessment(
                id=f"RA-{project.id}-{number}",
                city=project.city,
                project=project.id,
                about=about,
                rule_book=rules.name,
                version=rules.version,
                at=at.isoformat(),
                by=by.id,
                answers=tuple(sorted((name, str(answer)) for name, answer in answers.items())),
                parts=rating.parts,
                lines=rating.lines,
                failures=rating.failures,
                score=rating.score,
                share_bp=rating.share_bp,
            ),
        )
    )


def rate(rules: RuleBook, sink_class: str, answers: Answers) -> Rating:
    """Score answers by the form that the rule book states: questionnaire, product, mitigated or sum.

    Raises ValueError for a form without questions, and for an answer that is missing, wrong or asked by nobody.
    """
    form = rules.rule("risk_form", sink_class)
    if form.value not in FORMS:
        raise ValueError(f"rule book {rules.name!r} has a {form.value} share for {sink_class}; there is nothing to ask")
    book = rules.rule("risk_questions", sink_class).value
    strangers = unknown(book, answers)
    if strangers:
        raise ValueError(f"no risk question {', '.join(strangers)} in {book!r}.")
    rating = FORMS[form.value](rules, sink_class, book, answers)
    source = f"[{form.cited}]"
    return Rating(rating.score, rating.parts, (*rating.lines, source), rating.failures)


def _questionnaire(rules: RuleBook, sink_class: str, book: str, answers: Answers) -> Rating:
    """VCS AFOLU Non-Permanence Risk Tool v4.2: internal + external + natural, up to the whole %, at least a minimum."""
    marks: list[Mark] = []
    failures: list[str] = []
    for question in questions(book):
        if question.kind == "longevity":
            marks.append(_longevity(question, answers))
        elif question.kind == "limit":
            answer, _ = question.options[0]
            if band(number(answers, "longevity_years"), [answer, "otherwise"]) == answer:
                failures.append(f"longevity {answer} years fails [{question.source}]")
        elif question.kind == "hazard":
            marks.append(_hazard(question, answers))
        elif question.kind != "count":
            marks.append(mark(question, answers))
    failures += [each.line for each in marks if each.failed]
    parts = {part: max(0.0, sum(m.points for m in marks if m.part == part)) for part in _parts(book)}
    lines = [m.line for m in marks if m.points or m.failed]
    groups = {
        "internal": sum(parts[part] for part in INTERNAL),
        "external": sum(parts[part] for part in EXTERNAL),
        "natural": parts["natural"],
    }
    for name, points in groups.items():
        limit = rules.number(f"risk_{name}_limit", sink_class)
        lines.append(f"{name} {' + '.join(f'{parts[p]:g}' for p in _of(name))} = {points:g}")
        if points > limit:
            failures.append(f"{name} risk {points:g} is above {limit:g}")
    total = math.ceil(round(sum(groups.values()), 9))
    lowest, fail = rules.number("risk_min", sink_class), rules.number("risk_fail", sink_class)
    score = max(float(total), lowest)
    summed = " + ".join(f"{points:g}" for points in groups.values())
    lines.append(f"rating {summed}, up to the whole % = {total}; at least {lowest:g} = {score:g} %")
    if total > fail:
        failures.append(f"rating {total} is above {fail:g}")
    return Rating(score, tuple(parts.items()), tuple(lines), tuple(failures))


def _of(group: str) -> tuple[str, ...]:
    return {"internal": INTERNAL, "external": EXTERNAL, "natural": ("natural",)}[group]


def _parts(book: str) -> list[str]:
    return list(dict.fromkeys(question.part for question in questions(book)))


def _longevity(question: Question, answers: Answers) -> Mark:
    """Table 4: 25 - L/5 without, 25 - L/4 with a legal duty of L years, 0 under an agreement of 100 years."""
    years, duty = number(answers, question.name), chosen(answers, "longevity_duty")
    divisors = {"no legal duty": 5, "legal duty": 4}
    if duty == "100-year agreement":
        points, how = 0.0, "100-year agreement"
    elif duty in divisors:
        points, how = max(0.0, 25 - years / divisors[duty]), f"25 - {years:g}/{divisors[duty]}, not below 0"
    else:
        raise ValueError(
            f"the risk question 'longevity_duty' was answered {duty!r}; "
            f"choose from {', '.join(a for a, _ in question.options)}."
        )
    return Mark(question.part, question.name, points, False, f"longevity of {years:g} years: {how} = {points:+g}")


def _hazard(question: Question, answers: Answers) -> Mark:
    """Tables 10-11: likelihood x significance x mitigation, x the climate factor where climate drives the hazard."""
    name = question.name
    loss, years = number(answers, f"{name}_loss"), number(answers, f"{name}_years")
    mitigation = chosen(answers, f"{name}_mitigation")
    rows = [row for row in table("risk_natural") if row["table"] == "likelihood_significance"]
    by_loss = band(loss, dict.fromkeys(row["loss"] for row in rows))
    by_years = band(years, dict.fromkeys(row["years_between"] for row in rows))
    found = next(row["value"] for row in rows if (row["loss"], row["years_between"]) == (by_loss, by_years))
    if found == "fail":
        return Mark("natural", name, 0.0, True, f"{name}: {loss:g} % lost every {years:g} years fails")
    factors = {row["loss"]: float(row["value"]) for row in table("risk_natural") if row["table"] == "mitigation"}
    if mitigation not in factors:
        raise ValueError(
            f"the risk question '{name}_mitigation' was answered {mitigation!r}; choose from {', '.join(factors)}."
        )
    points = float(found) * factors[mitigation]
    line = f"{name}: LS {float(found):g} ({loss:g} % every {years:g} years) x M {factors[mitigation]:g}"
    if question.options[0][0] == "climate":
        factor, how = _climate(name, answers)
        points, line = points * factor, f"{line} x {how}"
    return Mark("natural", name, points, False, f"{line} = {points:+g}")


def _climate(name: str, answers: Answers) -> tuple[float, str]:
    factor = number(answers, f"{name}_climate_factor")
    limits = {row["loss"]: float(row["value"]) for row in table("risk_natural") if row["table"] == "climate_factor"}
    if not limits["lowest"] <= factor <= limits[CLIMATE_HIGHEST]:
        expected = f"{limits['lowest']:g} to {limits[CLIMATE_HIGHEST]:g}"
        raise ValueError(f"the risk question '{name}_climate_factor' was answered {factor:g}; expected {expected}.")
    count = next((q for q in questions("vcs") if q.kind == "count"), None)
    if count is not None and number(answers, count.name) >= ADAPTIVE_CRITERIA:
        cut = float(count.options[0][1])
        return 1 + (factor - 1) * (1 - cut), f"(1 + {factor - 1:g} x {1 - cut:g})"
    return factor, f"climate {factor:g}"


def _product(rules: RuleBook, sink_class: str, book: str, answers: Answers) -> Rating:
    """CAR Forest Protocol v5.1 appendix A: 1 - product over the risks of (1 - risk)."""
    scale = {q.name: q for q in questions(book)}
    risks: list[tuple[str, float, str]] = []
    for question in questions(book):
        if question.name in ("owner", "vegetation_plan"):
            continue
        if question.kind == "scaled":
            x = number(answers, question.name)
            if not 0 <= x <= 100:
                raise ValueError(f"the risk question {question.name!r} was answered {x:g}; expected 0 to 100 %.")
            y = mark(scale["vegetation_plan"], answers).points / 100
            risks.append((question.name, x * y, f"X {x:g} % x Y {100 * y:g} % = {x * y:g} %"))
        else:
            points = mark(question, answers).points
            risks.append((question.name, points, f"{points:g} %"))
    kept = math.prod(1 - risk / 100 for _, risk, _ in risks)
    score = round(100 * (1 - kept), 1)
    lines = [f"{name}: {how}" for name, _, how in risks]
    product = " x ".join(f"{1 - risk / 100:g}" for _, risk, _ in risks)
    lines.append(f"share 1 - {product} = {100 * (1 - kept):.3f} %, to a tenth {score:g} %")
    return Rating(score, tuple((name, risk) for name, risk, _ in risks), tuple(lines), ())


def _mitigated(rules: RuleBook, sink_class: str, book: str, answers: Answers) -> Rating:
    """BC Forest Carbon Offset Protocol v2, eq. 39-41: P x (1 - mitigations) + financial + management scores."""
    by_name = {question.name: question for question in questions(book)}
    base = mark(by_name["region"], answers).points
    cut = number(answers, "mitigations")
    if not 0 <= cut <= 1:
        raise ValueError(f"the risk question 'mitigations' was answered {cut:g}; expected 0 to 1.")
    financial, management = number(answers, "financial"), number(answers, "management")
    natural = base * (1 - cut)
    score = round(natural + financial + management, 9)
    line = f"share {base:g} x (1 - {cut:g}) + {financial:g} + {management:g} = {score:g} %"
    parts = (("natural", natural), ("financial", financial), ("management", management))
    return Rating(score, parts, (line,), ())


def _sum(rules: RuleBook, sink_class: str, book: str, answers: Answers) -> Rating:
    """VCS Geological Carbon Storage tool v4.1: the sum of the risks, at least the minimum, failing above a limit."""
    marks = [mark(question, answers) for question in questions(book)]
    total = sum(each.points for each in marks)
    lowest = rules.number("risk_min", sink_class)
    score, failures = max(total, lowest), []
    fail, highest = rules.find("risk_fail", sink_class), rules.find("risk_max", sink_class)
    if fail is not None and total > float(fail.value):
        failures.append(f"rating {total:g} is above {fail.value}")
    if highest is not None:
        score = min(score, float(highest.value))
    lines = [each.line for each in marks]
    lines.append(f"rating {' + '.join(f'{m.points:g}' for m in marks)} = {total:g}; at least {lowest:g} = {score:g} %")
    return Rating(score, tuple((m.question, m.points) for m in marks), tuple(lines), tuple(failures))


FORMS: dict[str, Callable[[RuleBook, str, str, Answers], Rating]] = {
    "questionnaire": _questionnaire,
    "product": _product,
    "mitigated": _mitigated,
    "sum": _sum,
}

"""The questions of a risk assessment as data, and the points that one answer gives."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from carbonpolis.data import table

FAIL = "fail"
OTHERWISE = "otherwise"
HAZARD_ANSWERS = ("loss", "years", "mitigation", "climate_factor")

Answers = Mapping[str, str | float]


@dataclass(frozen=True, slots=True)
class Question:
    """One question of one book. options: (answer, points) in order; kind: how an answer is turned into points."""

    part: str
    name: str
    asks: str
    kind: str
    options: tuple[tuple[str, str], ...]
    source: str
    checked: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What one answer gave. points: 0 where it only counts through another; failed: it alone fails the project."""

    part: str
    question: str
    points: float
    failed: bool
    line: str


@lru_cache(maxsize=32)
def questions(book: str) -> tuple[Question, ...]:
    """The questions that a book asks, in its order. Raises ValueError naming the books that ask any."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for row in table("risk_questions"):
        if row["rule_book"] == book:
            grouped.setdefault(row["question"], []).append(row)
    if not grouped:
        raise ValueError(f"no risk questions in {book!r}; choose from {', '.join(books())}")
    return tuple(
        Question(
            rows[0]["part"],
            name,
            rows[0]["asks"],
            rows[0]["kind"],
            tuple((row["answer"], row["points"]) for row in rows),
            rows[0]["source"],
            rows[0]["checked"],
        )
        for name, rows in grouped.items()
    )


def books() -> list[str]:
    """The books that ask questions."""
    return sorted({row["rule_book"] for row in table("risk_questions")})


def needed(book: str) -> list[str]:
    """The names under which `answers` are looked up: one a question, four a natural hazard."""
    names: list[str] = []
    for question in questions(book):
        if question.kind == "hazard":
            driven = question.options[0][0] == "climate"
            names += [f"{question.name}_{each}" for each in HAZARD_ANSWERS if driven or each != "climate_factor"]
        elif question.kind == "longevity":
            names += [question.name, "longevity_duty"]
        elif question.kind not in ("by owner", "limit"):
            names.append(question.name)
    return names


def unknown(book: str, answers: Answers) -> list[str]:
    """Answers to questions that the book does not ask."""
    return sorted(set(answers) - set(needed(book)))


def mark(question: Question, answers: Answers) -> Mark:
    """The points of one question. Raises ValueError naming the question, what was answered and what was expected."""
    if question.kind in ("choice", "by owner"):
        name = "owner" if question.kind == "by owner" else question.name
        if question.name == "subordination":
            return _marked(question, f"{chosen(answers, 'owner')}/{chosen(answers, 'subordination')}")
        return _marked(question, chosen(answers, name))
    if question.kind == "band":
        value = number(answers, question.name)
        answer = band(value, [answer for answer, _ in question.options])
        return _marked(question, answer, f"{value:g} ({answer})")
    value = number(answers, question.name)
    if value < 0:
        raise ValueError(f"the risk question {question.name!r} was answered {value:g}; expected 0 or more.")
    return Mark(question.part, question.name, value, False, f"{question.name} {value:g}: {value:+g}")


def band(value: float, bands: Iterable[str]) -> str:
    """The first of bands such as "> 20", "<= 100", "otherwise" that holds `value`."""
    for each in bands:
        if each == OTHERWISE:
            return each
        sign, limit = each.split()
        holds = {
            "<": value < float(limit),
            "<=": value <= float(limit),
            ">": value > float(limit),
            ">=": value >= float(limit),
        }
        if holds[sign]:
            return each
    raise AssertionError(f"{value} is in no band")


def chosen(answers: Answers, name: str) -> str:
    """A text answer. Raises ValueError when it was not given."""
    if name not in answers or answers[name] == "":
        raise ValueError(f"the risk question {name!r} was not answered; nothing is assumed in its place.")
    return str(answers[name])


def number(answers: Answers, name: str) -> float:
    """A numeric answer. Raises ValueError when it was not given or is no finite number."""
    given = chosen(answers, name)
    try:
        value = float(given)
    except ValueError:
        raise ValueError(f"the risk question {name!r} was answered {given!r}; expected a number.") from None
    if not math.isfinite(value):
        raise ValueError(f"the risk question {name!r} was answered {given!r}; expected a finite number.")
    return value


def _marked(question: Question, answer: str, shown: str = "") -> Mark:
    points = dict(question.options).get(answer)
    if points is None:
        choices = ", ".join(option for option, _ in question.options)
        raise ValueError(f"the risk question {question.name!r} was answered {answer!r}; choose from {choices}.")
    told = f"{question.name} {shown or answer}"
    if points == FAIL:
        return Mark(question.part, question.name, 0.0, True, f"{told}: fails [{question.source}]")
    value = float(points or 0)
    return Mark(question.part, question.name, value, False, f"{told}: {value:+g}")

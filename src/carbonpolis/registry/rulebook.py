"""Rule books: what standards ask for, as versioned data. Nothing here is a constant of the code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from carbonpolis.data import table
from carbonpolis.registry.deduction import DEDUCTIONS, Deduction

ANY_CLASS = "*"
RECALLED = "memory"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: a parameter's value for a sink class ("*" for any). checked: how sure the figure is.

    checked is "standard" (read in the standard), "third-party" (a table about it), "memory" (to be checked before it
    is quoted) or "setting" (chosen here, to be set by the deployment).
    """

    sink_class: str
    parameter: str
    value: str
    unit: str
    source: str
    checked: str

    @property
    def cited(self) -> str:
        """The source as it is quoted beside a figure; a figure only remembered never passes as verified."""
        return f"{self.source}; remembered, not checked" if self.checked == RECALLED else self.source


@dataclass(frozen=True, slots=True)
class RuleBook:
    """One version of one rule book.

    valid_from: ISO date of the first day on which this system applies it; 2000-01-01 where no other is stated, so that
    past vintages can be settled.
    """

    name: str
    version: str
    valid_from: str
    rules: tuple[Rule, ...]

    @classmethod
    def load(cls, name: str = "default", *, on: date | None = None) -> RuleBook:
        """The newest version of a rule book, or the newest that was valid on a day.

        Raises ValueError listing the rule books, or the versions, that there are.
        """
        return _load(name, None if on is None else on.isoformat())

    def rule(self, parameter: str, sink_class: str = ANY_CLASS) -> Rule:
        """The row for a sink class, or else the one for any class. Raises ValueError with the legal choices."""
        found = {rule.sink_class: rule for rule in self.rules if rule.parameter == parameter}
        if not found:
            choices = ", ".join(sorted({rule.parameter for rule in self.rules}))
            raise ValueError(f"rule book {self.name!r} has no parameter {parameter!r}; choose from {choices}")
        if sink_class not in found and ANY_CLASS not in found:
            raise ValueError(
                f"rule book {self.name!r} has no {parameter!r} for {sink_class!r}; choose from {', '.join(found)}"
            )
        return found.get(sink_class) or found[ANY_CLASS]

    def cite(self, rule: Rule) -> str:
        """Which book a rule stands in and where it comes from, as a refusal quotes it."""
        return f"{self.name} {self.version}: {rule.cited}"

    def find(self, parameter: str, sink_class: str = ANY_CLASS) -> Rule | None:
        """`rule`, or None where the book says nothing about it."""
        found = {rule.sink_class: rule for rule in self.rules if rule.parameter == parameter}
        return found.get(sink_class) or found.get(ANY_CLASS)

    def number(self, parameter: str, sink_class: str = ANY_CLASS) -> float:
        """The value of a parameter, in the unit its row states. Raises ValueError as `rule` does."""
        return float(self.rule(parameter, sink_class).value)

    @property
    def vintage_limit(self) -> int:
        """How many years old a vintage may be to be delivered on the spot market."""
        return int(self.number("vintage_limit"))

    @property
    def recalled(self) -> tuple[Rule, ...]:
        """The rules whose figure is only remembered and has to be checked before it is relied on."""
        return tuple(rule for rule in self.rules if rule.checked == RECALLED)

    def buffer_bp(self, sink_class: str) -> int:
        """Flat share of certified units that goes into the buffer pool where no risk was assessed, basis points."""
        return self.share_bp("buffer_share", sink_class)

    def share_bp(self, parameter: str, sink_class: str) -> int:
        """A share that the book states in %, as basis points. Raises ValueError as `rule` does."""
        return int(Decimal(self.rule(parameter, sink_class).value) * 100)

    def deduction(self, sink_class: str, mean_t: float, sd_t: float) -> Deduction:
        """What uncertainty takes off a removal of `mean_t` with standard deviation `sd_t` (t CO2e, mean above 0).

        The method is the book's own parameter `uncertainty_method`. Raises ValueError when it names none of
        DEDUCTIONS.
        """
        assert mean_t > 0
        method = self.rule("uncertainty_method", sink_class)
        if method.value not in DEDUCTIONS:
            raise ValueError(f"no uncertainty method {method.value!r}; choose from {', '.join(DEDUCTIONS)}")
        values = {
            rule.parameter: rule.value
            for wanted in (ANY_CLASS, sink_class)
            for rule in self.rules
            if rule.parameter.startswith("uncertainty_") and rule.sink_class == wanted
        }
        z90 = float(values["uncertainty_z90"])
        percent = 100 * z90 * sd_t / mean_t
        width = f"U = {z90:g} x {sd_t:,.3f} t / {mean_t:,.3f} t = {percent:.1f} % (half-width of the 90 % interval)"
        discount, step = DEDUCTIONS[method.value](values, percent)
        return Deduction(percent, discount, (width, step), method.cited)


def names() -> list[str]:
    """The rule books there are."""
    return sorted({row["rule_book"] for row in table("rule_books")})


@lru_cache(maxsize=256)
def _load(name: str, on: str | None) -> RuleBook:
    rows = [row for row in table("rule_books") if row["rule_book"] == name]
    if not rows:
        raise ValueError(f"no rule book {name!r}; choose from {', '.join(names())}")
    days = sorted({row["valid_from"] for row in rows})
    valid = [day for day in days if on is None or day <= on]
    if not valid:
        raise ValueError(f"rule book {name!r} is not valid yet on {on}; its versions begin on {', '.join(days)}")
    chosen = [row for row in rows if row["valid_from"] == valid[-1]]
    rules = tuple(
        Rule(row["sink_class"], row["parameter"], row["value"], row["unit"], row["source"], row["checked"])
        for row in chosen
    )
    return RuleBook(name, chosen[0]["version"], valid[-1], rules)

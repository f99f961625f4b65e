"""Rule books: what standards ask for, as versioned data. Nothing here is a constant of the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from carbonpolis.data import table

ANY_CLASS = "*"


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


@dataclass(frozen=True, slots=True)
class Deduction:
    """What uncertainty costs.

    half_width: of the two-sided 90 % interval, % of the mean. percent: taken off, 0 to 100 %. steps: the arithmetic
    in words. source: the rule's.
    """

    half_width: float
    percent: float
    steps: tuple[str, ...]
    source: str


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
        rows = [row for row in table("rule_books") if row["rule_book"] == name]
        if not rows:
            raise ValueError(f"no rule book {name!r}; choose from {', '.join(names())}")
        days = sorted({row["valid_from"] for row in rows})
        valid = [day for day in days if on is None or day <= on.isoformat()]
        if not valid:
            raise ValueError(f"rule book {name!r} is not valid yet on {on}; its versions begin on {', '.join(days)}")
        chosen = [row for row in rows if row["valid_from"] == valid[-1]]
        rules = tuple(
            Rule(row["sink_class"], row["parameter"], row["value"], row["unit"], row["source"], row["checked"])
            for row in chosen
        )
        return cls(name, chosen[0]["version"], valid[-1], rules)

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

    def number(self, parameter: str, sink_class: str = ANY_CLASS) -> float:
        """The value of a parameter, in the unit its row states. Raises ValueError as `rule` does."""
        return float(self.rule(parameter, sink_class).value)

    @property
    def vintage_limit(self) -> int:
        """How many years old a vintage may be to be delivered on the spot market."""
        return int(self.number("vintage_limit"))

    def buffer_bp(self, sink_class: str) -> int:
        """Share of certified units that goes into the buffer pool, basis points."""
        return int(Decimal(self.rule("buffer_share", sink_class).value) * 100)

    def deduction(self, sink_class: str, mean_t: float, sd_t: float) -> Deduction:
        """What uncertainty takes off a removal of `mean_t` with standard deviation `sd_t` (t CO2e, mean above 0).

        The method is the book's own parameter `uncertainty_method`. Raises ValueError when it names none of
        DEDUCTIONS.
        """
        assert mean_t > 0
        method = self.rule("uncertainty_method", sink_class)
        if method.value not in DEDUCTIONS:
            raise ValueError(f"no uncertainty method {method.value!r}; choose from {', '.join(DEDUCTIONS)}")
        z90 = self.number("uncertainty_z90", sink_class)
        percent = 100 * z90 * sd_t / mean_t
        width = f"U = {z90:g} x {sd_t:,.3f} t / {mean_t:,.3f} t = {percent:.1f} % (half-width of the 90 % interval)"
        discount, step = DEDUCTIONS[method.value](self, sink_class, percent)
        return Deduction(percent, discount, (width, step), method.source)


def names() -> list[str]:
    """The rule books there are."""
    return sorted({row["rule_book"] for row in table("rule_books")})


def _scaled(book: RuleBook, sink_class: str, percent: float) -> tuple[float, str]:
    """VCS Methodology Requirements v4.4 s.2.4: none up to 10 %, else U / 1.6449 x 0.4307; nothing above 100 %."""
    free, limit = (book.number(name, sink_class) for name in ("uncertainty_free", "uncertainty_limit"))
    if percent <= free:
        return 0.0, f"deduction 0 %: U is not above {free:g} %"
    if percent > limit:
        return 100.0, f"deduction 100 %: U is above {limit:g} %, nothing can be credited"
    z90, factor = (book.number(name, sink_class) for name in ("uncertainty_z90", "uncertainty_factor"))
    step = Decimal(book.rule("uncertainty_step", sink_class).value)
    discount = float(Decimal(repr(percent / z90 * factor)).quantize(step, ROUND_HALF_UP))
    return discount, f"deduction {percent:.1f} % / {z90:g} x {factor:g} = {discount:g} %"


def _excess(book: RuleBook, sink_class: str, percent: float) -> tuple[float, str]:
    """CAR Forest Protocol v5.1 table B.23: error above the target is taken off; from the limit on, everything."""
    target, limit = (book.number(name, sink_class) for name in ("uncertainty_free", "uncertainty_limit"))
    if percent >= limit:
        return 100.0, f"deduction 100 %: U is not below {limit:g} %, nothing can be credited"
    discount = max(0.0, percent - target)
    return discount, f"deduction {percent:.1f} % - {target:g} % = {discount:.1f} %, not below 0"


DEDUCTIONS: dict[str, Callable[[RuleBook, str, float], tuple[float, str]]] = {
    "scaled_half_width": _scaled,
    "excess_over_target": _excess,
}

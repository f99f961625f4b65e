"""The catalogue: every indicator as data, from data/catalogue.csv."""

from __future__ import annotations

from dataclasses import dataclass

from carbonpolis.data import table


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator of Table 1.

    unit: of the value; scored_form, scored_unit: the intensive form that enters the score. direction: +1 more is
    better, -1 less is. missing: rule codes of the operational definitions. low, high: ordinary range of the scored
    form, for warnings. ambiguity: where the paper can be read two ways, and how it is read.
    """

    symbol: str
    name: str
    name_zh: str
    pillar: str
    unit: str
    scored_form: str
    scored_unit: str
    direction: int
    formula: str
    missing: str
    low: float
    high: float
    ambiguity: str
    source: str


def load() -> tuple[Indicator, ...]:
    """The seventeen, in the order of the table."""
    indicators = []
    for row in table("catalogue"):
        figures = {"direction": int(row["direction"]), "low": float(row["low"]), "high": float(row["high"])}
        indicators.append(Indicator(**{**row, **figures}))  # type: ignore[arg-type]
    return tuple(indicators)

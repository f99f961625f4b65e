"""A score that follows its indicators: of a city that changed only its own is computed again, and only its rank moves.

That is exact, because goalposts are fixed: no city's score hangs on another's.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from carbonpolis.evaluate.score.framework import Framework


class LiveScore:
    """Scores and ranks of cities, kept up to date value by value."""

    def __init__(self, framework: Framework, frame: pd.DataFrame) -> None:
        """Raises ValueError for a framework in which one city's values move another's score."""
        if framework.notes():
            raise ValueError("a live score needs a framework in which no city moves another; " + framework.notes()[0])
        self._framework = framework
        self._column = dict(zip(framework.symbols, framework.columns, strict=True))
        self._values = frame.reindex(columns=framework.columns).astype(float)
        scores = framework.score(self._values)
        self._total = dict(zip(frame.index, scores.total.round(9), strict=True))
        self._ranked = dict(zip(frame.index, scores.ranked, strict=True))
        self._order = sorted(-total for city, total in self._total.items() if self._ranked[city])

    def update(self, city: Hashable, values: Mapping[str, float]) -> tuple[float, int | None]:
        """Take new values of one city (NaN: no longer known); its score and rank. A city not seen before is added.

        Raises ValueError for an indicator that is not in the framework, or an infinite value.
        """
        unknown = [symbol for symbol in values if symbol not in self._framework.symbols]
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is not in {self._framework.name}")
        row = self._values.loc[[city]] if city in self._total else pd.DataFrame(np.nan, [city], self._values.columns)
        row = row.assign(**{self._column[symbol]: value for symbol, value in values.items()})
        scores = self._framework.score(row)
        self._values.loc[city] = row.iloc[0]
        if self._ranked.get(city):
            del self._order[bisect_left(self._order, -self._total[city])]
        self._total[city], self._ranked[city] = round(float(scores.total.iloc[0]), 9), bool(scores.ranked.iloc[0])
        if self._ranked[city]:
            insort(self._order, -self._total[city])
        return self._total[city], self.rank(city)

    def rank(self, city: Hashable) -> int | None:
        """Its rank, 1 is best; None while it is not ranked. Raises KeyError for a city that is not there."""
        total = self._total[city]
        return bisect_left(self._order, -total) + 1 if self._ranked[city] else None

    def score(self, city: Hashable) -> float:
        """Its score, NaN where it has none. Raises KeyError for a city that is not there."""
        return float(self._total[city])

    def better_than(self, score: float) -> int:
        """How many ranked cities stand above a score."""
        return len(self._order[: bisect_left(self._order, -score)]) if np.isfinite(score) else 0

    @property
    def cities(self) -> int:
        """How many cities are ranked."""
        return bisect_right(self._order, np.inf)

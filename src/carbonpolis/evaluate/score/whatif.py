"""What if a city's indicators or the weights were others: its score and rank among its peers, and what moved it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from carbonpolis.evaluate.score.explain import why_moved
from carbonpolis.evaluate.score.framework import Framework

WEIGHTS = "weights"  # the cause that is no indicator


@dataclass(frozen=True, slots=True)
class Standing:
    """Score and branches in points, rank among `of` ranked cities; None where there is none, and why in words."""

    score: float | None
    rank: int | None
    of: int
    levels: Mapping[str, float | None]
    why_not: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """before, after: the city as it is, and as supposed. moved: points by indicator and by `weights`, largest first;
    they add up to the change of the score; empty where it has none before or after. ahead: the next city above and the
    points that are missing to stand beside it, None for the first or for one without a rank."""

    before: Standing
    after: Standing
    moved: Mapping[str, float]
    ahead: tuple[str, float] | None


@dataclass(frozen=True)
class WhatIf:
    """Suppositions about one city of a frame, all others as they are.

    frame: as `Framework.score` takes it. Raises ValueError for a city that is not in it.
    """

    framework: Framework
    frame: pd.DataFrame
    city: str
    before: Standing = field(init=False)

    def __post_init__(self) -> None:
        if self.city not in self.frame.index:
            raise ValueError(f"{self.city} is not among the cities")
        object.__setattr__(self, "before", self._judged(self.framework, self.frame)[0])

    def suppose(self, values: Mapping[str, float] | None = None, weights: Mapping[str, float] | None = None) -> Outcome:
        """With these values of the city's indicators, in their units (NaN: not known), and these weights of branches
        or indicators, which count in proportion to those beside them.

        Raises ValueError for an indicator or branch that is not there, an infinite value, or a weight that is not above
        zero.
        """
        unknown = [symbol for symbol in values or {} if symbol not in self.framework.symbols]
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is not in {self.framework.name}")
        framework = self.framework.weighted(**weights) if weights else self.framework
        changed = self.frame.reindex(columns=self.framework.columns).astype(float)
        column = dict(zip(self.framework.symbols, self.framework.columns, strict=True))
        for symbol, value in (values or {}).items():
            changed.loc[self.city, column[symbol]] = value
        after, ahead = self._judged(framework, changed)
        return Outcome(self.before, after, self._moved(framework, changed, after), ahead)

    def _judged(self, framework: Framework, frame: pd.DataFrame) -> tuple[Standing, tuple[str, float] | None]:
        scores = framework.score(frame)
        rank = scores.ranks[self.city]
        branches = scores.levels.loc[[self.city]].to_numpy(dtype=np.float64)[0]
        levels = {str(name): _known(value) for name, value in zip(scores.levels.columns, branches, strict=True)}
        standing = Standing(
            score=_known(scores.total[self.city]),
            rank=None if pd.isna(rank) else int(rank),
            of=int(scores.ranked.sum()),
            levels=levels,
            why_not=str(scores.why_not[self.city]),
        )
        if standing.rank is None or standing.rank == 1:
            return standing, None
        above = scores.total[scores.ranks < rank]
        return standing, (str(above.idxmin()), float(above.min() - scores.total[self.city]))

    def _moved(self, framework: Framework, changed: pd.DataFrame, after: Standing) -> dict[str, float]:
        if self.before.score is None or after.score is None:
            return {}
        # Peers move nobody's score between fixed goalposts; where they do, they take part.
        cities = [self.city] if not framework.notes() else list(self.frame.index)
        as_it_is = self.frame.reindex(columns=framework.columns).astype(float)
        move = why_moved(self.city, as_it_is.loc[cities], changed.loc[cities], framework, self.framework)
        by_cause: pd.Series[float] = move.causes["score"]
        found = {str(symbol): float(points) for symbol, points in move.indicators.items()}
        if not found:
            found = {"values": float(by_cause["values"])}
        found[WEIGHTS] = float(by_cause[WEIGHTS])
        kept = {name: points for name, points in found.items() if abs(points) > 1e-9}
        return dict(sorted(kept.items(), key=lambda item: -abs(item[1])))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

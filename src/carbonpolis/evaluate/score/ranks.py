"""How many cities stand below each: one sort an indicator, ties found in the sorted order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonpolis.evaluate.score.kernel import parallel
from carbonpolis.evaluate.score.random_numbers import compiled
from carbonpolis.evaluate.score.validation import Array

Places = NDArray[np.int32]


def rank_bounds(x: Array) -> tuple[Array, Array]:
    """For every cell how many observed cities have less, and how many have no more (itself counted); NaN if missing.

    x: cities x indicators. The mean rank is the mean of the first plus one and the second.
    """
    below, upto = np.full(x.shape[::-1], np.nan), np.full(x.shape[::-1], np.nan)
    for column in range(x.shape[1]):
        values = np.ascontiguousarray(x[:, column])
        _ties(values, np.argsort(values), below[column], upto[column])
    return below.T, upto.T


def places(x: Array) -> tuple[Places, Places]:
    """The same of a table in which nothing is missing, indicators x cities, counted by the threads of the machine."""
    below, upto = np.empty(x.shape[::-1], np.int32), np.empty(x.shape[::-1], np.int32)

    def one(column: int) -> None:
        values = np.ascontiguousarray(x[:, column])
        _ties(values, np.argsort(values), below[column], upto[column])

    parallel(one, range(x.shape[1]))
    return below, upto


def mean_rank(x: Array) -> Array:
    """1 for the least to n for the most, ties share their mean, NaN where missing."""
    below, upto = rank_bounds(x)
    return np.asarray((below + upto + 1.0) / 2.0, dtype=np.float64)


@compiled
def _ties(values: Any, order: Any, below: Any, upto: Any) -> None:
    place = 0
    while place < order.size and not np.isnan(values[order[place]]):  # a sort puts NaN last
        end = place + 1
        while end < order.size and values[order[end]] == values[order[place]]:
            end += 1
        for tied in range(place, end):
            below[order[tied]] = place
            upto[order[tied]] = end
        place = end

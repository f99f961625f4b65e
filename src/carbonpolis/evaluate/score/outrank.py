"""Outranking: cities compared in pairs, so that no sum lets one indicator pay for another.

Only the order of cities in each indicator counts. Both methods can turn the order of two cities when a third comes.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonpolis.evaluate.score.kernel import parallel
from carbonpolis.evaluate.score.pairwise_bits import net_wins, whole_votes
from carbonpolis.evaluate.score.random_numbers import compiled
from carbonpolis.evaluate.score.ranks import Places, places, rank_bounds
from carbonpolis.evaluate.score.validation import Array

WHOLE = 1 << 28  # weights as whole numbers, so that a tie is a tie however it is summed
ROWS_AT_ONCE = 128
MANY = 10_000  # cities from which on it is worth laying out adders for the votes (a second, once for each set of them)


def copeland(x: Array, weights: Array) -> Array:
    """Cities that a city beats less those that beat it, by the weight of the indicators in which it is better.

    Two sides whose weights differ by less than a fifteen-millionth are even. Every pair is compared, so time grows with
    the square: 100,000 cities and 17 indicators (5e9 pairs) take 0.3 s of processor time where weights are small whole
    numbers of votes (equal ones are), 0.6 s with ties in every indicator, 12 s with weights of no such ratio.
    Source: Copeland 1951; Munda & Nardo 2009, Applied Economics 41:1513, non-compensatory.
    """
    below, upto = places(x)
    votes = whole_votes(weights) if len(x) >= MANY else None
    won = _by_weight(below, weights) if votes is None else net_wins(below, upto, votes)
    return won.astype(np.float64)


def _by_weight(below: Places, weights: Array) -> NDArray[np.int64]:
    """Net wins by any weights, pair by pair."""
    cities = below.shape[1]
    whole = np.round(weights * WHOLE).astype(np.int32)
    used = whole > 0
    won = np.zeros(cities, np.int64)
    one_at_a_time = Lock()

    def some(first: int) -> None:
        part = np.zeros(cities - first, np.int64)
        _duels(below[used], whole[used], first, min(cities, first + ROWS_AT_ONCE), part)
        with one_at_a_time:  # whole numbers: the sum is the same in any order
            won[first:] += part

    parallel(some, range(0, cities, ROWS_AT_ONCE))
    return won


def promethee(x: Array, weights: Array) -> Array:
    """Net flow, -1 to 1: by weight, the share of other cities that a city passes less the share that pass it.

    PROMETHEE II with the usual criterion (any difference is a preference); one city alone has 0. A sort an indicator.
    Source: Brans & Vincke 1985, Management Science 31:647-656.
    """
    cities = len(x)
    if cities < 2:
        return np.zeros(cities)
    below, upto = rank_bounds(x)
    return np.asarray((below + upto - cities) @ weights / (cities - 1), dtype=np.float64)


@compiled
def _duels(below: Any, weights: Any, first: Any, last: Any, won: Any) -> None:
    """Add the outcome of every duel of a city in first..last with a city after it to both; won begins at first."""
    cities = below.shape[1]
    block = 2048
    margin = np.empty(block, np.int32)
    limit = np.int32(2 * weights.size)  # what rounding the weights can add up to
    for city in range(first, last):
        for start in range(city + 1, cities, block):
            size = min(block, cities - start)
            margin[:size] = 0
            for column in range(weights.size):
                own, weight = below[column, city], weights[column]
                others = below[column, start : start + size]
                for k in range(size):
                    margin[k] += (weight if own > others[k] else np.int32(0)) - (
                        weight if own < others[k] else np.int32(0)
                    )
            total = np.int64(0)
            for k in range(size):
                outcome = (np.int64(1) if margin[k] > limit else np.int64(0)) - (
                    np.int64(1) if margin[k] < -limit else np.int64(0)
                )
                total += outcome
                won[start - first + k] -= outcome
            won[city - first] += total

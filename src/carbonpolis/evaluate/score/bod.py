"""Benefit of the doubt: every city under the weights in which it looks best, found by linear programmes.

Source: Melyn & Moesen 1991; Cherchye, Moesen, Rogge & Van Puyenbroeck 2007, Social Indicators Research 82:111-145.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from carbonpolis.evaluate.score.kernel import parallel
from carbonpolis.evaluate.score.random_numbers import compiled
from carbonpolis.evaluate.score.validation import Array, whole_table

CITIES_A_WALK = 32  # a walk begins anew at the origin, so that rounding can't pile up over thousands of steps
STEPS = 2000  # a walk that takes more for one city is stopped, and the city given to HiGHS
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Doubt:
    """scores: 0 to 1, 1 where some weights let no other city stand higher. weights: cities x indicators."""

    scores: Array
    weights: Array


def benefit_of_the_doubt(x: ArrayLike) -> Doubt:
    """For each city the greatest w x with w >= 0 under which no city's w x passes 1.

    x: cities x indicators, zero or more, units don't matter. Where several sets of weights do as well, the one that is
    kindest to the mean city. A city with nothing but zeros has score 0 under any weights. Raises ValueError for a
    negative or missing cell or a column of zeros.
    """
    table = whole_table(x)
    if (table < 0).any() or (table.max(axis=0) <= 0).any():
        raise ValueError("benefit of the doubt needs values of zero or more, and not a whole column of zeros")
    top = table.max(axis=0)
    scaled = np.ascontiguousarray(table / top)
    found = _vertices(scaled)
    return Doubt(np.clip((found * scaled).sum(axis=1), 0.0, 1.0), found / top)


def _vertices(scaled: Array) -> Array:
    """Best weights for each city. Only undominated cities bind, and the programmes differ in their objective alone: so
    each begins at the vertex where the last one ended."""
    edge = np.ascontiguousarray(scaled[undominated(scaled)])
    rows, columns = edge.shape
    tight = np.full((len(scaled), columns), -1, np.int64)
    sums = scaled.sum(axis=1)
    mixture = scaled / np.where(sums > 0, sums, 1.0)[:, None]
    order = np.lexsort(mixture.round(2).T)

    kindest = scaled.mean(axis=0)

    def walk(first: int) -> None:
        _walk(edge, scaled, kindest, order[first : first + CITIES_A_WALK], tight)

    parallel(walk, range(0, len(scaled), CITIES_A_WALK))
    # The vertex once more from its tight constraints, without what rounding the steps have piled up.
    walls = np.concatenate([np.eye(columns), edge])
    sides = np.concatenate([np.zeros(columns), np.ones(rows)])
    ended = (tight >= 0).all(axis=1)
    found = np.zeros_like(scaled)
    found[ended] = np.linalg.solve(walls[tight[ended]], sides[tight[ended]][:, :, None])[:, :, 0]
    fits = ended & (found >= -CLOSE).all(axis=1) & ((found @ edge.T) <= 1.0 + CLOSE).all(axis=1)
    for city in np.flatnonzero(~fits):
        found[city] = _by_highs(edge, scaled[city], kindest)
    found[sums <= 0] = 0.0
    return np.maximum(found, 0.0)


def _by_highs(edge: Array, objective: Array, second: Array) -> Array:
    """The same for one city by a general solver."""
    best = scipy.optimize.linprog(-objective, A_ub=edge, b_ub=np.ones(len(edge)), method="highs")
    assert best.status == 0 and best.x is not None, best.message
    kept = np.concatenate([edge, -objective[None]])
    limits = np.append(np.ones(len(edge)), float(best.fun or 0.0) * (1 - 1e-12))
    kind = scipy.optimize.linprog(-second, A_ub=kept, b_ub=limits, method="highs")
    return np.asarray(best.x if kind.x is None else kind.x, dtype=np.float64)


def undominated(x: Array) -> NDArray[np.intp]:
    """Places of the rows that no other row matches or passes in every column; of equal rows the first."""
    order = np.lexsort((-np.arange(len(x)), x.sum(axis=1)))[::-1]  # nobody is dominated by one with a smaller sum
    ordered = np.ascontiguousarray(x[order])
    kept = np.zeros(len(x), np.bool_)
    _keep(ordered, kept)
    return np.sort(order[kept])


@compiled
def _keep(ordered: Any, kept: Any) -> None:
    count = 0
    front = np.empty(ordered.shape[0], np.int64)
    for place in range(ordered.shape[0]):
        beaten = False
        for other in range(count):
            row, below = front[other], True
            for column in range(ordered.shape[1]):
                if ordered[row, column] < ordered[place, column]:
                    below = False
                    break
            if below:
                beaten = True
                break
        if not beaten:
            kept[place] = True
            front[count] = place
            count += 1


@compiled
def _walk(edge: Any, objectives: Any, second: Any, cities: Any, tight: Any) -> None:
    """The constraints that hold at each city's best vertex: k < columns means w[k] = 0, else edge[k - columns] w = 1.

    Primal simplex on the condensed tableau, from vertex to vertex; then, on the face of the best vertices, to the one
    that is best by `second`.
    """
    rows, columns = edge.shape
    table = edge.copy()
    side = np.ones(rows)
    free = np.arange(columns)  # variables that stand at zero; below `columns` weights, beyond it slacks
    basic = np.arange(columns, columns + rows)
    gains = np.empty((2, columns))
    for at in range(cities.size):
        _gain(table, objectives[cities[at]], free, basic, gains[0])
        _gain(table, second, free, basic, gains[1])
        done = 0
        for goal in range(2):
            for step in range(STEPS):
                enter = _entering(gains, goal, free, step > STEPS // 2)
                if enter < 0:
                    done += 1
                    break
                leave, least = -1, np.inf
                for row in range(rows):
                    if table[row, enter] > 1e-11:
                        ratio = side[row] / table[row, enter]
                        if ratio < least - 1e-14 or (ratio <= least + 1e-14 and basic[row] < basic[leave]):
                            leave, least = row, ratio
                if leave < 0:
                    break
                _pivot(table, side, gains, leave, enter)
                free[enter], basic[leave] = basic[leave], free[enter]
        if done == 2:
            tight[cities[at], :] = free


@compiled
def _gain(table: Any, objective: Any, free: Any, basic: Any, gain: Any) -> None:
    """What the objective gains by each free variable."""
    columns = free.size
    for column in range(columns):
        gain[column] = objective[free[column]] if free[column] < columns else 0.0
    for row in range(basic.size):
        if basic[row] < columns and objective[basic[row]] != 0.0:
            for column in range(columns):
                gain[column] -= objective[basic[row]] * table[row, column]


@compiled
def _entering(gains: Any, goal: Any, free: Any, stalled: Any) -> Any:
    """The free variable that gains most (Dantzig), or once stalled the first that gains (Bland); -1 for none. For the
    second goal only those that leave the first as it is."""
    enter, most = -1, 1e-11
    for column in range(free.size):
        gain = gains[goal, column]
        if gain <= 1e-11 or (goal == 1 and gains[0, column] < -1e-11):
            continue
        if stalled:
            if enter < 0 or free[column] < free[enter]:
                enter = column
        elif gain > most:
            enter, most = column, gain
    return enter


@compiled
def _pivot(table: Any, side: Any, gains: Any, leave: Any, enter: Any) -> None:
    columns = gains.shape[1]
    pivot = table[leave, enter]
    for column in range(columns):
        table[leave, column] /= pivot
    side[leave] /= pivot
    table[leave, enter] = 1.0 / pivot
    for row in range(side.size):
        factor = table[row, enter]
        if row != leave and factor != 0.0:
            table[row, enter] = 0.0
            for column in range(columns):
                table[row, column] -= factor * table[leave, column]
            side[row] -= factor * side[leave]
            if side[row] < 0.0:
                side[row] = 0.0
    for goal in range(2):
        factor = gains[goal, enter]
        gains[goal, enter] = 0.0
        for column in range(columns):
            gains[goal, column] -= factor * table[leave, column]

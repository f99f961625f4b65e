"""What it would take: the smallest change of values, or of weights, that gains ranks, and the best rank within reach.

Linear and mixed-integer programmes, solved by HiGHS. A score that is a mean of means is concave in its indicators, so
"at least so much" is held by tangents, added one after another until the score itself is reached (Kelley 1960, J. SIAM
8:703-712). In the weights of one branch the comparison of two cities is linear, under the means that `weighing` names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from carbonpolis.evaluate.score.framework import Framework
from carbonpolis.evaluate.score.prepare import GOALPOSTS
from carbonpolis.evaluate.score.tree import MEANS, Shape, climb
from carbonpolis.evaluate.score.validation import Array
from carbonpolis.evaluate.score.weight_margins import Ahead, ahead

MARGIN = 1e-6  # points by which a city must stand above another
TANGENTS = 200
AHEAD = 1e-7  # by which weighted sums of shares must differ


@dataclass(frozen=True, slots=True)
class Path:
    """To a score: changes (index indicator; columns before, after in its unit, and change on the scale), the
    score reached, and how much was asked for. reachable: whether the asked-for can be reached at all."""

    changes: pd.DataFrame
    reached: float
    asked: float
    reachable: bool


@dataclass(frozen=True, slots=True)
class Reweighed:
    """Weights of a branch, their change (sum of absolute changes), and the rank that they give the city."""

    weights: dict[str, float]
    change: float
    rank: int


def gain_ranks(
    framework: Framework,
    frame: pd.DataFrame,
    city: str,
    ranks: int,
    *,
    movable: Iterable[str] | None = None,
    fewest: bool = False,
) -> Path:
    """The smallest change of a city's own values that gains so many ranks, others as they are.

    Smallest is the least sum of changes on the scale; with `fewest` the least number of indicators, then the least sum.
    movable: indicators that may change, default all that are observed. Raises ValueError for a city that is not ranked,
    a rank above the first, or a framework that is not made of means between goalposts.
    """
    scores = framework.score(frame)
    if city not in frame.index or pd.isna(scores.ranks[city]):
        raise ValueError(f"{city} is not ranked")
    wanted = int(scores.ranks[city]) - ranks
    if ranks < 1 or wanted < 1:
        raise ValueError(f"{city} has rank {scores.ranks[city]}; it can't gain {ranks}")
    others = scores.total[scores.ranked].drop(index=city).sort_values(ascending=False)
    # To have rank r, at most r - 1 others may stand above.
    goal = float(others.iloc[wanted - 1]) + MARGIN
    return reach_score(framework, frame, city, goal, movable=movable, fewest=fewest)


def reach_score(
    framework: Framework,
    frame: pd.DataFrame,
    city: str,
    goal: float,
    *,
    movable: Iterable[str] | None = None,
    fewest: bool = False,
) -> Path:
    """The smallest change of a city's own values that lifts its score to `goal`; see `gain_ranks`."""
    _means_between_goalposts(framework)
    scores = framework.score(frame)
    start = scores.normalised.loc[city].to_numpy(dtype=np.float64)
    allowed = set(framework.symbols if movable is None else movable)
    free = np.isfinite(start) & np.array([symbol in allowed for symbol in framework.symbols])
    room = np.where(free, framework.top - np.nan_to_num(start), 0.0)
    best = float(value_at(framework.tree, start + room)[0])
    if best < goal:
        return Path(_changes(framework, start, start + room), best, goal, reachable=False)
    lift = _least(framework.tree, start, room, goal, fewest)
    after = np.minimum(start + lift, framework.top)
    return Path(_changes(framework, start, after), float(value_at(framework.tree, after)[0]), goal, reachable=True)


def best_rank(
    framework: Framework, frame: pd.DataFrame, city: str, *, node: str | None = None, band: float = 1.0
) -> Reweighed:
    """The best rank that a city has under any weights of a branch, none moved by more than `band` (1: any).

    node: the branch, default the root; all other weights stay. Of the weights that give the rank, those nearest to the
    given. Raises ValueError as `weighing.ahead`: for a city that is not ranked, or a branch in whose weights the score
    is not linear.
    """
    problem = _Weighing(ahead(framework, frame, city, node))
    rank = problem.best(band)
    return problem.nearest(rank, band)


def reweigh(
    framework: Framework, frame: pd.DataFrame, city: str, ranks: int, *, node: str | None = None
) -> Reweighed | None:
    """The smallest change of a branch's weights (default the root's) that gains a city so many ranks; None if none
    does.

    Smallest: the sum of absolute changes. Raises ValueError as `best_rank`, or for a rank above the first.
    """
    problem = _Weighing(ahead(framework, frame, city, node))
    wanted = problem.rank - ranks
    if ranks < 1 or wanted < 1:
        raise ValueError(f"{city} has rank {problem.rank}; it can't gain {ranks}")
    return problem.nearest(wanted, 1.0) if problem.best(1.0) <= wanted else None


def value_at(tree: Shape, row: Array) -> tuple[float, Array]:
    """The root at one row of the scale, and its slope by each leaf (0 where a leaf is missing)."""
    branches = climb(row[None], tree)
    slope = np.zeros(len(tree.leaves))
    held = {tree.root.name: 1.0}
    for place in reversed(tree.upward()):
        node = tree.nodes[place]
        leaves, below = tree.leaves_of(node), tree.nodes_of(node)
        children = np.concatenate([row[leaves], [branches[tree.nodes[c].name].value[0] for c in below]])
        known = np.isfinite(children)
        weights = np.where(known, branches[node.name].weights, 0.0)
        weights = weights / weights.sum()
        value, filled = branches[node.name].value[0], np.where(known, children, 1.0)
        power = {"arithmetic": 0, "geometric": 1, "harmonic": 2}[node.aggregation]
        by = held[node.name] * weights * (value / filled) ** power
        slope[leaves] = by[: len(leaves)]
        for column, child in enumerate(below, start=len(leaves)):
            held[tree.nodes[child].name] = by[column]
    return float(branches[tree.root.name].value[0]), slope


def _least(tree: Shape, start: Array, room: Array, goal: float, fewest: bool) -> Array:
    """The least lift (leaves, points of the scale) that reaches the goal."""
    count = len(start)
    rows, limits = [], []
    # Counting first: a change of one more indicator outweighs any sum of changes.
    costs = np.concatenate([np.ones(count), np.full(count, room.sum() + 1.0 if fewest else 0.0)])
    linked = scipy.optimize.LinearConstraint(np.hstack([np.eye(count), -np.diag(room)]), -np.inf, 0.0)
    lift = np.zeros(count)
    for _ in range(TANGENTS):
        value, slope = value_at(tree, start + lift)
        if value >= goal - MARGIN / 2:
            break
        rows.append(np.concatenate([slope, np.zeros(count)]))
        limits.append(goal - value + float(slope @ lift))
        tangent = scipy.optimize.LinearConstraint(np.array(rows), np.array(limits), np.inf)
        solved = scipy.optimize.milp(
            costs,
            constraints=[linked, tangent],
            bounds=scipy.optimize.Bounds(np.zeros(2 * count), np.concatenate([room, np.ones(count)])),
            integrality=np.concatenate([np.zeros(count), np.full(count, 1.0 if fewest else 0.0)]),
        )
        assert solved.x is not None, solved.message
        lift = np.clip(solved.x[:count], 0.0, room)
    return lift


def _changes(framework: Framework, before: Array, after: Array) -> pd.DataFrame:
    """The indicators that move, in their own units."""
    rows = {}
    for place, leaf in enumerate(framework.leaves):
        if np.isfinite(before[place]) and after[place] - before[place] > 1e-9:
            shares = (np.array([before[place], after[place]]) - framework.bottom) / (framework.top - framework.bottom)
            shares = shares if leaf.direction > 0 else 1.0 - shares
            one, other = leaf.low + shares * (leaf.high - leaf.low)
            rows[leaf.symbol] = (one, other, after[place] - before[place])
    return pd.DataFrame.from_dict(rows, orient="index", columns=["before", "after", "change"])


def _means_between_goalposts(framework: Framework) -> None:
    bad = [
        node.name
        for node in framework.nodes
        if node.aggregation not in MEANS or node.weighting not in {"given", "equal"}
    ]
    bad += [leaf.symbol for leaf in framework.leaves if leaf.normalisation != GOALPOSTS]
    if bad:
        raise ValueError(f"{', '.join(bad)}: a change can be sought only for given weights, means and goalposts")


class _Weighing:
    """Whether weights of a branch let one city pass others: z[b] = 1 where b stays above."""

    def __init__(self, found: Ahead) -> None:
        self.names, self.given, self.rank = found.names, found.given, found.rank
        self.ahead = found.by_weight / max(float(np.abs(found.by_weight).max(initial=0.0)), 1e-12)

    def best(self, band: float) -> int:
        """The best rank."""
        return round(float(self._solve(np.zeros(len(self.names)), np.ones(len(self.ahead)), None, band)[1].sum())) + 1

    def nearest(self, rank: int, band: float) -> Reweighed:
        """The weights nearest to the given that give at least the rank."""
        weights, above = self._solve(np.ones(len(self.names)), np.zeros(len(self.ahead)), rank - 1, band)
        change = float(np.abs(weights - self.given).sum())
        named = dict(zip(self.names, (weights / weights.sum()).tolist(), strict=True))
        return Reweighed(named, change, round(float(above.sum())) + 1)

    def _solve(self, by_change: Array, by_above: Array, most_above: int | None, band: float) -> tuple[Array, Array]:
        """Weights w, and which cities stay above, at the least cost by_change |w - given| + by_above z."""
        count, others = len(self.names), len(self.ahead)
        # Unknowns: w, the absolute changes, z.
        passing = scipy.optimize.LinearConstraint(
            np.hstack([self.ahead, np.zeros((others, count)), (1.0 + AHEAD) * np.eye(others)]), AHEAD, np.inf
        )
        whole = scipy.optimize.LinearConstraint(np.concatenate([np.ones(count), np.zeros(count + others)]), 1.0, 1.0)
        eye, none = np.eye(count), np.zeros((count, others))
        apart = scipy.optimize.LinearConstraint(
            np.vstack([np.hstack([-eye, eye, none]), np.hstack([eye, eye, none])]),
            np.concatenate([-self.given, self.given]),
            np.inf,
        )
        limits = [whole, apart] + ([passing] if others else [])
        if most_above is not None:
            passers = np.concatenate([np.zeros(2 * count), np.ones(others)])
            limits.append(scipy.optimize.LinearConstraint(passers, -np.inf, most_above))
        low, high = np.maximum(self.given - band, 0.0), np.minimum(self.given + band, 1.0)
        solved = scipy.optimize.milp(
            np.concatenate([np.zeros(count), by_change, by_above]),
            constraints=limits,
            bounds=scipy.optimize.Bounds(
                np.concatenate([low, np.zeros(count + others)]),
                np.concatenate([high, np.ones(count + others)]),
            ),
            integrality=np.concatenate([np.zeros(2 * count), np.ones(others)]),
        )
        assert solved.x is not None, solved.message
        return solved.x[:count], solved.x[2 * count :]

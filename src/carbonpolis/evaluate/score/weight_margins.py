"""How far one city is ahead of the others, as a linear function of the weights of one branch.

Between a branch and the root stand means. A branch's mean of its children is linear in its weights, taken by itself
(arithmetic), through the logarithm (geometric) or the inverse (harmonic), and stays so through every branch above that
has the same mean. Through geometric branches above that only the ratio of two cities counts, and a ratio of two linear
forms against a constant is linear too. Any other mean above (an arithmetic or harmonic one over a geometric, a harmonic
over an arithmetic, an arithmetic over a harmonic) bends it; so does a weight that is scaled up because a child is
missing. And it is linear in the weights of one branch at a time, never of two: those multiply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonpolis.evaluate.score.framework import Framework, Scores
from carbonpolis.evaluate.score.tree import MEANS, Node
from carbonpolis.evaluate.score.validation import Array


@dataclass(frozen=True, slots=True)
class Ahead:
    """names, given: children of the branch and their weights. by_weight: other ranked cities x children; the city
    stands above another where the sum of weights times its row is above zero. rank: now."""

    names: list[str]
    given: Array
    by_weight: Array
    rank: int


@dataclass(frozen=True, slots=True)
class _Form:
    """slope (cities x children) and constant (cities) of a value, through its mean's transform, in the weights."""

    slope: Array
    constant: Array


def ahead(framework: Framework, frame: pd.DataFrame, city: str, node: str | None = None) -> Ahead:
    """How far a city is ahead, by the weights of a branch (default the root), others as they are.

    Raises ValueError for a city that is not ranked, a branch that is not there, means that bend the form, or ranked
    cities that lack a child of the branch.
    """
    branch = _branch(framework, node)
    scores = framework.score(frame)
    if city not in frame.index or pd.isna(scores.ranks[city]):
        raise ValueError(f"{city} is not ranked")
    values = pd.concat([scores.normalised, scores.levels], axis=1)[scores.ranked]
    names = list(scores.weights[branch.name])
    lacking = values.index[values[names].isna().any(axis=1)]
    if len(lacking):
        raise ValueError(
            f"weights of {branch.name} can be sought only where every ranked city has all that they weigh; "
            f"not in {', '.join(map(str, lacking[:5]))}{' and others' if len(lacking) > 5 else ''}"
        )
    form = _Form(_through(branch.aggregation, values[names].to_numpy(dtype=np.float64)), np.zeros(len(values)))
    own = int(values.index.get_indexer(pd.Index([city]))[0])
    by_weight = np.delete(_compared(framework, scores, values, branch, form, own), own, axis=0)
    return Ahead(names, np.array(list(scores.weights[branch.name].values())), by_weight, int(scores.ranks[city]))


def _branch(framework: Framework, node: str | None) -> Node:
    branch = next((each for each in framework.nodes if each.name == (node or framework.tree.root.name)), None)
    if branch is None:
        raise ValueError(f"no branch {node!r}; choose from {', '.join(each.name for each in framework.nodes)}")
    above = _above(framework, branch)
    means = [each.aggregation for each in (branch, *above)]
    wrong = [each.name for each in (branch, *above) if each.aggregation not in MEANS]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: weights can be sought only through means")
    turn = next((place for place, mean in enumerate(means) if mean != means[0]), len(means))
    if any(mean != "geometric" for mean in means[turn:]):
        way = ", ".join(f"{each.name} {each.aggregation}" for each in (branch, *above))
        raise ValueError(
            f"the score is not linear in the weights of {branch.name} ({way}): above a branch there may be branches "
            "of the same mean, then geometric ones"
        )
    return branch


def _above(framework: Framework, branch: Node) -> list[Node]:
    by_name = {each.name: each for each in framework.nodes}
    found = []
    while branch.parent:
        branch = by_name[branch.parent]
        found.append(branch)
    return found


def _compared(framework: Framework, scores: Scores, values: pd.DataFrame, branch: Node, form: _Form, own: int) -> Array:
    """Cities x children: the city's form less each other's, at the root, with constants spread over the weights."""
    mean, below = branch.aggregation, branch.name
    share, rest = np.ones(len(values)), np.zeros(len(values))  # of its logarithm at the root, and what else is there
    turned = False
    for node in _above(framework, branch):
        others = [name for name in scores.weights[node.name] if name != below]
        weights, beside = _effective(scores.weights[node.name], below, values[others])
        turned = turned or node.aggregation != mean
        held = _through(node.aggregation, values[others].to_numpy(dtype=np.float64))
        constant = np.where(beside > 0, np.nan_to_num(held) * beside, 0.0).sum(axis=1)
        if turned:
            share, rest = share * weights, rest * weights + constant
        else:
            form = _Form(form.slope * weights[:, None], form.constant * weights + constant)
        below = node.name
    if turned and np.ptp(share) > 1e-12:
        raise ValueError(
            f"the score is not linear in the weights of {branch.name}: something beside it is missing in some cities, "
            "so that it counts for more in them"
        )
    apart = (rest[own] - rest) / share
    by = np.exp(apart if mean == "arithmetic" else -apart)[:, None]
    whole = form.slope + form.constant[:, None]  # weights sum to one
    return np.asarray((by * whole[own] - whole) / np.maximum(by, 1.0), dtype=np.float64)


def _effective(given: Mapping[str, float], name: str, others: pd.DataFrame) -> tuple[Array, Array]:
    """Weight of a child, and of those beside it (cities x others), scaled up where one of these is missing."""
    known: NDArray[np.bool_] = np.isfinite(others.to_numpy(dtype=np.float64))
    kept = np.where(known, np.array([given[str(each)] for each in others], dtype=np.float64), 0.0)
    whole = given[name] + kept.sum(axis=1)
    return given[name] / whole, kept / whole[:, None]


def _through(mean: str, values: Array) -> Array:
    """Values so that the mean is a weighted sum of them, and more is better."""
    if mean == "geometric":
        return np.log(values)
    return -1.0 / values if mean == "harmonic" else values

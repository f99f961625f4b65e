"""Weights from judgement: the analytic hierarchy process of one person or many, and the allocation of a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from carbonpolis.evaluate.score.validation import Array, shares, whole_table

# Mean consistency index of random matrices of order 1 to 15. Source: Saaty 1980, The Analytic Hierarchy Process, p. 21.
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
RECIPROCAL = 1e-2  # a third is often written 0.33


@dataclass(frozen=True, slots=True)
class AHP:
    """Weights that sum to one, and the consistency ratio: above 0.10 the judgements should be looked at again."""

    weights: Array
    consistency_ratio: float

    @property
    def consistent(self) -> bool:
        """Whether the ratio is at most 0.10, Saaty's limit."""
        return self.consistency_ratio <= 0.10


def ahp(matrix: ArrayLike) -> AHP:
    """Weights from pairwise judgements: the principal eigenvector, scaled to sum one.

    matrix: n x n, entry (i, j) how much more i matters than j; positive and reciprocal, n up to 15. Consistency ratio:
    (eigenvalue - n) / (n - 1) over the same of random matrices. Source: Saaty 1980. Raises ValueError naming the pair
    that is not reciprocal.
    """
    judged = _judgements(matrix)
    order = len(judged)
    values, vectors = np.linalg.eig(judged)
    first = int(np.argmax(values.real))
    vector = np.abs(vectors[:, first].real)
    index = (float(values[first].real) - order) / (order - 1) if order > 1 else 0.0
    ratio = index / RANDOM_INDEX[order - 1] if order > 2 else 0.0
    return AHP(np.asarray(vector / vector.sum(), dtype=np.float64), max(0.0, ratio))


def ahp_group(matrices: Sequence[ArrayLike], importance: ArrayLike | None = None, by: str = "judgements") -> AHP:
    """Weights of a group. importance: one a person, default alike.

    by "judgements": one matrix of the weighted geometric means, which is reciprocal again (for a group that acts as
    one; Aczel & Saaty 1983); its consistency ratio. by "priorities": geometric mean of each person's weights (for a
    group of individuals; Forman & Peniwati 1998, EJOR 108:165-169); the ratio is the greatest of the persons'. Raises
    ValueError for another `by`, no matrix, or matrices of different order.
    """
    if by not in {"judgements", "priorities"}:
        raise ValueError(f"no aggregation of a group by {by!r}; choose from judgements, priorities")
    judged = [_judgements(matrix) for matrix in matrices]
    if not judged or len({each.shape for each in judged}) != 1:
        raise ValueError("a group needs at least one matrix, and all of one order")
    share = shares(np.ones(len(judged)) if importance is None else importance, len(judged))
    if by == "judgements":
        return ahp(np.exp(np.tensordot(share, np.log(judged), axes=1)))
    each_one = [ahp(matrix) for matrix in judged]
    together = np.exp(share @ np.log([one.weights for one in each_one]))
    return AHP(together / together.sum(), max(one.consistency_ratio for one in each_one))


def budget(points: ArrayLike) -> Array:
    """Weights from points that experts gave out: each expert's points as shares, then the mean over experts.

    points: experts x indicators, zero or more. Source: OECD/JRC 2008, step 6.2 (budget allocation). Raises ValueError
    naming the expert who gave no point.
    """
    table = whole_table(points)
    bad = np.flatnonzero((table < 0).any(axis=1) | (table.sum(axis=1) <= 0))
    if len(bad):
        raise ValueError(f"expert {int(bad[0])} (counted from 0) gave negative points, or none at all")
    return np.asarray((table / table.sum(axis=1, keepdims=True)).mean(axis=0), dtype=np.float64)


def _judgements(matrix: ArrayLike) -> Array:
    judged = whole_table(matrix, positive=True)
    order = judged.shape[0]
    if judged.shape != (order, order) or order > len(RANDOM_INDEX):
        raise ValueError(f"expected a square matrix of at most {len(RANDOM_INDEX)} items, found {judged.shape}")
    off = np.abs(judged * judged.T - 1.0) > RECIPROCAL
    if off.any():
        i, j = (int(k) for k in np.argwhere(off)[0])
        raise ValueError(f"judgements ({i}, {j}) and ({j}, {i}) are {judged[i, j]} and {judged[j, i]}, not reciprocal")
    return judged

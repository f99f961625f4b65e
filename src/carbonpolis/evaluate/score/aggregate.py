"""Aggregation: normalised indicators and their weights to one number a city. A choice is a row of METHODS."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from carbonpolis.evaluate.score.outrank import copeland, promethee
from carbonpolis.evaluate.score.validation import Array, chosen, shares, whole_table

# Methods that look at all cities at once. Source on TOPSIS: Garcia-Cascales & Lamata 2012, Math. Comput. Model. 56:123.
SET_DEPENDENT = ("topsis", "mpi", "copeland", "promethee")


class DependsOnTheSet(UserWarning):
    """A score that hangs on which other cities are looked at."""

    def __init__(self, method: str) -> None:
        super().__init__(
            f"{method} looks at all cities at once: a city added, even a copy, can turn the order of two others"
        )


def aggregate(x: ArrayLike, weights: ArrayLike, method: str = "arithmetic") -> Array:
    """One number a city, more is better.

    x: cities x indicators, more is better. weights: one an indicator, scaled to sum one. Raises ValueError for an
    unknown method or weights that are none, or naming a cell that the method can't take. Warns (DependsOnTheSet) where
    a city that is added, even a copy of one that is there, can turn the order of two others.
    """
    table = whole_table(x)
    joined = chosen(METHODS, method, "aggregation")(table, shares(weights, table.shape[1]))
    if method in SET_DEPENDENT:
        warnings.warn(DependsOnTheSet(method), stacklevel=2)
    return joined


def arithmetic(x: Array, weights: Array) -> Array:
    """sum(w x): full trade-off. Source: OECD/JRC 2008, step 7, additive."""
    return np.asarray(x @ weights, dtype=np.float64)


def geometric(x: Array, weights: Array) -> Array:
    """prod(x ** w): a low value is hard to make up for. x: zero or more. Source: OECD/JRC 2008, step 7, geometric."""
    _not_negative(x, "geometric")
    return np.asarray(np.prod(x**weights, axis=1), dtype=np.float64)


def harmonic(x: Array, weights: Array) -> Array:
    """1 / sum(w / x); a zero under a weight makes the whole zero. x: zero or more. Source: OECD/JRC 2008, step 7."""
    _not_negative(x, "harmonic")
    used = weights > 0
    zero = (x[:, used] == 0).any(axis=1)
    inverse = (weights[used] / np.where(x[:, used] > 0, x[:, used], 1.0)).sum(axis=1)
    return np.where(zero, 0.0, 1.0 / inverse)


def topsis(x: Array, weights: Array) -> Array:
    """Closeness to the best and distance from the worst city there could be of these, 0 to 1.

    Columns are scaled by their Euclidean length. All cities alike: 0.5. A city added can turn the order of two others.
    Source: Hwang & Yoon 1981, Multiple Attribute Decision Making.
    """
    length = np.sqrt((x**2).sum(axis=0))
    scaled = weights * x / np.where(length > 0, length, 1.0)
    to_best = np.sqrt(((scaled - scaled.max(axis=0)) ** 2).sum(axis=1))
    to_worst = np.sqrt(((scaled - scaled.min(axis=0)) ** 2).sum(axis=1))
    both = to_best + to_worst
    return np.where(both > 0, to_worst / np.where(both > 0, both, 1.0), 0.5)


def mpi(x: Array, weights: Array) -> Array:
    """Mean less a penalty for imbalance: M - S S / M of values standardised to mean 100 and standard deviation 10.

    M and S: weighted mean and standard deviation over a city's indicators. Source: Mazziotta & Pareto 2016, Social
    Indicators Research 127:983-1003 (there with equal weights).
    """
    sd = x.std(axis=0)
    z = 100.0 + 10.0 * np.where(sd > 0, (x - x.mean(axis=0)) / np.where(sd > 0, sd, 1.0), 0.0)
    mean = z @ weights
    variance = (z - mean[:, None]) ** 2 @ weights
    return np.asarray(mean - variance / mean, dtype=np.float64)


METHODS: dict[str, Callable[[Array, Array], Array]] = {
    "arithmetic": arithmetic,
    "geometric": geometric,
    "harmonic": harmonic,
    "topsis": topsis,
    "mpi": mpi,
    "copeland": copeland,
    "promethee": promethee,
}


def _not_negative(x: Array, method: str) -> None:
    if (x < 0).any():
        place = tuple(int(i) for i in np.argwhere(x < 0)[0])
        raise ValueError(f"{method}: cell {place} (city, indicator; counted from 0) is {x[place]}, expected 0 or more")

"""Imputation: a stated guess where an indicator is missing, with the spread that the guess has. A choice is a row of
METHODS.

What is imputed is marked, and its standard deviation goes into the Monte Carlo: an imputed value is never as sure as an
observed one. Source: OECD/JRC 2008, step 2; Little & Rubin 2002, Statistical Analysis with Missing Data.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from carbonpolis.evaluate.score.validation import Array, chosen, no_infinity

ROUNDS, CLOSE = 200, 1e-9  # of the EM algorithm
RIDGE = 1e-6  # on the correlation scale, so that alike indicators don't make a matrix that can't be inverted


@dataclass(frozen=True, slots=True)
class Imputed:
    """values and sd: cities x indicators; sd is 0 where observed. imputed: where a guess stands."""

    values: Array
    sd: Array
    imputed: NDArray[np.bool_]


def impute(x: ArrayLike, method: str = "median", **options: Any) -> Imputed:
    """A table of cities x indicators without gaps.

    Raises ValueError for an unknown method or option, an infinite cell, or naming an indicator of which nothing (with
    groups: nothing at all) is observed, since nothing can be guessed from nothing.
    """
    table = no_infinity(x)
    if table.ndim != 2:
        raise ValueError(f"expected a table of cities x indicators, found the shape {table.shape}")
    gaps = np.isnan(table)
    bare = np.flatnonzero(gaps.all(axis=0))
    if len(bare):
        raise ValueError(f"nothing is observed of indicator {int(bare[0])} (counted from 0); leave it out")
    try:
        values, sd = chosen(METHODS, method, "imputation")(table, **options)
    except TypeError as problem:
        raise ValueError(f"imputation {method!r}: {problem}") from None
    return Imputed(np.where(gaps, values, table), np.where(gaps, sd, 0.0), gaps)


def mean(x: Array) -> tuple[Array, Array]:
    """The mean of what is observed, with its standard deviation over cities."""
    return np.broadcast_to(np.nanmean(x, axis=0), x.shape), np.broadcast_to(np.nanstd(x, axis=0), x.shape)


def middle(x: Array) -> tuple[Array, Array]:
    """The median of what is observed, with the standard deviation over cities."""
    return np.broadcast_to(np.nanmedian(x, axis=0), x.shape), np.broadcast_to(np.nanstd(x, axis=0), x.shape)


def group_median(x: Array, *, groups: Sequence[Hashable] | None = None, least: int = 3) -> tuple[Array, Array]:
    """The median of the city's group and its standard deviation; of all cities where the group has fewer than `least`.

    groups: one a city. Rule M3 of the indicator definitions: group median, sd of the group.
    """
    if groups is None or len(groups) != len(x):
        raise ValueError("group_median needs `groups`, one a city")
    grouped = pd.DataFrame(x).groupby(pd.Series(list(groups)), dropna=False)
    enough = grouped.transform("count").to_numpy() >= least
    all_median, all_sd = middle(x)
    found = np.where(enough, grouped.transform("median").to_numpy(dtype=np.float64), all_median)
    sd = np.where(enough, grouped.transform("std", ddof=0).to_numpy(dtype=np.float64), all_sd)
    return found, sd


def neighbours(x: Array, *, count: int = 5) -> tuple[Array, Array]:
    """Mean and standard deviation of the `count` cities that are most alike in what both have observed.

    Distance: root mean square of standardised differences. Source: Troyanskaya et al. 2001, Bioinformatics 17:520.
    """
    if count < 1:
        raise ValueError(f"{count} neighbours; expected at least 1")
    sd = np.nanstd(x, axis=0)
    z = (x - np.nanmean(x, axis=0)) / np.where(sd > 0, sd, 1.0)
    seen = np.isfinite(z)
    values, spread = (each.copy() for each in middle(x))
    for city in np.flatnonzero((~seen).any(axis=1)):
        both = seen & seen[city]
        apart = np.where(both, (np.nan_to_num(z) - np.nan_to_num(z[city])) ** 2, 0.0).sum(axis=1)
        shared = both.sum(axis=1)
        distance = np.where(shared > 0, apart / np.maximum(shared, 1), np.inf)
        order = np.argsort(distance, kind="stable")
        for place in np.flatnonzero(~seen[city]):
            near = [i for i in order if seen[i, place] and i != city and np.isfinite(distance[i])][:count]
            if near:
                values[city, place], spread[city, place] = x[near, place].mean(), x[near, place].std()
    return values, spread


def expectation(x: Array) -> tuple[Array, Array]:
    """Expected value and standard deviation given the city's other indicators, all normal together (EM algorithm).

    Source: Dempster, Laird & Rubin 1977; Little & Rubin 2002, section 11.2.
    """
    centre, scale = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    z = (x - centre) / scale
    gaps = np.isnan(z)
    filled, sd = np.where(gaps, 0.0, z), np.where(gaps, 1.0, 0.0)
    patterns, which = np.unique(gaps, axis=0, return_inverse=True)
    which = np.asarray(which).ravel()
    average, covariance = filled.mean(axis=0), np.cov(filled, rowvar=False, ddof=0).reshape(z.shape[1], -1)
    for _ in range(ROUNDS):
        extra = np.zeros_like(covariance)
        before = filled.copy()
        steady = covariance + RIDGE * np.eye(len(covariance))
        for place, gap in enumerate(patterns):
            if not gap.any():
                continue
            rows = np.flatnonzero(which == place)
            inside = steady[np.ix_(gap, ~gap)]
            solved = np.linalg.solve(steady[np.ix_(~gap, ~gap)], inside.T).T if (~gap).any() else inside
            left = steady[np.ix_(gap, gap)] - solved @ inside.T
            filled[np.ix_(rows, gap)] = average[gap] + (z[np.ix_(rows, ~gap)] - average[~gap]) @ solved.T
            sd[np.ix_(rows, gap)] = np.sqrt(np.maximum(np.diag(left), 0.0))
            extra[np.ix_(gap, gap)] += left * len(rows)
        average = filled.mean(axis=0)
        covariance = (filled - average).T @ (filled - average) / len(z) + extra / len(z)
        if np.abs(filled - before).max() < CLOSE:
            break
    return centre + scale * filled, scale * sd


METHODS: dict[str, Callable[..., tuple[Array, Array]]] = {
    "mean": mean,
    "median": middle,
    "group_median": group_median,
    "neighbours": neighbours,
    "expectation": expectation,
}

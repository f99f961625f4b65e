"""Weights from the data or from judgement. A choice is a row of METHODS; x is cities x indicators, more is better."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from carbonpolis.evaluate.score.bod import benefit_of_the_doubt
from carbonpolis.evaluate.score.importance import equal_importance
from carbonpolis.evaluate.score.validation import Array, chosen, shares, whole_table


def weights(x: ArrayLike, method: str = "equal") -> Array:
    """Weights of the indicators, zero or more, sum one.

    Raises ValueError for an unknown method, or naming the cell that the method can't take. Where a method finds nothing
    that tells cities apart, the weights are equal.
    """
    found = chosen(METHODS, method, "weighting")(np.asarray(x, dtype=np.float64))
    return found if found.sum() > 0 else equal(np.asarray(x, dtype=np.float64))


def equal(x: Array) -> Array:
    """1 / indicators."""
    return np.full(whole_table(x).shape[1], 1.0 / x.shape[1])


def entropy(x: Array) -> Array:
    """1 - entropy of the column shares p = x / sum(x), over ln(cities), as shares. Source: Shannon 1948; Zeleny 1982.

    x: zero or more, two cities at least; 0 ln 0 is 0.
    """
    table = whole_table(x, least_rows=2)
    if (table < 0).any() or (table.sum(axis=0) <= 0).any():
        raise ValueError("entropy weights need values of zero or more, and not a whole column of zeros")
    p = table / table.sum(axis=0)
    terms = p * np.log(np.where(p > 0, p, 1.0))
    diversity = np.clip(1.0 + terms.sum(axis=0) / np.log(len(table)), 0.0, None)
    # A column of equal values has diversity zero but for rounding.
    return _shares(np.where(np.ptp(table, axis=0) > 0, diversity, 0.0))


def critic(x: Array) -> Array:
    """Standard deviation times the sum of (1 - correlation), on min-max values, as shares.

    An indicator without spread gets nothing and counts in no sum. Source: Diakoulaki, Mavrotas, Papayannakis 1995,
    Computers & Operations Research 22(7):763-770.
    """
    scaled, live = _spread(x)
    found = np.zeros(len(live))
    if live.sum() == 1:
        found[live] = 1.0
    elif live.any():
        correlation = np.corrcoef(scaled[:, live], rowvar=False)
        found[live] = scaled[:, live].std(axis=0) * (1.0 - correlation).sum(axis=0)
    return _shares(np.clip(found, 0.0, None))


def std(x: Array) -> Array:
    """Standard deviation of the min-max values, as shares. Source: Diakoulaki et al. 1995, section 2."""
    scaled, _ = _spread(x)
    return _shares(scaled.std(axis=0))


def merec(x: Array) -> Array:
    """What the overall performance loses when an indicator is removed, as shares. x: above zero.

    Source: Keshavarz-Ghorabaee et al. 2021, Symmetry 13(4):525, equations 1 to 6, benefit criteria.
    """
    table = whole_table(x, positive=True)
    logs = np.abs(np.log(table.min(axis=0) / table))
    count = table.shape[1]
    whole = np.log1p(logs.sum(axis=1) / count)
    without = np.log1p((logs.sum(axis=1, keepdims=True) - logs) / count)
    return _shares(np.abs(without - whole[:, None]).sum(axis=0))


def pca(x: Array) -> Array:
    """Share of each indicator's variance that the kept components explain (its communality), as shares.

    Components of the correlation matrix with an eigenvalue of at least 1 are kept, and always the first. Communality
    does not depend on the rotation. Source: OECD/JRC 2008, step 6.1 (Nicoletti et al. 2000).
    """
    scaled, live = _spread(x)
    found = np.zeros(len(live))
    if live.sum() == 1:
        found[live] = 1.0
    elif live.any():
        values, vectors = np.linalg.eigh(np.corrcoef(scaled[:, live], rowvar=False))
        kept = values >= min(1.0, values[-1])
        found[live] = (vectors[:, kept] ** 2 * values[kept]).sum(axis=1)
    return _shares(found)


def bod(x: Array) -> Array:
    """Mean over cities of the weights with which each looks best (benefit of the doubt), each set scaled to sum one.

    x: zero or more, scaled by its column maximum first so that units don't matter. Source: Melyn & Moesen 1991;
    Cherchye et al. 2007, Social Indicators Research 82:111-145.
    """
    table = whole_table(x)
    found = benefit_of_the_doubt(table).weights * table.max(axis=0)
    sums = found.sum(axis=1, keepdims=True)
    # A city with nothing looks alike under all weights, and says nothing.
    return _shares(np.divide(found, sums, out=np.zeros_like(found), where=sums > 0).sum(axis=0))


METHODS: dict[str, Callable[[Array], Array]] = {
    "equal": equal,
    "entropy": entropy,
    "critic": critic,
    "pca": pca,
    "std": std,
    "merec": merec,
    "bod": bod,
    "equal_importance": equal_importance,
}


def _shares(found: Array) -> Array:
    return shares(found, len(found)) if found.sum() > 0 else found


def _spread(x: Array) -> tuple[Array, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Min-max values (0 where a column has no spread), and which columns have one."""
    columns = np.ascontiguousarray(whole_table(x, least_rows=2).T)  # a row an indicator is quicker to go through
    low, reach = columns.min(axis=1, keepdims=True), np.ptp(columns, axis=1)
    live = reach > 0
    scaled = np.where(live[:, None], (columns - low) / np.where(live, reach, 1.0)[:, None], 0.0)
    return scaled.T, live

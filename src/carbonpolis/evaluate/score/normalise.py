"""Normalisation: indicators of any unit onto one scale where more is better. A choice is a row of METHODS.

Source: OECD/JRC 2008, Handbook on Constructing Composite Indicators, step 5 and table 3. In all of them
a missing value (NaN) stays missing, and an indicator without spread tells no city apart: every city gets the middle of
the scale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.evaluate.score.ranks import mean_rank
from carbonpolis.evaluate.score.validation import Array, chosen, no_infinity


def normalise(x: ArrayLike, method: str = "minmax", direction: ArrayLike = 1, **options: Any) -> Array:
    """One indicator (cities) or a table (cities x indicators) on a common scale, more is better.

    direction: +1 or -1, one for all or one an indicator. options: those of the method. Returns the shape of x.
    Raises ValueError for an unknown method or option, another direction, or an infinite cell.
    """
    table = no_infinity(x)
    columns = table[:, None] if table.ndim == 1 else table
    signs = np.broadcast_to(np.asarray(direction, dtype=np.float64), (columns.shape[1],))
    if not np.isin(signs, (-1.0, 1.0)).all():
        raise ValueError(f"a direction is +1 or -1, found {np.asarray(direction).tolist()}")
    try:
        result = chosen(METHODS, method, "normalisation")(columns, signs, **options)
    except TypeError as problem:
        raise ValueError(f"normalisation {method!r}: {problem}") from None
    return result[:, 0] if table.ndim == 1 else result


def minmax(
    x: Array,
    direction: Array,
    *,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    scale: tuple[float, float] = (0.0, 1.0),
) -> Array:
    """(x - low) / (high - low) on `scale`, turned for direction -1.

    low, high: goalposts in the indicator's unit, one for all or one an indicator; default the observed ends. With
    goalposts, values beyond them stand at the end of the scale. Source: OECD/JRC 2008, table 3, min-max.
    """
    bottom, top = _ends(x, low, np.fmin), _ends(x, high, np.fmax)
    if (bottom > top).any():
        raise ValueError("a lower goalpost lies above the upper one")
    spread = np.where(top > bottom, top - bottom, np.nan)
    share = np.where(direction > 0, x - bottom, top - x) / spread
    share = np.clip(_middle(share, x, spread, 0.5), 0.0, 1.0)
    return np.asarray(scale[0] + (scale[1] - scale[0]) * share, dtype=np.float64)


def zscore(x: Array, direction: Array, *, ddof: int = 0) -> Array:
    """(x - mean) / sd, turned for direction -1; no spread gives 0. Source: OECD/JRC 2008, table 3, standardisation."""
    mean, sd = _moments(x, ddof)
    return _middle(direction * (x - mean) / sd, x, sd, 0.0)


def rank(x: Array, direction: Array) -> Array:
    """1 for the worst city to n for the best, ties share their mean. Source: OECD/JRC 2008, table 3, ranking."""
    return mean_rank(direction * x)


def percentile(x: Array, direction: Array) -> Array:
    """Share of the observed cities that are no better, 0 to 1, ties share their mean: rank / n.

    Source: OECD/JRC 2008, table 3, percentile ranking.
    """
    count = np.isfinite(x).sum(axis=0)
    return rank(x, direction) / np.where(count > 0, count, np.nan)


def distance_to_target(
    x: Array, direction: Array, *, target: ArrayLike | None = None, base: ArrayLike | None = None, cap: bool = True
) -> Array:
    """Share of the way from `base` to `target` that is done; with `cap` between 0 and 1.

    target, base: in the indicator's unit, one for all or one an indicator; default the best and the worst value
    observed. Source: Becker et al. 2022 (COINr), distance to target; OECD/JRC 2008, table 3, distance to a reference.
    """
    worst, best = _ends(x, None, np.fmin), _ends(x, None, np.fmax)
    start = np.where(direction > 0, worst, best) if base is None else _ends(x, base, np.fmin)
    goal = np.where(direction > 0, best, worst) if target is None else _ends(x, target, np.fmax)
    way = np.where(goal != start, goal - start, np.nan)
    done = _middle((x - start) / way, x, way, 0.5)
    return np.clip(done, 0.0, 1.0) if cap else done


def sigmoid(x: Array, direction: Array, *, steepness: float = 1.0, midpoint: ArrayLike | None = None) -> Array:
    """1 / (1 + exp(-steepness z)), z = (x - midpoint) / sd, turned for direction -1; no spread gives 0.5.

    midpoint: default the mean. Source: the logistic function (Verhulst 1845) on standardised values.
    """
    mean, sd = _moments(x, 0)
    centre = mean if midpoint is None else _ends(x, midpoint, np.fmin)
    z = _middle(direction * (x - centre) / sd, x, sd, 0.0)
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-steepness * z)), dtype=np.float64)


METHODS: dict[str, Callable[..., Array]] = {
    "minmax": minmax,
    "zscore": zscore,
    "rank": rank,
    "percentile": percentile,
    "distance_to_target": distance_to_target,
    "sigmoid": sigmoid,
}


def _ends(x: Array, given: ArrayLike | None, reach: np.ufunc) -> Array:
    """One goalpost an indicator: as given, or the observed end (NaN where nothing is observed)."""
    if given is None:
        found: Array = reach.reduce(x, axis=0) if len(x) else np.full(x.shape[1], np.nan)
        return found
    goalposts = np.broadcast_to(np.asarray(given, dtype=np.float64), (x.shape[1],))
    if not np.isfinite(goalposts).all():
        raise ValueError("a goalpost is missing or infinite")
    return goalposts


def _moments(x: Array, ddof: int) -> tuple[Array, Array]:
    """Mean and standard deviation of what is observed; a standard deviation of zero is NaN."""
    seen = np.isfinite(x)
    count = seen.sum(axis=0)
    mean = np.where(seen, x, 0.0).sum(axis=0) / np.where(count > 0, count, np.nan)
    squares = np.where(seen, (x - mean) ** 2, 0.0).sum(axis=0)
    variance = squares / np.where(count > ddof, count - ddof, np.nan)
    # What is left of a constant column after rounding is no spread.
    flat = variance <= (1e-14 * np.maximum(np.abs(mean), 1e-300)) ** 2
    return mean, np.where(flat, np.nan, np.sqrt(variance))


def _middle(result: Array, x: Array, spread: Array, middle: float) -> Array:
    flat: NDArray[np.bool_] = np.isfinite(x) & ~np.isfinite(spread)
    return np.asarray(np.where(flat, middle, result), dtype=np.float64)

"""Treatment: outliers and skewed indicators, before they are normalised. A choice is a row of METHODS.

An indicator is in need of treatment when its skewness is beyond 2 and its excess kurtosis beyond 3.5 at once, both with
the small-sample correction: the rule of the JRC (OECD/JRC 2008, step 3; Becker et al. 2022, COINr, section "Treat").
Missing values stay missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from carbonpolis.evaluate.score.validation import Array, chosen, no_infinity

SKEWNESS, KURTOSIS = 2.0, 3.5
MOST_POINTS = 5  # points that the rule winsorises before it transforms; COINr's default
SHIFT = 0.01  # share of the range that the least value is put above zero before a logarithm; COINr's log_CT


@dataclass(frozen=True, slots=True)
class Treated:
    """values: shape of the input. done: what was done to each indicator, in words; empty where nothing was."""

    values: Array
    done: tuple[str, ...]


def treat(x: ArrayLike, method: str = "rule", **options: Any) -> Treated:
    """One indicator (cities) or a table (cities x indicators), treated column by column.

    Raises ValueError for an unknown method or option, an infinite cell, or one that a transformation can't take.
    """
    table = no_infinity(x)
    columns = table[:, None] if table.ndim == 1 else table
    one = chosen(METHODS, method, "treatment")
    values, done = columns.copy(), []
    for place in range(columns.shape[1]):
        seen = np.isfinite(columns[:, place])
        try:
            values[seen, place], words = one(columns[seen, place], **options)
        except TypeError as problem:
            raise ValueError(f"treatment {method!r}: {problem}") from None
        except ValueError as problem:
            raise ValueError(f"treatment {method!r}, indicator {place} (counted from 0): {problem}") from None
        done.append(words)
    return Treated(values[:, 0] if table.ndim == 1 else values, tuple(done))


def needs_treatment(x: Array) -> bool:
    """Whether what is observed is skewed beyond 2 and peaked beyond 3.5; never with less than four values."""
    seen = x[np.isfinite(x)]
    if len(seen) < 4 or float(np.ptp(seen)) <= 1e-12 * float(np.abs(seen).max()):
        return False
    tilt, peak = float(scipy.stats.skew(seen, bias=False)), float(scipy.stats.kurtosis(seen, bias=False))
    return abs(tilt) > SKEWNESS and peak > KURTOSIS


def none(x: Array) -> tuple[Array, str]:
    """As it is."""
    return x, ""


def winsorise(x: Array, *, low: float = 0.05, high: float = 0.95, points: int | None = None) -> tuple[Array, str]:
    """Values beyond the quantiles `low` and `high` are set to them; with `points`, so many of the most extreme values
    are set one after another to the next on their side, the one farther from the median first.

    Source: OECD/JRC 2008, step 3 (winsorisation); Tukey 1962.
    """
    if points is not None:
        found = x.copy()
        for _ in range(min(points, max(0, len(x) - 1))):
            found = _draw_in(found)
        return found, _moved(x, found)
    if not 0 <= low < high <= 1:
        raise ValueError(f"quantiles {low} and {high}; expected 0 <= low < high <= 1")
    found = np.clip(x, *np.quantile(x, [low, high])) if len(x) else x
    return found, _moved(x, found)


def box_cox(x: Array, *, power: float | None = None, shift: float = 0.0) -> tuple[Array, str]:
    """((x + shift) ** power - 1) / power, the logarithm for power 0; default the power of the greatest likelihood.

    Values plus shift must be above zero. Source: Box & Cox 1964, J. R. Stat. Soc. B 26:211, equation 1.
    """
    moved = x + shift
    if (moved <= 0).any():
        raise ValueError(f"{moved.min():g} can't be under a logarithm; give a shift of more than {0.0 - x.min():g}")
    if len(moved) < 2 or np.ptp(moved) <= 1e-12 * moved.max():
        return x, ""
    chosen_power = float(scipy.stats.boxcox_normmax(moved, method="mle")) if power is None else power
    logs = np.log(moved)
    found = logs if abs(chosen_power) < 1e-12 else np.expm1(chosen_power * logs) / chosen_power
    return found, f"Box-Cox with power {chosen_power:.3f}" + (f" after adding {shift:g}" if shift else "")


def rule(x: Array, *, points: int = MOST_POINTS) -> tuple[Array, str]:
    """Nothing if the indicator needs none; else up to `points` values winsorised; if that isn't enough, Box-Cox.

    The transformation is of the untreated values, moved so that the least is a hundredth of the range above zero.
    """
    if not needs_treatment(x):
        return x, ""
    found = x.copy()
    for _ in range(points):
        found = _draw_in(found)
        if not needs_treatment(found):
            return found, _moved(x, found)
    return box_cox(x, shift=SHIFT * float(np.ptp(x)) - float(x.min()))


METHODS: dict[str, Callable[..., tuple[Array, str]]] = {
    "none": none,
    "winsorise": winsorise,
    "box_cox": box_cox,
    "rule": rule,
}


def _draw_in(x: Array) -> Array:
    """The end that is farther from the median, set to the next value on its side."""
    values, middle = np.unique(x), np.median(x)
    if len(values) < 2:
        return x
    above = values[-1] - middle >= middle - values[0]
    drawn: Array = np.minimum(x, values[-2]) if above else np.maximum(x, values[1])
    return drawn


def _moved(before: Array, after: Array) -> str:
    count = int((before != after).sum())
    return f"{count} value{'s' if count != 1 else ''} winsorised" if count else ""

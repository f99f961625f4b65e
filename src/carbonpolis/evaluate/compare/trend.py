"""How a city's emissions move: slope, peak with a confidence, decoupling from its product, convergence of cities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]
RESAMPLES = 500
LEAST_YEARS = 5
PASSED = 3  # years after a top before it can be called a peak


@dataclass(frozen=True, slots=True)
class Trend:
    """slope: t a year (Theil-Sen), with its 95 % interval; p_value of no trend (Mann-Kendall); rate: % a year of the
    middle of the series."""

    slope: float
    low: float
    high: float
    p_value: float
    rate: float


@dataclass(frozen=True, slots=True)
class Peak:
    """year: of the top of the fitted rise and fall. confidence: that emissions rose to a top inside the series, at
    least three years before its end, and fell after it. low, high: central 90 % of the top's year."""

    year: int
    confidence: float
    low: int
    high: int

    @property
    def peaked(self) -> bool:
        """Whether it can be said that emissions have peaked."""
        return self.confidence >= 0.9


def trend(series: pd.Series[float]) -> Trend:
    """The trend of a yearly series. series: index year, t a year; needs three years. Missing years are no zeros.

    Sources: Theil 1950; Sen 1968, JASA 63:1379; Mann 1945, Econometrica 13:245.
    """
    years, values = _whole(series, 3)
    slope, _, low, high = scipy.stats.theilslopes(values, years, 0.95)
    middle = float(np.median(values))
    p = float(scipy.stats.kendalltau(years, values).pvalue)
    return Trend(
        float(slope),
        float(low),
        float(high),
        1.0 if np.isnan(p) else p,
        100 * float(slope) / middle if middle else np.nan,
    )


def peak(series: pd.Series[float], seed: int = 0) -> Peak:
    """When a yearly series peaked, and how sure that is. series: index year; needs five years.

    A broken line with its top in one of the years is fitted by least squares; residuals are drawn anew (with signs, so
    that their size may change over time: wild bootstrap). The confidence is the lesser of two: one less the chance that
    a straight line bends as much by accident, and the share of drawn series that rise, top out and fall. Sources:
    Hudson 1966, JASA 61:1097 (joined lines); Andrews 1993, Econometrica 61:821 (a break at an unknown place); Wu 1986,
    Annals of Statistics 14:1261 (wild bootstrap).
    """
    years, values = _whole(series, LEAST_YEARS)
    fits = np.array([_onto(_tent(years, top)) for top in years])
    straight = _onto(np.column_stack([np.ones_like(years), years - years.mean()]))
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (2, RESAMPLES, len(years)))
    fitted = _best(fits, values[None])[0]
    again = _best(fits, fitted + _residuals(values - fitted, 4) * signs[0])
    sure = float(_peaked(years, again).mean())
    line = straight @ values
    by_chance = _bends(years, fits, straight, line + _residuals(values - line, 2) * signs[1])
    observed = _bends(years, fits, straight, values[None])[0]
    unlikely = 1.0 - (1 + int((by_chance >= observed).sum())) / (RESAMPLES + 1)
    tops = years[again.argmax(axis=1)]
    low, high = np.percentile(tops, [5, 95], method="nearest")
    return Peak(int(years[fitted.argmax()]), min(sure, unlikely), int(low), int(high))


# Tapio's eight states by growth of product, growth of emissions and their ratio (elasticity).
def decoupling(emissions: tuple[float, float], product: tuple[float, float]) -> tuple[str, float]:
    """Tapio's state of decoupling and the elasticity, from first and last emissions and product, all above zero.

    Growth inside 0.8 to 1.2 of each other counts as coupled. Source: Tapio 2005, Transport Policy 12:137, figure 1.
    Raises ValueError for a value not above zero; elasticity is NaN where the product does not move.
    """
    if min(*emissions, *product) <= 0:
        raise ValueError("decoupling needs emissions and product above zero")
    change, growth = emissions[1] / emissions[0] - 1.0, product[1] / product[0] - 1.0
    if growth == 0:
        return ("no growth to compare with", float("nan"))
    ratio = change / growth
    if 0.8 <= ratio <= 1.2:
        return ("expansive coupling" if growth > 0 else "recessive coupling", ratio)
    if growth > 0:
        state = (
            "strong decoupling" if ratio < 0 else "weak decoupling" if ratio < 0.8 else "expansive negative decoupling"
        )
    else:
        state = (
            "strong negative decoupling"
            if ratio < 0
            else ("weak negative decoupling" if ratio < 0.8 else "recessive decoupling")
        )
    return (state, ratio)


def convergence(per_capita: pd.DataFrame) -> Mapping[str, float]:
    """Whether cities grow alike. per_capita: index city, columns years, above zero; needs four cities, two years.

    beta: slope of the yearly growth of logarithms on the first logarithm (below zero: high emitters fall faster), with
    beta_p; sigma_first, sigma_last: standard deviation of logarithms. Only cities known in the first and last year.
    Source: Barro & Sala-i-Martin 1992, Journal of Political Economy 100:223; Strazicich & List 2003 for emissions.
    """
    years = sorted(per_capita.columns)
    ends = per_capita[[years[0], years[-1]]].astype(float)
    whole = np.log(ends[(ends > 0).all(axis=1)].dropna().to_numpy(dtype=np.float64))
    if len(whole) < 4 or len(years) < 2:
        raise ValueError(f"{len(whole)} cities over {len(years)} years; expected at least 4 and 2")
    first, last = whole[:, 0], whole[:, 1]
    fit = scipy.stats.linregress(first, (last - first) / (float(years[-1]) - float(years[0])))
    return {
        "cities": float(len(whole)),
        "beta": float(fit.slope),
        "beta_p": float(fit.pvalue),
        "sigma_first": float(first.std(ddof=1)),
        "sigma_last": float(last.std(ddof=1)),
    }


def _whole(series: pd.Series[float], least: int) -> tuple[Array, Array]:
    known = series.dropna().sort_index()
    if len(known) < least:
        raise ValueError(f"{len(known)} years have a figure; expected at least {least}")
    return np.asarray(known.index, dtype=np.float64), np.asarray(known, dtype=np.float64)


def _tent(years: Array, top: float) -> Array:
    """Columns of a broken line that joins at the top."""
    columns = [np.ones_like(years), np.minimum(years - top, 0.0), np.maximum(years - top, 0.0)]
    return np.column_stack([c for c in columns if np.any(c)])


def _onto(basis: Array) -> Array:
    """The matrix that takes a series to its least-squares fit by the columns of a basis."""
    found: Array = basis @ np.linalg.pinv(basis)
    return found


def _residuals(left: Array, fitted: int) -> Array:
    """Widened for the numbers that were fitted."""
    found: Array = left * np.sqrt(len(left) / max(1, len(left) - fitted))
    return found


def _peaked(years: Array, fits: Array) -> NDArray[np.bool_]:
    """Which fits rise to a top at least three years before the end and fall after it; one that only falls does not."""
    rows, tops = np.arange(len(fits)), fits.argmax(axis=1)
    top = fits[rows, tops]
    found: NDArray[np.bool_] = (top > fits[:, 0]) & (years[tops] <= years[-1] - PASSED) & (fits[:, -1] < top)
    return found


def _bends(years: Array, fits: Array, straight: Array, series: Array) -> Array:
    """How much better a rise and fall fits each series than a straight line, as a share; 0 where it is no peak."""
    bent = _best(fits, series)
    errors = ((series - bent) ** 2).sum(axis=1)
    plain = ((series - series @ straight.T) ** 2).sum(axis=1)
    share = np.where(plain > 0, 1.0 - errors / np.where(plain > 0, plain, 1.0), 0.0)
    return np.where(_peaked(years, bent), share, 0.0)


def _best(fits: Array, series: Array) -> Array:
    """Of each series (rows) the fit with the least squared error; of equal ones the first."""
    each = np.einsum("tij,rj->tri", fits, series)
    errors = ((each - series) ** 2).sum(axis=2)
    errors = np.where(errors <= errors.min(axis=0) * (1 + 1e-9) + 1e-9, 0.0, 1.0)
    found: Array = each[errors.argmin(axis=0), np.arange(len(series))]
    return found

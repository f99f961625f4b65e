"""Where a city is heading: against a line to its target, against its share of what may still be emitted, and when it
would be neutral if it goes on like this."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonpolis.data import table

RESAMPLES = 500
Array = NDArray[np.float64]
NEVER = 2200  # a trend that reaches nothing before this year doesn't get there


@dataclass(frozen=True, slots=True)
class Budget:
    """A remaining carbon budget. warming: C above 1850-1900; chance of staying below; gt: Gt CO2 from the start of
    `year`; source."""

    warming: float
    chance: float
    year: int
    gt: float
    source: str


@dataclass(frozen=True, slots=True)
class Neutral:
    """Year when net emissions reach zero by their trend, and its range (central 90 %); None where it never comes."""

    year: int | None
    low: int | None
    high: int | None
    chance: float


def budgets() -> tuple[Budget, ...]:
    """Remaining budgets of the IPCC."""
    return tuple(
        Budget(float(r["warming_c"]), float(r["chance"]), int(r["from_year"]), float(r["gt_co2"]), r["source"])
        for r in table("carbon_budgets")
    )


def linear(base_year: int, base_t: float, target_year: int, target_t: float, year: int) -> float:
    """Emissions of a straight way from base to target, t a year; held at its ends. Raises ValueError for no way."""
    if target_year <= base_year:
        raise ValueError(f"a target of {target_year} that does not lie after its base year {base_year}")
    return float(np.interp(year, [base_year, target_year], [base_t, target_t]))


def budget_share(budget: Budget, population: float, world_population: float) -> float:
    """A city's part of a remaining budget by heads, t CO2 from the budget's year on.

    Equal shares per person are one rule of fairness among several (IPCC AR6 WG3 ch. 4 s. 4.2.2.7); shares by past
    emissions give less to whoever emitted little.
    """
    if not 0 < population <= world_population:
        raise ValueError(f"{population:g} persons of {world_population:g}")
    return budget.gt * 1e9 * population / world_population


def cut_to_fit(emissions_t: float, left_t: float) -> float:
    """The constant yearly cut, as a share, with which all future emissions just use up what is left.

    E + E(1 - c) + E(1 - c)^2 + ... = left gives c = E / left; 1 where one year takes it all, 0 for no emissions.
    """
    if emissions_t <= 0:
        return 0.0
    return 1.0 if left_t <= emissions_t else emissions_t / left_t


def neutrality(net: pd.Series[float], seed: int = 0) -> Neutral:
    """When net emissions reach zero if they go on as they did. net: index year, t a year, removals subtracted; needs
    five years.

    Theil-Sen line through the medians; its range by drawing pairs of (year, figure) anew (Efron 1979). chance: share of
    drawn lines that get there before 2200.
    """
    known = net.dropna().sort_index()
    if len(known) < 5:
        raise ValueError(f"{len(known)} years have a figure; expected at least 5")
    years: Array = np.asarray(known.index, dtype=np.float64)
    values: Array = np.asarray(known, dtype=np.float64)
    if values[-1] <= 0:
        last = int(years[-1])
        return Neutral(last, last, last, 1.0)
    drawn = np.random.default_rng(seed).integers(len(years), size=(RESAMPLES, len(years)))
    zeros = _zeros(years[drawn], values[drawn], years[-1])
    there = zeros[~np.isnan(zeros)]
    low, high = np.percentile(there, [5, 95], method="nearest")
    own = float(_zeros(years[None], values[None], years[-1])[0])
    return Neutral(_year(own), _year(low), _year(high), float(np.isfinite(there).mean()))


def _zeros(years: Array, values: Array, last: float) -> Array:
    """Year in which the Theil-Sen line of each row reaches zero; infinite where it doesn't before NEVER, NaN for a row
    of one year alone."""
    one, other = np.triu_indices(years.shape[1], 1)
    apart = years[:, other] - years[:, one]
    slopes = np.divide(values[:, other] - values[:, one], apart, out=np.full(apart.shape, np.nan), where=apart != 0)
    alone = np.isnan(slopes).all(axis=1)
    slopes[alone] = 0.0
    slope = np.nanmedian(slopes, axis=1)
    level = np.median(values, axis=1) - slope * np.median(years, axis=1)
    falling = slope < 0
    zero = np.where(falling, -level / np.where(falling, slope, -1.0), np.inf)
    zero = np.where(zero < NEVER, np.maximum(zero, last), np.inf)
    return np.where(alone, np.nan, zero)


def _year(value: float) -> int | None:
    return int(np.ceil(value)) if np.isfinite(value) else None

"""What certification takes off for uncertainty and for harvest: pure statistics, whatever the rule book.

The deductions that a rule book of the registry states with its own figures are the registry's; here are those of the
CDM's and ART's form, whose figures stand in data/deduction_steps.csv, and the long-term average under harvest.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.data import table
from carbonpolis.measure.estimate import Estimate


def half_width_percent(measured: Estimate, level: float = 0.90) -> Any:
    """U: half of the two-sided interval in % of the mean's size (VCS Methodology Requirements v4.4 s. 2.4)."""
    return 100.0 * measured.relative_uncertainty(level)


def discounted(mean: float, half_width: float, *, baseline: bool = False) -> float:
    """The conservative figure of AR-TOOL14 appendix 2: the mean less a share of its half-width, or more in a baseline.

    mean: above 0, any unit. half_width: of the two-sided 90 % interval, the same unit. The share rises with U =
    half_width / mean in steps: see `discount_share`. Raises ValueError for a mean that is not above 0.
    """
    if not (mean > 0 and half_width >= 0 and math.isfinite(mean + half_width)):
        raise ValueError(
            f"mean = {mean}, half_width = {half_width}; expected a mean above 0 and a half-width of 0 or more"
        )
    taken = discount_share(100.0 * half_width / mean) * half_width
    return mean + taken if baseline else mean - taken


def discount_share(percent: float) -> float:
    """Share of U that AR-TOOL14 takes off at an uncertainty of `percent`, 0 to 1."""
    if not percent >= 0:
        raise ValueError(f"an uncertainty of {percent} %; expected 0 or more")
    return next(share for limit, share in _steps("cdm_ar_tool14") if percent <= limit)


def art_trees_factor(half_width_90_percent: float) -> float:
    """Uncertainty adjustment of ART TREES 2.0: 0.524417 x HW / 1.645006, HW the half-width of the 90 % interval.

    half_width_90_percent: in % of the mean, 0 or more. Returns the share of the reductions that is taken off.
    """
    if not half_width_90_percent >= 0:
        raise ValueError(f"a half-width of {half_width_90_percent} %; expected 0 or more")
    (_, factor), (_, z90) = _steps("art_trees_2")
    return half_width_90_percent / 100.0 * factor / z90


def whole_cycles(crediting_years: int, cycle_years: int) -> int:
    """Years over which the average is taken: whole harvest cycles that cover the crediting period.

    VCS Standard v4.7 s. 3.2.28 to 3.2.30; printed there: 40 years and cycles of 12 make 48.
    """
    if crediting_years < 1 or cycle_years < 1:
        raise ValueError(
            f"crediting_years = {crediting_years}, cycle_years = {cycle_years}; expected 1 or more of both"
        )
    return math.ceil(crediting_years / cycle_years) * cycle_years


def long_term_average(project: ArrayLike, baseline: ArrayLike) -> float:
    """LA = sum over years of (PE_t - BE_t) / n: the mean carbon benefit over full harvest cycles, t CO2e.

    project, baseline: cumulative stock of carbon in each year, t CO2e, as many years as `whole_cycles` says.
    """
    benefit = np.asarray(project, dtype=np.float64) - np.asarray(baseline, dtype=np.float64)
    if benefit.ndim != 1 or not len(benefit) or not np.all(np.isfinite(benefit)):
        raise ValueError("project and baseline: expected one finite figure a year in both, as many years")
    return float(benefit.mean())


def creditable(benefit: ArrayLike, average: float) -> NDArray[np.float64]:
    """Credits of each year when the benefit grows but may never be credited above its long-term average, t CO2e.

    benefit: cumulative benefit in each year, t CO2e. Each year credits what the smaller of benefit and average has
    gained over what was credited before; nothing is taken back here: a loss is a reversal, the registry's matter.
    """
    reached = np.minimum(np.asarray(benefit, dtype=np.float64), average)
    credited = np.maximum.accumulate(np.concatenate([[0.0], reached]))
    return np.diff(np.maximum(credited, 0.0))


@cache
def _steps(rule: str) -> tuple[tuple[float, float], ...]:
    rows = [row for row in table("deduction_steps") if row["rule"] == rule]
    return tuple((float(row["up_to"] or "inf"), float(row["share"])) for row in rows)

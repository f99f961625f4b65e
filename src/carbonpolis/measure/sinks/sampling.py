"""Plots in the forest: stratified means with their error, and how many plots a precision takes.

CDM A/R methodological tools: AR-TOOL14 (carbon stocks in trees and shrubs), stratified random sampling; AR-AM-TOOL-03
v2.1.0 (number of sample plots). Formulas as remembered; the statistics are those of Cochran 1977, Sampling Techniques,
ch. 5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.bounds import within


@dataclass(frozen=True, slots=True)
class StratifiedMean:
    """mean and standard_error per hectare, `unit`; dof: plots less strata; area_ha: of all strata."""

    mean: float
    standard_error: float
    dof: int
    area_ha: float
    unit: str

    def half_width(self, level: float = 0.90) -> float:
        """Half of the two-sided interval of the mean, by Student's t with `dof` degrees of freedom."""
        within("half_width", "level", level, "", 1e-9, 1 - 1e-9)
        return float(scipy.stats.t.ppf(0.5 + level / 2, self.dof)) * self.standard_error

    def uncertainty(self, level: float = 0.90) -> float:
        """u: the half-width as a share of the mean; infinite at a mean of 0 (AR-TOOL14)."""
        return self.half_width(level) / abs(self.mean) if self.mean else math.inf

    @property
    def per_ha(self) -> Estimate:
        """The mean as an estimate, `unit`."""
        return Estimate(self.mean, self.standard_error, self.unit)

    @property
    def total(self) -> Estimate:
        """The mean times the area: the unit is `unit` without its "/ha"."""
        return Estimate(self.mean * self.area_ha, self.standard_error * self.area_ha, self.unit.removesuffix("/ha"))


def stratified_mean(
    plots: Sequence[ArrayLike], areas_ha: ArrayLike, unit: str = "t d.m./ha", *, plot_ha: float | None = None
) -> StratifiedMean:
    """b = sum w_i b_i and its variance sum w_i^2 s_i^2 / n_i over strata; w_i: share of the area.

    plots: values per hectare, an array a stratum, two or more plots in each. areas_ha: of the strata. plot_ha: area of
    one plot; when given, the variance gets the finite population correction 1 - n_i / N_i. Raises ValueError naming the
    stratum at fault.
    """
    areas = np.atleast_1d(within("strata", "areas_ha", areas_ha, "ha", low=1e-9))
    if len(plots) != len(areas):
        raise ValueError(f"strata: plots of {len(plots)} strata and {len(areas)} areas; expected as many of both")
    means, variances, counts = np.empty(len(areas)), np.empty(len(areas)), np.empty(len(areas), dtype=int)
    for number, given in enumerate(plots):
        values = np.atleast_1d(within(f"stratum {number + 1}", "plots", given, unit, low=-1e12))
        if len(values) < 2:
            raise ValueError(f"stratum {number + 1}: {len(values)} plot; expected 2 or more, to know the spread")
        means[number], variances[number], counts[number] = values.mean(), values.var(ddof=1), len(values)
    weights = areas / areas.sum()
    shrink = np.ones(len(areas)) if plot_ha is None else np.maximum(0.0, 1.0 - counts * plot_ha / areas)
    variance = float(np.sum(weights**2 * variances / counts * shrink))
    dof = int(counts.sum() - len(areas))
    return StratifiedMean(float(weights @ means), math.sqrt(variance), dof, float(areas.sum()), unit)


def plots_needed(
    areas_ha: ArrayLike, sds: ArrayLike, margin: float, *, plot_ha: float | None = None, level: float = 0.90
) -> NDArray[np.int64]:
    """Plots in each stratum so that the mean is known to +- margin at `level` (AR-AM-TOOL-03).

    n = N t^2 (sum w s)^2 / (N E^2 + t^2 sum w s^2), shared out as n_i = n w_i s_i / sum w s, each rounded up and at
    least two. areas_ha: of the strata. sds: of plots in each, per hectare. margin: E, the unit of sds. plot_ha: area of
    a plot, so that N = area / plot_ha; without it n = (t / E)^2 (sum w s)^2, for plots that are a small part of the
    land. t: two-sided, at infinite degrees of freedom. Raises ValueError for a margin or spread that is not positive.
    """
    areas = np.atleast_1d(within("plots", "areas_ha", areas_ha, "ha", low=1e-9))
    spread = np.atleast_1d(within("plots", "sds", sds, "per ha"))
    if areas.shape != spread.shape:
        raise ValueError(f"plots: {len(areas)} areas and {len(spread)} standard deviations; expected as many of both")
    wanted = within("plots", "margin", margin, "per ha", low=1e-12)
    t = NormalDist().inv_cdf(0.5 + within("plots", "level", level, "", 1e-9, 1 - 1e-9) / 2)
    weights = areas / areas.sum()
    pooled = float(weights @ spread)
    if plot_ha is None:
        total = (t / wanted) ** 2 * pooled**2
    else:
        possible = float(areas.sum()) / within("plots", "plot_ha", plot_ha, "ha", low=1e-9)
        total = possible * (t * pooled) ** 2 / (possible * wanted**2 + t**2 * float(weights @ spread**2))
    shares = total * weights * spread / pooled if pooled else np.zeros(len(areas))
    whole: NDArray[np.int64] = np.maximum(np.ceil(np.round(shares, 9)), 2).astype(np.int64)
    return whole

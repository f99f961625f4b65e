"""Growth of planted stands: the Chapman-Richards curve, its fit to measurements, and yield tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks import biomass
from carbonpolis.measure.sinks.bounds import within
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import CONTINENTS, ecological_zones, forest_growth, parameter

FARTHEST = 10.0  # an asymptote more than ten times above every plot is no finding, but a straight line's wish


def chapman_richards(age: ArrayLike, a: float, k: float, p: float) -> Any:
    """Stand volume (or biomass) at `age`: a (1 - e^(-k age))^p.

    age: years, 0 or more, any shape. a: asymptote, in the unit of the result. k: growth rate, 1/year, above 0.
    p: shape, above 0. Returns the unit of `a`, shape of `age`. Raises ValueError for values outside.
    Source: Richards 1959, J. Exp. Bot. 10:290-301; Chapman 1961.
    """
    years = np.asarray(age, dtype=np.float64)
    if np.any(~(years >= 0)):
        raise ValueError("an age below 0 years has no stand; expected 0 or more")
    if not (k > 0 and p > 0):
        raise ValueError(f"growth rate k = {k} and shape p = {p}; expected both above 0")
    grown = a * (1.0 - np.exp(-k * years)) ** p
    return grown if grown.ndim else float(grown)


@dataclass(frozen=True, slots=True)
class GrowthFit:
    """A Chapman-Richards curve fitted to measurements.

    parameters: a (unit of the measurements), k (1/year), p. covariance: theirs, 3 x 3. residual_sd: of a measurement
    about the curve. dof: measurements less three. unit: of the measurements.
    """

    parameters: NDArray[np.float64]
    covariance: NDArray[np.float64]
    residual_sd: float
    dof: int
    unit: str

    @property
    def a(self) -> Estimate:
        """The asymptote."""
        return self._parameter(0, self.unit)

    @property
    def k(self) -> Estimate:
        """The growth rate, 1/year."""
        return self._parameter(1, "1/year")

    @property
    def p(self) -> Estimate:
        """The shape."""
        return self._parameter(2, "")

    def at(self, age: ArrayLike) -> Estimate:
        """The curve at `age`, years, with the standard deviation of the mean curve (delta method)."""
        gradient = self._gradient(age)
        return self._along(chapman_richards(age, *self.parameters), gradient)

    def growth(self, start: ArrayLike, end: ArrayLike) -> Estimate:
        """What the stand gains between two ages; the errors of the two ends go together, since the curve is one."""
        gain = chapman_richards(end, *self.parameters) - chapman_richards(start, *self.parameters)
        return self._along(gain, self._gradient(end) - self._gradient(start))

    def interval(self, age: ArrayLike, level: float = 0.95, *, stand: bool = False) -> tuple[Any, Any]:
        """Two-sided interval of the mean curve, or of one measured stand (`stand`), by Student's t."""
        at = self.at(age)
        sd = np.hypot(at.sd, self.residual_sd) if stand else at.sd
        reach = float(scipy.stats.t.ppf(0.5 + within("interval", "level", level, "", 1e-9, 1 - 1e-9) / 2, self.dof))
        return at.mean - reach * sd, at.mean + reach * sd

    def _parameter(self, which: int, unit: str) -> Estimate:
        return Estimate(float(self.parameters[which]), float(np.sqrt(self.covariance[which, which])), unit)

    def _gradient(self, age: ArrayLike) -> NDArray[np.float64]:
        a, k, p = self.parameters
        years = np.asarray(age, dtype=np.float64)
        decay = np.exp(-k * years)
        base = 1.0 - decay
        with np.errstate(divide="ignore", invalid="ignore"):
            by_k = np.where(base > 0, a * p * base ** (p - 1.0) * years * decay, 0.0)
            by_p = np.where(base > 0, a * base**p * np.log(base), 0.0)
        return np.stack([base**p, by_k, by_p], axis=-1)

    def _along(self, mean: Any, gradient: NDArray[np.float64]) -> Estimate:
        variance = np.einsum("...i,ij,...j->...", gradient, self.covariance, gradient)
        sd = np.sqrt(np.maximum(variance, 0.0))
        return Estimate(mean, sd if sd.ndim else float(sd), self.unit)


def fit_chapman_richards(age: ArrayLike, measured: ArrayLike, unit: str, *, sd: ArrayLike | None = None) -> GrowthFit:
    """Least squares fit of the curve to plots of known age.

    age: years, above 0. measured: volume or biomass, `unit`. sd: of each measurement, the same unit; when given they
    weigh the plots and set the size of the errors, else the scatter about the curve does. Raises ValueError for fewer
    than five plots or three different ages, and when the plots don't show where growth slows down, so that the
    asymptote can't be told.
    """
    years = np.atleast_1d(within("fit", "age", age, "years", low=1e-6))
    values = np.atleast_1d(within("fit", "measured", measured, unit))
    if years.shape != values.shape or years.ndim != 1:
        raise ValueError(f"fit: {years.size} ages and {values.size} measurements; expected one age a measurement")
    if len(years) < 5 or len(np.unique(years)) < 3:
        raise ValueError(
            f"fit: {len(years)} plots of {len(np.unique(years))} ages; expected 5 or more plots of 3 or more ages"
        )
    spread = None if sd is None else np.broadcast_to(within("fit", "sd", sd, unit, low=1e-12), years.shape)
    guess = (1.2 * float(values.max()) + 1e-9, 2.0 / float(years.max()), 1.5)
    vague = "fit: the plots don't tell the asymptote; add older stands, or give the curve"
    try:
        with np.errstate(all="ignore"):
            found, covariance = scipy.optimize.curve_fit(
                lambda t, a, k, p: a * (-np.expm1(-k * t)) ** p,
                years,
                values,
                p0=guess,
                sigma=spread,
                absolute_sigma=spread is not None,
                bounds=([0.0, 1e-6, 0.05], [np.inf, 5.0, 20.0]),
                maxfev=20_000,
            )
    except (RuntimeError, scipy.optimize.OptimizeWarning):
        raise ValueError(vague) from None
    unknown = not np.all(np.isfinite(covariance)) or covariance[0, 0] > found[0] ** 2
    if unknown or found[0] > FARTHEST * values.max():
        raise ValueError(vague)
    dof = len(years) - 3
    residual = values - chapman_richards(years, *found)
    return GrowthFit(found, covariance, float(np.sqrt(np.sum(residual**2) / dof)), dof, unit)


@dataclass(frozen=True, slots=True)
class YieldTable:
    """Stand volume or biomass at given ages, read in between by straight lines from nothing at age 0.

    ages: years, rising, above 0. values: `unit`, one an age. Raises ValueError where they don't.
    """

    ages: tuple[float, ...]
    values: tuple[float, ...]
    unit: str

    def __post_init__(self) -> None:
        ages, values = np.asarray(self.ages, dtype=float), np.asarray(self.values, dtype=float)
        within("yield table", "values", values, self.unit)
        if ages.shape != values.shape or not len(ages) or ages[0] <= 0 or np.any(np.diff(ages) <= 0):
            raise ValueError(f"yield table: ages {self.ages}; expected rising, above 0, one a value ({len(values)})")

    def at(self, age: ArrayLike) -> Any:
        """The value at an age, years. Raises ValueError past the table's last age: a table says nothing there."""
        years = within("yield table", "age", age, "years", high=self.ages[-1])
        read = np.interp(years, (0.0, *self.ages), (0.0, *self.values))
        return read if np.ndim(years) else float(read)

    def growth(self, start: ArrayLike, end: ArrayLike) -> Any:
        """What the stand gains between two ages, years; below zero after a thinning."""
        return self.at(end) - self.at(start)


def stand_removal(
    area_ha: Any,
    age_years: Any,
    asymptote: Any,
    rate: Any,
    shape: Any,
    asymptote_sd: Any,
    ecological_zone: str,
    continent: str,
) -> Estimate:
    """The growth of the last year by a Chapman-Richards curve of above-ground biomass, t CO2/year.

    The increment is proportional to the asymptote, so its relative error is the increment's; rate and shape count as
    exact. Root-to-shoot ratio: planted or else young forest of the zone; carbon fraction: table 4.3.
    """
    try:
        _, roots = forest_growth(ecological_zone, "planted", continent)
    except ValueError:
        _, roots = forest_growth(ecological_zone, "young", continent)
    now, before = (1.0 - np.exp(-rate * age) for age in (age_years, np.maximum(np.subtract(age_years, 1.0), 0.0)))
    gained = Estimate(asymptote, asymptote_sd, "") * (now**shape - before**shape)
    whole = gained * biomass.one_plus(roots) * parameter("carbon_fraction", "forest") * area_ha * CO2_PER_C
    mean, sd = (each if np.ndim(each) else float(each) for each in (whole.mean, whole.sd))
    return Estimate(mean, sd, REMOVAL_UNIT)


MODELS = (
    Model(
        "afforestation_growth",
        "forest",
        (
            Input("area_ha", "ha", "planted area of one age"),
            Input("age_years", "years", "age at the end of the year that is measured", default=10.0, high=500.0),
            Input("asymptote", "t d.m./ha", "above-ground biomass of the full-grown stand", default=150.0, high=2000.0),
            Input("rate", "1/year", "growth rate k of the curve", default=0.05, low=1e-6, high=5.0),
            Input("shape", "exponent", "shape p of the curve", default=1.5, low=0.05, high=20.0),
            Input("asymptote_sd", "t d.m./ha", "standard deviation of the asymptote, from the fit", default=50.0),
            Input(
                "ecological_zone",
                "",
                "FAO ecological zone, for the roots",
                default="temperate_continental_forest",
                choices=ecological_zones(),
            ),
            Input("continent", "", "for the 2019 defaults of a continent", default="any", choices=CONTINENTS),
        ),
        "Richards 1959, J. Exp. Bot. 10:290; IPCC 2006 Guidelines vol. 4 ch. 2 eq. 2.9, 2.10; ch. 4 tables 4.3, 4.4",
        stand_removal,
    ),
)

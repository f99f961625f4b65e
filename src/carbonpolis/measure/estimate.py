"""A measured quantity: mean, standard deviation, unit; with the arithmetic of independent errors.

Propagation: IPCC 2006 volume 1 chapter 3, equations 3.1 (products: relative variances add) and 3.2 (sums: variances
add); approach 1, for errors that are independent and roughly normal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Number = float | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """mean and sd (not negative): floats, or arrays of one shape; unit: text such as "t CO2/year"."""

    mean: Any
    sd: Any
    unit: str

    # so that an array times an estimate is one estimate of an array, not an array of estimates
    __array_ufunc__: ClassVar[None] = None

    def __post_init__(self) -> None:
        if np.any(np.asarray(self.sd) < 0):
            raise ValueError(f"a standard deviation of {self.sd} {self.unit} is below 0")

    def __add__(self, other: Estimate) -> Estimate:
        self._same_unit(other)
        return Estimate(self.mean + other.mean, np.hypot(self.sd, other.sd), self.unit)

    def __radd__(self, other: object) -> Estimate:
        """The built-in `sum` starts from the plain number 0, which is 0 in every unit; any other number has none."""
        if isinstance(other, int) and other == 0:
            return self
        raise TypeError(f"{other!r} has no unit; only another estimate can be added to {self.unit}")

    def __sub__(self, other: Estimate) -> Estimate:
        self._same_unit(other)
        return Estimate(self.mean - other.mean, np.hypot(self.sd, other.sd), self.unit)

    def __mul__(self, other: Estimate | Number) -> Estimate:
        if not isinstance(other, Estimate):
            return Estimate(self.mean * other, self.sd * np.abs(other), self.unit)
        sd = np.hypot(self.sd * other.mean, other.sd * self.mean)
        return Estimate(self.mean * other.mean, sd, _product(self.unit, other.unit))

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Estimate:
        return self * (1 / other)

    def __neg__(self) -> Estimate:
        return Estimate(-self.mean, self.sd, self.unit)

    def _same_unit(self, other: Estimate) -> None:
        if not isinstance(other, Estimate):
            raise TypeError(f"{other!r} has no unit; only another estimate can be added to {self.unit}")
        if other.unit != self.unit:
            raise ValueError(f"{self.unit!r} and {other.unit!r} can't be added; convert one of them first")

    @property
    def relative_sd(self) -> Any:
        """Standard deviation as a share of the mean's size; infinite at a mean of 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.divide(self.sd, np.abs(self.mean))

    def relative_uncertainty(self, level: float = 0.95) -> Any:
        """Half of the two-sided interval as a share of the mean's size: U of IPCC 2006 vol. 1 ch. 3, there in %."""
        return self.relative_sd * _quantile(0.5 + _checked(level) / 2)

    def interval(self, level: float = 0.95) -> tuple[Any, Any]:
        """Two-sided interval of a normal quantity, low and high; level between 0 and 1, else ValueError."""
        reach = _quantile(0.5 + _checked(level) / 2)
        return self.mean - reach * self.sd, self.mean + reach * self.sd

    def lower(self, level: float = 0.90) -> Any:
        """One-sided bound that a normal quantity exceeds with probability `level`: the conservative figure."""
        return self.mean - _quantile(_checked(level)) * self.sd


def total(estimates: Iterable[Estimate], unit: str | None = None) -> Estimate:
    """The sum of independent estimates of one unit; 0 of `unit` for none.

    Raises ValueError naming both units where they differ, or when there are none to sum and no unit is given.
    """
    given = list(estimates)
    if not given and unit is None:
        raise ValueError("no estimates to sum and no unit; give unit=, as 't CO2/year', to get 0 of it")
    summed = Estimate(0.0, 0.0, given[0].unit if unit is None else unit)
    for each in given:
        summed = summed + each
    return summed


def by_models(estimates: Iterable[tuple[str, Estimate]], unit: str = "t CO2/year") -> Estimate:
    """The sum of removals, each with the name of the model that measured it; 0 of `unit` for none.

    What one model measures shares its factors, so those errors are taken as fully correlated and their sds add (IPCC
    2006 vol. 1 ch. 3.2.3); different models err independently.
    """
    sums: dict[str, tuple[float, float]] = {}
    for model, each in estimates:
        mean, sd = sums.get(model, (0.0, 0.0))
        sums[model] = mean + float(each.mean), sd + float(each.sd)
    return total((Estimate(mean, sd, unit) for mean, sd in sums.values()), unit)


def from_range(low: float, high: float, unit: str, *, mean: float | None = None) -> Estimate:
    """An estimate from a published 95 % range, read as mean -+ 1.96 sd; the mean is the middle unless given."""
    if high < low:
        raise ValueError(f"a range from {low} to {high} {unit} is upside down")
    middle = (low + high) / 2 if mean is None else mean
    return Estimate(middle, (high - low) / (2 * _quantile(0.975)), unit)


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"a level of {level} is no probability; expected more than 0 and less than 1, as 0.95")
    return level


def _quantile(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


def _product(one: str, other: str) -> str:
    return " ".join(part for part in (one, other) if part)

"""Potential: what treeable wasteland (S31) could take up, year by year."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.forest import gain_loss


def planted(area_ha: float, ecological_zone: str) -> Estimate:
    """Yearly removal once `area_ha` of wasteland is young forest, t CO2/year. Raises ValueError as the model does."""
    return gain_loss(area_ha, ecological_zone, "young", 0.0)


def planting_curve(area_ha: float, ecological_zone: str, *, years: int, planting_years: int) -> NDArray[np.float64]:
    """Removal in each of `years` when equal shares of the area are planted in the first `planting_years`, t CO2/year.

    A share counts from the year after it was planted.
    """
    if years < 1 or planting_years < 1:
        raise ValueError(f"years = {years}, planting_years = {planting_years}; expected 1 or more of both")
    share: Any = np.clip(np.arange(years) / planting_years, 0.0, 1.0)
    curve: NDArray[np.float64] = share * float(planted(area_ha, ecological_zone).mean)
    return curve

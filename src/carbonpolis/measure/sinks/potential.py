"""Potential: what treeable wasteland (S31) could take up, year by year."""

from __future__ import annotations

import numpy as np

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.forest import gain_loss
from carbonpolis.measure.sinks.model import REMOVAL_UNIT

YOUNG_YEARS = 20  # IPCC 2006 vol. 4 table 4.9 parts growth at 20 years


def planted(area_ha: float, ecological_zone: str) -> Estimate:
    """Yearly removal once `area_ha` of wasteland is young forest, t CO2/year. Raises ValueError as the model does."""
    return gain_loss(area_ha, ecological_zone, "young", 0.0)


def planting_curve(area_ha: float, ecological_zone: str, *, years: int, planting_years: int) -> Estimate:
    """Removal in each of `years` when equal shares of the area are planted in the first `planting_years`, t CO2/year.

    A share grows from the year after it was planted, as young forest for 20 years and as old forest after. mean and sd
    have one value a year. All shares of one age class share one growth factor, so their errors add in full; the factors
    of the two classes are independent. Raises ValueError for a zone without default growth or fewer than 1 year.
    """
    if years < 1 or planting_years < 1:
        raise ValueError(f"years = {years}, planting_years = {planting_years}; expected 1 or more of both")
    year = np.arange(years)
    growing = np.clip(year / planting_years, 0.0, 1.0)
    grown = np.clip((year - YOUNG_YEARS) / planting_years, 0.0, 1.0)
    young = gain_loss(area_ha, ecological_zone, "young", 0.0) * (growing - grown)
    old = gain_loss(area_ha, ecological_zone, "old", 0.0) * grown
    return Estimate(young.mean + old.mean, young.sd + old.sd, REMOVAL_UNIT)

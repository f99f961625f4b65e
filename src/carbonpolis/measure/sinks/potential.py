"""Potential: what treeable wasteland (S31) could take up, year by year, and what that would cost (S27)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.bounds import within
from carbonpolis.measure.sinks.forest import default_growth
from carbonpolis.measure.sinks.model import REMOVAL_UNIT

YOUNG_YEARS = 20  # IPCC 2006 vol. 4 table 4.9 parts growth at 20 years
DISCOUNT = 0.05  # a year; operational definition of S27


@dataclass(frozen=True, slots=True)
class Plan:
    """A planting plan, year by year. area_ha: standing at the end of each year. removal: t CO2/year, one value a year.

    cost: of each year, currency. levelised: currency per t CO2 after the buffer, infinite where nothing is removed.
    """

    area_ha: NDArray[np.float64]
    removal: Estimate
    cost: NDArray[np.float64]
    levelised: float


def planted(area_ha: float, ecological_zone: str) -> Estimate:
    """Yearly removal once `area_ha` of wasteland is young forest, t CO2/year. Raises ValueError as the model does."""
    return default_growth(within("potential", "area_ha", area_ha, "ha"), ecological_zone, "young", 0.0)


def planting_curve(
    area_ha: float, ecological_zone: str, *, years: int, planting_years: int, continent: str = "any"
) -> Estimate:
    """Removal in each of `years` when equal shares of the area are planted in the first `planting_years`, t CO2/year.

    A share grows from the year after it was planted, as young forest for 20 years and as old forest after. mean and sd
    have one value a year. All shares of one age class share one growth factor, so their errors add in full; the factors
    of the two classes are independent. Raises ValueError for a zone without default growth or fewer than 1 year.
    """
    if years < 1 or planting_years < 1:
        raise ValueError(f"years = {years}, planting_years = {planting_years}; expected 1 or more of both")
    area = within("potential", "area_ha", area_ha, "ha")
    year = np.arange(years)
    growing = np.clip(year / planting_years, 0.0, 1.0)
    grown = np.clip((year - YOUNG_YEARS) / planting_years, 0.0, 1.0)
    young = default_growth(area, ecological_zone, "young", 0.0, continent) * (growing - grown)
    old = default_growth(area, ecological_zone, "old", 0.0, continent) * grown
    return Estimate(young.mean + old.mean, young.sd + old.sd, REMOVAL_UNIT)


def cohort_curve(planted_ha: ArrayLike, removal_by_age: Estimate) -> Estimate:
    """Removal in each year of a plan, t CO2/year: each year's planting grows along one curve of removal by age.

    planted_ha: planted in each year. removal_by_age: t CO2/ha in the first, second ... year after planting (as from
    `GrowthFit.growth`); what is older removes as in the last. The curve is one, so its errors add in full.
    """
    areas = np.atleast_1d(within("potential", "planted_ha", planted_ha, "ha/year"))
    curves = []
    for each in (removal_by_age.mean, removal_by_age.sd):
        by_age = np.atleast_1d(np.asarray(each, dtype=np.float64))
        longer = np.concatenate([[0.0], by_age, np.full(max(0, len(areas) - 1 - len(by_age)), by_age[-1])])
        curves.append(np.convolve(areas, longer)[: len(areas)])
    return Estimate(curves[0], np.abs(curves[1]), REMOVAL_UNIT)


def planting_plan(
    area_ha: float,
    ecological_zone: str,
    *,
    years: int,
    planting_years: int,
    planting_cost: float,
    upkeep_cost: float = 0.0,
    rate: float = DISCOUNT,
    buffer: float = 0.0,
    continent: str = "any",
) -> Plan:
    """A plan with its cost: equal shares planted each year, upkeep for what stands.

    planting_cost: currency/ha. upkeep_cost: currency/ha and year, from the year after planting. rate: of discount, a
    year. buffer: share of the removals that goes into a buffer pool. Raises ValueError naming what is out of range.
    """
    removal = planting_curve(area_ha, ecological_zone, years=years, planting_years=planting_years, continent=continent)
    year = np.arange(years)
    standing = area_ha * np.clip((year + 1) / planting_years, 0.0, 1.0)
    before = area_ha * np.clip(year / planting_years, 0.0, 1.0)
    per_ha = {"planting_cost": planting_cost, "upkeep_cost": upkeep_cost}
    first, yearly = (within("potential", name, value, "currency/ha") for name, value in per_ha.items())
    cost = (standing - before) * first + before * yearly
    return Plan(standing, removal, cost, levelised_cost(cost, removal.mean, rate=rate, buffer=buffer))


def levelised_cost(cost: ArrayLike, removal: ArrayLike, *, rate: float = DISCOUNT, buffer: float = 0.0) -> float:
    """S27: sum (I_t + O_t) (1 + r)^-t / sum R_t (1 - b) (1 + r)^-t, currency per t CO2; t = 0 is the first year.

    cost, removal: of each year, as many of both. Infinite where discounted removals are not above 0. Raises ValueError
    for a negative cost, a rate at or below -1 or a buffer outside 0 to 1.
    """
    spent = np.atleast_1d(within("levelised cost", "cost", cost, "currency/year"))
    removed = np.atleast_1d(within("levelised cost", "removal", removal, "t CO2/year", low=-1e15))
    if spent.shape != removed.shape:
        raise ValueError(f"levelised cost: {len(spent)} years of cost, {len(removed)} of removal; expected as many")
    discount = (1.0 + within("levelised cost", "rate", rate, "1/year", low=-0.99)) ** -np.arange(
        len(spent), dtype=float
    )
    kept = float(removed @ discount) * (1.0 - within("levelised cost", "buffer", buffer, "", high=1.0))
    return float(spent @ discount) / kept if kept > 0 else float("inf")

"""Wetlands: peat that is wet again, and coasts; methane counted, because it can outweigh what is stored."""

from __future__ import annotations

from typing import Any

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import keys, parameter

CH4_PER_C = 16.0 / 12.0  # molar masses
KG_PER_T = 1000.0


def inland(area_ha: Any, climate: str, nutrients: str) -> Estimate:
    """2013 Wetlands Supplement eq. 3.3 to 3.8, on site: -CO2-C x 44/12 less CH4-C x 16/12 x GWP; may be negative."""
    key = f"{climate}_{nutrients}"
    carbon = -parameter("rewetted_co2_c", key) * CO2_PER_C
    methane = _co2e(parameter("rewetted_ch4_c", key) * CH4_PER_C)
    return _per_area(Estimate(carbon.mean, carbon.sd, "t/ha") - methane, area_ha)


def coastal(area_ha: Any, kind: str, salinity: str) -> Estimate:
    """2013 Wetlands Supplement eq. 4.7 and 4.9: soil carbon on re-established vegetation less methane x GWP."""
    carbon = parameter("coastal_c", kind) * CO2_PER_C
    methane = _co2e(parameter("coastal_ch4", salinity))
    return _per_area(Estimate(carbon.mean, carbon.sd, "t/ha") - methane, area_ha)


def _co2e(methane_kg_per_ha: Estimate) -> Estimate:
    warming = parameter("gwp_ch4", "non_fossil")
    product = methane_kg_per_ha * Estimate(warming.mean, warming.sd, "")
    return Estimate(product.mean / KG_PER_T, product.sd / KG_PER_T, "t/ha")


def _per_area(per_ha: Estimate, area_ha: Any) -> Estimate:
    return Estimate(per_ha.mean * area_ha, per_ha.sd * area_ha, REMOVAL_UNIT)


MODELS = (
    Model(
        "wetland_inland",
        "wetland",
        (
            Input("area_ha", "ha", "rewetted organic soil"),
            Input("climate", "", "climate", default="temperate", choices=("boreal", "temperate")),
            Input("nutrients", "", "nutrient status", default="rich", choices=("poor", "rich")),
        ),
        "2013 IPCC Wetlands Supplement ch. 3 eq. 3.3-3.8, tables 3.1, 3.3; GWP of methane: AR6",
        inland,
    ),
    Model(
        "coastal_wetland",
        "wetland",
        (
            Input("area_ha", "ha", "area with re-established vegetation"),
            Input("kind", "", "vegetation", choices=keys("coastal_c")),
            Input("salinity", "", "above 18 ppt: saline, no methane", default="saline", choices=("saline", "fresh")),
        ),
        "2013 IPCC Wetlands Supplement ch. 4 eq. 4.7, 4.9, tables 4.12, 4.14; GWP of methane: AR6",
        coastal,
    ),
)

"""Wetlands: peat that is wet again, and coasts; methane counted, because it can outweigh what is stored."""

from __future__ import annotations

from typing import Any

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks import biomass
from carbonpolis.measure.sinks.bounds import within
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import keys, parameter, value

CH4_PER_C = 16.0 / 12.0  # molar masses
KG_PER_T = 1000.0


def rewetted_soil(area: Any, ef_co2_c: Any, ef_doc: Any, ef_ch4_c: Any, gwp_ch4: Any) -> Any:
    """Eq. 3.3 to 3.8 of the Wetlands Supplement: what rewetted organic soil gives off, t CO2e/year.

    Below zero where it takes up. area: ha. ef_co2_c, ef_doc: t CO2-C/ha/year. ef_ch4_c: kg CH4-C/ha/year. gwp_ch4: kg
    CO2e/kg. Numbers or arrays. Raises ValueError naming what is out of range.
    """
    area, gwp = within("eq. 3.3", "area", area, "ha"), within("eq. 3.8", "gwp_ch4", gwp_ch4, "kg CO2e/kg", low=1.0)
    on_site = within("eq. 3.4", "ef_co2_c", ef_co2_c, "t CO2-C/ha/year", low=-20.0, high=50.0)
    dissolved = within("eq. 3.5", "ef_doc", ef_doc, "t CO2-C/ha/year", high=10.0)
    methane = within("eq. 3.8", "ef_ch4_c", ef_ch4_c, "kg CH4-C/ha/year", high=1e4)
    return area * ((on_site + dissolved) * CO2_PER_C + methane * CH4_PER_C * gwp / KG_PER_T)


def inland(area_ha: Any, climate: str, nutrients: str, gwp_ch4: Any) -> Estimate:
    """2013 Wetlands Supplement eq. 3.3 to 3.8: what the soil takes up less dissolved carbon and methane, t CO2e/year.

    Negative where methane outweighs the carbon, as it does by every default: the gain of rewetting lies in what the
    drained soil no longer emits, and that is no removal.
    """
    key = f"{climate}_{nutrients}"
    carbon = (parameter("rewetted_co2_c", key) + parameter("rewetted_doc", climate)) * -CO2_PER_C
    methane = parameter("rewetted_ch4_c", key) * (CH4_PER_C * gwp_ch4 / KG_PER_T)
    return _net(carbon, methane, area_ha)


def coastal(area_ha: Any, kind: str, salinity: str, gwp_ch4: Any) -> Estimate:
    """2013 Wetlands Supplement eq. 4.7 and 4.9: soil carbon on re-established vegetation less methane, t CO2e/year.

    Raises ValueError for seagrass in fresh water: table 4.14 has methane of mangrove and tidal marsh only.
    """
    if kind == "seagrass" and salinity == "fresh":
        raise ValueError("coastal_wetland: salinity is 'fresh' for seagrass; expected saline, where seagrass grows")
    carbon = parameter("coastal_c", kind) * CO2_PER_C
    methane = parameter("coastal_ch4", salinity) * (gwp_ch4 / KG_PER_T)
    return _net(carbon, methane, area_ha)


def mangrove_biomass(area_ha: Any, climate: str) -> Estimate:
    """2013 Wetlands Supplement s. 4.2.1 with vol. 4 eq. 2.9, 2.10: growth x (1 + R) x CF x 44/12, t CO2/year.

    Of planted mangrove while it grows; the soil under it is `coastal_wetland`'s, and the two may be added.
    """
    growth, roots = parameter("mangrove_growth", climate), parameter("mangrove_root_shoot", climate)
    carbon = parameter("mangrove_carbon_fraction", "all")
    removed = growth * biomass.one_plus(roots) * Estimate(carbon.mean, carbon.sd, "") * CO2_PER_C
    return Estimate(removed.mean * area_ha, removed.sd * area_ha, REMOVAL_UNIT)


def _net(carbon_per_ha: Estimate, methane_per_ha: Estimate, area_ha: Any) -> Estimate:
    per_ha = Estimate(carbon_per_ha.mean, carbon_per_ha.sd, "") - Estimate(methane_per_ha.mean, methane_per_ha.sd, "")
    return Estimate(per_ha.mean * area_ha, per_ha.sd * area_ha, REMOVAL_UNIT)


_GWP = Input(
    "gwp_ch4",
    "kg CO2e/kg",
    "100-year warming potential of methane, exact by convention; default: non-fossil, AR6",
    low=1.0,
    high=100.0,
    default=value("gwp_ch4", "non_fossil"),
)

MODELS = (
    Model(
        "wetland_inland",
        "wetland",
        (
            Input("area_ha", "ha", "rewetted organic soil"),
            Input("climate", "", "climate", default="temperate", choices=("boreal", "temperate", "tropical")),
            Input("nutrients", "", "nutrient status", default="rich", choices=("poor", "rich")),
            _GWP,
        ),
        "2013 IPCC Wetlands Supplement ch. 3 eq. 3.3-3.8, tables 3.1, 3.2, 3.3; GWP of methane: AR6 WG1 table 7.15",
        inland,
    ),
    Model(
        "coastal_wetland",
        "wetland",
        (
            Input("area_ha", "ha", "area replanted or reseeded; what came back by itself counts nothing"),
            Input("kind", "", "vegetation", choices=keys("coastal_c")),
            Input("salinity", "", "above 18 ppt: saline, no methane", default="saline", choices=("saline", "fresh")),
            _GWP,
        ),
        "2013 IPCC Wetlands Supplement ch. 4 eq. 4.7, 4.9, tables 4.12, 4.14; GWP of methane: AR6 WG1 table 7.15",
        coastal,
    ),
    Model(
        "mangrove_biomass",
        "wetland",
        (
            Input("area_ha", "ha", "planted mangrove that is growing"),
            Input("climate", "", "climate", default="tropical_wet", choices=keys("mangrove_growth")),
        ),
        "2013 IPCC Wetlands Supplement ch. 4 tables 4.2, 4.4, 4.5; IPCC 2006 Guidelines vol. 4 ch. 2 eq. 2.9, 2.10",
        mangrove_biomass,
    ),
)

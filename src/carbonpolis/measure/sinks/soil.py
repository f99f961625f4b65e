"""Soil: what a change of management stores in twenty years, in grassland and in cropland."""

from __future__ import annotations

from typing import Any

import numpy as np

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.bounds import within
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import soil_climates, soil_factor, soil_keys, value


def soil_carbon(area: Any, soc_ref: Any, f_lu: Any, f_mg: Any, f_i: Any) -> Any:
    """Eq. 2.25 for one inventory: SOC = SOC_REF F_LU F_MG F_I A, t C; SOC_REF in t C/ha, the factors without unit."""
    area = within("eq. 2.25", "area", area, "ha")
    soc = within("eq. 2.25", "soc_ref", soc_ref, "t C/ha", high=2000.0)
    for name, factor in (("f_lu", f_lu), ("f_mg", f_mg), ("f_i", f_i)):
        soc = soc * within("eq. 2.25", name, factor, "", high=5.0)
    return _carbon(soc * area, "t C")


def soil_change(soc_0: Any, soc_0_t: Any, d: Any = 20.0) -> Any:
    """Eq. 2.25: dC_mineral = (SOC_0 - SOC_(0-T)) / D, t C/year; D: years of the transition, 20 by default.

    soc_0: t C in the last year of the period. soc_0_t: t C at its beginning.
    """
    years = within("eq. 2.25", "d", d, "years", low=1e-6)
    now, then = within("eq. 2.25", "soc_0", soc_0, "t C"), within("eq. 2.25", "soc_0_t", soc_0_t, "t C")
    if isinstance(now, Estimate) != isinstance(then, Estimate):
        now, then = (each if isinstance(each, Estimate) else Estimate(each, 0.0, "t C") for each in (now, then))
    return _carbon((now - then) * (1.0 / years), "t C/year")


def organic_soil(area: Any, ef: Any) -> Any:
    """Eq. 2.26: L_organic = A EF, t C/year; EF of drained organic soil in t C/ha/year. A loss, so positive."""
    area, ef = within("eq. 2.26", "area", area, "ha"), within("eq. 2.26", "ef", ef, "t C/ha/year")
    return _carbon(ef * area, "t C/year")


def grassland(area_ha: Any, climate: str, before: str, after: str, soil: str) -> Estimate:
    """Yearly removal in the 20 years after a change of management, t CO2/year; 0 where nothing changed."""
    reference = soil_factor("soc_reference", climate, soil)
    if before == after:  # one and the same factor: its error can't make a change
        return Estimate(0.0 * area_ha, 0.0 * area_ha, REMOVAL_UNIT)
    factors = (soil_factor("grassland_management", climate, each) for each in (before, after))
    return stock_change(area_ha, reference, *factors, years=value("stock_change_years"))


def cropland(
    area_ha: Any,
    climate: str,
    soil: str,
    land_use_before: str,
    land_use_after: str,
    tillage_before: str,
    tillage_after: str,
    input_before: str,
    input_after: str,
) -> Estimate:
    """Yearly removal in the 20 years after a change of land use, tillage or input on cropland, t CO2/year.

    A factor that stays the same is one factor, and its error scales the change instead of adding to it.
    """
    shared = before = after = Estimate(1.0, 0.0, "")
    kinds = {
        "crop_land_use": (land_use_before, land_use_after),
        "crop_tillage": (tillage_before, tillage_after),
        "crop_input": (input_before, input_after),
    }
    for name, (then, now) in kinds.items():
        if then == now:
            shared = shared * _factor(name, climate, then)
        else:
            before, after = before * _factor(name, climate, then), after * _factor(name, climate, now)
    change = (after - before) * shared
    yearly = soil_factor("soc_reference", climate, soil) * change * (area_ha * CO2_PER_C / value("stock_change_years"))
    return Estimate(yearly.mean, yearly.sd, REMOVAL_UNIT)


def afforested_rate(soc_ref: Any, soc_initial: Any, soc_loss: Any = 0.0) -> Any:
    """AR-TOOL16 eq. 6: dSOC = (SOC_REF - (SOC_INITIAL - SOC_LOSS)) / 20, t C/ha/year, at most 0.8; numbers or arrays.

    For 20 years after site preparation; SOC_LOSS itself is emitted in the year of preparation. As remembered.
    """
    named = (("soc_ref", soc_ref), ("soc_initial", soc_initial), ("soc_loss", soc_loss))
    reference, initial, lost = (within("AR-TOOL16 eq. 6", name, each, "t C/ha") for name, each in named)
    rate = (reference - (initial - lost)) / value("stock_change_years")
    return np.minimum(rate, value("afforested_soil_cap")) if np.ndim(rate) else min(rate, value("afforested_soil_cap"))


def afforested(
    area_ha: Any, climate: str, soil: str, land_use: str, tillage: str, input: str, disturbed: str
) -> Estimate:
    """Yearly removal by soil in the 20 years after cropland was planted with trees, CDM AR-TOOL16, t CO2/year.

    disturbed: whether site preparation turned more than a tenth of the area; then a tenth of the carbon is lost first,
    which is an emission of that year and not in this figure. Never above 0.8 t C/ha/year.
    """
    reference = soil_factor("soc_reference", climate, soil)
    factors = Estimate(1.0, 0.0, "")
    for name, key in (("crop_land_use", land_use), ("crop_tillage", tillage), ("crop_input", input)):
        factors = factors * _factor(name, climate, key)
    lost = value("afforested_soil_loss") if disturbed == "yes" else 0.0
    gap = Estimate(1.0 - factors.mean * (1.0 - lost), factors.sd * (1.0 - lost), "")
    free = reference * gap
    initial = reference.mean * factors.mean
    rate = afforested_rate(reference.mean, initial, initial * lost)
    sd = free.sd / value("stock_change_years")
    return Estimate(area_ha * (rate * CO2_PER_C), area_ha * (sd * CO2_PER_C), REMOVAL_UNIT)


def stock_change(area_ha: Any, reference: Estimate, before: Estimate, after: Estimate, *, years: Any) -> Estimate:
    """IPCC 2006 vol. 4 eq. 2.25: area x SOC_REF x (F_after - F_before) / years x 44/12, t CO2/year.

    reference: t C/ha in the top 30 cm under native vegetation. before, after: products F_LU x F_MG x F_I. The errors of
    the three are independent (vol. 1 eq. 3.1, 3.2); area counts as exact.
    """
    change = after - before
    yearly = reference * Estimate(change.mean, change.sd, "") * (area_ha * CO2_PER_C / years)
    return Estimate(yearly.mean, yearly.sd, REMOVAL_UNIT)


def _factor(name: str, climate: str, key: str) -> Estimate:
    found = soil_factor(name, climate, key)
    return Estimate(found.mean, found.sd, "")


def _carbon(amount: Any, unit: str) -> Any:
    return Estimate(amount.mean, amount.sd, unit) if isinstance(amount, Estimate) else amount


def _managed(name: str, meaning: str, default: str, changed: str) -> tuple[Input, Input]:
    choices = soil_keys(f"crop_{name}")
    return (
        Input(f"{name}_before", "", f"{meaning} before", default=default, choices=choices),
        Input(f"{name}_after", "", f"{meaning} now", default=changed, choices=choices),
    )


_CLIMATE = Input("climate", "", "climate region", default="cold_temperate_moist", choices=soil_climates())
_SOIL = Input("soil", "", "soil type of table 2.3", default="high_activity_clay", choices=soil_keys("soc_reference"))
_MANAGEMENT = soil_keys("grassland_management")

MODELS = (
    Model(
        "grassland_soil",
        "soil",
        (
            Input("area_ha", "ha", "grassland under the new management"),
            _CLIMATE,
            Input("before", "", "management before", default="nominal", choices=_MANAGEMENT),
            Input("after", "", "management now", default="improved", choices=_MANAGEMENT),
            _SOIL,
        ),
        "IPCC 2006 Guidelines vol. 4 ch. 2 eq. 2.25; 2019 Refinement vol. 4 ch. 2 table 2.3, ch. 6 table 6.2",
        grassland,
    ),
    Model(
        "cropland_soil",
        "soil",
        (
            Input("area_ha", "ha", "cropland under the new management"),
            _CLIMATE,
            _SOIL,
            *_managed("land_use", "land use", "long_term_cultivated", "long_term_cultivated"),
            *_managed("tillage", "tillage", "full", "no_till"),
            *_managed("input", "carbon input", "medium", "medium"),
        ),
        "IPCC 2006 Guidelines vol. 4 ch. 2 eq. 2.25; 2019 Refinement vol. 4 ch. 2 table 2.3, ch. 5 table 5.5",
        cropland,
    ),
    Model(
        "afforested_soil",
        "soil",
        (
            Input("area_ha", "ha", "cropland that was planted with trees, in the 20 years after"),
            _CLIMATE,
            _SOIL,
            Input(
                "land_use",
                "",
                "land use before",
                default="long_term_cultivated",
                choices=soil_keys("crop_land_use"),
            ),
            Input("tillage", "", "tillage before", default="full", choices=soil_keys("crop_tillage")),
            Input("input", "", "carbon input before", default="medium", choices=soil_keys("crop_input")),
            Input("disturbed", "", "more than a tenth of the area at planting", default="no", choices=("no", "yes")),
        ),
        "CDM AR-TOOL16 v1.1.0 eq. 1-6 (as remembered); factors of the IPCC 2019 Refinement vol. 4 ch. 2 table 2.3, "
        "ch. 5 table 5.5",
        afforested,
    ),
)

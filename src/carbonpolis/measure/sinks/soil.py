"""Soil: what a change of management stores in twenty years."""

from __future__ import annotations

from typing import Any

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import keys, parameter, value


def grassland(area_ha: Any, climate: str, before: str, after: str) -> Estimate:
    """Yearly removal in the 20 years after a change of management, t CO2/year; 0 where nothing changed."""
    reference = parameter("soc_reference", climate)
    if before == after:  # one and the same factor: its error can't make a change
        return Estimate(0.0 * area_ha, 0.0 * area_ha, REMOVAL_UNIT)
    factors = (parameter("grassland_management", each) for each in (before, after))
    return stock_change(area_ha, reference, *factors, years=value("stock_change_years"))


def stock_change(area_ha: Any, reference: Estimate, before: Estimate, after: Estimate, *, years: Any) -> Estimate:
    """IPCC 2006 vol. 4 eq. 2.25: area x SOC_REF x (F_after - F_before) / years x 44/12, t CO2/year.

    reference: t C/ha in the top 30 cm under native vegetation. before, after: products F_LU x F_MG x F_I. The errors of
    the three are independent (vol. 1 eq. 3.1, 3.2); area counts as exact.
    """
    change = after - before
    yearly = reference * Estimate(change.mean, change.sd, "") * (area_ha * CO2_PER_C / years)
    return Estimate(yearly.mean, yearly.sd, REMOVAL_UNIT)


MODELS = (
    Model(
        "grassland_soil",
        "soil",
        (
            Input("area_ha", "ha", "grassland under the new management"),
            Input("climate", "", "climate region", default="cold_temperate_moist", choices=keys("soc_reference")),
            Input("before", "", "management before", default="nominal", choices=keys("grassland_management")),
            Input("after", "", "management now", default="improved", choices=keys("grassland_management")),
        ),
        "IPCC 2006 Guidelines vol. 4 ch. 2 eq. 2.25, table 2.3; ch. 6 table 6.2",
        grassland,
    ),
)

"""Soil: what a change of management stores in twenty years."""

from __future__ import annotations

from typing import Any

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import keys, parameter, value


def grassland(area_ha: Any, climate: str, before: str, after: str) -> Estimate:
    """IPCC 2006 vol. 4 eq. 2.25: area x SOC_REF x (F_after - F_before) / 20 years x 44/12; the factors independent."""
    reference = parameter("soc_reference", climate)
    change = parameter("grassland_management", after) - parameter("grassland_management", before)
    yearly = reference * Estimate(change.mean, change.sd, "") * (CO2_PER_C / value("stock_change_years"))
    return Estimate(yearly.mean * area_ha, yearly.sd * area_ha, REMOVAL_UNIT)


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

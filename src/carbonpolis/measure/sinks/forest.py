"""Forest: what growing biomass takes up, by gain and loss or by the difference of two stocks."""

from __future__ import annotations

from typing import Any

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import ecological_zones, forest_growth, parameter


def gain_loss(area_ha: Any, ecological_zone: str, age_class: str, loss_t_dm_per_ha: Any) -> Estimate:
    """IPCC 2006 vol. 4 eq. 2.7, 2.9, 2.10: area x (growth x (1 + R) - losses) x CF x 44/12."""
    growth, root_shoot = forest_growth(ecological_zone, age_class)
    fraction = parameter("carbon_fraction", "forest")
    biomass = growth * (1.0 + root_shoot)
    net = Estimate(biomass.mean - loss_t_dm_per_ha * (1.0 + root_shoot), biomass.sd, biomass.unit)
    carbon = net * Estimate(fraction.mean, fraction.sd, "")
    removed = carbon * area_ha * CO2_PER_C
    return Estimate(removed.mean, removed.sd, REMOVAL_UNIT)


def stock_difference(
    stock_before_t_c: Any, stock_after_t_c: Any, years: Any, sd_before_t_c: Any, sd_after_t_c: Any
) -> Estimate:
    """IPCC 2006 vol. 4 eq. 2.5 and 2.8: (C_t2 - C_t1) / (t2 - t1) x 44/12, the two inventories independent."""
    change = Estimate(stock_after_t_c, sd_after_t_c, "t C") - Estimate(stock_before_t_c, sd_before_t_c, "t C")
    yearly = change / years * CO2_PER_C
    return Estimate(yearly.mean, yearly.sd, REMOVAL_UNIT)


MODELS = (
    Model(
        "forest_gain_loss",
        "forest",
        (
            Input("area_ha", "ha", "forest area"),
            Input("ecological_zone", "", "FAO ecological zone", choices=ecological_zones()),
            Input("age_class", "", "stand up to 20 years or older", default="old", choices=("young", "old")),
            Input(
                "loss_t_dm_per_ha",
                "t d.m./ha/year",
                "above-ground biomass lost to felling and disturbance",
                default=0.0,
            ),
        ),
        "IPCC 2006 Guidelines vol. 4 ch. 2 eq. 2.7, 2.9, 2.10; ch. 4 tables 4.3, 4.4, 4.9",
        gain_loss,
    ),
    Model(
        "forest_stock_difference",
        "forest",
        (
            Input("stock_before_t_c", "t C", "carbon in the living biomass at the first inventory"),
            Input("stock_after_t_c", "t C", "the same at the second"),
            Input("years", "years", "between the two", low=0.1),
            Input("sd_before_t_c", "t C", "standard deviation of the first", default=0.0),
            Input("sd_after_t_c", "t C", "standard deviation of the second", default=0.0),
        ),
        "IPCC 2006 Guidelines vol. 4 ch. 2 eq. 2.5, 2.8",
        stock_difference,
    ),
)

"""Forest: what growing biomass takes up, by gain and loss or by the difference of two stocks."""

from __future__ import annotations

from typing import Any

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import ecological_zones, forest_growth, parameter


def gain_loss(area_ha: Any, ecological_zone: str, age_class: str, loss_t_dm_per_ha: Any) -> Estimate:
    """Net removal by the guidelines' default growth of a zone and age class, t CO2/year; shapes of area and loss."""
    growth, root_shoot = forest_growth(ecological_zone, age_class)
    return biomass_change(area_ha, growth, root_shoot, parameter("carbon_fraction", "forest"), loss_t_dm_per_ha)


def biomass_change(
    area_ha: Any, growth: Estimate, root_shoot: Estimate, carbon_fraction: Estimate, loss_t_dm_per_ha: Any = 0.0
) -> Estimate:
    """IPCC 2006 vol. 4 eq. 2.7, 2.9, 2.10: area x (growth - losses) x (1 + R) x CF x 44/12, t CO2/year.

    growth and losses: above-ground, t d.m./ha/year; R: root-to-shoot ratio; CF: t C/t d.m. Negative where losses exceed
    growth. The errors of growth, R and CF are independent (vol. 1 eq. 3.1); area and losses count as exact.
    """
    above = Estimate(growth.mean - loss_t_dm_per_ha, growth.sd, growth.unit)
    whole = above * Estimate(1.0 + root_shoot.mean, root_shoot.sd, "")
    removed = whole * Estimate(carbon_fraction.mean, carbon_fraction.sd, "") * area_ha * CO2_PER_C
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
        "IPCC 2006 Guidelines vol. 4 ch. 2 eq. 2.7, 2.9, 2.10; ch. 4 tables 4.3, 4.4, 4.9, 4.12",
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

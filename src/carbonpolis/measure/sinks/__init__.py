"""Sink models: from plot data to yearly removal with its uncertainty. The table of models is the list for everybody.

Beside the models stand the standards' own equations as plain functions (`biomass`, `soil`, `wood_products`, growth and
sampling), for numbers, arrays and estimates.
"""

from __future__ import annotations

from carbonpolis.measure.sinks import (
    biomass,
    engineered,
    forest,
    growth,
    sampling,
    soil,
    urban_trees,
    wetland,
    wood_products,
)
from carbonpolis.measure.sinks.biomass import (
    bcef,
    biomass_balance,
    biomass_stock,
    carbon_gain,
    carbon_loss,
    conversion,
    disturbance,
    fuelwood,
    g_total,
    g_total_from_increment,
    gain_loss,
    land_conversion,
    stock_difference,
    wood_removals,
)
from carbonpolis.measure.sinks.growth import GrowthFit, YieldTable, chapman_richards, fit_chapman_richards
from carbonpolis.measure.sinks.model import Input, Model
from carbonpolis.measure.sinks.parameters import (
    ecological_zones,
    expansion,
    forest_growth,
    forest_stock,
    keys,
    parameter,
    soil_factor,
)
from carbonpolis.measure.sinks.potential import (
    Plan,
    cohort_curve,
    levelised_cost,
    planted,
    planting_curve,
    planting_plan,
)
from carbonpolis.measure.sinks.sampling import StratifiedMean, plots_needed, stratified_mean
from carbonpolis.measure.sinks.soil import soil_carbon, soil_change
from carbonpolis.measure.sinks.wood_products import ProductPool, product_pool, steady_stock

_FAMILIES = (forest, growth, wood_products, urban_trees, wetland, soil, engineered)
_MODELS: dict[str, Model] = {each.name: each for family in _FAMILIES for each in family.MODELS}


def models() -> list[str]:
    """Names of the models."""
    return list(_MODELS)


def model(name: str) -> Model:
    """A model by its name. Raises ValueError listing the names there are."""
    if name not in _MODELS:
        raise ValueError(f"no sink model {name!r}; choose from {', '.join(_MODELS)}")
    return _MODELS[name]


__all__ = [
    "GrowthFit",
    "Input",
    "Model",
    "Plan",
    "ProductPool",
    "StratifiedMean",
    "YieldTable",
    "bcef",
    "biomass",
    "biomass_balance",
    "biomass_stock",
    "carbon_gain",
    "carbon_loss",
    "chapman_richards",
    "cohort_curve",
    "conversion",
    "disturbance",
    "ecological_zones",
    "expansion",
    "fit_chapman_richards",
    "forest_growth",
    "forest_stock",
    "fuelwood",
    "g_total",
    "g_total_from_increment",
    "gain_loss",
    "keys",
    "land_conversion",
    "levelised_cost",
    "model",
    "models",
    "parameter",
    "planted",
    "planting_curve",
    "planting_plan",
    "plots_needed",
    "product_pool",
    "sampling",
    "soil",
    "soil_carbon",
    "soil_change",
    "soil_factor",
    "steady_stock",
    "stock_difference",
    "stratified_mean",
    "urban_trees",
    "wood_products",
    "wood_removals",
]

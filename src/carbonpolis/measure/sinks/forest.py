"""Forest: what growing biomass takes up, by gain and loss or by the difference of two stocks."""

from __future__ import annotations

from typing import Any

import numpy as np

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks import biomass
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import (
    AGE_CLASSES,
    CONTINENTS,
    ecological_zones,
    expansion,
    forest_growth,
    keys,
    parameter,
)

KINDS = ("pines", "other_conifers", "hardwoods", "larch", "firs_and_spruces", "conifers")


def default_growth(
    area_ha: Any, ecological_zone: str, age_class: str, loss_t_dm_per_ha: Any, continent: str = "any"
) -> Estimate:
    """Net removal by the guidelines' default growth of a zone and age class, t CO2/year; shapes of area and loss."""
    growth, root_shoot = forest_growth(ecological_zone, age_class, continent)
    return biomass_change(area_ha, growth, root_shoot, parameter("carbon_fraction", "forest"), loss_t_dm_per_ha)


def biomass_change(
    area_ha: Any, growth: Estimate, root_shoot: Estimate, carbon_fraction: Estimate, loss_t_dm_per_ha: Any = 0.0
) -> Estimate:
    """IPCC 2006 vol. 4 eq. 2.7, 2.9, 2.10: area x (growth - losses) x (1 + R) x CF x 44/12, t CO2/year.

    growth and losses: above-ground, t d.m./ha/year; R: root-to-shoot ratio; CF: t C/t d.m. Negative where losses exceed
    growth. The errors of growth, R and CF are independent (vol. 1 eq. 3.1); area and losses count as exact.
    """
    above = Estimate(growth.mean - loss_t_dm_per_ha, growth.sd, growth.unit)
    whole = above * biomass.one_plus(root_shoot)
    removed = whole * Estimate(carbon_fraction.mean, carbon_fraction.sd, "") * area_ha * CO2_PER_C
    return Estimate(removed.mean, removed.sd, REMOVAL_UNIT)


def growing_stock(
    area_ha: Any,
    zone: str,
    kind: str,
    growing_stock_m3_per_ha: Any,
    increment_m3_per_ha: Any,
    felled_m3: Any,
    fuelwood_m3: Any,
    disturbed_ha: Any,
    share_lost: Any,
) -> Estimate:
    """Eq. 2.7 with eq. 2.9 to 2.14 from volumes: increment less felling, fuelwood and disturbance, t CO2/year.

    The expansion factors (table 4.5) are those of the growing stock; growth and losses share the root-to-shoot ratio
    and the carbon fraction, so those errors act on the balance, not on each side.
    """
    stock = np.asarray(growing_stock_m3_per_ha, dtype=np.float64)
    grow, fell, hold = (expansion(which, zone, kind, stock) for which in "irs")
    roots = _roots(zone, kind, stock * hold.mean)
    volume_loss = felled_m3 + fuelwood_m3
    gained, lost = grow * (increment_m3_per_ha * area_ha), hold * (stock * disturbed_ha * share_lost)
    above = gained - fell * volume_loss - lost
    balance = Estimate(above.mean, above.sd, "") * biomass.one_plus(roots) * parameter("carbon_fraction", "forest")
    return Estimate(_plain(balance.mean * CO2_PER_C), _plain(balance.sd * CO2_PER_C), REMOVAL_UNIT)


def two_inventories(
    stock_before_t_c: Any, stock_after_t_c: Any, years: Any, sd_before_t_c: Any, sd_after_t_c: Any
) -> Estimate:
    """IPCC 2006 vol. 4 eq. 2.5 and 2.8: (C_t2 - C_t1) / (t2 - t1) x 44/12, the two inventories independent."""
    before, after = Estimate(stock_before_t_c, sd_before_t_c, "t C"), Estimate(stock_after_t_c, sd_after_t_c, "t C")
    yearly = biomass.stock_difference(before, after, 0.0, years) * CO2_PER_C
    return Estimate(yearly.mean, yearly.sd, REMOVAL_UNIT)


def _roots(zone: str, kind: str, above: Any) -> Estimate:
    """Root-to-shoot ratio of table 4.4 by the above-ground biomass, t d.m./ha."""
    leaves = "broadleaf" if kind == "hardwoods" else "conifers"
    names = [key for key in keys("root_shoot") if key.startswith(f"{zone}_{leaves}_")]
    edges = [float(name.rsplit("_", 1)[1]) for name in names]
    classes = np.searchsorted(edges[:-1], above)
    found = [parameter("root_shoot", name) for name in names]
    return Estimate(np.take([e.mean for e in found], classes), np.take([e.sd for e in found], classes), "")


def _plain(numbers: Any) -> Any:
    return numbers if np.ndim(numbers) else float(numbers)


_ZONE = Input("ecological_zone", "", "FAO ecological zone", choices=ecological_zones())
_CONTINENT = Input("continent", "", "for the 2019 defaults of a continent", default="any", choices=CONTINENTS)

MODELS = (
    Model(
        "forest_gain_loss",
        "forest",
        (
            Input("area_ha", "ha", "forest area"),
            _ZONE,
            Input(
                "age_class",
                "",
                "natural up to 20 years (young) or above (old), primary, or planted",
                default="old",
                choices=AGE_CLASSES,
            ),
            Input(
                "loss_t_dm_per_ha",
                "t d.m./ha/year",
                "above-ground biomass lost to felling and disturbance",
                default=0.0,
            ),
            _CONTINENT,
        ),
        "IPCC 2006 Guidelines vol. 4 ch. 2 eq. 2.7, 2.9, 2.10; 2019 Refinement vol. 4 ch. 4 tables 4.3, 4.4, 4.9, "
        "4.10, 4.12",
        default_growth,
    ),
    Model(
        "forest_growing_stock",
        "forest",
        (
            Input("area_ha", "ha", "forest area"),
            Input("zone", "", "climatic zone", default="temperate", choices=("boreal", "temperate", "mediterranean")),
            Input("kind", "", "kind of forest; not every zone has every kind", default="hardwoods", choices=KINDS),
            Input("growing_stock_m3_per_ha", "m3/ha", "merchantable growing stock", default=100.0, high=2000.0),
            Input("increment_m3_per_ha", "m3/ha/year", "net annual increment I_V", default=4.0, high=60.0),
            Input("felled_m3", "m3/year", "merchantable wood felled H, over bark", default=0.0),
            Input("fuelwood_m3", "m3/year", "fuelwood taken as whole trees FG_trees", default=0.0),
            Input("disturbed_ha", "ha/year", "burnt, blown down or killed by pests", default=0.0),
            Input("share_lost", "share", "f_d, the part of the biomass lost there", default=1.0, high=1.0),
        ),
        "IPCC 2006 Guidelines vol. 4 ch. 2 eq. 2.7, 2.9-2.14; ch. 4 tables 4.3, 4.4, 4.5",
        growing_stock,
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
        two_inventories,
    ),
)

"""Default parameters of the sink models, each with its published range, from data/sinks*.csv.

The column `checked` says how far a figure was compared with a second public source: "yes" value and range, "value" the
value alone, "recalled" neither (stated from memory of the document named), "ours" a choice of this product.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from carbonpolis.data import table
from carbonpolis.measure.estimate import Estimate, from_range
from carbonpolis.measure.sinks.bounds import within

AGE_CLASSES = ("young", "old", "primary", "planted")
CONTINENTS = ("any", "africa", "americas", "asia", "europe", "oceania")


@cache
def parameter(name: str, key: str) -> Estimate:
    """A default as an estimate: its 95 % range read as mean -+ 1.96 sd. Raises ValueError with the keys there are."""
    rows = {row["key"]: row for row in table("sinks") if row["parameter"] == name}
    if key not in rows:
        raise ValueError(f"no {name} for {key!r}; choose from {', '.join(rows)}")
    return _estimate(rows[key])


def keys(name: str) -> tuple[str, ...]:
    """The keys that a parameter has defaults for."""
    return tuple(row["key"] for row in table("sinks") if row["parameter"] == name)


def value(name: str, key: str = "all") -> float:
    """The default's mean alone."""
    return float(parameter(name, key).mean)


@cache
def ecological_zones() -> tuple[str, ...]:
    """Every ecological zone that a city may lie in (FAO zones of IPCC 2006 vol. 4 table 4.1)."""
    return tuple(dict.fromkeys(row["ecological_zone"] for row in table("sinks_forest")))


@cache
def forest_growth(zone: str, age_class: str, continent: str = "any") -> tuple[Estimate, Estimate]:
    """Above-ground growth (t d.m./ha/year) and root-to-shoot ratio of forest of a zone, age class and continent.

    age_class: "young" (natural, up to 20 years), "old" (natural, above 20), "primary", "planted". continent "any": the
    zone's default where the place is not known. Raises ValueError where there is no default, naming those there are.
    """
    row = _forest(zone, age_class, continent)
    low, high, mean = (float(row[name]) for name in ("low", "high", "growth"))
    fewest, most, roots = (float(row[name]) for name in ("root_shoot_low", "root_shoot_high", "root_shoot"))
    return from_range(low, high, row["unit"], mean=mean), from_range(fewest, most, "", mean=roots)


@cache
def forest_stock(zone: str, age_class: str, continent: str) -> Estimate:
    """Above-ground biomass of forest, t d.m./ha (2019 Refinement table 4.7). Raises ValueError where there is none.

    The standard deviation is infinite where the table states no spread.
    """
    row = _forest(zone, age_class, continent)
    if not row["stock"]:
        raise ValueError(f"no default stock for {age_class} forest in {zone!r}, continent {continent!r}")
    if not row["stock_low"]:
        return Estimate(float(row["stock"]), math.inf, "t d.m./ha")
    return from_range(float(row["stock_low"]), float(row["stock_high"]), "t d.m./ha", mean=float(row["stock"]))


@cache
def _forest(zone: str, age_class: str, continent: str) -> dict[str, str]:
    columns = ("ecological_zone", "age_class", "continent")
    rows = {tuple(row[name] for name in columns): row for row in table("sinks_forest") if row["age_class"]}
    row = rows.get((zone, age_class, continent))
    if row is not None:
        return row
    here = [f"{age} ({where})" for found, age, where in rows if found == zone]
    if here:
        raise ValueError(
            f"no default growth for {age_class} forest in {zone!r}, continent {continent!r}; "
            f"there are defaults for {', '.join(here)}"
        )
    known = ", ".join(dict.fromkeys(found for found, _, _ in rows))
    raise ValueError(f"no default growth for {age_class} forest in {zone!r}; there are defaults for {known}")


@cache
def soil_factor(name: str, climate: str, key: str) -> Estimate:
    """A soil default of a climate: soc_reference or a stock change factor. Raises ValueError with the keys."""
    rows = {row["key"]: row for row in table("sinks_soil") if row["parameter"] == name and row["climate"] == climate}
    if not rows:
        raise ValueError(f"no {name} for climate {climate!r}; choose from {', '.join(soil_climates())}")
    if key not in rows:
        raise ValueError(f"no {name} for {key!r} in {climate}; choose from {', '.join(rows)}")
    return _estimate(rows[key])


@cache
def soil_climates() -> tuple[str, ...]:
    """The climate regions of the soil tables (IPCC 2006/2019 vol. 4 ch. 3 figure 3A.5.1)."""
    return tuple(dict.fromkeys(row["climate"] for row in table("sinks_soil")))


@cache
def soil_keys(name: str) -> tuple[str, ...]:
    """The keys that a soil parameter has in any climate."""
    return tuple(dict.fromkeys(row["key"] for row in table("sinks_soil") if row["parameter"] == name))


def expansion(which: str, zone: str, kind: str, growing_stock: ArrayLike) -> Estimate:
    """BCEF_S, BCEF_I or BCEF_R (which: "s", "i", "r") of table 4.5, t d.m./m3, for a growing stock in m3/ha, any shape.

    zone: "boreal", "temperate", "mediterranean". A stock on a class's edge belongs to the lower class. Raises
    ValueError with the zones, or the kinds of a zone, that there are.
    """
    edges, means, sds = _expansions(which, zone, kind)
    stock = within("table 4.5", "growing_stock", growing_stock, "m3/ha")
    row = np.searchsorted(edges, stock)
    mean, sd = (each if np.ndim(stock) else float(each) for each in (np.take(means, row), np.take(sds, row)))
    return Estimate(mean, sd, "t d.m./m3")


@cache
def _expansions(which: str, zone: str, kind: str) -> tuple[list[float], list[float], list[float]]:
    """Upper edges of all classes but the last; means and standard deviations of all."""
    rows = [row for row in table("sinks_bcef") if row["parameter"] == f"bcef_{which}"]
    zones = dict.fromkeys(row["zone"] for row in rows)
    if not rows or zone not in zones:
        known = ", ".join(zones) if rows else "s, i, r"
        raise ValueError(f"no BCEF_{which.upper()} for zone {zone!r}; choose from {known}")
    kinds = dict.fromkeys(row["kind"] for row in rows if row["zone"] == zone)
    if kind not in kinds:
        raise ValueError(f"no BCEF for {kind!r} in the {zone} zone; choose from {', '.join(kinds)}")
    mine = [row for row in rows if row["zone"] == zone and row["kind"] == kind]
    found = [_estimate(row) for row in mine]
    edges = [float(row["stock_below"]) for row in mine if row["stock_below"]]
    return edges, [each.mean for each in found], [each.sd for each in found]


def _estimate(row: dict[str, str]) -> Estimate:
    return from_range(float(row["low"]), float(row["high"]), row["unit"], mean=float(row["value"]))

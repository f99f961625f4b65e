"""Default parameters of the sink models, each with its published range, from data/sinks*.csv.

The column `checked` says how far a figure was compared with a second public source: "yes" value and range, "value" the
value alone, "recalled" neither (stated from memory of the document named), "ours" a choice of this product.
"""

from __future__ import annotations

from functools import cache

from carbonpolis.data import table
from carbonpolis.measure.estimate import Estimate, from_range


@cache
def parameter(name: str, key: str) -> Estimate:
    """A default as an estimate: its 95 % range read as mean -+ 1.96 sd. Raises ValueError with the keys there are."""
    rows = {row["key"]: row for row in table("sinks") if row["parameter"] == name}
    if key not in rows:
        raise ValueError(f"no {name} for {key!r}; choose from {', '.join(rows)}")
    row = rows[key]
    return from_range(float(row["low"]), float(row["high"]), row["unit"], mean=float(row["value"]))


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
def forest_growth(zone: str, age_class: str) -> tuple[Estimate, Estimate]:
    """Above-ground growth (t d.m./ha/year) and root-to-shoot ratio of a zone and age class ("young", "old").

    Raises ValueError where there is no default.
    """
    rows = {(row["ecological_zone"], row["age_class"]): row for row in table("sinks_forest") if row["age_class"]}
    row = rows.get((zone, age_class))
    if row is None:
        known = ", ".join(dict.fromkeys(z for z, _ in rows))
        raise ValueError(f"no default growth for {age_class} forest in {zone!r}; there are defaults for {known}")
    low, high, mean = (float(row[name]) for name in ("low", "high", "growth"))
    fewest, most, roots = (float(row[name]) for name in ("root_shoot_low", "root_shoot_high", "root_shoot"))
    return from_range(low, high, row["unit"], mean=mean), from_range(fewest, most, "", mean=roots)

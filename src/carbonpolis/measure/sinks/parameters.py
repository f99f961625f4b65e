"""Default parameters of the sink models, each with its published range, from data/sinks*.csv."""

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
def forest_growth(zone: str, age_class: str) -> tuple[Estimate, float]:
    """Above-ground growth (t d.m./ha/year) and root-to-shoot ratio of a zone and age class ("young", "old").

    Raises ValueError where the tables give no default.
    """
    rows = {(row["ecological_zone"], row["age_class"]): row for row in table("sinks_forest")}
    row = rows.get((zone, age_class))
    if row is None:
        known = sorted({z for z, age in rows if age})
        raise ValueError(
            f"no default growth for {age_class} forest in {zone!r}; there are defaults for {', '.join(known)}"
        )
    low, high, mean = (float(row[name]) for name in ("low", "high", "growth_t_dm_per_ha_year"))
    return from_range(low, high, "t d.m./ha/year", mean=mean), float(row["root_shoot"])

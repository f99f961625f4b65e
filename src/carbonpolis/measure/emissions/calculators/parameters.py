"""Default parameters of the calculators: data/emission_parameters.csv, each with its range and source."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

import pandas as pd

from carbonpolis.data import table
from carbonpolis.measure.emissions.regions import region
from carbonpolis.measure.estimate import Estimate, from_range

_MANY, _NEAR = 40, 8  # keys shown in a message before only the nearest are


@cache
def parameters() -> pd.DataFrame:
    """Columns parameter, key, value, low, high (95 % range), unit, table, checked (as `factors_table`), source."""
    return pd.DataFrame(table("emission_parameters")).astype({"value": float, "low": float, "high": float})


def parameter(name: str, key: str = "all") -> Estimate:
    """A default, as `parameter("doc", "food")`. Raises ValueError listing the names or keys there are.

    Defaults are those of the IPCC's 2006 edition unless the key names another ("food, 2019"); a key of waste water
    without a year is of 2019 (`mcf_wastewater`), its 2006 fellow bears the year. `by_country` finds those of a country.
    """
    rows = _keyed().get(name)
    if rows is None:
        raise ValueError(f"no parameter {name!r}; choose from {', '.join(_keyed())}")
    row = rows.get(key)
    if row is None:
        raise ValueError(f"no {name} of {key!r}; choose from {_shown(key, list(rows))}")
    return from_range(float(row["low"]), float(row["high"]), row["unit"], mean=float(row["value"]))


# Which column of data/country_regions.csv a parameter's regions are those of; others know countries alone.
_REGIONS = {
    "msw_per_head": "waste_rate",
    "msw_treated": "waste_rate",
    "msw_share": "waste_mix",
    "bod_per_head": "bod",
    "f_non_con_2019": "m49",
}
_BY_COUNTRY = (*_REGIONS, "protein_per_head", "population_share", "wastewater_treated")


def by_country(name: str, country: str, key: str = "") -> Estimate:
    """A default of a country, its own or its region's, as `by_country("msw_share", "DE", "food")`.

    name: msw_per_head (t wet waste/person/year), msw_treated (landfilled, incinerated, composted, otherwise managed),
    msw_share (food, paper, wood ...), bod_per_head (g/person/day), protein_per_head (g/person/day), f_non_con_2019,
    population_share (urban high income, urban low income, rural), wastewater_treated (group, then septic tanks,
    latrines, other, sewers or none). country: ISO 3166-1, two letters. IPCC 2006 vol. 5 tables 2.1, 2.3, 6.4, 6.5; FAO;
    IPCC 2019 vol. 5 ch. 6. Raises ValueError where no table has the country, naming what there is.
    """
    if name not in _BY_COUNTRY:
        raise ValueError(f"no parameter {name!r} by country; choose from {', '.join(_BY_COUNTRY)}")
    place = region(country, _REGIONS[name]) if name in _REGIONS else country
    rows, wanted = _keyed()[name], f"{place}, {key}" if key else place
    if wanted not in rows:
        here = [each for each in rows if each == place or each.startswith(f"{place}, ")]
        told = f"choose from {_shown(wanted, here)}" if here else f"its table has {_shown(country, list(rows))}"
        raise ValueError(f"no {name} of {country}{f', {key}' if key else ''}; {told}")
    return parameter(name, wanted)


@cache
def _keyed() -> dict[str, dict[str, dict[str, str]]]:
    """Rows of the table by parameter and key."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in table("emission_parameters"):
        found.setdefault(row["parameter"], {})[row["key"]] = row
    return found


def _shown(wanted: str, keys: list[str]) -> str:
    """Keys for a message: all of a few, the nearest of many."""
    apart = "; " if any("," in key for key in keys) else ", "
    if len(keys) <= _MANY:
        return apart.join(keys)
    return f"{apart.join(get_close_matches(wanted, keys, n=_NEAR, cutoff=0.0))} ({len(keys)} in all)"

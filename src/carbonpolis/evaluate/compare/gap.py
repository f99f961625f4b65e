"""Leaders and laggards, and what the gap between a city and its peers is made of.

Kaya's factors of emissions per person (affluence, energy intensity, carbon intensity of energy), or where energy is not
known affluence and carbon intensity of the product; split by the logarithmic mean Divisia index, which leaves nothing
over. Sources: Kaya 1990; Ang 2005, Energy Policy 33:867; between places instead of years: Ang, Xu & Su 2015, Energy
93:1.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from carbonpolis.measure.decomposition import lmdi

FACTORS: Mapping[str, str] = {
    "affluence": "product per person",
    "energy_intensity": "energy per product",
    "carbon_intensity": "emissions per energy, or per product where energy is not known",
}


def leaders_and_laggards(per_capita: pd.Series[float], groups: pd.Series[str], count: int = 3) -> pd.DataFrame:
    """The lowest and highest emitters per person of each group with at least two cities: group, city, side, value."""
    rows = []
    for group, values in per_capita.dropna().groupby(groups):
        ordered = values.sort_values(kind="stable")
        if len(ordered) < 2:
            continue
        each = min(count, len(ordered) // 2)
        rows += [(group, city, "leader", value) for city, value in ordered.iloc[:each].items()]
        rows += [(group, city, "laggard", value) for city, value in ordered.iloc[-each:][::-1].items()]
    return pd.DataFrame(rows, columns=["peer_group", "city", "side", "per_capita"])


def gap_to_median(cities: pd.DataFrame, groups: pd.Series[str]) -> pd.DataFrame:
    """What makes a city's emissions per person differ from those of its group, t/person, index city.

    cities: columns population, gdp_musd_ppp, energy_gj, emissions_t. Columns peers (emissions per person of the group's
    middle), gap, and a column a factor; the factors add up to the gap. The middle has the geometric means of the
    group's factors, so that they multiply to its emissions. Cities without a product, or in a group of fewer than three
    that have one, are left out.
    """
    factors = _factors(cities)
    complete = factors[["affluence", "carbon_intensity"]].notna().all(axis=1) & groups.notna()
    rows = {}
    for _, members in factors[complete].groupby(groups[complete]):
        known = members["energy_intensity"].notna()
        for part in (members[known], members[~known].drop(columns="energy_intensity")):
            if len(part) < 3:
                continue
            names = [str(name) for name in part]
            middle = {name: _geometric(part[name]) for name in names}
            level = float(np.prod(list(middle.values())))
            for city, values in zip(part.index, part.to_numpy(dtype=np.float64), strict=True):
                effects = lmdi(middle, dict(zip(names, values.tolist(), strict=True)))
                rows[city] = {"peers": level, "gap": float(values.prod()) - level, **effects}
    return pd.DataFrame.from_dict(rows, orient="index").reindex(columns=["peers", "gap", *FACTORS])


def _factors(cities: pd.DataFrame) -> pd.DataFrame:
    """Affluence (million PPP USD/person), energy intensity (GJ per that) and carbon intensity (t per GJ or product)."""
    numbers = cities[["population", "gdp_musd_ppp", "energy_gj", "emissions_t"]].astype(float)
    known = numbers.where(numbers > 0)
    by_product = known["emissions_t"] / known["gdp_musd_ppp"]
    return pd.DataFrame(
        {
            "affluence": known["gdp_musd_ppp"] / known["population"],
            "energy_intensity": known["energy_gj"] / known["gdp_musd_ppp"],
            "carbon_intensity": (known["emissions_t"] / known["energy_gj"]).fillna(by_product),
        }
    )


def _geometric(values: pd.Series[float]) -> float:
    return float(np.exp(np.log(values).mean()))

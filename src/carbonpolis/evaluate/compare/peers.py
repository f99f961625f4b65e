"""Cities side by side: per head, per area, per product; peer groups; leaders and the gap to them."""

from __future__ import annotations

import pandas as pd

# Size classes of the OECD's functional urban areas (OECD 2012, Redefining "Urban"), with towns below.
SIZES = ((50_000, "town, under 50 thousand"), (500_000, "city, 50 to 500 thousand"))
LARGEST = "metropolis, 500 thousand or more"
COLUMNS = ("population", "area_km2", "gdp_musd_ppp", "emissions_t")


def compare(frame: pd.DataFrame) -> pd.DataFrame:
    """Cities compared. frame: index city; columns population (persons), area_km2, gdp_musd_ppp, emissions_t (t CO2e).

    Columns per_capita (t/person), per_area (t/km2), per_gdp (kg/PPP USD), peer_group (size class), rank_per_capita (1
    emits least, <NA> where unknown), gap_to_leader (t/person above the least of the peer group). Missing stays missing.
    Raises ValueError for a column that is not there.
    """
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise ValueError(f"no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    per_capita = frame["emissions_t"] / frame["population"]
    group = frame["population"].map(size_class)
    return pd.DataFrame(
        {
            "per_capita": per_capita,
            "per_area": frame["emissions_t"] / frame["area_km2"],
            "per_gdp": frame["emissions_t"] / 1000.0 / frame["gdp_musd_ppp"],
            "peer_group": group,
            "rank_per_capita": per_capita.rank(method="min").astype("Int64"),
            "gap_to_leader": per_capita - per_capita.groupby(group).transform("min"),
        }
    )


def size_class(population: float) -> str:
    """The peer group of a city of so many persons."""
    return next((name for limit, name in SIZES if population < limit), LARGEST)

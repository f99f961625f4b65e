"""The sample's activities: what cities emit beyond what their facilities report, year by year."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from sample_cities import PLACES, PROVINCES, Place
from sample_facilities import YEAR
from sample_reports import shares, told

Row = dict[str, Any]

FIRST_HISTORY = 2005
REPORTING = ("canada", "california", "forest town", "reporting")
TWIN = "Metropolitan Council, Twin Cities GHG inventory {year} (MIT), {what}"

# Lines of the Twin Cities inventory by GPC reference; industry comes from the facilities where there are any, and
# `Natural Systems` but for its waters is the sinks. Solid waste is that of the city's households and firms, wherever
# it is treated, so it's III.1.2; a landfill or incinerator in the city is among the facilities.
TWIN_GPC = {
    ("Residential", "Residential building fuel"): "I.1.1",
    ("Residential", "Residential electricity"): "I.1.2",
    ("Business", "Business building fuel"): "I.2.1",
    ("Business", "Business electricity"): "I.2.2",
    ("Commercial", "Stationary combustion"): "I.2.1",
    ("Transportation", "Passenger vehicles"): "II.1.1",
    ("Transportation", "Trucks"): "II.1.1",
    ("Transportation", "Buses"): "II.1.1",
    ("Waste", "Solid waste"): "III.1.2",
    ("Waste", "Wastewater"): "III.4.1",
    ("Agriculture", "Livestock"): "V.1",
    ("Agriculture", "Cropland"): "V.3",
    ("Natural Systems", "Freshwater"): "V.3",
}


def activities(shared: Path, plants: dict[str, list[Row]]) -> Iterator[Row]:
    """What facilities do not report themselves, every year that is sourced."""
    yield from _twin_activities(shared, plants)
    for place in (p for p in PLACES if p.family in REPORTING):
        yield from told(shared, place, population(shared, place), _activity)
    yield from _china(shared)
    yield from _finland(shared)


def _activity(city: str, year: int, reference: str, tonnes: float, quality: str, source: str) -> Row:
    return {
        "city": city,
        "year": year,
        "gpc_ref": reference,
        "activity": "reported emissions",
        "unit": "t CO2e",
        "amount": round(tonnes),
        "amount_sd": "",
        "quality": quality,
        "source": source,
    }


def twin(shared: Path) -> pd.DataFrame:
    """The Twin Cities inventory, cities only, each line once."""
    frame = pd.read_parquet(shared / "cities" / "twin_cities_inventory.parquet")
    return frame[frame["kind"] == "CITY"].drop_duplicates().dropna(subset=["emissions_t"])


def _twin_activities(shared: Path, plants: dict[str, list[Row]]) -> Iterator[Row]:
    frame = twin(shared)
    frame = frame[frame["year"].between(FIRST_HISTORY, YEAR)]
    for place in PLACES:
        if place.family != "twin":
            continue
        own = frame[frame["city"] == place.key]
        references = [TWIN_GPC.get(pair) for pair in zip(own["sector"], own["category"], strict=True)]
        keys = ["year", "gpc_ref", "sector"]
        sums = own.assign(gpc_ref=references).groupby(keys, as_index=False)["emissions_t"].sum()
        for row in sums.itertuples():
            if row.emissions_t >= 0.5:
                source = TWIN.format(year=row.year, what=f"sector {row.sector}")
                yield _activity(place.code, int(row.year), str(row.gpc_ref), row.emissions_t, "reported", source)
        if not plants.get(place.code):
            for year, tonnes in own[own["sector"] == "Industrial"].groupby("year")["emissions_t"].sum().items():
                if tonnes >= 0.5:
                    source = TWIN.format(year=year, what="sector Industrial")
                    yield _activity(place.code, int(year), "I.3.1", float(tonnes), "reported", source)


def population(shared: Path, place: Place) -> int:
    """Persons: the place's own, else by its code or from the inventory."""
    if place.population is not None:
        return place.population
    if place.family == "twin":
        frame = twin(shared)
        return int(frame[(frame["city"] == place.key) & (frame["year"] == YEAR)]["population"].iloc[0])
    table = pd.read_csv(shared / "cities" / "population_by_locode.csv", keep_default_na=False)
    return int(table[table["city_locode"] == place.key]["population"].iloc[0])


def _china(shared: Path) -> Iterator[Row]:
    totals = pd.read_csv(shared / "cities" / "ceads_china_cities.csv")
    provinces = pd.read_parquet(shared / "national" / "ceads_china_provinces.parquet")
    newest = provinces[(provinces["year"] == 2019) & (provinces["fuel"] == "Total") & (provinces["sector"] != "Total")]
    for code, province in PROVINCES.items():
        place = next(p for p in PLACES if p.code == code)
        own = totals[(totals["city"].str.strip() == place.key) & (totals["year"] >= FIRST_HISTORY)]
        sectors = newest[newest["province"] == province]
        shares = sectors.groupby(sectors["sector"].map(_china_reference))["mt"].sum() / sectors["mt"].sum()
        for year, total in sorted(zip(own["year"], own["emissions_mt"], strict=True)):
            for reference, share in shares.items():
                source = (
                    f"CEADs (Shan et al. 2022), {place.name} {year}, CO2, "
                    f"split by the sectors of {province} 2019: estimated"
                )
                tonnes = float(total) * 1e6 * float(share)
                yield _activity(code, int(year), str(reference), tonnes, "estimated", source)


def _china_reference(sector: str) -> str:
    for part, reference in (
        ("Electric Power", "I.4.4"),
        ("Transportation, Storage", "II.1.1"),
        ("Urban", "I.1.1"),
        ("Rural", "I.1.1"),
        ("Wholesale", "I.2.1"),
        ("Others", "I.2.1"),
        ("Farming", "I.5.1"),
        ("Petroleum Processing", "I.4.1"),
        ("Nonmetal Mineral Products", "IV.1"),
    ):
        if sector.startswith(part) or (part in sector and part not in ("Urban", "Rural", "Others")):
            return reference
    return "I.3.1"


def _finland(shared: Path) -> Iterator[Row]:
    totals = pd.read_csv(shared / "cities" / "openghgmap_europe_2018.csv", keep_default_na=False)
    for place in (p for p in PLACES if p.family == "finland"):
        total = float(totals[totals["place"] == place.key]["co2_t"].iloc[0])
        for reference, share in shares(shared, "FI", 2018).items():
            source = (
                f"OpenGHGMap R2021A (Moran et al. 2022, ODbL), {place.key} 2018, CO2, "
                "split as Finland in EDGAR v7.0: estimated"
            )
            yield _activity(place.code, 2018, reference, total * share, "estimated", source)

"""The sample's activities: what cities emit beyond what their facilities report, year by year."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from sample_cities import ALBERTA, CALIFORNIA, ONTARIO, PLACES, PROVINCES, Place
from sample_facilities import FIRST_YEAR, IN_CALGARY, YEAR

Row = dict[str, Any]

FIRST_HISTORY = 2005
TWIN = "Metropolitan Council, Twin Cities GHG inventory {year} (MIT), {what}"
EDGAR = "EDGAR v7.0 (JRC, CC BY 4.0), United States {sector} {year}, by share of population: estimated"
GRID = (
    "EDGAR v7.0 (JRC, CC BY 4.0), United States Power Industry {year}, by share of population, times the grid of "
    "{state} over that of the country (EPA eGRID2023; Ember 2023): estimated"
)
CDP = "CDP-ICLEI open data, {city} {year}, scope 1"
LESS = " less its facilities (ECCC)"
MOVED = ", a head, times population"
HALVES = "; buildings and road in halves: estimated"

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
    yield from _downscaled_us(shared)
    yield from _grid_us(shared)
    yield from _downscaled_canada(shared)
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


def _people(shared: Path, country: str, year: int) -> float:
    frame = pd.read_csv(shared / "national" / "territorial_consumption.csv", keep_default_na=False, na_values=[""])
    return float(frame[(frame["iso2"] == country) & (frame["year"] == year)]["population"].iloc[0])


def _downscaled_us(shared: Path) -> Iterator[Row]:
    frame = pd.read_parquet(shared / "national" / "edgar7_ghg_by_sector.parquet")
    frame = frame[frame["iso3"] == "USA"].set_index(["year", "sector"])["ghg_mt"]
    for place in PLACES:
        if place.family not in ("california", "forest town"):
            continue
        for year in range(FIRST_YEAR, YEAR + 1):
            share = float(place.population or 0) / _people(shared, "US", year)
            for sector, reference in (("Buildings", "I.1.1"), ("Transport", "II.1.1")):
                tonnes = float(frame[year, sector]) * 1e6 * share
                source = EDGAR.format(sector=sector, year=year)
                yield _activity(place.code, year, reference, tonnes, "estimated", source)


def _grid_us(shared: Path) -> Iterator[Row]:
    """Grid electricity of homes and firms together, of the reference year alone: the grids are known for 2023 only."""
    frame = pd.read_parquet(shared / "national" / "edgar7_ghg_by_sector.parquet")
    national = frame[(frame["iso3"] == "USA") & (frame["year"] == YEAR) & (frame["sector"] == "Power Industry")]
    a_head = float(national["ghg_mt"].iloc[0]) * 1e6 / _people(shared, "US", YEAR)
    regions = pd.read_csv(shared / "factors" / "grid_intensity_regions.csv").set_index("region")["gco2e_per_kwh"]
    countries = pd.read_csv(shared / "factors" / "grid_intensity_countries.csv").set_index("iso3")["gco2_per_kwh"]
    for place in PLACES:
        if place.family in ("california", "forest town"):
            state = "California" if place.code in CALIFORNIA else "Oregon"
            tonnes = a_head * float(place.population or 0) * float(regions[state.lower()]) / float(countries["USA"])
            yield _activity(place.code, YEAR, "I.2.2", tonnes, "estimated", GRID.format(year=YEAR, state=state))


# Cities whose own reports stand for others of their province: years, files of CDP, code of their facilities if any.
REPORTERS = {
    "Calgary": ((2017, "cdp_citywide_2018.csv"), (2019, "cdp_citywide_2020.csv")),
    "Peterborough": ((2018, "cdp_citywide_2020.csv"), (2019, "cdp_citywide_2021.csv")),
}


def _reports(shared: Path, name: str) -> Iterator[tuple[int, pd.Series, float]]:
    """A city's own reports: year, the row of CDP, and scope 1 that its facilities did not report, t CO2e a head."""
    plants = pd.read_csv(shared / "emitters" / "canada_facilities.csv")
    plants = plants[(plants["city_locode"] == "CA CAL") & plants["facility"].isin(IN_CALGARY)]
    for year, file in REPORTERS[name]:
        reported = pd.read_csv(shared / "cities" / file)
        row = reported[reported["city"] == name].iloc[0]
        own = float(plants[plants["year"] == year]["emissions_t"].sum()) if name == "Calgary" else 0.0
        yield year, row, float((row["scope1_t"] - own) / row["population"])


def _downscaled_canada(shared: Path) -> Iterator[Row]:
    for place in (p for p in PLACES if p.family == "canada"):
        name = "Peterborough" if place.code in ONTARIO else "Calgary"
        for year, report, rest in _reports(shared, name):
            own = place.name == name
            people = float(report["population"]) if own else population(shared, place)
            scope1, scope2 = CDP.format(city=name, year=year), f"CDP-ICLEI open data, {name} {year}, scope 2"
            if name == "Calgary":
                scope1 += LESS
            # Neither city's file splits scope 1, so half is put to buildings and half to road.
            for reference in ("I.1.1", "II.1.1"):
                source = scope1 + ("" if own else MOVED) + HALVES
                yield _activity(place.code, year, reference, rest * people / 2, "estimated", source)
            if own:
                yield _activity(place.code, year, "I.2.2", float(report["scope2_t"]), "reported", scope2)
            elif place.code in ALBERTA | ONTARIO:
                tonnes = float(report["scope2_t"] / report["population"]) * people
                yield _activity(place.code, year, "I.2.2", tonnes, "estimated", f"{scope2}{MOVED}: estimated")


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
    sectors = pd.read_parquet(shared / "national" / "edgar7_ghg_by_sector.parquet")
    own = sectors[(sectors["iso3"] == "FIN") & (sectors["year"] == 2018)].set_index("sector")["ghg_mt"]
    used = {
        "Buildings": "I.1.1",
        "Transport": "II.1.1",
        "Other industrial combustion": "I.3.1",
        "Power Industry": "I.4.4",
    }
    whole = sum(float(own[sector]) for sector in used)
    for place in (p for p in PLACES if p.family == "finland"):
        total = float(totals[totals["place"] == place.key]["co2_t"].iloc[0])
        for sector, reference in used.items():
            source = (
                f"OpenGHGMap R2021A (Moran et al. 2022, ODbL), {place.key} 2018, CO2, "
                "split as Finland in EDGAR v7.0: estimated"
            )
            yield _activity(place.code, 2018, reference, total * float(own[sector]) / whole, "estimated", source)

"""The sample's facilities, activities and histories, from the shared files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from sample_cities import PLACES, PROVINCES, Place

YEAR = 2020
FIRST_YEAR = 2016
Row = dict[str, Any]

CANADA = "Environment and Climate Change Canada, GHG Reporting Program {year}, facility {id}; OGL Canada"
CARB = "California Air Resources Board, mandatory GHG reporting {year}, ARB {id}, verification {verification}"
GHGRP = "US EPA, GHGRP 2022, facility {id} (AR4 potentials); public domain"
TWIN = "Metropolitan Council, Twin Cities GHG inventory {year} (MIT), {what}"
EDGAR = "EDGAR v7.0 (JRC, CC BY 4.0), {country} {sector} {year}, by share of population: estimated"

# Sectors of the Twin Cities inventory by GPC reference; industry comes from the facilities where there are any.
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
}
POWER = {"2211", "221"}


def facilities(shared: Path) -> dict[str, list[Row]]:
    """By city: rows id, name, sector, gpc_ref, year, tonnes, source; the newest year's largest first."""
    readers = {"canada": _canada, "california": _california, "twin": _ghgrp}
    found: dict[str, list[Row]] = {}
    for place in PLACES:
        if place.family in readers:
            found[place.code] = list(readers[place.family](shared, place))
    return found


def _canada(shared: Path, place: Place) -> Iterator[Row]:
    frame = pd.read_csv(shared / "emitters" / "canada_facilities.csv")
    frame = frame[(frame["city_locode"] == place.key) & frame["year"].between(FIRST_YEAR, YEAR)]
    active = set(frame[(frame["year"] == YEAR) & (frame["emissions_t"] > 0)]["facility_id"])
    for row in frame[frame["facility_id"].isin(active)].itertuples():
        sector = _sector_by_name(str(row.facility))
        yield _facility(row.facility_id, row.facility, sector, row.year, row.emissions_t, CANADA)


def _california(shared: Path, place: Place) -> Iterator[Row]:
    frame = pd.read_parquet(shared / "emitters" / "california_facilities_2011_2020.parquet")
    frame = frame[(frame["city"].str.casefold() == place.key.casefold()) & (frame["emitter_nonbiogenic_t"] > 0)]
    frame = frame[frame["verification"].isin(["Positive", "Qualified Positive"])]
    frame = frame[frame["year"].between(FIRST_YEAR, YEAR)].drop_duplicates(["arb_id", "year"])
    active = set(frame[frame["year"] == YEAR]["arb_id"])
    for row in frame[frame["arb_id"].isin(active)].itertuples():
        source = CARB.replace("{verification}", str(row.verification).lower())
        yield _facility(row.arb_id, row.name, str(row.sector).lower(), row.year, row.emitter_nonbiogenic_t, source)


def _ghgrp(shared: Path, place: Place) -> Iterator[Row]:
    frame = pd.read_csv(shared / "emitters" / "us_ghgrp_2022_facilities.csv", dtype={"naics": str})
    names = {place.key.upper(), place.key.upper().replace("SAINT", "ST.")}
    frame = frame[(frame["state"] == "MN") & frame["city"].str.upper().isin(names) & (frame["total_t"] > 0)]
    for row in frame.itertuples():
        sector = (
            "power generation" if str(row.naics)[:4] in POWER or str(row.naics)[:3] in POWER else _plain(row.sectors)
        )
        yield _facility(row.facility_id, row.name, sector, 2022, row.total_t, GHGRP)


def _facility(identity: Any, name: Any, sector: str, year: Any, tonnes: Any, source: str) -> Row:
    return {
        "id": str(identity),
        "name": " ".join(str(name).split()),
        "sector": sector,
        "gpc_ref": _reference(sector),
        "year": int(year),
        "tonnes": round(float(tonnes)),
        "source": source.replace("{year}", str(year)).replace("{id}", str(identity)),
    }


def _plain(sectors: Any) -> str:
    first = str(sectors).split(",")[0].strip().lower()
    return first if first and first != "nan" else "manufacturing"


def _sector_by_name(name: str) -> str:
    words = name.casefold()
    for part, sector in (
        (("power", "generating", "energy centre", "cogen"), "power generation"),
        (("refin", "upgrader"), "oil refining"),
        (("cement", "ciment"), "cement"),
        (("landfill", "waste"), "waste"),
        (("gas plant", "pipeline", "compressor", "transmission"), "oil and gas"),
        (("steel", "dofasco", "acier"), "steel"),
        (("fertili", "nitrogen", "chemical"), "chemicals"),
    ):
        if any(each in words for each in part):
            return sector
    return "manufacturing and energy"


def _reference(sector: str) -> str:
    words = sector.casefold()
    if "electricity generation" in words or "power" in words:
        return "I.4.4"
    if "waste" in words or "landfill" in words:
        return "III.1.1"
    if any(each in words for each in ("refin", "hydrogen", "oil and gas", "petroleum", "natural gas")):
        return "I.4.1"
    return "IV.1" if any(each in words for each in ("cement", "lime", "minerals", "metals", "steel")) else "I.3.1"


def activities(shared: Path, plants: dict[str, list[Row]]) -> Iterator[Row]:
    """What facilities do not report themselves, one year a city."""
    yield from _twin_activities(shared, plants)
    yield from _downscaled_us(shared)
    yield from _downscaled_canada(shared, plants)
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
    frame = frame[frame["year"] == YEAR]
    for place in PLACES:
        if place.family != "twin":
            continue
        own = frame[frame["city"] == place.key]
        references = [TWIN_GPC.get(pair) for pair in zip(own["sector"], own["category"], strict=True)]
        sums = own.assign(gpc_ref=references).groupby(["gpc_ref", "sector"], as_index=False)["emissions_t"].sum()
        for row in sums.itertuples():
            if row.emissions_t >= 0.5:
                what = f"sector {row.sector}"
                yield _activity(
                    place.code, YEAR, str(row.gpc_ref), float(row.emissions_t), "reported", _twin_source(what)
                )
        industry = float(own[own["sector"] == "Industrial"]["emissions_t"].sum())
        if industry >= 0.5 and not plants.get(place.code):
            yield _activity(place.code, YEAR, "I.3.1", industry, "reported", _twin_source("sector Industrial"))


def _twin_source(what: str) -> str:
    return TWIN.replace("{year}", str(YEAR)).replace("{what}", what)


def _people(shared: Path, country: str) -> float:
    frame = pd.read_csv(shared / "national" / "territorial_consumption.csv", keep_default_na=False, na_values=[""])
    own = frame[(frame["iso2"] == country) & (frame["year"] == YEAR)]
    return float(own["population"].iloc[0])


def _downscaled_us(shared: Path) -> Iterator[Row]:
    frame = pd.read_parquet(shared / "national" / "edgar7_ghg_by_sector.parquet")
    frame = frame[(frame["iso3"] == "USA") & (frame["year"] == YEAR)].set_index("sector")["ghg_mt"]
    people = _people(shared, "US")
    for place in PLACES:
        if place.family == "california":
            for sector, reference in (("Buildings", "I.1.1"), ("Transport", "II.1.1")):
                tonnes = float(frame[sector]) * 1e6 * float(place.population or 0) / people
                source = EDGAR.format(country="United States", sector=sector, year=YEAR)
                yield _activity(place.code, YEAR, reference, tonnes, "estimated", source)


def calgary_rest(shared: Path) -> float:
    """Calgary's scope 1 emissions of 2019 that its facilities did not report, t CO2e a head."""
    reported = pd.read_csv(shared / "cities" / "cdp_citywide_2020.csv")
    calgary = reported[reported["city"] == "Calgary"].iloc[0]
    plants = pd.read_csv(shared / "emitters" / "canada_facilities.csv")
    own = plants[(plants["city_locode"] == "CA CAL") & (plants["year"] == 2019)]["emissions_t"].sum()
    return float((calgary["scope1_t"] - own) / calgary["population"])


def _downscaled_canada(shared: Path, plants: dict[str, list[Row]]) -> Iterator[Row]:
    rest, calgary = calgary_rest(shared), pd.read_csv(shared / "cities" / "cdp_citywide_2020.csv")
    scope2 = float(calgary[calgary["city"] == "Calgary"]["scope2_t"].iloc[0])
    cdp = "CDP and ICLEI, Calgary 2019, scope 1 less facilities"
    for place in PLACES:
        if place.family != "canada":
            continue
        people = population(shared, place)
        own = place.code == "CA-CAL"
        source = f"{cdp}, 1.286 million people" if own else f"{cdp}, a head, times population: estimated"
        # Half buildings, half road: Calgary publishes no split in the file, so the halves are estimated everywhere.
        for reference in ("I.1.1", "II.1.1"):
            text = f"{source}; buildings and road in halves: estimated"
            yield _activity(place.code, 2019, reference, rest * people / 2, "estimated", text)
        if own:
            yield _activity(place.code, 2019, "I.2.2", scope2, "reported", "CDP and ICLEI, Calgary 2019, scope 2")


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
        total = totals[(totals["city"].str.strip() == place.key) & (totals["year"] == 2019)]["emissions_mt"].iloc[0]
        sectors = newest[newest["province"] == province]
        shares = sectors.groupby(sectors["sector"].map(_china_reference))["mt"].sum() / sectors["mt"].sum()
        for reference, share in shares.items():
            source = f"CEADs, Shan et al. 2022, {place.name} 2019 (CO2), split by the sectors of {province}: estimated"
            yield _activity(code, 2019, str(reference), float(total) * 1e6 * float(share), "estimated", source)


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
    for place in PLACES:
        if place.family == "finland":
            total = float(totals[totals["place"] == place.key]["co2_t"].iloc[0])
            for sector, reference in used.items():
                source = f"Moran et al. 2022, OpenGHGMap R2021A (ODbL), {place.key} 2018, split as EDGAR v7.0 Finland: estimated"
                yield _activity(place.code, 2018, reference, total * float(own[sector]) / whole, "estimated", source)


def histories(shared: Path, plants: dict[str, list[Row]], rest: dict[str, float]) -> Iterator[Row]:
    """Direct emissions of the years before, as readings. rest: what facilities do not report, t CO2e a year."""
    frame = twin(shared)
    direct = frame[~frame["category"].str.contains("lectricity") & (frame["sector"] != "Natural Systems")]
    for place in PLACES:
        if place.family == "twin":
            for year, tonnes in direct[direct["city"] == place.key].groupby("year")["emissions_t"].sum().items():
                if 2005 <= int(year) <= YEAR:
                    source = TWIN.format(year=year, what="all direct sectors")
                    yield _history(place.code, int(year), float(tonnes), "reported", source)
        elif place.family in ("canada", "california"):
            for year in range(FIRST_YEAR, YEAR + 1):
                own = sum(row["tonnes"] for row in plants[place.code] if row["year"] == year)
                source = "facilities of the year as reported, the rest as in the reference year: estimated"
                yield _history(place.code, year, own + rest[place.code], "estimated", source)
    totals = pd.read_csv(shared / "cities" / "ceads_china_cities.csv")
    for place in (p for p in PLACES if p.family == "china"):
        own = totals[(totals["city"].str.strip() == place.key) & (totals["year"] >= 2005)]
        for row in own.itertuples():
            source = f"CEADs, Shan et al. 2022, {place.name} {row.year} (CO2)"
            yield _history(place.code, int(row.year), float(row.emissions_mt) * 1e6, "reported", source)


def _history(city: str, year: int, tonnes: float, quality: str, source: str) -> Row:
    return {
        "city": city,
        "stream": "emissions/direct",
        "time": f"{year}-01-01",
        "value": round(tonnes),
        "unit": "t CO2e/year",
        "sd": "",
        "quality": quality,
        "source": source,
    }

"""The sample's facilities: what each verified, year by year, from the shared files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from sample_cities import PLACES, Place

YEAR = 2020
FIRST_YEAR = 2016
Row = dict[str, Any]

CANADA = "Environment and Climate Change Canada, GHG Reporting Program {year}, facility {id}; OGL Canada"
CARB = (
    "California Air Resources Board, mandatory GHG reporting {year}, ARB {id} in {town}, "
    "verification {verification}; public record"
)
GHGRP = "US EPA, GHGRP 2022, facility {id} (AR4 potentials); public domain"
# Lines of business that the sectors of GHGRP don't tell apart.
NAICS = {
    "324110": "oil refining",
    "562212": "waste",
    "562213": "waste to energy",
    "221330": "district heat and power",
    "923110": "institutions",
}
# Words in a Californian facility's name, where its sector is "other combustion source".
COMBUSTION = (
    (("university", "medical center", "airport"), "institutions"),
    (("water reclamation", "water pollution", "wastewater"), "wastewater"),
)
# Both files put some facilities where their operator has its office or gets its post. Calgary's oil and gas firms
# report wells and plants all over Alberta, so only those known to stand in the city are taken; elsewhere those known
# to stand outside are left out.
IN_CALGARY = {
    "Shepard Energy Centre",
    "Calgary Energy Centre",
    "Main Campus",
    "Foothills Medical Centre",
    "Spyhill Landfill",
    "East Calgary Landfill",
    "Calgary Composting Facility",
    "Calgary Plant",
    "Calgary Wallboard Plant",
    "Bonnybrook Wastewater Treatment Plant",
    "District Energy Centre",
    "Shepard Landfill",
    "South Health Campus",
    "Alberta Processing Company",
    "THE CALGARY AIRPORT AUTHORITY - CALGARY",
    "Rockyview General Hospital",
    "Alberta Children's Hospital",
    "IKO Calgary",
    "Navajo Metals",
    "Bearspaw Hydro Plant",
}
# By the Californian rules a "facility" of oil and gas production is all wells of an operator in a whole basin, and one
# of gas distribution is its whole network: neither stands in a city, but for the one store that's a single place.
NOWHERE = "oil and gas production"
ONE_PLACE = {"Southern California Gas Co - Aliso Canyon Facility"}
ELSEWHERE = (
    "Strathcona Refinery",  # these nine: Strathcona County
    "Edmonton-1 and 2 Hydrogen",
    "Scotford",
    "Shell Scotford",
    "Quest Carbon Capture",
    "CORY",  # potash mines and their power station, 7 to 15 km outside of Saskatoon
    "Cory Cogeneration",
    "Patience Lake",
    "METROPOLITAN AIRPORTS COMMISSION",  # Fort Snelling, not Minneapolis
    "United Airlines, Inc. - San Francisco Maintenance",  # the airport, in San Mateo County
    "Mt. Poso Cogeneration",  # 30 km north of Bakersfield
    "Frito Lay - Kern Plant",  # Buttonwillow
    "Thorhild",
    "ATCO Pipelines",
    "Empress",
    "Suffield",
    "PETRO-CAN MED HAT",
    "McClean Lake",
    "Key Lake",
    "McArthur River",
    "Seabee",
    "Jansen",
    "TransGas",
    "SaskEnergy",
)
# Words in a facility's name that tell its line of business; the first that fits.
SECTORS = (
    (("refin", "upgrader"), "oil refining"),
    (("hydrogen", "h2)", "co2 "), "industrial gases"),
    (("cement", "ciment"), "cement"),
    (("wastewater",), "wastewater"),
    (("compost",), "composting"),
    (("landfill", "waste", "recycling"), "waste"),
    (("power", "generating", "generation", "energy centre", "cogen", "hydro plant"), "power generation"),
    (("gas plant", "pipeline", "compressor", "transmission", "fractionation", "extraction"), "oil and gas"),
    (("steel", "dofasco", "stelco", "evraz", "arcelor", "acier", "max aicher", "metals"), "steel"),
    (("university", "campus", "hospital", "medical", "airport", "cfb", "heating plant"), "institutions"),
    (("cory", "patience lake"), "potash mining"),
    (("bunge", "maple leaf", "processing company", "biox"), "food and oils"),
    (
        (
            "fertili",
            "nitrogen",
            "chemi",
            "methanol",
            "carbon",
            "cabot",
            "ineos",
            "arlanxeo",
            "envirofuels",
            "eoeg",
            "hexion",
            "cancarb",
            "western canada operations",
        ),
        "chemicals",
    ),
)


def in_city(place: Place, name: str, sector: str = "") -> bool:
    """Does a facility stand in the place that it's filed under, as far as is known?"""
    if place.code == "CA-CAL":
        return name in IN_CALGARY
    if sector.casefold().startswith(NOWHERE) and name not in ONE_PLACE:
        return False
    return not name.startswith(ELSEWHERE)


def reported_in(shared: Path, year: int, code: str, town: str) -> float:
    """What facilities but power stations reported, t CO2e a year: of a city of the sample or of a Californian town."""
    if not code and not town:
        return 0.0
    place = next((p for p in PLACES if p.code == code), Place(code, town, "california", town, 0.0, 0.0, ""))
    reader = _canada_frame if place.family == "canada" else _california_frame
    return float(sum(each["tonnes"] for each in reader(shared, place, year, year) if each["gpc_ref"] != "I.4.4"))


def facilities(shared: Path) -> dict[str, list[Row]]:
    """By city: rows id, name, sector, gpc_ref, year, tonnes, source; the newest year's largest first."""
    readers = {"canada": _canada, "california": _california, "twin": _ghgrp}
    found: dict[str, list[Row]] = {}
    for place in PLACES:
        if place.family in readers:
            found[place.code] = list(readers[place.family](shared, place))
    return found


def _canada(shared: Path, place: Place) -> Iterator[Row]:
    yield from _still_active(_canada_frame(shared, place, FIRST_YEAR, YEAR))


def _california(shared: Path, place: Place) -> Iterator[Row]:
    yield from _still_active(_california_frame(shared, place, FIRST_YEAR, YEAR))


def _still_active(rows: Iterator[Row]) -> Iterator[Row]:
    known = list(rows)
    active = {row["id"] for row in known if row["year"] == YEAR and row["tonnes"] > 0}
    yield from (row for row in known if row["id"] in active)


def _canada_frame(shared: Path, place: Place, first: int, last: int) -> Iterator[Row]:
    frame = pd.read_csv(shared / "emitters" / "canada_facilities.csv")
    for row in frame[(frame["city_locode"] == place.key) & frame["year"].between(first, last)].itertuples():
        name = str(row.facility)
        if in_city(place, name):
            yield _facility(row.facility_id, name, _sector_by_name(name), row.year, row.emissions_t, CANADA)


def _california_frame(shared: Path, place: Place, first: int, last: int) -> Iterator[Row]:
    frame = pd.read_parquet(shared / "emitters" / "california_facilities_2011_2020.parquet")
    towns = {name.casefold() for name in (place.key, *place.districts)}
    frame = frame[frame["city"].str.casefold().isin(towns) & (frame["emitter_nonbiogenic_t"] > 0)]
    if first >= FIRST_YEAR:  # before, many rows have no verdict; there they only lower what a report leaves to others
        frame = frame[frame["verification"].isin(["Positive", "Qualified Positive"])]
    frame = frame[frame["year"].between(first, last)].drop_duplicates(["arb_id", "year"])
    for row in frame.itertuples():
        if not in_city(place, str(row.name), str(row.sector)):
            continue
        source = CARB.replace("{verification}", str(row.verification).lower()).replace("{town}", str(row.city).title())
        sector = _kind(str(row.name), str(row.sector).lower())
        yield _facility(row.arb_id, row.name, sector, row.year, row.emitter_nonbiogenic_t, source)


def _ghgrp(shared: Path, place: Place) -> Iterator[Row]:
    frame = pd.read_csv(shared / "emitters" / "us_ghgrp_2022_facilities.csv", dtype={"naics": str})
    names = {place.key.upper(), place.key.upper().replace("SAINT", "ST.")}
    frame = frame[(frame["state"] == "MN") & frame["city"].str.upper().isin(names) & (frame["total_t"] > 0)]
    for row in frame.itertuples():
        if not in_city(place, str(row.name)):
            continue
        naics = str(row.naics).split(".")[0]
        sector = NAICS.get(naics) or ("power generation" if naics.startswith("2211") else _plain(row.sectors))
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
    for parts, sector in SECTORS:
        if any(part in words for part in parts):
            return sector
    return "manufacturing"


def _kind(name: str, sector: str) -> str:
    """A Californian facility's line of business: its sector, or what its name tells of a mere combustion source."""
    if sector == "other combustion source":
        words = name.casefold()
        return next((kind for parts, kind in COMBUSTION if any(part in words for part in parts)), sector)
    return sector


def _reference(sector: str) -> str:
    words = sector.casefold()
    if any(each in words for each in ("electricity generation", "power", "cogeneration", "waste to energy")):
        return "I.4.4"
    if "wastewater" in words:
        return "III.4.1"
    if "composting" in words:
        return "III.2.1"
    if "waste" in words or "landfill" in words:
        return "III.1.1"
    if "institutions" in words:
        return "I.2.1"
    if any(each in words for each in ("refin", "hydrogen", "oil and gas", "petroleum", "natural gas")):
        return "I.4.1"
    return "IV.1" if any(each in words for each in ("cement", "lime", "minerals", "metals", "steel")) else "I.3.1"

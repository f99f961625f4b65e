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
POWER = {"2211", "221"}
# The Canadian file puts some facilities where their operator has its office. Calgary's oil and gas firms report wells
# and plants all over Alberta, so only those known to stand in the city are taken; elsewhere these few are left out.
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
ELSEWHERE = (
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
        ),
        "chemicals",
    ),
)


def in_city(place: Place, name: str) -> bool:
    """Does a Canadian facility stand in the place that it's filed under?"""
    return name in IN_CALGARY if place.code == "CA-CAL" else not name.startswith(ELSEWHERE)


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
        if not in_city(place, str(row.facility)):
            continue
        sector = _sector_by_name(str(row.facility))
        yield _facility(row.facility_id, row.facility, sector, row.year, row.emissions_t, CANADA)


def _california(shared: Path, place: Place) -> Iterator[Row]:
    frame = pd.read_parquet(shared / "emitters" / "california_facilities_2011_2020.parquet")
    towns = {name.casefold() for name in (place.key, *place.districts)}
    frame = frame[frame["city"].str.casefold().isin(towns) & (frame["emitter_nonbiogenic_t"] > 0)]
    frame = frame[frame["verification"].isin(["Positive", "Qualified Positive"])]
    frame = frame[frame["year"].between(FIRST_YEAR, YEAR)].drop_duplicates(["arb_id", "year"])
    active = set(frame[frame["year"] == YEAR]["arb_id"])
    for row in frame[frame["arb_id"].isin(active)].itertuples():
        source = CARB.replace("{verification}", str(row.verification).lower()).replace("{town}", str(row.city).title())
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
    for parts, sector in SECTORS:
        if any(part in words for part in parts):
            return sector
    return "manufacturing"


def _reference(sector: str) -> str:
    words = sector.casefold()
    if "electricity generation" in words or "power" in words:
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

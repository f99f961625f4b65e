"""Compile the sample's tables from the shared data folder: python scripts/compile_sample.py FOLDER [OUT]."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from sample_cities import PLACES, Place
from sample_emissions import activities, population
from sample_facilities import Row, facilities
from sample_land import Land, city_area, land_of, land_readings, projects, reading
from sample_support import support

OUT = Path(__file__).parents[1] / "src" / "carbonpolis" / "data" / "sample"
VERIFIERS = ("US-MSP", "CA-CAL")


def main() -> None:
    """Write the five tables."""
    shared = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    out.mkdir(parents=True, exist_ok=True)
    plants = facilities(shared)
    land = land_of(shared)
    accounts = list(_accounts(plants, land))
    largest = {
        a["city"]: a["account"] for a in accounts if a["role"] == "emitter" and str(a["account"]).endswith("-001")
    }
    _write(out / "cities.csv", (_city(shared, place) for place in PLACES))
    _write(out / "accounts.csv", accounts)
    _write(out / "activities.csv", activities(shared, plants))
    _write(out / "projects.csv", projects(land, largest))
    _write(out / "readings.csv", [*land_readings(shared, land), *support(shared), *_participation(plants)])


def _city(shared: Path, place: Place) -> Row:
    people = population(shared, place)
    gdp, gdp_year, source = _product(shared, place, people)
    return {
        "city": place.code,
        "name": place.name,
        "country": place.code[:2],
        "latitude": place.latitude,
        "longitude": place.longitude,
        "population": people,
        "population_year": place.population_year or (2020 if place.family == "twin" else 2021),
        "area_km2": city_area(shared, place),
        "gdp_musd_ppp": gdp,
        "gdp_year": gdp_year,
        "ecological_zone": place.zone,
        "source": place.source + source,
    }


def _product(shared: Path, place: Place, people: int) -> tuple[Any, Any, str]:
    """Product of the city, million PPP USD: its metropolitan area's product a head times its own population.

    Nangini et al. give whole metropolitan areas, three to nine times as many people as the city has.
    """
    if not place.metro:
        return "", "", ""
    table = pd.read_csv(shared / "cities" / "nangini_343_cities.csv", keep_default_na=False)
    row = table[table["city"] == place.metro].iloc[0]
    head, year = float(row["gdp_ppp_usd_per_capita"]), int(float(row["gdp_ppp_year"]))
    text = f"; product: metropolitan {place.metro} {year} a head (Nangini et al. 2019, CC BY 4.0) times population"
    return round(head * people / 1e6), year, text


def _accounts(plants: dict[str, list[Row]], land: Land) -> Iterator[Row]:
    for code, rows in plants.items():
        newest = {r["id"]: r for r in sorted(rows, key=lambda r: r["year"])}
        order = sorted(newest.values(), key=lambda r: (-r["tonnes"], r["id"]))
        for number, facility in enumerate(order, start=1):
            for row in sorted((r for r in rows if r["id"] == facility["id"]), key=lambda r: r["year"]):
                yield {
                    "account": f"E-{code}-{number:03d}",
                    "name": facility["name"],
                    "city": code,
                    "role": "emitter",
                    "sector": facility["sector"],
                    "gpc_ref": facility["gpc_ref"],
                    "year": row["year"],
                    "verified_emissions_t": row["tonnes"],
                    "source": row["source"],
                }
    names = {place.code: place.name for place in PLACES}
    for code in land:
        source = "assumed: an owner for the city's enrolled land"
        yield _party(f"S-{code}-001", f"{names[code]} land trust (assumed)", code, "sink_producer", source)
    for number, code in enumerate(VERIFIERS, start=1):
        source = "assumed: an independent verifier, accredited for every sink class"
        yield _party(f"V-{number:03d}", f"Verifier {number} (assumed)", code, "verifier", source)


def _party(account: str, name: str, city: str, role: str, source: str) -> Row:
    blank = {"sector": "", "gpc_ref": "", "year": "", "verified_emissions_t": ""}
    return {"account": account, "name": name, "city": city, "role": role, **blank, "source": source}


def _participation(plants: dict[str, list[Row]]) -> Iterator[Row]:
    """Who could take part in a market."""
    for place in PLACES:
        firms = len({row["id"] for row in plants.get(place.code, [])})
        if firms:
            text = "assumed: the firms that report, a quarter more and one"
            yield reading(place.code, "eligible_firms", round(firms * 1.25) + 1, "firms", "assumed", text)
            text = "assumed: few residents yet"
            yield reading(place.code, "adults_with_account_share", 0.02, "share", "assumed", text)


def _write(path: Path, rows: Iterable[Row]) -> None:
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()

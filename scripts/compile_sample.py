"""Compile the sample's tables from the shared data folder: python scripts/compile_sample.py FOLDER [OUT]."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from sample_cities import CALIFORNIA, PLACES, PRICED, Place
from sample_emissions import YEAR, Row, activities, facilities, histories, population

OUT = Path(__file__).parents[1] / "src" / "carbonpolis" / "data" / "sample"
LAND = {"Tree": "forest", "Urban_Tree": "urban_trees", "Wetland": "wetland", "Grassland": "grassland"}
NLCD = "Metropolitan Council, land cover and sequestration {year} (NLCD; MIT)"
ENROLLED = "area sourced; that it is enrolled as a project, and by whom, is assumed"
WASTELAND_OF_GRASS, WASTELAND_OF_AREA, REWETTED = 0.2, 0.01, 0.05


def main() -> None:
    """Write the five tables."""
    shared = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    out.mkdir(parents=True, exist_ok=True)
    plants = facilities(shared)
    done = list(activities(shared, plants))
    rest = {place.code: _rest(done, place.code) for place in PLACES}
    land = _land(shared)
    accounts = list(_accounts(plants, land))
    _write(out / "cities.csv", (_city(shared, place) for place in PLACES))
    _write(out / "accounts.csv", accounts)
    _write(out / "activities.csv", done)
    _write(out / "projects.csv", _projects(land, accounts))
    _write(out / "readings.csv", [*_readings(shared, land, plants), *histories(shared, plants, rest)])


def _rest(rows: Iterable[Row], city: str) -> float:
    """Direct emissions among activities: everything but scope 2 and waste treated outside."""
    outside = ("I.1.2", "I.2.2", "III.1.2")
    return float(sum(r["amount"] for r in rows if r["city"] == city and r["gpc_ref"] not in outside))


def _city(shared: Path, place: Place) -> Row:
    area, gdp, gdp_year = place.area_km2, "", ""
    if area is None:
        table = pd.read_csv(shared / "cities" / "area_by_locode.csv", keep_default_na=False)
        area = float(table[table["city_locode"] == place.key]["area_km2"].iloc[0])
    return {
        "city": place.code,
        "name": place.name,
        "country": place.code[:2],
        "latitude": place.latitude,
        "longitude": place.longitude,
        "population": population(shared, place),
        "population_year": place.population_year or (2020 if place.family == "twin" else 2021),
        "area_km2": area,
        "gdp_musd_ppp": gdp,
        "gdp_year": gdp_year,
        "ecological_zone": place.zone,
        "source": place.source,
    }


def _land(shared: Path) -> dict[str, dict[str, tuple[float, str]]]:
    """By city and class: hectares and their source."""
    frame = pd.read_parquet(shared / "sinks" / "twin_cities_land_sequestration.parquet")
    frame = frame[(frame["kind"] == "CITY") & (frame["year"] == YEAR)]
    found: dict[str, dict[str, tuple[float, str]]] = {}
    for place in PLACES:
        own = frame[frame["city"] == place.key]
        if place.family == "twin":
            areas = own.groupby("source")["area_km2"].sum() * 100
            source = NLCD.format(year=YEAR)
            found[place.code] = {LAND[str(k)]: (round(float(v), 1), source) for k, v in areas.items() if str(k) in LAND}
        elif place.canopy is not None:
            area = place.area_km2 or float(
                pd.read_csv(shared / "cities" / "area_by_locode.csv", keep_default_na=False)
                .set_index("city_locode")
                .loc[place.key, "area_km2"]
            )
            found[place.code] = {"urban_trees": (round(area * 100 * place.canopy, 1), place.canopy_source)}
    return found


def _accounts(plants: dict[str, list[Row]], land: dict[str, Any]) -> Iterator[Row]:
    for code, rows in plants.items():
        newest = {r["id"]: r for r in sorted(rows, key=lambda r: r["year"])}
        order = sorted(newest.values(), key=lambda r: (-r["tonnes"], r["id"]))
        for number, facility in enumerate(order, start=1):
            for row in sorted((r for r in rows if r["id"] == facility["id"]), key=lambda r: r["year"]):
                yield _account(
                    f"E-{code}-{number:03d}",
                    facility["name"],
                    code,
                    "emitter",
                    facility,
                    row["year"],
                    row["tonnes"],
                    row["source"],
                )
    names = {place.code: place.name for place in PLACES}
    for code in land:
        source = "assumed: an owner for the city's enrolled land"
        yield _account(
            f"S-{code}-001", f"{names[code]} land trust (assumed)", code, "sink_producer", None, "", "", source
        )
    for number, code in enumerate(("US-MSP", "CA-CAL"), start=1):
        source = "assumed: an independent verifier, accredited for every sink class"
        yield _account(f"V-{number:03d}", f"Verifier {number} (assumed)", code, "verifier", None, "", "", source)


def _account(
    account: str, name: str, city: str, role: str, about: Row | None, year: Any, tonnes: Any, source: str
) -> Row:
    return {
        "account": account,
        "name": name,
        "city": city,
        "role": role,
        "sector": about["sector"] if about else "",
        "gpc_ref": about["gpc_ref"] if about else "",
        "year": year,
        "verified_emissions_t": tonnes,
        "source": source,
    }


def _projects(land: dict[str, dict[str, tuple[float, str]]], accounts: list[Row]) -> Iterator[Row]:
    largest = {
        a["city"]: a["account"] for a in reversed(accounts) if a["account"].endswith("-001") and a["role"] == "emitter"
    }
    names = {place.code: place.name for place in PLACES}
    for code, areas in land.items():
        trust = f"S-{code}-001"
        if "forest" in areas:
            # The refinery's own woodland feeds its own obligation first: one example of an enterprise's own sink.
            owner = largest[code] if code in ("US-RSM", "US-SHK") else trust
            yield _project(
                code,
                "FOR",
                f"{names[code]} woodland",
                "forest",
                "forest_gain_loss",
                owner,
                areas["forest"],
                "age_class=old",
            )
        if "urban_trees" in areas:
            area = areas["urban_trees"]
            yield _project(
                code,
                "URB",
                f"{names[code]} urban trees",
                "urban_trees",
                "urban_trees_crown_cover",
                trust,
                area,
                "mean_age_years=20",
            )
        if code in ("US-EAG", "US-LKV") and "grassland" in areas:
            inputs = "climate=cold_temperate_moist;before=nominal;after=improved"
            yield _project(
                code, "SOI", f"{names[code]} grassland", "soil", "grassland_soil", trust, areas["grassland"], inputs
            )
        if code == "US-HUG" and "wetland" in areas:
            area = (round(areas["wetland"][0] * REWETTED, 1), areas["wetland"][1] + "; 5 % of it rewetted: assumed")
            yield _project(
                code,
                "WET",
                f"{names[code]} rewetted peat",
                "wetland",
                "wetland_inland",
                trust,
                area,
                "climate=temperate;nutrients=poor",
            )


def _project(
    city: str, kind: str, name: str, sink_class: str, model: str, owner: str, area: tuple[float, str], inputs: str
) -> Row:
    return {
        "project": f"P-{city}-{kind}",
        "name": name,
        "city": city,
        "sink_class": sink_class,
        "model": model,
        "owner": owner,
        "start_year": 2018,
        "area_ha": area[0],
        "inputs": inputs,
        "longevity_years": 40,
        "status": "assumed",
        "source": f"{area[1]}; {ENROLLED}",
    }


def _readings(shared: Path, land: dict[str, Any], plants: dict[str, list[Row]]) -> Iterator[Row]:
    targets = pd.read_csv(shared / "cities" / "cdp_targets_2021.csv", keep_default_na=False)
    aiming = {str(name).casefold() for name in targets["city"]} if "city" in targets else set()
    for place in PLACES:
        areas = land.get(place.code, {})
        for kind, (hectares, source) in areas.items():
            yield _reading(place.code, f"land/{kind}", hectares, "ha", "reported", source)
        grass = areas.get("grassland")
        if grass:
            text = f"{grass[1]}; a fifth of the grassland: assumed"
            yield _reading(
                place.code, "land/treeable_wasteland", round(grass[0] * WASTELAND_OF_GRASS, 1), "ha", "estimated", text
            )
        else:
            area = place.area_km2 or 800.0
            text = "one hundredth of the city's area: assumed, no land survey at hand"
            yield _reading(
                place.code, "land/treeable_wasteland", round(area * 100 * WASTELAND_OF_AREA, 1), "ha", "assumed", text
            )
        yield _support(place, place.name.casefold() in aiming)
        firms = len({row["id"] for row in plants.get(place.code, [])})
        if firms:
            text = "a quarter more firms than report: assumed"
            yield _reading(place.code, "eligible_firms", round(firms * 1.25) + 1, "firms", "assumed", text)
            yield _reading(
                place.code, "adults_with_account_share", 0.02, "share", "assumed", "assumed: few residents yet"
            )


def _support(place: Place, target: bool) -> Row:
    law = PRICED.get("US-CA" if place.code in CALIFORNIA else place.code[:2], "")
    points = 30 + 20 * target + 20 * bool(law)
    text = (
        f"30 points for reporting duty and staff, 20 for a target in CDP targets 2021 ({'yes' if target else 'no'}), "
    )
    text += f"20 for a law that prices carbon ({law or 'none'}); other items not coded: estimated"
    return _reading(place.code, "S26", points, "points", "estimated", text)


def _reading(city: str, stream: str, value: float, unit: str, quality: str, source: str) -> Row:
    return {
        "city": city,
        "stream": stream,
        "time": f"{YEAR}-01-01",
        "value": value,
        "unit": unit,
        "sd": "",
        "quality": quality,
        "source": source,
    }


def _write(path: Path, rows: Iterable[Row]) -> None:
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()

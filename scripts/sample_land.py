"""The sample's land: hectares by class, the projects on it, and readings about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from sample_cities import PLACES, Place
from sample_facilities import YEAR, Row

Land = dict[str, dict[str, tuple[float, str]]]

CLASSES = {
    "Tree": "forest",
    "Urban_Tree": "urban_trees",
    "Wetland": "wetland",
    "Grassland": "grassland",
    "Urban_Grassland": "urban_grassland",
}
NLCD = f"Metropolitan Council, land cover and sequestration {YEAR} (from NLCD; MIT)"
ENROLLED = "area sourced; that it is enrolled as a project, by whom and since when is assumed"
REGISTERED = "a real project; its owner account, start and yearly growth here are assumed"
TOWN = "forest town"  # a place whose woods are registered projects
WASTELAND_OF_GRASS, WASTELAND_OF_AREA, REWETTED, LEAST_HA = 0.05, 0.01, 0.05, 5.0
# Woods that an emitter of the city owns: they feed its own obligation first.
# The one inland example: by the 2013 Wetlands Supplement rewetted peat still emits more methane than it takes up, so
# its removal is below zero and no unit can be issued for it.
REWETTED_IN = "US-HUG"
OWN_SINKS = ("US-RSM", "US-SHK", "US-IGH")


def city_area(shared: Path, place: Place) -> float:
    """Land area, km2: typed in with its source, else by UN/LOCODE."""
    if place.area_km2 is not None:
        return place.area_km2
    table = pd.read_csv(shared / "cities" / "area_by_locode.csv", keep_default_na=False)
    return round(float(table[table["city_locode"] == place.key]["area_km2"].iloc[0]), 2)


def land_of(shared: Path) -> Land:
    """By city and class: hectares and their source; cities without a sourced area are left out."""
    frame = pd.read_parquet(shared / "sinks" / "twin_cities_land_sequestration.parquet")
    frame = frame[(frame["kind"] == "CITY") & (frame["year"] == YEAR)].drop_duplicates()
    found: Land = {}
    for place in PLACES:
        if place.family == "twin":
            areas = frame[frame["city"] == place.key].groupby("source")["area_km2"].sum() * 100
            found[place.code] = {CLASSES[str(k)]: (round(float(v), 1), NLCD) for k, v in areas.items()}
        elif place.canopy is not None:
            area = round(city_area(shared, place) * 100 * place.canopy, 1)
            found[place.code] = {"urban_trees": (area, place.canopy_source)}
        elif place.forest is not None:
            found[place.code] = {"forest": place.forest}
            if place.marsh is not None:
                found[place.code]["wetland"] = place.marsh
    return found


def projects(land: Land, largest: dict[str, str]) -> Iterator[Row]:
    """One project a city and class of land with a sourced area. largest: account of each city's largest emitter."""
    for place in PLACES:
        areas, trust = land.get(place.code, {}), f"S-{place.code}-001"
        if "forest" in areas:
            owner = largest[place.code] if place.code in OWN_SINKS else trust
            row = _project(place, "FOR", "woodland", owner, 2016, 100, areas["forest"], "age_class=old")
            yield {**row, "status": "sourced" if place.family == TOWN else "assumed"}
        if "urban_trees" in areas:
            yield _project(place, "URB", "urban trees", trust, 2017, 40, areas["urban_trees"], "mean_age_years=20")
        if areas.get("grassland", (0.0, ""))[0] >= LEAST_HA:
            inputs = "climate=cold_temperate_moist;before=nominal;after=improved"
            yield _project(place, "SOI", "grassland", trust, 2018, 40, areas["grassland"], inputs)
        if place.marsh is not None:
            inputs = "kind=tidal_marsh;salinity=saline"
            row = _project(place, "WET", "salt marsh", trust, 2018, 100, place.marsh, inputs)
            yield {**row, "model": "coastal_wetland"}
        wet = areas.get("wetland", (0.0, ""))
        if place.code == REWETTED_IN:
            area = (round(wet[0] * REWETTED, 1), f"{wet[1]}; that 5 % of the wetland is rewetted peat is assumed")
            yield _project(place, "WET", "rewetted peat", trust, 2019, 100, area, "climate=temperate;nutrients=poor")


KINDS = {
    "FOR": ("forest", "forest_gain_loss"),
    "URB": ("urban_trees", "urban_trees_crown_cover"),
    "SOI": ("soil", "grassland_soil"),
    "WET": ("wetland", "wetland_inland"),
}


def _project(
    place: Place, kind: str, what: str, owner: str, start: int, longevity: int, area: tuple[float, str], inputs: str
) -> Row:
    sink_class, model = KINDS[kind]
    enrolled = REGISTERED if place.family == TOWN and kind == "FOR" else ENROLLED
    return {
        "project": f"P-{place.code}-{kind}",
        "name": f"{place.name} {what}",
        "city": place.code,
        "sink_class": sink_class,
        "model": model,
        "owner": owner,
        "start_year": start,
        "area_ha": area[0],
        "inputs": inputs,
        "longevity_years": longevity,
        "status": "assumed",
        "source": f"{area[1]}; {enrolled}",
    }


def land_readings(shared: Path, land: Land) -> Iterator[Row]:
    """Hectares by class and, of them, what could carry trees."""
    for place in PLACES:
        areas = land.get(place.code, {})
        for kind, (hectares, source) in areas.items():
            quality = "estimated" if place.canopy is not None else "reported"
            yield reading(place.code, f"land/{kind}", hectares, "ha", quality, source)
        grass = sum(areas[kind][0] for kind in ("grassland", "urban_grassland") if kind in areas)
        if grass:
            value = round(grass * WASTELAND_OF_GRASS, 1)
            text = f"{NLCD}; that 5 % of its grassland, wild and urban, could carry trees is assumed"
        else:
            value = round(city_area(shared, place) * 100 * WASTELAND_OF_AREA, 1)
            text = "assumed: one hundredth of the city's area, for want of a land survey"
        yield reading(place.code, "land/treeable_wasteland", value, "ha", "assumed", text)


def reading(city: str, stream: str, value: float, unit: str, quality: str, source: str, sd: float | None = None) -> Row:
    """A row of readings.csv for the reference year."""
    return {
        "city": city,
        "stream": stream,
        "time": f"{YEAR}-01-01",
        "value": value,
        "unit": unit,
        "sd": "" if sd is None else sd,
        "quality": quality,
        "source": source,
    }

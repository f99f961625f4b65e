"""The sample's files hold to the load templates, to each other and to a few figures added up by hand."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from carbonpolis import data
from carbonpolis.measure import sinks
from carbonpolis.platform.intake.columns import parse
from carbonpolis.platform.intake.kinds.table import KINDS as TABLE

DATA = Path(data.__file__).parent
KINDS = ("cities", "accounts", "activities", "projects", "readings")


def raw(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    return list(reader.fieldnames or []), rows


def load(kind: str) -> tuple[list[dict[str, Any]], list[Any]]:
    header, rows = raw(DATA / "sample" / f"{kind}.csv")
    return parse(TABLE[kind].columns, header, list(enumerate(rows, start=2)), f"{kind}.csv", "")


@pytest.fixture(scope="module")
def sample() -> dict[str, list[dict[str, Any]]]:
    return {kind: load(kind)[0] for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_has_the_columns_of_its_template_and_no_fault(kind: str) -> None:
    header, _ = raw(DATA / "sample" / f"{kind}.csv")
    rows, faults = load(kind)
    assert faults == []
    assert rows
    columns = TABLE[kind].columns
    assert header == [column.name for column in columns if column.name in header]
    assert {column.name for column in columns if column.required} <= set(header)


def test_there_are_enough_cities_countries_emitters_and_projects(sample: dict[str, Any]) -> None:
    emitters = {row["account"] for row in sample["accounts"] if row["role"] == "emitter"}
    assert len(sample["cities"]) == 39
    assert {row["country"] for row in sample["cities"]} == {"US", "CA", "CN", "FI"}
    assert 200 <= len(emitters) <= 260
    assert 30 <= len(sample["projects"]) <= 60
    assert sum(row["role"] == "verifier" for row in sample["accounts"]) == 2


def test_keys_are_unique(sample: dict[str, Any]) -> None:
    keys = {
        "cities": ("city",),
        "accounts": ("account", "year"),
        "projects": ("project",),
        "activities": ("city", "year", "gpc_ref", "source"),
        "readings": ("city", "stream", "time"),
    }
    for kind, columns in keys.items():
        found = [tuple(row[column] for column in columns) for row in sample[kind]]
        assert len(found) == len(set(found)), kind


def test_every_row_points_at_a_city_and_every_project_at_an_owner_in_its_city(sample: dict[str, Any]) -> None:
    cities = {row["city"] for row in sample["cities"]}
    homes = {row["account"]: row["city"] for row in sample["accounts"]}
    assert {row["city"] for kind in KINDS for row in sample[kind]} == cities
    assert all(homes[row["owner"]] == row["city"] for row in sample["projects"])
    owned = [row for row in sample["projects"] if row["owner"].startswith("E-")]
    assert len(owned) == 3, "three enterprises have a sink of their own"


def test_gpc_references_are_legal(sample: dict[str, Any]) -> None:
    _, cells = raw(DATA / "gpc.csv")
    legal = {row["gpc_ref"] for row in cells}
    assert {row["gpc_ref"] for row in sample["activities"]} <= legal
    assert {row["gpc_ref"] for row in sample["accounts"] if row["role"] == "emitter"} <= legal


def test_every_city_has_direct_emissions_near_2020_and_no_year_after_2022(sample: dict[str, Any]) -> None:
    years = defaultdict(set)
    for row in sample["activities"]:
        years[row["city"]].add(row["year"])
        assert row["activity"] == "reported emissions"
        assert row["unit"] == "t CO2e"
        assert row["amount"] >= 0
    for row in sample["cities"]:
        assert any(2018 <= year <= 2022 for year in years[row["city"]]), row["city"]
        assert max(years[row["city"]]) <= 2022


def test_what_is_assumed_is_said(sample: dict[str, Any]) -> None:
    for row in sample["accounts"]:
        assert (row["role"] == "emitter") == (row["verified_emissions_t"] is not None), row["account"]
        assert row["role"] == "emitter" or "assumed" in row["source"]
    for row in sample["readings"]:
        assert row["quality"] != "assumed" or "assumed" in row["source"]
    for row in sample["activities"]:
        assert row["quality"] != "estimated" or "estimated" in row["source"]
    assert all("assumed" in row["source"] for row in sample["projects"])
    assert {row["city"] for row in sample["projects"] if row["status"] == "sourced"} == {"US-ACV", "US-AST"}


def test_projects_name_a_model_whose_removal_is_plausible(sample: dict[str, Any]) -> None:
    zones = {row["city"]: row["ecological_zone"] for row in sample["cities"]}
    below_zero = []
    for row in sample["projects"]:
        model = sinks.model(row["model"])
        wanted = {each.name for each in model.inputs}
        given: dict[str, Any] = dict(row["inputs"])
        given |= {name: row["area_ha"] for name in ("area_ha", "crown_area_ha") if name in wanted}
        if "ecological_zone" in wanted:
            given["ecological_zone"] = zones[row["city"]]
        removal = float(model.removal(**given).mean)
        assert model.sink_class == row["sink_class"]
        assert removal < 900_000
        assert 2016 <= row["start_year"] <= 2019
        assert row["longevity_years"] >= 40
        if removal <= 0:
            below_zero.append(row["project"])
    assert below_zero == ["P-US-HUG-WET"], "rewetted inland peat: methane outweighs what is stored"


def test_land_fits_into_the_city(sample: dict[str, Any]) -> None:
    areas = {row["city"]: row["area_km2"] * 100 for row in sample["cities"]}
    land: defaultdict[str, float] = defaultdict(float)
    for row in sample["readings"]:
        if row["stream"].startswith("land/") and row["stream"] != "land/treeable_wasteland":
            land[row["city"]] += row["value"]
    assert [city for city, hectares in land.items() if hectares > areas[city]] == []


def test_sums_by_hand(sample: dict[str, Any]) -> None:
    def facilities(city: str, year: int) -> float:
        rows = [row for row in sample["accounts"] if row["city"] == city and row["year"] == year]
        return float(sum(row["verified_emissions_t"] for row in rows))

    def rest(city: str, year: int, *references: str) -> float:
        rows = [row for row in sample["activities"] if (row["city"], row["year"]) == (city, year)]
        return float(sum(row["amount"] for row in rows if row["gpc_ref"] in references))

    # GHGRP 2022: the Pine Bend refinery and its neighbour, 4,435,726 t.
    assert facilities("US-RSM", 2022) == 4_435_726
    # CDP: Calgary 2019, BASIC 18,042,522 less scope 2 of 6,901,916, is 11,140,606 t; 438,266 t of it its facilities
    # report that are no power stations (ECCC, 16 of them).
    no_power = [
        row["verified_emissions_t"]
        for row in sample["accounts"]
        if (row["city"], row["year"]) == ("CA-CAL", 2019) and row["gpc_ref"] != "I.4.4"
    ]
    assert rest("CA-CAL", 2019, "I.1.1", "II.1.1") == pytest.approx(11_140_606 - sum(no_power), abs=2)
    # CDP: Espoo 2017 reported a scope 1 of 903,000 t and a scope 2 of 240,000 t.
    assert rest("FI-ESP", 2017, "I.1.1", "II.1.1", "I.3.1", "I.4.4") == pytest.approx(903_000, abs=3)
    assert rest("FI-ESP", 2017, "I.2.2") == 240_000
    # CEADs: Shenzhen 2019 emitted 44.263193 Mt.
    total = sum(row["amount"] for row in sample["activities"] if (row["city"], row["year"]) == ("CN-SZX", 2019))
    assert total == pytest.approx(44_263_193, abs=10)
    # Twin Cities inventory: road traffic of Orono in 2020, 46,032 t.
    assert rest("US-ORO", 2020, "II.1.1") == pytest.approx(46_032, abs=2)


def test_a_report_of_another_year_is_carried_by_the_course_of_the_country(sample: dict[str, Any]) -> None:
    rows = {
        (row["city"], row["year"], row["gpc_ref"]): row["amount"]
        for row in sample["activities"]
        if row["city"] in ("CA-EDM", "US-LGB")
    }
    # Global Carbon Budget 2022: Canada 571.544619 Mt in 2017, 534.863824 Mt in 2020. CDP: Edmonton's scope 2 of 2017.
    assert rows["CA-EDM", 2020, "I.2.2"] == pytest.approx(6_210_270 * 534.863824 / 571.544619, abs=1)
    # EDGAR v7.0: power in the United States, rounded to 0.1 Mt. CDP: Long Beach's scope 2 of 2015.
    assert rows["US-LGB", 2020, "I.2.2"] == pytest.approx(696_847 * 1502.0 / 1997.2, rel=1e-3)


def test_emitters_are_places_in_their_city_and_not_networks_or_basins(sample: dict[str, Any]) -> None:
    names = {row["name"]: row for row in sample["accounts"] if row["role"] == "emitter"}
    for words in ("Basin", "Distribution", "San Joaquin Valley", "Scotford", "Strathcona Refinery", "Mt. Poso"):
        assert [name for name in names if words in name] == [], words
    assert "Southern California Gas Co - Aliso Canyon Facility" in names, "a single store, not a network"


def test_lines_of_business_fit_their_references(sample: dict[str, Any]) -> None:
    found = {row["name"]: (row["sector"], row["gpc_ref"]) for row in sample["accounts"] if row["role"] == "emitter"}
    assert found["Flint Hills Resources Pine Bend Refinery"] == ("oil refining", "I.4.1")
    assert found["Hennepin Energy Recovery Center"] == ("waste to energy", "I.4.4")
    assert found["UNIVERSITY OF MN - TWIN CITIES"] == ("institutions", "I.2.1")
    assert found["Rosemount Industrial Waste Facility"] == ("waste", "III.1.1")
    assert found["Hyperion Water Reclamation Plant"] == ("wastewater", "III.4.1")


def test_support_is_the_checklist_with_what_is_not_coded_at_a_quarter(sample: dict[str, Any]) -> None:
    points = {row["city"]: (row["value"], row["sd"]) for row in sample["readings"] if row["stream"] == "S26"}
    assert len(points) == len(sample["cities"])
    # Oak Grove: no trading rules, a duty to report; eight items not coded: 10 + 8 x 2.5, deviation 2.5 x sqrt(8).
    assert points["US-OGR"] == (30.0, 7.1)
    # Los Angeles: half for its target, five laws of California; four not coded.
    assert points["US-LAX"] == (65.0, 5.0)

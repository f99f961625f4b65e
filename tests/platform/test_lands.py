"""Boundaries in a city officer's file: read in whatever form they come, refused by row with the land that is taken."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis import Platform
from carbonpolis.errors import BadInput
from carbonpolis.platform.intake.kinds.table import KINDS
from carbonpolis.registry import SinkProject, read_boundary

EXAMPLE = Path(__file__).parents[2] / "examples" / "three-towns"
HEADER = [column.name for column in KINDS["projects"].columns]
ROW = {
    "name": "Wood",
    "city": "NL-ALD",
    "sink_class": "forest",
    "model": "forest_gain_loss",
    "owner": "S-NL-ALD-001",
    "start_year": "2021",
    "inputs": "age_class=old",
    "longevity_years": "60",
    "source": "invented for the test",
}


@pytest.fixture
def p(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "towns") as platform:
        for kind in ("cities", "accounts"):
            platform.loading.load(kind, EXAMPLE / f"{kind}.csv")
        yield platform


def ring(x: float, y: float = 52.0, side: float = 0.01) -> list[list[float]]:
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def geojson(x: float) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [ring(x)]})


def wkt(x: float) -> str:
    return "POLYGON ((" + ", ".join(f"{a} {b}" for a, b in ring(x)) + "))"


def hectares(x: float) -> float:
    return read_boundary(geojson(x)).area_ha


def written(tmp_path: Path, rows: list[dict[str, Any]], name: str = "projects.csv") -> Path:
    path = tmp_path / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval="")
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return path


def faults(p: Platform, path: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(BadInput) as told:
        p.loading.load("projects", path)
    assert p.projects.all() == []
    return [(fault.row, fault.column, str(fault)) for fault in told.value.faults]


def project(p: Platform, name: str) -> SinkProject:
    return p.projects.get(name)


@pytest.mark.parametrize("form", [geojson, wkt])
def test_a_boundary_is_geojson_or_wkt_in_the_cell_and_gives_the_area(p, tmp_path, form):
    path = written(tmp_path, [{"project": "A", "boundary": form(5.2)}, {"project": "B", "area_ha": "5"}])
    assert p.loading.load("projects", path) == "projects.csv: 2 projects, 1 with a boundary."
    assert project(p, "A").area_ha == pytest.approx(hectares(5.2))
    assert (project(p, "B").area_ha, project(p, "B").boundary) == (5, "")


def features(tmp_path: Path, *named: dict[str, Any]) -> None:
    drawn = [
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring(each.pop("x"))]}, **each}
        for each in named
    ]
    (tmp_path / "plots.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": drawn}), "utf-8")


def test_one_file_of_a_geographic_information_system_draws_all_projects(p, tmp_path):
    """Features are told apart by their property `project` or their id; two of one project are its two plots."""
    features(
        tmp_path,
        {"x": 5.2, "properties": {"project": "A"}},
        {"x": 5.3, "properties": {"project": "A"}},
        {"x": 5.4, "id": "B", "properties": None},
    )
    path = written(tmp_path, [{"project": name, "boundary": "plots.geojson"} for name in "AB"])
    p.loading.load("projects", path)
    assert project(p, "A").area_ha == pytest.approx(2 * hectares(5.2))
    assert project(p, "B").area_ha == pytest.approx(hectares(5.4))


def test_a_file_of_its_own_may_name_nobody(p, tmp_path):
    features(tmp_path, {"x": 5.2, "properties": {}})
    (tmp_path / "b.wkt").write_text(wkt(5.4), "utf-8")
    rows = [{"project": "A", "boundary": "plots.geojson"}, {"project": "B", "boundary": "b.wkt"}]
    p.loading.load("projects", written(tmp_path, rows))
    assert project(p, "B").area_ha == pytest.approx(hectares(5.4))


def test_what_was_mended_is_said(p, tmp_path):
    open_ring = json.dumps({"type": "Polygon", "coordinates": [ring(5.2)[:-1]]})
    told = p.loading.load("projects", written(tmp_path, [{"project": "A", "boundary": open_ring}]))
    assert told == "projects.csv: 1 project, 1 with a boundary; A: a ring that was not closed was closed."


def test_every_overlap_is_told_with_its_row_project_and_area_and_nothing_is_loaded(p, tmp_path):
    rows = [
        {"project": "A", "boundary": geojson(5.2)},
        {"project": "B", "boundary": geojson(5.4)},
        {"project": "C", "boundary": geojson(5.205)},
        {"project": "D", "boundary": geojson(5.2), "start_year": "2090"},
        {"project": "E", "boundary": geojson(5.4)},
    ]
    found = faults(p, written(tmp_path, rows))
    assert [(row, column) for row, column, _ in found] == [(4, "boundary"), (6, "boundary")]
    half = hectares(5.2) / 2
    assert f"It shares {half:,.2f} ha of A in 2021 to 2080, row 2." in found[0][2]
    assert f"It shares {hectares(5.4):,.2f} ha of B in 2021 to 2080, row 3." in found[1][2]


def test_land_of_a_project_loaded_before_is_taken(p, tmp_path):
    p.loading.load("projects", written(tmp_path, [{"project": "A", "boundary": geojson(5.2)}]))
    with pytest.raises(
        BadInput, match=rf"row 2, column boundary.* shares {hectares(5.2):,.2f} ha of A in 2021 to 2080"
    ):
        p.loading.load("projects", written(tmp_path, [{"project": "B", "boundary": geojson(5.2)}], "more.csv"))
    assert [each.id for each in p.projects.all()] == ["A"]


@pytest.mark.parametrize(
    "row, column, said",
    [
        ({"boundary": "somewhere"}, "boundary", "It is none of these: GeoJSON or WKT"),
        ({"boundary": "none.geojson"}, "boundary", "The file none.geojson can't be read beside this one"),
        ({"boundary": '{"type": "Polygon"'}, "boundary", "It is no JSON"),
        ({"boundary": "POLYGON ((1 2"}, "boundary", "It is no WKT"),
        ({"boundary": "POLYGON EMPTY"}, "boundary", "coordinates are missing or empty"),
        ({"boundary": '{"type": "Point", "coordinates": [5.2, 52.0]}'}, "boundary", "a Point encloses no area"),
        ({"boundary": wkt(5.2).replace("52.0", "12.0").replace("52.01", "12.01")}, "boundary", "km from its city"),
        ({"boundary": geojson(5.2), "area_ha": "90"}, "area_ha", "what its boundary encloses, within 5 %"),
        ({}, "area_ha", "an area, or a boundary that has one"),
        ({"area_ha": "5", "rule_book": "own"}, "rule_book", "one of arb, art-trees"),
    ],
)
def test_what_is_wrong_with_a_boundary_is_told_by_row_and_column(p, tmp_path, row, column, said):
    ((number, where, told),) = faults(p, written(tmp_path, [{"project": "A", **row}]))
    assert (number, where) == (2, column)
    assert said.lower() in told.lower()


def test_features_of_others_are_nobodys_land(p, tmp_path):
    features(tmp_path, {"x": 5.2, "properties": {"project": "X"}}, {"x": 5.3, "properties": {"project": "Y"}})
    ((_, _, told),) = faults(p, written(tmp_path, [{"project": "A", "boundary": "plots.geojson"}]))
    assert "None of the 2 features in plots.geojson has the id or `project` 'A'" in told


def test_the_rules_that_a_project_goes_by_come_from_its_row(p, tmp_path):
    row = {"project": "A", "area_ha": "50", "rule_book": "gold-standard", "crediting_years": "40", "baseline_t": "1.5"}
    p.loading.load("projects", written(tmp_path, [{**row, "harvest_cycle_years": "20"}]))
    made = project(p, "A")
    assert (made.rule_book, made.crediting_years, made.baseline_t, made.harvest_cycle_years) == (
        "gold-standard", 40, 1.5, 20,
    )  # fmt: skip


@given(st.text(max_size=200))
def test_whatever_stands_in_the_cell_is_read_or_refused(text):
    """No text makes the reader stumble."""
    from carbonpolis.errors import Refused
    from carbonpolis.platform.intake.boundaries import _given

    try:
        read_boundary(_given(text, "A", EXAMPLE, {}))
    except Refused as refusal:
        assert refusal.reason

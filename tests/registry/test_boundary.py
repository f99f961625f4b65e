"""Boundaries: clean polygons in, areas on the ellipsoid out; what is wrong is told. And land claimed twice."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.errors import Refused
from carbonpolis.registry import Plot, Plots, move, read_boundary
from carbonpolis.registry.boundary import area_ha, shape_of

DAY = date(2021, 3, 1)
MSP = (44.98, -93.27)


def square(x: float, y: float, side: float = 0.01) -> dict:
    return {"type": "Polygon", "coordinates": [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]}


def polygon(*rings) -> dict:
    return {"type": "Polygon", "coordinates": [list(map(list, ring)) for ring in rings]}


def test_the_area_is_that_of_the_ellipsoid():
    """One degree square at the equator: 110.574 km north-south, 111.320 km east-west (WGS 84), 12,309 km2 in all."""
    found = read_boundary(square(0, 0, 1.0))
    assert found.area_ha == pytest.approx(1_230_900, rel=1e-4)
    # From the equator to 60 degrees north a degree square shrinks by sines and grows by (1 - e2 sin2)^-2.
    shrunk = (math.sin(math.radians(61)) - math.sin(math.radians(60))) / math.sin(math.radians(1))
    e2 = 0.00669437999
    swollen = (1 - e2 * math.sin(math.radians(60.5)) ** 2) ** -2
    assert read_boundary(square(0, 60, 1.0)).area_ha == pytest.approx(found.area_ha * shrunk * swollen, rel=1e-3)


def test_a_hole_is_taken_off_and_the_turn_of_a_ring_does_not_matter():
    shell = [(0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), (0, 0)]
    hole = [(0.02, 0.02), (0.04, 0.02), (0.04, 0.04), (0.02, 0.04), (0.02, 0.02)]
    whole, less = read_boundary(polygon(shell)), read_boundary(polygon(shell, hole))
    assert whole.area_ha - less.area_ha == pytest.approx(read_boundary(polygon(hole)).area_ha, rel=1e-6)
    assert read_boundary(polygon(shell[::-1], hole[::-1])).geojson == less.geojson


def test_features_collections_and_several_polygons_are_read():
    one, other = square(0, 0), square(1, 1)
    both = {"type": "MultiPolygon", "coordinates": [one["coordinates"], other["coordinates"]]}
    features = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": g} for g in (one, other)]}
    assert read_boundary(both) == read_boundary(features) == read_boundary(json.dumps(both))
    assert read_boundary(both).area_ha == pytest.approx(read_boundary(one).area_ha + read_boundary(other).area_ha)


def test_what_has_one_meaning_is_mended_and_said():
    open_ring = polygon([(0, 0, 12.0), (0.1, 0, 12.0), (0.1, 0.1, 13.0)])
    found = read_boundary(open_ring)
    assert found.notes == ("heights were dropped", "a ring that was not closed was closed")
    assert read_boundary(found.geojson) == replace(found, notes=())


def test_a_polygon_over_the_antimeridian_is_cut_there():
    """RFC 7946 s.3.1.9; Taveuni in Fiji lies on it."""
    found = read_boundary(polygon([(179.9, -17), (-179.9, -17), (-179.9, -16.9), (179.9, -16.9), (179.9, -17)]))
    assert found.area_ha == pytest.approx(read_boundary(square(0, -17, 0.1)).area_ha * 2, rel=1e-6)
    low, high = sorted(part.bounds[0] for part in found.shape.geoms)
    assert (low, high) == (-180.0, 179.9)
    assert found.notes == ("a polygon over the antimeridian was cut there",)


@pytest.mark.parametrize(
    "given, why",
    [
        (polygon([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)]), "Self-intersection at longitude, latitude 0.5 0.5"),
        (polygon([(0, 0), (1, 0), (1, 1), (0, 0)], [(5, 5), (6, 5), (6, 6), (5, 5)]), "Hole lies outside shell"),
        (polygon([(0, 0), (1, 1), (0, 0)]), "fewer than three different corners"),
        (polygon([(0, 0), (1, 1), (2, 2), (0, 0)]), "no simple polygon|encloses no area"),
        (polygon([(44.9, -93.3), (44.91, -93.3), (44.91, -93.2), (44.9, -93.3)]), "order looks swapped"),
        (polygon([(500_000, 4_980_000), (500_100, 4_980_000), (500_100, 4_980_100)]), "not metres of a projection"),
        (polygon([("a", 0), (1, 0), (1, 1)]), "ring 1, corner 1 is"),
        (polygon([(0, float("nan")), (1, 0), (1, 1)]), "ring 1, corner 1 is"),
        (polygon([]), "missing or empty"),
        ({"type": "Polygon"}, "missing or empty"),
        ({"type": "Point", "coordinates": [0, 0]}, "a Point encloses no area"),
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "encloses no area"),
        ({"type": "FeatureCollection", "features": []}, "holds no polygon"),
        ({"type": "Feature", "geometry": None}, "encloses no area"),
        ({"type": "MultiPolygon", "coordinates": [square(x, 0)["coordinates"] for x in (0, 0.005)]}, "overlap each"),
        ("{", "no JSON"),
        ("[]", "expected a GeoJSON object"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(given, why):
    with pytest.raises(Refused, match=why):
        read_boundary(given)


def test_swapped_coordinates_are_told_from_a_project_elsewhere():
    shenzhen = (22.54, 114.06)
    assert read_boundary(square(114.0, 22.5), near=shenzhen)
    with pytest.raises(Refused, match=r"but \d+ km with the numbers swapped"):
        read_boundary(square(2.35, 48.85), near=(2.35, 48.85))
    with pytest.raises(Refused, match="at most 500 km are taken for right"):
        read_boundary(square(0, 0), near=shenzhen)


@given(
    st.floats(-170, 170), st.floats(-80, 80), st.floats(0.001, 0.5), st.integers(3, 24), st.floats(0, 6), st.booleans()
)
def test_a_boundary_comes_back_as_it_was(x, y, radius, corners, turn, closed):
    ring = [
        (x + radius * math.cos(turn + k * math.tau / corners), y + radius * math.sin(turn + k * math.tau / corners))
        for k in range(corners)
    ]
    found = read_boundary(polygon([*ring, ring[0]] if closed else ring))
    again = read_boundary(found.geojson)
    assert (again.geojson, again.area_ha) == (found.geojson, found.area_ha)
    assert found.area_ha > 0


def plot(name: str, shape: dict, first: int = 2010, last: int = 2050) -> Plot:
    return Plot(name, read_boundary(shape).geojson, first, last)


def test_an_overlap_names_the_project_and_the_area():
    plots = Plots([plot("A", square(0, 0)), plot("B", square(0.005, 0)), plot("C", square(5, 5))])
    (found,) = plots.overlaps(plot("new", square(-0.005, 0)))
    assert (found.project, found.first, found.last) == ("A", 2010, 2050)
    assert found.area_ha == pytest.approx(read_boundary(square(0, 0)).area_ha / 2, rel=1e-6)
    assert str(found) == "61.55 ha of A in 2010 to 2050"
    assert [each.project for each in plots.overlaps(plot("new", square(0.001, 0)))] == ["A", "B"]


def test_neighbours_other_years_and_the_project_itself_are_no_overlap():
    plots = Plots([plot("A", square(0, 0), 2010, 2029)])
    assert plots.overlaps(plot("new", square(0.01, 0))) == ()
    assert plots.overlaps(plot("new", square(0, 0), 2030, 2060)) == ()
    assert plots.overlaps(plot("A", square(0, 0))) == ()
    assert plots.overlaps(plot("new", square(0, 0), 2029, 2060))[0].first == 2029


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 4), st.integers(0, 3)), max_size=25))
def test_the_index_finds_what_comparing_every_pair_finds(places):
    """The slow truth: every pair, by Shapely alone."""
    plots = [
        plot(f"P{n}", square(x * 0.01, y * 0.01, side * 0.01), 2010 + 10 * era, 2019 + 10 * era)
        for n, (x, y, side, era) in enumerate(places)
    ]
    index = Plots(plots)
    for one in plots:
        expected = {}
        for other in plots:
            common = shape_of(one.geojson).intersection(shape_of(other.geojson))
            if other.project != one.project and other.first == one.first and common.area > 0:
                expected[other.project] = area_ha(
                    shapely.MultiPolygon([common]) if common.geom_type == "Polygon" else common
                )
        found = {each.project: each.area_ha for each in index.overlaps(one)}
        assert found.keys() == expected.keys()
        assert all(found[name] == pytest.approx(expected[name], abs=1e-3) for name in found)


def test_land_claimed_already_is_not_listed_and_the_refusal_names_it(forest):
    theirs = Plots([plot("P-THEIRS", square(-93.3, 44.9))])
    mine = forest.draft(boundary=read_boundary(square(-93.295, 44.9), near=MSP), area_ha=87.8)
    claims = theirs.overlaps(Plot(mine.id, mine.boundary, mine.start_year, mine.last_year))
    with pytest.raises(Refused, match=r"43\.\d\d ha of P-THEIRS in 2010 to 2050.*redraw the boundary"):
        move(mine, "list", forest.owner, DAY, overlaps=claims)
    (listed,) = move(mine, "list", forest.owner, DAY).events
    with pytest.raises(Refused, match="claimed already"):
        move(replace(listed, state="validated"), "register", forest.registrar, DAY, overlaps=claims)


def test_the_stated_area_agrees_with_the_boundary_or_is_refused(forest):
    boundary = read_boundary(square(-93.3, 44.9))
    assert forest.draft(boundary=boundary, area_ha=86.0).area_ha == boundary.area_ha
    with pytest.raises(Refused, match=r"states 120.00 ha and its boundary encloses 87.77 ha"):
        forest.draft(boundary=boundary, area_ha=120.0)


@pytest.mark.parametrize("book, listed", [("default", True), ("vcs", False), ("car", False), ("gold-standard", False)])
def test_whether_a_project_needs_a_boundary_is_the_rule_books_word(forest, book, listed):
    draft = forest.draft(rule_book=book)
    if listed:
        assert move(draft, "list", forest.owner, DAY).events
    else:
        with pytest.raises(Refused, match="no boundary given"):
            move(draft, "list", forest.owner, DAY)

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


def ring(x: float, y: float, across: float, up: float) -> list[tuple[float, float]]:
    corners = [(x, y), (x + across, y), (x + across, y + up), (x, y + up), (x, y)]
    return [((a + 180) % 360 - 180, b) for a, b in corners]


@pytest.mark.parametrize("hole", [179.93, 179.98, -179.95, -179.9], ids=["west", "over", "east", "far east"])
def test_a_hole_follows_its_ring_over_the_antimeridian(hole):
    """gadomski/antimeridian#171 and #29: an inner ring wholly east of the line is on the globe inside all the same."""
    shell, inner = ring(179.9, 66.0, 0.3, 0.1), ring(hole, 66.02, 0.05, 0.02)
    found = read_boundary(polygon(shell, inner))
    assert found.area_ha == pytest.approx(read_boundary(polygon(shell)).area_ha - read_boundary(polygon(inner)).area_ha)
    assert found.area_ha == pytest.approx(15_159.23 - 505.70, abs=0.02)
    assert found.notes == ("a polygon over the antimeridian was cut there",)
    assert all(part.bounds[0] >= -180 and part.bounds[2] <= 180 for part in found.shape.geoms)
    with pytest.raises(Refused, match="Hole lies outside shell"):
        read_boundary(polygon(shell, ring(hole, 67.02, 0.05, 0.02)))


def test_longitudes_beyond_180_degrees_are_the_same_land():
    shell = [(179.9, -17), (180.1, -17), (180.1, -16.9), (179.9, -16.9), (179.9, -17)]
    found = read_boundary(polygon(shell))
    assert found.geojson == read_boundary(polygon(ring(179.9, -17, 0.2, 0.1))).geojson
    assert "longitudes beyond 180 degrees were taken round the globe" in found.notes
    assert read_boundary(polygon([(x + 180, y) for x, y in ring(0, 0, 0.1, 0.1)])).area_ha == pytest.approx(
        read_boundary(square(0, 0, 0.1)).area_ha
    )


def test_a_ring_round_a_pole_is_refused():
    with pytest.raises(Refused, match="round a pole"):
        read_boundary(polygon([(x, 80) for x in (-180, -90, 0, 90, 180)]))


NECK = [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (1, 2), (1, 1), (0, 1), (0, 0)]
BAY = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0), (1, 2), (2, 1), (0, 0)]
SPIKE = [(0, 0), (1, 0), (1, 0.5), (3, 0.5), (1, 0.5), (1, 1), (0, 1), (0, 0)]
ISLAND = [(0, 0), (4, 0), (4, 4), (2, 4), (2, 3), (3, 3), (3, 2), (1, 2), (1, 3), (2, 3), (2, 4), (0, 4), (0, 0)]


@pytest.mark.parametrize(
    "touching, same",
    [
        (NECK, 2 * 1.0),  # two squares that share a corner
        (BAY, 16 - 1.5),  # a bay that reaches the shore: a hole that touches its shell
        (SPIKE, 1.0),  # a line out and back encloses nothing
        (ISLAND, 16 - 2.0),  # a shell that reaches its hole by a cut, as formats without holes write it
    ],
    ids=["neck", "bay", "spike", "cut to an island"],
)
def test_a_ring_that_touches_itself_has_one_meaning(touching, same):
    small = [(x * 0.01, y * 0.01) for x, y in touching]
    for each in (small, small[::-1], [*small[3:-1], *small[:4]]):
        found = read_boundary(polygon(each))
        assert found.notes == ("a ring that touched itself was parted there",)
        assert found.shape.area == pytest.approx(same * 1e-4, rel=1e-9)
        assert read_boundary(found.geojson).area_ha == found.area_ha


def test_holes_that_share_an_edge_with_their_shell_or_each_other_are_taken_off():
    shell = ring(0, 0, 0.1, 0.1)
    at_the_edge, beside = ring(0, 0.02, 0.02, 0.02), ring(0.02, 0.02, 0.02, 0.02)
    found = read_boundary(polygon(shell, at_the_edge, beside))
    assert found.shape.area == pytest.approx(0.01 - 2 * 0.0004)


@pytest.mark.parametrize(
    "rings",
    [
        [[(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)]],  # a bow tie: its lines cross
        [
            [(0, 0), (3, 0), (3, 3), (1, 3), (1, 1), (2, 1), (2, 4), (0, 4), (0, 0)]
        ],  # a loop: half is wound around twice
        [ring(0, 0, 4, 4), ring(1, 1, 2, 2), ring(2, 2, 1.5, 1.5)],  # holes that overlap
        [ring(0, 0, 4, 4), ring(3, 3, 2, 0.5)],  # a hole that leaves its shell
    ],
    ids=["bow tie", "loop", "holes overlap", "hole leaves"],
)
def test_what_crosses_has_no_single_area_and_is_refused(rings):
    with pytest.raises(Refused, match="no simple polygon"):
        read_boundary(polygon(*rings))


TOKYO = [(139.4032, 35.596761), (139.4065, 35.596761), (139.4065, 35.599462), (139.4032, 35.599462)]


def crs(name: str) -> dict:
    return {"crs": {"type": "name", "properties": {"name": name}}}


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::4301", "EPSG:4301", "epsg:4301"])
def test_coordinates_of_another_datum_are_transformed(name):
    """JuliaGeo/GeoJSON.jl#80 and SymbolixAU/geojsonsf#70: `crs` unread puts a Japanese grove 462 m from where it is."""
    found = read_boundary(polygon(TOKYO) | crs(name))
    x, y, *_ = found.shape.bounds
    assert (x, y) == (pytest.approx(139.4, abs=1e-5), pytest.approx(35.6, abs=1e-5))
    assert "it was transformed from Tokyo (EPSG:4301) to WGS 84" in found.notes
    feature = {"type": "Feature", "geometry": polygon(TOKYO)}
    within = {"type": "FeatureCollection", "features": [feature]} | crs(name)
    assert read_boundary(within).geojson == found.geojson
    # what lies deeper says it for itself
    own = {"type": "FeatureCollection", "features": [feature | crs("EPSG:4326")]} | crs(name)
    assert read_boundary(own).geojson == read_boundary(polygon(TOKYO)).geojson


@pytest.mark.parametrize(
    "name",
    [
        "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326",
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/EPSG/0/4326", "CRS84", "WGS 84",
        "http://www.opengis.net/gml/srs/epsg.xml#4326",
    ],
)  # fmt: skip
def test_wgs_84_under_any_of_its_names_is_taken_as_it_is(name):
    """mapbox/geojson.io#849: a harmless `crs` is no reason to refuse."""
    assert read_boundary(polygon(TOKYO) | crs(name)) == read_boundary(polygon(TOKYO))


@pytest.mark.parametrize("code", [3857, 32654, 6677, 4612, 6668], ids="EPSG:{}".format)
def test_metres_of_a_projection_are_the_same_land(code):
    from pyproj import Transformer

    there = Transformer.from_crs("OGC:CRS84", code, always_xy=True)
    land = ring(139.4, 35.6, 0.01, 0.01)
    found = read_boundary(polygon([there.transform(x, y) for x, y in land]) | crs(f"EPSG:{code}"))
    assert found.area_ha == pytest.approx(read_boundary(polygon(land)).area_ha, rel=1e-6)
    assert found.shape.bounds == pytest.approx(read_boundary(polygon(land)).shape.bounds, abs=2e-5)


def test_china_s_own_system_is_known_though_no_table_ties_it_to_wgs_84():
    land = ring(114.0, 22.5, 0.01, 0.01)
    found = read_boundary(polygon(land) | crs("EPSG:4490"))
    assert found.geojson == read_boundary(polygon(land)).geojson
    assert found.notes == ("it was transformed from China Geodetic Coordinate System 2000 (EPSG:4490) to WGS 84",)


@pytest.mark.parametrize(
    "said, why",
    [
        (crs("EPSG:99999"), "nobody knows the reference system 'EPSG:99999'"),
        (crs("my own"), "nobody knows the reference system 'my own'"),
        ({"crs": {"type": "link", "properties": {"href": "http://example.com/crs/42", "type": "proj4"}}}, "by a link"),
        ({"crs": {"type": "name"}}, "can't be read"),
        ({"crs": 7}, "can't be read"),
        (crs("EPSG:4610"), "no sure way to WGS 84"),
    ],
)
def test_a_reference_system_that_can_t_be_heeded_is_refused_by_its_name(said, why):
    with pytest.raises(Refused, match=why):
        read_boundary(polygon(TOKYO) | said)


def test_no_reference_system_at_all_is_wgs_84_and_said():
    assert (
        "its `crs` is null; it was read as WGS 84, as RFC 7946 has it"
        in read_boundary(polygon(TOKYO) | {"crs": None}).notes
    )


def test_json_nested_deep_is_refused_in_a_sentence():
    for text in ("[" * 100_000 + "]" * 100_000, '{"type":"Polygon","coordinates":' + "[" * 70 + "]" * 70 + "}"):
        with pytest.raises(Refused, match="nested too deeply"):
            read_boundary(text)
    deep: dict = square(0, 0)
    for _ in range(2000):
        deep = {"type": "GeometryCollection", "geometries": [deep]}
    with pytest.raises(Refused, match="nested too deeply"):
        read_boundary(deep)


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
        (polygon([(True, 0), (1, 0), (1, 1)]), "ring 1, corner 1 is"),
        (polygon([("1", "0"), ("1", "1"), ("0", "1")]), "ring 1, corner 1 is"),
        ({"type": "Polygon", "coordinates": [[[10**400, 0], [1, 0], [1, 1]]]}, "ring 1, corner 1 is inf"),
        ({"type": ["Polygon"]}, "encloses no area"),
        ({"type": "FeatureCollection", "features": ["x"]}, "where a GeoJSON object was expected"),
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

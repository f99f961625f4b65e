"""The boundary of a project: GeoJSON in, a clean polygon with its area on the ellipsoid out.

What is wrong is told, never guessed at: a boundary that crosses itself has no single area, and swapped coordinates
are another place. Only what has one meaning is mended, and said: an unclosed ring is closed, heights are dropped, a
ring that touches itself is parted there, coordinates of another datum are transformed, a polygon over the antimeridian
is cut there as RFC 7946 s.3.1.9 asks.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry import LinearRing, MultiPolygon, Polygon
from shapely.geometry.polygon import orient
from shapely.ops import unary_union

from carbonpolis.errors import Refused
from carbonpolis.registry.datum import degrees, named, transformed
from carbonpolis.registry.rings import Ring, pieces, polygon
from carbonpolis.untrusted import MOST_NESTED, Malformed, json_of

WGS84 = Geod(ellps="WGS84")
DECIMALS = 7  # of a degree: about a centimetre, as RFC 7946 s.11.2 thinks enough
FAR_KM = 500.0  # a boundary further from its city than this is taken for a mistake; a setting of ours
M2_PER_HA = 10_000.0
M2_PER_KM = 1000.0


@dataclass(frozen=True, slots=True)
class Boundary:
    """A project's land. geojson: canonical MultiPolygon text, WGS 84, longitude first. area_ha: on the ellipsoid.

    notes: what was mended on the way in, in words.
    """

    geojson: str
    area_ha: float
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> MultiPolygon:
        """The polygon itself."""
        return shape_of(self.geojson)


@lru_cache(maxsize=65_536)
def shape_of(geojson: str) -> MultiPolygon:
    """The polygon of a canonical text; kept, since every overlap check asks again."""
    return cast(MultiPolygon, shapely.from_geojson(geojson))


def area_ha(shape: Polygon | MultiPolygon) -> float:
    """Hectares on the WGS 84 ellipsoid, holes taken off (Karney 2013, as in PROJ)."""
    if shape.is_empty:
        return 0.0
    parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    return math.fsum(_ring_m2(part.exterior) - math.fsum(map(_ring_m2, part.interiors)) for part in parts) / M2_PER_HA


def _ring_m2(ring: LinearRing) -> float:
    points = shapely.get_coordinates(ring)
    return abs(float(WGS84.polygon_area_perimeter(points[:, 0].copy(), points[:, 1].copy())[0]))


def read_boundary(given: str | Mapping[str, Any], *, near: tuple[float, float] | None = None) -> Boundary:
    """A boundary from GeoJSON: Polygon, MultiPolygon, Feature, FeatureCollection or GeometryCollection of these.

    A `crs`, as GeoJSON of 2008 had it, is heeded: coordinates are transformed to WGS 84, and a note says so. near:
    latitude and longitude of the city, degrees; tells swapped coordinates from a project elsewhere.
    Raises Refused("boundary", ...) saying what is wrong, where, and what to do.
    """
    notes: list[str] = []
    shapes = [
        polygon([_ring(ring, number, system, notes) for number, ring in enumerate(rings, start=1)], notes)
        for rings, system in _polygons(_object(given), "", notes)
    ]
    if not shapes:
        raise Refused("boundary", "it holds no polygon. Give a GeoJSON Polygon or MultiPolygon.")
    if not all(each.area > 0 for each in shapes):
        raise Refused("boundary", "it encloses no area.")
    parts = [piece for each in shapes for piece in pieces(each, notes)]
    shape = cast("Polygon | MultiPolygon", unary_union(parts))
    if len(parts) > 1 and math.fsum(map(area_ha, parts)) - area_ha(shape) > 1e-4 * area_ha(shape):
        raise Refused("boundary", "its polygons overlap each other, so their area would count twice. Merge them first.")
    whole = shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])
    if near is not None:
        _check_place(whole, near)
    text = _text(whole)
    clean = shape_of(text)
    if not clean.is_valid:
        raise Refused(
            "boundary", f"it has parts finer than {10**-DECIMALS:g} degrees. Simplify it to what was surveyed."
        )
    return Boundary(text, round(area_ha(clean), 4), tuple(dict.fromkeys(notes)))


def _object(given: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(given, str):
        try:
            given = json_of(given)
        except Malformed as problem:
            raise Refused("boundary", f"{problem}.") from None
    if not isinstance(given, Mapping):
        raise Refused("boundary", f"it is a {type(given).__name__}; expected a GeoJSON object.")
    return given


def _polygons(given: Any, system: str, notes: list[str], depth: int = 0) -> Iterator[tuple[Sequence[Any], str]]:
    """The rings of every polygon in a GeoJSON object, with the reference system that they are in ("" for WGS 84)."""
    if depth > MOST_NESTED:
        raise Refused("boundary", f"it is nested too deeply (more than {MOST_NESTED} collections in one another).")
    if not isinstance(given, Mapping):
        raise Refused("boundary", f"it holds a {type(given).__name__} where a GeoJSON object was expected.")
    said = named(given, notes)
    system = system if said is None else said
    kind = given.get("type")
    if kind == "FeatureCollection":
        for feature in given.get("features") or ():
            yield from _polygons(feature, system, notes, depth + 1)
    elif kind == "Feature":
        yield from _polygons(given.get("geometry") or {"type": "an empty Feature"}, system, notes, depth + 1)
    elif kind == "GeometryCollection":
        for each in _list(given.get("geometries")):
            yield from _polygons(each, system, notes, depth + 1)
    elif kind == "Polygon":
        yield _list(given.get("coordinates")), system
    elif kind == "MultiPolygon":
        yield from ((_list(each), system) for each in _list(given.get("coordinates")))
    else:
        told = kind if isinstance(kind, str) else f"object of type {kind!r}"
        raise Refused("boundary", f"a {told[:40]} encloses no area. Give a GeoJSON Polygon or MultiPolygon.")


def _list(given: Any) -> Sequence[Any]:
    if not isinstance(given, list | tuple) or not given:
        raise Refused("boundary", "its coordinates are missing or empty. Give rings of [longitude, latitude] pairs.")
    return given


def _ring(ring: Any, number: int, system: str, notes: list[str]) -> Ring:
    """The corners of a ring in degrees of WGS 84, closed."""
    corners = _corners(_list(ring), number, notes)
    if system:
        corners = np.column_stack(degrees(corners[:, 0], corners[:, 1], system))
        notes.append(transformed(system))
    largest = np.abs(corners).max(axis=0)
    if largest[0] > 180 or largest[1] > 90:
        _check_degrees(corners, number, notes)
    if (corners[0] != corners[-1]).any():
        corners = np.vstack((corners, corners[:1]))
        notes.append("a ring that was not closed was closed")
    if len(corners) < 5 and len({*map(tuple, corners.tolist())}) < 3:
        raise Refused("boundary", f"ring {number} has fewer than three different corners and encloses nothing.")
    return corners


def _corners(ring: Sequence[Any], number: int, notes: list[str]) -> NDArray[np.float64]:
    """The corners of a ring as corners x 2, as they are given: east, then north."""
    if {*map(type, ring)} <= {list, tuple} and {*map(type, chain.from_iterable(ring))} <= {int, float}:
        sizes = {*map(len, ring)}
        if sizes <= {2} or (len(sizes) == 1 and min(sizes) > 2):  # as GeoJSON is: told without a look at each corner
            with suppress(OverflowError):  # an integer past every float: told with its corner below
                found = np.array(ring, dtype=np.float64)[:, :2]
                if np.isfinite(found).all():
                    if max(sizes) > 2:
                        notes.append("heights were dropped")
                    return found
    return np.array([_pair(each, number, place, notes) for place, each in enumerate(ring, start=1)], dtype=np.float64)


def _pair(given: Any, ring: int, place: int, notes: list[str]) -> tuple[float, float]:
    numbers = given if isinstance(given, list | tuple) else ()
    if len(numbers) < 2 or not all(type(n) in (int, float) and abs(n) < math.inf for n in numbers[:2]):
        told = str(given)[:60]
        raise Refused("boundary", f"ring {ring}, corner {place} is {told}; expected [longitude, latitude] in degrees.")
    if len(numbers) > 2:
        notes.append("heights were dropped")
    try:
        return float(numbers[0]), float(numbers[1])
    except OverflowError:
        return math.inf, math.inf  # further away than any degree or metre


def _check_degrees(corners: NDArray[np.float64], ring: int, notes: list[str]) -> None:
    for place, (x, y) in enumerate(corners.tolist(), start=1):
        where = f"ring {ring}, corner {place}"
        if abs(y) > 90 and abs(x) <= 90:
            raise Refused(
                "boundary",
                f"{where} has latitude {y:g}. The order looks swapped: GeoJSON gives longitude, then latitude.",
            )
        if abs(x) > 360 or abs(y) > 90:
            raise Refused(
                "boundary", f"{where} is {x:g}, {y:g}; expected degrees (WGS 84), not metres of a projection."
            )
    notes.append("longitudes beyond 180 degrees were taken round the globe")


def _check_place(shape: MultiPolygon, near: tuple[float, float]) -> None:
    latitude, longitude = near
    point = shape.representative_point()
    away = WGS84.inv(longitude, latitude, point.x, point.y)[2] / M2_PER_KM
    if away <= FAR_KM:
        return
    if abs(point.x) <= 90:
        swapped = WGS84.inv(longitude, latitude, point.y, point.x)[2] / M2_PER_KM
        if swapped <= FAR_KM:
            raise Refused(
                "boundary",
                f"it lies {away:,.0f} km from its city, but {swapped:,.0f} km with the numbers swapped: GeoJSON gives "
                "longitude first, then latitude.",
            )
    raise Refused("boundary", f"it lies {away:,.0f} km from its city; at most {FAR_KM:,.0f} km are taken for right.")


def _text(shape: MultiPolygon) -> str:
    """The canonical text of a shape: shells turn left, holes right, seven decimals."""
    parts = [orient(part) for part in shape.geoms]
    coordinates = [[_rounded(ring) for ring in (part.exterior, *part.interiors)] for part in parts]
    return json.dumps({"type": "MultiPolygon", "coordinates": coordinates}, separators=(",", ":"))


def _rounded(ring: LinearRing) -> list[list[float]]:
    # Adding nothing turns -0.0 into 0.0, so that one place has one text.
    points: list[list[float]] = (np.round(shapely.get_coordinates(ring), DECIMALS) + 0.0).tolist()
    return points

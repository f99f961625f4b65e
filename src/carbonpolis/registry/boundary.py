"""The boundary of a project: GeoJSON in, a clean polygon with its area on the ellipsoid out.

What is wrong is told, never guessed at: a boundary that crosses itself has no single area, and swapped coordinates
are another place. Only what has one meaning is mended, and said: an unclosed ring is closed, heights are dropped, a
polygon over the antimeridian is cut there as RFC 7946 s.3.1.9 asks.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, cast

import numpy as np
import shapely
from pyproj import Geod
from shapely.geometry import MultiPolygon, Polygon, box, mapping
from shapely.geometry.polygon import orient
from shapely.ops import unary_union

from carbonpolis.errors import Refused

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
    return math.fsum(abs(WGS84.geometry_area_perimeter(orient(part))[0]) for part in parts) / M2_PER_HA


def read_boundary(given: str | Mapping[str, Any], *, near: tuple[float, float] | None = None) -> Boundary:
    """A boundary from GeoJSON: Polygon, MultiPolygon, Feature or FeatureCollection of these.

    near: latitude and longitude of the city, degrees; tells swapped coordinates from a project elsewhere.
    Raises Refused("boundary", ...) saying what is wrong, where, and what to do.
    """
    notes: list[str] = []
    polygons = [_polygon(rings, notes) for rings in _polygons(_json(given))]
    if not polygons:
        raise Refused("boundary", "it holds no polygon. Give a GeoJSON Polygon or MultiPolygon.")
    pieces = [piece for polygon in polygons for piece in _cut(polygon, notes)]
    shape = cast("Polygon | MultiPolygon", unary_union(pieces))
    if math.fsum(map(area_ha, pieces)) - area_ha(shape) > 1e-4 * area_ha(shape):
        raise Refused("boundary", "its polygons overlap each other, so their area would count twice. Merge them first.")
    whole = shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])
    if near is not None:
        _check_place(whole, near)
    text = json.dumps(_rounded(mapping(MultiPolygon([orient(part) for part in whole.geoms]))), separators=(",", ":"))
    if not shape_of(text).is_valid:
        raise Refused(
            "boundary", f"it has parts finer than {10**-DECIMALS:g} degrees. Simplify it to what was surveyed."
        )
    return Boundary(text, round(area_ha(shape_of(text)), 4), tuple(dict.fromkeys(notes)))


def _json(given: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except json.JSONDecodeError as problem:
            raise Refused("boundary", f"it is no JSON (line {problem.lineno}: {problem.msg}).") from None
    if not isinstance(given, Mapping):
        raise Refused("boundary", f"it is a {type(given).__name__}; expected a GeoJSON object.")
    return given


def _polygons(given: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
    """The rings of every polygon in a GeoJSON object."""
    kind = given.get("type")
    if kind == "FeatureCollection":
        for feature in given.get("features") or ():
            yield from _polygons(feature)
    elif kind == "Feature":
        yield from _polygons(given.get("geometry") or {"type": "an empty Feature"})
    elif kind == "Polygon":
        yield _list(given.get("coordinates"))
    elif kind == "MultiPolygon":
        yield from (_list(each) for each in _list(given.get("coordinates")))
    else:
        raise Refused("boundary", f"a {kind} encloses no area. Give a GeoJSON Polygon or MultiPolygon.")


def _list(given: Any) -> Sequence[Any]:
    if not isinstance(given, list | tuple) or not given:
        raise Refused("boundary", "its coordinates are missing or empty. Give rings of [longitude, latitude] pairs.")
    return given


def _polygon(rings: Sequence[Any], notes: list[str]) -> Polygon:
    shell, *holes = [_ring(ring, number, notes) for number, ring in enumerate(rings, start=1)]
    polygon = Polygon(shell, holes)
    if not polygon.is_valid:
        why = shapely.is_valid_reason(polygon).replace("[", " at longitude, latitude ").replace("]", "")
        raise Refused(
            "boundary", f"it is no simple polygon: {why}. Draw it so that no line crosses another, holes inside."
        )
    if area_ha(polygon) <= 0:
        raise Refused("boundary", "it encloses no area.")
    return polygon


def _ring(ring: Any, number: int, notes: list[str]) -> list[tuple[float, float]]:
    points = [_point(each, number, place, notes) for place, each in enumerate(_list(ring), start=1)]
    if points[0] != points[-1]:
        points.append(points[0])
        notes.append("a ring that was not closed was closed")
    if len(set(points)) < 3:
        raise Refused("boundary", f"ring {number} has fewer than three different corners and encloses nothing.")
    if any(abs(one[0] - other[0]) > 180 for one, other in pairwise(points)):
        points = [(x + 360 if x < 0 else x, y) for x, y in points]
    return points


def _point(given: Any, ring: int, place: int, notes: list[str]) -> tuple[float, float]:
    where = f"ring {ring}, corner {place}"
    numbers = given if isinstance(given, list | tuple) else ()
    if len(numbers) < 2 or not all(isinstance(n, int | float) and math.isfinite(n) for n in numbers[:2]):
        raise Refused("boundary", f"{where} is {given!r}; expected [longitude, latitude] in degrees.")
    if len(numbers) > 2:
        notes.append("heights were dropped")
    x, y = float(numbers[0]), float(numbers[1])
    if abs(y) > 90 and abs(x) <= 90:
        raise Refused(
            "boundary", f"{where} has latitude {y:g}. The order looks swapped: GeoJSON gives longitude, then latitude."
        )
    if abs(x) > 180 or abs(y) > 90:
        raise Refused("boundary", f"{where} is {x:g}, {y:g}; expected degrees (WGS 84), not metres of a projection.")
    return x, y


def _cut(polygon: Polygon, notes: list[str]) -> list[Polygon]:
    """A polygon as pieces that stay between 180 degrees west and east."""
    if polygon.bounds[2] <= 180:
        return [polygon]
    notes.append("a polygon over the antimeridian was cut there")
    pieces: list[Polygon] = []
    for low, shift in ((-180, 0), (180, -360)):
        part = polygon.intersection(box(low, -90, low + 360, 90))
        moved = shapely.transform(part, lambda points, by=shift: np.add(points, (by, 0)))  # type: ignore[misc]
        pieces += [each for each in getattr(moved, "geoms", [moved]) if isinstance(each, Polygon) and not each.is_empty]
    return pieces


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


def _rounded(given: Mapping[str, Any]) -> dict[str, Any]:
    def down(value: Any) -> Any:
        return [down(each) for each in value] if isinstance(value, list | tuple) else round(value, DECIMALS)

    return {"type": given["type"], "coordinates": down(given["coordinates"])}

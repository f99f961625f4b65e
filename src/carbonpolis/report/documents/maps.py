"""Maps of a score or an indicator: a choropleth where boundaries are at hand, circles where they aren't."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from math import cos, radians
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path as Outline
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from carbonpolis.errors import BadInput, Fault
from carbonpolis.report.documents.map_classes import Classes, classes
from carbonpolis.untrusted import json_of

# One hue from light to dark, so that more is darker also in grey print; what isn't known is hatched.
SHADES = ("#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c")
UNKNOWN, EDGE, LAND, INK = "#ffffff", "#555555", "#ecece8", "#222222"
NAMES = ("city", "id", "name", "NAME", "Name", "code")  # properties of a feature that may name its city
MARGIN, ASPECT = 0.16, 0.62  # around what is drawn; height over width

Shapes = Mapping[str, BaseGeometry]


def read_shapes(path: Path) -> dict[str, BaseGeometry]:
    """Boundaries by every name that a feature of a GeoJSON file has (properties city, id, name, code), in WGS 84.

    Raises BadInput for a file that is none, or in which nothing has a name and an area.
    """
    try:
        data = json_of(path.read_bytes())
        found: dict[str, BaseGeometry] = {}
        for feature in data["features"]:
            drawn = shape(feature["geometry"])
            if drawn.area > 0:
                properties = feature.get("properties") or {}
                found |= {str(properties[key]): drawn for key in NAMES if properties.get(key) is not None}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BadInput([Fault(str(path), 0, "--shapes", str(problem)[:80], "a GeoJSON FeatureCollection")]) from None
    if not found:
        raise BadInput([Fault(str(path), 0, "--shapes", "", f"polygons with a property {', '.join(NAMES[:3])}")])
    return found


def choropleth(
    values: pd.Series[float], *, title: str, unit: str, shapes: Shapes | None = None, places: pd.DataFrame | None = None
) -> Figure:
    """Cities coloured by class, each as its boundary, else as a circle at its place; the legend says which, how many
    are in each class, and how many aren't known.

    values: index city, NaN where not known. shapes: boundaries by city, longitude and latitude. places: index city,
    columns latitude and longitude. Raises BadInput where no city has either.
    """
    shapes, drawn = shapes or {}, {}
    spots = pd.DataFrame(columns=["latitude", "longitude"]) if places is None else places.astype(float).dropna()
    for city in values.index:
        if str(city) in shapes:
            drawn[city] = shapes[str(city)]
    circles = [city for city in values.index if city not in drawn and city in spots.index]
    if not drawn and not circles:
        remedy = "Give --shapes FILE.geojson, or columns latitude and longitude."
        raise BadInput([Fault("map", 0, "cities", "no boundary and no place of any", "where they are", remedy)])
    found = classes([None if np.isnan(value) else float(value) for value in values])
    figure = Figure(figsize=(10.0, 5.4), layout="constrained")
    figure.suptitle(title, fontsize=11.5, color=INK, x=0.02, ha="left", weight="bold")
    axes = figure.add_subplot()
    low, high = _window(drawn, spots.loc[circles])
    _land(axes)
    for city, outline in drawn.items():
        at = found.of(float(values[city]))
        axes.add_collection(_filled(outline, UNKNOWN if at is None else _shade(found, at), at is None))
    known = {city: found.of(float(values[city])) for city in circles}
    at_place = dict(zip(spots.index, spots[["longitude", "latitude"]].to_numpy(dtype=np.float64), strict=True))
    for city in sorted(circles, key=lambda each: -(known[each] or 0)):
        at = known[city]
        face = "none" if at is None else _shade(found, at)
        axes.plot(
            *at_place[city],
            "o",
            mfc=face,
            mec=EDGE,
            mew=0.8,
            ms=5 + 1.2 * (at or 0),
            zorder=4,
        )
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_aspect(1 / max(0.2, cos(radians((low[1] + high[1]) / 2))))
    axes.set_axis_off()
    _key(figure, found, values, unit, len(drawn), len(circles))
    return figure


def _key(figure: Figure, found: Classes, values: pd.Series[float], unit: str, areas: int, circles: int) -> None:
    handles: list[Any] = []
    labels = []
    for at, ((low, high), count) in enumerate(zip(found.bounds, found.counts, strict=True)):
        handles.append(_mark(_shade(found, at), areas > 0, 5 + 1.2 * at))
        labels.append(f"{low:g} to {high:g} ({count})")
    missing = int(values.isna().sum())
    if missing:
        handles.append(_mark("none", areas > 0, 5.0))
        labels.append(f"not known ({missing})")
    steps = "equal steps" if found.equal else "a like number of cities in each class"
    how = f"{areas} as boundaries, {circles} as circles" if areas and circles else "boundaries"
    if not areas:
        how = "circles, since no boundary of these cities is at hand"
    apart = len(values) - areas - circles
    told = f"Drawn: {how}" + (f"; {apart} without a place left out" if apart else "") + f". Classes: {steps}."
    figure.legend(
        handles,
        labels,
        loc="outside right center",
        title=f"{unit} (cities)".strip(),
        frameon=False,
        fontsize=8.5,
        title_fontsize=8.5,
        labelspacing=0.9,
    )
    figure.supxlabel(told + " Outline of land: Natural Earth.", x=0.02, ha="left", fontsize=7.5, color=EDGE)


def _mark(colour: str, area: bool, size: float) -> Any:
    if area:
        missing = colour == "none"
        return Patch(facecolor=UNKNOWN if missing else colour, edgecolor=EDGE, hatch="////" if missing else None)
    return Line2D([], [], ls="", marker="o", mfc=colour, mec=EDGE, mew=0.8, ms=size)


def _shade(found: Classes, at: int) -> str:
    """Of fewer than five classes those far apart."""
    return SHADES[round(at * (len(SHADES) - 1) / max(1, len(found.bounds) - 1))]


def _filled(outline: BaseGeometry, colour: str, missing: bool) -> PathCollection:
    made = PathCollection([_outline(outline)], facecolor=colour, edgecolor=EDGE, linewidth=0.6, zorder=3)
    if missing:
        made.set_hatch("////")
    return made


def _outline(drawn: BaseGeometry) -> Outline:
    """A polygon with its holes, or several, as one path."""
    rings = []
    for part in getattr(drawn, "geoms", [drawn]):
        if part.geom_type == "Polygon":
            turned = orient(part)
            rings += [turned.exterior, *turned.interiors]
    return Outline.make_compound_path(*(Outline(np.asarray(ring.coords)[:, :2], closed=True) for ring in rings))


def _land(axes: Any) -> None:
    data = json.loads(files("carbonpolis.data").joinpath("land.geojson").read_text(encoding="utf-8"))
    paths = [_outline(shape(feature["geometry"])) for feature in data["features"]]
    axes.add_collection(PathCollection(paths, facecolor=LAND, edgecolor="#d5d5d0", linewidth=0.5, zorder=1))


def _window(drawn: Shapes, spots: pd.DataFrame) -> tuple[tuple[float, float], tuple[float, float]]:
    """South-west and north-east corners that hold all that is drawn, with a margin."""
    boxes = [outline.bounds for outline in drawn.values()]
    boxes += [(x, y, x, y) for x, y in zip(spots["longitude"], spots["latitude"], strict=True)]
    west, south = (min(box[k] for box in boxes) for k in (0, 1))
    east, north = (max(box[k] for box in boxes) for k in (2, 3))
    wide, tall = max(east - west, 0.05) * (1 + MARGIN), max(north - south, 0.05) * (1 + MARGIN)
    middle = ((west + east) / 2, (south + north) / 2)
    shorter = max(0.2, cos(radians(middle[1])))  # a degree of longitude, in degrees of latitude
    # As wide as tall as the picture is, so that it is filled.
    tall = max(tall, wide * shorter * ASPECT)
    wide = max(wide, tall / shorter / ASPECT)
    return (middle[0] - wide / 2, middle[1] - tall / 2), (middle[0] + wide / 2, middle[1] + tall / 2)

"""In which reference system coordinates are given, and how they become longitude and latitude of WGS 84.

GeoJSON of 2008 could name a system in `crs`, and geographic information systems still write it; read as WGS 84, a plot
in another datum lies hundreds of metres away. RFC 7946 s.4 leaves WGS 84 alone; who names another is transformed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from carbonpolis.errors import Refused

WGS84_LON_LAT = "OGC:CRS84"
SAVE = "Save it as WGS 84 (EPSG:4326), longitude first."
# Datums of the International Terrestrial Reference System that PROJ's tables don't tie to WGS 84, though WGS 84 follows
# the same system within a metre: China's is ITRF97 at epoch 2000.0 (EPSG dataset, datum 1043, remarks).
TERRESTRIAL = frozenset({"China 2000"})
WORST_M = 100.0  # a transformation less sure than this would move a plot onto its neighbour's; a setting of ours


def named(given: Mapping[str, Any], notes: list[str]) -> str | None:
    """The system that a GeoJSON object names in `crs`, "" for WGS 84, None where it names none.

    Raises Refused("boundary", ...) for one by link, or in no form that anybody defined.
    """
    if "crs" not in given:
        return None
    crs = given["crs"]
    if crs is None:
        notes.append("its `crs` is null; it was read as WGS 84, as RFC 7946 has it")
        return ""
    kind = crs.get("type") if isinstance(crs, Mapping) else None
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name: Any = properties.get("name", properties.get("code")) if isinstance(properties, Mapping) else None
    if kind == "EPSG" and isinstance(name, int | str):
        name = f"EPSG:{name}"
    elif isinstance(crs, str):
        name = crs
    elif kind != "name" or not isinstance(name, str):
        told = "by a link" if kind == "link" else f"as {str(crs)[:60]}"
        raise Refused("boundary", f"it gives its reference system (`crs`) {told}, which can't be read. {SAVE}")
    return "" if is_wgs84(name) else name


@lru_cache(maxsize=256)
def is_wgs84(name: str) -> bool:
    """Whether a name means longitude and latitude of WGS 84. Raises Refused("boundary", ...) for one nobody knows."""
    found = _system(name)
    return found.is_geographic and found.to_2d().equals(CRS(WGS84_LON_LAT), ignore_axis_order=True)


def degrees(x: NDArray[np.float64], y: NDArray[np.float64], name: str) -> tuple[NDArray[np.float64], ...]:
    """Longitude and latitude on WGS 84, degrees, of coordinates in the system of that name (east, then north).

    Raises Refused("boundary", ...) where no transformation is known, or the points lie outside where it holds.
    """
    way = _way(name)
    try:
        longitude, latitude = way.transform(x, y, errcheck=True)
    except ProjError:
        raise Refused("boundary", f"its coordinates lie outside {_title(name)}, in which it says they are.") from None
    if not (np.isfinite(longitude).all() and np.isfinite(latitude).all()):
        raise Refused("boundary", f"its coordinates lie outside {_title(name)}, in which it says they are.")
    if not 0 <= _accuracy(way, name) <= WORST_M:
        raise Refused("boundary", f"it is in {_title(name)}, for which no sure way to WGS 84 is known here. {SAVE}")
    return longitude, latitude


def _accuracy(way: Transformer, name: str) -> float:
    """Metres within which the transformation last made is sure; below 0 where nobody knows."""
    try:
        known = float(way.get_last_used_operation().accuracy)
    except ProjError:  # there was one way only, or nothing to do
        known = float(way.accuracy)
    geodetic = _system(name).geodetic_crs
    if known < 0 and geodetic is not None and geodetic.datum is not None and geodetic.datum.name in TERRESTRIAL:
        return 1.0
    return known


def transformed(name: str) -> str:
    """What is said of coordinates that were transformed."""
    return f"it was transformed from {_title(name)} to WGS 84"


def _title(name: str) -> str:
    found = _system(name)
    authority = found.to_authority()
    return f"{found.name} ({':'.join(authority)})" if authority else found.name


_OLD_EPSG = re.compile(r"https?://www\.opengis\.net/(?:gml/srs/epsg\.xml#|def/crs/EPSG/[\d.]+/)(\d+)", re.IGNORECASE)


@lru_cache(maxsize=256)
def _system(name: str) -> CRS:
    old = _OLD_EPSG.fullmatch(name.strip())
    try:
        return CRS.from_user_input(
            f"EPSG:{old[1]}" if old else WGS84_LON_LAT if name.strip().upper() == "CRS84" else name
        )
    except CRSError:
        short = name if len(name) <= 60 else name[:57] + "..."
        raise Refused("boundary", f"nobody knows the reference system {short!r} that it names. {SAVE}") from None


@lru_cache(maxsize=64)
def _way(name: str) -> Transformer:
    with warnings.catch_warnings():  # of grids that would be downloaded; how sure the way is without them is asked
        warnings.simplefilter("ignore")
        try:
            return Transformer.from_crs(_system(name), CRS(WGS84_LON_LAT), always_xy=True)
        except ProjError:
            raise Refused("boundary", f"from {_title(name)} no way to WGS 84 is known. {SAVE}") from None

"""Files of geographic information systems as GeoJSON objects: GeoJSON, WKT, KML, KMZ, shapefiles, GeoPackage.

Each feature keeps its properties, by which a project finds its own plots, and the file its reference system, in `crs`
as GeoJSON of 2008 had it; `registry/boundary.py` heeds it. Geometries come through GDAL (pyogrio).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping

from carbonpolis.errors import Refused
from carbonpolis.untrusted import Malformed, json_of

MOST_BYTES = 256 * 1024**2  # of a file, and of what an archive unpacks to: some ten million corners
MOST_FEATURES = 200_000
FORMS = "a GeoJSON file (longitude first), WKT, KML, KMZ, a shapefile (.shp, or its parts in a .zip) or a GeoPackage"
TEXTS = (".geojson", ".json", ".wkt")
LAYERS = (".kml", ".kmz", ".shp", ".zip", ".gpkg")
ENDINGS = (*TEXTS, *LAYERS)
_EWKT = re.compile(r"\s*SRID\s*=\s*(\d+)\s*;", re.IGNORECASE)
_WKT = re.compile(
    r"\s*(?:SRID\s*=\s*\d+\s*;)?\s*(?:MULTI)?POLYGON|\s*(?:SRID\s*=\s*\d+\s*;)?\s*GEOMETRYCOLLECTION", re.I
)


def is_land_file(name: str) -> bool:
    """Whether a name ends as a file does that `read_land_file` reads."""
    return Path(name).suffix.lower() in ENDINGS


def is_wkt(text: str) -> bool:
    """Whether a text begins as WKT of an area, or as the EWKT of PostGIS."""
    return _WKT.match(text) is not None


def read_land_file(path: Path) -> Mapping[str, Any]:
    """What a file draws, as a GeoJSON object, its reference system in `crs`.

    Raises Refused("boundary", ...): it is not there, is too large, is damaged, holds no layer with areas, or does not
    say in which reference system it is.
    """
    try:
        if path.suffix.lower() not in ENDINGS and path.exists():
            raise Refused("boundary", f"the file {path.name} ends in none of {', '.join(ENDINGS)}.")
        if path.stat().st_size > MOST_BYTES:
            raise Refused("boundary", f"the file {path.name} has more than {MOST_BYTES // 1024**2} MB.")
        content = path.read_bytes()
    except OSError as problem:
        raise Refused("boundary", f"the file {path.name} can't be read beside this one: {problem.strerror}.") from None
    if path.suffix.lower() in TEXTS:
        return _text(path, content)
    return _layers(path, content)


def from_geojson(text: str | bytes) -> Mapping[str, Any]:
    """A GeoJSON object. Raises Refused("boundary", ...) where the text is none."""
    try:
        found = json_of(text)
    except Malformed as problem:
        raise Refused("boundary", f"{problem}.") from None
    if not isinstance(found, Mapping):
        raise Refused("boundary", "it is no GeoJSON object.")
    return found


def from_wkt(text: str) -> Mapping[str, Any]:
    """The geometry of a WKT text as GeoJSON; an SRID before it is the EPSG code of its reference system."""
    system = _EWKT.match(text)
    try:
        found: dict[str, Any] = dict(mapping(shapely.from_wkt(text[system.end() if system else 0 :].strip())))
    except shapely.errors.GEOSException as problem:
        raise Refused("boundary", f"it is no WKT: {str(problem).splitlines()[0]}.") from None
    return found | ({"crs": _crs(f"EPSG:{system[1]}")} if system else {})


def _text(path: Path, content: bytes) -> Mapping[str, Any]:
    if path.suffix.lower() != ".wkt":
        return from_geojson(content)
    try:
        return from_wkt(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused("boundary", f"the file {path.name} is no UTF-8 text.") from None


def _layers(path: Path, content: bytes) -> Mapping[str, Any]:
    """Every areal layer of a file, as one collection of features, a collection a layer."""
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError
    from pyogrio.raw import read

    found: list[dict[str, Any]] = []
    try:
        for source in _sources(path, content):
            for layer in _areal_layers(source):
                meta, fids, shapes, values = read(
                    source, layer=layer, return_fids=True, max_features=MOST_FEATURES + 1, datetime_as_string=True
                )
                if shapes is None or not len(shapes):
                    continue
                if len(shapes) > MOST_FEATURES:
                    raise Refused("boundary", f"{path.name} holds more than {MOST_FEATURES:,} features.")
                features = list(_features(meta["fields"], fids, shapes, values))
                found.append(_collection(features, meta.get("crs"), path))
    except (DataSourceError, DataLayerError, FieldError, zipfile.BadZipFile, shapely.errors.GEOSException) as problem:
        why = str(problem).splitlines()[0][:120]
        raise Refused("boundary", f"the file {path.name} can't be read as {path.suffix[1:].upper()}: {why}") from None
    if not found:
        raise Refused("boundary", f"the file {path.name} holds no layer with areas.")
    return found[0] if len(found) == 1 else {"type": "FeatureCollection", "features": found}


def _sources(path: Path, content: bytes) -> Iterator[Path | str | bytes]:
    """What GDAL opens for a file: the file, the text inside a KMZ, each shapefile inside a zip."""
    ending = path.suffix.lower()
    if ending in {".shp", ".gpkg"}:
        yield path
        return
    if ending == ".kml":
        yield content
        return
    names = _members(path.name, content)
    if ending == ".kmz":
        inside = [name for name in names if name.lower().endswith(".kml")]
        if not inside:
            raise Refused("boundary", f"the file {path.name} holds no KML.")
        with zipfile.ZipFile(BytesIO(content)) as archive:
            yield from (archive.read(name) for name in inside)
        return
    inside = [name for name in names if name.lower().endswith((".shp", ".gpkg"))]
    if not inside:
        raise Refused("boundary", f"the file {path.name} holds no shapefile (.shp) and no GeoPackage.")
    yield from (f"/vsizip/{{{path}}}/{name}" for name in inside)


def _members(file: str, content: bytes) -> list[str]:
    """Names inside an archive that unpacks to a bearable size."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        infos = archive.infolist()
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise Refused("boundary", f"the file {file} unpacks to more than {MOST_BYTES // 1024**2} MB.")
    return [info.filename for info in infos if not Path(info.filename).name.startswith((".", "__MACOSX"))]


def _areal_layers(source: Path | str | bytes) -> list[int]:
    """The layers of a source that may hold areas, by their place in it: a name may be missing, or made anew."""
    from pyogrio import list_layers

    return [place for place, (_, kind) in enumerate(list_layers(source).tolist()) if kind is not None and _areal(kind)]


def _areal(kind: str) -> bool:
    return any(word in kind for word in ("Polygon", "Surface", "Unknown", "Collection"))


def _features(
    fields: Sequence[str], fids: Sequence[int], shapes: Sequence[bytes | None], values: Sequence[Sequence[Any]]
) -> Iterator[dict[str, Any]]:
    for row, shape in enumerate(shapes):
        geometry = shapely.from_wkb(shape) if shape is not None else None
        if geometry is None or geometry.is_empty or geometry.geom_type not in _AREAS:
            continue
        properties = {str(name): _plain(column[row]) for name, column in zip(fields, values, strict=True)}
        yield {"type": "Feature", "id": int(fids[row]), "properties": properties, "geometry": mapping(geometry)}


_AREAS = frozenset({"Polygon", "MultiPolygon", "GeometryCollection"})


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _collection(features: list[dict[str, Any]], crs: str | None, path: Path) -> dict[str, Any]:
    if crs is None:
        how = "add its .prj" if path.suffix.lower() in {".shp", ".zip"} else "set it"
        raise Refused("boundary", f"the file {path.name} does not say in which reference system it is; {how}.")
    return {"type": "FeatureCollection", "features": features, "crs": _crs(crs)}


def _crs(name: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}

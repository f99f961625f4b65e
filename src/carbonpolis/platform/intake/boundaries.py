"""The land of projects as a person's file gives it: GeoJSON or WKT in the cell, or the name of a file beside it.

A city's officers hold their plots in a geographic information system: one GeoJSON file with a feature a plot, whose
`id` or property `project` says which project it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping

from carbonpolis.errors import Fault, Refused
from carbonpolis.platform.work import State
from carbonpolis.registry.boundary import Boundary, read_boundary
from carbonpolis.registry.overlap import Plots
from carbonpolis.registry.party import City
from carbonpolis.registry.project import SinkProject, claim_of
from carbonpolis.registry.rulebook import RuleBook

Cells = dict[str, Any]
SHAPES = ("POLYGON", "MULTIPOLYGON")
FORMS = "GeoJSON or WKT (longitude first), or the name of a .geojson, .json or .wkt file beside this one"
OWN = ("project", "id", "ID", "Id")  # properties in which a feature may say which project it is


def read_lands(state: State, cells: list[Cells], folder: Path, file: str) -> Iterator[Fault]:
    """Read every row's `boundary` into its cell `land` (a Boundary or None), and its area where the row states none.

    folder: where the file lies, for cells that name another one. Tells every boundary that can't be read, every stated
    area that is another than the enclosed one, and every row with neither.
    """
    opened: dict[str, Mapping[str, Any]] = {}
    for c in cells:
        c["land"] = None
        try:
            if c["boundary"]:
                given = _given(c["boundary"], c["project"], folder, opened)
                home = state.find(City, c["city"])
                c["land"] = read_boundary(given, near=(home.latitude, home.longitude) if home is not None else None)
        except Refused as refusal:
            remedy = refusal.reason[:1].upper() + refusal.reason[1:]
            yield Fault(file, c["row"], "boundary", _short(c["boundary"]), FORMS, remedy)
        yield from _area(c, file)


def _area(c: Cells, file: str) -> Iterator[Fault]:
    land: Boundary | None = c["land"]
    if c["area_ha"] is None:
        if land is None and not c["boundary"]:
            yield Fault(file, c["row"], "area_ha", "", "an area, or a boundary that has one", "Fill one of them in.")
        c["area_ha"] = land.area_ha if land is not None else 0.0
    elif land is not None:
        tolerance = RuleBook.load(c["rule_book"]).number("area_tolerance")
        if abs(c["area_ha"] - land.area_ha) > tolerance / 100 * land.area_ha:
            expected = f"{land.area_ha:,.2f}, what its boundary encloses, within {tolerance:g} %"
            yield Fault(file, c["row"], "area_ha", f"{c['area_ha']:g}", expected, "Mend the one that is wrong.")


def overlap_faults(state: State, trials: Sequence[tuple[int, SinkProject]], file: str) -> Iterator[Fault]:
    """A fault for each row whose land a project of the folder, or a row before it, has in the same years.

    trials: each row's number and project as it would be proposed.
    """
    rows = {project.id: row for row, project in trials if project.boundary}
    others = [p for p in state.all(SinkProject) if p.boundary and p.state not in ("withdrawn", "rejected")]
    plots = Plots([claim_of(p) for p in (*others, *(project for _, project in trials if project.boundary))])
    for row, project in trials:
        if not project.boundary:
            continue
        tolerance = RuleBook.load(project.rule_book).number("overlap_tolerance")
        for each in plots.overlaps(claim_of(project), tolerance):
            other = rows.get(each.project, 0)
            if other > row:
                continue  # told once, in the row that comes second
            where = f", row {other}" if other else ""
            expected = "land that no other project claims in these years"
            remedy = f"It shares {each}{where}. Redraw one of them: one plot and year belongs to one project."
            yield Fault(file, row, "boundary", project.id, expected, remedy)


def _given(text: str, project: str, folder: Path, opened: dict[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The GeoJSON object behind a cell."""
    if text.lstrip().startswith("{"):
        return _json(text)
    if text.lstrip().upper().startswith(SHAPES):
        return _wkt(text)
    if Path(text).suffix.lower() not in {".geojson", ".json", ".wkt"}:
        raise Refused("boundary", f"it is none of these: {FORMS}.")
    if text not in opened:
        try:
            content = (folder / text).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as problem:
            why = getattr(problem, "strerror", None) or "no UTF-8 text"
            raise Refused("boundary", f"the file {text} can't be read beside this one: {why}.") from None
        opened[text] = _wkt(content) if text.lower().endswith(".wkt") else _json(content)
    return _own(opened[text], project, text)


def _own(given: Mapping[str, Any], project: str, file: str) -> Mapping[str, Any]:
    """Of a file with features of several projects, this one's; a file that names none is the project's own."""
    features = given.get("features") if given.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        return given
    named = [(_name(feature), feature) for feature in features if isinstance(feature, Mapping)]
    mine = [feature for name, feature in named if project in name]
    if mine:
        return {"type": "FeatureCollection", "features": mine}
    if len(named) > 1:
        raise Refused("boundary", f"none of the {len(named)} features in {file} has the id or `project` {project!r}.")
    return given


def _name(feature: Mapping[str, Any]) -> set[str]:
    properties = feature.get("properties")
    said = [properties.get(each) for each in OWN] if isinstance(properties, Mapping) else []
    return {str(each) for each in (feature.get("id"), *said) if each is not None}


def _json(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as problem:
        raise Refused("boundary", f"it is no JSON (line {problem.lineno}: {problem.msg}).") from None
    if not isinstance(found, Mapping):
        raise Refused("boundary", "it is no GeoJSON object.")
    return found


def _wkt(text: str) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = mapping(shapely.from_wkt(text.strip()))
    except shapely.errors.GEOSException as problem:
        raise Refused("boundary", f"it is no WKT: {str(problem).splitlines()[0]}.") from None
    return found


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."

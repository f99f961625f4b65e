"""The land of projects as a person's file gives it: GeoJSON or WKT in the cell, or the name of a file beside it.

A city's officers hold their plots in a geographic information system: one file with a feature a plot, whose `id` or
property `project` says which project it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from carbonpolis.errors import Fault, Refused
from carbonpolis.platform.intake.columns import Cells
from carbonpolis.platform.intake.land_files import (
    ENDINGS,
    from_geojson,
    from_wkt,
    is_land_file,
    is_wkt,
    read_land_file,
)
from carbonpolis.platform.work import State
from carbonpolis.registry.boundary import Boundary, read_boundary
from carbonpolis.registry.overlap import Plots
from carbonpolis.registry.party import City
from carbonpolis.registry.project import SinkProject, claim_of
from carbonpolis.registry.rulebook import RuleBook

CELL = f"GeoJSON or WKT (longitude first), or the name of a file beside this one ({', '.join(ENDINGS)})"
OWN = frozenset({"project", "project_id", "id", "name"})  # properties, in any case, that may say whose a feature is


def read_lands(state: State, cells: list[Cells], folder: Path, file: str) -> Iterator[Fault]:
    """Read every row's `boundary` into its cell `land` (a Boundary or None), and its area where the row states none.

    folder: where the file lies, for cells that name another one. Tells every boundary that can't be read, every stated
    area that is another than the enclosed one, and every row with neither.
    """
    opened: dict[str, Plotted] = {}
    for c in cells:
        c["land"] = None
        try:
            if c["boundary"]:
                given = _given(c["boundary"], c["project"], folder, opened)
                home = state.find(City, c["city"])
                c["land"] = read_boundary(given, near=(home.latitude, home.longitude) if home is not None else None)
        except Refused as refusal:
            remedy = refusal.reason[:1].upper() + refusal.reason[1:]
            yield Fault(file, c["row"], "boundary", _short(c["boundary"]), CELL, remedy)
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


def _given(text: str, project: str, folder: Path, opened: dict[str, Plotted]) -> Mapping[str, Any]:
    """The GeoJSON object behind a cell."""
    if text.lstrip().startswith("{"):
        return from_geojson(text)
    if is_wkt(text):
        return from_wkt(text)
    if not is_land_file(text):
        raise Refused("boundary", f"it is none of these: {CELL}.")
    if text not in opened:
        opened[text] = Plotted(read_land_file(folder / text), Path(text).name)
    return opened[text].of(project)


class Plotted:
    """A file with the plots of many projects, found by the id or a property of each feature."""

    def __init__(self, given: Mapping[str, Any], file: str) -> None:
        self._given, self._file = given, file
        self._of: dict[str, list[Mapping[str, Any]]] = {}
        features = [*_features(given)]
        self._count = len(features)
        for feature in features:
            for name in _names(feature):
                self._of.setdefault(name, []).append(feature)

    def of(self, project: str) -> Mapping[str, Any]:
        """One project's features; a file of a single feature that names no other project is the project's own.

        Raises Refused("boundary", ...) where none of several features is the project's.
        """
        mine = self._of.get(project)
        if mine is not None:
            return {"type": "FeatureCollection", "features": mine}
        if self._count > 1:
            told = f"none of the {self._count} features in {self._file} has the id or `project` {project!r}."
            raise Refused("boundary", told)
        return self._given


def _features(given: Mapping[str, Any], crs: object = None) -> Iterator[Mapping[str, Any]]:
    """Every feature of a collection, and of collections in it, each with the reference system that it is in."""
    crs = given.get("crs", crs)
    listed = given.get("features") if given.get("type") == "FeatureCollection" else None
    for feature in listed if isinstance(listed, list) else ():
        if not isinstance(feature, Mapping):
            continue
        if feature.get("type") == "FeatureCollection":
            yield from _features(feature, crs)
        else:
            yield feature if crs is None or "crs" in feature else {**feature, "crs": crs}


def _names(feature: Mapping[str, Any]) -> set[str]:
    properties = feature.get("properties")
    said = (
        [value for key, value in properties.items() if str(key).casefold() in OWN]
        if isinstance(properties, Mapping)
        else []
    )
    return {str(each) for each in (feature.get("id"), *said) if each is not None}


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."

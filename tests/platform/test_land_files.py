"""Plots as geographic information systems save them: real files written by GDAL, read by the loader and the command."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely
from pyproj import Transformer
from tests.platform.test_lands import EXAMPLE, HEADER, ROW
from typer.testing import CliRunner

from carbonpolis import Platform
from carbonpolis.cli.main import app
from carbonpolis.errors import Refused
from carbonpolis.platform.intake import land_files
from carbonpolis.platform.intake.boundaries import Plotted
from carbonpolis.platform.intake.land_files import from_wkt, read_land_file
from carbonpolis.registry import read_boundary

PLOTS = {"A": shapely.box(5.2, 52.0, 5.21, 52.01), "B": shapely.box(5.4, 52.0, 5.41, 52.01)}
DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".kml": "KML", ".geojson": "GeoJSON"}


@pytest.fixture
def p(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "towns") as platform:
        for kind in ("cities", "accounts"):
            platform.loading.load(kind, EXAMPLE / f"{kind}.csv")
        yield platform


def save(path: Path, plots: dict[str, Any], *, epsg: int = 4326, field: str = "project", driver: str = "") -> Path:
    """A file as a geographic information system saves it, in a reference system of its choice."""
    there = Transformer.from_crs("OGC:CRS84", epsg, always_xy=True)
    moved = [
        shapely.transform(plot, lambda x: np.column_stack(there.transform(x[:, 0], x[:, 1]))) for plot in plots.values()
    ]
    pyogrio.raw.write(
        path,
        np.array([shapely.to_wkb(each) for each in moved], dtype=object),
        [np.array(list(plots), dtype=object)],
        [field],
        geometry_type="Polygon",
        crs=f"EPSG:{epsg}",
        driver=driver or DRIVERS[path.suffix],
    )
    return path


def zipped(path: Path, *parts: Path, inside: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            archive.write(part, inside + part.name)
    return path


def rows(tmp_path: Path, boundary: str, names: str = "AB") -> Path:
    path = tmp_path / "projects.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval="")
        writer.writeheader()
        writer.writerows({**ROW, "project": name, "boundary": boundary} for name in names)
    return path


def in_form(tmp_path: Path, form: str) -> Path:
    """The two plots in one of the forms that offices keep theirs in."""
    if form == "geopackage in metres":
        return save(tmp_path / "plots.gpkg", PLOTS, epsg=28992)
    if form == "zipped shapefile":
        save(tmp_path / "plots.shp", PLOTS, epsg=32631, field="PROJECT")
        return zipped(tmp_path / "plots.zip", *tmp_path.glob("plots.*"), inside="gis export/")
    if form == "shapefile":
        return save(tmp_path / "plots.shp", PLOTS, epsg=4258)
    kml = save(tmp_path / "doc.kml", PLOTS, field="Name")
    return kml if form == "kml" else zipped(tmp_path / "plots.kmz", kml)


@pytest.mark.parametrize("form", ["geopackage in metres", "zipped shapefile", "shapefile", "kml", "kmz"])
def test_plots_come_in_from_any_form_that_an_office_keeps_them_in(p, tmp_path, form):
    told = p.loading.load("projects", rows(tmp_path, in_form(tmp_path, form).name))
    assert told.startswith("projects.csv: 2 projects, 2 with a boundary")
    projects = {each.id: each for each in p.projects.all()}
    for name, plot in PLOTS.items():
        assert projects[name].area_ha == pytest.approx(read_boundary(plot.__geo_interface__).area_ha, rel=1e-5)
        assert shapely.from_geojson(projects[name].boundary).bounds == pytest.approx(plot.bounds, abs=1e-5)


def test_what_was_transformed_is_said(p, tmp_path):
    save(tmp_path / "plots.gpkg", PLOTS, epsg=28992)
    told = p.loading.load("projects", rows(tmp_path, "plots.gpkg"))
    assert "A: it was transformed from Amersfoort / RD New (EPSG:28992) to WGS 84" in told


def test_the_command_reads_the_same_files(p, tmp_path):
    p.loading.load("projects", rows(tmp_path, save(tmp_path / "old.geojson", PLOTS).name))
    save(tmp_path / "new.gpkg", {"A": shapely.box(5.2, 52.0, 5.22, 52.01)})
    p.close()
    ran = CliRunner().invoke(
        app, ["boundary", "A", str(tmp_path / "new.gpkg"), "--folder", str(tmp_path / "towns"), "--area-ha", "152.8"]
    )
    assert ran.exit_code == 0, ran.output
    assert ran.output.startswith("A: 152.82 ha")


@pytest.mark.parametrize(
    "name, content, why",
    [
        ("deep.geojson", b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        ("broken.gpkg", b"SQLite format 3\0 and nothing more", "can't be read as GPKG"),
        ("broken.zip", b"PK\3\4 no archive", "can't be read as ZIP"),
        ("broken.kml", b"<kml><Document>", "can't be read as KML|holds no layer"),
        ("text.wkt", b"\xff\xfe\x00", "is no UTF-8 text"),
    ],
)
def test_a_damaged_file_is_refused_by_its_name(tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused, match=why):
        read_land_file(tmp_path / name)


def test_the_command_refuses_in_one_message(p, tmp_path):
    (tmp_path / "deep.geojson").write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")
    p.close()
    ran = CliRunner().invoke(
        app, ["boundary", "A", str(tmp_path / "deep.geojson"), "--folder", str(tmp_path / "towns")]
    )
    assert isinstance(ran.exception, Exception)
    assert "nested too deeply" in str(ran.exception)
    assert not isinstance(ran.exception, RecursionError)


def test_a_shapefile_without_its_prj_could_lie_anywhere(tmp_path):
    save(tmp_path / "plots.shp", PLOTS)
    (tmp_path / "plots.prj").unlink()
    with pytest.raises(Refused, match=r"does not say in which reference system it is; add its \.prj"):
        read_land_file(tmp_path / "plots.shp")


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(land_files, "MOST_BYTES", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", " " * 2_000_000)
    assert (tmp_path / "bomb.kmz").stat().st_size < 10_000
    with pytest.raises(Refused, match="unpacks to more than"):
        read_land_file(tmp_path / "bomb.kmz")


def test_points_and_lines_beside_the_plots_are_passed_over(tmp_path):
    kml = """<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
      <Placemark><name>gate</name><Point><coordinates>5.2,52</coordinates></Point></Placemark>
      <Placemark><name>A</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
        5.2,52,0 5.21,52,0 5.21,52.01,0 5.2,52.01,0 5.2,52,0</coordinates></LinearRing></outerBoundaryIs></Polygon>
      </Placemark></Document></kml>"""
    (tmp_path / "mixed.kml").write_text(kml, encoding="utf-8")
    given = Plotted(read_land_file(tmp_path / "mixed.kml"), "mixed.kml").of("A")
    assert read_boundary(given).area_ha == pytest.approx(read_boundary(PLOTS["A"].__geo_interface__).area_ha)


def test_wkt_may_bear_its_reference_system_as_postgis_writes_it():
    there = Transformer.from_crs("OGC:CRS84", 28992, always_xy=True)
    corners = [there.transform(x, y) for x, y in PLOTS["A"].exterior.coords]
    text = "SRID=28992;POLYGON((" + ", ".join(f"{x} {y}" for x, y in corners) + "))"
    assert read_boundary(from_wkt(text)).area_ha == pytest.approx(
        read_boundary(PLOTS["A"].__geo_interface__).area_ha, rel=1e-5
    )


def test_the_same_grove_under_two_datums_is_one_grove(p, tmp_path):
    """JasonSanford/geojsonlint.com#8: who reads degrees of another datum as WGS 84 lets one plot be claimed twice."""
    moved = Transformer.from_crs("OGC:CRS84", 4289, always_xy=True)  # Amersfoort, in degrees
    corners = [moved.transform(x, y) for x, y in PLOTS["A"].exterior.coords]
    for name, ring, crs in (
        ("A", PLOTS["A"].exterior.coords, "urn:ogc:def:crs:OGC:1.3:CRS84"),
        ("B", corners, "EPSG:4289"),
    ):
        drawn = {"type": "Polygon", "coordinates": [list(map(list, ring))]}
        collection = {
            "type": "FeatureCollection",
            "crs": {"type": "name", "properties": {"name": crs}},
            "features": [{"type": "Feature", "properties": {"project": name}, "geometry": drawn}],
        }
        (tmp_path / f"{name}.geojson").write_text(json.dumps(collection), encoding="utf-8")
    p.loading.load("projects", rows(tmp_path, "A.geojson", "A"))
    with pytest.raises(Exception, match=r"shares 76\.\d\d ha of A"):
        p.loading.load("projects", rows(tmp_path, "B.geojson", "B"))

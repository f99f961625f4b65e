"""The registry's commands, run as a person runs them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from tests.registry.world import World, square
from typer.testing import CliRunner

from carbonpolis.cli.main import app
from carbonpolis.errors import BadInput, Refused, Unknown


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("commands") / "data"
    with World(path) as world:
        world.propose()
        world.register()
        world.issue("wood", 2015, 1000.0)
        world.p.projects.retire(
            "R-1", holder="forester", tonnes="1.5", purpose="own footprint", period="2016", at=date(2016, 6, 1), key="r"
        )
    return path


def run(*words: object):
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_draft_gets_its_boundary(tmp_path):
    path, file = tmp_path / "data", tmp_path / "wood.geojson"
    with World(path) as world:
        world.propose("hill", x=None)
    file.write_text(json.dumps(square(-93.3)), encoding="utf-8")
    with pytest.raises(Refused, match=r"states 100.00 ha and its boundary encloses 87.77 ha"):
        run("boundary", "hill", file, "--folder", path)
    assert "hill: 87.77 ha" in run("boundary", "hill", file, "--folder", path, "--area-ha", "88").output
    with pytest.raises(BadInput, match="a GeoJSON file"):
        run("boundary", "hill", tmp_path / "none", "--folder", path)
    with World.__new__(World).opened(path) as world:
        world.move("hill", "list", "forester", date(2015, 2, 1))
        with pytest.raises(Refused, match="only while it is a draft"):
            world.p.projects.draw("hill", square(-93.3), key="late")


def test_a_certificate_is_written(folder, tmp_path):
    out = tmp_path / "c.pdf"
    result = run("certificate", "R-1", folder, "--out", out, "--address", "https://registry.example/")
    assert "1.500 t for Forester" in result.output
    assert out.read_bytes().startswith(b"%PDF")
    with pytest.raises(Unknown, match="no retirement 'R-2'; there are R-1"):
        run("certificate", "R-2", folder, "--out", out)


def test_a_unit_is_traced(folder):
    result = run("trace", "CP-US-MSP-000001-FOR-2015-000000001", folder)
    for said in ("boundary on file", "own footprint for 2016", "retired"):
        assert said in result.output
    told = json.loads(run("trace", "CP-US-MSP-000001-FOR-2015-000000001", folder, "--format", "json").output)
    assert told["segments"][0]["place"]["purpose"] == "retired"
    with pytest.raises(BadInput, match="serials of this registry"):
        run("trace", "12", folder)


def test_the_registry_is_exported(folder, tmp_path):
    for kind, out in (("cadt", tmp_path / "c.xlsx"), ("cadt", tmp_path / "csv"), ("cdop", tmp_path / "c.json")):
        assert "1 projects, 1 batches" in run("export", kind, folder, "--out", out).output
        assert out.exists()
    told = run("export", "cadt", folder, "--out", tmp_path / "d.xlsx").stderr
    assert "The trust would refuse: verification, verificationBody: 'Surveyor' is none of the trust's bodies" in told
    with pytest.raises(Unknown, match="no kind of export 'xml'; there are cadt, cdop"):
        run("export", "xml", folder)

"""The operator looks for abuse, reads a case and closes it, from the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.platform.test_surveillance_desk import LAYERS, record, trade
from typer.testing import CliRunner

from carbonpolis import Platform
from carbonpolis.cli.main import app
from carbonpolis.errors import BadInput, Unknown


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("watched") / "data"
    with Platform.open(path, clock=lambda: datetime(2024, 7, 1, tzinfo=UTC)) as platform:
        record(platform, *LAYERS, trade("T1", "sam", "eve", 40, "02:04"))
    return path


def run(*words: object) -> str:
    result = CliRunner().invoke(app, ["surveillance", *map(str, words)], env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_a_case_is_found_read_and_closed(folder: Path):
    days = ("--since", "2024-07-01", "--until", "2024-07-01")
    assert "1 new cases" in run("look", folder, *days)
    assert "0 new cases" in run("look", folder, *days)
    (case,) = json.loads(run("cases", folder, "--format", "json"))
    assert (case["kind"], case["parties"]) == ("layering", ["eve"])
    told = run("show", case["id"], folder)
    assert "eve wants to sell 90 lots in NL-ALD, cancelled with 90 left" in told
    assert "traded lots 40" in told
    assert [one["id"] for one in json.loads(run("show", case["id"], folder, "--format", "json"))["evidence"]] == [
        "L0",
        "L1",
        "L2",
        "T1",
    ]
    assert "confirmed" in run("close", case["id"], "confirm", folder)
    assert json.loads(run("cases", folder, "--format", "json")) == []
    assert case["id"] in run("cases", folder, "--state", "confirmed")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("look", "--since", "July", "--until", "2024-07-01"), BadInput),
        (("cases", "--state", "odd"), Unknown),
        (("cases", "--format", "xml"), Unknown),
        (("show", "CASE-none"), Unknown),
        (("close", "CASE-none", "forget"), Unknown),
    ],
)
def test_what_can_not_be_is_said(folder: Path, words: tuple[str, ...], problem: type[Exception]):
    with pytest.raises(problem):
        run(*words, folder)

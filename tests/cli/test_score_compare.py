"""`carbonpolis score` and `carbonpolis compare` as a person uses them: a file in, a table, a page, a workbook out."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from carbonpolis.cli.main import main
from carbonpolis.evaluate.score import Framework

SHARED = os.environ.get("CARBONPOLIS_SHARED_DATA", "")
REAL = pytest.mark.skipif(not SHARED, reason="CARBONPOLIS_SHARED_DATA does not name the folder of source files")
TABLE_1 = Framework.load("table-1")


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["carbonpolis", *map(str, arguments)])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def indicators(tmp_path: Path) -> Path:
    low, high = (np.array([getattr(leaf, end) for leaf in TABLE_1.leaves]) for end in ("low", "high"))
    share = np.random.default_rng(2).random((8, 17))
    frame = pd.DataFrame(low + share * (high - low), columns=TABLE_1.symbols)
    frame.loc[7, "S31":] = np.nan
    frame["S11_sd"] = 0.1
    frame.insert(0, "city", [f"town {k}" for k in range(8)])
    frame.to_csv(tmp_path / "cities.csv", index=False)
    return tmp_path / "cities.csv"


@pytest.fixture
def inventories(tmp_path: Path) -> Path:
    path = tmp_path / "inventories.csv"
    path.write_text(
        "city,country,year,population,area_km2,scope1_t,boundary\n"
        "<b>Alpha</b>,A,2020,100000,50,400000,administrative\n"
        "Beta,A,2020,200000,80,1600000,administrative\n"
        "Gamma,A,2020,300000,90,,administrative\n",
        encoding="utf-8",
    )
    return path


def test_score_prints_ranks_and_what_they_hang_on(
    indicators: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "score", indicators, "--draws", 200, "--city", "town 1") == 0
    told = capsys.readouterr().out
    assert "7 cities ranked by table-1" in told
    assert "What ranks hang on" in told
    assert "town 1: what would move it" in told
    assert "best rank under any weights of S2" in told
    assert "not ranked" in told
    assert "Ranks without each indicator" not in told
    assert call(monkeypatch, "score", indicators, "--draws", 20, "--removals") == 0
    assert "Ranks without each indicator" in capsys.readouterr().out


def test_score_as_json_has_the_scores_of_the_library(
    indicators: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "score", indicators, "--draws", 50, "--format", "json") == 0
    rows = {row["city"]: row for row in json.loads(capsys.readouterr().out)["tables"]["Scores"]}
    frame = pd.read_csv(indicators).set_index("city")
    scores = TABLE_1.score(frame)
    assert rows["town 3"]["S"] == pytest.approx(scores.total["town 3"])
    assert rows["town 3"]["rank"] == scores.ranks["town 3"]
    assert rows["town 7"]["rank"] is None


@pytest.mark.parametrize("picture", ["ranking", "radar", "dumbbell", "sunburst", "heatmap"])
def test_score_draws_its_pictures(
    indicators: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: str
) -> None:
    plot = tmp_path / "p.png"
    assert call(monkeypatch, "score", indicators, "--draws", 50, "--plot", plot, "--picture", picture) == 0
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_score_draws_a_map_of_the_score_or_of_an_indicator(
    indicators: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.read_csv(indicators)
    placed, out = tmp_path / "placed.csv", tmp_path / "map.png"
    frame.assign(latitude=50.0 + frame.index, longitude=5.0 + frame.index).to_csv(placed, index=False)
    for more in ([], ["--of", "S12"]):
        words = ["score", placed, "--draws", 10, "--plot", out, "--picture", "map", *more]
        assert call(monkeypatch, *words) == 0
        assert out.read_bytes().startswith(b"\x89PNG")
        out.unlink()
    assert call(monkeypatch, *words[:-1], "S99") == 2
    assert call(monkeypatch, "score", indicators, "--draws", 10, "--plot", out, "--picture", "map") == 2
    assert "columns latitude and longitude" in capsys.readouterr().err


def test_compare_tells_who_compares_and_who_does_not(
    inventories: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "compare", inventories) == 0
    told = capsys.readouterr().out
    assert "The middle city emits 6.0 t CO2e per person. <b>Alpha</b> emits least (4.0), Beta most (8.0)." in told
    assert "no figure for scope1_t" in told


def test_compare_writes_a_page_a_workbook_and_a_pdf(
    inventories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ending in ("html", "xlsx", "pdf"):
        assert call(monkeypatch, "compare", inventories, "--out", tmp_path / f"c.{ending}") == 0
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;Alpha&lt;/b&gt;" in page
    assert "<b>Alpha</b>" not in page
    assert "data:image/png;base64," in page
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    assert book.sheetnames[:2] == ["findings", "Cities"]
    assert book["Cities"]["A2"].value == "<b>Alpha</b>"
    assert book["Cities"]["D2"].value == pytest.approx(4.0)
    assert (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["compare", "nowhere.csv"], "a file that is there"),
        (["compare", "{inventories}", "--measure", "total"], "no city has total_t"),
        (["compare", "{inventories}", "--format", "html"], "Add --out FILE"),
        (["compare", "{inventories}", "--format", "doc"], "no --format 'doc'"),
        (["compare", "{inventories}", "--warming", "3"], "no --warming '3'"),
        (["compare", "{inventories}", "--picture", "trends", "--plot", "{folder}/t.png"], "five years"),
        (["score", "{indicators}", "--framework", "mine"], "no framework 'mine'"),
        (["score", "{indicators}", "--variant", "mine"], "has no variant 'mine'"),
        (["score", "{indicators}", "--city", "Atlantis"], "no city 'Atlantis'"),
        (["score", "{indicators}", "--picture", "pie"], "no --picture 'pie'"),
        (["score", "{inventories}"], "is a column"),
        (["score", "{folder}/none"], "none"),
    ],
)
def test_bad_input_ends_with_two_and_one_clear_message(
    arguments: list[str],
    told: str,
    indicators: Path,
    inventories: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {"indicators": str(indicators), "inventories": str(inventories), "folder": str(tmp_path)}
    assert call(monkeypatch, *(argument.format(**places) for argument in arguments)) == 2
    assert told in capsys.readouterr().err


def test_a_figure_that_is_no_number_is_told_with_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("city,year,population,total_t\nA,2020,many,5\nB,2020,10,-3\n", encoding="utf-8")
    assert call(monkeypatch, "compare", path) == 2
    told = capsys.readouterr().err
    assert "bad.csv row 2, column population: found 'many'" in told
    assert "bad.csv row 3, column total_t: found '-3'" in told


def test_half_an_inventory_is_no_fall_of_emissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        {"city": name, "year": year, "sector": sector, "emissions_t": tonnes, "population": 1000}
        for name in ("A", "B")
        for year in range(2010, 2021)
        for sector, tonnes in (("Transport", 3000.0), ("Buildings", 3000.0), ("Natural Systems", -500.0))
        if (year, sector) != (2020, "Buildings")
    ]
    pd.DataFrame([*lines, lines[0]]).to_parquet(tmp_path / "lines.parquet")
    out = tmp_path / "c.json"
    assert call(monkeypatch, "compare", tmp_path / "lines.parquet", "--out", out) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    assert [(row["year"], row["t per person"]) for row in found["tables"]["Cities"]] == [(2019, 6.0), (2019, 6.0)]
    assert [(row["years"], row["% a year"]) for row in found["tables"]["Trends"]] == [("2010–2019", 0.0)] * 2
    assert {row["sinks counted"] for row in found["tables"]["Trends"]} == {"yes"}
    assert "lines.parquet: 1 lines that stand twice counted once" in found["notes"]


@pytest.mark.realdata
@REAL
@pytest.mark.parametrize(
    ("files", "least"),
    [
        (["nangini_343_cities.csv"], 80),
        (["cdp_citywide_2017.csv", "cdp_targets_2021.csv"], 120),
        (["cdp_citywide_2018.csv"], 100),
        (["twin_cities_inventory.parquet"], 100),
        (["twin_cities_counties.parquet"], 8),
        (["openghgmap_europe_2018.csv", "population_by_locode.csv", "area_by_locode.csv"], 1000),
        (["."], 1000),
    ],
)
def test_the_real_inventories_compared_by_one_command(
    files: list[str], least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [Path(SHARED) / "cities" / name for name in files]
    out = tmp_path / "comparison.json"
    assert call(monkeypatch, "compare", *paths, "--out", out) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    rows = found["tables"]["Cities"]
    assert len(rows) >= least
    assert all(0.2 <= row["t per person"] <= 200 for row in rows)
    assert all(row["reason"] for row in found["tables"]["Shown apart"])
    assert found["findings"]

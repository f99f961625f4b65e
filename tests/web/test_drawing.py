"""What the pages are made of, without a browser: tables, charts, the radar, the words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbonpolis.web
from carbonpolis.report.year.columns import MONTHS
from carbonpolis.report.year.shape import YearReport
from carbonpolis.web import charts, map
from carbonpolis.web.balance import bar
from carbonpolis.web.radar import radar, segments
from carbonpolis.web.tables import Html, link, table
from carbonpolis.web.words import ENGLISH, name, say

SOURCES = sorted(Path(carbonpolis.web.__file__).parent.glob("*.py"))


def test_the_made_up_report_has_the_shape_that_the_platform_fills(report: dict[str, Any]) -> None:
    assert msgspec.convert(report, YearReport) == report


def test_a_column_in_one_unit_has_it_in_its_header_and_a_note_is_told_once_below() -> None:
    rows: list[list[Any]] = [
        ["January", {"value": None, "unit": "USD/t", "note": "no trade"}],
        ["February", {"value": None, "unit": "USD/t", "note": "no trade"}],
        ["March", {"value": 21.5, "unit": "USD/t", "assumed": True}],
    ]
    made = table("Prices", ["Month", "Price"], rows)
    assert 'Price <span class="unit">USD/t</span>' in made
    assert made.count("<li>no trade</li>") == 1
    assert made.count('<span class="tag">assumed</span>') == 1
    assert "21.50" in made


def test_a_column_of_several_units_has_them_in_its_cells() -> None:
    made = table("Facts", ["What", "Figure"], [["a", {"value": 1.0, "unit": "t"}], ["b", {"value": 2.0, "unit": "ha"}]])
    assert '<span class="unit">t</span>' in made
    assert '<span class="unit">ha</span>' in made


def test_a_table_escapes_what_it_is_told() -> None:
    made = table("<b>", ["<i>"], [["<script>"], [Html("<em>ours</em>")], [link("<x>", '"/>')]])
    assert "<script>" not in made
    assert "<em>ours</em>" in made
    assert "&lt;x&gt;" in made


def test_the_bar_is_the_balance(report: dict[str, Any]) -> None:
    parts = re.findall(r'class="(\w+)" style="flex: ([\d.]+)', bar(report["total"]))
    total = report["total"]
    assert {part: float(width) for part, width in parts} == {
        part: total[part]["value"] for part in ("covered", "on_credit", "uncovered")
    }


def test_the_radar_stops_at_what_is_missing(report: dict[str, Any]) -> None:
    poor = report["cities"][2]["indicators"]
    drawn = radar(poor)
    assert drawn.count('<circle class="S') == 13
    assert "S15 –" in drawn
    assert "Missing: S13, S15, S16, S31." in drawn


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=20))
def test_the_runs_of_the_radar_hold_every_value_and_no_gap(values: list[float | None]) -> None:
    told = [n for run in segments(values) for n in run]
    assert {n for n, value in enumerate(values) if value is not None} == set(told)


def test_the_direct_bars_add_up_to_the_emissions_of_the_balance(report: dict[str, Any]) -> None:
    city = report["cities"][0]
    options = charts.emissions_bars(city["emissions"])
    direct = next(series for series in options["series"] if series["name"] == name("direct"))
    drawn = sum(value for value in direct["data"] if value is not None)
    assert drawn == pytest.approx(city["balance"]["emissions"]["value"])


def test_a_month_without_a_price_leaves_a_gap(report: dict[str, Any]) -> None:
    options = charts.month_prices(report["cities"][0]["market"]["months"], "USD")
    prices = next(series for series in options["series"] if series["name"] == MONTHS["local_price"].heading)
    assert prices["data"][0] is None


def test_depth_cumulates_bids_from_the_highest_and_asks_from_the_lowest() -> None:
    book: Any = {"month": "2020-12", "bids": [[22.0, 400], [26.0, 300]], "asks": [[23.0, 450], [18.0, 250]]}
    bids, asks = charts.depth(book, "USD")["series"]
    assert bids["data"] == [[26.0, 0.0], [26.0, 300.0], [22.0, 300.0], [22.0, 700.0]]
    assert asks["data"] == [[18.0, 0.0], [18.0, 250.0], [23.0, 250.0], [23.0, 700.0]]


def test_a_city_that_sells_and_buys_makes_no_circle() -> None:
    lots = {"value": 5, "unit": "lots"}
    rows: Any = [{"from": "A", "to": "B", "lots": lots}, {"from": "B", "to": "A", "lots": lots}]
    links = charts.flows(rows, {})["series"][0]["links"]
    assert all(each["source"].startswith("from ") and each["target"].startswith("to ") for each in links)


def test_the_map_shows_every_city_once_and_says_which_has_no_score(report: dict[str, Any]) -> None:
    series = map.city_map(report["cities"])["series"]
    shown = {dot["city"]: each["name"] for each in series for dot in each["data"]}
    assert set(shown) == {"US-MSP", "SE-STO", "CN-SZX"}
    assert shown["CN-SZX"] == say("home.unscored", count=1)


def test_the_map_shows_any_indicator_with_its_unit_and_how_many_are_in_each_class(report: dict[str, Any]) -> None:
    cities = report["cities"]
    assert list(map.choices(cities))[:5] == ["S", "S1", "S2", "S3", "S11"]
    series = map.city_map(cities, "S13")["series"]
    names = [each["name"] for each in series]
    assert all("kg CO₂e/USD (" in name for name in names[:-1])
    assert names[-1] == "not known (1)"
    assert [dot["city"] for dot in series[-1]["data"]] == ["CN-SZX"]
    with pytest.raises(KeyError):
        map.city_map(cities, "S99")


def test_every_word_is_used_and_every_word_used_is_there() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES if path.name != "words.py")
    asked = set(re.findall(r"""["']([a-z_]+(?:\.[A-Za-z0-9_\-]+)*)["']""", text))
    called = set(re.findall(r"""say\(\s*["']([^"']+)["']""", text))
    assert called <= set(ENGLISH)
    stems = tuple(stem for stem in re.findall(r"""say\(\s*f["']([^"'{]*)\{""", text) if stem)
    bare = {"issued", "held", "buffered", "retired", "cancelled", "deposited", "with_parties", "fees", "climate_funds"}
    assert {key for key in ENGLISH if key not in asked | bare and not key.startswith(stems)} == set()


def test_a_code_reads_as_words() -> None:
    assert name("fossil_energy") == "Fossil energy"
    assert name("outside_production") == "Production outside for local use"

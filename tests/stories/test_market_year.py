"""The sample's market year, from a clean folder to a report whose sums agree."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from carbonpolis import Platform
from carbonpolis.period import months_of

Report = dict[str, Any]
SYMBOLS = [*(f"S1{n}" for n in range(1, 7)), *(f"S2{n}" for n in range(1, 9)), *(f"S3{n}" for n in range(1, 4))]
# Each figure is whole kilograms shown in tonnes, so sums of a few hundred of them agree to less than half a kilogram.
HALF_A_KILOGRAM = 0.0005


def quantities(part: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every figure of a report, with where it stands."""
    if isinstance(part, dict):
        if "value" in part and isinstance(part["value"], (int, float, type(None))):
            yield at, part
        for name, inner in part.items():
            yield from quantities(inner, f"{at}/{name}")
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from quantities(inner, f"{at}/{number}")


def parts(shown: Report) -> float:
    return float(shown["covered"]["value"] + shown["on_credit"]["value"] + shown["uncovered"]["value"])


def test_every_figure_has_a_unit_and_what_is_missing_a_reason(sample_report: Report):
    found = list(quantities(sample_report))
    assert len(found) > 5000
    assert not [at for at, figure in found if not figure.get("unit")]
    assert not [at for at, figure in found if figure["value"] is None and not figure.get("note")]


def test_the_sample_is_some_25_cities_of_several_countries_and_200_enterprises(sample_report: Report):
    cities = sample_report["cities"]
    assert len(cities) >= 25
    assert len({city["country"] for city in cities}) >= 3
    assert sum(len(city["emitters"]) for city in cities) >= 200


def test_issued_is_held_and_buffered_and_retired_and_cancelled(sample_report: Report):
    ledger = sample_report["ledger"]
    found = sum(ledger[name]["value"] for name in ("held", "buffered", "retired", "cancelled"))
    assert ledger["issued"]["value"] == pytest.approx(found, abs=HALF_A_KILOGRAM)
    batches = sum(batch["issued"]["value"] for batch in sample_report["registry"]["batches"])
    assert batches == pytest.approx(ledger["issued"]["value"], abs=HALF_A_KILOGRAM)


def test_every_cent_that_came_in_is_with_the_parties_or_in_fees_and_funds(sample_report: Report):
    money = sample_report["money"]
    found = sum(money[name]["value"] for name in ("with_parties", "fees", "climate_funds"))
    assert money["deposited"]["value"] == pytest.approx(found, abs=0.005)


def test_emissions_are_covered_or_on_credit_or_uncovered_in_every_city_and_month(sample_report: Report):
    shown = [sample_report["total"], *(city["balance"] for city in sample_report["cities"])]
    for part in shown:
        assert part["emissions"]["value"] == pytest.approx(parts(part), abs=HALF_A_KILOGRAM)
    for city in sample_report["cities"]:
        for month in city["market"]["months"]:
            assert month["due"]["value"] == pytest.approx(parts(month), abs=HALF_A_KILOGRAM)
    assert sum(len(city["market"]["months"]) for city in sample_report["cities"]) == 12 * len(sample_report["cities"])


def test_the_ledger_itself_says_the_same_to_the_kilogram(sample_year: Path, sample_report: Report):
    year, checked = sample_report["year"], 0
    with Platform.open(sample_year, create=False, writing=False) as platform:
        for city in sample_report["cities"]:
            owed = platform.obligations.of(city["city"], year)
            for month in map(str, months_of(year)):
                due = [o for o in owed if o.period == month]
                held = platform.obligations.balance(city["city"], period=month)
                assert held.emissions_kg == sum(o.due_kg for o in due)
                assert held.covered_kg == sum(o.covered_kg for o in due)
                assert held.on_credit_kg == sum(o.on_credit_kg for o in due)
                assert held.uncovered_kg == sum(o.uncovered_kg for o in due)
                checked += held.emissions_kg > 0
    assert checked > 12 * 15


def test_the_cities_add_up_to_the_total_and_each_has_its_own_removals(sample_report: Report):
    cities, total = sample_report["cities"], sample_report["total"]
    for name in ("emissions", "covered", "on_credit", "uncovered", "removals", "surplus"):
        assert total[name]["value"] == pytest.approx(sum(c["balance"][name]["value"] for c in cities), abs=0.001), name
    for city in cities:
        own = sum(sink["removal"]["value"] for sink in city["sinks"])
        assert city["balance"]["removals"]["value"] == pytest.approx(own, abs=0.001), city["name"]


def test_every_city_has_the_seventeen_indicators_and_a_score_or_the_reason_for_none(sample_report: Report):
    for city in sample_report["cities"]:
        assert [row["symbol"] for row in city["indicators"]] == SYMBOLS
        score = city["score"]
        assert score["ranked"] == (score["rank"] is not None)
        assert score["ranked"] or score["why_not"]
    ranks = sorted(c["score"]["rank"] for c in sample_report["cities"] if c["score"]["ranked"])
    assert ranks == list(range(1, len(ranks) + 1))
    assert len(ranks) >= 20


def test_what_comes_from_bids_is_marked_assumed(sample_report: Report):
    market = [figure for city in sample_report["cities"] for at, figure in quantities(city["market"]) if "price" in at]
    prices = [city["market"][name] for city in sample_report["cities"] for name in ("S21", "S22", "S23")]
    assert all(figure["assumed"] for figure in [*market, *prices])
    assert any(price["value"] for price in prices)
    assert {item["what"] for item in sample_report["assumptions"]} >= {"seed", "willingness spread", "cost/forest"}


def test_a_policy_is_shown_before_and_after(sample_report: Report):
    policy = sample_report["policy"]
    assert policy["att"]["unit"] and policy["att"]["value"] < 0
    before = [row for row in policy["path"] if row["time"] < policy["start"]]
    after = [row for row in policy["path"] if row["time"] >= policy["start"]]
    assert len(before) >= 5 and len(after) >= 5
    assert policy["att"]["value"] == pytest.approx(sum(r["actual"] - r["counterfactual"] for r in after) / len(after))


def test_a_second_run_goes_on_and_changes_nothing(
    copied_year: Path, sample_report: Report, carbonpolis: Callable[..., subprocess.CompletedProcess[str]]
):
    again = carbonpolis("run", copied_year, "--no-serve")
    assert again.returncode == 0, again.stderr
    assert sample_report["audit"]["head"][:16] in again.stdout

"""The long-term average under harvest, and what a project only moves elsewhere."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.errors import Refused
from carbonpolis.registry import (
    RuleBook,
    averaging_years,
    long_term_average,
    market_leakage,
    moved_between_cities,
    plan_harvest,
)

DAY = date(2021, 3, 1)


def test_vcs_standard_4_7_printed_40_years_in_cycles_of_12_average_over_48():
    assert averaging_years(40, 12) == 48
    assert averaging_years(36, 12) == 36


def test_the_long_term_average_of_a_saw_tooth():
    """Grows by 10 t a year and is cut to nothing every 12 years: on average (10 + ... + 110 + 0) / 12 = 55."""
    saw = [10.0 * (year % 12) for year in range(1, 49)]
    assert long_term_average(saw, [0.0] * 48) == pytest.approx(55.0)
    assert long_term_average(saw, [5.0] * 48) == pytest.approx(50.0)


def test_a_harvest_plan_caps_what_is_ever_issued(forest):
    project = forest.registered(crediting_years=40, harvest_cycle_years=12)
    saw = [10.0 * (year % 12) for year in range(1, 49)]
    (plan,) = plan_harvest(project, saw, [0.0] * 48, by=forest.owner, at=DAY).events
    assert (plan.years, plan.cap_kg) == (48, 55_000)
    assert "over 48 years (40 years in cycles of 12)" in plan.lines[0]


@pytest.mark.parametrize(
    "years, stocks, why",
    [(40, 40, "average over 48 years; 40 and 40 were given"), (0, 48, "no crediting period")],
)
def test_a_plan_covers_whole_cycles(forest, years, stocks, why):
    project = forest.registered(crediting_years=years, harvest_cycle_years=12)
    with pytest.raises(Refused, match=why):
        plan_harvest(project, [1.0] * stocks, [0.0] * stocks, by=forest.owner, at=DAY)


@given(st.integers(1, 100), st.integers(1, 40))
def test_whole_cycles_cover_the_period_and_no_more_than_needed(period, cycle):
    years = averaging_years(period, cycle)
    assert years % cycle == 0
    assert period <= years < period + cycle


TABLE_3 = {"no_change": 0, "shifted_in_time": 10, "moved_to_richer": 20, "moved_to_similar": 40, "moved_to_poorer": 70}


@pytest.mark.parametrize("case, percent", TABLE_3.items())
def test_market_leakage_of_table_3_and_that_it_is_remembered(case, percent):
    found = market_leakage(RuleBook.load("vcs"), "forest", 1000.0, case)
    assert found.tonnes == percent * 10
    assert "remembered, not checked" in found.lines[0]


def test_leakage_is_never_to_the_projects_gain():
    assert market_leakage(RuleBook.load("vcs"), "forest", -1000.0, "moved_to_poorer").tonnes == 0
    with pytest.raises(ValueError, match="choose from no_change"):
        market_leakage(RuleBook.load("vcs"), "forest", 1.0, "elsewhere")


def test_leakage_to_another_city_counts_and_abroad_it_does_not():
    """VCS leaves out what leaves the country; a city market counts what goes to another city of it."""
    found = moved_between_cities({"US-STP": 5.0, "CA-EDM": 7.0, "US-LAX": -2.0}, "US")
    assert found.tonnes == 5.0
    assert "out of the country and not counted" in found.lines[0]

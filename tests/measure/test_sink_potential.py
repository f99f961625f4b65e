"""What wasteland could take up, year by year, and at what cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.indicators.seventeen import SinkCost, levelised_cost
from carbonpolis.measure import Estimate, sinks


def test_wasteland_planted_over_five_years():
    curve = sinks.planting_curve(100.0, "temperate_continental_forest", years=41, planting_years=5)
    young = sinks.planted(100.0, "temperate_continental_forest")
    old = sinks.model("forest_gain_loss").removal(area_ha=100.0, ecological_zone="temperate_continental_forest")
    assert curve.mean[0] == 0.0
    assert curve.mean[1] == pytest.approx(young.mean / 5)
    assert curve.mean[5:21] == pytest.approx(np.full(16, young.mean))
    assert curve.mean[25:] == pytest.approx(np.full(16, old.mean))
    assert curve.sd[5] == pytest.approx(young.sd) and curve.sd[40] == pytest.approx(old.sd)
    with pytest.raises(ValueError, match=r"no default growth"):
        sinks.planting_curve(100.0, "polar", years=5, planting_years=1)
    with pytest.raises(ValueError, match=r"1 or more"):
        sinks.planting_curve(100.0, "temperate_steppe", years=0, planting_years=1)


def test_a_continent_has_its_own_curve():
    asia, africa = (
        sinks.planting_curve(10.0, "tropical_rain_forest", years=5, planting_years=1, continent=c).mean[2]
        for c in ("asia", "africa")
    )
    assert africa > asia


def test_cohorts_grow_along_the_curve_of_their_age():
    """5 ha in the first year, 10 in the second; 1, 2, 3 t/ha in the first years after planting, then 3."""
    curve = sinks.cohort_curve([5.0, 10.0, 0.0, 0.0, 0.0], Estimate(np.array([1.0, 2.0, 3.0]), np.full(3, 0.1), "t"))
    assert curve.mean == pytest.approx([0, 5 * 1, 5 * 2 + 10 * 1, 5 * 3 + 10 * 2, 5 * 3 + 10 * 3])
    assert curve.sd == pytest.approx([0, 0.5, 1.5, 1.5, 1.5])


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=12))
def test_as_much_planted_at_once_or_in_two_lots_removes_as_much(areas: list[float]):
    by_age = Estimate(np.array([1.0, 2.0, 5.0]), np.array([0.1, 0.2, 0.3]), "t")
    half = sinks.cohort_curve(np.array(areas) / 2, by_age)
    assert sinks.cohort_curve(areas, by_age).mean == pytest.approx(2 * half.mean, rel=1e-9, abs=1e-12)


def test_a_plan_has_a_cost_each_year_and_one_per_tonne():
    """Two years of planting 50 ha at 1,000, upkeep 20 per hectare from the year after."""
    plan = sinks.planting_plan(
        100.0, "temperate_continental_forest", years=4, planting_years=2, planting_cost=1000.0, upkeep_cost=20.0
    )
    assert plan.area_ha == pytest.approx([50, 100, 100, 100])
    assert plan.cost == pytest.approx([50_000, 51_000, 2_000, 2_000])
    discount = 1.05 ** -np.arange(4.0)
    assert plan.levelised == pytest.approx(plan.cost @ discount / (plan.removal.mean @ discount))


def test_levelised_cost_by_hand():
    """100 now and 10 in each of two years; 0, 5, 5 t at 10 %, a fifth of them buffered."""
    cost = sinks.levelised_cost([100.0, 10.0, 10.0], [0.0, 5.0, 5.0], rate=0.10, buffer=0.2)
    assert cost == pytest.approx((100 + 10 / 1.1 + 10 / 1.21) / (4 / 1.1 + 4 / 1.21))
    assert sinks.levelised_cost([1.0], [0.0]) == float("inf")


def test_a_constant_sink_costs_what_the_annuity_says():
    """100 at once and 10 a year for 30 years of 5 t at 5 %: (100 + 10 A) / (5 A), A = (1 - 1.05^-30) / 0.05."""
    annuity = (1 - 1.05**-30) / 0.05
    cost = sinks.levelised_cost([100.0, *[10.0] * 30], [0.0, *[5.0] * 30])
    assert cost == pytest.approx((100 + 10 * annuity) / (5 * annuity))
    assert levelised_cost([SinkCost(100.0, 10.0, 5.0, 0.0)]) == pytest.approx(cost), "S27 is this figure"
    assert levelised_cost([SinkCost(100.0, 10.0, 0.0, 0.0)]) is None


def test_a_plan_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"buffer is 1.5; expected 0 to 1"):
        sinks.levelised_cost([1.0], [1.0], buffer=1.5)
    with pytest.raises(ValueError, match=r"2 years of cost, 1 of removal"):
        sinks.levelised_cost([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match=r"area_ha is -1.0; expected 0 or more ha"):
        sinks.planting_curve(-1.0, "temperate_steppe", years=5, planting_years=1)
    with pytest.raises(ValueError, match=r"planting_cost is -5.0"):
        sinks.planting_plan(1.0, "temperate_steppe", years=5, planting_years=1, planting_cost=-5.0)

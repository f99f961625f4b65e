"""Harvested wood: first-order decay against its closed form, and the laws of a pool."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.measure import sinks

CO2_PER_C = 44 / 12


def test_half_is_left_after_a_half_life():
    """IPCC 2006 vol. 4 eq. 12.1: no inflow, C(35) = C(0) / 2 at a half-life of 35 years."""
    pool = sinks.product_pool(np.zeros(70), 35.0, initial=1000.0)
    assert pool.stock[35] == pytest.approx(500.0) and pool.stock[70] == pytest.approx(250.0)
    assert np.all(pool.change < 0)


def test_a_year_of_inflow_decays_as_it_comes_in():
    """Eq. 12.2: 100 t C in the first year leave (1 - e^-k)/k of them at its end, k = ln 2 / 2 for paper."""
    k = np.log(2) / 2
    assert sinks.product_pool([100.0], 2.0).stock[1] == pytest.approx(100 * (1 - np.exp(-k)) / k)


def test_a_steady_pool_changes_no_more():
    """2019 Refinement eq. 12.4: started from mean inflow / k, a constant inflow adds nothing."""
    flow = np.full(10, 100.0)
    pool = sinks.product_pool(flow, 35.0, initial=sinks.steady_stock(flow, 35.0))
    assert pool.change == pytest.approx(np.zeros(10), abs=1e-9)


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=30), st.floats(0.5, 100))
def test_a_pool_never_holds_more_than_came_in_and_parts_add_up(inflow: list[float], half_life: float):
    pool = sinks.product_pool(inflow, half_life)
    assert pool.stock[-1] <= sum(inflow) * (1 + 1e-12)
    assert pool.change.sum() == pytest.approx(pool.stock[-1] - pool.stock[0], rel=1e-9, abs=1e-9)
    halves = [sinks.product_pool(np.array(inflow) / 2, half_life).stock for _ in range(2)]
    assert halves[0] + halves[1] == pytest.approx(pool.stock, rel=1e-9, abs=1e-12)


def test_the_model_is_the_pool_of_a_steady_inflow():
    """1,000 m3 of sawnwood a year at 0.229 t C/m3 (table 12.1), half-life 35 years (table 12.3), years 1, 11 and 51."""
    pool = sinks.product_pool(np.full(60, 229.0), 35.0)
    removal = sinks.model("harvested_wood").removal(volume=1000.0, years=np.array([0.0, 10.0, 50.0]))
    assert removal.mean == pytest.approx(pool.change[[0, 10, 50]] * CO2_PER_C)


def test_the_spread_of_the_half_life_is_carried_as_differences_carry_it():
    model = sinks.model("harvested_wood")
    for years in (0.0, 20.0, 60.0):
        share = []
        for half_life in (35.0 * 1.0001, 35.0 * 0.9999):
            k = np.log(2) / half_life
            share.append((1 - np.exp(-k)) / k * np.exp(-k * years))
        middle = sum(share) / 2
        by_life = abs(share[0] - share[1]) / (35 * 0.0002) * (35 / 2 * 2 / 3.919928) / middle
        got = model.removal(volume=1.0, years=years)
        assert got.sd / got.mean == pytest.approx(np.hypot(by_life, 0.5 / 3.919928), rel=1e-3)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"inflow is -1.0 at position 1"):
        sinks.product_pool([1.0, -1.0], 35.0)
    with pytest.raises(ValueError, match=r"half_life is 0.0"):
        sinks.product_pool([1.0], 0.0)
    with pytest.raises(ValueError, match=r"2 dimensions"):
        sinks.product_pool([[1.0]], 35.0)

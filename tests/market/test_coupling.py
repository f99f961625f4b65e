"""Coupled cities: small cases a trader can check, then the oracle and the laws of a fair price."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import couplings as oracle

from carbonpolis.market import couple

CITIES = 4
ORDERS = st.lists(st.tuples(st.integers(0, CITIES - 1), st.integers(1, 40), st.integers(0, 6)), max_size=9)
SURPLUS = st.lists(st.integers(0, 12), min_size=CITIES, max_size=CITIES)
MATRIX = st.lists(st.lists(st.integers(0, 9), min_size=CITIES, max_size=CITIES), min_size=CITIES, max_size=CITIES)
VECTOR = st.lists(st.integers(0, 5), min_size=CITIES, max_size=CITIES)


def frame(orders: list[tuple[int, int, int]]) -> pd.DataFrame:
    return pd.DataFrame(orders, columns=["city", "price", "lots"])


def test_a_city_with_forest_serves_a_city_with_mills():
    coupling = couple(frame([(1, 30, 10)]), frame([(0, 10, 4), (0, 12, 9)]), [20, 0], [1, 1])
    assert coupling.flows.tolist() == [[0, 10], [0, 0]]
    assert coupling.ask_fills.tolist() == [4, 6]  # the cheaper ask first
    assert coupling.prices.tolist() == [12, 14]  # apart by the fee of two
    assert coupling.welfare == 10 * 30 - 4 * 10 - 6 * 12 - 10 * 2
    assert coupling.congestion_income == 0


def test_a_binding_surplus_parts_the_prices():
    coupling = couple(frame([(1, 30, 10)]), frame([(0, 10, 20)]), [5, 0], [1, 1])
    assert coupling.flows[0, 1] == 5
    assert coupling.prices.tolist() == [10, 30]
    assert coupling.congestion_income == 5 * (30 - 10 - 2)


def test_home_matches_carry_no_fee():
    coupling = couple(frame([(0, 11, 3)]), frame([(0, 10, 3)]), [0, 0], [50, 50])
    assert (coupling.bid_fills.tolist(), coupling.flows.sum(), coupling.welfare) == ([3], 0, 3)
    assert coupling.traded.tolist() == [True, False]


def test_nobody_there():
    coupling = couple(frame([]).astype(int), frame([]).astype(int), [3, 4], [0, 0])
    assert (coupling.welfare, coupling.flows.sum(), coupling.traded.any()) == (0, 0, False)


@pytest.mark.parametrize(
    ("bids", "surplus", "fee", "message"),
    [
        ([(2, 1, 1)], [1, 1], [0, 0], "outside 0 ... 1"),
        ([(0, 1, -1)], [1, 1], [0, 0], "below 0"),
        ([(0, 1, 1)], [1, -1], [0, 0], "below 0"),
        ([(0, 1, 1)], [1, 1], [0, 0, 0], "shape"),
        ([(0, 1.5, 1)], [1, 1], [0, 0], "whole numbers"),
    ],
)
def test_what_can_not_be_coupled_is_named(bids: list, surplus: list[int], fee: list[int], message: str):
    with pytest.raises(ValueError, match=message):
        couple(frame(bids), frame([(0, 1, 1)]), surplus, fee)


def check(bids: list, asks: list, surplus: list[int], fee: list, charges: list[list[int]]) -> None:
    result = couple(frame(bids).astype(int), frame(asks).astype(int), surplus, fee)
    assert result.welfare == oracle.greatest_welfare(bids, asks, surplus, charges)
    sent, got = result.flows.sum(axis=1), result.flows.sum(axis=0)
    assert (sent <= np.array(surplus)).all()
    assert not np.diag(result.flows).any()
    for side, fills, sign in ((bids, result.bid_fills, 1), (asks, result.ask_fills, -1)):
        for (city, price, lots), filled in zip(side, fills, strict=True):
            gain = sign * (price - result.prices[city])
            assert 0 <= filled <= lots
            assert gain >= 0 or filled == 0  # nobody trades worse than its limit
            assert gain <= 0 or filled == lots  # nobody better is passed over
    for city in range(len(surplus)):
        bought = sum(int(f) for (c, _, _), f in zip(bids, result.bid_fills, strict=True) if c == city)
        sold = sum(int(f) for (c, _, _), f in zip(asks, result.ask_fills, strict=True) if c == city)
        assert sold + got[city] == bought + sent[city]
    apart = result.prices[np.newaxis, :] - result.prices[:, np.newaxis] - np.array(charges)
    assert (apart[result.flows > 0] >= 0).all()
    limited = sent >= np.array(surplus)
    assert (apart[~limited][:, :][result.flows[~limited] > 0] == 0).all()  # the fee parts them, where nothing else does
    off_diagonal = ~np.eye(len(surplus), dtype=bool)
    assert (apart[~limited][off_diagonal[~limited]] <= 0).all()
    assert result.congestion_income == int((apart * result.flows).sum())


@settings(max_examples=150, deadline=None)
@given(ORDERS, ORDERS, SURPLUS, VECTOR)
def test_vector_fees_reach_the_greatest_welfare_at_fair_prices(bids: list, asks: list, surplus: list, fee: list):
    check(bids, asks, surplus, fee, [[a + b for b in fee] for a in fee])


@settings(max_examples=150, deadline=None)
@given(ORDERS, ORDERS, SURPLUS, MATRIX)
def test_matrix_fees_reach_the_greatest_welfare_at_fair_prices(bids: list, asks: list, surplus: list, fee: list):
    check(bids, asks, surplus, fee, fee)


def test_the_same_input_gives_the_same_output():
    random = np.random.default_rng(7)
    orders = [
        pd.DataFrame({"city": random.integers(0, 25, 900), "price": random.integers(500, 9000, 900),
                      "lots": random.integers(1, 90_000, 900)})
        for _ in range(2)
    ]  # fmt: skip
    surplus, fee = random.integers(0, 400_000, 25), random.integers(0, 90, 25)
    one, other = couple(*orders, surplus, fee), couple(*orders, surplus, fee)
    assert one.welfare == other.welfare
    assert (one.flows == other.flows).all()
    assert (one.prices == other.prices).all()

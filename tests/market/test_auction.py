"""The call auction: rules one by one, then against the oracle that tries every tick."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import auctions as oracle

from carbonpolis.market import call_auction

ORDERS = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 9)), max_size=8)


def auction(bids: list[tuple[int, int]], asks: list[tuple[int, int]], reference: int):
    return call_auction(
        [p for p, _ in bids], [lots for _, lots in bids], [p for p, _ in asks], [lots for _, lots in asks], reference
    )


def test_one_price_for_all_who_cross():
    clearing = auction([(12, 5), (10, 5), (8, 5)], [(7, 6), (10, 3), (13, 9)], reference=10)
    assert (clearing.price, clearing.lots, clearing.imbalance) == (10, 9, 1)
    assert clearing.bid_fills.tolist() == [5, 4, 0]
    assert clearing.ask_fills.tolist() == [6, 3, 0]


def test_the_least_imbalance_wins_over_the_reference():
    # 5 lots trade at any price from 6 to 10; only at 9 and 10, above the second bid, do they balance.
    assert auction([(10, 5), (8, 3)], [(6, 5)], reference=6).price == 9


@pytest.mark.parametrize(("reference", "price"), [(1, 6), (7, 7), (99, 10)])
def test_between_orders_the_tick_nearest_to_the_reference(reference: int, price: int):
    assert auction([(10, 5)], [(6, 5)], reference).price == price


def test_of_two_as_near_the_lower():
    # 10 balances as well as 12 does, 11 does not: from 11 both are one tick away.
    clearing = auction([(12, 4), (10, 2)], [(9, 4), (11, 0), (12, 2)], reference=11)
    assert clearing.price == oracle.best_price([(12, 4), (10, 2)], [(9, 4), (12, 2)], 11)[0]


def test_nothing_crosses():
    clearing = auction([(5, 5)], [(6, 5)], reference=5)
    assert (clearing.price, clearing.lots) == (None, 0)
    assert clearing.bid_fills.tolist() == [0]
    assert auction([], [], 5).price is None


def test_equal_prices_are_served_as_they_came():
    assert auction([(10, 3), (10, 3), (10, 3)], [(9, 4)], 10).bid_fills.tolist() == [3, 1, 0]


@pytest.mark.parametrize("lots", [[-1], [1.5], [float("nan")], ["many"], [1, 2]])
def test_lots_are_whole_and_as_many_as_prices(lots: list[object]):
    with pytest.raises(ValueError, match="lots"):
        call_auction([10], lots, [9], [1], 10)


def test_prices_fit_an_integer_of_64_bits():
    with pytest.raises(ValueError, match="beyond"):
        call_auction([2**63 - 1], [1], [9], [1], 10)
    with pytest.raises(ValueError, match="dimensions"):
        call_auction([[1]], [[1]], [9], [1], 10)


def test_whole_floats_are_taken():
    assert call_auction(np.array([10.0]), [2], [9], np.array([1.0]), 9).lots == 1


@settings(max_examples=400, deadline=None)
@given(ORDERS, ORDERS, st.integers(-3, 35))
def test_equal_to_trying_every_tick(bids: list[tuple[int, int]], asks: list[tuple[int, int]], reference: int):
    clearing = auction(bids, asks, reference)
    assert (clearing.price, clearing.lots, clearing.imbalance) == oracle.best_price(bids, asks, reference)
    assert clearing.bid_fills.tolist() == oracle.price_time(bids, clearing.lots, dearest_first=True)
    assert clearing.ask_fills.tolist() == oracle.price_time(asks, clearing.lots, dearest_first=False)

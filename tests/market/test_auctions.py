"""All auctions at once are the same as one by one; the one-way auction serves the best first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import auctions as oracle

from carbonpolis.market import call_auction, call_auctions, one_way_auction

CITIES = 3
ORDERS = st.lists(st.tuples(st.integers(0, CITIES - 1), st.integers(1, 30), st.integers(0, 9)), max_size=20)


def columns(orders: list[tuple[int, int, int]]) -> tuple[np.ndarray, ...]:
    rows = np.array(orders, dtype=np.int64).reshape(-1, 3)
    return rows[:, 0], rows[:, 1], rows[:, 2]


@settings(max_examples=300, deadline=None)
@given(ORDERS, ORDERS, st.lists(st.integers(-3, 35), min_size=CITIES, max_size=CITIES))
def test_equal_to_trying_every_tick_in_every_city(bids: list, asks: list, reference: list[int]):
    together = call_auctions(*columns(bids), *columns(asks), reference)
    for city in range(CITIES):
        mine = [[(price, lots) for c, price, lots in side if c == city] for side in (bids, asks)]
        price, lots, imbalance = oracle.best_price(*mine, reference[city])
        found = (int(together.prices[city]) if together.crossed[city] else None, together.lots[city])
        assert (*found, together.imbalances[city]) == (price, lots, imbalance)
        for side, fills, dearest in ((bids, together.bid_fills, True), (asks, together.ask_fills, False)):
            got = [int(fill) for (c, _, _), fill in zip(side, fills, strict=True) if c == city]
            chosen = [(price, lots) for c, price, lots in side if c == city]
            assert got == oracle.price_time(chosen, lots, dearest_first=dearest)


@pytest.mark.parametrize("span", [300, 10**7, 2**62])
def test_near_and_far_prices_clear_as_one_by_one(span: int):
    random = np.random.default_rng(4)
    n, m = 12, 4_000
    sides = [
        (random.integers(0, n, m), random.integers(-span, span, m, endpoint=True), random.integers(0, 50, m))
        for _ in "ba"
    ]
    reference = random.integers(-span, span, n)
    together = call_auctions(*sides[0], *sides[1], reference)
    for city in range(n):
        mine = [side[0] == city for side in sides]
        one = call_auction(
            sides[0][1][mine[0]], sides[0][2][mine[0]], sides[1][1][mine[1]], sides[1][2][mine[1]], int(reference[city])
        )
        assert (one.price, one.lots) == (together.prices[city], together.lots[city])
        assert one.imbalance == together.imbalances[city]
        assert (one.bid_fills == together.bid_fills[mine[0]]).all()
        assert (one.ask_fills == together.ask_fills[mine[1]]).all()


def test_what_can_not_be_cleared_is_named():
    nobody = ([], [], [])
    assert not call_auctions(*nobody, *nobody, [5, 5]).crossed.any()
    with pytest.raises(ValueError, match=r"outside 0 \.\.\. 1"):
        call_auctions([2], [1], [1], *nobody, [5, 5])
    with pytest.raises(ValueError, match="as many of each"):
        call_auctions([1], [1, 2], [1], *nobody, [5, 5])
    with pytest.raises(ValueError, match="below 0"):
        call_auctions(*nobody, [1], [1], [-1], [5, 5])
    with pytest.raises(ValueError, match="beyond"):
        call_auctions([1], [2**62 + 1], [1], *nobody, [5, 5])


def test_one_seller_before_many_buyers():
    sold = one_way_auction("sell", 10, 2_000, [2_100, 2_500, 1_999, 2_100], [6, 3, 50, 6])
    assert sold.fills.tolist() == [6, 3, 0, 1]
    assert (sold.lots, sold.price, sold.prices.tolist()) == (10, 2_100, [2_100, 2_100, 0, 2_100])
    each = one_way_auction("sell", 10, 2_000, [2_100, 2_500], [6, 3], pricing="as_bid")
    assert (each.lots, each.prices.tolist()) == (9, [2_100, 2_500])


def test_one_buyer_before_many_sellers():
    bought = one_way_auction("buy", 5, 2_000, [1_900, 1_700, 2_001], [4, 4, 4])
    assert (bought.fills.tolist(), bought.price) == ([1, 4, 0], 1_900)
    nothing = one_way_auction("buy", 5, 1_000, [1_900], [4])
    assert (nothing.price, nothing.lots, nothing.fills.tolist()) == (None, 0, [0])
    for wrong in ({"lots": 0}, {"pricing": "second"}):
        with pytest.raises(ValueError, match=r"expected 1|choose from"):
            one_way_auction(**{"side": "buy", "lots": 5, "limit": 1, "prices": [1], "quantities": [1], **wrong})
    with pytest.raises(ValueError, match="as many of each"):
        one_way_auction("buy", 5, 1, [1, 2], [1])

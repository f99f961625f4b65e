"""Daily limits where cities trade with each other: home orders bring a book into a call, outsiders never do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonpolis.errors import OrderRejected
from carbonpolis.market import CityBooks, CityFill, TradedBook, default_venue
from carbonpolis.market.matching.types import Ticket

VENUE = default_venue()  # limit 10 %
A, B = 0, 1


def cities(*orders: tuple, closes=(1_000, 1_000), surplus=(99, 99), fee=(5, 5)) -> CityBooks:
    books = CityBooks(surplus, fee, halls=[TradedBook(VENUE, close) for close in closes])
    for order in orders:
        assert books.submit(*order) == []
    return books


def halted() -> CityBooks:
    """A's book in a call: order 3 took 4 lots at the limit and came to an offer beyond it; 6 of its lots wait."""
    books = cities((A, 1, 10, "sell", 4, 1_100), (A, 2, 11, "sell", 9, 1_150), closes=(1_000, 1_200))
    assert books.submit(A, 3, 12, "buy", 10, 1_200) == [CityFill(1, 3, A, A, 4, 1_100, 1_100)]
    return books


def test_an_order_at_home_that_comes_to_the_limit_begins_a_call():
    books = halted()
    assert books.in_call(A)
    assert books.depth(A) == ([(1_200, 6, 1)], [(1_150, 9, 1)])
    assert 3 in books


def test_what_is_left_of_it_waits_even_where_it_could_have_gone_abroad():
    books = cities((A, 1, 10, "sell", 4, 1_150), (B, 2, 11, "sell", 9, 1_000))
    assert books.submit(A, 3, 12, "buy", 10, 1_200) == []
    assert books.depth(A)[0] == [(1_200, 10, 1)]
    assert books.depth(B)[1] == [(1_000, 9, 1)]


def test_in_a_call_nobody_trades_and_orders_wait():
    books = halted()
    assert books.submit(A, 4, 13, "sell", 2, 1_000) == []
    assert books.submit(B, 5, 14, "buy", 2, 1_500) == []
    with pytest.raises(OrderRejected, match="only limit orders"):
        books.submit(A, 6, 15, "buy", 1, 1_000, "ioc")
    assert books.cancel(4) == 2


def test_the_call_ends_at_one_price_and_what_is_left_may_meet_other_cities():
    books = halted()
    assert books.submit(B, 5, 14, "buy", 2, 1_165) == []
    price, fills = books.uncross(A)
    assert price == 1_150
    assert fills == [CityFill(2, 3, A, A, 6, 1_150, 1_150), CityFill(2, 5, A, B, 2, 1_150, 1_160)]
    assert books.depth(A) == ([], [(1_150, 1, 1)])
    assert 3 not in books


def test_from_outside_no_order_comes_to_a_price_beyond_the_limit():
    books = cities((A, 1, 10, "sell", 4, 1_150), closes=(1_000, 1_200))
    assert books.submit(B, 2, 11, "buy", 3, 1_300) == []
    assert not books.in_call(A)
    assert books.open(A, 1_100) == [CityFill(1, 2, A, B, 3, 1_150, 1_160)]


def test_what_must_fill_whole_leaves_nothing_to_a_call():
    books = cities((A, 1, 10, "sell", 4, 1_100), (A, 2, 11, "sell", 9, 1_150), (B, 3, 13, "sell", 2, 1_080))
    assert books.submit(A, 4, 12, "buy", 7, 1_200, "fok") == []
    filled = books.submit(A, 5, 12, "buy", 6, 1_200, "fok")
    assert [(fill.maker_id, fill.lots) for fill in filled] == [(1, 4), (3, 2)]
    assert not books.in_call(A)


def test_the_day_ends_once_calls_have():
    books = halted()
    books.submit(A, 4, 13, "sell", 2, 1_190, "day")
    books.uncross(A)
    assert books.expire_day() == [(4, 2)]


ORDERS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(1, 3),
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 9),
        st.integers(850, 1_150).map(lambda price: price // 10 * 10),
        st.sampled_from(["gtc", "day", "ioc", "fok"]),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(ORDERS)
def test_no_trade_passes_a_limit_and_no_lot_is_lost(orders: list[tuple]):
    books = cities(closes=(1_000, 900))
    given_lots, traded, gone = {}, {}, {}
    for number, (city, owner, side, lots, price, tif) in enumerate(orders, start=1):
        try:
            fills = books.submit(city, number, 10 * city + owner, side, lots, price, tif)
        except OrderRejected:
            assert books.in_call(city)
            continue
        given_lots[number] = lots
        for fill in fills:
            maker_city = fill.seller_city if side == "buy" else fill.buyer_city
            limit = books.halls[maker_city].limits
            assert limit[0] <= (fill.seller_price if side == "buy" else fill.buyer_price) <= limit[1]
            for order in (fill.maker_id, fill.taker_id):
                traded[order] = traded.get(order, 0) + fill.lots
        gone.update(dict(books.removed))
        if tif in ("ioc", "fok"):
            gone[number] = lots - traded.get(number, 0)
        if tif == "fok":
            assert traded.get(number, 0) in (0, lots)
    for city in (A, B):
        if books.in_call(city):
            for fill in books.uncross(city)[1]:
                for order in (fill.maker_id, fill.taker_id):
                    traded[order] = traded.get(order, 0) + fill.lots
            gone.update({order: given_lots[order] - traded.get(order, 0) for order, _ in books.removed})
    for number, lots in given_lots.items():
        rests = lots - traded.get(number, 0) - gone.get(number, 0)
        assert rests >= 0
        assert (rests > 0) == (number in books)


@settings(max_examples=60)
@given(ORDERS, st.booleans())
def test_many_orders_at_once_come_to_the_same_as_one_by_one(orders: list[tuple], limited: bool):
    one_by_one, at_once = (cities(closes=(1_000, 900)) if limited else CityBooks((9, 9), (5, 5)) for _ in range(2))
    fills, refused, removed = [], set(), []
    tickets = [
        Ticket(number, 10 * city + owner, side, lots, price, tif)
        for number, (city, owner, side, lots, price, tif) in enumerate(orders, start=1)
    ]
    where = [order[0] for order in orders]
    for city, ticket in zip(where, tickets, strict=True):
        try:
            fills += one_by_one.submit(city, *ticket)
            removed += one_by_one.removed
        except OrderRejected:
            refused.add(ticket.order_id)
    assert at_once.process(where, tickets) == fills
    assert at_once.refused.keys() == refused
    assert sorted(at_once.removed) == sorted(removed)
    for city in (A, B):
        assert at_once.depth(city) == one_by_one.depth(city)
        assert at_once.in_call(city) == one_by_one.in_call(city)
    assert at_once.surplus.tolist() == one_by_one.surplus.tolist()
    assert all((ticket.order_id in at_once) == (ticket.order_id in one_by_one) for ticket in tickets)

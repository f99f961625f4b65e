"""Trading across cities: home first, then by net price, and never what a city's own emitters still need."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import cities as oracle

from carbonpolis.errors import OrderRejected, OrderUnknown
from carbonpolis.market import CityBooks, CityFill

A, B, C = 0, 1, 2
SELLERS = ((A, 1, 10, "sell", 5, 100), (B, 2, 11, "sell", 5, 90), (C, 3, 12, "sell", 5, 92))


def cities(*orders: tuple, surplus=(9, 9, 9), fee=(5, 5, 5), **options) -> CityBooks:
    books = CityBooks(surplus, fee, **options)
    for order in orders:
        assert books.submit(*order) == []
    return books


def test_home_is_met_first_even_where_it_is_dearer_then_the_lowest_net_price():
    books = cities(*SELLERS, fee=[[0, 0, 0], [6, 0, 0], [5, 0, 0]])
    assert books.submit(A, 4, 20, "buy", 12, 100) == [
        CityFill(1, 4, A, A, 5, 100, 100),
        CityFill(2, 4, B, A, 5, 90, 96),
        CityFill(3, 4, C, A, 2, 92, 97),
    ]
    assert books.surplus.tolist() == [9, 4, 7]


def test_of_equal_net_prices_the_city_that_comes_first():
    books = cities((C, 1, 10, "sell", 5, 90), (B, 2, 11, "sell", 5, 90))
    assert [fill.seller_city for fill in books.submit(A, 4, 20, "buy", 6, 100)] == [B, C]


def test_a_city_sends_no_more_than_its_surplus():
    books = cities(*SELLERS[1:], surplus=(0, 3, 0))
    assert [(fill.seller_city, fill.lots) for fill in books.submit(A, 4, 20, "buy", 9, 200)] == [(B, 3)]
    assert books.depth(A)[0] == [(200, 6, 1)]
    assert books.depth(B)[1] == [(90, 2, 1)]


def test_a_fee_may_make_it_not_worth_while():
    books = cities(*SELLERS[1:])
    assert books.submit(A, 4, 20, "buy", 9, 99) == []
    assert books.depth(A)[0] == [(99, 9, 1)]


def test_a_seller_meets_its_own_citys_buyers_first_then_the_best_net_bid():
    books = cities((A, 1, 10, "buy", 2, 80), (B, 2, 11, "buy", 2, 95), (C, 3, 12, "buy", 2, 99), surplus=(3, 0, 0))
    assert books.submit(A, 4, 20, "sell", 9, 80) == [
        CityFill(1, 4, A, A, 2, 80, 80),
        CityFill(3, 4, A, C, 2, 89, 99),
        CityFill(2, 4, A, B, 1, 85, 95),
    ]


def test_surplus_told_anew_lets_waiting_offers_go_to_waiting_bids_at_the_earlier_ones_price():
    books = cities((B, 1, 10, "sell", 5, 90), (A, 2, 11, "buy", 2, 110), surplus=(0, 0, 0))
    books.submit(C, 3, 12, "buy", 9, 105)
    books.amend(1, lots=4)
    assert books.recount(B, 3) == [CityFill(1, 2, B, A, 2, 90, 100), CityFill(1, 3, B, C, 1, 90, 100)]
    books.cancel(1)
    books.submit(B, 4, 10, "sell", 5, 90, "gtc")
    assert books.recount(B, 2) == [CityFill(3, 4, B, C, 2, 95, 105)]
    with pytest.raises(ValueError, match="surplus of -1"):
        books.recount(B, -1)


def test_fok_counts_home_and_abroad():
    books = cities(*SELLERS, surplus=(9, 3, 9))
    assert books.submit(A, 4, 20, "buy", 14, 102, "fok") == []
    assert sum(fill.lots for fill in books.submit(A, 5, 20, "buy", 13, 102, "fok")) == 13


def test_post_only_trades_nowhere():
    books = cities(*SELLERS)
    for price in (100, 102):
        with pytest.raises(OrderRejected, match="post-only"):
            books.submit(A, 4, 20, "buy", 1, price, post_only=True)
    assert books.submit(A, 4, 20, "buy", 1, 99, post_only=True) == []
    with pytest.raises(OrderRejected, match="post-only"):
        books.amend(4, price=100)
    assert books.depth(A)[0] == [(99, 1, 1)]


def test_orders_are_amended_cancelled_and_end_with_the_day():
    books = cities(*SELLERS)
    books.submit(A, 4, 20, "buy", 3, 50, "day")
    assert books.amend(4, price=101, lots=6) == [CityFill(1, 4, A, A, 5, 100, 100), CityFill(2, 4, B, A, 1, 90, 100)]
    books.submit(A, 5, 20, "buy", 3, 50, "day")
    assert books.expire_day() == [(5, 3)]
    assert books.cancel(2) == 4
    for gone in (4, 5, 2, 1):
        with pytest.raises(OrderUnknown):
            books.cancel(gone)


def test_an_owner_does_not_meet_itself_in_another_city():
    books = cities((B, 1, 10, "sell", 5, 90), (B, 2, 11, "sell", 5, 90))
    assert books.submit(A, 3, 10, "buy", 5, 100) == [CityFill(2, 3, B, A, 5, 90, 100)]
    assert books.removed == [(1, 5)]


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ((7, 1, 1, "buy", 1, 1), "city is 7"),
        ((A, 1, 1, "buy", 1, 2**61), "price is"),
        ((A, 1, 1, "bid", 1, 1), "side is"),
        ((A, 1, 1, "buy", 1, 1, "gtd"), "tif is"),
    ],
)
def test_what_can_not_be_is_told(order: tuple, problem: str):
    with pytest.raises(ValueError, match=problem):
        cities().submit(*order)


def test_ids_are_unique_over_all_cities_and_fees_have_a_shape():
    books = cities(*SELLERS)
    with pytest.raises(OrderRejected, match="of that id"):
        books.submit(B, 1, 10, "sell", 5, 100)
    for surplus, fee in (([1, 2], [1, 2, 3]), ([1, -2], [1, 2]), ([1, 2], [1, -2]), ([1.5, 2], [1, 2])):
        with pytest.raises(ValueError, match="expected"):
            CityBooks(surplus, fee)


ORDERS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(1, 3),
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 6),
        st.one_of(st.none(), st.integers(1, 12)),
        st.sampled_from(["gtc", "gtc", "day", "ioc", "fok"]),
    ),
    max_size=25,
)
FEES = st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=3, max_size=3)


@settings(max_examples=400, deadline=None)
@given(ORDERS, st.lists(st.integers(0, 12), min_size=3, max_size=3), FEES)
def test_any_day_keeps_the_promises_and_agrees_with_the_slow_truth(orders, surplus, fee):
    books, naive = CityBooks(surplus, fee), oracle.NaiveCities(surplus, fee)
    limits: dict[int, tuple[str, int | None]] = {}
    sent = [0, 0, 0]
    for order_id, (city, owner, side, lots, price, tif) in enumerate(orders, start=1):
        limits[order_id] = (side, price)
        fills = books.submit(city, order_id, owner, side, lots, price, tif)
        one_by_one = [
            (f.maker_id, f.taker_id, f.seller_city, f.buyer_city, f.seller_price, f.buyer_price)
            for f in fills
            for _ in range(f.lots)
        ]
        assert one_by_one == naive.submit(city, order_id, owner, side, lots, price, tif)
        for fill in fills:
            for party in (fill.maker_id, fill.taker_id):
                way, limit = limits[party]
                # no trade at a price worse than either limit
                assert limit is None or (fill.buyer_price <= limit if way == "buy" else fill.seller_price >= limit)
            if fill.seller_city != fill.buyer_city:
                sent[fill.seller_city] += fill.lots
                # local buyers are never passed over by outsiders
                best = books.books[fill.seller_city].best_bid
                assert best is None or best < fill.seller_price
        assert all(out <= most for out, most in zip(sent, surplus, strict=True))
        rows = [
            (city, one[0], "sell" if one[3] else "buy", one[6], one[7])
            for city, book in enumerate(books.books)
            for one in book.orders().tolist()
        ]
        assert sorted(rows) == naive.rows()
    assert books.surplus.tolist() == naive.surplus


@settings(max_examples=100, deadline=None)
@given(ORDERS, FEES)
def test_without_surplus_every_city_is_a_market_of_its_own(orders, fee):
    together, alone = CityBooks([0, 0, 0], fee), [CityBooks([0], [0]) for _ in range(3)]
    for order_id, (city, *order) in enumerate(orders, start=1):
        fills = together.submit(city, order_id, *order)
        assert [(f.maker_id, f.lots) for f in fills] == [
            (f.maker_id, f.lots) for f in alone[city].submit(0, order_id, *order)
        ]


def test_a_book_that_is_routed_already_is_refused_and_the_first_router_goes_on():
    """Two routers would each keep addresses of its arrays; one of them would end the process at its next order."""
    code = """
        from carbonpolis.market import CityBooks, TradedBook, default_venue
        halls = [TradedBook(default_venue(), 3_000) for _ in range(2)]
        first = CityBooks([5, 5], [0, 0], halls=halls)
        try:
            CityBooks([5, 5], [0, 0], halls=halls)
        except ValueError as refusal:
            print(refusal)
        for number in range(1, 5_000):  # more orders than the arrays began with: they move
            first.submit(number % 2, number, 1, "buy", 1, 3_000)
        print(first.submit(1, 5_000, 2, "sell", 1, 3_000)[0].buyer_city)
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [
        "this order book is routed already; a book belongs to the books of one group of cities.",
        "1",
    ]

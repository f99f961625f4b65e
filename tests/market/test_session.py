"""A month of the market in three cities, and the laws that hold in any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonpolis.market.auction.session import Route, hold_session, routes
from carbonpolis.market.marketdata.statistics import depth, export_demand, local_demand, spread
from carbonpolis.market.order import Order, Side, Tif
from carbonpolis.market.venue.settings import default_venue

VENUE = default_venue()
CITIES = ("CA-EDM", "GB-ABE", "US-MSP")


def order(name: str, city: str, side: str, lots: int, price: int) -> Order:
    return Order(name, city, f"owner-{name}", city, Side(side), lots, price, Tif.DAY, "open", 0, "2020-01-31")


def session(lines: str, **surplus: int):
    """Lines `NAME CITY buy|sell LOTS PRICE`."""
    rows = [line.split() for line in lines.strip().splitlines()]
    orders = [order(name, city, side, int(lots), int(price)) for name, city, side, lots, price in rows]
    return hold_session(orders, {"US-MSP": 100_000, **surplus}, {}, VENUE, cities=CITIES)


def test_home_first_then_the_neighbour():
    result = session("""
        mill    US-MSP buy   5 3000
        forest  US-MSP sell 20 1000
        oil     CA-EDM buy  10 4000
        cement  GB-ABE buy  10 1040
    """)  # fmt: skip
    local, coupled = result.matches
    assert (local.kind, local.buy, local.sell, local.lots) == ("local", "mill", "forest", 5)
    assert (coupled.kind, coupled.buy, coupled.sell, coupled.lots) == ("coupled", "oil", "forest", 10)
    assert coupled.buyer_price == coupled.seller_price + VENUE.transfer_fee
    home = result.cities[2]
    assert (home.local_lots, home.exported_lots, home.unfilled_asks) == (5, 10, ((1000, 5),))
    assert result.cities[1].unfilled_bids == ((1040, 10),)  # it would not pay the fee
    assert result.cities[1].coupled_price is None
    assert local_demand([], result.cities, "GB-ABE").value == 10
    assert export_demand([], result.cities, "US-MSP", VENUE.transfer_fee).value == 0
    assert spread(home) is None
    assert depth(home) == 20 or home.local_price != 1000


def test_what_local_obligations_need_stays():
    result = session("forest US-MSP sell 200 1000\noil CA-EDM buy 200 4000")
    assert sum(match.lots for match in result.matches) == 100  # the surplus of 100 t
    assert result.coupling.congestion_income > 0


def test_buyers_bid_at_home():
    stranger = Order("x", "US-MSP", "oil", "CA-EDM", Side.BUY, 1, 1, Tif.DAY, "open", 0, "2020-01-31")
    with pytest.raises(ValueError, match="its own book"):
        hold_session([stranger], {}, {}, VENUE)
    with pytest.raises(ValueError, match="takes no part"):
        hold_session([order("a", "FR-PAR", "buy", 1, 1)], {}, {}, VENUE, cities=CITIES)


def test_a_lot_through_a_third_city_pays_both_fees():
    flows = np.array([[0, 4, 0], [0, 0, 4], [0, 0, 0]])
    fee = np.array([[0, 1, 9], [1, 0, 2], [9, 2, 0]])
    assert routes(np.array([4, 0, 0]), np.array([0, 0, 4]), flows, fee) == [Route(0, 2, 4, 3)]


def test_a_circle_without_a_fee_goes_nowhere():
    flows = np.array([[0, 5, 0, 0], [0, 0, 3, 2], [0, 3, 0, 0], [0, 0, 0, 0]])  # 1 -> 2 -> 1 is the circle
    fee = np.zeros((4, 4), dtype=np.int64)
    found = routes(np.array([5, 0, 0, 0]), np.array([0, 3, 0, 2]), flows, fee)
    assert found == [Route(0, 1, 3, 0), Route(0, 3, 2, 0)]


ANY = st.lists(
    st.tuples(st.sampled_from(CITIES), st.sampled_from(["buy", "sell"]), st.integers(1, 9), st.integers(0, 300)),
    max_size=14,
)


@settings(deadline=None)
@given(ANY, st.lists(st.integers(0, 20_000), min_size=3, max_size=3), st.sampled_from([0, 1, 50]))
def test_no_order_is_filled_past_its_lots_or_limit(rows: list, surplus: list[int], transfer_fee: int):
    orders = [order(f"o{i}", *row) for i, row in enumerate(rows)]
    by_name = {each.id: each for each in orders}
    limits = dict(zip(CITIES, surplus, strict=True))
    result = hold_session(orders, limits, {}, replace(VENUE, transfer_fee=transfer_fee), cities=CITIES)
    filled: dict[str, int] = {}
    exported = dict.fromkeys(CITIES, 0)
    for match in result.matches:
        assert match.buyer_price <= by_name[match.buy].price
        assert match.seller_price >= by_name[match.sell].price
        for name in (match.buy, match.sell):
            filled[name] = filled.get(name, 0) + match.lots
        if by_name[match.buy].city != by_name[match.sell].city:
            exported[by_name[match.sell].city] += match.lots
            home = next(each for each in result.cities if each.city == by_name[match.sell].city)
            # Nobody at home who would have paid as much as the seller got was passed over for an outsider.
            assert all(price <= match.seller_price for price, _ in home.unfilled_bids)
    assert all(lots <= by_name[name].lots for name, lots in filled.items())
    assert all(exported[city] * 1000 <= limits[city] for city in CITIES)
    for figures in result.cities:
        left = sum(lots for _, lots in figures.unfilled_bids)
        bought = sum(filled.get(o.id, 0) for o in orders if o.city == figures.city and o.side is Side.BUY)
        assert figures.bid_lots == bought + left

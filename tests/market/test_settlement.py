"""An order is paid for before it rests; a match then settles to the cent and the kilogram."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.errors import OrderRejected
from carbonpolis.ledger import Account, Balances, Decision, Purpose, Refusal, post
from carbonpolis.market.order import Match, Order, Side, Tif, Trade
from carbonpolis.market.settlement import When, cost, deliverable_units, freed, legs, release, reserve, settle
from carbonpolis.market.venue.settings import default_venue
from carbonpolis.registry.holdings import holdings

VENUE = default_venue()
WHEN = When("2020-03-31", "2020-03")
OLD, YOUNG = "CP-US-MSP-000001-FOR-2018", "CP-US-MSP-000002-FOR-2019"
FOREIGN, TOO_OLD = "CP-CA-EDM-000001-FOR-2019", "CP-US-MSP-000003-FOR-2014"


def apply(balances: Balances, decision: Decision) -> Balances:
    after = post(balances, decision.transfers)
    assert not isinstance(after, Refusal), after
    return {**balances, **after}


def has(balances: Balances, city: str, owner: str, asset: str, purpose: Purpose = Purpose.AVAILABLE) -> int:
    return balances.get(Account(city, owner, asset, purpose), 0)


def start(cash: int = 10_000_000) -> Balances:
    return {
        Account("US-MSP", "forest", OLD, Purpose.AVAILABLE): 1_500,
        Account("US-MSP", "forest", YOUNG, Purpose.AVAILABLE): 5_000,
        Account("US-MSP", "forest", FOREIGN, Purpose.AVAILABLE): 9_000,
        Account("US-MSP", "forest", TOO_OLD, Purpose.AVAILABLE): 9_000,
        Account("CA-EDM", "mill", "USD", Purpose.AVAILABLE): cash,
    }


def buy(lots: int, price: int) -> Order:
    return Order("B1", "CA-EDM", "mill", "CA-EDM", Side.BUY, lots, price, Tif.GTC, "new", 0, "2020-03-31")


def sell(lots: int, price: int) -> Order:
    return Order("S1", "US-MSP", "forest", "US-MSP", Side.SELL, lots, price, Tif.GTC, "new", 0, "2020-03-31")


def opened(balances: Balances, order: Order) -> tuple[Balances, Order]:
    held = deliverable_units(holdings(balances, order.owner_city, order.owner), order.city, 2020, VENUE)
    decision = reserve(order, VENUE, held=held, cash=has(balances, order.owner_city, order.owner, "USD"))
    return apply(balances, decision), decision.events[0]


def test_a_seller_sets_aside_its_oldest_eligible_units():
    balances, order = opened(start(), sell(3, 2000))
    assert order.parts == ((OLD, 1_500), (YOUNG, 1_500))
    assert has(balances, "US-MSP", "forest", OLD, Purpose.RESERVED) == 1_500
    assert has(balances, "US-MSP", "forest", TOO_OLD) == 9_000


def test_a_coupled_trade_cent_by_cent():
    balances, bid = opened(start(), buy(4, 3000))
    balances, ask = opened(balances, sell(3, 2000))
    match = Match("coupled", "B1", "S1", 3, buyer_price=2_505, seller_price=2_100, transfer_fee=50)
    decision = settle(match, bid, ask, VENUE, trade_id="T1", when=WHEN)
    balances = apply(balances, decision)
    trade = next(event for event in decision.events if isinstance(event, Trade))
    assert (trade.fee, trade.tax) == (15, 75)  # 0.2 % and 1 % of 75.15, rounded down
    assert has(balances, "US-MSP", "forest", "USD") == 3 * 2_100
    assert has(balances, "US-MSP", "operator", "USD", Purpose.FEES) == 3 * 50 + 15
    assert trade.congestion == 3 * 355 == 1_065
    assert has(balances, "US-MSP", "city", "USD", Purpose.FUND) == 533  # the odd cent stays with the seller's city
    assert has(balances, "CA-EDM", "city", "USD", Purpose.FUND) == 532 + 75
    assert has(balances, "CA-EDM", "mill", OLD) == 1_500
    assert has(balances, "CA-EDM", "mill", "USD", Purpose.RESERVED) == cost(1, 3000, VENUE)
    assert [order.state for order in decision.events[:2]] == ["partly_filled", "filled"]
    after = apply(balances, release(decision.events[0], VENUE))
    assert has(after, "CA-EDM", "mill", "USD", Purpose.RESERVED) == 0
    assert has(after, "CA-EDM", "mill", "USD") == 10_000_000 - trade.landed


@pytest.mark.parametrize(
    ("order", "words"), [(sell(7, 2000), "7.000 t"), (buy(9_999, 9_999), "with fee and tax")]
)  # fmt: skip
def test_an_order_that_can_not_be_paid_does_not_enter(order: Order, words: str):
    with pytest.raises(OrderRejected, match=words):
        opened(start(), order)


def test_an_order_enters_once_and_on_the_tick():
    with pytest.raises(OrderRejected, match="only a new order"):
        reserve(replace(buy(1, 1), state="filled"), VENUE, cash=10**9)
    with pytest.raises(OrderRejected, match="multiple of the tick"):
        reserve(buy(1, 7), replace(VENUE, tick=5), cash=10**9)


@given(*(st.integers(low, high) for low, high in ((1, 500), (0, 500), (0, 90_000), (0, 400), (0, 400), (0, 900))))
def test_the_legs_of_a_fill_are_what_its_lots_had_set_aside(
    lots: int, others: int, paid: int, gap: int, carried: int, above: int
):
    landed, limit = paid + gap + carried, paid + gap + carried + above
    money = legs(lots, paid, landed, carried, open_lots=lots + others, limit=limit, venue=VENUE)
    assert sum(money) == freed(lots, lots + others, limit, VENUE)
    assert (money.proceeds, money.carried, money.congestion) == (lots * paid, lots * carried, lots * gap)
    assert money.fee == lots * landed * VENUE.fee // 10_000
    assert money.tax == lots * landed * VENUE.tax // 10_000
    assert min(money) >= 0


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40), st.integers(0, 40), st.integers(0, 9)), max_size=4),
    st.integers(0, 60),
    st.booleans(),
)
def test_money_and_units_balance_and_nothing_stays_reserved(fills: list, extra: int, early: bool):
    limit = max([paid + gap + fee for _, paid, gap, fee in fills], default=0) + extra
    floor = min([paid for _, paid, _, _ in fills], default=0)
    balances = {**start(), Account("US-MSP", "forest", YOUNG, Purpose.AVAILABLE): 50_000}
    before = sum_by_asset(balances)
    balances, bid = opened(balances, buy(13, limit))
    balances, ask = opened(balances, sell(13, floor))
    for lots, paid, gap, fee in fills:
        match = Match("coupled", "B1", "S1", lots, paid + gap + fee, paid, fee)
        decision = settle(match, bid, ask, VENUE, trade_id="T", when=WHEN)
        balances = apply(balances, decision)
        bid, ask = decision.events[:2]
    for order in (bid, ask):
        balances = apply(balances, release(order, VENUE, state="expired" if early else "cancelled"))
    assert sum_by_asset(balances) == before
    assert not any(amount for account, amount in balances.items() if account.purpose is Purpose.RESERVED)
    assert all(amount >= 0 for amount in balances.values())


def sum_by_asset(balances: Balances) -> dict[str, int]:
    sums: dict[str, int] = {}
    for account, amount in balances.items():
        sums[account.asset] = sums.get(account.asset, 0) + amount
    return sums

"""A book through its day: a trade outside the daily limit becomes a call auction, and nothing is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonpolis.errors import OrderRejected, OrderUnknown
from carbonpolis.market import Fill, Phase, Ticket, TradedBook, default_venue

VENUE = default_venue()  # limit 10 %


def opened(*orders: tuple, close: int = 1_000, **options) -> TradedBook:
    traded = TradedBook(VENUE, close, **options)
    for order in orders:
        traded.submit(Ticket(*order))
    return traded


def halted() -> TradedBook:
    """A book around 1,000 whose last order came to 1,150, past the limit of 1,100, with 6 of its lots left."""
    traded = opened((1, 10, "sell", 4, 1_050), (2, 11, "sell", 9, 1_150), (3, 12, "buy", 3, 990))
    assert traded.submit(Ticket(4, 13, "buy", 10, 1_200)) == [Fill(1, 4, 1_050, 4)]
    return traded


def test_a_trade_past_the_daily_limit_begins_a_call():
    traded = halted()
    assert traded.phase is Phase.CALL
    assert [(one.order_id, one.lots) for one in traded.waiting()] == [(3, 3), (2, 9), (4, 6)]


def test_the_call_ends_at_one_price_and_trading_goes_on_around_it():
    traded = halted()
    traded.submit(Ticket(5, 14, "sell", 2, 1_160))
    uncrossed = traded.uncross()
    assert (uncrossed.price, uncrossed.fills) == (1_150, (Fill(2, 4, 1_150, 6),))
    assert traded.phase is Phase.CONTINUOUS
    assert traded.book.band == (1_035, 1_265)
    assert traded.book.depth() == ([(990, 3, 1)], [(1_150, 3, 1), (1_160, 2, 1)])


def test_a_call_takes_limit_orders_that_can_wait():
    traded = halted()
    for order in ((7, 1, "buy", 1), (7, 1, "buy", 1, 5, "ioc"), (7, 1, "buy", 1, 5, "gtc", True)):
        with pytest.raises(OrderRejected, match="only limit orders"):
            traded.submit(Ticket(*order))
    with pytest.raises(OrderRejected, match="of that id"):
        traded.submit(Ticket(4, 1, "buy", 1, 5))
    with pytest.raises(OrderRejected, match="same owner"):
        traded.submit(Ticket(7, 11, "buy", 1, 1_150))
    assert traded.cancel(4) == 6
    with pytest.raises(OrderUnknown):
        traded.cancel(4)
    assert traded.uncross().price is None


def test_an_order_may_be_amended_in_a_call_and_a_refused_amendment_changes_nothing():
    traded = halted()
    traded.amend(2, lots=5)
    traded.amend(4, price=1_100)
    with pytest.raises(OrderRejected, match="less than 1"):
        traded.amend(4, lots=0)
    with pytest.raises(OrderUnknown):
        traded.amend(1)
    assert [(one.order_id, one.lots, one.price) for one in traded.waiting()] == [
        (3, 3, 990),
        (2, 5, 1_150),
        (4, 6, 1_100),
    ]
    assert traded.uncross(reference=1_200).price is None
    assert traded.book.band == (1_080, 1_320)


def test_a_market_order_stays_inside_the_protection_band_and_halts_nothing():
    traded = opened((1, 10, "sell", 4, 1_000), (2, 11, "sell", 4, 1_101))
    assert traded.submit(Ticket(3, 12, "buy", 10)) == [Fill(1, 3, 1_000, 4)]
    assert traded.phase is Phase.CONTINUOUS


def test_a_shut_book_takes_cancellations_only():
    traded = opened((1, 10, "sell", 4, 1_000, "day"), (2, 10, "sell", 4, 1_001))
    assert traded.end_day() == [(1, 4)]
    for action in (lambda: traded.submit(Ticket(3, 1, "buy", 1, 1_000)), lambda: traded.amend(2, 1)):
        with pytest.raises(OrderRejected, match="shut"):
            action()
    assert traded.cancel(2) == 4
    traded.open(2_000)
    assert traded.book.band == (1_800, 2_200)


def test_phases_follow_each_other():
    traded = halted()
    for action in (traded.shut, traded.open):
        with pytest.raises(OrderRejected, match="in a call"):
            action()
    traded.uncross()
    with pytest.raises(OrderRejected, match="no call"):
        traded.uncross()


def test_a_price_off_the_tick_is_refused():
    traded = TradedBook(replace(VENUE, tick=5), 1_000)
    with pytest.raises(OrderRejected, match="no multiple of the tick 5"):
        traded.submit(Ticket(1, 1, "buy", 1, 1_001))


ORDERS = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 9),
        st.integers(80, 120),
        st.sampled_from(["gtc", "day", "ioc"]),
    ),
    max_size=30,
)


@settings(max_examples=200, deadline=None)
@given(ORDERS, st.integers(1, 7), st.sampled_from(["cancel_resting", "reject_incoming", "allow"]))
def test_lots_are_conserved_limits_kept_and_books_uncrossed_through_any_day(orders, every: int, self_trade: str):
    traded = TradedBook(VENUE, 100, self_trade=self_trade)
    entered: dict[int, tuple] = {}
    traded_lots: dict[int, int] = {}
    gone: dict[int, int] = {}
    for order_id, order in enumerate(orders, start=1):
        low, high = traded.book.band
        fills: list[Fill] = []
        try:
            fills = traded.submit(Ticket(order_id, *order))
            entered[order_id] = order
            gone.update(traded.removed)
            assert all(low <= fill.price <= high for fill in fills)
        except OrderRejected:
            pass
        traded.removed = []
        if traded.phase is Phase.CALL and order_id % every == 0:
            uncrossed = traded.uncross()
            fills = [*fills, *uncrossed.fills]
        for fill in fills:
            for party in (fill.maker_id, fill.taker_id):
                traded_lots[party] = traded_lots.get(party, 0) + fill.lots
                _, side, _, limit, _ = entered[party]
                assert fill.price <= limit if side == "buy" else fill.price >= limit
            if self_trade != "allow":
                assert entered[fill.maker_id][0] != entered[fill.taker_id][0]
    if traded.phase is Phase.CALL:
        for fill in traded.uncross().fills:
            for party in (fill.maker_id, fill.taker_id):
                traded_lots[party] = traded_lots.get(party, 0) + fill.lots
    bid, ask = traded.book.best_bid, traded.book.best_ask
    assert bid is None or ask is None or bid < ask
    for order_id, (_, _, lots, _, tif) in entered.items():
        left = lots - traded_lots.get(order_id, 0) - gone.get(order_id, 0)
        rests = traded.book.open_lots(order_id)
        assert rests in ((left,) if tif != "ioc" else (0,)) or (rests == 0 and self_trade == "reject_incoming")

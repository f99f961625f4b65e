"""The venue at the trading desk: limits and calls, days, hours, who may trade, amendments; and after a crash."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.platform.test_trading_desk import SUMMER, at_2000, balances, held, place, prepare

from carbonpolis import Platform
from carbonpolis.errors import OrderRejected, OrderUnknown, Refused, Unknown
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.market.floor.order_entry import Wanted

NOON = datetime(2024, 7, 1, 5, 0, tzinfo=UTC)  # 13:00 in Shanghai, a Monday
UNITS = "CP-NL-ALD-000001-FOR-2023"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "data", clock=lambda: NOON) as opened:
        prepare(opened)
        yield opened


def reopened(platform: Platform, folder: Path) -> Platform:
    platform.close()
    return at_2000(Platform.open(folder / "data", clock=lambda: NOON))


def state_of(platform: Platform, order: str) -> tuple[str, int, int]:
    found = platform.orders.get(order)
    return found.state, found.filled, found.open_lots


def halt(platform: Platform) -> None:
    """A book whose limit is 2,200, in a call: 4 lots traded at the limit, 6 wait at 2,400."""
    place(platform, "a", "wood-ALD", 4, 2_200)
    place(platform, "b", "wood-ALD", 9, 2_300)
    assert place(platform, "c", "mill-ALD", 10, 2_400)["filled"] == 4


def test_a_trade_past_the_daily_limit_waits_for_the_price_of_a_call(platform: Platform):
    halt(platform)
    assert platform.trading.book("NL-ALD").in_call
    assert platform.trading.depth("NL-ALD") == ([(2_400, 6, 1)], [(2_300, 9, 1)])
    assert place(platform, "d", "wood-ALD", 1, 2_250)["filled"] == 0
    assert platform.trading.uncross("NL-ALD", key="end", at=SUMMER) == {"price": 2_300, "trades": 2}
    assert [(trade.price, trade.taker) for trade in platform.trading.trades()] == [
        (2_200, "buyer"),
        (2_300, ""),
        (2_300, ""),
    ]
    assert (platform.trading.book("NL-ALD").last_close, platform.trading.book("NL-ALD").in_call) == (2_300, False)
    assert held(platform, "mill-ALD", "USD", Purpose.RESERVED) == 0
    assert platform.audit.verify().holds


def test_a_call_goes_on_after_a_crash(platform: Platform, tmp_path: Path):
    halt(platform)
    again = reopened(platform, tmp_path)
    with again:
        assert again.trading.book("NL-ALD").in_call
        assert again.trading.depth("NL-ALD") == ([(2_400, 6, 1)], [(2_300, 9, 1)])
        assert again.trading.uncross("NL-ALD", key="end", at=SUMMER)["price"] == 2_300
    with Platform.open(tmp_path / "data") as third:
        assert third.trading.book("NL-ALD").last_close == 2_300


def test_in_a_call_what_can_not_wait_is_refused_and_leaves_nothing(platform: Platform):
    halt(platform)
    before = balances(platform)
    with pytest.raises(OrderRejected, match="in a call"):
        place(platform, "d", "mill-ALD", 1, 2_000, tif="ioc")
    assert balances(platform) == before
    orders = [
        Wanted("NL-ALD", "mill-ALD", "buy", 1, 2_000, "ioc"),
        Wanted("NL-ALD", "mill-ALD", "buy", 1, 1_000),
    ]
    answer = platform.trading.place_many(orders, key="many", at=SUMMER)
    assert list(answer["refused"]) == ["0"]
    assert platform.trading.depth("NL-ALD")[0] == [(2_400, 6, 1), (1_000, 1, 1)]
    with pytest.raises(OrderRejected, match="in no call"):
        platform.trading.uncross("NL-BRK", key="end", at=SUMMER)
    assert platform.audit.verify().holds


def test_the_day_closes_at_its_price_and_the_next_has_its_limits_around_it(platform: Platform):
    place(platform, "a", "wood-ALD", 5, 2_100)
    place(platform, "b", "mill-ALD", 3, 2_100)
    place(platform, "c", "wood-ALD", 1, 2_150, tif="day")
    assert platform.trading.close(key="close", at=SUMMER) == {"closes": {"NL-ALD": 2_100}}
    assert state_of(platform, "ORD-c") == ("expired", 0, 0)
    assert state_of(platform, "ORD-a") == ("partly_filled", 3, 2)
    with pytest.raises(Refused, match="closed"):
        place(platform, "d", "mill-ALD", 1, 2_100)
    tomorrow = date(2024, 7, 2)
    platform.trading.place(city="NL-ALD", owner="mill-ALD", side="buy", lots=2, price=2_100, key="e", at=tomorrow)
    assert platform.trading.book("NL-ALD").last_close == 2_100
    assert [(close.day, close.close, close.lots) for close in platform.trading.closes()] == [("2024-07-01", 2_100, 3)]
    with pytest.raises(Refused, match="the floor is at 2024-07-02"):
        place(platform, "f", "mill-ALD", 1, 2_100)


def test_the_first_order_of_a_later_day_closes_a_day_that_nobody_closed(platform: Platform, tmp_path: Path):
    halt(platform)
    place(platform, "d", "wood-ALD", 1, 2_390, tif="day")
    later = date(2024, 7, 3)
    platform.trading.place(city="NL-BRK", owner="mill-BRK", side="buy", lots=1, price=1_900, key="e", at=later)
    close = platform.trading.closes("NL-ALD")[0]
    assert (close.day, close.open, close.high, close.close, close.lots) == ("2024-07-01", 2_200, 2_200, 2_200, 4)
    book = platform.trading.book("NL-ALD")
    assert (book.in_call, book.last_close) == (False, 2_300)
    assert state_of(platform, "ORD-d")[0] == "expired"
    assert platform.audit.verify().holds
    with reopened(platform, tmp_path) as again:
        assert again.trading.close(key="close", at=later) == {"closes": {"NL-ALD": 2_300}}
        assert [(close.day, close.lots) for close in again.trading.closes("NL-ALD")] == [
            ("2024-07-01", 4),
            ("2024-07-03", 6),
        ]


def test_the_closes_are_the_trades_of_their_days(platform: Platform):
    place(platform, "a", "wood-ALD", 5, 2_000)
    platform.obligations.oblige("NL-ALD", "2024-06", {"mill-ALD": 1_000_000}, key="due")
    place(platform, "b", "mill-BRK", 4, 2_100, city="NL-BRK")
    place(platform, "c", "mill-ALD", 1, 2_000)
    more = Transfer(
        Account("NL-ALD", "registry", "CP-NL-ALD-000002-FOR-2023", Purpose.ISSUER),
        Account("NL-ALD", "wood-ALD", "CP-NL-ALD-000002-FOR-2023", Purpose.AVAILABLE),
        3_000,
        Why.ISSUE,
    )
    platform.ledger.transfer([more], who="registrar", key="more")
    later = date(2024, 7, 2)  # what may leave now leaves with the first command of the later day
    platform.trading.place(city="NL-ALD", owner="mill-ALD", side="buy", lots=1, price=1_900, key="d", at=later)
    platform.trading.close(key="close", at=later)
    by_day: dict[str, int] = {}
    for trade in platform.trading.trades():
        by_day[trade.at] = by_day.get(trade.at, 0) + trade.lots
    assert len(by_day) == 2
    assert {close.day: close.lots for close in platform.trading.closes("NL-ALD")} == by_day


def test_the_close_weighs_the_last_half_hour(platform: Platform):
    for key, minute, price in (("1", 0, 2_000), ("2", 45, 2_100), ("3", 59, 2_200)):
        at = NOON.replace(minute=minute)
        place_at = {"city": "NL-ALD", "lots": 1, "price": price, "at": at}
        platform.trading.place(owner="wood-ALD", side="sell", key=f"s{key}", **place_at)
        platform.trading.place(owner="mill-ALD", side="buy", key=f"b{key}", **place_at)
    assert platform.trading.close(key="close", at=NOON)["closes"] == {"NL-ALD": 2_150}


def test_out_of_hours_no_order_is_taken_where_the_moment_is_known(platform: Platform):
    order = {"city": "NL-ALD", "owner": "mill-ALD", "side": "buy", "lots": 1, "price": 2_000}
    with pytest.raises(OrderRejected, match="listed trading is shut"):
        platform.trading.place(key="a", at=NOON.replace(hour=20), **order)
    assert platform.trading.place(key="b", **order)["filled"] == 0
    assert platform.orders.get("ORD-b").time == "2024-07-01T05:00:00+00:00"
    platform.trading.calendar = None
    assert platform.trading.place(key="c", at=NOON.replace(hour=20), **order)["filled"] == 0
    with pytest.raises(ValueError, match="no time zone"):
        platform.trading.place(key="d", at=NOON.replace(tzinfo=None), **order)


def test_who_is_suspended_trades_nothing_until_active_again(platform: Platform, tmp_path: Path):
    assert platform.trading.check("mill-ALD", "suspend", key="s") == {"check": "suspended"}
    with pytest.raises(OrderRejected, match="is suspended"):
        place(platform, "a", "mill-ALD", 1, 2_000)
    with pytest.raises(OrderRejected, match="can't suspend"):
        platform.trading.check("mill-ALD", "suspend", key="again")
    with pytest.raises(Unknown):
        platform.trading.check("nobody", "suspend", key="nobody")
    with reopened(platform, tmp_path) as again:
        with pytest.raises(OrderRejected, match="is suspended"):
            place(again, "b", "mill-ALD", 1, 2_000)
        again.trading.check("mill-ALD", "activate", key="back")
        assert place(again, "c", "mill-ALD", 1, 2_000)["filled"] == 0


@pytest.mark.parametrize(
    ("change", "filled", "state", "depth"),
    [
        ({"lots": 3}, 0, ("open", 0, 3), [(2_000, 3, 1)]),
        ({"lots": 7}, 0, ("open", 0, 7), [(2_000, 7, 1)]),
        ({"price": 1_950}, 0, ("open", 0, 5), [(1_950, 5, 1)]),
        ({"price": 2_050}, 2, ("partly_filled", 2, 3), [(2_050, 3, 1)]),
    ],
)
def test_an_amended_order_has_set_aside_what_it_could_cost_then(
    platform: Platform, change: dict, filled: int, state: tuple, depth: list
):
    place(platform, "s", "wood-ALD", 2, 2_050)
    place(platform, "b", "mill-ALD", 5, 2_000)
    assert platform.trading.amend("ORD-b", key="change", at=SUMMER, **change)["filled"] == filled
    assert (state_of(platform, "ORD-b"), platform.trading.depth("NL-ALD")[0]) == (state, depth)
    value = depth[0][0] * depth[0][1]
    fee_and_tax = -(-value * 20 // 10_000) - (-value * 100 // 10_000)
    assert held(platform, "mill-ALD", "USD", Purpose.RESERVED) == value + fee_and_tax
    assert platform.audit.verify().holds


def test_an_amended_offer_has_its_units_set_aside(platform: Platform):
    place(platform, "s", "wood-ALD", 5, 2_050)
    for lots in (2, 900, 1_000):
        platform.trading.amend("ORD-s", lots=lots, key=f"to {lots}", at=SUMMER)
        assert held(platform, "wood-ALD", UNITS, Purpose.RESERVED) == 1_000 * lots
    with pytest.raises(OrderRejected, match="are left"):
        platform.trading.amend("ORD-s", lots=1_001, key="too many", at=SUMMER)
    assert platform.trading.depth("NL-ALD")[1] == [(2_050, 1_000, 1)]


def test_an_amendment_that_is_refused_leaves_the_order(platform: Platform):
    place(platform, "s", "wood-ALD", 2, 2_050)
    place(platform, "b", "mill-ALD", 5, 2_000, post_only=True)
    for change, problem in (
        ({"price": 2_050}, "post-only"),
        ({"lots": 0}, "less than 1 lot"),
        ({"lots": 60_000}, "are available"),
    ):
        with pytest.raises(OrderRejected, match=problem):
            platform.trading.amend("ORD-b", key=problem, at=SUMMER, **change)
    with pytest.raises(OrderUnknown):
        platform.trading.amend("ORD-z", lots=1, key="unknown", at=SUMMER)
    assert platform.trading.depth("NL-ALD") == ([(2_000, 5, 1)], [(2_050, 2, 1)])


def test_an_amended_order_comes_back_in_its_new_place(platform: Platform, tmp_path: Path):
    place(platform, "b", "mill-ALD", 5, 2_000)
    platform.trading.place(city="NL-ALD", owner="wood-ALD", side="sell", lots=1, price=2_300, key="x", at=SUMMER)
    place(platform, "c", "mill-ALD", 1, 2_000)
    platform.trading.amend("ORD-b", lots=6, key="later now", at=SUMMER)
    with reopened(platform, tmp_path) as again:
        place(again, "s", "wood-ALD", 1, 2_000)
        assert state_of(again, "ORD-c") == ("filled", 1, 0)
        assert state_of(again, "ORD-b") == ("open", 0, 6)


def test_a_resident_holds_no_more_than_its_limit(platform: Platform):
    from dataclasses import replace

    from carbonpolis.registry.party import Role

    neighbour = replace(platform.people.get("mill-ALD"), id="neighbour-ALD", role=Role.RESIDENT, sector="", gpc_ref="")
    platform.people.register((neighbour,), key="neighbour")
    platform.people.deposit({"neighbour-ALD": 10**9}, key="savings")
    orders = [Wanted("NL-ALD", "neighbour-ALD", "buy", 100, 2_000 - step) for step in range(11)]
    answer = platform.trading.place_many(orders, key="too much", at=SUMMER)
    assert list(answer["refused"]) == ["10"]
    assert "limit of 1,000" in answer["refused"]["10"]
    with pytest.raises(OrderRejected, match="one order of its role"):
        platform.trading.place(
            city="NL-ALD", owner="neighbour-ALD", side="buy", lots=101, price=1, key="large", at=SUMMER
        )


def test_other_desks_see_the_orders_and_trades_of_the_floor(platform: Platform):
    place(platform, "a", "wood-ALD", 5, 2_000)
    place(platform, "b", "mill-ALD", 3, 2_000)
    assert [order.id for order in platform.orders.open()] == ["ORD-a"]
    assert len(platform.orders.trades("NL-ALD")) == 1
    assert platform.orders.cancel("ORD-a", key="x") == {"lots": 2}
    assert platform.trading.depth("NL-ALD") == ([], [])
    assert platform.audit.verify().holds


def test_who_is_suspended_deals_at_no_desk(platform: Platform):
    platform.trading.check("mill-ALD", "suspend", key="s")
    with pytest.raises(OrderRejected, match="mill-ALD is suspended"):
        platform.orders.place(city="NL-ALD", owner="mill-ALD", side="buy", lots=1, price=2_000, key="o")
    deal = {"city": "NL-ALD", "by": "wood-ALD", "buyer": "mill-ALD", "seller": "wood-ALD", "lots": 1, "kind": "gift"}
    with pytest.raises(OrderRejected, match="mill-ALD is suspended"):
        platform.blocks.propose(key="g", **deal)


def test_a_block_is_held_to_the_newest_close(platform: Platform):
    place(platform, "a", "wood-ALD", 5, 2_180)
    place(platform, "b", "mill-ALD", 5, 2_180)
    platform.trading.close(key="close", at=SUMMER)
    deal = {"city": "NL-ALD", "by": "wood-ALD", "buyer": "mill-ALD", "seller": "wood-ALD", "lots": 100_000}
    with pytest.raises(OrderRejected, match=r"expected 15\.26 USD to 28\.34 USD"):
        platform.blocks.propose(key="g", price=2_850, **deal)


def test_a_book_begins_around_the_price_of_the_citys_last_session(towns_copy: Path):
    with Platform.open(towns_copy, clock=lambda: NOON) as town:
        traded = {close.city: close.session for close in town.day.closes() if close.session.local_price is not None}
        city, session = next(iter(traded.items()))
        assert town.trading.book(city).last_close == session.local_price != town.trading.venue.reference_price


def test_who_looks_while_others_trade_sees_the_books_whole(platform: Platform):
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            platform.trading.depth("NL-ALD")

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for number in range(30):
            place(platform, f"s{number}", "wood-ALD", 1, 2_100)
            platform.orders.place(
                city="NL-ALD", owner="mill-ALD", side="buy", lots=1, price=1_900, key=f"o{number}", at=SUMMER
            )
    finally:
        ended.set()
        looking.join()
    assert platform.trading.depth("NL-ALD")[1] == [(2_100, 30, 30)]

"""Continuous trading at the desk: reserved, matched and settled in one commit, and the same again after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from carbonpolis import Platform
from carbonpolis.errors import InsufficientBalance, OrderRejected, OrderUnknown, Unknown
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.market.floor.order_entry import Wanted
from carbonpolis.market.venue.settings import default_venue
from carbonpolis.registry.party import City, Party, Role

ZONE = "temperate_oceanic_forest"
CITIES = tuple(
    City(f"NL-{code}", code, "NL", 52.1, 5.2, 182_000, 2024, 96.0, None, None, ZONE, "test") for code in ("ALD", "BRK")
)
PARTIES = tuple(
    Party(f"{kind}-{code}", f"NL-{code}", kind, role, "", "", "test", assumed=False)
    for code in ("ALD", "BRK")
    for kind, role in (("mill", Role.EMITTER), ("wood", Role.SINK_PRODUCER))
)
SUMMER = date(2024, 7, 1)


def at_2000(platform: Platform) -> Platform:
    """Books whose daily limits lie around 2,000."""
    platform.venues.agree(replace(default_venue(), reference_price=2_000), "the folder")
    return platform


def prepare(platform: Platform) -> None:
    """Two cities, each with a mill that has a million dollars and a wood that has 1,000 t of its own units."""
    at_2000(platform).people.register((*CITIES, *PARTIES), key="people")
    platform.people.deposit({"mill-ALD": 100_000_000, "mill-BRK": 100_000_000}, key="bank")
    issued = tuple(
        Transfer(
            Account(city.id, "registry", f"CP-{city.id}-000001-FOR-2023", Purpose.ISSUER),
            Account(city.id, f"wood-{city.name}", f"CP-{city.id}-000001-FOR-2023", Purpose.AVAILABLE),
            1_000_000,
            Why.ISSUE,
        )
        for city in CITIES
    )
    platform.ledger.transfer(issued, who="registrar", key="issue")


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "data", clock=lambda: datetime(2024, 7, 1, tzinfo=UTC)) as opened:
        prepare(opened)
        yield opened


def place(platform: Platform, key: str, owner: str, lots: int, price: int | None, city: str = "NL-ALD", **more):
    side = "buy" if owner.startswith("mill") else "sell"
    return platform.trading.place(city=city, owner=owner, side=side, lots=lots, price=price, key=key, at=SUMMER, **more)


def held(platform: Platform, owner: str, asset: str, purpose: Purpose = Purpose.AVAILABLE) -> int:
    return platform.ledger.balance(Account(f"NL-{owner[-3:]}", owner, asset, purpose))


def balances(platform: Platform) -> dict[Account, int]:
    return {account: amount for account, amount in platform.ledger.balances().items() if amount}


def total(platform: Platform, asset: str) -> int:
    return sum(amount for account, amount in platform.ledger.balances().items() if account.asset == asset)


def test_a_trade_settles_at_once_at_the_price_of_the_order_that_waited(platform: Platform):
    assert place(platform, "a", "wood-ALD", 5, 2_000)["filled"] == 0
    assert place(platform, "b", "mill-ALD", 3, 2_100) == {"order": "ORD-b", "filled": 3, "trades": 1}
    assert held(platform, "mill-ALD", "CP-NL-ALD-000001-FOR-2023") == 3_000
    assert held(platform, "wood-ALD", "USD") == 3 * 2_000
    assert held(platform, "mill-ALD", "USD", Purpose.RESERVED) == 0
    trade = platform.trading.trades()[0]
    assert (trade.lots, trade.price, trade.kind, trade.fee, trade.tax) == (3, 2_000, "local", 12, 60)
    assert platform.trading.depth("NL-ALD") == ([], [(2_000, 2, 1)])
    assert platform.audit.verify().holds


def test_home_first_then_the_other_city_with_the_transfer_fee(platform: Platform):
    place(platform, "a", "wood-ALD", 5, 2_000)
    place(platform, "b", "wood-BRK", 5, 1_900, city="NL-BRK")
    assert place(platform, "c", "mill-ALD", 8, 2_000)["trades"] == 2
    assert [(t.kind, t.city, t.buyer_price, t.transfer_fee) for t in platform.trading.trades()] == [
        ("local", "NL-ALD", 2_000, 0),
        ("coupled", "NL-BRK", 1_950, 3 * 50),
    ]


def test_what_a_citys_emitters_still_owe_stays_at_home(platform: Platform):
    platform.obligations.oblige("NL-BRK", "2024-06", {"mill-BRK": 998_000}, key="due")
    place(platform, "b", "wood-BRK", 5, 1_900, city="NL-BRK")
    assert place(platform, "c", "mill-ALD", 8, 2_000)["filled"] == 2


def test_what_may_leave_later_goes_to_bids_that_wait(platform: Platform):
    platform.obligations.oblige("NL-BRK", "2024-06", {"mill-BRK": 1_000_000}, key="due")
    place(platform, "b", "wood-BRK", 5, 1_900, city="NL-BRK")
    place(platform, "c", "mill-ALD", 8, 2_000)
    more = Transfer(
        Account("NL-BRK", "registry", "CP-NL-BRK-000002-FOR-2023", Purpose.ISSUER),
        Account("NL-BRK", "wood-BRK", "CP-NL-BRK-000002-FOR-2023", Purpose.AVAILABLE),
        3_000,
        Why.ISSUE,
    )
    platform.ledger.transfer([more], who="registrar", key="more")
    assert place(platform, "d", "mill-ALD", 1, 10)["trades"] == 1
    assert platform.orders.get("ORD-c").filled == 3


@pytest.mark.parametrize(("tif", "filled"), [("ioc", 5), ("fok", 0)])
def test_what_vanishes_gives_back_what_it_had_set_aside(platform: Platform, tif: str, filled: int):
    place(platform, "a", "wood-ALD", 5, 2_000)
    assert place(platform, "b", "mill-ALD", 8, 2_000, tif=tif)["filled"] == filled
    assert held(platform, "mill-ALD", "USD", Purpose.RESERVED) == 0
    assert platform.orders.get("ORD-b").state == "cancelled"


def test_a_market_order_trades_inside_the_protection_band(platform: Platform):
    place(platform, "a", "wood-ALD", 5, 2_000)
    place(platform, "b", "wood-ALD", 5, 2_300)
    assert place(platform, "c", "mill-ALD", 8, None)["filled"] == 5


def test_cancel_gives_back_and_knows_only_what_rests(platform: Platform):
    place(platform, "a", "wood-ALD", 5, 2_000)
    assert platform.trading.cancel("ORD-a", key="x") == {"lots": 5}
    assert held(platform, "wood-ALD", "CP-NL-ALD-000001-FOR-2023") == 1_000_000
    for order in ("ORD-a", "ORD-z"):
        with pytest.raises(OrderUnknown):
            platform.trading.cancel(order, key=f"again {order}")


def test_self_trade_takes_the_waiting_order_out_and_gives_back(platform: Platform):
    place(platform, "a", "mill-ALD", 5, 2_000)
    place(platform, "b", "wood-ALD", 2, 2_000)
    platform.trading.place(city="NL-ALD", owner="mill-ALD", side="sell", lots=1, price=1_500, key="c", at=SUMMER)
    assert platform.orders.get("ORD-a").state == "cancelled"
    assert held(platform, "mill-ALD", "USD", Purpose.RESERVED) == 0
    assert platform.trading.depth("NL-ALD") == ([], [(1_500, 1, 1)])


@pytest.mark.parametrize(
    ("problem", "error"),
    [
        ({"lots": 2_000_000}, OrderRejected),
        ({"owner": "nobody"}, Unknown),
        ({"city": "NL-BRK"}, OrderRejected),
        ({"side": "borrow"}, ValueError),
        ({"tif": "gtd"}, ValueError),
        ({"lots": 0}, ValueError),
        ({"post_only": True}, OrderRejected),
    ],
)
def test_a_refused_order_changes_nothing(platform: Platform, problem: dict, error: type[Exception]):
    place(platform, "a", "wood-ALD", 5, 2_000)
    before, books = dict(platform.ledger.balances()), platform.trading.depth("NL-ALD")
    order = {"city": "NL-ALD", "owner": "mill-ALD", "side": "buy", "lots": 5, "price": 2_000, "key": "b", **problem}
    with pytest.raises(error):
        platform.trading.place(at=SUMMER, **order)
    assert (dict(platform.ledger.balances()), platform.trading.depth("NL-ALD")) == (before, books)


def wanted(n: int, seed: int = 1) -> list[Wanted]:
    random = np.random.default_rng(seed)
    orders = []
    for _ in range(n):
        code, buys = ("ALD", "BRK")[random.integers(2)], bool(random.integers(2))
        tif = str(random.choice(["gtc", "day", "ioc"]))
        owner, price = f"mill-{code}" if buys else f"wood-{code}", int(random.integers(1_900, 2_100))
        orders.append(Wanted(f"NL-{code}", owner, "buy" if buys else "sell", int(random.integers(1, 5)), price, tif))
    return orders


def books(platform: Platform) -> list[list[tuple]]:
    floor = platform.trading._ready(platform._work.state)
    return [[row[2:] + row[:1] for row in book.orders().tolist()] for book in floor.books.books]


def test_many_orders_in_one_commit_come_to_the_same_as_one_by_one(platform: Platform, tmp_path: Path):
    orders = wanted(150)
    answer = platform.trading.place_many(orders, key="batch", at=SUMMER)
    with Platform.open(tmp_path / "other", clock=lambda: datetime(2024, 7, 1, tzinfo=UTC)) as other:
        prepare(other)
        filled = [
            other.trading.place(
                city=o.city, owner=o.owner, side=o.side, lots=o.lots, price=o.price, tif=o.tif, key=str(i), at=SUMMER
            )["filled"]
            for i, o in enumerate(orders)
        ]
        assert answer["filled"] == filled
        assert answer["refused"] == {}
        assert books(platform) == books(other)
        assert balances(platform) == balances(other)
    assert answer["trades"] == len(platform.trading.trades()) > 0
    assert [total(platform, asset) for asset in ("USD", "CP-NL-ALD-000001-FOR-2023")] == [0, 0]
    assert platform.audit.verify().holds


def test_of_many_the_refused_are_named_and_the_others_go_ahead(platform: Platform):
    orders = [
        Wanted("NL-ALD", "wood-ALD", "sell", 5, 2_000),
        Wanted("NL-ALD", "wood-ALD", "sell", 996, 2_000),  # 1 t more than is left
        Wanted("NL-ALD", "nobody", "buy", 1, 2_000),
        Wanted("NL-ALD", "mill-ALD", "buy", 5, 2_000),
    ]
    answer = platform.trading.place_many(orders, key="batch", at=SUMMER)
    assert (answer["filled"], sorted(answer["refused"])) == ([0, 0, 0, 5], ["1", "2"])
    assert "996.000 t" in answer["refused"]["1"]
    assert platform.trading.place_many(orders, key="batch", at=SUMMER) == answer
    assert len(platform.trading.trades()) == 1


def test_the_books_come_back_as_they_were(platform: Platform, tmp_path: Path):
    platform.trading.place_many(wanted(120), key="batch", at=SUMMER)
    before = books(platform)
    platform.close()
    with Platform.open(tmp_path / "data") as opened:
        again = at_2000(opened)
        assert books(again) == before
        follow = [place(again, f"z{i}", owner, 9, 2_000) for i, owner in enumerate(("mill-ALD", "wood-ALD"))]
        assert any(answer["filled"] for answer in follow)


def test_when_a_commit_fails_the_books_do_not_go_ahead_of_the_journal(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    place(platform, "a", "wood-ALD", 5, 2_000)
    before = books(platform)

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="full"):
        broken.setattr(platform._work.journal, "append", full)
        place(platform, "b", "mill-ALD", 5, 2_000)
    assert books(platform) == before
    wood, mill = (Account("NL-ALD", owner, "USD", Purpose.AVAILABLE) for owner in ("wood-ALD", "mill-ALD"))
    with pytest.raises(InsufficientBalance), platform.together():
        place(platform, "c", "mill-ALD", 5, 2_000)
        platform.ledger.transfer([Transfer(wood, mill, 10**9, Why.PAY)], who="x", key="x")
    assert books(platform) == before
    assert place(platform, "d", "mill-ALD", 5, 2_000)["filled"] == 5


def test_after_a_kill_the_books_hold_every_order_that_was_answered(tmp_path: Path):
    folder = tmp_path / "killed"
    script = f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_trading_desk import Platform, prepare, wanted, SUMMER, datetime, UTC
        with Platform.open({str(folder)!r}, clock=lambda: datetime(2024, 7, 1, tzinfo=UTC)) as platform:
            prepare(platform)
            for number in range(1000):
                platform.trading.place_many(wanted(10, seed=number), key=f"batch {{number}}", at=SUMMER)
                print(number, flush=True)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        answered = -1
        for line in process.stdout:
            answered = int(line)
            if answered == 6:
                os.kill(process.pid, signal.SIGKILL)
                break
    with Platform.open(folder) as killed, Platform.open(tmp_path / "whole") as whole:
        done = answered + (killed.ledger.answer(f"batch {answered + 1}") is not None) + 1
        prepare(whole)
        at_2000(killed)
        for number in range(done):
            whole.trading.place_many(wanted(10, seed=number), key=f"batch {number}", at=SUMMER)
        assert killed.ledger.answer(f"batch {answered}") is not None
        assert books(killed) == books(whole)
        assert balances(killed) == balances(whole)
        assert killed.audit.verify().holds

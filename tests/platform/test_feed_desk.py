"""The market feed over a real journal: it tells what the books are, only what is durable, and the same to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.platform.test_trading_desk import place, prepare, wanted

from carbonpolis import Platform
from carbonpolis.errors import CarbonpolisError, Unknown
from carbonpolis.market.marketdata import book_feed as wire
from carbonpolis.market.marketdata.book_feed import Follower, Gap, Level, Message
from carbonpolis.platform.market import feed as desk

CITIES = ("NL-ALD", "NL-BRK")
HOUR = datetime(2024, 7, 1, 2, tzinfo=UTC)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "data", clock=lambda: HOUR) as opened:
        prepare(opened)
        yield opened


def levels(rows: list[tuple[int, int, int]]) -> tuple[Level, ...]:
    return tuple(Level(*row) for row in rows)


def assert_as_the_books(platform: Platform) -> None:
    for city in CITIES:
        told, (bids, asks) = platform.feed.snapshot(city), platform.trading.depth(city, 10**6)
        assert (told.bids, told.asks) == (levels(bids), levels(asks))


def test_what_trades_and_rests_is_told(platform: Platform):
    place(platform, "a", "wood-ALD", 5, 2_000)
    place(platform, "b", "mill-ALD", 3, 2_050)
    assert platform.feed.advance() == 4  # the day begins, a level, a trade, the level again
    book = platform.feed.snapshot("NL-ALD")
    assert (book.asks, book.last, book.traded, book.state) == ((Level(2_000, 2, 1),), (2_000, 3), 3, "continuous")
    (trade,) = platform.feed.trades("NL-ALD")
    assert (trade.kind, trade.side, trade.price, trade.lots) == ("trade", "buy", 2_000, 3)
    assert platform.feed.advance() == 0


def test_the_feed_is_the_books_after_anything_that_traders_do(platform: Platform):
    random = np.random.default_rng(3)
    listener = {city: platform.feed.subscribe(city) for city in CITIES}
    followers = {city: Follower() for city in CITIES}
    for turn in range(12):
        platform.trading.place_many(wanted(25, seed=turn), key=f"many {turn}", at=HOUR)
        for number in random.integers(0, 25, 6):
            name = f"ORM-many {turn}-{number:06d}"
            try:
                if random.random() < 0.5:
                    platform.trading.cancel(name, key=f"cancel {turn} {number}", at=HOUR)
                else:
                    price = int(random.integers(1_950, 2_050))
                    platform.trading.amend(name, lots=2, price=price, key=f"amend {turn} {number}", at=HOUR)
            except CarbonpolisError:
                continue  # it was filled before
        platform.feed.advance()
        assert_as_the_books(platform)
        for city in CITIES:
            message = listener[city].take()
            if message is not None:
                followers[city].take(message)
            assert followers[city].book == platform.feed.snapshot(city)
    platform.trading.close(key="close", at=HOUR)
    platform.feed.advance()
    assert_as_the_books(platform)
    assert {platform.feed.snapshot(city).state for city in CITIES} == {"shut"}
    sold = [trade for trade in platform.trading.trades() if trade.city == "NL-ALD"]
    assert platform.feed.snapshot("NL-ALD").traded == sum(trade.lots for trade in sold) > 0
    told = [(each.price, each.lots) for each in platform.feed.trades("NL-ALD")]
    assert told == [(trade.price, trade.lots) for trade in reversed(sold)][: len(told)]


def test_a_book_in_a_call_is_told_crossed_and_then_cleared(platform: Platform):
    for key, owner, lots, price in (
        ("a", "wood-ALD", 5, 2_000),
        ("b", "wood-ALD", 5, 2_300),
        ("c", "mill-ALD", 9, 2_400),
    ):
        place(platform, key, owner, lots, price)
    platform.feed.advance()
    assert platform.feed.snapshot("NL-ALD").state == "call"
    assert_as_the_books(platform)
    assert platform.feed.snapshot("NL-ALD").bids[0].price > platform.feed.snapshot("NL-ALD").asks[0].price
    platform.trading.uncross("NL-ALD", key="end", at=HOUR.date())
    platform.feed.advance()
    assert platform.feed.snapshot("NL-ALD").state == "continuous"
    assert platform.feed.trades("NL-ALD")[0].side is None  # nobody took
    assert_as_the_books(platform)


def test_the_numbers_are_the_same_in_another_process_and_after_a_restart(platform: Platform, tmp_path: Path):
    platform.trading.place_many(wanted(60), key="many", at=HOUR)
    platform.feed.advance()
    place(platform, "a", "wood-ALD", 5, 2_000)
    platform.feed.advance()
    with Platform.open(tmp_path / "data", writing=False) as beside:
        beside.feed.advance()
        assert [beside.feed.snapshot(city) for city in CITIES] == [platform.feed.snapshot(city) for city in CITIES]
        late = beside.feed.subscribe("NL-ALD")
        place(platform, "b", "wood-ALD", 5, 2_010)  # committed by the one, told by the other
        assert beside.feed.advance() == platform.feed.advance() == 1
        assert Follower().take(late.take()) == platform.feed.snapshot("NL-ALD")


def test_what_was_not_committed_is_not_told(platform: Platform, monkeypatch: pytest.MonkeyPatch):
    place(platform, "a", "wood-ALD", 5, 2_000)
    platform.feed.advance()
    before = platform.feed.snapshot("NL-ALD")

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="full"):
        broken.setattr(platform._work.journal, "append", full)
        place(platform, "b", "mill-ALD", 5, 2_000)
    assert platform.feed.advance() == 0
    assert platform.feed.snapshot("NL-ALD") == before


def test_a_late_listener_gets_a_snapshot_and_then_each_increment_once(platform: Platform):
    place(platform, "a", "wood-ALD", 5, 2_000)
    platform.feed.advance()
    late = platform.feed.subscribe("NL-ALD")
    place(platform, "b", "wood-ALD", 5, 2_010)
    platform.feed.advance()
    message = late.take()
    assert message.snapshot.sequence + 1 == message.increments[0].sequence
    assert Follower().take(message) == platform.feed.snapshot("NL-ALD")
    assert late.take() is None
    late.close()
    place(platform, "c", "wood-ALD", 5, 2_020)
    platform.feed.advance()
    assert late.take() is None
    with pytest.raises(Unknown, match="NL-ALD"):
        platform.feed.subscribe("nowhere")


def test_a_gap_is_found_and_mended_by_a_new_snapshot(platform: Platform):
    listener, follower = platform.feed.subscribe("NL-ALD"), Follower()
    follower.take(listener.take())
    place(platform, "a", "wood-ALD", 5, 2_000)
    platform.feed.advance()
    assert listener.take() is not None  # lost on its way
    place(platform, "b", "wood-ALD", 5, 2_010)
    platform.feed.advance()
    with pytest.raises(Gap, match="increment 1 is missing"):
        follower.take(listener.take())
    listener.renew()
    assert follower.take(listener.take()) == platform.feed.snapshot("NL-ALD")
    with pytest.raises(Gap):
        Follower().take(Message(increments=(wire.Increment("NL-ALD", 7, "state", state="call"),)))


def test_who_is_too_far_behind_begins_anew(platform: Platform, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(desk, "WAITING", 3)
    slow = platform.feed.subscribe("NL-ALD")
    for turn in range(5):
        place(platform, f"a{turn}", "wood-ALD", 5, 2_000 + turn)
        platform.feed.advance()
    message = slow.take()
    assert message.increments == ()
    assert message.snapshot == platform.feed.snapshot("NL-ALD")


def test_orders_that_wait_for_a_monthly_auction_stand_in_no_book(platform: Platform):
    platform.orders.place(city="NL-ALD", owner="wood-ALD", side="sell", lots=5, price=2_000, key="monthly")
    assert platform.orders.all()
    platform.feed.advance()
    assert platform.feed.snapshot("NL-ALD").asks == ()


def test_on_postgresql_it_is_told_by_a_reader_beside_the_writer(database: str, tmp_path: Path):
    with Platform.open(database, files=tmp_path / "files", clock=lambda: HOUR) as writer:
        prepare(writer)
        writer.trading.place_many(wanted(40), key="many", at=HOUR)
        with Platform.open(database, writing=False, files=tmp_path / "files") as reader:
            reader.feed.advance()
            late = reader.feed.subscribe("NL-ALD")
            place(writer, "a", "wood-ALD", 1, 2_100)
            assert reader.feed.advance() == 1
            writer.feed.advance()
            assert Follower().take(late.take()) == writer.feed.snapshot("NL-ALD")
            assert_as_the_books(writer)

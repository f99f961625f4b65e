"""A receiver looks at a book while the feed moves on in another thread: what it sees is one moment, never two."""

from __future__ import annotations

import os
import random
import threading
from itertools import count
from pathlib import Path

from tests.platform.test_trading_desk import SUMMER, prepare

from carbonpolis import Platform
from carbonpolis.market.floor.order_entry import Wanted
from carbonpolis.market.marketdata.book_feed import Snapshot
from carbonpolis.market.marketdata.publisher import Feed
from carbonpolis.platform.market.feed import KINDS, MarketFeed
from carbonpolis.store.entities import decode

# More by hand: CARBONPOLIS_FEED_SNAPSHOTS=100000 pytest tests/platform/test_feed_threads.py
SNAPSHOTS = int(os.environ.get("CARBONPOLIS_FEED_SNAPSHOTS", "4000"))
CITY = "NL-ALD"


def trade(platform: Platform, commands: int) -> None:
    chance = random.Random(3)
    for number in range(commands):
        wanted = [
            Wanted(
                CITY, *chance.choice([("mill-ALD", "buy"), ("wood-ALD", "sell")]), 1, 1_900 + 25 * chance.randint(0, 8)
            )
            for _ in range(4)
        ]
        platform.trading.place_many(wanted, key=f"t{number}", at=SUMMER)


def test_a_snapshot_is_one_moment_while_the_feed_advances(tmp_path: Path):
    with Platform.open(tmp_path / "data") as platform:
        prepare(platform)
        trade(platform, 150)
        work, moments, plain = platform._work, {}, Feed()
        with work.journal.snapshot() as journal:
            for _, lines in journal.events_since(0, KINDS):
                plain.apply([decode(line.kind, line.body) for line in lines])
                moments[plain.snapshot(CITY).sequence] = plain.snapshot(CITY)
        feed, over, seen = MarketFeed(work), threading.Event(), {0}

        def advance() -> None:
            nonlocal feed
            while not over.is_set():
                feed.advance()
                feed = MarketFeed(work)  # from the beginning again

        moving = threading.Thread(target=advance)
        moving.start()
        try:
            for taken in count():
                if taken >= SNAPSHOTS and len(seen) > 20:
                    break
                assert taken < 500 * SNAPSHOTS, "the feed does not move while it is looked at"
                found = feed.snapshot(CITY)
                seen.add(found.sequence)
                assert found == moments.get(found.sequence, Snapshot(CITY, 0, (), ()))
        finally:
            over.set()
            moving.join()

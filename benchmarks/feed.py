"""The market feed tells orders faster than the platform takes them: increments of all cities' books from the journal.

The flow of benchmarks/trading.py: 300 cities open at once, batches of 1,000 orders a commit, some half of which trade.
"apply" is the pure part, from recorded orders and trades to numbered increments; "advance" reads the same from the
journal on disk, as a server does. The limit is what the platform shall take from end to end. "late" is how long after
its commit an order is with a listener, where a server looks into the journal as often as the site does.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

from _measure import Row, best_of, main, row, say
from carbonpolis import Platform
from carbonpolis.market.marketdata.publisher import Feed
from carbonpolis.platform.market.feed import KINDS, MarketFeed
from carbonpolis.store.entities import decode
from carbonpolis.web.feed import SECONDS
from trading import BATCH, DAY, TARGET, open_market, wanted

BATCHES = 20
LATE = 50  # orders whose way is timed


def measure() -> list[Row]:
    """The rows of this benchmark."""
    say("trading in 300 cities ...")
    with tempfile.TemporaryDirectory() as folder, open_market(Path(folder) / "data") as platform:
        for number in range(BATCHES):
            platform.trading.place_many(wanted(BATCH, number), key=f"batch {number}", at=DAY)
        work, orders = platform._work, BATCHES * BATCH
        with work.journal.snapshot() as journal:
            commands = [[decode(line.kind, line.body) for line in lines] for _, lines in journal.events_since(0, KINDS)]

        def apply_all(feed: Feed) -> None:
            for events in commands:
                feed.apply(events)

        applied = best_of(apply_all, setup=Feed, cpu=True)
        advanced = best_of(MarketFeed.advance, setup=lambda: MarketFeed(work), cpu=True)
        against = "what the platform shall take from end to end"
        late = sorted(_late(platform))
        note = f"median of {LATE} orders; the slowest took {1000 * late[-1]:.0f} ms"
        return [
            row("feed/apply", orders / applied, peer=TARGET, unit="orders/s of one core", against=against),
            row("feed/advance", orders / advanced, peer=TARGET, unit="orders/s of one core", against=against),
            row("feed/late", 1000 * late[LATE // 2], unit="ms", note=note, less_is_better=True),
        ]


def _late(platform: Platform) -> list[float]:
    """Seconds from the answer to an order until a listener has it, while a thread looks on as a server does."""
    platform.feed.advance()
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(SECONDS):
            platform.feed.advance()

    looking = threading.Thread(target=look)
    looking.start()
    waited = []
    try:
        for number in range(LATE):
            order = wanted(1, 10_000 + number)[0]
            listener = platform.feed.subscribe(order.city)
            listener.take()
            platform.trading.place_many([order], key=f"late {number}", at=DAY)
            began = time.perf_counter()
            while listener.take() is None and time.perf_counter() - began < 2:
                time.sleep(0.001)
            waited.append(time.perf_counter() - began)
            listener.close()
    finally:
        ended.set()
        looking.join()
    return waited


if __name__ == "__main__":
    main(measure)

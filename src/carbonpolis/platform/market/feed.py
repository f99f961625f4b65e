"""The market feed: what was committed, told to whoever listens.

It reads the journal, so it tells only what is durable, in the order in which it became so, from the process that trades
or from another one that only reads. Its numbers are the same wherever it runs.
"""

from __future__ import annotations

from collections import deque
from threading import Lock

from carbonpolis.errors import Unknown
from carbonpolis.market.floor.blotter import Blotter
from carbonpolis.market.floor.trading_day import BookState, TradingDay
from carbonpolis.market.marketdata.book_feed import Increment, Message, Snapshot
from carbonpolis.market.marketdata.publisher import Feed
from carbonpolis.market.order import Order, Trade
from carbonpolis.platform.work import Work
from carbonpolis.registry.party import City
from carbonpolis.store.entities import decode, kind_of

KINDS = tuple(kind_of(kind) for kind in (Blotter, Order, Trade, BookState, TradingDay))
WAITING = 10_000  # increments that a slow listener may be behind; then it gets a new snapshot instead


class Subscription:
    """One listener to one city: a snapshot first, then every increment after it, once and in order."""

    def __init__(self, feed: MarketFeed, city: str) -> None:
        self.city, self._feed = city, feed
        self._waiting: deque[Increment] = deque()
        self._snapshot: Snapshot | None = None

    def renew(self) -> None:
        """Begin anew with a snapshot: what a listener asks for that has found a gap."""
        with self._feed.lock:
            self._waiting.clear()
            self._snapshot = self._feed.held(self.city)

    def take(self) -> Message | None:
        """All that came since the last call, None where nothing did. Never waits."""
        with self._feed.lock:
            if len(self._waiting) > WAITING:
                self._waiting.clear()
                self._snapshot = self._feed.held(self.city)
            if self._snapshot is None and not self._waiting:
                return None
            message = Message(self._snapshot, tuple(self._waiting))
            self._waiting.clear()
            self._snapshot = None
            return message

    def close(self) -> None:
        """Listen no more."""
        self._feed.forget(self)

    def hear(self, increments: list[Increment]) -> None:
        """Take in what the feed tells, holding its lock."""
        self._waiting.extend(increments)


class MarketFeed:
    """Follows the journal from its first commit. Any thread may call; whoever serves calls `advance` now and again."""

    def __init__(self, work: Work) -> None:
        self.lock = Lock()
        self._work, self._feed, self._upto = work, Feed(), 0
        self._reading = Lock()
        self._listeners: dict[str, list[Subscription]] = {}

    def advance(self) -> int:
        """Read what was committed since the last call and tell it; answers how many increments it came to."""
        told = 0
        with self._reading, self._work.journal.snapshot() as journal:
            newest = journal.newest()
            if newest == self._upto:
                return 0
            for seq, lines in journal.events_since(self._upto, KINDS):
                events = [decode(line.kind, line.body) for line in lines]
                with self.lock:
                    told += self._tell(self._feed.apply(events))
                    self._upto = seq
            self._upto = newest
        return told

    @property
    def upto(self) -> int:
        """Number of the last entry of the journal that was told."""
        return self._upto

    def cities(self) -> list[str]:
        """Every city, by name."""
        return sorted(city.id for city in self._work.state.all(City))

    def snapshot(self, city: str) -> Snapshot:
        """A city's book as far as `advance` has read, whole, while another thread advances."""
        with self.lock:
            return self.held(city)

    def held(self, city: str) -> Snapshot:
        """`snapshot` for who holds the lock already: it does not nest."""
        assert self.lock.locked(), "the book of a feed is looked at with its lock held"
        return self._feed.snapshot(city)

    def trades(self, city: str) -> list[Increment]:
        """The last trades of a city, newest first."""
        with self.lock:
            return self._feed.trades(city)

    def subscribe(self, city: str) -> Subscription:
        """Listen to a city from now on. Raises Unknown for one that is not there."""
        if self._work.state.find(City, city) is None:
            raise Unknown("city", city, self.cities()[:8])
        subscription = Subscription(self, city)
        with self.lock:
            self._listeners.setdefault(city, []).append(subscription)
        subscription.renew()
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Tell a listener nothing more."""
        with self.lock:
            listeners = self._listeners.get(subscription.city, [])
            if subscription in listeners:
                listeners.remove(subscription)

    def _tell(self, increments: list[Increment]) -> int:
        by_city: dict[str, list[Increment]] = {}
        for each in increments:
            if each.city in self._listeners:
                by_city.setdefault(each.city, []).append(each)
        for city, told in by_city.items():
            for listener in self._listeners[city]:
                listener.hear(told)
        return len(increments)

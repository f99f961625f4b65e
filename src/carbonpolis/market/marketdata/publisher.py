"""What commits come to on the market feed: orders and trades of all cities as numbered increments of their books.

The feed is a function of the journal: whoever applies the same commits gets the same numbers, after a restart and in
every process that reads it. Only orders of continuous trading stand in a book; those that wait for a monthly auction do
not. A trade between cities is told in the city of the units, at the seller's price.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat

from carbonpolis.market.floor.blotter import Blotter
from carbonpolis.market.floor.trading_day import BookState, TradingDay
from carbonpolis.market.marketdata.book_feed import Increment, Publisher, Snapshot, empty
from carbonpolis.market.marketdata.statistics import OFF_BOOK
from carbonpolis.market.order import OPEN, Order, Side, Trade

CONTINUOUS, CALL, SHUT = "continuous", "call", "shut"
RECENT = 50  # trades of each city that are remembered
_TAKERS = {"buyer": Side.BUY, "seller": Side.SELL}

Event = Blotter | Order | Trade | BookState | TradingDay
Place = tuple[str, Side, int]  # city, side, price


@dataclass(slots=True)
class _Change:
    lots: int = 0
    orders: int = 0


class Feed:
    """The books of all cities as the feed tells them."""

    def __init__(self) -> None:
        self._publishers: dict[str, Publisher] = {}
        self._recent: dict[str, deque[Increment]] = {}
        self._resting: dict[str, tuple[Place, int]] = {}  # by order: where, and lots
        self._day = ""

    def apply(self, events: Iterable[Event]) -> list[Increment]:
        """Take in what one command recorded, in its order; answers the increments: trades and states of books as they
        came, then what levels came to."""
        changes: dict[Place, _Change] = {}
        told: list[Increment] = []
        for event in events:
            if isinstance(event, Blotter | Trade):
                self._trades(event, told)
            if isinstance(event, Blotter | Order):
                self._orders(event, changes)
            elif isinstance(event, BookState):
                told += self._publisher(event.city, told).turn(CALL if event.in_call else self._day or CONTINUOUS)
            elif isinstance(event, TradingDay):
                self._day = SHUT if event.closed else CONTINUOUS
                for publisher in self._publishers.values():
                    told += publisher.turn(self._day)
        for (city, side, price), change in changes.items():
            told += self._publisher(city, told).change(side, price, change.lots, change.orders)
        return told

    def snapshot(self, city: str) -> Snapshot:
        """A city's book as the feed has told it."""
        publisher = self._publishers.get(city)
        return publisher.snapshot() if publisher else empty(city)

    def trades(self, city: str) -> list[Increment]:
        """The last trades of a city, newest first."""
        return list(self._recent.get(city, ()))[::-1]

    def _publisher(self, city: str, told: list[Increment]) -> Publisher:
        publisher = self._publishers.get(city)
        if publisher is None:
            publisher = self._publishers[city] = Publisher(city)
            if self._day:
                told += publisher.turn(self._day)
        return publisher

    def _trades(self, event: Blotter | Trade, told: list[Increment]) -> None:
        if isinstance(event, Blotter):
            t = event.trades
            rows = zip(t.city, t.kind, t.price, t.lots, t.taker, repeat(event.time), strict=False)
        else:
            rows = zip(
                [event.city], [event.kind], [event.price], [event.lots], [event.taker], [event.time], strict=True
            )
        for city, kind, price, lots, taker, time in rows:
            if kind not in OFF_BOOK:
                made = self._publisher(city, told).trade(price, lots, _TAKERS.get(taker), time)
                self._recent.setdefault(city, deque(maxlen=RECENT)).append(made)
                told.append(made)

    def _orders(self, event: Blotter | Order, changes: dict[Place, _Change]) -> None:
        """What orders rest now, against what they did before."""
        resting = self._resting
        for name, place, lots in _open_orders(event):
            before, had = resting.get(name, (place, 0))
            if had:
                change = changes.setdefault(before, _Change())
                change.lots -= had
                change.orders -= 1
            if lots:
                change = changes.setdefault(place, _Change())
                change.lots += lots
                change.orders += 1
                resting[name] = place, lots
            elif had:
                del resting[name]


def _open_orders(event: Blotter | Order) -> Iterator[tuple[str, Place, int]]:
    """Orders of continuous trading: id, where they rest, and lots open."""
    if isinstance(event, Order):
        if event.number:
            yield event.id, (event.city, event.side, event.price), event.open_lots
        return
    o = event.orders
    for name, city, side, price, lots, filled, state, number in zip(
        o.id, o.city, o.side, o.price, o.lots, o.filled, o.state, o.number, strict=True
    ):
        if number:
            yield name, (city, Side(side), price), lots - filled if state in OPEN else 0

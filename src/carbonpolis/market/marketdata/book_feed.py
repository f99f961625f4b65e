"""The market feed: a snapshot of a book, numbered increments after it, and the book again from both.

A receiver takes any snapshot, applies the increments numbered after it in their order, and has the book as it is.
Increments that the snapshot holds already are passed over; a gap is told, so that the receiver asks for a new snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from carbonpolis.errors import Refused
from carbonpolis.market.order import Side


@dataclass(frozen=True, slots=True)
class Level:
    """What waits at one price: minor units per lot, lots, orders."""

    price: int
    lots: int
    orders: int


@dataclass(frozen=True, slots=True)
class Increment:
    """One change of a book, the `sequence`th of its city.

    kind: "level": a price now has so many lots and orders (0 lots: it is gone); "trade": lots were traded at a price,
    in the taker's direction `side` (None where nobody took, as in an auction), at the UTC moment `time` ("" where only
    the day is known; the levels follow in increments of their own); "state": the book is now in `state`.
    """

    city: str
    sequence: int
    kind: str
    side: Side | None = None
    price: int = 0
    lots: int = 0
    orders: int = 0
    state: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A book after its increment number `sequence` (0: before the first).

    bids, asks: best first. last: price and lots of the last trade, None before it. traded: lots in all. state: of the
    book: "continuous", "call" (orders wait for one price) or "shut", "" before its first day.
    """

    city: str
    sequence: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    last: tuple[int, int] | None = None
    traded: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What a receiver gets at once: a snapshot, increments after it or after what came before, or both."""

    snapshot: Snapshot | None = None
    increments: tuple[Increment, ...] = ()


class Gap(Refused):
    """Increments are missing between what the receiver has and what came."""

    def __init__(self, city: str, expected: int, found: int) -> None:
        super().__init__(city, f"increment {expected} is missing, {found} came; ask for a new snapshot.")
        self.expected, self.found = expected, found


@dataclass(slots=True)
class Publisher:
    """Numbers the changes of one city's book and can say at any time what they come to."""

    city: str
    sequence: int = 0
    _book: dict[Side, dict[int, Level]] = field(default_factory=lambda: {Side.BUY: {}, Side.SELL: {}})
    _last: tuple[int, int] | None = None
    _traded: int = 0
    _state: str = ""

    def level(self, side: Side, price: int, lots: int, orders: int) -> list[Increment]:
        """One price now has so many lots and orders; answers the increment, none where that was so before."""
        before = self._book[side].get(price, Level(price, 0, 0))
        if lots == before.lots and (orders == before.orders or not lots):
            return []
        if lots:
            self._book[side][price] = Level(price, lots, orders)
        else:
            del self._book[side][price]
        return [self._next("level", side, price, lots, orders if lots else 0)]

    def depth(self, bids: Iterable[tuple[int, int, int]], asks: Iterable[tuple[int, int, int]]) -> list[Increment]:
        """The whole depth now, as `OrderBook.depth` gives it; answers the increments of what changed, bids first."""
        found: list[Increment] = []
        for side, rows in ((Side.BUY, bids), (Side.SELL, asks)):
            now = {price: (lots, orders) for price, lots, orders in rows}
            for price in sorted({*self._book[side], *now}, reverse=side is Side.BUY):
                found += self.level(side, price, *now.get(price, (0, 0)))
        return found

    def change(self, side: Side, price: int, lots: int, orders: int) -> list[Increment]:
        """So many lots and orders came to a price, or went where they are below 0; answers the increment."""
        before = self._book[side].get(price, Level(price, 0, 0))
        return self.level(side, price, before.lots + lots, before.orders + orders)

    def trade(self, price: int, lots: int, taker: Side | None, time: str = "") -> Increment:
        """A trade on the book."""
        self._last, self._traded = (price, lots), self._traded + lots
        return self._next("trade", taker, price, lots, time=time)

    def turn(self, state: str) -> list[Increment]:
        """The book turns to another state: continuous, call, shut; answers the increment, none where it was so."""
        if state == self._state:
            return []
        self._state = state
        return [self._next("state", state=state)]

    def snapshot(self) -> Snapshot:
        """The book as it is."""
        bids, asks = _ordered(self._book)
        return Snapshot(self.city, self.sequence, bids, asks, self._last, self._traded, self._state)

    def _next(
        self,
        kind: str,
        side: Side | None = None,
        price: int = 0,
        lots: int = 0,
        orders: int = 0,
        *,
        state: str = "",
        time: str = "",
    ) -> Increment:
        self.sequence += 1
        return Increment(self.city, self.sequence, kind, side, price, lots, orders, state, time)


class Follower:
    """A receiver's side of the feed: the book as the messages leave it, None before the first snapshot."""

    def __init__(self) -> None:
        self.book: Snapshot | None = None

    def take(self, message: Message) -> Snapshot:
        """The book after a message. Raises Gap where increments are missing: then ask for a new snapshot; until it
        comes, the book stays as it was."""
        book = message.snapshot or self.book
        if book is None:
            first = message.increments[0]
            raise Gap(first.city, 1, first.sequence)
        self.book = apply(book, message.increments)
        return self.book


def apply(snapshot: Snapshot, increments: Sequence[Increment]) -> Snapshot:
    """The snapshot after the increments, given in order.

    Those that it holds already, and those of other cities, are passed over. Raises Gap for the first number
    that is missing, ValueError for a kind of increment that does not exist.
    """
    book = {
        Side.BUY: {level.price: level for level in snapshot.bids},
        Side.SELL: {level.price: level for level in snapshot.asks},
    }
    sequence, last, traded, state = snapshot.sequence, snapshot.last, snapshot.traded, snapshot.state
    for each in increments:
        if each.city != snapshot.city or each.sequence <= sequence:
            continue
        if each.sequence != sequence + 1:
            raise Gap(snapshot.city, sequence + 1, each.sequence)
        sequence = each.sequence
        if each.kind == "level" and each.side is not None:
            if each.lots:
                book[each.side][each.price] = Level(each.price, each.lots, each.orders)
            else:
                book[each.side].pop(each.price, None)
        elif each.kind == "trade":
            last, traded = (each.price, each.lots), traded + each.lots
        elif each.kind == "state":
            state = each.state
        else:
            raise ValueError(f"no kind of increment {each.kind!r}; expected level (with a side), trade or state")
    bids, asks = _ordered(book)
    return Snapshot(snapshot.city, sequence, bids, asks, last, traded, state)


def empty(city: str) -> Snapshot:
    """Where every feed starts."""
    return Snapshot(city, 0, (), ())


def _ordered(book: Mapping[Side, Mapping[int, Level]]) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    bids = tuple(book[Side.BUY][price] for price in sorted(book[Side.BUY], reverse=True))
    return bids, tuple(book[Side.SELL][price] for price in sorted(book[Side.SELL]))

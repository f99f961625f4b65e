"""A city's book through its day: continuous trading, and the call auction that a trade outside the band leads to.

In a call orders wait unmatched, and the book may be crossed. `uncross` ends it: one price for all (auction/call.py),
then what is left goes back into the order book, which the auction left uncrossed, each order where its price and time
put it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from carbonpolis.errors import OrderRejected, OrderUnknown
from carbonpolis.market.auction.call import call_auction
from carbonpolis.market.matching.order_book import Level, OrderBook, refusal
from carbonpolis.market.matching.types import ORDER_DTYPE, Fill, Halt, Outcome, Ticket, crosses, keeps_place
from carbonpolis.market.venue.settings import Venue, price_band, protected

_SIDES, _TIFS = ("buy", "sell"), ("gtc", "day")


class Phase(StrEnum):
    """What the book does with an order. CALL: it waits for one price. SHUT: only cancellations."""

    CALL = "call"
    CONTINUOUS = "continuous"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order in a call. lots: open. entered: its place in time, lower is earlier."""

    order_id: int
    owner: int
    side: str
    lots: int
    price: int
    tif: str
    post_only: bool
    entered: int


@dataclass(frozen=True, slots=True)
class Uncrossed:
    """What a call came to: one price (None where nothing crossed) and its fills, the earlier order as maker."""

    price: int | None
    fills: tuple[Fill, ...]


class TradedBook:
    """One city's order book with the venue's rules around it. It knows no clock: who calls it decides when phases
    change.

    Trades keep to the daily limit around the last close. A trade that would pass it turns the book into a call: the
    order that came takes part with what is left of it, unless it is a market, ioc or fok order. After the call the
    limit lies around the price it found, so that a market that moved can go on.
    """

    def __init__(self, venue: Venue, last_close: int, *, self_trade: str = "cancel_resting") -> None:
        self.venue, self.last_close, self.self_trade = venue, last_close, self_trade
        self.phase = Phase.CONTINUOUS
        self.book = self._new_book()
        self.removed: list[tuple[int, int]] = []
        self._waiting: dict[int, Waiting] = {}
        self._entered = 0

    def submit(self, order: Ticket) -> list[Fill]:
        """Take an order in, as OrderBook does; a market order trades inside the protection band only.

        In a call it waits: a market, ioc, fok or post-only order is refused then, and one that would meet its own
        owner.
        Raises OrderRejected as OrderBook does, and for a price off the tick or a shut book.
        """
        self._check(order.order_id, order.price)
        if self.phase is Phase.CALL:
            self._wait(order)
            return []
        best = self.book.best_ask if order.side == "buy" else self.book.best_bid
        limit = protected(order.side, order.price, best, self.last_close, self.venue)
        tif = "ioc" if order.price is None and order.tif != "fok" else order.tif
        return self._traded(self.book.submit(*order._replace(price=limit, tif=tif)))

    def cancel(self, order_id: int) -> int:
        """Take an order out, in any phase; answers the lots removed. Raises OrderUnknown."""
        if self.phase is not Phase.CALL:
            return self.book.cancel(order_id)
        if order_id not in self._waiting:
            raise OrderUnknown(order_id)
        return self._waiting.pop(order_id).lots

    def amend(self, order_id: int, lots: int | None = None, price: int | None = None) -> list[Fill]:
        """Change an order, as OrderBook does. Raises what `submit` raises; then the order stays as it was."""
        self._check(order_id, price)
        if self.phase is Phase.CONTINUOUS:
            return self._traded(self.book.amend(order_id, lots, price))
        old = self._waiting.pop(order_id, None)
        if old is None:
            raise OrderUnknown(order_id)
        lots, price = old.lots if lots is None else lots, old.price if price is None else price
        if keeps_place(lots, price, before=(old.lots, old.price)):
            self._waiting[order_id] = replace(old, lots=lots)
            return []
        try:
            self._wait(Ticket(order_id, old.owner, old.side, lots, price, old.tif))
            self._waiting[order_id] = replace(self._waiting[order_id], post_only=old.post_only)
        except (OrderRejected, ValueError):
            self._waiting[order_id] = old
            raise
        return []

    def call(self) -> None:
        """Begin a call with every order that rests: at the opening, or by the operator's word."""
        if self.phase is not Phase.CALL:
            self._waiting = {order.order_id: order for order in self._resting()}
            self.phase = Phase.CALL

    def shut(self) -> None:
        """Take nothing but cancellations from now on; orders stay where they are. Raises OrderRejected in a call."""
        if self.phase is Phase.CALL:
            raise OrderRejected("shutting the book", "it is in a call; uncross it first.")
        self.phase = Phase.SHUT

    def open(self, last_close: int | None = None) -> None:
        """Trade continuously again, within the limit around a new close if one is given."""
        if self.phase is Phase.CALL:
            raise OrderRejected("opening the book", "it is in a call; uncross it.")
        self.last_close = self.last_close if last_close is None else last_close
        self.book.band = price_band(self.last_close, self.venue)
        self.phase = Phase.CONTINUOUS

    def end_day(self) -> list[tuple[int, int]]:
        """Shut the book and take out day orders; answers their (order id, lots)."""
        self.shut()
        return self.book.expire_day()

    def uncross(self, reference: int | None = None) -> Uncrossed:
        """End a call: trade at one price, then continuously around it (around the reference where nothing crossed).

        reference: minor units per lot, nearest to which the price lies if several would do; the last close by default.
        Raises OrderRejected outside a call.
        """
        if self.phase is not Phase.CALL:
            raise OrderRejected("uncrossing the book", f"it is {self.phase}, in no call.")
        bids, asks = (self._queue(side) for side in _SIDES)
        cleared = call_auction(
            [bid.price for bid in bids],
            [bid.lots for bid in bids],
            [ask.price for ask in asks],
            [ask.lots for ask in asks],
            self.last_close if reference is None else reference,
        )
        bought, sold = cleared.bid_fills.tolist(), cleared.ask_fills.tolist()
        fills = tuple(_fills(bids, bought, asks, sold, cleared.price)) if cleared.price is not None else ()
        if cleared.price is not None:
            self.last_close = cleared.price
        elif reference is not None:
            self.last_close = reference
        self.book = self._new_book()
        self._put_back([*bids, *asks], [*bought, *sold])
        self._waiting = {}
        self.phase = Phase.CONTINUOUS
        return Uncrossed(cleared.price, fills)

    def restore(self, order_id: int, owner: int, side: str, lots: int, price: int, tif: str, post_only: bool) -> None:
        """Put an order back that rested or waited before, behind those put back already; it meets nobody."""
        if self.phase is Phase.CALL:
            self._entered += 1
            self._waiting[order_id] = Waiting(order_id, owner, side, lots, price, tif, post_only, self._entered)
            return
        crossed = self.book.submit(order_id, owner, side, lots, price, tif)
        assert not crossed, f"order {order_id} rested in a book that it crosses"

    def depth(self, levels: int = 10) -> tuple[list[Level], list[Level]]:
        """Bids and asks as OrderBook.depth; of a call, what waits for its price: the two may cross."""
        if self.phase is not Phase.CALL:
            return self.book.depth(levels)
        sums: dict[tuple[str, int], tuple[int, int]] = {}
        for one in self._waiting.values():
            lots, orders = sums.get((one.side, one.price), (0, 0))
            sums[one.side, one.price] = (lots + one.lots, orders + 1)
        bids, asks = ([(p, *sums[s, p]) for s, p in sums if s == side] for side in _SIDES)
        return sorted(bids, reverse=True)[:levels], sorted(asks)[:levels]

    def __contains__(self, order_id: object) -> bool:
        return order_id in (self._waiting if self.phase is Phase.CALL else self.book)

    @property
    def limits(self) -> tuple[int, int]:
        """The lowest and the highest price that may trade."""
        return price_band(self.last_close, self.venue)

    def waiting(self) -> tuple[Waiting, ...]:
        """The orders of a call, in the order of time."""
        return tuple(sorted(self._waiting.values(), key=lambda one: one.entered))

    def _new_book(self) -> OrderBook:
        return OrderBook(self.self_trade, band=price_band(self.last_close, self.venue))

    def _resting(self) -> Iterator[Waiting]:
        for order_id, owner, _, side, tif, post_only, price, lots in self.book.orders().tolist():
            self._entered += 1
            yield Waiting(order_id, owner, _SIDES[side], lots, price, _TIFS[tif], bool(post_only), self._entered)

    def _check(self, order_id: int, price: int | None) -> None:
        """Raise what is wrong whatever the phase, with an order or an amendment."""
        if price is not None and price % self.venue.tick:
            raise OrderRejected(f"order {order_id}", f"its price {price} is no multiple of the tick {self.venue.tick}.")
        if self.phase is Phase.SHUT:
            raise OrderRejected(f"order {order_id}", "the book is shut; it takes cancellations only.")

    def _traded(self, fills: list[Fill]) -> list[Fill]:
        """Note what the book did besides; a halt becomes a call."""
        self.removed = self.book.removed
        if self.book.halt is not None:
            self._call_after(self.book.halt)
        return fills

    def _call_after(self, halt: Halt) -> None:
        self.call()
        if halt.price is not None and halt.tif in _TIFS:
            self.join(halt.order_id, halt.owner, halt.side, halt.lots, halt.price, halt.tif)

    def protected(self, order: Ticket) -> Ticket:
        """A market order with the limit of the protection band, unless it must fill whole; others as they are."""
        if order.price is not None or order.tif == "fok":
            return order
        best = self.book.best_ask if order.side == "buy" else self.book.best_bid
        limit = protected(order.side, None, best, self.last_close, self.venue)
        return order._replace(price=limit, tif="ioc")

    def halted_by(self, order_id: int) -> None:
        """Begin the call if compiled code halted the book with an order."""
        self.book.note_halt(order_id)
        self._traded([])

    def join(self, order_id: int, owner: int, side: str, lots: int, price: int, tif: str) -> None:
        """Let what is left of the order that halted the book take part in the call.

        Its owner's orders that it could trade with are taken out (see `removed`) where the book does so.
        """
        self._entered += 1
        order = Waiting(order_id, owner, side, lots, price, tif, False, self._entered)
        own = self._crossed_by(order)
        if own and self.self_trade == "reject_incoming":
            return  # what is left of it goes no further, as an order that meets its own owner does not
        for each in own if self.self_trade == "cancel_resting" else ():
            self.removed.append((each.order_id, self._waiting.pop(each.order_id).lots))
        self._waiting[order.order_id] = order

    def _wait(self, given: Ticket) -> None:
        order_id, price = given.order_id, given.price
        name = f"order {order_id}"
        if price is None or given.tif not in _TIFS or given.post_only:
            raise OrderRejected(name, "the book is in a call; only limit orders, gtc or day, can wait for its price.")
        if order_id in self._waiting:
            raise refusal(Outcome.DUPLICATE, order_id)
        if given.side not in _SIDES:
            raise ValueError(f"side is {given.side!r}; expected {', '.join(_SIDES)}")
        if given.lots < 1:
            raise refusal(Outcome.BAD_LOTS, order_id)
        order = Waiting(order_id, given.owner, given.side, given.lots, price, given.tif, False, self._entered + 1)
        if self.self_trade != "allow" and self._crossed_by(order):
            raise OrderRejected(name, "it could trade with an order of the same owner; cancel or re-price one of them.")
        self._entered += 1
        self._waiting[order_id] = order

    def _crossed_by(self, order: Waiting) -> list[Waiting]:
        """Orders of the same owner that it could trade with."""
        return [
            one
            for one in self._waiting.values()
            if one.owner == order.owner and one.side != order.side and crosses(order.side, order.price, one.price)
        ]

    def _queue(self, side: str) -> list[Waiting]:
        return sorted((one for one in self._waiting.values() if one.side == side), key=lambda one: one.entered)

    def _put_back(self, orders: list[Waiting], filled: list[int]) -> None:
        left = [(one, one.lots - lots) for one, lots in zip(orders, filled, strict=True) if one.lots > lots]
        rows = [
            (one.order_id, one.owner, 0, _SIDES.index(one.side), _TIFS.index(one.tif), one.post_only, one.price, lots)
            for one, lots in sorted(left, key=lambda each: each[0].entered)
        ]
        fills = self.book.process(np.array(rows, dtype=ORDER_DTYPE))
        assert not len(fills), "an auction left its book crossed"
        assert not self.book.outcomes.any(), "an order of a call does not fit into the book"


def _fills(bids: list[Waiting], bought: list[int], asks: list[Waiting], sold: list[int], price: int) -> Iterator[Fill]:
    """Buyers and sellers of an auction brought together in price-time order; the earlier order is the maker."""
    buyers = sorted(zip(bids, bought, strict=True), key=lambda each: (-each[0].price, each[0].entered))
    sellers = sorted(zip(asks, sold, strict=True), key=lambda each: (each[0].price, each[0].entered))
    offers = ((ask, lots) for ask, lots in sellers if lots)
    ask, offered = next(offers, (None, 0))
    for bid, wanted in buyers:
        while wanted and ask is not None:
            lots = min(wanted, offered)
            maker, taker = (bid, ask) if bid.entered < ask.entered else (ask, bid)
            yield Fill(maker.order_id, taker.order_id, price, lots)
            wanted, offered = wanted - lots, offered - lots
            if not offered:
                ask, offered = next(offers, (None, 0))

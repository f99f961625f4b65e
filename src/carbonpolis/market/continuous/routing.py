"""The way of orders through all cities' books: the compiled kernel, the room it needs, and where it stops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonpolis.market.continuous.best_quotes import Quotes
from carbonpolis.market.continuous.fees import PRICE_BOUND
from carbonpolis.market.matching.order_book import OrderBook, Records
from carbonpolis.market.matching.types import FILL_DTYPE, ORDER_DTYPE

_FILLS = 256  # room to begin with
Integers = NDArray[np.int64]
Stopped = Callable[[int, int, bool], int]


class Routing:
    """Runs orders through books that others hold, home first, then abroad by price after fees.

    surplus: lots that each city may send, counted down here as they leave. fee: per lot, city x city.
    """

    def __init__(self, surplus: Integers, fee: Integers) -> None:
        self._kernel = _compiled()
        cities = len(surplus)
        self.quotes = Quotes(fee, surplus)
        self._net = self._kernel.Net(
            self.quotes.asks,
            self.quotes.bids,
            surplus,
            fee,
            np.full(cities, -PRICE_BOUND, np.int64),
            np.full(cities, PRICE_BOUND, np.int64),
            np.ones(cities, np.bool_),
            np.zeros(cities, np.bool_),
        )
        self._table: Integers = np.zeros((cities, 2 * len(self._kernel.Arrays._fields)), np.int64)
        self._pointed: list[Any] = [None] * cities  # books, so that their arrays stay where they are
        self._one: Records = np.zeros(1, ORDER_DTYPE)
        self._stop: Integers = np.full(4, -1, np.int64)
        self._fills: Records = np.empty(_FILLS, FILL_DTYPE)
        self._places: Integers = np.empty(_FILLS, np.int64)

    def show(self, city: int, book: OrderBook, band: tuple[int, int] | None, *, is_open: bool) -> None:
        """Look at a city's book anew: what it shows to others, and where its arrays lie."""
        net, ask, bid = self._net, book.best_ask, book.best_bid
        if band is not None:
            net.low[city], net.high[city] = low, high = band
            ask = ask if is_open and ask is not None and low <= ask <= high else None
            bid = bid if is_open and bid is not None and low <= bid <= high else None
        net.open[city] = is_open
        self.quotes.show(city, ask, bid)
        if self._pointed[city] is not book:
            book.follow(partial(self._point, city, book))
            self._pointed[city] = book
            self._point(city, book)

    def run(
        self, orders: Records, cities: Integers, books: Sequence[OrderBook], *, halted: Stopped, waits: Stopped
    ) -> tuple[list[tuple[int, int, int, int]], list[int], Integers]:
        """Take orders in, each for the book of its city; none of them may be one that a book refuses.

        halted: called with an order's place, the lots left of it and whether it would have gone abroad, once it came to
        the limit of its own book. waits: likewise with an order whose book is in a call. Both answer the lots of it
        that wait. Returns fills (maker, taker, price, lots), of each the city of its book, and of each order the lots
        that rest.
        """
        kernel, stop = self._kernel, self._stop
        rest: Integers = np.zeros(len(orders), np.int64)
        i = n = 0
        while True:
            i, n = kernel.deal(
                self._table, self._net, orders, cities, i, self._one, self._fills, self._places, n, rest, stop
            )
            if i == len(orders):
                break
            why, city = int(stop[kernel.WHY]), int(stop[kernel.WHERE])
            if why == kernel.PASSED_BAND:
                rest[i] = halted(i, int(rest[i]), bool(stop[kernel.WENT]))
                i += 1
            elif why == kernel.IN_CALL:
                rest[i] = waits(i, int(orders[i]["lots"]), False)
                i += 1
            else:
                self._make_room(books[city], why, n)
        return self._fills[:n].tolist(), self._places[:n].tolist(), rest

    def removed(self, books: Sequence[OrderBook]) -> list[tuple[int, int]]:
        """(order id, lots) of what self-trade prevention took out since this was last asked."""
        gone: list[tuple[int, int]] = []
        if self._net.removed.any():
            for city in np.flatnonzero(self._net.removed).tolist():
                gone += books[city].take_removed()
            self._net.removed[:] = False
        return gone

    def _point(self, city: int, book: OrderBook) -> None:
        self._table[city] = self._kernel.addresses(book.arrays)

    def _make_room(self, book: OrderBook, why: int, n: int) -> None:
        if book.make_room(why, int(self._one[0]["price"])):
            return
        fills, places = self._fills, self._places
        self._fills, self._places = np.empty(2 * len(fills), FILL_DTYPE), np.empty(2 * len(fills), np.int64)
        self._fills[:n], self._places[:n] = fills[:n], places[:n]


def _compiled() -> ModuleType:
    """The compiled module, imported with the first books: a command that opens none does not wait for the compiler."""
    from carbonpolis.market.continuous import routing_kernel

    return routing_kernel

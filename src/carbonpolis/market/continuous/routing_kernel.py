"""Continuous trading across cities, compiled: home first, then the best city abroad, for any number of orders.

The books stay where they are; a table of addresses leads from a city to its arrays. What is seldom (a call, a book that
needs room) stops the kernel, and Python deals with it and lets it go on.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array
from numpy.typing import NDArray

from carbonpolis.market.continuous.best_quotes import NO_ASK, NO_BID
from carbonpolis.market.matching.engine import DAY, FOK, IOC, PASSED_BAND, submit
from carbonpolis.market.matching.jit import Int, Records, compiled, inlined, outlined
from carbonpolis.market.matching.price_levels import (
    BEST,
    BUY,
    LEVEL_DTYPE,
    NODE_DTYPE,
    REMOVED_FIRST,
    SELL,
    Arrays,
    Integers,
)
from carbonpolis.market.matching.types import ABSENT

# Places in `stop`: lots of an order that was interrupted abroad (-1: none was), the city that needs room, and why.
LEFT, WHERE, WHY, WENT = 0, 1, 2, 3
IN_CALL = -3  # beside kernel.ROOM and kernel.WINDOW: the order's own book takes orders for an auction only


class Net(NamedTuple):
    """What all cities' books have to do with each other, a row a city.

    asks, bids: best prices that outsiders may trade at, NO_ASK and NO_BID where there is none. surplus: lots. fee: per
    lot, city x city. low, high: the daily limits. open: whether it trades continuously. removed: whether orders were
    taken out by self-trade prevention.
    """

    asks: Integers
    bids: Integers
    surplus: Integers
    fee: Integers
    low: Integers
    high: Integers
    open: NDArray[np.bool_]
    removed: NDArray[np.bool_]


def addresses(book: Arrays) -> list[int]:
    """A row of the table: where each array of a book lies, and its length."""
    return [number for array in book for number in (array.ctypes.data, len(array))]


def _array_of(kind: Any) -> Any:
    """For compiled code only: the array of this kind of item that lies at an address."""
    array = types.Array(kind, 1, "C")

    @intrinsic  # type: ignore[untyped-decorator]
    def at(typing_context: Any, address: Any, length: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            made = make_array(array)(context, builder)
            itemsize = context.get_abi_sizeof(context.get_data_type(kind))
            item = context.get_constant(types.intp, itemsize)
            data = builder.inttoptr(arguments[0], context.get_data_type(kind).as_pointer())
            populate_array(made, data=data, shape=[arguments[1]], strides=[item], itemsize=item, meminfo=None)
            return made._getvalue()

        return array(types.int64, types.int64), codegen

    return at


_int64, _uint32 = _array_of(types.int64), _array_of(types.uint32)
_nodes, _levels = _array_of(numba.from_dtype(NODE_DTYPE)), _array_of(numba.from_dtype(LEVEL_DTYPE))


@inlined
def _book(table: Integers, city: Int) -> Any:
    row = table[city]
    return Arrays(
        _int64(row[0], row[1]),
        _nodes(row[2], row[3]),
        _int64(row[4], row[5]),
        _uint32(row[6], row[7]),
        _levels(row[8], row[9]),
        _uint32(row[10], row[11]),
        _int64(row[12], row[13]),
        _uint32(row[14], row[15]),
        _int64(row[16], row[17]),
    )


@outlined
def _put(table: Integers, city: Int, order: Any, net: Net, fills: Records, n: Int) -> Int:
    """Give an order to one city's book, and show what that leaves. Answers what came of it, and fills so far."""
    book = _book(table, city)
    outcome, n = submit(book, order, fills, n)
    if outcome >= 0:
        _show(book, net, city)
    return outcome, n


@inlined
def _show(book: Arrays, net: Net, city: Int) -> None:
    low, high = net.low[city], net.high[city]
    ask, bid = book.state[BEST + SELL], book.state[BEST + BUY]
    net.asks[city], net.bids[city] = NO_ASK, NO_BID
    if ask and low <= book.levels[ask].price <= high:
        net.asks[city] = book.levels[ask].price
    if bid and low <= book.levels[bid].price <= high:
        net.bids[city] = book.levels[bid].price
    if book.state[REMOVED_FIRST]:
        net.removed[city] = True


@inlined
def _best_abroad(net: Net, home: Int, side: Int, price: Int) -> Int:
    """The city whose price after fees is best and within the limit, -1 where there is none; of equals the first."""
    best: Int = np.int64(0)
    found: Int = np.int64(-1)
    if side == BUY:
        for city in range(len(net.asks)):
            if city != home and net.surplus[city] and net.asks[city] != NO_ASK:
                paid = net.asks[city] + net.fee[city, home]
                if (price == ABSENT or paid <= price) and (found < 0 or paid < best):
                    best, found = paid, city
    elif net.surplus[home]:
        for city in range(len(net.bids)):
            if city != home and net.bids[city] != NO_BID:
                got = net.bids[city] - net.fee[home, city]
                if (price == ABSENT or got >= price) and (found < 0 or got > best):
                    best, found = got, city
    return found


@inlined
def _fill_inside(net: Net, home: Int, side: Int, one: Records) -> Int:
    """Keep an order to the daily limit, so that what must fill whole leaves nothing to a call. Answers whether there
    is anything for it at home."""
    if side == BUY:
        one[0].price = net.high[home] if one[0].price == ABSENT else min(one[0].price, net.high[home])
        return net.asks[home] != NO_ASK
    one[0].price = max(one[0].price, net.low[home])
    return net.bids[home] != NO_BID


@inlined
def _filled(fills: Records, places: Integers, before: Int, n: Int, city: Int) -> Int:
    """Note where fills happened; answers their lots."""
    lots = np.int64(0)
    for fill in range(before, n):
        places[fill] = city
        lots += fills[fill].lots
    return lots


@compiled
def deal(
    table: Integers,
    net: Net,
    orders: Records,
    cities: Integers,
    start: Int,
    one: Records,
    fills: Records,
    places: Integers,
    n: Int,
    rest: Integers,
    stop: Integers,
) -> tuple[Int, Int]:
    """Take orders[start:] in, in turn. Answers the first one not taken, and fills so far.

    orders: submissions that no book refuses, each for the book of its city in `cities`. places: of each fill, the city
    of the book. rest: of each order, its lots that rest. one: room for one order. Stops at an order whose book is in a
    call or needs room, and at one that halts its book (`stop`, WHY: PASSED_BAND; the order was taken, `rest` is what is
    left of it, and WENT tells whether it would have gone abroad).
    """
    for i in range(start, len(orders)):
        home, side, price = cities[i], np.int64(orders[i].side), orders[i].price
        rests = orders[i].tif <= DAY and price != ABSENT
        one[0] = orders[i]
        left, went = stop[LEFT], True
        if left < 0:
            if not net.open[home]:
                stop[WHERE], stop[WHY] = home, IN_CALL
                return i, n
            left = orders[i].lots
            went = _best_abroad(net, home, side, price) >= 0
            if went or not rests:
                one[0].tif = IOC
            if orders[i].tif != FOK or _fill_inside(net, home, side, one):
                before = n
                outcome, n = _put(table, home, one[0], net, fills, n)
                if outcome < 0:
                    stop[WHERE], stop[WHY] = home, outcome
                    return i, n
                left -= _filled(fills, places, before, n, home)
                if outcome == PASSED_BAND:
                    rest[i], stop[WHERE], stop[WHY], stop[WENT] = left, home, outcome, went
                    return i, n
        stop[LEFT] = -1
        while left and went:
            there = _best_abroad(net, home, side, price)
            if there < 0:
                break
            seller = there if side == BUY else home
            one[0].tif, one[0].post_only, one[0].lots = IOC, 0, min(left, net.surplus[seller])
            one[0].price = net.asks[there] if side == BUY else net.bids[there]
            before = n
            outcome, n = _put(table, there, one[0], net, fills, n)
            if outcome < 0:
                stop[LEFT], stop[WHERE], stop[WHY] = left, there, outcome
                return i, n
            sent = _filled(fills, places, before, n, there)
            net.surplus[seller] -= sent
            left -= sent
        if left and rests and went:
            one[0] = orders[i]
            one[0].lots = left
            outcome, n = _put(table, home, one[0], net, fills, n)
            if outcome < 0:
                stop[LEFT], stop[WHERE], stop[WHY] = left, home, outcome
                return i, n
        rest[i] = left if rests else 0
    return len(orders), n

"""Looking into a book and moving it onto larger shelves. Nothing here changes what rests in it, or in which order."""

from __future__ import annotations

from typing import Any

import numpy as np

from carbonpolis.market.matching.engine import DAY, GTC, MOST, SUBMIT
from carbonpolis.market.matching.jit import Int, Records, compiled
from carbonpolis.market.matching.order_queues import IS_DAY, IS_POST_ONLY, LOW_32, find_order, remember
from carbonpolis.market.matching.price_levels import (
    BASE,
    BEST,
    BITMAP_SIZE,
    FREE_LEVEL,
    FREE_NODES,
    LEAST_WIDTH,
    LEVEL_DTYPE,
    MISPLACED,
    MOST_WIDTH,
    NODE_DTYPE,
    OUTSIDE,
    PATIENCE,
    REMOVED_FIRST,
    ROOT,
    SELF_TRADE,
    STATE_SIZE,
    UNUSED_LEVEL,
    UNUSED_NODE,
    WIDTH,
    Arrays,
    Integers,
    index_level,
    next_best,
)

NODES, LEVELS, TABLE = 512, 256, 64  # room to begin with
INDEXED = 4  # places of the index for each node
LINE = 64  # bytes that a processor fetches at once


@compiled
def depth(book: Arrays, side: Int, out: Integers) -> Int:
    """Fill rows of (price, lots, orders), best first. Answers how many."""
    level, n = book.state[BEST + side], 0
    while level and n < len(out):
        out[n, 0], out[n, 1] = book.levels[level].price, book.levels[level].lots
        out[n, 2] = book.levels[level].orders
        n += 1
        level = next_best(book, level, side)
    return n


@compiled
def write_orders(book: Arrays, out: Records) -> None:
    """Every order as the submission that would put it back: bids best first, then asks, oldest first at a price."""
    n = 0
    for side in range(2):
        level = book.state[BEST + side]
        while level:
            node = np.int64(book.levels[level].head)
            while node:
                flags = np.int64(book.nodes[node].flags)
                out[n].order_id, out[n].owner = book.nodes[node].id, book.owners[node]
                out[n].action, out[n].side = SUBMIT, side
                out[n].tif = DAY if flags & IS_DAY else GTC
                out[n].post_only = 1 if flags & IS_POST_ONLY else 0
                out[n].price, out[n].lots = book.levels[level].price, book.nodes[node].lots
                n += 1
                node = np.int64(book.nodes[node].next)
            level = next_best(book, level, side)


@compiled
def write_removed(book: Arrays, out: Integers) -> Int:
    """Fill rows of (order id, lots) of what was set aside. Answers how many there are."""
    node, n = book.state[REMOVED_FIRST], 0
    while node:
        if n < len(out):
            out[n, 0], out[n, 1] = book.nodes[node].id, book.nodes[node].lots
        n += 1
        node = np.int64(book.nodes[node].next)
    return n


@compiled
def open_lots(book: Arrays, order_id: Int) -> Int:
    """Lots of a resting order, 0 where none of that id rests."""
    node = find_order(book, order_id)
    return book.nodes[node].lots if node else 0


@compiled
def node_of(book: Arrays, order_id: Int) -> Int:
    """The node of an order, 0 where none of that id rests."""
    return find_order(book, order_id)


@compiled
def front(book: Arrays, side: Int) -> Int:
    """The first node of a side's best level, 0 where nothing rests."""
    level = book.state[BEST + side]
    return np.int64(book.levels[level].head) if level else np.int64(0)


@compiled
def _remember_all(book: Arrays, index: Any, table: Integers) -> None:
    """Enter every order of an old index and table into the book's new, empty ones."""
    for node in index:
        if node:
            remember(book, book.nodes[node].id, np.int64(node))
    for entry in table:
        if entry:
            node = entry & LOW_32
            remember(book, book.nodes[node].id, node)


@compiled
def _in_window(book: Arrays) -> tuple[Int, Int, Int]:
    """How many levels there are, and the lowest and highest of those in the window (0 and 0 where none is)."""
    level, n = np.int64(book.levels[0].above), 0
    lowest, highest = np.int64(0), np.int64(0)
    while level:
        n += 1
        if 0 <= book.levels[level].price - book.state[BASE] < book.state[WIDTH]:
            lowest = lowest if lowest else level
            highest = level
        level = np.int64(book.levels[level].above)
    return n, lowest, highest


@compiled
def _reindex(book: Arrays) -> None:
    """Enter every level into the book's new, empty window, or the treap."""
    book.state[ROOT] = 0
    level = np.int64(book.levels[0].above)
    while level:
        index_level(book, level)
        level = np.int64(book.levels[level].above)


def empty_book(self_trade: int) -> Arrays:
    """The arrays of a book in which nothing rests."""
    state = np.zeros(STATE_SIZE, dtype=np.int64)
    state[SELF_TRADE], state[WIDTH] = self_trade, LEAST_WIDTH
    state[UNUSED_LEVEL] = state[UNUSED_NODE] = 1  # place 0 is nobody's
    return Arrays(
        state=state,
        nodes=_aligned(NODES, NODE_DTYPE),
        owners=np.zeros(NODES, dtype=np.int64),
        free=np.zeros(NODES, dtype=np.uint32),
        levels=np.zeros(LEVELS, dtype=LEVEL_DTYPE),
        ladder=np.zeros(LEAST_WIDTH, dtype=np.uint32),
        bits=np.zeros(BITMAP_SIZE, dtype=np.int64),
        by_id=_aligned(INDEXED * NODES, np.dtype(np.uint32)),
        table=np.zeros(TABLE, dtype=np.int64),
    )


def with_room(book: Arrays, to_come: int = 0) -> Arrays:
    """The book with room for more orders and levels where it has none left: each grows to twice its size.

    to_come: orders of the batch that waits. Room for a quarter of them is made at once, so that a large batch does not
    move its book again and again; it is less than half the memory of the batch itself.
    """
    state, old, table = book.state, book.by_id, book.table
    if not state[FREE_NODES] and state[UNUSED_NODE] == len(book.nodes):
        size = max(2 * len(book.nodes), 1 << (len(book.nodes) + to_come // 4 - 1).bit_length())
        book = book._replace(
            nodes=_grown(book.nodes, size), owners=_grown(book.owners, size), free=_grown(book.free, size)
        )
        book = book._replace(by_id=_aligned(INDEXED * size, old.dtype))
    if 2 * state[MISPLACED] >= len(table):
        book = book._replace(table=np.zeros(2 * len(table), dtype=np.int64))
    if book.by_id is not old or book.table is not table:
        book = book._replace(
            by_id=book.by_id if book.by_id is not old else np.zeros_like(old),
            table=book.table if book.table is not table else np.zeros_like(table),
        )
        state[MISPLACED] = 0
        _remember_all(book, old, table)
    if not state[FREE_LEVEL] and state[UNUSED_LEVEL] == len(book.levels):
        book = book._replace(levels=_grown(book.levels, 2 * len(book.levels)))
    return book


def with_window(book: Arrays, price: int) -> Arrays:
    """The book with its window moved or widened to hold a price, if that is worth it.

    It widens until it is full; after that it moves only when so many orders missed it that moving costs less than the
    detours did, so that neither one order far away nor a market on the move makes the book slow.
    """
    state = book.state
    many, lowest, highest = _in_window(book)
    low = min(price, int(book.levels[lowest]["price"])) if lowest else price
    high = max(price, int(book.levels[highest]["price"])) if highest else price
    width = int(state[WIDTH])
    cost = width // 16 + 4 * many
    wanted = max(width, 1 << (2 * (high - low)).bit_length())
    if wanted > MOST_WIDTH:
        if state[OUTSIDE] < cost:
            state[OUTSIDE], state[PATIENCE] = 0, cost
            return book
        low = high = price
        wanted = width
    base = max(-MOST, min(low - (wanted - (high - low)) // 2, MOST + 1 - wanted))
    state[BASE], state[WIDTH], state[OUTSIDE] = base, wanted, 0
    state[PATIENCE] = 0 if wanted > width else cost
    book.bits[:] = 0
    book = book._replace(ladder=np.zeros(wanted, dtype=np.uint32))
    _reindex(book)
    return book


def _aligned(size: int, dtype: np.dtype[Any]) -> Records:
    """An empty array that begins where a line of the cache does, so that no node lies across two."""
    raw = np.zeros(size * dtype.itemsize + LINE, dtype=np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + size * dtype.itemsize].view(dtype)


def _grown(array: Records, size: int) -> Records:
    larger = _aligned(size, array.dtype)
    larger[: len(array)] = array
    return larger

"""Orders in their queues, and the way from an order id to its place.

An order is a node in the chain of its level, oldest first; place 0 is nobody's. Ids are mostly given out in sequence,
so the low bits of an id lead to its node: orders that came together stand together, and nothing has to be searched. An
order that finds its place taken goes into a hash table: open addressing, at most half full. The hash has 32 bits and
stands beside the node, so that an id is compared only where it is likely the right one, and taking an entry out moves
later ones back without looking at their orders.
"""

from __future__ import annotations

import numpy as np

from carbonpolis.market.matching.jit import Int, inlined, outlined, prefetch
from carbonpolis.market.matching.price_levels import (
    BEST,
    BUY,
    FREE_NODES,
    MISPLACED,
    REMOVED_FIRST,
    REMOVED_LAST,
    SIDE_LOTS,
    SIDE_ORDERS,
    UNUSED_NODE,
    Arrays,
    add_level,
    drop_level,
    find_level,
    mix,
    next_best,
)

IS_SELL, IS_DAY, IS_POST_ONLY = 1, 2, 4  # flags of a node
LOW_32 = 2**32 - 1
_SOON = 10  # nodes given back whose memory is asked for before they are taken


@inlined
def hash_of(order_id: Int) -> Int:
    """32 bits that all depend on the id."""
    return (mix(order_id) >> 20) & LOW_32


@inlined
def find_order(book: Arrays, order_id: Int) -> Int:
    """The node of an order, 0 where none of that id rests."""
    node = np.int64(book.by_id[order_id & (len(book.by_id) - 1)])
    if node and book.nodes[node].id == order_id:
        return node
    if book.state[MISPLACED]:
        return book.table[_seek(book, order_id)] & LOW_32
    return np.int64(0)


@inlined
def remember(book: Arrays, order_id: Int, node: Int) -> None:
    """Let an id that does not rest lead to a node."""
    place = order_id & (len(book.by_id) - 1)
    if book.by_id[place]:
        _misplace(book, order_id, node)
    else:
        book.by_id[place] = node


@inlined
def forget(book: Arrays, order_id: Int, node: Int) -> None:
    """Let the id of a node lead nowhere."""
    place = order_id & (len(book.by_id) - 1)
    if book.by_id[place] == node:
        book.by_id[place] = 0
    else:
        _drop_misplaced(book, order_id)


@outlined
def _seek(book: Arrays, order_id: Int) -> Int:
    """Where in the table an order id stands, or where it would."""
    mask = len(book.table) - 1
    code = hash_of(order_id)
    place = code & mask
    while True:
        entry = book.table[place]
        if not entry or (((entry >> 32) & LOW_32) == code and book.nodes[entry & LOW_32].id == order_id):
            return place
        place = (place + 1) & mask


@outlined
def _misplace(book: Arrays, order_id: Int, node: Int) -> None:
    book.table[_seek(book, order_id)] = (hash_of(order_id) << 32) | node
    book.state[MISPLACED] += 1


@outlined
def _drop_misplaced(book: Arrays, order_id: Int) -> None:
    """Empty an id's place of the table; entries behind it that it kept from home move up."""
    mask = len(book.table) - 1
    place = _seek(book, order_id)
    later = place
    while True:
        later = (later + 1) & mask
        entry = book.table[later]
        if not entry:
            break
        home = (entry >> 32) & mask
        if ((later - home) & mask) >= ((later - place) & mask):
            book.table[place] = entry
            place = later
    book.table[place] = 0
    book.state[MISPLACED] -= 1


@inlined
def link(book: Arrays, node: Int, side: Int, price: Int, lots: Int) -> None:
    """Put a node at the end of the queue at its price."""
    state, nodes, levels = book.state, book.nodes, book.levels
    level = find_level(book, price)
    if not level:
        level = add_level(book, price)
        best = state[BEST + side]
        if not best or (price > levels[best].price if side == BUY else price < levels[best].price):
            state[BEST + side] = level
    last = levels[level].tail
    nodes[node].lots, nodes[node].level = lots, level
    nodes[node].prev, nodes[node].next = last, 0
    if last:
        nodes[last].next = node
    else:
        levels[level].head = node
    levels[level].tail = node
    levels[level].lots += lots
    levels[level].orders += 1
    state[SIDE_LOTS + side] += lots
    state[SIDE_ORDERS + side] += 1


@inlined
def unlink(book: Arrays, node: Int) -> None:
    """Take a node out of its queue; the level goes with its last."""
    state, nodes, levels = book.state, book.nodes, book.levels
    side = np.int64(nodes[node].flags & IS_SELL)
    level, before, after, lots = nodes[node].level, nodes[node].prev, nodes[node].next, nodes[node].lots
    if before:
        nodes[before].next = after
    else:
        levels[level].head = after
    if after:
        nodes[after].prev = before
    else:
        levels[level].tail = before
    levels[level].lots -= lots
    levels[level].orders -= 1
    state[SIDE_LOTS + side] -= lots
    state[SIDE_ORDERS + side] -= 1
    if not levels[level].orders:
        if state[BEST + side] == level:
            state[BEST + side] = next_best(book, level, side)
        drop_level(book, np.int64(level))


@inlined
def take_node(book: Arrays) -> Int:
    """A node that nobody uses. There must be one."""
    state = book.state
    many = state[FREE_NODES]
    if many:
        state[FREE_NODES] = many - 1
        if many > _SOON:
            soon = np.int64(book.free[many - _SOON])
            prefetch(book.nodes, soon)
            prefetch(book.owners, soon)
        return np.int64(book.free[many - 1])
    state[UNUSED_NODE] += 1
    return state[UNUSED_NODE] - 1


@inlined
def free_node(book: Arrays, node: Int) -> None:
    """Give a node back."""
    book.free[book.state[FREE_NODES]] = node
    book.state[FREE_NODES] += 1


@inlined
def set_aside(book: Arrays, node: Int) -> None:
    """Take out an order that its owner did not cancel; it waits to be told, then is freed."""
    unlink(book, node)
    forget(book, book.nodes[node].id, node)
    book.nodes[node].next = 0
    if book.state[REMOVED_LAST]:
        book.nodes[book.state[REMOVED_LAST]].next = node
    else:
        book.state[REMOVED_FIRST] = node
    book.state[REMOVED_LAST] = node

"""Price-time priority, compiled. Integers over arrays; the arrays belong to OrderBook, which makes room and words
errors.

Orders are far apart in memory, and waiting for it would take most of the time. So a batch asks ahead for what the next
orders will need.

Every step is decided before anything is changed. A step that may need more room than there is answers ROOM or WINDOW
(negative: nothing happened) and is given again when there is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from carbonpolis.market.matching.jit import Int, Records, compiled, inlined, outlined, prefetch
from carbonpolis.market.matching.order_queues import (
    IS_DAY,
    IS_POST_ONLY,
    IS_SELL,
    LOW_32,
    find_order,
    forget,
    free_node,
    hash_of,
    link,
    remember,
    set_aside,
    take_node,
    unlink,
)
from carbonpolis.market.matching.price_levels import (
    BASE,
    BEST,
    BUY,
    FREE_LEVEL,
    FREE_NODES,
    HALT_OWNER,
    HALT_PRICE,
    HALT_SIDE,
    HALT_TIF,
    HALTED,
    HIGH,
    LEFT,
    LOW,
    MISPLACED,
    OUTSIDE,
    PATIENCE,
    REMOVED_FIRST,
    REMOVED_LAST,
    SELF_TRADE,
    SIDE_LOTS,
    SIDE_ORDERS,
    UNUSED_LEVEL,
    UNUSED_NODE,
    WIDTH,
    Arrays,
    Integers,
    next_best,
)
from carbonpolis.market.matching.types import ABSENT

GTC, DAY, IOC, FOK = 0, 1, 2, 3
SUBMIT, CANCEL, AMEND = 0, 1, 2
CANCEL_RESTING, REJECT_INCOMING, ALLOW = 0, 1, 2

MOST = 2**63 - 1

DONE, UNKNOWN, DUPLICATE, BAD_LOTS, BAD_FIELD, TOO_MANY_LOTS, WOULD_CROSS, MEETS_OWN, NOT_WHOLE, PASSED_BAND = range(10)
ROOM, WINDOW = -1, -2

_AHEAD, _NEAR, _NEXT = 15, 10, 5  # orders of a batch whose memory is asked for in advance


@inlined
def _reaches(book: Arrays, side: Int, limit: Int) -> Int:
    """Whether an order at this limit meets the other side."""
    best = book.state[BEST + 1 - side]
    if not best:
        return False
    return book.levels[best].price <= limit if side == BUY else book.levels[best].price >= limit


@outlined
def _look(book: Arrays, owner: Int, side: Int, lots: Int, limit: Int, whole: Int) -> Int:
    """What would become of a crossing order: DONE, NOT_WHOLE where it must fill whole and can't, or MEETS_OWN."""
    state = book.state
    level = state[BEST + 1 - side]
    left, own = lots, False
    while level and left > 0:
        price = book.levels[level].price
        if (price > limit if side == BUY else price < limit) or price < state[LOW] or price > state[HIGH]:
            break
        node = np.int64(book.levels[level].head)
        while node and left > 0:
            if state[SELF_TRADE] != ALLOW and book.owners[node] == owner:
                own = True
                if state[SELF_TRADE] == REJECT_INCOMING and not whole:
                    return MEETS_OWN
            else:
                left -= book.nodes[node].lots
            node = np.int64(book.nodes[node].next)
        level = next_best(book, level, 1 - side)
    if whole and left > 0:
        return NOT_WHOLE
    return MEETS_OWN if own and state[SELF_TRADE] == REJECT_INCOMING else DONE


@inlined
def _match(book: Arrays, taker: Int, owner: Int, side: Int, lots: Int, limit: Int, fills: Records, n: Int) -> Int:
    """Fill against the other side, best price first, then oldest. Answers lots left and fills so far."""
    state, nodes, levels = book.state, book.nodes, book.levels
    other = 1 - side
    level = state[BEST + other]
    while level and lots:
        price = levels[level].price
        if price > limit if side == BUY else price < limit:
            break
        if price < state[LOW] or price > state[HIGH]:
            state[HALTED], state[LEFT] = 1, lots
            break
        node = np.int64(levels[level].head)
        while node and lots:
            after = np.int64(nodes[node].next)
            prefetch(nodes, after)
            prefetch(book.owners, after)
            if state[SELF_TRADE] == CANCEL_RESTING and book.owners[node] == owner:
                set_aside(book, node)
            else:
                has = nodes[node].lots
                traded = min(has, lots)
                fills[n].maker_id, fills[n].taker_id = nodes[node].id, taker
                fills[n].price, fills[n].lots = price, traded
                n += 1
                lots -= traded
                if traded == has:
                    unlink(book, node)
                    forget(book, nodes[node].id, node)
                    free_node(book, node)
                    prefetch(book.by_id, nodes[after].id & (len(book.by_id) - 1))
                else:
                    nodes[node].lots = has - traded
                    levels[level].lots -= traded
                    state[SIDE_LOTS + other] -= traded
            node = after
        level = state[BEST + other]
    return lots, n


@inlined
def _tell_halt(state: Integers, owner: Int, side: Int, tif: Int, price: Int) -> None:
    state[HALT_OWNER], state[HALT_SIDE], state[HALT_TIF], state[HALT_PRICE] = owner, side, tif, price


@inlined
def _lacks_room(book: Arrays, side: Int, lots: Int, price: Int, reaches: Int, room: Int) -> Int:
    """ROOM or WINDOW where a step could need more than there is, else 0. reaches: whether it trades; room: for
    fills."""
    state = book.state
    if 2 * state[MISPLACED] >= len(book.table):
        return ROOM
    if (not state[FREE_NODES] and state[UNUSED_NODE] == len(book.nodes)) or (
        not state[FREE_LEVEL] and state[UNUSED_LEVEL] == len(book.levels)
    ):
        return ROOM
    if reaches and room < lots and room < state[SIDE_ORDERS + 1 - side]:
        return ROOM
    if not 0 <= price - state[BASE] < state[WIDTH] and price != ABSENT:
        if state[OUTSIDE] >= state[PATIENCE]:
            return WINDOW
        state[OUTSIDE] += 1
    return 0


@inlined
def _refusal(book: Arrays, owner: Int, side: Int, tif: Int, post_only: Int, limit: Int, lots: Int) -> Int:
    """Why an order that meets the other side can't be taken, else DONE."""
    if post_only:
        return WOULD_CROSS
    if tif == FOK or book.state[SELF_TRADE] == REJECT_INCOMING:
        return _look(book, owner, side, lots, limit, tif == FOK)
    return DONE


@inlined
def submit(book: Arrays, order: Any, fills: Records, n: Int) -> Int:
    """Take an order in. Answers what came of it, and fills so far."""
    state, nodes = book.state, book.nodes
    side, tif = np.int64(order.side), np.int64(order.tif)
    lots, price = order.lots, order.price
    if not 0 <= side <= 1 or not 0 <= tif <= 3:
        return BAD_FIELD, n
    if lots <= 0:
        return BAD_LOTS, n
    limit = MOST if price == ABSENT and side == BUY else price
    reaches = _reaches(book, side, limit)
    lacking = _lacks_room(book, side, lots, price, reaches, len(fills) - n)
    if lacking:
        return lacking, n
    if find_order(book, order.order_id):
        return DUPLICATE, n
    if lots > MOST - state[SIDE_LOTS + side]:
        return TOO_MANY_LOTS, n
    if reaches:
        refusal = _refusal(book, order.owner, side, tif, order.post_only, limit, lots)
        if refusal:
            return refusal, n
        lots, n = _match(book, order.order_id, order.owner, side, lots, limit, fills, n)
        if state[HALTED]:
            _tell_halt(state, order.owner, side, tif, price)
            return PASSED_BAND, n
    elif tif == FOK:
        return NOT_WHOLE, n
    if lots and tif <= DAY and price != ABSENT:
        node = take_node(book)
        nodes[node].id, book.owners[node] = order.order_id, order.owner
        nodes[node].flags = side | (IS_DAY if tif == DAY else 0) | (IS_POST_ONLY if order.post_only else 0)
        remember(book, order.order_id, node)
        link(book, node, side, price, lots)
    return DONE, n


@inlined
def _cancel(book: Arrays, order_id: Int) -> Int:
    """Take an order out. Answers DONE or UNKNOWN; LEFT holds the lots removed."""
    node = find_order(book, order_id)
    if not node:
        return UNKNOWN
    book.state[LEFT] = book.nodes[node].lots
    unlink(book, node)
    forget(book, order_id, node)
    free_node(book, node)
    return DONE


@inlined
def _amend(book: Arrays, order: Any, fills: Records, n: Int) -> Int:
    """Change lots or price. Answers what came of it, and fills so far; a refused order stays as it was."""
    state, nodes = book.state, book.nodes
    node = find_order(book, order.order_id)
    if not node:
        return UNKNOWN, n
    flags, old, level = np.int64(nodes[node].flags), nodes[node].lots, np.int64(nodes[node].level)
    side, old_price = flags & IS_SELL, book.levels[level].price
    lots = old if order.lots == ABSENT else order.lots
    price = old_price if order.price == ABSENT else order.price
    if lots <= 0:
        return BAD_LOTS, n
    if price == old_price and lots <= old:
        nodes[node].lots = lots
        book.levels[level].lots -= old - lots
        state[SIDE_LOTS + side] -= old - lots
        return DONE, n
    reaches = _reaches(book, side, price)
    lacking = _lacks_room(book, side, lots, price, reaches, len(fills) - n)
    if lacking:
        return lacking, n
    if lots > MOST - (state[SIDE_LOTS + side] - old):
        return TOO_MANY_LOTS, n
    owner = book.owners[node]
    if reaches:
        refusal = _refusal(book, owner, side, GTC, flags & IS_POST_ONLY, price, lots)
        if refusal:
            return refusal, n
    unlink(book, node)
    if reaches:
        lots, n = _match(book, order.order_id, owner, side, lots, price, fills, n)
    if lots and not state[HALTED]:
        link(book, node, side, price, lots)
        return DONE, n
    forget(book, order.order_id, node)
    free_node(book, node)
    if state[HALTED]:
        _tell_halt(state, owner, side, DAY if flags & IS_DAY else GTC, price)
        return PASSED_BAND, n
    return DONE, n


@inlined
def _step(book: Arrays, order: Any, fills: Records, n: Int) -> Int:
    if order.action == SUBMIT:
        return submit(book, order, fills, n)
    if order.action == CANCEL:
        return _cancel(book, order.order_id), n
    if order.action == AMEND:
        return _amend(book, order, fills, n)
    return BAD_FIELD, n


@inlined
def _look_ahead(book: Arrays, ahead: Any, near: Any, following: Any) -> None:
    """Ask for the memory that three orders to come will need, each a step further on the way from its id. Changes
    nothing. Whether an order is new is not asked: then its way ends at place 0, and guessing wrong would cost more."""
    mask = len(book.by_id) - 1
    prefetch(book.by_id, ahead.order_id & mask)
    prefetch(book.nodes, np.int64(book.by_id[near.order_id & mask]))
    node = np.int64(book.by_id[following.order_id & mask])
    prefetch(book.nodes, np.int64(book.nodes[node].prev))
    prefetch(book.nodes, np.int64(book.nodes[node].next))
    if book.state[MISPLACED]:
        mask = len(book.table) - 1
        prefetch(book.table, hash_of(ahead.order_id) & mask)
        prefetch(book.nodes, book.table[hash_of(near.order_id) & mask] & LOW_32)


@compiled
def run(book: Arrays, orders: Records, start: Int, fills: Records, n: Int, outcomes: Any) -> tuple[Int, Int]:
    """Take orders[start:] in, in turn. Answers the first one not taken, and fills so far.

    Stops before an order that needs more room (its outcome is ROOM or WINDOW), and behind one that halts the book.
    outcomes: int8 per order.
    """
    count = len(orders)
    for i in range(start, count):
        if i + _AHEAD < count:
            _look_ahead(book, orders[i + _AHEAD], orders[i + _NEAR], orders[i + _NEXT])
        outcome, n = _step(book, orders[i], fills, n)
        outcomes[i] = outcome
        if outcome < 0:
            return i, n
        if outcome == PASSED_BAND:
            return i + 1, n
    return count, n


@compiled
def release_removed(book: Arrays) -> None:
    """Free the orders that were set aside and have been told."""
    node = book.state[REMOVED_FIRST]
    while node:
        free_node(book, node)
        node = np.int64(book.nodes[node].next)
    book.state[REMOVED_FIRST], book.state[REMOVED_LAST] = 0, 0


@compiled
def expire_day(book: Arrays) -> None:
    """Set aside every day order, bids from the lowest price up, then asks."""
    level = np.int64(book.levels[0].above)
    while level:
        above = np.int64(book.levels[level].above)
        node = np.int64(book.levels[level].head)
        while node:
            after = np.int64(book.nodes[node].next)
            if book.nodes[node].flags & IS_DAY:
                set_aside(book, node)
            node = after
        level = above

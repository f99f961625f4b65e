"""The price levels of a book: a ladder with a three-level bitmap near the market, a treap for what lies far away.

Levels form one ring in the sequence of their prices, through level 0, which is nobody's: `above` of 0 is the lowest
level, `below` of 0 the highest. A book is never crossed, so one ring holds both sides, bids below asks. The ring
answers what comes next; ladder and treap only answer where a price is, and after which level a new one belongs.

The ladder is a window of up to 64 * 64 * 64 ticks; a bit per tick, a bit per 64 and per 4096 of them find the nearest
level below in three steps. Prices outside the window stand in a treap (Seidel and Aragon 1996), whose priorities are
mixed from the prices: its shape depends on what is in it and on nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonpolis.market.matching.jit import Int, Records, highest_bit, inlined, outlined

Integers = NDArray[np.int64]

NODE_DTYPE = np.dtype(
    {"names": ["id", "lots", "prev", "next", "level", "flags"], "formats": ["i8", "i8", "u4", "u4", "u4", "u4"]},
    align=True,
)
LEVEL_DTYPE = np.dtype(
    {
        "names": ["price", "lots", "head", "tail", "orders", "below", "above", "left", "right", "parent"],
        "formats": ["i8", "i8"] + ["u4"] * 8,
    },
    align=True,
)

BUY, SELL = 0, 1

# Places in `state`.
BASE, WIDTH, ROOT, OUTSIDE, PATIENCE = 0, 1, 2, 3, 4  # the window, the treap, orders that missed the window
FREE_LEVEL, UNUSED_LEVEL, FREE_NODES, UNUSED_NODE = 5, 6, 7, 8  # places given back; the first never used
BEST, SIDE_LOTS, SIDE_ORDERS = 10, 12, 14  # + side
SELF_TRADE, LOW, HIGH, LEFT = 16, 17, 18, 19  # the rules; lots that a cancellation or a halt came to
HALTED, HALT_OWNER, HALT_SIDE, HALT_TIF, HALT_PRICE = 20, 21, 22, 23, 24  # whether, and the order that did it
REMOVED_FIRST, REMOVED_LAST = 25, 26  # orders taken out, not by their owner's word, since the last call
MISPLACED = 27  # orders whose place in the index was taken
STATE_SIZE = 32

STRIDE = 64
MOST_WIDTH = STRIDE**3
LEAST_WIDTH = STRIDE**2
MIDDLES, LEAVES = 1, 1 + STRIDE  # where the second and third level of the bitmap begin; the first is word 0
BITMAP_SIZE = LEAVES + STRIDE**2

_MIX_1, _MIX_2 = 0x7FB5D329728EA185, 0x9E3779B97F4A7C15 - 2**64


class Arrays(NamedTuple):
    """All that a book is. free: stack of nodes given back. by_id: nodes by the low bits of their ids; table: hash of
    ids to nodes, for those whose place in the index was taken. Both are powers of two in size."""

    state: Integers
    nodes: Records
    owners: Integers
    free: NDArray[np.uint32]
    levels: Records
    ladder: NDArray[np.uint32]
    bits: Integers
    by_id: NDArray[np.uint32]
    table: Integers


@inlined
def mix(number: Int) -> Int:
    """An int64 whose bits all depend on all bits of `number`."""
    number = (number ^ (number >> 32)) * _MIX_1
    number = (number ^ (number >> 29)) * _MIX_2
    return number ^ (number >> 32)


@inlined
def find_level(book: Arrays, price: Int) -> Int:
    """The level of a price, 0 where there is none."""
    offset = price - book.state[BASE]  # may wrap; then it is far outside, for the window ends within int64
    if 0 <= offset < book.state[WIDTH]:
        return np.int64(book.ladder[offset])
    return _find_far(book, price)


@outlined
def _find_far(book: Arrays, price: Int) -> Int:
    level = book.state[ROOT]
    while level and book.levels[level].price != price:
        level = np.int64(book.levels[level].left if price < book.levels[level].price else book.levels[level].right)
    return level


@outlined
def _far_below(book: Arrays, price: Int) -> Int:
    """The highest level of the treap under a price, 0 where there is none."""
    found, level = np.int64(0), book.state[ROOT]
    while level:
        if book.levels[level].price < price:
            found, level = level, np.int64(book.levels[level].right)
        else:
            level = np.int64(book.levels[level].left)
    return found


@inlined
def _near_below(book: Arrays, offset: Int) -> Int:
    """The highest level of the ladder under an offset, 0 where there is none. offset: at most the width."""
    word = offset >> 6
    found = book.bits[LEAVES + word] & ((1 << (offset & 63)) - 1) if offset < MOST_WIDTH else np.int64(0)
    if not found:
        middle = word >> 6
        found = book.bits[MIDDLES + middle] & ((1 << (word & 63)) - 1) if middle < STRIDE else np.int64(0)
        if not found:
            found = book.bits[0] & ((1 << middle) - 1) if middle < STRIDE else book.bits[0]
            if not found:
                return np.int64(0)
            middle = highest_bit(found)
            found = book.bits[MIDDLES + middle]
        word = (middle << 6) + highest_bit(found)
        found = book.bits[LEAVES + word]
    return np.int64(book.ladder[(word << 6) + highest_bit(found)])


@inlined
def _below(book: Arrays, price: Int) -> Int:
    """The level that a new one at this price follows, 0 where it would be the lowest."""
    base, width = book.state[BASE], book.state[WIDTH]
    offset = price - base
    if 0 <= offset < width:
        near = _near_below(book, offset)
        if near or not book.state[ROOT]:
            return near
        return _far_below(book, base)
    far = _far_below(book, price)
    if price < base or (far and book.levels[far].price > base):
        return far
    near = _near_below(book, width)
    return near if near else far


@inlined
def index_level(book: Arrays, level: Int) -> None:
    """Enter a level into ladder or treap, by its price."""
    price = book.levels[level].price
    offset = price - book.state[BASE]
    if 0 <= offset < book.state[WIDTH]:
        book.ladder[offset] = level
        book.bits[LEAVES + (offset >> 6)] |= 1 << (offset & 63)
        book.bits[MIDDLES + (offset >> 12)] |= 1 << ((offset >> 6) & 63)
        book.bits[0] |= 1 << (offset >> 12)
    else:
        _insert_far(book, level)


@inlined
def add_level(book: Arrays, price: Int) -> Int:
    """Make a level for a price that has none; answers it. There must be room."""
    state, levels = book.state, book.levels
    below = _below(book, price)
    level = state[FREE_LEVEL]
    if level:
        state[FREE_LEVEL] = np.int64(levels[level].above)
    else:
        level = state[UNUSED_LEVEL]
        state[UNUSED_LEVEL] = level + 1
    above = levels[below].above
    levels[level].price, levels[level].lots, levels[level].orders = price, 0, 0
    levels[level].head, levels[level].tail = 0, 0
    levels[level].below, levels[level].above = below, above
    levels[below].above = level
    levels[above].below = level
    index_level(book, level)
    return level


@inlined
def drop_level(book: Arrays, level: Int) -> None:
    """Take an empty level out."""
    state, levels = book.state, book.levels
    above, below = levels[level].above, levels[level].below
    levels[below].above = above
    levels[above].below = below
    offset = levels[level].price - state[BASE]
    if 0 <= offset < state[WIDTH]:
        book.ladder[offset] = 0
        leaf, middle = LEAVES + (offset >> 6), MIDDLES + (offset >> 12)
        book.bits[leaf] &= ~(1 << (offset & 63))
        if not book.bits[leaf]:
            book.bits[middle] &= ~(1 << ((offset >> 6) & 63))
            if not book.bits[middle]:
                book.bits[0] &= ~(1 << (offset >> 12))
    else:
        _remove_far(book, level)
    levels[level].above = state[FREE_LEVEL]
    state[FREE_LEVEL] = level


@inlined
def next_best(book: Arrays, level: Int, side: Int) -> Int:
    """The level behind the best, 0 where the side ends."""
    if side == SELL:
        return np.int64(book.levels[level].above)
    return np.int64(book.levels[level].below)


@outlined
def _lift(book: Arrays, level: Int) -> None:
    """Rotate a level of the treap into its parent's place."""
    levels = book.levels
    parent = np.int64(levels[level].parent)
    grand = np.int64(levels[parent].parent)
    if levels[parent].left == level:
        inner = levels[level].right
        levels[parent].left, levels[level].right = inner, parent
    else:
        inner = levels[level].left
        levels[parent].right, levels[level].left = inner, parent
    levels[inner].parent = parent  # of level 0 too, which nobody reads
    levels[parent].parent, levels[level].parent = level, grand
    if not grand:
        book.state[ROOT] = level
    elif levels[grand].left == parent:
        levels[grand].left = level
    else:
        levels[grand].right = level


@outlined
def _insert_far(book: Arrays, level: Int) -> None:
    levels, price = book.levels, book.levels[level].price
    parent, child = np.int64(0), book.state[ROOT]
    while child:
        parent = child
        child = np.int64(levels[child].left if price < levels[child].price else levels[child].right)
    levels[level].left, levels[level].right, levels[level].parent = 0, 0, parent
    if not parent:
        book.state[ROOT] = level
    elif price < levels[parent].price:
        levels[parent].left = level
    else:
        levels[parent].right = level
    while levels[level].parent and mix(levels[levels[level].parent].price) < mix(price):
        _lift(book, level)


@outlined
def _remove_far(book: Arrays, level: Int) -> None:
    levels = book.levels
    while levels[level].left or levels[level].right:
        left, right = np.int64(levels[level].left), np.int64(levels[level].right)
        if not right or (left and mix(levels[left].price) > mix(levels[right].price)):
            _lift(book, left)
        else:
            _lift(book, right)
    parent = levels[level].parent
    if not parent:
        book.state[ROOT] = 0
    elif levels[parent].left == level:
        levels[parent].left = 0
    else:
        levels[parent].right = 0

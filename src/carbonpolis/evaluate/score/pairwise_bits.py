"""Many duels at once: a city against 512 others in one register, a bit a duel.

Of a block of 512 cities in the order of an indicator there are only 513 sets of "all that have less", one a place. They
are laid down once; whoever meets the block looks up one set an indicator, adds the sets bit by bit (an adder works on
512 columns at a time), and a comparison with half of the votes tells whom it beats. The adders are written as
instructions of the compiler's own kind, laid out for the votes that are to be counted, since it doesn't find them by
itself; it chooses the widths that the processor has.

Sources: Wallace 1964, IEEE Trans. Electronic Computers EC-13:14 (carry-save adders); Warren 2013, Hacker's Delight, ch.
5 (counting bits with them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd
from threading import Lock, local
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from carbonpolis.evaluate.score.kernel import parallel
from carbonpolis.evaluate.score.random_numbers import compiled
from carbonpolis.evaluate.score.ranks import Places
from carbonpolis.evaluate.score.validation import Array

BLOCK = 512  # cities a register holds
WORDS = BLOCK // 64
SETS = BLOCK + 1
STEP = WORDS  # a place is told as words from the first set, so that it is an address at once
ROUND = 8  # cities whose outcomes are added to the block's in one go
CHUNK = 1 << 14  # cities after which the block's outcomes are read off: no more than PLANES can count
PLANES = 16
MOST_VOTES = 127
EVEN = 2.0**-28  # by which a weight may miss its votes; sides that differ by less are even, see `outrank.copeland`


@dataclass(frozen=True, slots=True)
class Voice:
    """A set to look up, whom a city passes in an indicator or (no_more) whom it doesn't fall short of, and the votes
    that it brings. An indicator without ties has one voice of twice its votes, else one of each."""

    indicator: int
    no_more: bool
    votes: int


def whole_votes(weights: Array) -> tuple[int, ...] | None:
    """Weights (shares that sum to one) as small whole numbers that decide every duel alike; None where none do."""
    for total in range(1, MOST_VOTES + 1):
        votes = np.round(weights * total)
        if (np.abs(weights - votes / total) <= EVEN).all():
            return tuple(int(each) for each in votes)
    return None


def net_wins(below: Places, upto: Places, votes: Sequence[int]) -> NDArray[np.int64]:
    """Of each city, the others that it beats less those that beat it.

    below, upto: indicators x cities, how many cities have less, and no more, than this one. votes: of each indicator.
    """
    voices = _voices(below, upto, votes)
    # Like beside like: then the sets that neighbours look up are often in the nearest cache already.
    order = np.argsort(below.sum(axis=0))
    places = [np.empty(0, np.int32) for _ in voices]

    def arrange(voice: int) -> None:
        each = voices[voice]
        places[voice] = (upto if each.no_more else below)[each.indicator][order]

    parallel(arrange, range(len(voices)))
    every, own = sum(each.votes for each in voices), sum(each.votes for each in voices if each.no_more)
    itself = 2 if 2 * own > every else int(2 * own == every)
    # Numbers as nests of empty tuples: so they are in the type, and the compiler lays out the adders for them.
    shape = tuple((((),) * each.votes, ((),) * each.indicator) for each in voices)
    width, cities = below.shape
    members = {each.indicator: _in_order(places[k]) for k, each in enumerate(voices) if not each.no_more}
    won, kept, one_at_a_time = np.zeros(cities, np.int64), local(), Lock()

    def some(first: int) -> None:
        if not hasattr(kept, "table"):  # once a thread
            kept.table, kept.planes = _aligned(width * SETS * WORDS).reshape(width, -1), _aligned(PLANES * WORDS)
            kept.less = np.empty(cities + 1, np.uint16)
            kept.at = np.zeros((len(voices), cities + ROUND), np.uint16)
        for voice, each in enumerate(voices):
            if not each.no_more:  # the first of an indicator's voices
                _lay_down(members[each.indicator], places[voice], first, kept.table[each.indicator], kept.less)
            _look_up(kept.less, places[voice][first:], kept.at[voice])
        part = np.zeros(cities - first + ROUND, np.int64)
        _meet(kept.table, kept.at, shape, kept.planes, cities - first, itself, part)
        with one_at_a_time:  # whole numbers: the sum is the same in any order
            won[first:] += part[: cities - first]

    parallel(some, range(0, cities, BLOCK))
    found = np.empty(cities, np.int64)
    found[order] = won
    return found


def _voices(below: Places, upto: Places, votes: Sequence[int]) -> list[Voice]:
    voices = []
    for indicator, count in enumerate(votes):
        if count and (upto[indicator] - below[indicator] > 1).any():
            voices += [Voice(indicator, no_more, count) for no_more in (False, True)]
        elif count:
            voices.append(Voice(indicator, False, 2 * count))
    by = reduce(gcd, (each.votes for each in voices))
    return [Voice(each.indicator, each.no_more, each.votes // by) for each in voices]


def _aligned(words: int) -> NDArray[np.uint64]:
    """So many words that begin where a register's worth begins."""
    raw = np.zeros(words * 8 + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + words * 8].view(np.uint64)


@compiled
def _in_order(below: Any) -> Any:
    """The cities of every block, least first: by one walk over all cities in order."""
    cities = below.size
    free = np.zeros(cities, np.int32)
    walk = np.empty(cities, np.int32)
    for city in range(cities):  # tied ones stand side by side
        place = below[city]
        walk[place + free[place]] = city
        free[place] += 1
    members = np.empty(cities, np.int32)
    filled = np.zeros((cities + BLOCK - 1) // BLOCK, np.int32)
    for city in walk:
        block = city // BLOCK
        members[block * BLOCK + filled[block]] = city
        filled[block] += 1
    return members


@compiled
def _lay_down(members: Any, below: Any, first: Any, table: Any, less: Any) -> None:
    """The sets of a block in an indicator, and for every place among all cities how many of the block have less (in
    words). `less` is small enough to stay near while every city looks itself up in it."""
    cities = below.size
    size = min(BLOCK, cities - first)
    table[:WORDS] = np.uint64(0)
    place = 0
    for k in range(size):
        city = members[first + k]
        one, other = k * WORDS, (k + 1) * WORDS
        for word in range(WORDS):
            table[other + word] = table[one + word]
        bit = city - first
        table[other + bit // 64] |= np.uint64(1) << np.uint64(bit % 64)
        end = below[city] + 1
        less[place:end] = np.uint16(k * STEP)
        place = max(place, end)
    less[place:] = np.uint16(size * STEP)


@compiled
def _look_up(less: Any, places: Any, at: Any) -> None:
    for city in range(places.size):
        at[city] = less[places[city]]
    at[places.size :] = np.uint16(0)


@compiled
def _meet(table: Any, at: Any, shape: Any, planes: Any, cities: Any, itself: Any, won: Any) -> None:
    """Add to `won` the duels of the block (the first of `cities`) among itself, and of all others against it."""
    size = min(BLOCK, cities)
    outcome = np.empty(ROUND, np.int64)  # a round's 2 for each win and 1 for each even duel, city by city
    for first in range(0, size, ROUND):
        _round(table, at, first, shape, planes, outcome)
        for k in range(ROUND):
            won[first + k] += outcome[k] - itself - (size - 1)
    for start in range(size, cities, CHUNK):
        planes[:] = np.uint64(0)
        stop = min(cities, start + CHUNK)
        for first in range(start, stop, ROUND):
            _round(table, at, first, shape, planes, outcome)
            for k in range(ROUND):
                won[first + k] += outcome[k] - size
        for city in range(size):
            against = np.int64(0)
            for plane in range(PLANES):
                word = planes[plane * WORDS + city // 64]
                against += np.int64((word >> np.uint64(city % 64)) & np.uint64(1)) << plane
            won[city] -= against - (stop - start)


VECTOR = ir.VectorType(ir.IntType(64), WORDS)
NONE, ALL = (ir.Constant(VECTOR, [ir.Constant(ir.IntType(64), x)] * WORDS) for x in (0, -1))


def _sum(builder: Any, columns: list[list[Any]], most: int = 64) -> list[Any]:
    """Registers that add up to all in `columns` (by bit, least first), one a bit: full adders, then half adders."""
    bits, place = [], 0
    while place < min(most, len(columns)):
        column = columns[place]
        if len(column) > 1 and place + 1 == len(columns):
            columns.append([])
        while len(column) > 1:
            one, other, third = column.pop(0), column.pop(0), column.pop(0) if column else None
            either, carry = builder.xor(one, other), builder.and_(one, other)
            if third is not None:
                carry = builder.or_(carry, builder.and_(either, third))
                either = builder.xor(either, third)
            column.append(either)
            columns[place + 1].append(carry)
        bits.append(column[0] if column else NONE)
        place += 1
    return bits


def _at_least(builder: Any, bits: Sequence[Any], number: int) -> Any:
    """Where a number, one register a bit, is at least `number`."""
    found = ALL
    for place, bit in enumerate(bits):
        found = builder.and_(bit, found) if number >> place & 1 else builder.or_(bit, found)
    return found


def _a_round(_context: Any, table: Any, at: Any, first: Any, shape: Any, planes: Any, outcome: Any) -> Any:
    """ROUND cities from `first` on against the block: their outcomes, and the same added up city of the block by city.

    at: voices x cities, the set of each. planes: the block's sums so far, one register a bit.
    """
    voices = [tuple(len(each) for each in voice) for voice in shape]
    every = sum(votes for votes, _ in voices)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def of(place: int) -> Any:
            return context.make_array(signature.args[place])(context, builder, arguments[place])

        def whole(number: int) -> Any:
            return ir.Constant(ir.IntType(64), number)

        def call(name: str, result: Any, argument: Any) -> Any:
            kind = ir.FunctionType(result, [argument.type])
            return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [argument])

        sets, places, sums, told = of(0).data, of(1), of(4).data, of(5).data
        row = builder.sdiv(cgutils.unpack_tuple(builder, places.strides)[0], whole(2))
        starts = [builder.add(arguments[2], builder.mul(whole(k), row)) for k in range(len(voices))]
        wins, evens = [], []
        for city in range(ROUND):
            columns: list[list[Any]] = [[] for _ in range(max(votes for votes, _ in voices).bit_length())]
            for start, (votes, indicator) in zip(starts, voices, strict=True):
                place = builder.load(builder.gep(places.data, [builder.add(start, whole(city))]))
                word = builder.add(builder.zext(place, ir.IntType(64)), whole(indicator * SETS * WORDS))
                found = builder.load(builder.bitcast(builder.gep(sets, [word]), VECTOR.as_pointer()), align=64)
                for bit in range(votes.bit_length()):
                    if votes >> bit & 1:
                        columns[bit].append(found)
            bits = _sum(builder, columns)
            wins.append(_at_least(builder, bits, every // 2 + 1))
            count = builder.shl(call(f"llvm.ctpop.v{WORDS}i64", VECTOR, wins[-1]), ir.Constant(VECTOR, [1] * WORDS))
            if every % 2 == 0:
                evens.append(builder.xor(_at_least(builder, bits, every // 2), wins[-1]))
                count = builder.add(count, call(f"llvm.ctpop.v{WORDS}i64", VECTOR, evens[-1]))
            total = call(f"llvm.vector.reduce.add.v{WORDS}i64", ir.IntType(64), count)
            builder.store(total, builder.gep(told, [whole(city)]))
        registers = builder.bitcast(sums, VECTOR.as_pointer())
        at_plane = [builder.gep(registers, [whole(plane)]) for plane in range(PLANES)]
        totals = [[builder.load(each, align=64)] for each in at_plane]
        totals[0] += evens
        totals[1] += wins
        for each, bit in zip(at_plane, _sum(builder, totals, PLANES), strict=True):
            builder.store(bit, each, align=64)
        return context.get_dummy_value()

    return types.void(table, at, first, shape, planes, outcome), build


_round: Any = intrinsic(_a_round)

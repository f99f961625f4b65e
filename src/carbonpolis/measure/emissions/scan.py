"""Compiled loops over long columns of text: each text to a small number, and many rows to their groups.

Ten million rows of five text columns are the case. A dictionary of text costs 13 ns a row; comparing the eight bytes
that a word of memory holds costs 5, and two threads share the columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])


def _compiled(function: Function) -> Function:
    """Compile for threads that run side by side; keep the machine code where a folder can be written to."""
    try:
        return cast(Function, njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast(Function, njit(nogil=True)(function))


LIMIT = 4096  # distinct texts; beyond it the general way is taken
_SLOTS = 4 * LIMIT


@_compiled
def _encode(offsets: Any, words: Any, end: int, out: Any, slots: Any, starts: Any, lengths: Any) -> tuple[int, int]:
    """Numbers texts in order of appearance; returns how many there are (-1: too many) and the rows done."""
    mask = np.uint64(slots.shape[0] - 1)
    prime = np.uint64(0x9E3779B97F4A7C15)
    ones = np.uint64(0xFFFFFFFFFFFFFFFF)
    found = 0
    for row in range(out.shape[0]):
        start = offsets[row]
        length = offsets[row + 1] - start
        if start + ((length + 7) // 8) * 8 > end:
            return found, row  # a word would reach past the buffer: the caller reads the last few rows itself
        hashed = np.uint64(length)
        at, left = start, length
        while left > 8:
            hashed = (hashed ^ words[at]) * prime
            hashed ^= hashed >> np.uint64(29)
            at += 8
            left -= 8
        tail = ones >> np.uint64(8 * (8 - left)) if left > 0 else np.uint64(0)
        if left > 0:
            hashed = (hashed ^ (words[at] & tail)) * prime
            hashed ^= hashed >> np.uint64(32)
        slot = hashed & mask
        while True:
            code = slots[slot]
            if code < 0:
                if found >= starts.shape[0]:
                    return -1, row
                slots[slot], starts[found], lengths[found], out[row] = found, start, length, found
                found += 1
                break
            if lengths[code] == length:
                here, there, left, same = start, starts[code], length, True
                while left > 8 and same:
                    same = words[here] == words[there]
                    here, there, left = here + 8, there + 8, left - 8
                if same and left > 0:
                    same = (words[here] & tail) == (words[there] & tail)
                if same:
                    out[row] = code
                    break
            slot = (slot + np.uint64(1)) & mask
    return found, out.shape[0]


def encode(offsets: NDArray[np.int64], data: NDArray[np.uint8]) -> tuple[NDArray[np.int16], list[str]] | None:
    """Texts laid end to end (`offsets` one more than texts, UTF-8 bytes) to numbers and the distinct texts.

    None when there are more than LIMIT distinct texts.
    """
    rows = len(offsets) - 1
    out = np.empty(rows, dtype=np.int16)
    starts, lengths = np.empty(LIMIT, dtype=np.int64), np.empty(LIMIT, dtype=np.int64)
    found, done = 0, 0
    if len(data) >= 8:
        words = np.lib.stride_tricks.as_strided(data[:8].view(np.uint64), shape=(len(data) - 7,), strides=(1,))
        slots = np.full(_SLOTS, -1, dtype=np.int32)
        found, done = _encode(offsets, words, len(data), out, slots, starts, lengths)
        if found < 0:
            return None
    texts = [data[a : a + n].tobytes().decode() for a, n in zip(starts[:found], lengths[:found], strict=True)]
    known = {text: code for code, text in enumerate(texts)}
    for row in range(done, rows):
        text = data[offsets[row] : offsets[row + 1]].tobytes().decode()
        out[row] = known.setdefault(text, len(known))
    return out, list(known)


@_compiled
def _paired(one: Any, other: Any, size: int, table: Any, out: Any) -> int:
    found = 0
    for row in range(out.shape[0]):
        pair = np.int64(one[row]) * size + other[row]
        code = table[pair]
        if code < 0:
            code = found
            table[pair] = code
            found += 1
        out[row] = code
    return found


def paired(
    one: NDArray[Any], other: NDArray[Any], first: int, second: int
) -> tuple[NDArray[np.signedinteger[Any]], NDArray[np.int64]]:
    """Two columns of codes as one: numbers of the pairs that occur, and each pair as one times `second` plus other."""
    table = np.full(first * second, -1, dtype=np.int32)
    out = np.empty(len(one), dtype=one.dtype if first * second < np.iinfo(one.dtype).max else np.int32)
    found = _paired(one, other, second, table, out)
    seen = np.empty(found, dtype=np.int64)
    where = np.flatnonzero(table >= 0)
    seen[table[where]] = where
    return out, seen


@_compiled
def tally(columns: Any, sizes: Any, amount: Any, first: int, last: int, key: Any, mark: Any, found: Any) -> int:
    """Rows first to last: their group (mixed radix of the columns), a hash of group and amount; sums and counts.

    found: groups x 2, sum and count side by side, for they are used together. Returns how many amounts are below 0,
    infinite or no number; those add nothing to the sum.
    """
    prime = np.uint64(0x9E3779B97F4A7C15)
    bits = amount.view(np.uint64)
    bad = 0
    for row in range(first, last):
        group = np.int64(0)
        for column in range(len(columns)):
            group = group * sizes[column] + columns[column][row]
        key[row] = group
        hashed = (np.uint64(group) * prime) ^ bits[row]
        hashed = (hashed ^ (hashed >> np.uint64(32))) * prime
        mark[row] = hashed ^ (hashed >> np.uint64(29))
        value = amount[row]
        if value >= 0 and value < np.inf:
            found[group, 0] += value
        else:
            bad += 1
        found[group, 1] += 1.0
    return bad

"""Columns of activities as small numbers: each distinct text looked at once, each distinct line grouped once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NOTATION_KEYS = ("NO", "NE", "IE", "C")
LONG = 200_000  # rows from which the compiled loops pay for being loaded
_DENSE = 1 << 23  # groups that are counted in one array
Codes = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows by what they have in common.

    of: group of each row. columns: for each column the number of each group's value, and the distinct values. sums,
    counts: the amounts and rows of a group, leaving out amounts that are no number. bad: rows whose amount is below 0,
    infinite or missing. twins: rows that may repeat an earlier one (same group and amount), to be looked at closely.
    """

    of: Codes
    columns: dict[str, tuple[NDArray[np.int64], list[Any]]]
    sums: Floats
    counts: NDArray[np.int64]
    bad: int
    twins: NDArray[np.int64]

    def distinct(self, *names: str) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        """The different combinations of some columns, one a row, and which one each group has."""
        kept = [name for name in names if name in self.columns]
        wide = _radix([self.columns[name][0] for name in kept], [max(len(self.columns[name][1]), 1) for name in kept])
        _, first, which = np.unique(wide, return_index=True, return_inverse=True)
        cells = {name: taken(self.columns[name][1], self.columns[name][0][first]) for name in kept}
        return pd.DataFrame({name: pd.Series(cell, dtype=object) for name, cell in cells.items()}), which


def taken(values: list[Any], codes: NDArray[Any]) -> NDArray[np.object_]:
    """The values that codes stand for."""
    listed = np.empty(len(values), dtype=object)
    listed[:] = values
    found: NDArray[np.object_] = listed[codes]
    return found


def coded(series: pd.Series[Any]) -> tuple[Codes, list[Any]]:
    """A column as numbers from 0 and the distinct values they stand for; a missing value is "" in the list."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes, values = _narrow(series.cat.codes.to_numpy()), list(series.cat.categories)
    elif pd.api.types.is_integer_dtype(series.dtype) and len(series):
        return _integers(series)
    else:
        fast = _texts(series) if len(series) >= LONG else None
        if fast is not None:
            return fast
        found, distinct = pd.factorize(series)
        codes, values = _narrow(found), list(distinct)
    if len(codes) and codes.min() < 0:
        codes, values = np.where(codes < 0, len(values), codes), [*values, ""]
    return codes, values


def _narrow(codes: NDArray[Any]) -> Codes:
    """Eight bits become sixteen, so that a code for a missing value fits."""
    return codes.astype(np.int16) if codes.dtype == np.int8 else codes


def _integers(series: pd.Series[Any]) -> tuple[Codes, list[Any]]:
    numbers = series.to_numpy(dtype=np.int64)
    low, high = int(numbers.min()), int(numbers.max())
    if high - low < 1000:
        return (numbers - low).astype(np.int16), list(range(low, high + 1))
    found, distinct = pd.factorize(numbers)
    return found, [int(each) for each in distinct]


def _texts(series: pd.Series[Any]) -> tuple[Codes, list[Any]] | None:
    """Long columns of Arrow text by the compiled loop; None for any other, and where a value is missing."""
    # numba takes half a second to load, which a short table would never win back
    from carbonpolis.measure.emissions.scan import encode

    chunks = getattr(series.array, "_pa_array", None)
    if chunks is None or chunks.null_count or "large_string" not in str(chunks.type):
        return None
    text = chunks.combine_chunks()
    text = text.chunk(0) if hasattr(text, "num_chunks") else text
    _, offsets, data = text.buffers()
    places = np.frombuffer(offsets, dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    return encode(places, np.frombuffer(data, dtype=np.uint8))


def grouped(columns: dict[str, pd.Series[Any]], amount: Floats) -> Groups:
    """Groups of the rows that agree in all columns; `amount` is NaN where a row has none."""
    with ThreadPoolExecutor(2) as pool:
        pairs = list(pool.map(coded, columns.values()))
    codes, values = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    sizes = [max(len(each), 1) for each in values]
    narrow = np.int16 if max(sizes) < 1 << 15 else np.int32
    codes = [each.astype(narrow, copy=False) for each in codes]
    span = float(np.prod([float(size) for size in sizes]))
    if len(amount) >= LONG and span <= _DENSE:
        key, mark, sums, counts, radix, bad = _compiled(codes, sizes, amount)
        there = counts > 0
        of = key if there.all() else (np.cumsum(there, dtype=np.int32) - 1)[key]
        sums, counts, present = sums[there], counts[there], radix[there]
    else:
        wide = _radix(codes, sizes)
        found, present = pd.factorize(wide)
        of = found.astype(np.int32)
        good = (amount >= 0) & (amount < np.inf)
        bad = int(len(amount) - good.sum())
        sums = np.bincount(of, weights=np.where(good, amount, 0.0), minlength=len(present)).astype(np.float64)
        counts = np.bincount(of, minlength=len(present))
        mark = _hashed(wide, amount)
    decoded = zip(_decoded(np.asarray(present), sizes), values, strict=True)
    return Groups(of, dict(zip(columns, decoded, strict=True)), sums, counts, bad, _twins(mark))


def _compiled(
    codes: Sequence[Codes], sizes: Sequence[int], amount: Floats
) -> tuple[Codes, NDArray[np.uint64], Floats, NDArray[np.int64], NDArray[np.int64], int]:
    """Group of each row, its mark, and of each group the sum, the count and its key in mixed radix; and bad amounts."""
    from carbonpolis.measure.emissions.scan import paired, tally

    # few of the many pairs of the last two columns occur (an activity has two units or three): number those alone
    last, seen = paired(codes[-2], codes[-1], sizes[-2], sizes[-1])
    columns = tuple(each.astype(last.dtype, copy=False) for each in (*codes[:-2], last))
    ranges = np.array([*sizes[:-2], len(seen)])
    rows, span = len(amount), int(ranges.prod())
    key, mark = np.empty(rows, dtype=np.int32), np.empty(rows, dtype=np.uint64)
    found = np.zeros((2, span, 2))
    edges = (0, rows // 2, rows)

    def half(which: int) -> int:
        return int(tally(columns, ranges, amount, edges[which], edges[which + 1], key, mark, found[which]))

    with ThreadPoolExecutor(2) as pool:
        bad = sum(pool.map(half, (0, 1)))
    sums, counts = found.sum(axis=0).T
    before, pair = np.divmod(np.arange(span), len(seen))
    radix = before * (sizes[-2] * sizes[-1]) + seen[pair]
    return key, mark, sums, counts.astype(np.int64), radix, bad


def _radix(codes: Sequence[NDArray[Any]], sizes: Sequence[int]) -> NDArray[np.int64]:
    """One number for each combination; squeezed together where the product of sizes would pass 63 bits."""
    wide = np.zeros(len(codes[0]), dtype=np.int64)
    span = 1.0
    for each, size in zip(codes, sizes, strict=True):
        span *= size
        if span > 2.0**62:
            raise ValueError("the activities hold more combinations of texts than can be counted; split the table")
        wide = wide * size + each
    return wide


def _decoded(keys: NDArray[Any], sizes: Sequence[int]) -> list[NDArray[np.int64]]:
    """The codes that make up each key, column by column."""
    left = keys.astype(np.int64)
    found = []
    for size in reversed(sizes):
        left, code = np.divmod(left, size)
        found.append(code)
    return found[::-1]


def _hashed(key: NDArray[np.int64], amount: Floats) -> NDArray[np.uint64]:
    prime = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        mark = (key.astype(np.uint64) * prime) ^ np.ascontiguousarray(amount).view(np.uint64)
        mark = (mark ^ (mark >> np.uint64(32))) * prime
    return mark ^ (mark >> np.uint64(29))


def _twins(mark: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Rows whose mark is shared with another row."""
    ordered = np.sort(mark)
    shared = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(shared):
        return np.empty(0, dtype=np.int64)
    shared = np.unique(shared)
    at = np.searchsorted(shared, mark)
    return np.flatnonzero(shared[np.minimum(at, len(shared) - 1)] == mark)


def amounts(column: pd.Series[Any]) -> tuple[Floats, NDArray[Any] | None]:
    """Amounts as numbers (NaN where there is none, 0 for NO), and each row's notation key or ""; None for no keys."""
    if pd.api.types.is_float_dtype(column.dtype) or pd.api.types.is_integer_dtype(column.dtype):
        return np.ascontiguousarray(column.to_numpy(dtype=np.float64, na_value=np.nan)), None
    noted = column.isin(NOTATION_KEYS).to_numpy(dtype=bool)
    truths = column.map(lambda value: isinstance(value, bool)).to_numpy(dtype=bool)  # True is 1 to pandas, not to us
    plain = pd.to_numeric(column.where(~(noted | truths)), errors="coerce")
    numbers = plain.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    numbers[(column == "NO").to_numpy(dtype=bool, na_value=False)] = 0.0
    return numbers, np.where(noted, column.astype(object).to_numpy(), "")

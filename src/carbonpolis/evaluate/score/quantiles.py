"""Quantiles of many columns at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from carbonpolis.evaluate.score.kernel import parallel
from carbonpolis.evaluate.score.validation import Array

COLUMNS_AT_ONCE = 512


def column_quantiles(x: NDArray[np.int32], levels: Sequence[float]) -> Array:
    """Quantiles down each column of x (runs x cities, whole numbers): cities x levels, linear between order statistics
    as in NumPy (Hyndman & Fan 1996, type 7). x: at least one row."""
    found = np.empty((x.shape[1], len(levels)))
    places = np.asarray(levels, dtype=np.float64) * (len(x) - 1)
    under = np.floor(places).astype(np.int64)
    over = np.minimum(under + 1, len(x) - 1)

    def some(first: int) -> None:
        # A column of runs lies together once turned, and whole numbers are sorted by vector instructions.
        ordered = np.sort(np.ascontiguousarray(x[:, first : first + COLUMNS_AT_ONCE].T), axis=1)
        low, high = ordered[:, under].astype(np.float64), ordered[:, over].astype(np.float64)
        found[first : first + COLUMNS_AT_ONCE] = low + (high - low) * (places - under)

    parallel(some, range(0, x.shape[1], COLUMNS_AT_ONCE))
    return found

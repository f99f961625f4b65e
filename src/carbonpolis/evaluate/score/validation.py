"""What every step asks of its input: a finite table of two dimensions, and a choice that exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Choice = TypeVar("Choice")


def chosen(choices: Mapping[str, Choice], name: str, kind: str) -> Choice:
    """The entry of a table of choices. Raises ValueError that lists them."""
    if name not in choices:
        raise ValueError(f"no {kind} {name!r}; choose from {', '.join(choices)}")
    return choices[name]


def whole_table(x: ArrayLike, *, positive: bool = False, least_rows: int = 1) -> Array:
    """x as cities x indicators of float64.

    Raises ValueError naming the first cell that is missing or infinite (with `positive` also zero or negative), or
    when there are fewer than `least_rows` cities or no indicator.
    """
    table = np.asarray(x, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] == 0:
        raise ValueError(f"expected a table of cities x indicators, found the shape {table.shape}")
    if table.shape[0] < least_rows:
        raise ValueError(f"this method needs at least {least_rows} cities, found {table.shape[0]}")
    _refuse(table, ~np.isfinite(table), "a finite number")
    if positive:
        _refuse(table, table <= 0, "a number above zero (normalise with a scale such as 1 to 100 first)")
    return table


def no_infinity(x: ArrayLike) -> Array:
    """x as float64, one or two dimensions, NaN for missing. Raises ValueError naming the first infinite cell."""
    table = np.asarray(x, dtype=np.float64)
    if table.ndim not in (1, 2):
        raise ValueError(f"expected one indicator or a table of cities x indicators, found the shape {table.shape}")
    _refuse(table, np.isinf(table), "a finite number, or NaN where nothing is known")
    return table


def shares(weights: ArrayLike, count: int) -> Array:
    """Weights as shares that sum to one. Raises ValueError when one is negative or missing, or all are zero."""
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (count,):
        raise ValueError(f"expected {count} weights, one an indicator, found the shape {given.shape}")
    if not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
        raise ValueError(f"weights must be zero or more and not all zero, found {given.tolist()}")
    return np.asarray(given / given.sum(), dtype=np.float64)


def _refuse(table: Array, bad: NDArray[np.bool_], expected: str) -> None:
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"cell {place} (city, indicator; counted from 0) is {table[place]}, expected {expected}")

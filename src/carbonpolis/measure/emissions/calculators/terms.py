"""Terms of an equation, checked: each named as the standard names it, in the message too."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def amounts(**given: ArrayLike) -> list[Array]:
    """Terms as arrays of finite numbers, 0 or more. Raises ValueError naming the term that isn't."""
    return [_within(name, value, np.inf, "a number, 0 or more") for name, value in given.items()]


def shares(**given: ArrayLike) -> list[Array]:
    """Terms as arrays of shares from 0 to 1. Raises ValueError naming the term that isn't."""
    return [_within(name, value, 1.0, "a share from 0 to 1") for name, value in given.items()]


def _within(name: str, value: ArrayLike, most: float, expected: str) -> Array:
    numbers = np.asarray(value, dtype=np.float64)
    if not np.all((numbers >= 0) & (numbers <= most) & np.isfinite(numbers)):
        raise ValueError(f"{name} is {value!r}; expected {expected}")
    return numbers

"""Surplus and transfer fees of cities as whole numbers, checked once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.market.auction.call import whole

PRICE_BOUND = 2**60  # a price and a fee must sum within an int64


def counts(values: ArrayLike, meaning: str) -> NDArray[np.int64]:
    """Whole numbers of 0 or more. Raises ValueError naming what they mean."""
    found = whole(values, meaning)
    if (found < 0).any():
        raise ValueError(f"{meaning} below 0; expected 0 or more")
    return found


def fees_between(fee: ArrayLike, cities: int) -> NDArray[np.int64]:
    """Fees per lot as a matrix city x city, 0 at home; fee: that matrix, or a vector, then fee[i, j] = fee[i] + fee[j].

    Raises ValueError for another shape, a fee below 0 or beyond what sums within an int64.
    """
    given = np.asarray(fee)
    if given.shape == (cities,):
        given = given[:, None] + given[None, :]
    if given.shape != (cities, cities):
        raise ValueError(f"fees of shape {given.shape}; expected one for each of {cities} cities, or for each pair")
    matrix = counts(given.ravel(), "fees").reshape(cities, cities)
    if (matrix > PRICE_BOUND).any():
        raise ValueError(f"a fee above {PRICE_BOUND}; expected less")
    np.fill_diagonal(matrix, 0)
    return matrix

"""What every city shows to the others: its best prices, and whether it has surplus to send."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NO_ASK, NO_BID = 2**62, -(2**62)  # beyond any price and fee, and still sums of int64
_AT_HOME = 2**61


class Quotes:
    """Best ask and bid of each city, minor units per lot, and the way between cities by price after fees.

    fee: per lot, city x city, 0 at home. surplus: lots that each city may still send, changed by whoever trades. asks,
    bids: NO_ASK, NO_BID where none is to be had from outside.
    """

    def __init__(self, fee: NDArray[np.int64], surplus: NDArray[np.int64]) -> None:
        cities = len(fee)
        self.asks = np.full(cities, NO_ASK, dtype=np.int64)
        self.bids = np.full(cities, NO_BID, dtype=np.int64)
        self._surplus = surplus
        away = fee + np.diag(np.full(cities, _AT_HOME, dtype=np.int64))
        self._fee_from, self._fee_to = away, np.ascontiguousarray(away.T)

    def show(self, city: int, ask: int | None, bid: int | None) -> None:
        """Take a city's best prices anew."""
        self.asks[city] = NO_ASK if ask is None else ask
        self.bids[city] = NO_BID if bid is None else bid

    def best_ask(self, home: int) -> int | None:
        """The city from which a buyer at home pays least, fee included; None where none has something to send."""
        return _city(np.where(self._surplus > 0, self.asks, NO_ASK) + self._fee_to[home])

    def best_bid(self, home: int) -> int | None:
        """The city that pays a seller at home most, after the fee; None where home has nothing to send or none bids."""
        return _city(self._fee_from[home] - self.bids) if self._surplus[home] else None


def _city(net: NDArray[np.int64]) -> int | None:
    """The first of the cities that are best; None where no price is one."""
    city = int(net.argmin())
    return city if net[city] < _AT_HOME else None

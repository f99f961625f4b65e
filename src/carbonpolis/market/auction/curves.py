"""Demand and supply of many cities at once, as sorted arrays that are asked for lots at a price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonpolis.market.auction.call import Lots

Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Curve:
    """One side of n books: m orders city after city, better price first, ties in input order.

    order: where each sorted order stands in the input. badness: its price (asks) or minus its price (bids), ascending
    within a city. lots: of each. start: n + 1, where a city's orders begin. upto: m + 1, lots of all before.
    """

    order: Index
    badness: Lots
    lots: Lots
    start: Index
    upto: Lots

    def within(self, bound: Lots) -> Lots:
        """Lots of each city whose badness is at most its `bound`, length n."""
        low, high = self.start[:-1].copy(), self.start[1:].copy()
        while (searching := low < high).any():
            middle = (low + high) >> 1
            fits = searching & (self.badness[np.minimum(middle, len(self.badness) - 1)] <= bound)
            low = np.where(fits, middle + 1, low)
            high = np.where(searching & ~fits, middle, high)
        found: Lots = self.upto[low] - self.upto[self.start[:-1]]
        return found

    def deal(self, totals: Lots) -> Lots:
        """Each city's total in price-time order; lots per order in input order."""
        before = self.upto[:-1] - np.repeat(self.upto[self.start[:-1]], np.diff(self.start))
        fills = np.empty_like(self.lots)
        fills[self.order] = np.clip(np.repeat(totals, np.diff(self.start)) - before, 0, self.lots)
        return fills


def mean(low: Lots, high: Lots) -> Lots:
    """Mean of two whole numbers each, rounded down, where their sum may pass 64 bits."""
    middle: Lots = (low >> 1) + (high >> 1) + (low & high & 1)
    return middle


def curve(city: Lots, badness: Lots, lots: Lots, n: int) -> Curve:
    """Sort one side of n books. city: 0 ... n-1; all of length m."""
    by_price = np.argsort(badness, kind="stable")
    small = city.astype(np.uint16) if n <= 2**16 else city  # NumPy sorts 16 bits by radix
    order = by_price[np.argsort(small[by_price], kind="stable")]
    sorted_lots = lots[order]
    start = np.concatenate(([0], np.cumsum(np.bincount(city, minlength=n)))).astype(np.intp)
    upto = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sorted_lots)))
    return Curve(order, badness[order], sorted_lots, start, upto)


@dataclass(frozen=True, slots=True)
class Books:
    """Bids and asks of n cities; what a city would buy and sell at a price of its own."""

    bids: Curve
    asks: Curve

    def least_demand(self, price: Lots) -> Lots:
        """Net lots that each city surely buys at its price: bids above it less asks up to it (negative: sells)."""
        return self.bids.within(-price - 1) - self.asks.within(price)

    def most_demand(self, price: Lots) -> Lots:
        """Net lots that each city buys at most: bids at its price or above less asks below it."""
        return self.bids.within(-price) - self.asks.within(price - 1)

    def rounded(self, bits: int) -> Books:
        """The same books with prices in steps of 2^bits, rounded down."""
        if not bits:
            return self
        bids, asks = self.bids, self.asks
        coarse = -((-bids.badness) >> bits)
        return Books(
            Curve(bids.order, coarse, bids.lots, bids.start, bids.upto),
            Curve(asks.order, asks.badness >> bits, asks.lots, asks.start, asks.upto),
        )

    def at_home(self, imports: Lots, low: int, high: int) -> tuple[Lots, Lots]:
        """Lots bought and sold in each city when `imports` come in net (negative: go out), as many as are worth it.

        low, high: least and greatest price of all orders. The best net demand that fits is met, so better prices
        first; bids and asks at the very price that parts them trade as far as they pair.
        """
        floor, price = np.full_like(imports, low), np.full_like(imports, high)
        while (floor < price).any():
            middle = mean(floor, price)
            met = self.least_demand(middle) <= imports
            price = np.where(met, middle, price)
            floor = np.where(met, floor, np.minimum(middle + 1, price))
        bought, sold = self.bids.within(-price - 1), self.asks.within(price - 1)
        wavering = self.asks.within(price) - sold
        lacking = imports - (bought - sold)
        paired = np.minimum(wavering, self.bids.within(-price) - bought - lacking)
        return bought + paired + lacking, sold + paired

"""The call auction: one uniform price for everybody who waits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Lots = NDArray[np.int64]

PRICE_BOUND = 2**62  # one tick above a bid must still be an int64


@dataclass(frozen=True, slots=True)
class Clearing:
    """What an auction came to.

    price: minor units per lot, or None when nothing crosses. lots: traded. bid_fills, ask_fills: lots per order,
    aligned with the inputs. imbalance: lots bid less lots asked at the price (0 when nothing crosses).
    """

    price: int | None
    lots: int
    bid_fills: Lots
    ask_fills: Lots
    imbalance: int


def call_auction(
    bid_prices: ArrayLike, bid_lots: ArrayLike, ask_prices: ArrayLike, ask_lots: ArrayLike, reference_price: int
) -> Clearing:
    """Clear limit orders at the one price that trades most.

    Any tick may be the price, between orders too: of all integers, those with maximal lots, then the least
    |imbalance|, then the nearest to reference_price, then the lower. Demand falls only one tick above a bid and supply
    rises only at an ask, so between two such ticks nothing changes and one candidate a stretch (the tick of it nearest
    to the reference) is enough. Fills go to the better price first, then in input order.

    bid_prices, bid_lots: length n; ask_prices, ask_lots: length m; integers, prices in minor units per lot.
    Raises ValueError for unequal lengths, negative lots, or numbers that are no integers.
    Method: the maximum-volume, least-imbalance, reference-price rule of the opening auctions of stock exchanges.
    """
    bids, wanted = _orders(bid_prices, bid_lots, "bid")
    asks, offered = _orders(ask_prices, ask_lots, "ask")
    nothing = Clearing(None, 0, np.zeros_like(wanted), np.zeros_like(offered), 0)
    if not wanted.sum() or not offered.sum():
        return nothing
    starts = np.unique(np.concatenate((asks, bids + 1)))
    ends = np.append(starts[1:] - 1, starts[-1])  # beyond the last start nobody bids
    demand = _lots_at_or_above(bids, wanted, starts)
    supply = int(offered.sum()) - _lots_at_or_above(asks, offered, starts + 1)
    lots = np.minimum(demand, supply)
    most = int(lots.max())
    if most == 0:
        return nothing
    best = np.flatnonzero(lots == most)
    imbalance = np.abs(demand - supply)[best]
    best = best[imbalance == imbalance.min()]
    candidates = np.minimum(np.maximum(starts[best], reference_price), ends[best])
    distance = np.abs(candidates - reference_price)
    price = int(candidates[distance == distance.min()].min())
    stretch = int(np.searchsorted(starts, price, side="right")) - 1
    return Clearing(
        price=price,
        lots=most,
        bid_fills=ration(-bids, np.where(bids >= price, wanted, 0), most),
        ask_fills=ration(asks, np.where(asks <= price, offered, 0), most),
        imbalance=int(demand[stretch] - supply[stretch]),
    )


def ration(badness: Lots, lots: Lots, total: int) -> Lots:
    """Hand out `total` lots to orders in the sequence of their badness, ties in input order.

    badness, lots: length n. Returns length n, each at most its order's lots.
    """
    sequence = np.argsort(badness, kind="stable")
    before = np.cumsum(lots[sequence]) - lots[sequence]
    fills = np.zeros_like(lots)
    fills[sequence] = np.clip(total - before, 0, lots[sequence])
    return fills


def _lots_at_or_above(prices: Lots, lots: Lots, ticks: Lots) -> Lots:
    sequence = np.argsort(prices, kind="stable")
    cumulative = np.concatenate(([0], np.cumsum(lots[sequence])))
    below = cumulative[np.searchsorted(prices[sequence], ticks, side="left")]
    above: Lots = cumulative[-1] - below
    return above


def _orders(prices: ArrayLike, lots: ArrayLike, side: str) -> tuple[Lots, Lots]:
    price_array, lot_array = whole(prices, f"{side} prices"), whole(lots, f"{side} lots")
    if price_array.shape != lot_array.shape:
        raise ValueError(f"{len(price_array)} {side} prices and {len(lot_array)} {side} lots; expected as many of each")
    if (lot_array < 0).any():
        raise ValueError(f"{side} lots below 0; expected 0 or more")
    if (np.abs(price_array) > PRICE_BOUND).any():
        raise ValueError(f"a {side} price beyond {PRICE_BOUND} minor units; expected less")
    return price_array, lot_array


def whole(values: ArrayLike, meaning: str) -> Lots:
    """`values` as a one-dimensional int64 array. Raises ValueError unless they are whole numbers."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{meaning} in {array.ndim} dimensions; expected a plain list or array of whole numbers")
    counted = array.dtype.kind in "iu" or not array.size
    if not counted and (array.dtype.kind != "f" or not (np.isfinite(array) & (array == np.trunc(array))).all()):
        raise ValueError(f"{meaning} of type {array.dtype}; expected whole numbers")
    return array.astype(np.int64, copy=False)

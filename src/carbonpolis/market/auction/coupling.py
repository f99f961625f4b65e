"""The coupling of cities: what home could not match trades across cities where it is worth most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.market.auction.call import PRICE_BOUND, Lots, whole
from carbonpolis.market.auction.curves import Books, curve, mean
from carbonpolis.market.auction.network import transport
from carbonpolis.market.auction.pooled import hub, pool

FEE_BOUND = PRICE_BOUND - 2  # a price and a fee still add up within an int64
LOTS_BOUND = 2**62
SURE = 2.0**62  # a float below it stands for an int64, whatever was rounded
INT64 = np.iinfo(np.int64)


@dataclass(frozen=True, slots=True)
class Coupling:
    """What coupling n cities came to.

    prices: minor units per lot, one a city; buyers and sellers of a city trade at it. bid_fills, ask_fills: lots per
    order, aligned with the inputs. flows: lots from city i to city j, n x n, zero diagonal. welfare: bids filled at
    their limits less asks filled at theirs less fees. congestion_income: what the price differences bring beyond the
    fees. traded: which cities bought, sold or passed anything on; elsewhere the price is only a quotation: midway
    between the least and the greatest at which the city would not have traded.
    """

    prices: Lots
    bid_fills: Lots
    ask_fills: Lots
    flows: NDArray[np.int64]
    welfare: int
    congestion_income: int
    traded: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Problem:
    """The coupling of n cities in arrays: orders in input order, export limits and the n x n fee matrix."""

    bid_city: Lots
    bid_price: Lots
    bid_lots: Lots
    ask_city: Lots
    ask_price: Lots
    ask_lots: Lots
    surplus: Lots
    fee: NDArray[np.int64]


def couple(bids: Any, asks: Any, surplus: ArrayLike, fee: ArrayLike) -> Coupling:
    """Trade across cities for the greatest welfare, exactly, in whole lots.

    bids, asks: frames (or mappings of arrays) with columns city (0 ... n-1), price (minor units per lot), lots.
    surplus: length n, the most lots that a city may send out. fee: minor units per lot, n x n from row to column, or a
    vector, then fee[i, j] = fee[i] + fee[j]. Trade within a city carries no fee and no limit. A lot may pass through a
    third city when a matrix makes that cheaper; it then pays both fees and counts against both limits.

    The problem is a network flow, so its optimum is in whole lots. Where every fee is a way out plus a way in, as all
    vectors are, the cities meet at one hub whose price is searched for (pooled.py); any other matrix is solved
    by descent in price space (network.py). Both say which of several optima they take; neither draws lots, so
    the same input always gives the same output, and a vector the same as its matrix. A city then trades at home what
    is worth it and pairs, better price first and ties in input order.
    Prices don't depend on which optimum was taken: the duals of a network flow are all integer solutions of a system
    of differences, which is closed under rounded means (L-natural convexity, Murota 2003, "Discrete Convex
    Analysis"), and the mean of its least and its greatest solution, rounded down, is the one given.
    That this system has a solution at all proves in integers that the flow is optimal.

    Raises ValueError for a city outside 0 ... n-1, negative lots, surplus or fees, misshapen arrays, or numbers past
    2^62: prices, fees less two, the lots of a side.
    """
    problem = _problem(bids, asks, surplus, fee)
    bid_fills, ask_fills, flows = _solve(problem)
    prices = _prices(problem, bid_fills, ask_fills, flows)
    traded = (flows.sum(axis=0) + flows.sum(axis=1)) > 0
    traded[problem.bid_city[bid_fills > 0]] = True
    return Coupling(
        prices=prices,
        bid_fills=bid_fills,
        ask_fills=ask_fills,
        flows=flows,
        welfare=_value(problem.bid_price, bid_fills)
        - _value(problem.ask_price, ask_fills)
        - _value(problem.fee, flows),
        congestion_income=_value(prices, flows.sum(axis=0) - flows.sum(axis=1)) - _value(problem.fee, flows),
        traded=traded,
    )


def _problem(bids: Any, asks: Any, surplus: ArrayLike, fee: ArrayLike) -> Problem:
    limits = whole(surplus, "surplus")
    n = len(limits)
    given = np.asarray(fee)
    charges: NDArray[np.int64] = whole(given.ravel(), "fee").reshape(given.shape)
    if (charges > FEE_BOUND // (2 if charges.ndim == 1 else 1)).any():
        raise ValueError(f"a fee beyond {FEE_BOUND} minor units a border; expected less")
    if charges.ndim == 1 and len(charges) == n:
        charges = charges[:, np.newaxis] + charges[np.newaxis, :]
    if charges.shape != (n, n):
        raise ValueError(f"fee of shape {charges.shape} for {n} cities; expected ({n},) or ({n}, {n})")
    if (limits < 0).any() or (charges < 0).any():
        raise ValueError("a surplus or fee below 0; expected 0 or more")
    return Problem(*_side(bids, n, "bids"), *_side(asks, n, "asks"), limits, charges)


def _side(orders: Mapping[str, ArrayLike], n: int, side: str) -> tuple[Lots, Lots, Lots]:
    city, price, lots = (whole(orders[column], f"{side} {column}") for column in ("city", "price", "lots"))
    if len(city) and not (city.min() >= 0 and city.max() < n):
        raise ValueError(f"{side} of a city outside 0 ... {n - 1}; surplus names {n} cities")
    if (lots < 0).any():
        raise ValueError(f"{side} of lots below 0; expected 0 or more")
    if lots.sum(dtype=np.float64) > LOTS_BOUND:
        raise ValueError(f"{side} of more than {LOTS_BOUND} lots together; expected less")
    if len(price) and (price.min() < -PRICE_BOUND or price.max() > PRICE_BOUND):
        raise ValueError(f"{side} with a price beyond {PRICE_BOUND} minor units; expected less")
    return city, price, lots


def _solve(problem: Problem) -> tuple[Lots, Lots, NDArray[np.int64]]:
    """Fills of bids and asks, and flows n x n, of the greatest welfare."""
    n = len(problem.surplus)
    books = Books(
        curve(problem.bid_city, -problem.bid_price, problem.bid_lots, n),
        curve(problem.ask_city, problem.ask_price, problem.ask_lots, n),
    )
    if not len(problem.bid_lots) or not len(problem.ask_lots):
        return np.zeros_like(problem.bid_lots), np.zeros_like(problem.ask_lots), np.zeros((n, n), dtype=np.int64)
    low = int(min(problem.bid_price.min(), problem.ask_price.min()))
    high = int(max(problem.bid_price.max(), problem.ask_price.max()))
    limits = np.minimum(problem.surplus, problem.ask_lots.sum())
    fees = hub(problem.fee)
    if fees is not None:
        flows = pool(books, limits, fees, low, high)
    else:
        flows = transport(books, limits, problem.fee, low, high)
        flows -= np.minimum(flows, flows.T)  # there and back again, at no fee, moves nothing
    assert (flows.sum(axis=1) <= limits).all(), "a city would send out more than its surplus"
    bought, sold = books.at_home(flows.sum(axis=0) - flows.sum(axis=1), low, high)
    return books.bids.deal(bought), books.asks.deal(sold), flows


def _prices(problem: Problem, bid_fills: Lots, ask_fills: Lots, flows: NDArray[np.int64]) -> Lots:
    """The rounded-down mean of the least and the greatest dual prices, length n.

    Unknowns are each city's price p and its price at the border q >= p (they differ only where the export limit binds):
    p[j] - q[i] <= fee[i, j], equal where lots flow; what an order got bounds its city's p.
    """
    low, high = _bounds(problem, bid_fills, ask_fills)
    limited = flows.sum(axis=1) >= problem.surplus
    greatest = _greatest(problem.fee, flows > 0, limited, high)
    least = _least(problem.fee, flows > 0, limited, low)
    assert (least <= greatest).all() and (least >= low).all() and (greatest <= high).all(), (
        "no dual prices: not optimal"
    )
    return mean(least, greatest)


def _bounds(problem: Problem, bid_fills: Lots, ask_fills: Lots) -> tuple[Lots, Lots]:
    """Least and most that each city's price may be: nobody trades past its limit, nobody better is passed over."""
    n = len(problem.surplus)
    every = np.concatenate((problem.bid_price, problem.ask_price))
    low = np.full(n, every.min() if len(every) else 0, dtype=np.int64)
    high = np.full(n, every.max() if len(every) else 0, dtype=np.int64)
    bought, short = bid_fills > 0, bid_fills < problem.bid_lots
    sold, unsold = ask_fills > 0, ask_fills < problem.ask_lots
    np.maximum.at(low, problem.bid_city[short], problem.bid_price[short])
    np.maximum.at(low, problem.ask_city[sold], problem.ask_price[sold])
    np.minimum.at(high, problem.bid_city[bought], problem.bid_price[bought])
    np.minimum.at(high, problem.ask_city[unsold], problem.ask_price[unsold])
    return low, high


def _greatest(fee: NDArray[np.int64], flowing: NDArray[np.bool_], limited: NDArray[np.bool_], high: Lots) -> Lots:
    """The greatest home prices under the differences, from above by relaxation (Bellman-Ford)."""
    price = high.copy()
    free = high.max(initial=0) + 1  # a price at the border that binds nobody
    border = np.full_like(high, free)
    for _ in range(2 * len(high) + 2):
        reached = np.where(flowing, price[np.newaxis, :] - fee, border[:, np.newaxis]).min(axis=1, initial=free)
        new_border = np.minimum(border, reached)
        new_border = np.where(limited, new_border, np.minimum(new_border, price))
        landed = _apart(new_border[:, np.newaxis] + fee, INT64.max).min(axis=0, initial=INT64.max)
        new_price = np.minimum(np.minimum(price, new_border), landed)
        if (new_price == price).all() and (new_border == border).all():
            return price
        price, border = new_price, new_border
    raise AssertionError("the prices of the coupling don't settle: the flow is not optimal")


def _least(fee: NDArray[np.int64], flowing: NDArray[np.bool_], limited: NDArray[np.bool_], low: Lots) -> Lots:
    """The least home prices under the differences, from below by relaxation."""
    price = low.copy()
    border = low.copy()
    for _ in range(2 * len(low) + 2):
        wanted = _apart(price[np.newaxis, :] - fee, INT64.min).max(axis=1, initial=INT64.min)
        new_border = np.maximum(np.maximum(border, price), wanted)
        landed = np.where(flowing, new_border[:, np.newaxis] + fee, price[np.newaxis, :]).max(axis=0, initial=INT64.min)
        new_price = np.maximum(price, landed)
        new_price = np.where(limited, new_price, np.maximum(new_price, new_border))
        if (new_price == price).all() and (new_border == border).all():
            return price
        price, border = new_price, new_border
    raise AssertionError("the prices of the coupling don't settle: the flow is not optimal")


def _apart(between: NDArray[np.int64], nothing: int) -> NDArray[np.int64]:
    """What holds between cities, with `nothing` from a city to itself."""
    np.fill_diagonal(between, nothing)
    return between


def _value(each: NDArray[np.int64], lots: NDArray[np.int64]) -> int:
    """Sum of products as a Python integer; in 64 bits where that can't overflow."""
    moving = lots != 0
    prices, counts = each[moving], lots[moving]
    if not len(prices):
        return 0
    farthest = max(abs(int(prices.min())), abs(int(prices.max())))
    if farthest * float(np.abs(counts).sum(dtype=np.float64)) < SURE:
        return int(np.dot(prices, counts))
    return sum(int(price) * int(count) for price, count in zip(prices, counts, strict=True))

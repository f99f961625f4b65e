"""The coupling of cities: what home could not match trades across cities where it is worth most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from carbonpolis.market.auction import Lots, ration, whole

UNBOUND = 2**62  # farther than any price
_minimise: Any = linprog  # its stubs know no sparse matrices


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

    The problem is a network flow, so its vertices are whole numbers. For now HiGHS (through scipy's dual simplex) finds
    one; the fills of a city are then dealt out anew, better price first and ties in input order. Where several
    optima exist, the one that HiGHS reaches from this input is taken: the same input always gives the same output.
    Prices don't come from the solver: the duals of a network flow are all integer solutions of a system of
    differences, which is closed under rounded means (L-natural convexity, Murota 2003, "Discrete Convex Analysis"),
    so the mean of its least and its greatest solution is one, and the same whichever optimum was found.
    That this system has a solution at all proves in integers that the flow is optimal.

    Raises ValueError for a city outside 0 ... n-1, negative lots, surplus or fees, or misshapen arrays.
    """
    problem = _problem(bids, asks, surplus, fee)
    bid_fills, ask_fills, flows = _solve(problem)
    prices = _prices(problem, bid_fills, ask_fills, flows)
    welfare = _value(problem.bid_price, bid_fills) - _value(problem.ask_price, ask_fills) - _value(problem.fee, flows)
    differences = prices[np.newaxis, :] - prices[:, np.newaxis]
    traded = (flows.sum(axis=0) + flows.sum(axis=1)) > 0
    traded[problem.bid_city[bid_fills > 0]] = True
    return Coupling(
        prices=prices,
        bid_fills=bid_fills,
        ask_fills=ask_fills,
        flows=flows,
        welfare=welfare,
        congestion_income=_value(differences - problem.fee, flows),
        traded=traded,
    )


def _problem(bids: Any, asks: Any, surplus: ArrayLike, fee: ArrayLike) -> Problem:
    limits = whole(surplus, "surplus")
    n = len(limits)
    given = np.asarray(fee)
    charges: NDArray[np.int64] = whole(given.ravel(), "fee").reshape(given.shape)
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
    return city, price, lots


def _solve(problem: Problem) -> tuple[Lots, Lots, NDArray[np.int64]]:
    """Fills of bids and asks, and flows n x n, at an optimal vertex."""
    n, bids, asks = len(problem.surplus), len(problem.bid_lots), len(problem.ask_lots)
    origin, target = np.nonzero(~np.eye(n, dtype=bool) & (problem.surplus > 0)[:, np.newaxis])
    arcs, ones = len(origin), np.ones
    if not bids or not asks:
        return np.zeros_like(problem.bid_lots), np.zeros_like(problem.ask_lots), np.zeros((n, n), dtype=np.int64)
    columns = np.arange(bids + asks + arcs)
    bid_columns, ask_columns, arc_columns = np.split(columns, (bids, bids + asks))
    balance = coo_array(
        (
            np.concatenate((-ones(bids), ones(asks), -ones(arcs), ones(arcs))),
            (
                np.concatenate((problem.bid_city, problem.ask_city, origin, target)),
                np.concatenate((bid_columns, ask_columns, arc_columns, arc_columns)),
            ),
        ),
        shape=(n, len(columns)),
    )
    export = coo_array((ones(arcs), (origin, arc_columns)), shape=(n, len(columns)))
    upper = np.concatenate((problem.bid_lots, problem.ask_lots, problem.surplus[origin])).astype(np.float64)
    answer = _minimise(
        np.concatenate((-problem.bid_price, problem.ask_price, problem.fee[origin, target])).astype(np.float64),
        A_ub=export.tocsr(),
        b_ub=problem.surplus.astype(np.float64),
        A_eq=balance.tocsr(),
        b_eq=np.zeros(n),
        bounds=[(0.0, limit) for limit in upper.tolist()],
        method="highs-ds",
    )
    assert answer.status == 0, f"the linear programme of the coupling did not solve: {answer.message}"
    lots = np.rint(answer.x).astype(np.int64)
    flows = np.zeros((n, n), dtype=np.int64)
    flows[origin, target] = lots[arc_columns]
    flows -= np.minimum(flows, flows.T)  # there and back again, at no fee, moves nothing
    bought = np.bincount(problem.bid_city, weights=lots[bid_columns], minlength=n).astype(np.int64)
    sold = np.bincount(problem.ask_city, weights=lots[ask_columns], minlength=n).astype(np.int64)
    assert (sold + flows.sum(axis=0) == bought + flows.sum(axis=1)).all(), "lots of the coupling don't balance"
    assert (flows.sum(axis=1) <= problem.surplus).all(), "a city would send out more than its surplus"
    bid_fills = _deal(problem.bid_city, -problem.bid_price, problem.bid_lots, bought)
    ask_fills = _deal(problem.ask_city, problem.ask_price, problem.ask_lots, sold)
    return bid_fills, ask_fills, flows


def _deal(city: Lots, badness: Lots, lots: Lots, totals: Lots) -> Lots:
    """Each city's total in price-time order among its orders."""
    fills = np.zeros_like(lots)
    for index in np.flatnonzero(totals):
        own = np.flatnonzero(city == index)
        fills[own] = ration(badness[own], lots[own], int(totals[index]))
    return fills


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
    return (least + greatest) // 2


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
    border = np.full_like(high, high.max(initial=0) + 1 + int(fee.max(initial=0)))
    for _ in range(2 * len(high) + 2):
        reached = np.where(flowing, price[np.newaxis, :] - fee, border[:, np.newaxis]).min(axis=1, initial=UNBOUND)
        new_border = np.minimum(border, reached)
        new_border = np.where(limited, new_border, np.minimum(new_border, price))
        landed = (new_border[:, np.newaxis] + _apart(fee)).min(axis=0, initial=UNBOUND)
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
        wanted = (price[np.newaxis, :] - _apart(fee)).max(axis=1, initial=-UNBOUND)
        new_border = np.maximum(np.maximum(border, price), wanted)
        landed = np.where(flowing, new_border[:, np.newaxis] + fee, price[np.newaxis, :]).max(axis=0, initial=-UNBOUND)
        new_price = np.maximum(price, landed)
        new_price = np.where(limited, new_price, np.maximum(new_price, new_border))
        if (new_price == price).all() and (new_border == border).all():
            return price
        price, border = new_price, new_border
    raise AssertionError("the prices of the coupling don't settle: the flow is not optimal")


def _apart(fee: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fees, with none small enough to matter from a city to itself."""
    apart: NDArray[np.int64] = np.where(np.eye(len(fee), dtype=bool), UNBOUND // 2, fee)
    return apart


def _value(each: NDArray[np.int64], lots: NDArray[np.int64]) -> int:
    """Sum of products as a Python integer, which can't overflow."""
    moving = lots != 0
    return sum(int(price) * int(count) for price, count in zip(each[moving], lots[moving], strict=True))

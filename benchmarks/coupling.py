"""Coupling of 300 cities with 600 thousand orders: at least 50 times HiGHS with vector fees, 10 times with a matrix.

HiGHS is given one variable per order, as the problem is stated, and, to be fair, also the same problem with the orders of a
city that share a price made one (which is then timed as part of its work). With vector fees it may use the hub as we
do: a way out and a way in for each city instead of a way for each pair. Its interior point is the peer, because it was the
fastest of its methods here (its dual simplex took minutes).
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
from _measure import Row, best_of, main, row, say
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from carbonpolis.market import couple

CITIES, ORDERS, SEED = 300, 600_000, 20  # give fewer orders as an argument for a quick look
Ints = NDArray[np.int64]


def book(random: np.random.Generator, orders: int, dearer: int) -> pd.DataFrame:
    """Orders spread over all cities: prices 5.00 to 90.00 in cents, 1 to 999 lots."""
    columns = {
        "city": random.integers(0, CITIES, orders),
        "price": random.integers(500, 9000, orders) + dearer,
        "lots": random.integers(1, 1000, orders),
    }
    return pd.DataFrame(columns)


def levels(orders: pd.DataFrame) -> pd.DataFrame:
    """Lots per city and price."""
    return orders.groupby(["city", "price"], as_index=False)["lots"].sum()


def highs(bids: pd.DataFrame, asks: pd.DataFrame, surplus: Ints, fee: Ints) -> float:
    """Welfare by HiGHS's interior point, through scipy; a vector of fees as ways to and from a hub, node n."""
    n = len(surplus)
    if fee.ndim == 1:
        cities, at_hub = np.arange(n), np.full(n, n)
        origin, target = np.concatenate((cities, at_hub)), np.concatenate((at_hub, cities))
        charges, most = np.concatenate((fee, fee)), np.concatenate((surplus, np.full(n, np.inf)))
    else:
        origin, target = np.nonzero(~np.eye(n, dtype=bool))
        charges, most = fee[origin, target], surplus[origin].astype(float)
    b, a, m = len(bids), len(asks), len(origin)
    column = np.arange(b + a + m)
    ways = column[b + a :]
    values = np.concatenate((-np.ones(b), np.ones(a), -np.ones(m), np.ones(m)))
    rows = np.concatenate((bids["city"], asks["city"], origin, target))
    balance = coo_array((values, (rows, np.concatenate((column, ways)))), shape=(n + 1, b + a + m)).tocsr()
    export = coo_array((np.ones(m), (origin, ways)), shape=(n + 1, b + a + m)).tocsr()[:n]
    cost = np.concatenate((-bids["price"], asks["price"], charges)).astype(float)
    upper = np.concatenate((bids["lots"], asks["lots"], most)).astype(float)
    bounds = np.stack((np.zeros(len(upper)), upper), axis=1)
    answer = linprog(
        cost, A_ub=export, b_ub=surplus.astype(float), A_eq=balance, b_eq=np.zeros(n + 1), bounds=bounds,
        method="highs-ipm",
    )  # fmt: skip
    assert answer.status == 0, answer.message
    return -float(answer.fun)


def measure() -> list[Row]:
    """Both kinds of fees: ours, HiGHS on orders, HiGHS on price levels."""
    random = np.random.default_rng(SEED)
    bids, asks = book(random, ORDERS // 2, 0), book(random, ORDERS // 2, 100)
    surplus = random.integers(0, 300_000, CITIES)
    places = random.random((CITIES, 2))
    distance = np.linalg.norm(places[:, np.newaxis] - places[np.newaxis, :], axis=2)
    vector = random.integers(0, 400, CITIES)
    matrix = (distance * 800).astype(np.int64) + random.integers(0, 60, (CITIES, CITIES))
    rows = []
    for name, fee in (("vector", vector), ("matrix", matrix)):
        mine = couple(bids, asks, surplus, fee)
        ours = best_of(lambda fee=fee: couple(bids, asks, surplus, fee), runs=7)
        for peer, given in (("orders", lambda side: side), ("price levels", levels)):
            say(f"HiGHS, {name} fees, one variable per {peer} ...")
            began = time.perf_counter()
            welfare = highs(given(bids), given(asks), surplus, fee)
            seconds = time.perf_counter() - began
            assert abs(welfare - mine.welfare) <= 1e-9 * mine.welfare, "both must come to the same welfare"
            against = f"HiGHS interior point with crossover through scipy, one variable per {peer.rstrip('s')}; one run"
            note = f"{CITIES} cities, {ORDERS:,} orders, same welfare; ours best of 7"
            rows.append(
                row(f"coupling/{name} fees/{peer}", ours, peer=seconds, unit="s", against=against, note=note,
                    less_is_better=True)
            )  # fmt: skip
    return rows


if __name__ == "__main__":
    ORDERS = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    main(measure)

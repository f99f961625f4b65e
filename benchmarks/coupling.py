"""Coupling of 300 cities with 600 thousand orders: at least 50 times HiGHS with vector fees, 10 times with a matrix.

To be fair, HiGHS is given what helps it: orders of a city at one price made one variable (timed as part of its work),
with vector fees the hub that we use too (a way out and a way in for each city instead of one for each pair), and its
interior point, the fastest of its methods here. With one variable per order, as the problem is stated, it takes minutes
at the full size, so that comparison is made at a tenth of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from _measure import Row, best_of, main, row, say
from carbonpolis.market import couple

CITIES, ORDERS, SEED = 300, 600_000, 20
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
    """Both kinds of fees: the full size against price levels, a tenth of it against orders."""
    return [
        *_against(ORDERS, "price level", levels),
        *_against(ORDERS // 10, "order", lambda orders: orders),
    ]


def _against(orders: int, variable: str, given: Callable[[pd.DataFrame], pd.DataFrame]) -> Iterator[Row]:
    random = np.random.default_rng(SEED)
    bids, asks = book(random, orders // 2, 0), book(random, orders // 2, 100)
    surplus = random.integers(0, orders // 2, CITIES)
    places = random.random((CITIES, 2))
    distance = np.linalg.norm(places[:, np.newaxis] - places[np.newaxis, :], axis=2)
    vector = random.integers(0, 400, CITIES)
    matrix = (distance * 800).astype(np.int64) + random.integers(0, 60, (CITIES, CITIES))
    for name, fee in (("vector", vector), ("matrix", matrix)):
        mine = couple(bids, asks, surplus, fee)
        ours = best_of(lambda fee=fee: couple(bids, asks, surplus, fee), runs=7)
        say(f"HiGHS: {orders:,} orders, {name} fees, one variable per {variable} ...")
        began = time.perf_counter()
        welfare = highs(given(bids), given(asks), surplus, fee)
        seconds = time.perf_counter() - began
        assert abs(welfare - mine.welfare) <= 1e-9 * mine.welfare, "both must come to the same welfare"
        yield row(
            f"coupling/{name} fees/{orders:,} orders", ours, peer=seconds, unit="s", less_is_better=True,
            against=f"HiGHS interior point with crossover through scipy, one variable per {variable}; one run",
            note=f"{CITIES} cities, same welfare; ours best of 7",
        )  # fmt: skip


if __name__ == "__main__":
    main(measure)

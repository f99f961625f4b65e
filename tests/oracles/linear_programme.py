"""Reference truth about coupling: HiGHS (scipy's linprog) on one variable per price level, border and way."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array


def greatest_welfare(bids: dict, asks: dict, surplus: np.ndarray, fee: np.ndarray) -> float:
    """Welfare of the best coupling. bids, asks: arrays city, price, lots; fee: n x n."""
    n = len(surplus)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    b, a, m = len(bids["city"]), len(asks["city"]), len(i)
    column = np.arange(b + a + m)
    ways = column[b + a :]
    balance = coo_array(
        (
            np.concatenate((-np.ones(b), np.ones(a), -np.ones(m), np.ones(m))),
            (np.concatenate((bids["city"], asks["city"], i, j)), np.concatenate((column, ways))),
        ),
        shape=(n, b + a + m),
    )
    export = coo_array((np.ones(m), (i, ways)), shape=(n, b + a + m))
    upper = np.concatenate((bids["lots"], asks["lots"], np.full(m, np.inf)))
    answer = linprog(
        np.concatenate((-bids["price"], asks["price"], fee[i, j])).astype(float),
        A_ub=export.tocsr(), b_ub=surplus.astype(float), A_eq=balance.tocsr(), b_eq=np.zeros(n),
        bounds=np.stack((np.zeros(len(upper)), upper), axis=1), method="highs",
    )  # fmt: skip
    assert answer.status == 0, answer.message
    return -answer.fun

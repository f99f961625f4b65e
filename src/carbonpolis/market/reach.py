"""How many lots an order could get at home and abroad together: what fill-or-kill has to know beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from carbonpolis.market.book import Records


def within_reach(
    books: Sequence[Records],
    home: int,
    *,
    buys: bool,
    price: int | None,
    fee: NDArray[np.int64],
    surplus: NDArray[np.int64],
) -> int:
    """Lots that an order from city `home` with this limit would find.

    books: of each city, the resting orders of the other side that may trade with it, ORDER_DTYPE. price: None for any.
    fee: per lot, city x city. surplus: lots that each city may send.
    """
    reach = []
    for city, wanted in enumerate(books):
        if price is not None and buys:
            wanted = wanted[wanted["price"] + fee[city, home] <= price]
        elif price is not None:
            wanted = wanted[wanted["price"] - fee[home, city] >= price]
        reach.append(sum(wanted["lots"].tolist()))
    abroad = [lots for city, lots in enumerate(reach) if city != home]
    if not buys:
        return int(reach[home] + min(sum(abroad), int(surplus[home])))
    limits = [int(lots) for city, lots in enumerate(surplus) if city != home]
    return int(reach[home] + sum(min(pair) for pair in zip(abroad, limits, strict=True)))


def inside(orders: Records, limits: tuple[int, int], *, buys: bool) -> Records:
    """Of the orders of one side, those that an incoming one comes to before a price outside the daily limits. buys:
    whether that one buys."""
    low, high = limits
    price = orders["price"]
    if buys:
        return orders[price <= high] if (price >= low).all() else orders[:0]
    return orders[price >= low] if (price <= high).all() else orders[:0]

"""What an order could meet at home and abroad: what fill-or-kill and self-trade prevention have to know beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from carbonpolis.market.continuous.types import Known
from carbonpolis.market.matching.order_book import Records
from carbonpolis.market.matching.types import Ticket, crosses


def within_reach(
    sides: Sequence[Records], home: int, order: Ticket, *, fee: NDArray[np.int64], surplus: NDArray[np.int64]
) -> int:
    """Lots that an order from city `home` would find within its limit.

    sides: of each city, the resting orders that may trade with it (`meetable`). fee: per lot, city x city. surplus:
    lots that each city may send.
    """
    reach, buys, limit = [], order.side == "buy", order.price
    for city, wanted in enumerate(sides):
        if limit is not None and buys:
            wanted = wanted[wanted["price"] + fee[city, home] <= limit]
        elif limit is not None:
            wanted = wanted[wanted["price"] - fee[home, city] >= limit]
        reach.append(sum(wanted["lots"].tolist()))
    abroad = [lots for city, lots in enumerate(reach) if city != home]
    if not buys:
        return int(reach[home] + min(sum(abroad), int(surplus[home])))
    limits = [int(lots) for city, lots in enumerate(surplus) if city != home]
    return int(reach[home] + sum(min(pair) for pair in zip(abroad, limits, strict=True)))


def meetable(orders: Records, limits: tuple[int, int] | None, *, buys: bool, skip: int | None) -> Records:
    """Of a book's orders, ORDER_DTYPE, those that an incoming one comes to before a price outside the daily limits.

    limits: None for a book in a call, which trades with nobody. buys: whether the incoming order buys. skip: the owner
    whose orders do not count.
    """
    found = orders[(orders["side"] == int(buys)) & (limits is not None)]
    if limits is not None:
        low, high = limits
        price = found["price"]
        beyond = (price < low).any() if buys else (price > high).any()
        found = found[:0] if beyond else found[price <= high] if buys else found[price >= low]
    rest: Records = found if skip is None else found[found["owner"] != skip]
    return rest


def meets_own(resting: Iterable[Known], order: Ticket, home: int, fee: NDArray[np.int64]) -> bool:
    """Whether an order from city `home` could trade with one of its own owner's, wherever that waits."""
    for known in resting:
        own, price = known.ticket, known.ticket.price
        if own.owner == order.owner and own.side != order.side and price is not None:
            paid = price + int(fee[known.city, home]) if order.side == "buy" else price - int(fee[home, known.city])
            if crosses(order.side, order.price, paid):
                return True
    return False

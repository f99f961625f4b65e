"""Orders as they are handed in: whether they can be ones, as columns for compiled code, and which go together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carbonpolis.errors import OrderRejected
from carbonpolis.market.continuous.fees import PRICE_BOUND
from carbonpolis.market.matching.order_book import SIDES, TIFS, Records
from carbonpolis.market.matching.types import ABSENT, ORDER_DTYPE, Ticket

LOTS_BOUND = 2**40  # so that a side never holds more than an int64
_IDS = range(-(2**63), 2**63)


def check(ticket: Ticket) -> None:
    """Raise ValueError for what can be no order, OrderRejected for lots out of bounds."""
    for what, given, choices in (("side", ticket.side, SIDES), ("tif", ticket.tif, TIFS)):
        if given not in choices:
            raise ValueError(f"{what} is {given!r}; expected {', '.join(choices)}")
    price, name = ticket.price, f"order {ticket.order_id}"
    if price is not None and not -PRICE_BOUND <= price <= PRICE_BOUND:
        raise ValueError(f"price is {price}; expected at most {PRICE_BOUND} either way between cities")
    for what, number in (("order_id", ticket.order_id), ("owner", ticket.owner)):
        if number not in _IDS:
            raise ValueError(f"{what} is {number}; expected a number that an int64 holds")
    if ticket.lots < 1:
        raise OrderRejected(name, "it is for less than 1 lot; to take an order out, cancel it.")
    if ticket.lots > LOTS_BOUND:
        raise OrderRejected(name, f"it is for {ticket.lots} lots; expected at most {LOTS_BOUND}.")


def post_only(order_id: int) -> OrderRejected:
    """The refusal of an order that may only rest."""
    return OrderRejected(f"order {order_id}", "it is post-only and would trade at once.")


def rows(tickets: Sequence[Ticket]) -> Records:
    """The orders as submissions, ORDER_DTYPE."""
    made: Records = np.zeros(len(tickets), ORDER_DTYPE)
    ids, owners, sides, lots, prices, tifs, only = zip(*tickets, strict=True)
    made["order_id"], made["owner"], made["lots"], made["post_only"] = ids, owners, lots, only
    made["side"], made["tif"] = [SIDES[side] for side in sides], [TIFS[tif] for tif in tifs]
    made["price"] = [ABSENT if price is None else price for price in prices]
    return made


def runs(orders: Sequence[Ticket], *, alone: bool = False) -> list[tuple[int, int]]:
    """Places from, to: orders that can go through together, and by themselves those that look at the books first.

    alone: each by itself.
    """
    found, start = [], 0
    for place, ticket in enumerate(orders):
        if alone or ticket.post_only or ticket.tif == "fok" or ticket.price is None:
            found += [(start, place), (place, place + 1)] if start < place else [(place, place + 1)]
            start = place + 1
    return [*found, (start, len(orders))] if start < len(orders) else found

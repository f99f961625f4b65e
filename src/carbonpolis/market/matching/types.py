"""What goes into one book and comes out of it: rows of orders and fills, and the words for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

# What `OrderBook.process` takes and gives. action: 0 submit, 1 cancel, 2 amend; side: 0 buy, 1 sell; tif: 0 gtc, 1 day,
# 2 ioc, 3 fok. ABSENT stands for None: in the price of a market order, and in what an amendment leaves as it is.
ORDER_DTYPE = np.dtype(
    {
        "names": ["order_id", "owner", "action", "side", "tif", "post_only", "price", "lots"],
        "formats": ["i8", "i8", "i1", "i1", "i1", "i1", "i8", "i8"],
    },
    align=True,
)


FILL_DTYPE = np.dtype([("maker_id", "i8"), ("taker_id", "i8"), ("price", "i8"), ("lots", "i8")], align=True)


ABSENT = -(2**63)


class Ticket(NamedTuple):
    """An order as it is handed to a book: what `OrderBook.submit` takes, in that order.

    side: "buy" | "sell". price: limit in minor units per lot, None for the market. tif: "gtc" | "day" | "ioc" | "fok".
    """

    order_id: int
    owner: int
    side: str
    lots: int
    price: int | None = None
    tif: str = "gtc"
    post_only: bool = False


def crosses(side: str, limit: int | None, price: int) -> bool:
    """Whether an order of a side, to its limit (None: any), would trade at a price."""
    return limit is None or (price <= limit if side == "buy" else price >= limit)


def keeps_place(lots: int, price: int, *, before: tuple[int, int]) -> bool:
    """Whether an amendment to these lots and this price keeps its place in time: the same price and no more lots.

    before: lots open and price as they were.
    """
    return price == before[1] and 0 < lots <= before[0]


@dataclass(frozen=True, slots=True)
class Fill:
    """Lots of an incoming order (taker) against one that waited (maker), at the waiting one's price."""

    maker_id: int | str
    taker_id: int | str
    price: int
    lots: int


class Outcome(IntEnum):
    """What came of one order of a batch. Where it is not DONE, NOT_WHOLE or PASSED_BAND, `submit` and the like
    raise."""

    DONE = 0
    UNKNOWN = 1  # a cancellation or amendment of an order that rests not here
    DUPLICATE = 2  # an order of that id rests here
    BAD_LOTS = 3  # lots below 1
    BAD_FIELD = 4  # an action, side or tif that does not exist
    TOO_MANY_LOTS = 5  # with it, the side would hold more lots than an int64
    WOULD_CROSS = 6  # post-only, and it would trade
    MEETS_OWN = 7  # it would trade with its own owner, and the book rejects that
    NOT_WHOLE = 8  # fill-or-kill, and it can't fill whole: it did nothing
    PASSED_BAND = 9  # it came to a price outside the band: the book halted, what was left of it is in `halt`


@dataclass(frozen=True, slots=True)
class Halt:
    """Why a book halted: the order that came to a price outside the band, and its lots then left.

    price: its limit, None for a market order. A market, ioc or fok order does not wait for the auction.
    """

    order_id: int
    owner: int
    side: str
    lots: int
    price: int | None
    tif: str


@dataclass(frozen=True, slots=True)
class Resting:
    """An order that rests: lots open, price in minor units per lot."""

    order_id: int
    owner: int
    side: str
    lots: int
    price: int

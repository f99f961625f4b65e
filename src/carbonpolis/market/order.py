"""Orders, what matches them, and the trades they become."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

import numpy as np

from carbonpolis.quantity import KG_PER_LOT

Parts = tuple[tuple[str, int], ...]

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
OPEN = frozenset({"new", "open", "partly_filled"})  # states in which an order can trade


class Side(StrEnum):
    """Which way an order goes. Values are stored: never rename one."""

    BUY = "buy"
    SELL = "sell"


class Tif(StrEnum):
    """How long an order stands. Values are stored: never rename one."""

    GTC = "gtc"  # until cancelled
    DAY = "day"
    IOC = "ioc"  # fill now, drop the rest
    FOK = "fok"  # all now or nothing


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


@dataclass(frozen=True, slots=True)
class CityFill:
    """Lots from a seller's to a buyer's city. Prices in minor units per lot; buyer_price = seller_price + fee."""

    maker_id: int
    taker_id: int
    seller_city: int
    buyer_city: int
    lots: int
    seller_price: int
    buyer_price: int

    @property
    def fee(self) -> int:
        """Transfer fee, minor units per lot; 0 at home."""
        return self.buyer_price - self.seller_price


@dataclass(slots=True)
class Known:
    """An order that is in a book, as all cities' books know it. open: lots. entered: its place in time among theirs."""

    city: int
    ticket: Ticket
    open: int
    entered: int


@dataclass(frozen=True, slots=True)
class Order:
    """A wish to trade in one city's book.

    city: the book, which is also the origin of the units. owner_city: where the owner keeps its accounts. lots: in all;
    filled: of them. price: limit in minor units per lot. at: ISO date. parts: (batch, kg) that a seller still has set
    aside. state: new | open | partly_filled | filled | cancelled | expired. number: its id and place in time in the
    books of continuous trading; 0 for an order that waits for a call auction only. time, ended: UTC moments as ISO 8601
    text, of its entry and of its cancellation, expiry or last fill; "" where only the day is known, or it still stands.
    """

    id: str
    city: str
    owner: str
    owner_city: str
    side: Side
    lots: int
    price: int
    tif: Tif
    state: str
    filled: int
    at: str
    parts: Parts = ()
    number: int = 0
    post_only: bool = False
    time: str = ""
    ended: str = ""

    def __post_init__(self) -> None:
        if self.lots <= 0 or self.price < 0:
            raise ValueError(
                f"order {self.id}: {self.lots} lots at {self.price}; expected lots above 0, price 0 or more"
            )
        assert 0 <= self.filled <= self.lots, f"order {self.id} is filled past its lots"

    @property
    def open_lots(self) -> int:
        """Lots that still can trade; 0 once it is filled, cancelled or expired."""
        return self.lots - self.filled if self.state in OPEN else 0


@dataclass(frozen=True, slots=True)
class Match:
    """A buyer and a seller brought together. All prices in minor units per lot.

    kind: "local" | "coupled". buyer_price >= seller_price + transfer_fee; what is between is congestion income.
    """

    kind: str
    buy: str
    sell: str
    lots: int
    buyer_price: int
    seller_price: int
    transfer_fee: int = 0

    def __post_init__(self) -> None:
        assert self.lots > 0
        assert self.buyer_price >= self.seller_price + self.transfer_fee >= self.seller_price

    @property
    def congestion(self) -> int:
        """Congestion income, minor units per lot."""
        return self.buyer_price - self.seller_price - self.transfer_fee


@dataclass(frozen=True, slots=True)
class Trade:
    """A settled match.

    city: the seller's book, origin of the units. kind: "local" | "coupled" | "block" | "gift" | "group" | "forward".
    at: ISO date. month: "2020-03". time: UTC moment as ISO 8601 text, "" where only the day is known. taker: "buyer" |
    "seller", whose order came and met the one that waited; "" in an auction, or where it is not known.
    price: what the seller gets, buyer_price: the clearing price in the buyer's city, both in minor units per lot.
    Totals in minor units: transfer_fee and congestion (which lie between the two prices), fee and tax (which the buyer
    pays on top).
    """

    id: str
    city: str
    kind: str
    at: str
    month: str
    buyer: str
    buyer_city: str
    seller: str
    seller_city: str
    price: int
    lots: int
    parts: Parts
    fee: int
    tax: int
    buyer_price: int
    transfer_fee: int = 0
    congestion: int = 0
    time: str = ""
    taker: str = ""

    @property
    def kg(self) -> int:
        """Kilograms delivered."""
        return self.lots * KG_PER_LOT

    @property
    def landed(self) -> int:
        """All that the buyer paid, minor units: its city's clearing price, fee and tax."""
        return self.lots * self.buyer_price + self.fee + self.tax


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

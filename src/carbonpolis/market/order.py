"""Orders, what matches them, and the trades they become."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from carbonpolis.quantity import KG_PER_LOT

Parts = tuple[tuple[str, int], ...]

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

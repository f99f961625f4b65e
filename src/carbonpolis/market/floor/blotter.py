"""The blotter: orders as a command of the floor left them, and the trades it made, in columns.

A command touches thousands of orders; one record of columns is written, hashed and read a hundred times faster than a
record each. Nothing is lost by it: every order and trade comes out as the same thing that it would have been alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from carbonpolis.market.order import Order, Parts, Side, Tif, Trade

EVERYWHERE = "*"
Texts = tuple[str, ...]
Numbers = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrderColumns:
    """The fields of `Order`, one item an order."""

    id: Texts = ()
    city: Texts = ()
    owner: Texts = ()
    owner_city: Texts = ()
    side: Texts = ()
    lots: Numbers = ()
    price: Numbers = ()
    tif: Texts = ()
    state: Texts = ()
    filled: Numbers = ()
    at: Texts = ()
    parts: tuple[Parts, ...] = ()
    number: Numbers = ()
    post_only: tuple[bool, ...] = ()
    time: Texts = ()
    ended: Texts = ()


@dataclass(frozen=True, slots=True)
class TradeColumns:
    """The fields of `Trade`, one item a trade; what is the same for all of a command stands in the blotter."""

    id: Texts = ()
    city: Texts = ()
    kind: Texts = ()
    buyer: Texts = ()
    buyer_city: Texts = ()
    seller: Texts = ()
    seller_city: Texts = ()
    price: Numbers = ()
    lots: Numbers = ()
    parts: tuple[Parts, ...] = ()
    fee: Numbers = ()
    tax: Numbers = ()
    buyer_price: Numbers = ()
    transfer_fee: Numbers = ()
    congestion: Numbers = ()
    taker: Texts = ()


@dataclass(frozen=True, slots=True)
class Blotter:
    """One command's orders and trades.

    id: the command's key. at: ISO date, month: "2020-03", time: UTC moment, "" where only the day is known; of the
    trades.
    """

    id: str
    at: str
    month: str
    time: str = ""
    orders: OrderColumns = OrderColumns()
    trades: TradeColumns = TradeColumns()
    city: str = EVERYWHERE

    def each_order(self) -> Iterator[Order]:
        """Every order, as the command left it."""
        make: Any = Order
        for name, city, owner, owner_city, side, lots, price, tif, *rest in _rows(self.orders):
            yield make(name, city, owner, owner_city, Side(side), lots, price, Tif(tif), *rest)

    def each_trade(self) -> Iterator[Trade]:
        """Every trade, in the order of execution."""
        make: Any = Trade
        for name, city, kind, *middle, taker in _rows(self.trades):
            yield make(name, city, kind, self.at, self.month, *middle, self.time, taker)


def _rows(columns: Any) -> Iterator[Sequence[Any]]:
    return zip(*(getattr(columns, each.name) for each in fields(columns)), strict=True)

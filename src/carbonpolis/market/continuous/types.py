"""What goes through the books of many cities: an order that all of them know, and a fill between two cities."""

from __future__ import annotations

from dataclasses import dataclass

from carbonpolis.market.matching.types import Ticket


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

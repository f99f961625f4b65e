"""A file of orders for the next call auctions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from carbonpolis.errors import Fault
from carbonpolis.market.order import Side
from carbonpolis.platform.intake.columns import Cells
from carbonpolis.platform.intake.desks import Desks
from carbonpolis.platform.intake.rows import at_row, count, unknown_cities
from carbonpolis.registry.party import Party

_FIELDS = ("city", "owner", "side", "lots", "price", "tif")


def check(desks: Desks, cells: list[Cells], path: Path) -> Iterable[Fault]:
    """Who orders is known, and buys at home for more than nothing."""
    yield from unknown_cities(desks.state, cells, path.name)
    for c in cells:
        owner = desks.state.find(Party, c["owner"])
        if owner is None:
            yield Fault(path.name, c["row"], "owner", c["owner"], "an account that is loaded")
        elif c["side"] == Side.BUY and owner.city != c["city"]:
            remedy = "A buyer bids in its own city's book; what is short there comes from other cities by itself."
            yield Fault(path.name, c["row"], "city", c["city"], f"{owner.city}, the buyer's home", remedy)
        if c["side"] == Side.BUY and not c["price"]:
            yield Fault(path.name, c["row"], "price", "0", "more than 0 for a purchase")


def odd(_desks: Desks, _cells: list[Cells]) -> list[str]:
    """Nothing: the session has bounds of its own."""
    return []


def take(desks: Desks, cells: list[Cells], key: str) -> str:
    """Enter each order, with what it could cost set aside."""
    for c in cells:
        with at_row(c):
            desks.orders.place(**{name: c[name] for name in _FIELDS}, key=f"{key}/{c['row']}")
    return f"{count(len(cells), 'order')}, set aside in the ledger until the next session of the market"

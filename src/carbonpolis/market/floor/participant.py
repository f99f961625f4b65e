"""Who deals on the floor, with which accounts, and what of theirs stands in the books."""

from __future__ import annotations

from carbonpolis.ledger import Account, Purpose
from carbonpolis.market.order import Order, Parts, Side
from carbonpolis.market.venue.admission import Admission, Check
from carbonpolis.registry.party import Party


class Seat:
    """A party on the floor. number: as the books know it. admission: what its role may do, None for nothing.

    bid_lots: lots that its open orders bid for.
    """

    __slots__ = ("_accounts", "admission", "bid_lots", "check", "money", "number", "party", "set_aside")

    def __init__(self, party: Party, number: int, currency: str, admission: Admission | None, check: Check) -> None:
        self.party, self.number = party, number
        self.money = Account(party.city, party.id, currency, Purpose.AVAILABLE)
        self.set_aside = self.money.of(Purpose.RESERVED)
        self.admission, self.check, self.bid_lots = admission, check, 0
        self._accounts: dict[str, tuple[Account, Account]] = {}

    def accounts(self, batch: str) -> tuple[Account, Account]:
        """Where its units of a batch lie: available, and behind its open orders."""
        found = self._accounts.get(batch)
        if found is None:
            available = Account(self.party.city, self.party.id, batch, Purpose.AVAILABLE)
            found = self._accounts[batch] = (available, available.of(Purpose.RESERVED))
        return found


class Line:
    """An order while it is dealt with, as `Order` but changed in place.

    place: of its city in the books. open: lots that still can trade, 0 once it is closed. met: lots that it traded with
    orders that waited, when it came.
    """

    __slots__ = (
        "at",
        "buys",
        "city",
        "ended",
        "filled",
        "id",
        "lots",
        "met",
        "number",
        "open",
        "parts",
        "place",
        "post_only",
        "price",
        "seat",
        "state",
        "tif",
        "time",
    )

    def __init__(
        self,
        name: str,
        seat: Seat,
        city: str,
        place: int,
        *,
        buys: bool,
        lots: int,
        price: int,
        tif: str,
        post_only: bool,
        at: str,
        time: str,
    ) -> None:
        self.id, self.seat, self.city, self.place = name, seat, city, place
        self.buys, self.lots, self.price, self.tif, self.post_only = buys, lots, price, tif, post_only
        self.at, self.time, self.ended = at, time, ""
        self.filled, self.met, self.open, self.state, self.number = 0, 0, lots, "new", 0
        self.parts: Parts = ()

    @classmethod
    def of(cls, order: Order, seat: Seat, place: int) -> Line:
        """An open order of the journal as a line."""
        line = cls(
            order.id,
            seat,
            order.city,
            place,
            buys=order.side is Side.BUY,
            lots=order.lots,
            price=order.price,
            tif=order.tif.value,
            post_only=order.post_only,
            at=order.at,
            time=order.time,
        )
        line.filled, line.open, line.state = order.filled, order.open_lots, order.state
        line.parts, line.number = order.parts, order.number
        return line

    @property
    def side(self) -> str:
        """ "buy" or "sell"."""
        return "buy" if self.buys else "sell"

    def fill(self, lots: int, time: str) -> None:
        """Lots of it traded."""
        self.filled += lots
        self.open -= lots
        self.state = "partly_filled" if self.open else "filled"
        if not self.open:
            self.ended = time

    def close(self, state: str, time: str) -> None:
        """Nothing more of it trades."""
        self.open, self.state, self.parts, self.ended = 0, state, (), time

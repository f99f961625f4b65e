"""The orders desk: what a trader does."""

from __future__ import annotations

from datetime import date

from carbonpolis.errors import OrderUnknown, Refused, Unknown
from carbonpolis.ledger import Account, Decision, Purpose
from carbonpolis.market.order import Order, Side, Tif, Trade
from carbonpolis.market.settlement import deliverable_units, release, reserve
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.market.admission import must_be_active
from carbonpolis.platform.market.desk import MarketDesk
from carbonpolis.platform.work import Answer, State
from carbonpolis.registry.holdings import holdings
from carbonpolis.registry.party import City, Party


@desk
class Orders(MarketDesk):
    """Enters orders, with what they could cost set aside in the ledger, and cancels them.

    Orders wait for the next call auction of their city.
    """

    def place(
        self,
        *,
        city: str,
        owner: str,
        side: str,
        lots: int,
        price: int,
        key: str,
        tif: str = "day",
        at: date | None = None,
    ) -> Answer:
        """Enter a limit order: lots of 1 t at a price in cents a tonne; answers its id.

        Raises Unknown for a city or owner not there, OrderRejected when the units or the money are not, ValueError
        for a side or tif that does not exist.
        """
        day = at or self._work.now().date()
        way, holds = Side(side), Tif(tif)

        def decide(state: State) -> tuple[Decision, Answer]:
            party = state.get(Party, owner)
            state.get(City, city)
            must_be_active(state, owner)
            if holds not in (Tif.DAY, Tif.GTC):
                raise Refused(owner, f"an order that waits for a call auction is day or gtc, not {holds}.")
            name = f"ORD-{key}"
            if state.find(Order, name) is not None:
                raise Refused(name, "an order of that id was entered before.")
            order = Order(name, city, owner, party.city, way, lots, price, holds, "new", 0, day.isoformat())
            if way is Side.BUY:
                cash = state.balances.get(Account(party.city, owner, self.venue.currency, Purpose.AVAILABLE), 0)
                return reserve(order, self.venue, cash=cash), {"order": name}
            held = deliverable_units(holdings(state.balances, party.city, owner), city, day.year, self.venue)
            return reserve(order, self.venue, held=held), {"order": name}

        return self._work.do(key, "place order", owner, decide)

    def cancel(self, order: str, *, key: str) -> Answer:
        """Take an order out and give back what it had set aside; answers the lots removed. Raises OrderUnknown."""

        def decide(state: State) -> tuple[Decision, Answer]:
            try:
                found = state.get(Order, order)
            except Unknown:
                raise OrderUnknown(order) from None
            if not found.open_lots:
                raise OrderUnknown(order)
            return release(found, self.venue), {"lots": found.open_lots}

        return self._work.do(key, "cancel order", "trader", decide)

    def get(self, order: str) -> Order:
        """An order as it is now, open or over, whichever desk took it. Raises Unknown."""
        return self._work.state.get(Order, order)

    def all(self, city: str | None = None) -> list[Order]:
        """Every order of any desk, open or over, or those for a city's units, in the order of entry."""
        return [order for order in self._work.state.all(Order) if city in (None, order.city)]

    def open(self, city: str | None = None) -> list[Order]:
        """Orders that still can trade, in the order of entry."""
        found = self._work.state.all(Order)
        return [order for order in found if order.open_lots and city in (None, order.city)]

    def trades(self, city: str | None = None) -> list[Trade]:
        """Every trade, or those in which units of a city were sold."""
        return [trade for trade in self._work.state.all(Trade) if city in (None, trade.city)]

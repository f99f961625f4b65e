"""The blocks desk: what two parties agreed elsewhere, entered by one and confirmed by the other."""

from __future__ import annotations

from datetime import datetime

from carbonpolis.ledger import Account, Decision, Purpose
from carbonpolis.market.auction.market_year import MonthClose
from carbonpolis.market.compliance.surplus import surplus
from carbonpolis.market.floor.trading_day import DayClose
from carbonpolis.market.marketdata.closing import newest_close
from carbonpolis.market.offbook.block import BlockTrade, Deal, Means, confirm, lapse, propose, turn_down
from carbonpolis.market.order import Trade
from carbonpolis.market.settlement import deliverable_units
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.market.admission import must_be_active
from carbonpolis.platform.market.desk import MarketDesk
from carbonpolis.platform.work import Answer, State
from carbonpolis.registry.holdings import holdings
from carbonpolis.registry.party import City, Party


@desk
class Blocks(MarketDesk):
    """Enters block trades and gifts, confirms, declines, and lets lapse what nobody confirmed within a day."""

    def propose(
        self, *, city: str, by: str, buyer: str, seller: str, lots: int, price: int = 0, kind: str = "block", key: str
    ) -> Answer:
        """Enter a deal in a city's units as its buyer or seller; answers its id.

        lots of 1 t; price in cents a tonne. kind: "block", "gift", or "group" between connected parties.
        Raises OrderRejected for a deal against the rules or too small means, Refused for a stranger to it, Unknown for
        a city or party not there.
        """
        at = self._work.now()

        def decide(state: State) -> tuple[Decision, Answer]:
            state.get(City, city)
            buys, sells = state.get(Party, buyer), state.get(Party, seller)
            must_be_active(state, buyer, seller)
            decision = propose(
                Deal(city, buyer, buys.city, seller, sells.city, lots, price, kind),
                by,
                self._means(state, state.get(Party, by), city, at),
                id=f"BLK-{key}",
                at=at,
                close=self._close(state, city),
                surplus_kg=surplus(state.balances, city),
                venue=self.venue,
                connected=seller in buys.connections or buyer in sells.connections,
            )
            return decision, {"block": f"BLK-{key}"}

        return self._work.do(key, "propose block", by, decide)

    def confirm(self, block: str, *, by: str, key: str) -> Answer:
        """The other side agrees and it settles; answers the trade. Raises Refused, OrderRejected, Unknown."""
        at = self._work.now()

        def decide(state: State) -> tuple[Decision, Answer]:
            found = state.get(BlockTrade, block)
            must_be_active(state, by)
            means = self._means(state, state.get(Party, by), found.city, at)
            left = surplus(state.balances, found.city)
            decision = confirm(found, by, means, at=at, surplus_kg=left, venue=self.venue)
            trade = decision.one(Trade)
            return decision, {"trade": trade.id, "lots": trade.lots, "price": trade.price}

        return self._work.do(key, "confirm block", by, decide)

    def turn_down(self, block: str, *, by: str, key: str) -> Answer:
        """Decline it, or withdraw it as who entered it. Raises Refused, Unknown."""
        at = self._work.now()
        return self._work.do(
            key,
            "turn down block",
            by,
            lambda state: turn_down(state.get(BlockTrade, block), by, at=at, venue=self.venue),
        )

    def lapse(self, *, key: str) -> Answer:
        """Give back what lies aside for deals that nobody confirmed within their day; answers how many."""
        at = self._work.now()

        def decide(state: State) -> tuple[Decision, Answer]:
            decision = Decision.all(lapse(block, at=at, venue=self.venue) for block in state.all(BlockTrade))
            return decision, {"lapsed": len(decision.of(BlockTrade))}

        return self._work.do(key, "lapse blocks", "operator", decide)

    def open(self, city: str | None = None) -> list[BlockTrade]:
        """Deals that wait for their other side, oldest first."""
        return [b for b in self._work.state.all(BlockTrade) if b.state == "proposed" and city in (None, b.city)]

    def _means(self, state: State, party: Party, city: str, at: datetime) -> Means:
        held = deliverable_units(holdings(state.balances, party.city, party.id), city, at.year, self.venue)
        cash = state.balances.get(Account(party.city, party.id, self.venue.currency, Purpose.AVAILABLE), 0)
        return Means(held, cash)

    def _close(self, state: State, city: str) -> int:
        price = newest_close(state.all(MonthClose), state.all(DayClose), city)
        return self.venue.reference_price if price is None else price

"""The market day of every city, step after step: due, covered, ordered, cleared, settled, retired, drawn, closed.

Every command has a key of its own; who calls a step commits it whole (`Work.together`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from carbonpolis.ledger import Account, Decision, Purpose
from carbonpolis.market.auction.market_year import MonthClose
from carbonpolis.market.auction.session import hold_session
from carbonpolis.market.compliance.covering import Wish
from carbonpolis.market.compliance.surplus import surpluses
from carbonpolis.market.marketdata.closing import last_price
from carbonpolis.market.order import Order, Tif, Trade
from carbonpolis.market.settlement import When, release, settle
from carbonpolis.period import Month
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.market.auction_orders import Orders
from carbonpolis.platform.market.desk import MarketDesk
from carbonpolis.platform.market.obligations import Obligations
from carbonpolis.platform.work import Answer, State, Work


@desk
class MarketDay(MarketDesk):
    """Runs the steps of a market day for a set of cities; what people want comes in as arguments."""

    def __init__(self, work: Work, orders: Orders, obligations: Obligations) -> None:
        super().__init__(work)
        self._orders, self._obligations = orders, obligations

    def fall_due(self, month: Month, owed_kg: Mapping[str, Mapping[str, int]], *, key: str) -> None:
        """Verified emissions of the month fall due, by city and emitter; what is held covers at once."""
        for city, by_emitter in owed_kg.items():
            self._obligations.oblige(city, str(month), by_emitter, key=f"{key}/oblige/{city}")
            self._obligations.cover(city, at=month.last_day, key=f"{key}/cover/{city}")

    def enter(self, month: Month, wishes: Sequence[Wish], *, key: str) -> None:
        """Enter orders for the day; what each could cost is set aside."""
        for number, wish in enumerate(wishes):
            self._orders.place(
                city=wish.city,
                owner=wish.owner,
                side=wish.side,
                lots=wish.lots,
                price=wish.price,
                at=month.last_day,
                key=f"{key}/{number}",
            )

    def hold(self, month: Month, cities: Sequence[str], *, key: str) -> Answer:
        """Local auctions, the coupling of cities, and settlement of all that matched, in one commit."""

        def decide(state: State) -> tuple[Decision, Answer]:
            taking_part = set(cities)
            orders = {o.id: o for o in state.all(Order) if o.open_lots and o.city in taking_part}
            closes = {close.id: close for close in state.all(MonthClose)}
            reference = {city: price for city in cities if (price := last_price(closes.values(), city)) is not None}
            session = hold_session(
                list(orders.values()), surpluses(state.balances), reference, self.venue, cities=list(cities)
            )
            when = When(month.last_day.isoformat(), str(month))
            decisions = []
            for number, match in enumerate(session.matches):
                settled = settle(
                    match,
                    orders[match.buy],
                    orders[match.sell],
                    self.venue,
                    trade_id=f"TRD-{key}-{number:06d}",
                    when=when,
                )
                orders.update({each.id: each for each in settled.of(Order)})
                decisions.append(settled)
            ending = [order for order in orders.values() if order.tif is Tif.DAY]
            decisions += [release(order, self.venue, state="expired") for order in ending]
            kept = tuple(MonthClose(f"{each.city}/{month}", each.city, str(month), each) for each in session.cities)
            decisions.append(Decision(events=kept))
            return once(Decision.all(decisions)), {"trades": len(session.matches)}

        return self._work.do(key, "session", "operator", decide)

    def retire(self, month: Month, cities: Sequence[str], *, key: str) -> None:
        """Emitters cover with what they bought: covering means retirement."""
        for city in cities:
            self._obligations.cover(city, at=month.last_day, key=f"{key}/{city}")

    def closes(self, city: str | None = None) -> list[MonthClose]:
        """The sessions held, oldest first."""
        return [close for close in self._work.state.all(MonthClose) if city in (None, close.city)]

    def trades(self) -> list[Trade]:
        """Every trade, oldest first."""
        return self._work.state.all(Trade)

    def cash(self, city: str, owner: str) -> int:
        """Money that an account has available, in cents."""
        return self._work.state.balances.get(Account(city, owner, self.venue.currency, Purpose.AVAILABLE), 0)


def once(decision: Decision) -> Decision:
    """The same decision with each thing recorded once, as its last event left it (an order fills many times)."""
    latest = {(type(event), event.id): event for event in decision.events}
    return replace(decision, events=tuple(latest.values()))

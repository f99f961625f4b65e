"""The repayments desk: what happens to a draw between the day it was drawn and the day it is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from carbonpolis.ledger import Account, Decision, Purpose
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.credit.collateral import MarginCall, Valuation, free, lapse, revalue, top_up, value
from carbonpolis.market.credit.default import declare, write_off
from carbonpolis.market.credit.draws import Draw
from carbonpolis.market.credit.repayment import Backing, accrue, repay, review
from carbonpolis.market.offbook.forward import Forward
from carbonpolis.market.order import Order
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.market.desk import MarketDesk
from carbonpolis.platform.registry.capacity import own_backing, year_backing
from carbonpolis.platform.work import Answer, State
from carbonpolis.registry.holdings import Holding, holdings
from carbonpolis.registry.lifecycle import ENDED
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.units import Batch


@desk
class Repayments(MarketDesk):
    """Books interest, takes repayments, values collateral, calls for more, and ends what is not repaid."""

    def repay(self, draw: str, kg: int, *, year: int, at: date, key: str) -> Answer:
        """Retire units that the emitter holds, its own sinks' first, against a draw; answers what is still owed.

        Raises Refused for more than is owed or held, Unknown for a draw not there.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            found = state.get(Draw, draw)
            own = {batch.id for batch in state.all(Batch) if batch.owner == found.emitter}
            held = sorted(self._held(state, found), key=lambda holding: holding.batch not in own)
            obligation = state.get(Obligation, found.obligation)
            decision = repay(found, obligation, kg, held, year=year, at=at, venue=self.venue)
            return decision, {"owed_kg": found.owed_at(year) - kg}

        return self._work.do(key, "repay", "emitter", decide)

    def close_year(self, city: str, year: int, *, key: str) -> Answer:
        """At a year's end: interest is booked and every open draw judged against its plan; answers the states."""

        def decide(state: State) -> tuple[Decision, Answer]:
            decisions, states = [], {}
            for each in self._open(state, city):
                grown = accrue(each, year)
                now = grown.one(Draw, each)
                judged = review(now, year, self._backings(state, now), self.venue)
                decisions += [grown, judged]
                states[each.id] = judged.one(Draw, now).state
            return Decision.all(decisions), {"states": states}

        return self._work.do(key, "close the year of credit", "operator", decide)

    def revalue(self, closes: Mapping[str, int], *, at: date, key: str) -> Answer:
        """At a close: every open draw of these cities is valued, and what is missing called for; answers the calls.

        closes: closing prices, cents a tonne.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            calls = state.all(MarginCall)
            day = at.isoformat()
            decision = revalue(state.all(Draw), closes, calls, at=day, year=at.year, venue=self.venue)
            return decision, {"calls": [each.id for each in decision.of(MarginCall)]}

        return self._work.do(key, "revalue collateral", "operator", decide)

    def top_up(
        self, draw: str, *, money: int = 0, units: Mapping[str, int] | None = None, price: int, at: date, key: str
    ) -> Answer:
        """Lock more for a draw: cents, and kilograms by batch; answers what is still called for.

        price: last price, cents a tonne. Raises Refused for too little of either, Unknown for a draw not there.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            found = state.get(Draw, draw)
            held = {holding.batch: holding for holding in self._held(state, found)}
            parts = [(held.get(b, Holding(b, found.city, at.year, 0)), kg) for b, kg in (units or {}).items()]
            call = next((c for c in state.all(MarginCall) if c.draw == draw and c.state == "called"), None)
            decision = top_up(
                found, money=money, units=parts, call=call, price=price, cash=self._cash(state, found), year=at.year,
                venue=self.venue,
            )  # fmt: skip
            return decision, {"call": value(decision.one(Draw), price, at.year, self.venue).call}

        return self._work.do(key, "top up collateral", "emitter", decide)

    def meet_calls(self, closes: Mapping[str, int], *, at: date, key: str) -> Answer:
        """Emitters meet open calls of these cities in full with the money they have available; answers which were met.

        closes: closing prices, cents a tonne. Who has too little money keeps its call.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            decisions, met = [], []
            spent: dict[tuple[str, str], int] = {}
            for call in state.all(MarginCall):
                if call.state != "called" or call.city not in closes:
                    continue
                found, holder = state.get(Draw, call.draw), (call.city, call.emitter)
                cash = self._cash(state, found) - spent.get(holder, 0)
                if call.needed <= cash:
                    price = closes[call.city]
                    decisions.append(
                        top_up(
                            found, money=call.needed, call=call, price=price, cash=cash, year=at.year, venue=self.venue
                        )
                    )
                    spent[holder] = spent.get(holder, 0) + call.needed
                    met.append(call.id)
            return Decision.all(decisions), {"met": met}

        return self._work.do(key, "meet margin calls", "emitter", decide)

    def free(self, draw: str, *, price: int, at: date, key: str) -> Answer:
        """Give back money locked beyond the full collateral at a price, cents a tonne."""
        return self._work.do(
            key,
            "free collateral",
            "emitter",
            lambda state: free(state.get(Draw, draw), price, at.year, self.venue),
        )

    def default(self, draw: str, *, price: int, at: date, key: str) -> Answer:
        """Declare a matured draw, or one whose margin call was not met, in default; answers the forced order, if any.

        Raises Refused when it is neither.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            found = state.get(Draw, draw)
            call = next((c for c in state.all(MarginCall) if c.draw == draw and c.state == "called"), None)
            obligation = state.get(Obligation, found.obligation)
            decision = declare(
                found, obligation, price=price, year=at.year, at=at, venue=self.venue, called=call is not None
            )
            forced = [order.id for order in decision.of(Order)]
            return decision + (lapse(call) if call else Decision()), {"order": forced[0] if forced else None}

        return self._work.do(key, "declare default", "operator", decide)

    def write_off(self, draw: str, *, price: int, at: date, into: str, key: str) -> Answer:
        """End a default; answers the shortfall. into: the period, such as "2026-01", of surcharge and interest."""

        def decide(state: State) -> tuple[Decision, Answer]:
            found = state.get(Draw, draw)
            obligation = state.get(Obligation, found.obligation)
            decision = write_off(found, obligation, price=price, year=at.year, into=into, venue=self.venue)
            return decision, {"shortfall_kg": found.outstanding_kg}

        return self._work.do(key, "write off", "operator", decide)

    def value(self, draw: str, price: int, year: int) -> Valuation:
        """What a draw owes and has locked at a price, cents a tonne."""
        return value(self._work.state.get(Draw, draw), price, year, self.venue)

    def calls(self, city: str | None = None) -> list[MarginCall]:
        """Margin calls, oldest first."""
        return [call for call in self._work.state.all(MarginCall) if city in (None, call.city)]

    def _open(self, state: State, city: str) -> list[Draw]:
        return [d for d in state.all(Draw) if d.city == city and not d.over]

    def _held(self, state: State, draw: Draw) -> list[Holding]:
        return holdings(state.balances, draw.city, draw.emitter)

    def _cash(self, state: State, draw: Draw) -> int:
        return state.balances.get(Account(draw.city, draw.emitter, draw.currency, Purpose.AVAILABLE), 0)

    def _backings(self, state: State, draw: Draw) -> dict[str, Backing]:
        """What stands behind a draw's plan now, by project or contract; what is gone is not in it."""
        found: dict[str, Backing] = {}
        for tranche in draw.plan:
            project = state.find(SinkProject, tranche.source)
            forward = state.find(Forward, tranche.source)
            if tranche.by == "own_project" and project and project.state not in ENDED | {"suspended"}:
                found[tranche.source] = own_backing(state, project, drawn=draw.drawn, by=tranche.year, but=draw.id)
            elif tranche.by == "forward" and forward and forward.buyer == draw.emitter and forward.state == "open":
                behind = state.get(SinkProject, forward.project)
                found[tranche.source] = year_backing(state, behind, forward.year, but=forward.id)
        return found

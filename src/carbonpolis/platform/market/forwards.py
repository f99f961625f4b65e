"""The forwards desk: a project's future years bought ahead, handed on, delivered at issuance, refunded on failure."""

from __future__ import annotations

from datetime import date

from carbonpolis.ledger import Account, Decision, Purpose
from carbonpolis.market.offbook.forward import Forward, agree, deliver, hand_on, refund
from carbonpolis.market.settlement import When
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.market.desk import MarketDesk
from carbonpolis.platform.registry.capacity import year_backing
from carbonpolis.platform.work import Answer, State
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.units import Batch


@desk
class Forwards(MarketDesk):
    """Agrees, hands on, delivers and refunds forward contracts."""

    def agree(self, project: str, *, year: int, buyer: str, lots: int, price: int, at: date, key: str) -> Answer:
        """The project's owner and a buyer agree on lots of a year to come, at cents a tonne; answers the contract's id.

        No more is sold than the measurement model's lower bound after buffer. Raises Refused, Unknown.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            subject, party = state.get(SinkProject, project), state.get(Party, buyer)
            behind = year_backing(state, subject, year)
            decision = agree(
                subject,
                id=f"FWD-{key}",
                year=year,
                seller_city=state.get(Party, subject.owner).city,
                buyer=buyer,
                buyer_city=party.city,
                lots=lots,
                price=price,
                at=at.isoformat(),
                cash=self._cash(state, party),
                promised_kg=0,  # the backing counts what is promised already
                expected_kg=behind.sure_kg(self.venue.credit.probability),
                venue=self.venue,
            )
            return decision, {"forward": f"FWD-{key}", "contract": f"forward-{year}"}

        return self._work.do(key, "agree forward", buyer, decide)

    def hand_on(self, forward: str, *, to: str, price: int, key: str) -> Answer:
        """The holder sells its contract on, at cents a tonne. Raises Refused, Unknown."""

        def decide(state: State) -> Decision:
            party = state.get(Party, to)
            cash = self._cash(state, party)
            return hand_on(state.get(Forward, forward), to, party.city, price, cash=cash, venue=self.venue)

        return self._work.do(key, "hand on forward", to, decide)

    def deliver(self, project: str, year: int, *, at: date, key: str) -> Answer:
        """Serve the open contracts on a project's year from the units issued for it; answers the lots delivered.

        Nothing issued for it: everything is refunded.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            waiting = [f for f in self._of(state, project) if f.year == year]
            batch = next((b for b in state.all(Batch) if b.project == project and b.vintage == year), None)
            if not waiting or batch is None:
                return refund(waiting, venue=self.venue), {"lots": 0}
            seller = Account(waiting[0].seller_city, waiting[0].seller, batch.id, Purpose.AVAILABLE)
            when = When(at.isoformat(), f"{at:%Y-%m}")
            decision = deliver(waiting, batch.id, state.balances.get(seller, 0), when=when, venue=self.venue)
            return decision, {"lots": sum(each.delivered for each in decision.of(Forward))}

        return self._work.do(key, "deliver forwards", "registrar", decide)

    def fail(self, project: str, *, key: str) -> Answer:
        """A project ended: every open contract on it is refunded; answers how many."""

        def decide(state: State) -> tuple[Decision, Answer]:
            decision = refund(self._of(state, project), venue=self.venue)
            return decision, {"refunded": len(decision.of(Forward))}

        return self._work.do(key, "refund forwards", "registrar", decide)

    def open(self, project: str | None = None) -> list[Forward]:
        """Contracts that wait for their issuance, oldest first."""
        return [f for f in self._work.state.all(Forward) if f.state == "open" and project in (None, f.project)]

    def _of(self, state: State, project: str) -> list[Forward]:
        return [f for f in state.all(Forward) if f.project == project and f.state == "open"]

    def _cash(self, state: State, party: Party) -> int:
        return state.balances.get(Account(party.city, party.id, self.venue.currency, Purpose.AVAILABLE), 0)

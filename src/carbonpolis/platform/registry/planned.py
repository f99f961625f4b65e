"""The planned units desk: a year's issuance told ahead, handed on, and made up for where it fell short."""

from __future__ import annotations

from datetime import date

from carbonpolis.ledger import Decision, Purpose
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.parties import REGISTRAR, party_named
from carbonpolis.platform.registry.capacity import year_backing
from carbonpolis.platform.registry.lookups import planned_of, rules_of
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.quantity import Mass
from carbonpolis.registry.document import Document
from carbonpolis.registry.holdings import holdings
from carbonpolis.registry.party import Party
from carbonpolis.registry.planned import Planned, assign, make_up, plan
from carbonpolis.registry.project import SinkProject


@desk
class PlannedUnits:
    """Issues, assigns and makes up planned units; issuance replaces them by itself."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def issue(
        self, project: str, year: int, *, tonnes: str, confirmation: str, at: date, key: str, by: str = REGISTRAR.id
    ) -> Answer:
        """Issue planned units of a year to come, tonnes as text; answers their id and the shares.

        confirmation: id of the verifier's document, from `Projects.attach` with the kind 'planting confirmation'.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            document = state.find(Document, confirmation)
            sure = year_backing(state, subject, year).sure_kg(state.venue.credit.probability)
            decision = plan(
                subject,
                year,
                Mass.tonnes(tonnes).kg,
                rules=rules_of(subject, at),
                confirmed=document,
                confirmer=party_named(state, document.by) if document is not None else None,
                sure_kg=sure,
                by=party_named(state, by),
                owner_city=state.get(Party, subject.owner).city,
                planned=planned_of(state, project),
                at=at,
            )
            made = decision.one(Planned)
            return decision, {"planned": made.id, "owner_kg": made.promised_kg, "buffer_kg": made.buffer_kg}

        return self._work.do(key, "issue planned units", by, decide)

    def assign(self, planned: str, *, holder: str, to: str, tonnes: str, key: str) -> Answer:
        """Hand planned units on to another party; they stay planned units."""

        def decide(state: State) -> Decision:
            subject, giver = state.get(Planned, planned), state.get(Party, holder)
            held = state.balances.get(subject.account(giver.city, giver.id), 0)
            return assign(subject, Mass.tonnes(tonnes).kg, held, giver=giver, taker=state.get(Party, to))

        return self._work.do(key, "assign planned units", holder, decide)

    def make_up(self, planned: str, *, tonnes: str, at: date, key: str) -> Answer:
        """The owner makes up what verification left missing, with units it holds; answers what is still missing."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(Planned, planned)
            owner = state.get(Party, subject.owner)
            held = holdings(state.balances, owner.city, owner.id)
            kg = Mass.tonnes(tonnes).kg
            decision = make_up(subject, kg, held, state.balances, owner=owner, at=at)
            return decision, {"missing_kg": subject.missing_kg - kg}

        return self._work.do(key, "make up planned units", "owner", decide)

    def all(self) -> list[Planned]:
        """Every project's planned years."""
        return self._work.state.all(Planned)

    def get(self, planned: str) -> Planned:
        """A project's planned units of a year, by their id. Raises Unknown."""
        return self._work.state.get(Planned, planned)

    def held(self, planned: str) -> dict[str, int]:
        """Who holds planned units, kilograms by party; the pool's too."""
        found: dict[str, int] = {}
        for account, kg in self._work.state.balances.items():
            if account.asset == planned and kg > 0 and account.purpose in (Purpose.AVAILABLE, Purpose.BUFFER):
                found[account.owner] = found.get(account.owner, 0) + kg
        return found

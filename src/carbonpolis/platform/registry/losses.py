"""The losses desk: cases of lost carbon, from the first word of it to its end."""

from __future__ import annotations

from datetime import date

from carbonpolis.ledger import Decision
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.parties import REGISTRAR, party_named
from carbonpolis.platform.registry.lookups import next_case, pool_of, rules_of, verified_kg
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.quantity import Mass
from carbonpolis.registry import reversal
from carbonpolis.registry.holdings import holdings
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.reversal import LossEvent


@desk
class Losses:
    """Reports, estimates, verifies, settles and closes losses."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def report(
        self,
        project: str,
        *,
        happened: date,
        cause: str,
        loss_t: str,
        by: str,
        at: date,
        key: str,
        avoidable: bool = False,
    ) -> Answer:
        """Tell of a loss, tonnes as text with at most three decimals; answers the case and its deadlines.

        avoidable: as the owner sees it; some books give less time then. What it was the registrar finds.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            decision = reversal.report_loss(
                subject,
                by=party_named(state, by),
                happened=happened,
                cause=cause,
                loss_kg=Mass.tonnes(loss_t).kg,
                verified_before_kg=verified_kg(state, project),
                number=next_case(state, project),
                rules=rules_of(subject, at),
                at=at,
                avoidable=avoidable,
            )
            case = decision.one(LossEvent)
            return decision, {
                "case": case.id,
                "tell_by": case.tell_by,
                "verify_by": case.verify_by,
                "told_late": case.told_late,
            }

        return self._work.do(key, "report loss", by, decide)

    def estimate(self, case: str, *, loss_t: str, by: str, at: date, key: str) -> Answer:
        """The owner estimates a loss; as much of the buffer is held."""

        def decide(state: State) -> Decision:
            event, subject = self._case(state, case)
            kg = Mass.tonnes(loss_t).kg
            return reversal.estimate_loss(event, pool_of(state, subject), kg, by=party_named(state, by), at=at)

        return self._work.do(key, "estimate loss", by, decide)

    def verify(self, case: str, *, loss_t: str, by: str, at: date, key: str, document: str = "") -> Answer:
        """A verifier says how much was lost."""

        def decide(state: State) -> Decision:
            event, subject = self._case(state, case)
            kg = Mass.tonnes(loss_t).kg
            return reversal.verify_loss(event, subject, kg, by=party_named(state, by), at=at, document=document)

        return self._work.do(key, "verify loss", by, decide)

    def settle(self, case: str, finding: str, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """The registrar finds no_reversal, unavoidable or avoidable; the pool acts on it."""

        def decide(state: State) -> tuple[Decision, Answer]:
            event, subject = self._case(state, case)
            pool, rules, who = pool_of(state, subject), rules_of(subject, at), party_named(state, by)
            decision = reversal.settle(event, subject, pool, finding, rules=rules, by=who, at=at)
            return decision, _told(decision)

        return self._work.do(key, "settle loss", by, decide)

    def cover(self, case: str, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """Cancel what the pool was short of before."""

        def decide(state: State) -> tuple[Decision, Answer]:
            event, subject = self._case(state, case)
            decision = reversal.cover(event, subject, pool_of(state, subject), by=party_named(state, by), at=at)
            return decision, _told(decision)

        return self._work.do(key, "cover loss", by, decide)

    def make_good(self, case: str, *, tonnes: str, by: str, at: date, key: str) -> Answer:
        """The owner of an avoidable loss gives units for it, oldest first."""

        def decide(state: State) -> tuple[Decision, Answer]:
            event, subject = self._case(state, case)
            owner = state.get(Party, by)
            held = holdings(state.balances, owner.city, owner.id)
            kg = Mass.tonnes(tonnes).kg
            decision = reversal.make_good(event, kg, held, pool_of(state, subject), owner=owner, at=at)
            return decision, _told(decision)

        return self._work.do(key, "make good", by, decide)

    def close(self, case: str, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """Close a case for which nothing is missing any more."""

        def decide(state: State) -> Decision:
            event, subject = self._case(state, case)
            return reversal.close(event, subject, by=party_named(state, by), at=at)

        return self._work.do(key, "close loss", by, decide)

    def cases(self) -> list[LossEvent]:
        """Every case there ever was."""
        return self._work.state.all(LossEvent)

    def case(self, name: str) -> LossEvent:
        """A case by its id. Raises Unknown."""
        return self._work.state.get(LossEvent, name)

    def overdue(self, at: date) -> dict[str, str]:
        """Cases of which something is late on a day: what, in one sentence, by the case's id."""
        late = {case.id: reversal.overdue(case, at) for case in self.cases()}
        return {case: why for case, why in late.items() if why}

    def _case(self, state: State, case: str) -> tuple[LossEvent, SinkProject]:
        event = state.get(LossEvent, case)
        return event, state.get(SinkProject, event.project)


def _told(decision: Decision) -> Answer:
    event = decision.one(LossEvent)
    names = ("verified_kg", "cancelled_kg", "uncovered_kg", "owed_kg", "surrender_by", "lines")
    return {name: getattr(event, name) for name in names}

"""What a registrar has on the desk for a project on one day, gathered once; and what follows from it.

The steps of an issuance themselves, with their arithmetic, are in `issuance`; here stands which of them is due, and
what an issuance brings with it: planned units replaced, buffer freed that was held for lateness.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.registry import issuance
from carbonpolis.registry.buffer import LATE, BufferEntry, Pool, unhold
from carbonpolis.registry.harvest import HarvestPlan, capped
from carbonpolis.registry.issuance import Issuance
from carbonpolis.registry.party import Party
from carbonpolis.registry.planned import Planned, replaced, short, with_cure
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.reversal import LossEvent, blocked
from carbonpolis.registry.risk import RiskAssessment
from carbonpolis.registry.rulebook import RuleBook
from carbonpolis.registry.units import Batch
from carbonpolis.registry.verification import MonitoringReport, Opinion

DECIDED = ("approved", "issued", "recalled")  # a computation in one of these states is not made again


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that the rules of an issuance look at.

    report: the project's newest. opinion: on it, None where nobody has judged it. rules: the book it is issued by; own:
    the project's, by which its planned units are made up. computed: the issuance of that report, None where none was.
    assessment: the newest by that book. harvest: its plan, where it filed one. pool: as it stands to the project.
    held_late_kg: of the buffer, held because it was verified too late. planned: all its planned years. losses: every
    case of the registry, since what an owner owes for one project stops all. number: that its serials spell. batches:
    ids of all units there are. issued_kg: issued to the project so far. owner_city: the owner's home.
    """

    project: SinkProject
    report: MonitoringReport
    opinion: Opinion | None
    rules: RuleBook
    own: RuleBook
    computed: Issuance | None
    assessment: RiskAssessment | None
    harvest: HarvestPlan | None
    pool: Pool
    held_late_kg: int
    planned: Sequence[Planned]
    losses: Sequence[LossEvent]
    number: int
    batches: Container[str]
    issued_kg: int
    owner_city: str

    @property
    def judged(self) -> Opinion:
        """The opinion on the newest report. Raises Refused when nobody has judged it."""
        if self.opinion is None:
            raise Refused(self.report.id, "no verifier has judged it yet.")
        return self.opinion

    @property
    def waiting(self) -> Issuance:
        """What was computed for the newest report. Raises Refused when nothing was."""
        if self.computed is None:
            raise Refused(self.project.id, "no issuance was computed for its newest report yet.")
        return self.computed

    @property
    def cap_kg(self) -> int | None:
        """The long-term average of a project that harvests, where its book asks for it. Raises Refused without its
        plan."""
        if not capped(self.project, self.rules):
            return None
        if self.harvest is None:
            missing = "it harvests; file its harvest plan first, so that its long-term average is known."
            raise Refused(self.project.id, missing)
        return self.harvest.cap_kg

    def stop(self, at: date) -> str:
        """Why nothing may be issued for the project now; empty when nothing stands against it."""
        return blocked(self.project, self.losses, at) or short(self.planned)


def certified(on_desk: Dossier, by: Party, at: date) -> tuple[Decision, Issuance]:
    """What the newest report gives, computed; as `issuance.compute`. Raises Refused for one that was approved since."""
    decision = issuance.compute(
        on_desk.project,
        on_desk.report,
        on_desk.judged,
        rules=on_desk.rules,
        by=by,
        at=at,
        assessment=on_desk.assessment,
        owed_kg=on_desk.pool.standing.owed,
        issued_kg=on_desk.issued_kg,
        cap_kg=on_desk.cap_kg,
        blocked=on_desk.stop(at),
    )
    before = on_desk.computed
    if before is not None and before.state in DECIDED:
        raise Refused(before.id, f"is {before.state} already.")
    return decision, decision.one(Issuance)


def approved(on_desk: Dossier, made: Issuance, by: Party, at: date) -> tuple[Decision, Issuance]:
    """A computation approved by one person more, of as many as its book asks for."""
    persons = int(on_desk.rules.number("approvals"))
    decision = issuance.approve(made, on_desk.project, by=by, at=at, persons=persons)
    return decision, decision.one(Issuance)


def issued(on_desk: Dossier, made: Issuance, by: Party, at: date) -> Decision:
    """Issue what was approved, as `issuance.issue`; the year's planned units are replaced, and buffer that was held for
    lateness is free. Raises Refused while something stands against the project, or when what it owes the pool fell
    since."""
    why_not = on_desk.stop(at)
    if why_not:
        raise Refused(on_desk.project.id, f"nothing is issued: {why_not}")
    if made.replenish_kg > on_desk.pool.standing.owed:
        raise Refused(made.id, "what it owes the pool has changed since it was computed; send it back.")
    decision = issuance.issue(
        on_desk.project,
        on_desk.report,
        on_desk.judged,
        made,
        number=on_desk.number,
        by=by,
        at=at,
        owner_city=on_desk.owner_city,
        issued=on_desk.batches,
        pool=on_desk.pool,
    )
    entered = len(decision.of(BufferEntry))
    decision += _planned_replaced(on_desk, decision.one(Batch).id, made.owner_kg, at)
    return decision + _freed(on_desk, at, entered)


def settled(on_desk: Dossier, first: Party, second: Party, at: date) -> tuple[Decision, Issuance | None]:
    """The verified year settled whole: computed, approved by another and issued; or, where nothing can be certified,
    declined, with no issuance."""
    if issuance.certifiable(on_desk.report, on_desk.project, on_desk.rules, on_desk.issued_kg, on_desk.cap_kg) <= 0:
        return _declined(on_desk, first, at), None
    computed, made = certified(on_desk, first, at)
    agreed, ready = approved(on_desk, made, second, at)
    return Decision.all((computed, agreed, issued(on_desk, ready, first, at))), made


def _declined(on_desk: Dossier, by: Party, at: date) -> Decision:
    declined = issuance.decline(
        on_desk.project,
        on_desk.report,
        on_desk.judged,
        rules=on_desk.rules,
        by=by,
        at=at,
        issued_kg=on_desk.issued_kg,
        cap_kg=on_desk.cap_kg,
    )
    return declined + _planned_replaced(on_desk, "", 0, at) + _freed(on_desk, at, 0)


def _freed(on_desk: Dossier, at: date, entered: int) -> Decision:
    """Verified again, with units or without: what was held for lateness is free (VCS R&I process 5.3.6).

    entered: buffer entries that the same decision makes.
    """
    pool = on_desk.pool
    late = min(on_desk.held_late_kg, pool.standing.held)
    return unhold(replace(pool, number=pool.number + entered), late, LATE, at) if late else Decision()


def _planned_replaced(on_desk: Dossier, batch: str, owner_kg: int, at: date) -> Decision:
    """The year's planned units, replaced by what was issued."""
    planned = next((each for each in on_desk.planned if each.year == on_desk.report.year), None)
    if planned is None or planned.state != "outstanding":
        return Decision()
    decision = replaced(planned, batch, owner_kg, on_desk.pool.balances, at)
    return Decision(decision.transfers, (with_cure(decision.one(Planned), on_desk.own, at),))

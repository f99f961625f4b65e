"""The issuing desk: compute, approve by a second person, issue; recall; buffer release and late projects."""

from __future__ import annotations

from datetime import date

from carbonpolis.ledger import Decision
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.parties import REGISTRAR, SECOND_REGISTRAR, party_named
from carbonpolis.platform.registry.lookups import (
    assessments,
    batches_of,
    dossier_of,
    first_verified,
    held_late,
    last_verified,
    next_case,
    planned_of,
    pool_of,
    rules_of,
)
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.quantity import Mass
from carbonpolis.registry import issuance
from carbonpolis.registry.assurance import verification_due
from carbonpolis.registry.buffer import BufferEntry, ladder, release, watches
from carbonpolis.registry.dossier import approved, certified, issued, settled
from carbonpolis.registry.issuance import Issuance
from carbonpolis.registry.party import Party
from carbonpolis.registry.permanence import invalidation
from carbonpolis.registry.planned import short
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.rulebook import RuleBook


@desk
class Issuing:
    """What registrars do with units before anybody holds them."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def compute(self, project: str, *, at: date, key: str, by: str = REGISTRAR.id, rule_book: str = "") -> Answer:
        """Work out what the newest verified report gives; answers the amounts and every step."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            on_desk = dossier_of(state, subject, at, rule_book or subject.rule_book)
            decision, made = certified(on_desk, party_named(state, by), at)
            return decision, _told(made)

        return self._work.do(key, "compute issuance", by, decide)

    def approve(self, project: str, *, at: date, key: str, by: str = SECOND_REGISTRAR.id) -> Answer:
        """A second registrar approves what another computed."""

        def decide(state: State) -> Decision:
            on_desk = dossier_of(state, state.get(SinkProject, project), at)
            return approved(on_desk, on_desk.waiting, party_named(state, by), at)[0]

        return self._work.do(key, "approve issuance", by, decide)

    def send_back(self, project: str, *, at: date, key: str, by: str = SECOND_REGISTRAR.id) -> Answer:
        """Send a computation back, to be made again."""

        def decide(state: State) -> Decision:
            on_desk = dossier_of(state, state.get(SinkProject, project), at)
            return issuance.send_back(on_desk.waiting, on_desk.project, by=party_named(state, by), at=at)

        return self._work.do(key, "return issuance", by, decide)

    def issue(self, project: str, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """Issue what was approved; the serials are allotted now."""

        def decide(state: State) -> tuple[Decision, Answer]:
            on_desk = dossier_of(state, state.get(SinkProject, project), at)
            return issued(on_desk, on_desk.waiting, party_named(state, by), at), _told(on_desk.waiting)

        return self._work.do(key, "issue", by, decide)

    def whole(self, project: str, *, at: date, key: str, rule_book: str, by: str, approved_by: str) -> Answer:
        """Compute, approve and issue in one commit, by two persons; or settle the year where nothing is certified."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            on_desk = dossier_of(state, subject, at, rule_book or subject.rule_book)
            decision, made = settled(on_desk, party_named(state, by), party_named(state, approved_by), at)
            return decision, {"issued_kg": 0} if made is None else _told(made)

        return self._work.do(key, "issue", by, decide)

    def recall(
        self, issued: str, cause: str, *, at: date, key: str, by: str = REGISTRAR.id, overstated_t: str = "0"
    ) -> Answer:
        """Mark an issuance that should not have been. Its units stay with those who hold them in good faith.

        overstated_t: tonnes that were too many, as text; the owner owes them, and the answer names the case. Raises
        Refused where the rule book's time for it is over, or it is too little to be invalidated.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            made = state.get(Issuance, issued)
            subject, who = state.get(SinkProject, made.project), party_named(state, by)
            decision = issuance.recall(made, subject, cause, by=who, at=at)
            case = invalidation(
                subject,
                rules_of(subject, at, made.rule_book),
                issuance=made.id,
                issued=made.issued_on,
                certified_kg=made.certified_kg,
                overstated_kg=Mass.tonnes(overstated_t).kg,
                cause=cause,
                number=next_case(state, subject.id),
                by=who,
                at=at,
            )
            if case is None:
                return decision, {}
            return decision + Decision(events=(case,)), {"case": case.id, "owed_kg": case.owed_kg}

        return self._work.do(key, "recall", by, decide)

    def release(self, project: str, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """Give part of a project's buffer back after good performance."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            rules, pool = rules_of(subject, at), pool_of(state, subject)
            entries = [e for e in state.all(BufferEntry) if e.project == project and e.kind == "release"]
            last = max((e.at for e in entries), default="")
            decision = release(
                pool,
                rules=rules,
                by=party_named(state, by),
                owner_city=state.get(Party, subject.owner).city,
                first_verified=first_verified(state, project),
                last_release=date.fromisoformat(last) if last else None,
                rating_bp=[each.share_bp for each in assessments(state, project, rules.name)],
                at=at,
                short=short(planned_of(state, project)),
            )
            entry = decision.one(BufferEntry)
            return decision, {"released_kg": entry.kg, "lines": entry.lines}

        return self._work.do(key, "release buffer", by, decide)

    def all(self, project: str | None = None) -> list[Issuance]:
        """Every issuance, computed or further, or a project's, oldest first."""
        return [made for made in self._work.state.all(Issuance) if project in (None, made.project)]

    def watch(self, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """Take every project that is late to verify one rung up the ladder, where one is due; answers which."""
        late: list[str] = []
        for project in list(self._work.state.all(SinkProject)):
            if not watches(RuleBook.load(project.rule_book)):
                continue

            def decide(state: State, name: str = project.id) -> tuple[Decision, Answer]:
                decision = _laddered(state, state.get(SinkProject, name), by, at)
                return decision, {"acted": bool(decision.events)}

            if _laddered(self._work.state, project, by, at).events:
                self._work.do(f"{key}/{project.id}", "late to verify", by, decide)
                late.append(project.id)
        return {"projects": late}


def _laddered(state: State, project: SinkProject, by: str, at: date) -> Decision:
    pool, rules, last = pool_of(state, project), rules_of(project, at), last_verified(state, project)
    verified = first_verified(state, project.id) is not None
    return ladder(
        pool,
        rules=rules,
        by=party_named(state, by),
        last_verified=last,
        due=verification_due(project, rules, last_verified=last, verified=verified),
        issued_kg=sum(batch.issued_kg for batch in batches_of(state, project.id)),
        held_late_kg=held_late(state, project.id),
        at=at,
    )


def _told(made: Issuance) -> Answer:
    names = ("certified_kg", "owner_kg", "buffer_kg", "replenish_kg", "omge_kg", "proceeds_kg")
    amounts = {name: getattr(made, name) for name in names}
    return {"issuance": made.id, "issued_kg": made.certified_kg, **amounts, "arithmetic": made.arithmetic}

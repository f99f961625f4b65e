"""The issuing desk: compute, approve by a second person, issue; recall; buffer release and late projects."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.parties import REGISTRAR, SECOND_REGISTRAR, party_named
from carbonpolis.platform.registry.lookups import (
    assessments,
    batches_of,
    cap_of,
    first_verified,
    held_late,
    last_verified,
    newest_report,
    next_case,
    opinion_on,
    planned_of,
    pool_of,
    registry_number,
    rules_of,
    stop,
)
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.quantity import Mass
from carbonpolis.registry import issuance
from carbonpolis.registry.assurance import verification_due
from carbonpolis.registry.buffer import LATE, BufferEntry, ladder, release, unhold
from carbonpolis.registry.issuance import Issuance, certify
from carbonpolis.registry.party import Party
from carbonpolis.registry.permanence import invalidation
from carbonpolis.registry.planned import Planned, replaced, short, with_cure
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.rulebook import RuleBook
from carbonpolis.registry.units import Batch


@desk
class Issuing:
    """What registrars do with units before anybody holds them."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def compute(self, project: str, *, at: date, key: str, by: str = REGISTRAR.id, rule_book: str = "") -> Answer:
        """Work out what the newest verified report gives; answers the amounts and every step."""

        def decide(state: State) -> tuple[Decision, Answer]:
            decision, made = _computed(state, state.get(SinkProject, project), by, at, rule_book)
            return decision, _told(made)

        return self._work.do(key, "compute issuance", by, decide)

    def approve(self, project: str, *, at: date, key: str, by: str = SECOND_REGISTRAR.id) -> Answer:
        """A second registrar approves what another computed."""

        def decide(state: State) -> Decision:
            subject = state.get(SinkProject, project)
            made, who = _waiting(state, subject), party_named(state, by)
            persons = int(RuleBook.load(made.rule_book, on=at).number("approvals"))
            return issuance.approve(made, subject, by=who, at=at, persons=persons)

        return self._work.do(key, "approve issuance", by, decide)

    def send_back(self, project: str, *, at: date, key: str, by: str = SECOND_REGISTRAR.id) -> Answer:
        """Send a computation back, to be made again."""

        def decide(state: State) -> Decision:
            subject = state.get(SinkProject, project)
            return issuance.send_back(_waiting(state, subject), subject, by=party_named(state, by), at=at)

        return self._work.do(key, "return issuance", by, decide)

    def issue(self, project: str, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """Issue what was approved; the serials are allotted now."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            made = _waiting(state, subject)
            return _issued(state, subject, made, by, at), _told(made)

        return self._work.do(key, "issue", by, decide)

    def whole(self, project: str, *, at: date, key: str, rule_book: str, by: str, approved_by: str) -> Answer:
        """Compute, approve and issue in one commit, by two persons; or settle the year where nothing is certified."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            report, rules = newest_report(state, subject), rules_of(subject, at, rule_book)
            cap = cap_of(state, subject, rules)
            so_far = sum(batch.issued_kg for batch in batches_of(state, project))
            certified, _ = certify(report, sink_class=subject.sink_class, rules=rules)
            if certified <= 0 or (cap is not None and cap <= so_far):
                opinion, who = opinion_on(state, report), party_named(state, by)
                declined = issuance.decline(
                    subject, report, opinion, rules=rules, by=who, at=at, issued_kg=so_far, cap_kg=cap
                )
                declined += _replaced(state, subject, report.year, "", 0, at) + _freed(state, subject, at)
                return declined, {"issued_kg": 0}
            computed, made = _computed(state, subject, by, at, rule_book)
            second, persons = party_named(state, approved_by), int(rules.number("approvals"))
            approved = issuance.approve(made, subject, by=second, at=at, persons=persons)
            (ready,) = approved.events
            assert isinstance(ready, Issuance)
            return Decision.all((computed, approved, _issued(state, subject, ready, by, at))), _told(made)

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
                issued=date.fromisoformat(next(move.at for move in made.history if move.verb == "issue")),
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
            verified = first_verified(state, project)
            if verified is None:
                raise Refused(project, "it was never verified; there is no buffer to release.")
            if why_not := short(planned_of(state, project)):
                raise Refused(project, f"no buffer is released: {why_not}")
            entries = [e for e in state.all(BufferEntry) if e.project == project and e.kind == "release"]
            last = max((e.at for e in entries), default="")
            decision = release(
                pool,
                rules=rules,
                by=party_named(state, by),
                owner_city=state.get(Party, subject.owner).city,
                first_verified=verified,
                last_release=date.fromisoformat(last) if last else None,
                rating_bp=[each.share_bp for each in assessments(state, project, rules.name)],
                at=at,
            )
            entry = decision.events[-1]
            assert isinstance(entry, BufferEntry)
            return decision, {"released_kg": entry.kg, "lines": entry.lines}

        return self._work.do(key, "release buffer", by, decide)

    def watch(self, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """Take every project that is late to verify one rung up the ladder, where one is due; answers which."""
        late: list[str] = []
        for project in list(self._work.state.all(SinkProject)):
            if RuleBook.load(project.rule_book).find("late_half") is None:
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
        held_late_kg=min(held_late(state, project.id), pool.standing.held),
        at=at,
    )


def _computed(state: State, project: SinkProject, by: str, at: date, rule_book: str) -> tuple[Decision, Issuance]:
    report, rules = newest_report(state, project), rules_of(project, at, rule_book)
    rated = assessments(state, project.id, rules.name)
    decision = issuance.compute(
        project,
        report,
        opinion_on(state, report),
        rules=rules,
        by=party_named(state, by),
        at=at,
        assessment=rated[-1] if rated else None,
        owed_kg=pool_of(state, project).standing.owed,
        issued_kg=sum(batch.issued_kg for batch in batches_of(state, project.id)),
        cap_kg=cap_of(state, project, rules),
        blocked=stop(state, project, at),
    )
    made = decision.events[0]
    assert isinstance(made, Issuance)
    before = state.find(Issuance, made.id)
    if before is not None and before.state in ("approved", "issued", "recalled"):
        raise Refused(made.id, f"is {before.state} already.")
    return decision, made


def _issued(state: State, project: SinkProject, made: Issuance, by: str, at: date) -> Decision:
    report, pool = newest_report(state, project), pool_of(state, project)
    why_not = stop(state, project, at)
    if why_not:
        raise Refused(project.id, f"nothing is issued: {why_not}")
    if made.replenish_kg > pool.standing.owed:
        raise Refused(made.id, "what it owes the pool has changed since it was computed; send it back.")
    decision = issuance.issue(
        project,
        report,
        opinion_on(state, report),
        made,
        number=registry_number(state, project),
        by=party_named(state, by),
        at=at,
        owner_city=state.get(Party, project.owner).city,
        issued={batch.id for batch in state.all(Batch)},
        pool=pool,
    )
    decision += _replaced(state, project, report.year, _made_batch(decision), made.owner_kg, at)
    entered = sum(isinstance(event, BufferEntry) for event in decision.events)
    return decision + _freed(state, project, at, entered)


def _freed(state: State, project: SinkProject, at: date, entered: int = 0) -> Decision:
    """Verified again, with units or without: what was held for lateness is free (VCS R&I process 5.3.6).

    entered: buffer entries that the same decision makes.
    """
    pool = pool_of(state, project)
    late = min(held_late(state, project.id), pool.standing.held)
    after = replace(pool, number=pool.number + entered)
    return unhold(after, late, LATE, at) if late else Decision()


def _replaced(state: State, project: SinkProject, year: int, batch: str, owner_kg: int, at: date) -> Decision:
    """The year's planned units, replaced by what was issued."""
    planned = next((each for each in planned_of(state, project.id) if each.year == year), None)
    if planned is None or planned.state != "outstanding":
        return Decision()
    decision = replaced(planned, batch, owner_kg, state.balances, at)
    (after,) = decision.events
    assert isinstance(after, Planned)
    return Decision(decision.transfers, (with_cure(after, rules_of(project, at), at),))


def _made_batch(decision: Decision) -> str:
    """The id of the batch that a decision issues."""
    return next(event.id for event in decision.events if isinstance(event, Batch))


def _waiting(state: State, project: SinkProject) -> Issuance:
    report = newest_report(state, project)
    made = state.find(Issuance, report.id.replace("MR-", "IS-", 1))
    if made is None:
        raise Refused(project.id, "no issuance was computed for its newest report yet.")
    return made


def _told(made: Issuance) -> Answer:
    names = ("certified_kg", "owner_kg", "buffer_kg", "replenish_kg", "omge_kg", "proceeds_kg")
    amounts = {name: getattr(made, name) for name in names}
    return {"issuance": made.id, "issued_kg": made.certified_kg, **amounts, "arithmetic": made.arithmetic}

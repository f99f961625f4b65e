"""Losses of stored carbon. A case with deadlines; the pool or the owner makes good; holders keep what they bought.

reported -> estimated (buffer held) -> verified -> no reversal | unavoidable | avoidable -> closed. Unavoidable (storm,
fire from outside): the pool pays, the project replenishes from its next issuance. Avoidable (logging, neglect): the
owner owes all of it, and nothing is issued to any of its projects until it is made good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision, Purpose, Why
from carbonpolis.period import add_months
from carbonpolis.quantity import Mass
from carbonpolis.registry.buffer import BUFFER_POOL, Pool, cancel, hold, unhold
from carbonpolis.registry.holdings import Holding, Place, carried, take
from carbonpolis.registry.lifecycle import Move, walked
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject, check_registrar, check_verifier
from carbonpolis.registry.rulebook import RuleBook

# state: {verb: (next state, who may)}; rules.md, "Loss event".
LOSS_MOVES: dict[str, dict[str, tuple[str, str]]] = {
    "reported": {"estimate": ("estimated", "owner")},
    "estimated": {"estimate": ("estimated", "owner"), "verify": ("verified", "verifier")},
    "verified": {
        "find_no_reversal": ("no_reversal", "registrar"),
        "find_unavoidable": ("unavoidable", "registrar"),
        "find_avoidable": ("avoidable", "registrar"),
    },
    "no_reversal": {"close": ("closed", "registrar")},
    "unavoidable": {
        "cover": ("unavoidable", "registrar"),
        "replace": ("unavoidable", "owner"),
        "close": ("closed", "registrar"),
    },
    "avoidable": {
        "cover": ("avoidable", "registrar"),
        "replace": ("avoidable", "owner"),
        "close": ("closed", "registrar"),
    },
    "closed": {},
}
FINDINGS = ("no_reversal", "unavoidable", "avoidable")


@dataclass(frozen=True, slots=True)
class LossEvent:
    """A case. Dates ISO. kg: verified_kg is the reversal as verified.

    happened: day of the loss. tell_by, verify_by: deadlines of the rule book; surrender_by: of an avoidable loss, ""
    without one. held_kg: of the buffer, for this case. cancelled_kg: by the pool. replaced_kg: by the owner.
    """

    id: str
    city: str
    project: str
    owner: str
    happened: str
    cause: str
    state: str
    tell_by: str
    verify_by: str
    told_late: bool = False
    estimate_kg: int = 0
    held_kg: int = 0
    verified_kg: int = 0
    finding: str = ""
    cancelled_kg: int = 0
    replaced_kg: int = 0
    surrender_by: str = ""
    owner_pays: str = ""
    lines: tuple[str, ...] = ()
    history: tuple[Move, ...] = ()

    @property
    def uncovered_kg(self) -> int:
        """Of the reversal, what nobody has cancelled units for yet."""
        gone = self.replaced_kg if self.owner_pays == "surrender" else self.cancelled_kg
        none = self.finding in ("", "no_reversal") or self.owner_pays == "deducted"
        return 0 if none else max(0, self.verified_kg - gone)

    @property
    def owed_kg(self) -> int:
        """What the owner still owes: of an avoidable reversal, or of any where its book has it surrender."""
        owes = self.finding == "avoidable" or (self.finding == "unavoidable" and self.owner_pays == "surrender")
        return max(0, self.verified_kg - self.replaced_kg) if owes else 0


def report_loss(
    project: SinkProject,
    *,
    by: Party,
    happened: date,
    cause: str,
    loss_kg: int,
    verified_before_kg: int,
    number: int,
    rules: RuleBook,
    at: date,
    avoidable: bool = False,
) -> Decision:
    """The owner tells of a loss: the event is the LossEvent, reported.

    loss_kg: as first seen. verified_before_kg: removals verified so far; a loss of at most the rule book's share of it
    is no loss event and belongs in the next monitoring report. avoidable: as the owner sees it; books give less time
    then. Raises Refused then, and for a loss in the future.
    """
    if by.id != project.owner and by.role != "registrar":
        raise Refused(project.id, f"its owner {project.owner} or a registrar reports a loss, not {by.id}.")
    if happened > at or not cause.strip() or loss_kg <= 0:
        raise Refused(project.id, "a loss has happened, has a cause and an amount above 0.")
    share = rules.number("loss_event_share")
    if loss_kg * 100 <= share * verified_before_kg:
        raise Refused(
            project.id,
            f"{Mass(loss_kg)} are not more than {share:g} % of the {Mass(verified_before_kg)} verified before "
            f"[{rules.cite(rules.rule('loss_event_share'))}]; put it into the next monitoring report.",
        )
    tell_by, verify_by = _deadlines(happened, rules, avoidable)
    told = rules.rule("loss_tell_avoidable" if avoidable else "loss_tell")
    event = LossEvent(
        id=f"LE-{project.id}-{number}",
        city=project.city,
        project=project.id,
        owner=project.owner,
        happened=happened.isoformat(),
        cause=cause.strip(),
        state="reported",
        tell_by=tell_by.isoformat(),
        verify_by=verify_by.isoformat(),
        told_late=at > tell_by,
        estimate_kg=loss_kg,
        lines=(
            f"told {at}, {'late: ' if at > tell_by else ''}due by {tell_by} [{told.cited}]",
            f"first seen {Mass(loss_kg)}, above {share:g} % of {Mass(verified_before_kg)} verified before",
        ),
        history=(Move(at.isoformat(), "report", by.id, "reported"),),
    )
    return Decision(events=(event,))


def _deadlines(happened: date, rules: RuleBook, avoidable: bool) -> tuple[date, date]:
    """By when a loss is to be told of and verified: CAR v5.1 gives less time for one that could have been avoided."""
    kind = "_avoidable" if avoidable else ""
    tell_by = happened + timedelta(days=int(rules.number(f"loss_tell{kind}")))
    return tell_by, add_months(happened, int(rules.number(f"loss_report{kind}")))


def estimate_loss(event: LossEvent, pool: Pool, loss_kg: int, *, by: Party, at: date) -> Decision:
    """The owner estimates the loss; as much of the buffer is held. A better estimate holds more, or less."""
    if by.id != event.owner:
        raise Refused(event.id, f"its owner {event.owner} estimates it, not {by.id}.")
    if loss_kg <= 0:
        raise Refused(event.id, "an estimate is above 0.")
    stepped = walked(event, LOSS_MOVES, "estimate", by.id, at)
    line = f"estimated {Mass(loss_kg)} on {at}; as much of the buffer is held"
    if loss_kg >= event.held_kg:
        held = hold(pool, loss_kg - event.held_kg, event.id, at, (line,)) if loss_kg > event.held_kg else Decision()
        now = event.held_kg + sum(transfer.amount for transfer in held.transfers)
    else:
        held = unhold(pool, event.held_kg - loss_kg, event.id, at)
        now = event.held_kg - sum(transfer.amount for transfer in held.transfers)
    changed = replace(stepped, estimate_kg=loss_kg, held_kg=now, lines=(*event.lines, line))
    return Decision(events=(changed,)) + held


def verify_loss(
    event: LossEvent, project: SinkProject, loss_kg: int, *, by: Party, at: date, document: str = ""
) -> Decision:
    """A verifier, accredited and not connected, says how much was lost. document: id of its report."""
    check_verifier(project, by, at)
    if loss_kg < 0:
        raise Refused(event.id, "a verified loss can't be negative.")
    late = f", late: due by {event.verify_by}" if at.isoformat() > event.verify_by else ""
    line = f"verified {Mass(loss_kg)} on {at} by {by.id}{late}{f', document {document}' if document else ''}"
    return Decision(
        events=(
            replace(walked(event, LOSS_MOVES, "verify", by.id, at), verified_kg=loss_kg, lines=(*event.lines, line)),
        )
    )


def settle(
    event: LossEvent, project: SinkProject, pool: Pool, finding: str, *, rules: RuleBook, by: Party, at: date
) -> Decision:
    """The registrar finds what the loss was, and the pool acts on it.

    no_reversal: what was held is released. unavoidable: as much is cancelled from the pool, what the project has not
    put in it replenishes. avoidable: the owner owes all; where the rule book lets the owner deposit (not surrender) the
    pool cancels at once and the owner refills it. A book may have the owner surrender for an unavoidable one too (New
    Zealand), or count what it never issued against it (CCER). Raises ValueError for another finding, Refused when a
    verified loss is found to be none.
    """
    if finding not in FINDINGS:
        raise ValueError(f"no finding {finding!r}; choose from {', '.join(FINDINGS)}")
    check_registrar(project, by, at)
    stepped = replace(walked(event, LOSS_MOVES, f"find_{finding}", by.id, at), finding=finding)
    if finding == "no_reversal":
        line = f"no reversal; {Mass(event.held_kg)} held are released"
        freed = unhold(pool, event.held_kg, event.id, at) if event.held_kg else Decision()
        return Decision(events=(replace(stepped, held_kg=0, lines=(*event.lines, line)),)) + freed
    if event.verified_kg == 0:
        raise Refused(event.id, "nothing was lost by the verifier's word; find no reversal.")
    if finding == "avoidable":
        stepped = replace(_timed(stepped, rules), owner_pays=rules.rule("avoidable").value)
    elif (rule := rules.find("unavoidable", project.sink_class)) is not None:
        stepped = replace(stepped, owner_pays=rule.value)
    if stepped.owner_pays == "surrender":
        return _owed(stepped, pool, rules, at)
    if stepped.owner_pays == "deducted":
        return _deducted(stepped, pool, rules, at)
    return _cover(stepped, pool, rules, at)


def _timed(event: LossEvent, rules: RuleBook) -> LossEvent:
    """The case by the deadlines of an avoidable loss, now that it is found to be one; what was late is said."""
    tell_by, verify_by = _deadlines(date.fromisoformat(event.happened), rules, True)
    told = date.fromisoformat(event.history[0].at) if event.history else tell_by
    if (tell_by.isoformat(), verify_by.isoformat()) == (event.tell_by, event.verify_by):
        return event
    rule = rules.rule("loss_tell_avoidable")
    late = "late" if told > tell_by else "in time"
    line = f"found avoidable: it was to be told of by {tell_by} and verified by {verify_by}; told {late} [{rule.cited}]"
    return replace(
        event,
        tell_by=tell_by.isoformat(),
        verify_by=verify_by.isoformat(),
        told_late=told > tell_by,
        lines=(*event.lines, line),
    )


def cover(event: LossEvent, project: SinkProject, pool: Pool, *, by: Party, at: date) -> Decision:
    """Cancel the rest of a reversal for which the pool had too little before."""
    check_registrar(project, by, at)
    stepped = walked(event, LOSS_MOVES, "cover", by.id, at)
    if not event.uncovered_kg:
        raise Refused(event.id, "the whole reversal is covered.")
    return _cover(stepped, pool, None, at)


def make_good(event: LossEvent, kg: int, held: Sequence[Holding], pool: Pool, *, owner: Party, at: date) -> Decision:
    """The owner of an avoidable loss gives units, at most what it owes: into the pool where that paid, else cancelled.

    held: what it has available, in the order they go. Raises Refused when it holds or owes less.
    """
    if owner.id != event.owner:
        raise Refused(event.id, f"{event.owner} owes it, not {owner.id}.")
    stepped = walked(event, LOSS_MOVES, "replace", owner.id, at)
    if not 0 < kg <= event.owed_kg:
        raise Refused(event.id, f"{Mass(event.owed_kg)} are owed; {Mass(kg)} were offered.")
    deposits = event.owner_pays == "deposit"
    if deposits:
        target, why = Place(event.city, BUFFER_POOL, Purpose.BUFFER), Why.REPLENISH
    else:
        target, why = Place(owner.city, owner.id, Purpose.CANCELLED), Why.COMPENSATE
    parts = [(holding.batch, part) for holding, part in take(held, kg)]
    transfers = carried(parts, Place(owner.city, owner.id), target, why)
    where = "into the pool" if deposits else "cancelled"
    line = f"the owner gave {Mass(kg)} on {at}, {where}"
    changed = replace(stepped, replaced_kg=event.replaced_kg + kg, lines=(*event.lines, line))
    entries = (pool.entry("replenish", kg, 0, event.id, at, (line,)),) if deposits else ()
    return Decision(transfers, (changed, *entries))


def close(event: LossEvent, project: SinkProject, *, by: Party, at: date) -> Decision:
    """Close a case. Raises Refused while units are missing for it or the owner owes."""
    check_registrar(project, by, at)
    if event.uncovered_kg or event.owed_kg:
        raise Refused(event.id, f"{Mass(event.uncovered_kg)} are uncovered and the owner owes {Mass(event.owed_kg)}.")
    return Decision(events=(walked(event, LOSS_MOVES, "close", by.id, at),))


def blocked(project: SinkProject, cases: Iterable[LossEvent], at: date) -> str:
    """Why nothing may be issued for a project now, in one sentence; empty when nothing stands against it.

    An owner who owes for an avoidable loss is issued nothing for any project; a project whose loss was not verified in
    time, or is being looked into, waits.
    """
    for case in cases:
        if case.owner == project.owner and case.owed_kg:
            since = f", due by {case.surrender_by}" if case.surrender_by else ""
            return f"its owner {case.owner} owes {Mass(case.owed_kg)} for the {case.finding} loss {case.id}{since}."
        if case.project != project.id or case.state not in ("reported", "estimated", "verified"):
            continue
        if at.isoformat() > case.verify_by:
            return f"the loss {case.id} was to be verified by {case.verify_by}."
    return ""


def overdue(case: LossEvent, at: date) -> str:
    """What of a case is late on a day, in one sentence; empty when nothing is."""
    day = at.isoformat()
    if case.state in ("reported", "estimated") and day > case.verify_by:
        return f"it was to be verified by {case.verify_by}."
    if case.owed_kg and case.surrender_by and day > case.surrender_by:
        return f"its owner {case.owner} was to give {Mass(case.owed_kg)} by {case.surrender_by}."
    return ""


def _cover(event: LossEvent, pool: Pool, rules: RuleBook | None, at: date) -> Decision:
    wanted = event.verified_kg - event.cancelled_kg
    own = max(0, pool.standing.own)
    paid = cancel(pool, wanted, event.id, at, (f"reversal of {Mass(wanted)}",), held_kg=event.held_kg)
    done = sum(transfer.amount for transfer in paid.transfers if transfer.why is Why.REVERSAL)
    line = f"the pool cancels {Mass(done)} of {Mass(wanted)}; the project's own share is {Mass(own)}"
    if done > own:
        line += f", so its next issuances first deposit {Mass(done - own)}"
    if event.finding == "avoidable":
        line = f"the pool cancels {Mass(done)} of {Mass(wanted)} at once; the owner owes {Mass(event.verified_kg)}"
    changed = replace(event, cancelled_kg=event.cancelled_kg + done, held_kg=0, lines=(*event.lines, line))
    if rules is not None and event.finding == "avoidable":
        changed = _with_deadline(changed, rules, at)
    return Decision(events=(changed,)) + paid


def _owed(event: LossEvent, pool: Pool, rules: RuleBook, at: date) -> Decision:
    freed = unhold(pool, event.held_kg, event.id, at) if event.held_kg else Decision()
    line = f"the owner surrenders {Mass(event.verified_kg)} [{rules.rule(event.finding).cited}]"
    changed = _with_deadline(replace(event, held_kg=0, lines=(*event.lines, line)), rules, at)
    return Decision(events=(changed,)) + freed


def _deducted(event: LossEvent, pool: Pool, rules: RuleBook, at: date) -> Decision:
    """A book that never issues a share for such losses has no pool to cancel: what was not issued stands for it."""
    freed = unhold(pool, event.held_kg, event.id, at) if event.held_kg else Decision()
    line = f"what was never issued stands for {Mass(event.verified_kg)} [{rules.rule('unavoidable').cited}]"
    return Decision(events=(replace(event, held_kg=0, lines=(*event.lines, line)),)) + freed


def _with_deadline(event: LossEvent, rules: RuleBook, at: date) -> LossEvent:
    rule = rules.find("loss_surrender")
    return replace(event, surrender_by=add_months(at, int(rule.value)).isoformat()) if rule else event

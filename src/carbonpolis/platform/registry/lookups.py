"""What the registry's rules look at, gathered from the state. No rule here."""

from __future__ import annotations

from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Transfer
from carbonpolis.market.order import Trade
from carbonpolis.platform.work import State
from carbonpolis.registry.buffer import LATE, BufferEntry, Pool, pool_position
from carbonpolis.registry.document import Document
from carbonpolis.registry.dossier import Dossier
from carbonpolis.registry.harvest import HarvestPlan
from carbonpolis.registry.history import Behind, Sale
from carbonpolis.registry.issuance import Issuance
from carbonpolis.registry.linkage import FIRST_IMPORT_NUMBER, Adjustment, Transit
from carbonpolis.registry.party import Party
from carbonpolis.registry.planned import Planned
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.retirement import Cancellation, Retirement
from carbonpolis.registry.reversal import LossEvent
from carbonpolis.registry.risk import RiskAssessment
from carbonpolis.registry.rulebook import RuleBook
from carbonpolis.registry.units import Batch, parse_batch_id
from carbonpolis.registry.verification import MonitoringReport, Opinion


def rules_of(project: SinkProject, at: date, rule_book: str = "") -> RuleBook:
    """The rule book of a project as it was valid on a day. Raises Refused when there is none, or not yet."""
    try:
        return RuleBook.load(rule_book or project.rule_book, on=at)
    except ValueError as problem:
        raise Refused(project.id, f"{problem}.") from None


def newest_report(state: State, project: SinkProject) -> MonitoringReport:
    """The report that its last monitoring made. Raises Refused when there is none."""
    ending = f"-{project.monitored}"
    # Years follow each other, so after the first the report's is known: no search among everybody's reports.
    known = state.find(MonitoringReport, f"MR-{project.id}-{project.settled_through + 1}{ending}")
    if known is not None:
        return known
    for report in state.all(MonitoringReport):
        if report.project == project.id and report.id == f"MR-{project.id}-{report.year}{ending}":
            return report
    raise Refused(project.id, "it has no monitoring report yet.")


def opinion_on(state: State, report: MonitoringReport) -> Opinion:
    """The opinion on a report. Raises Refused when nobody has judged it."""
    found = state.find(Opinion, report.id.replace("MR-", "VO-", 1))
    if found is None:
        raise Refused(report.id, "no verifier has judged it yet.")
    return found


def assessments(state: State, project: str, rule_book: str) -> list[RiskAssessment]:
    """A project's risk assessments by one rule book, oldest first."""
    found = [each for each in state.all(RiskAssessment) if each.project == project and each.rule_book == rule_book]
    return sorted(found, key=lambda each: (each.at, each.id))


def batches_of(state: State, project: str) -> list[Batch]:
    """What was issued for a project."""
    return [batch for batch in state.all(Batch) if batch.project == project]


def pool_of(state: State, project: SinkProject) -> Pool:
    """The buffer pool as it stands to a project."""
    batches = batches_of(state, project.id)
    entries = [entry for entry in state.all(BufferEntry) if entry.project == project.id]
    return Pool(
        balances=state.balances,
        project=project,
        batches=frozenset(batch.id for batch in batches),
        standing=pool_position(project.id, batches, entries),
        number=len(entries),
    )


def held_late(state: State, project: str) -> int:
    """Kilograms of the buffer that are held because the project was verified too late."""
    signs = {"hold": 1, "unhold": -1}
    return sum(
        signs.get(entry.kind, 0) * entry.kg
        for entry in state.all(BufferEntry)
        if entry.project == project and entry.case == LATE
    )


def planned_of(state: State, project: str) -> list[Planned]:
    """A project's planned units, oldest first."""
    return [planned for planned in state.all(Planned) if planned.project == project]


def dossier_of(state: State, project: SinkProject, at: date, rule_book: str = "") -> Dossier:
    """What a registrar has on the desk for a project on a day.

    rule_book: to issue by; without it the one that was computed by, else the project's. Raises Refused where there is
    no monitoring report, or no such rule book on that day.
    """
    report = newest_report(state, project)
    computed = state.find(Issuance, report.id.replace("MR-", "IS-", 1))
    own = rules_of(project, at)
    rules = rules_of(project, at, rule_book or (computed.rule_book if computed is not None else ""))
    rated = assessments(state, project.id, rules.name)
    batches = state.all(Batch)
    return Dossier(
        project=project,
        report=report,
        opinion=state.find(Opinion, report.id.replace("MR-", "VO-", 1)),
        rules=rules,
        own=own,
        computed=computed,
        assessment=rated[-1] if rated else None,
        harvest=state.find(HarvestPlan, project.id),
        pool=pool_of(state, project),
        held_late_kg=held_late(state, project.id),
        planned=planned_of(state, project.id),
        losses=state.all(LossEvent),
        number=registry_number(state, project),
        batches={batch.id for batch in batches},
        issued_kg=sum(batch.issued_kg for batch in batches if batch.project == project.id),
        owner_city=state.get(Party, project.owner).city,
    )


def issued_days(state: State, project: str) -> list[tuple[date, int]]:
    """Day and kilograms of everything issued for a project; what was issued before days were kept is left out."""
    return [(date.fromisoformat(batch.at), batch.issued_kg) for batch in batches_of(state, project) if batch.at]


def settled_losses_kg(state: State, project: str) -> int:
    """Reversals of a project that were found and verified, kilograms."""
    found = ("avoidable", "unavoidable")
    cases = [case for case in state.all(LossEvent) if case.project == project and case.finding in found]
    return sum(case.verified_kg for case in cases)


def next_case(state: State, project: str) -> int:
    """The number of a project's next loss case."""
    return 1 + sum(case.project == project for case in state.all(LossEvent))


def verified_kg(state: State, project: str) -> int:
    """Net removals verified so far, whole kilograms, down."""
    supported = {o.report for o in state.all(Opinion) if o.project == project and o.opinion != "negative"}
    tonnes = sum(r.net_t - r.leakage_t for r in state.all(MonitoringReport) if r.id in supported)
    return max(0, int(tonnes * 1000))


def last_verified(state: State, project: SinkProject) -> date:
    """The day of the last supporting opinion, else of registration or of the proposal."""
    days = [o.at for o in state.all(Opinion) if o.project == project.id and o.opinion != "negative"]
    registered = project.last("register")
    return date.fromisoformat(max(days) if days else registered.at if registered else project.history[0].at)


def first_verified(state: State, project: str) -> date | None:
    """The day of the first supporting opinion, if there was one."""
    days = [o.at for o in state.all(Opinion) if o.project == project and o.opinion != "negative"]
    return date.fromisoformat(min(days)) if days else None


def registry_number(state: State, project: SinkProject) -> int:
    """The number that a project's serials spell: what its units bear already, else its own, else the next one."""
    for batch in batches_of(state, project.id):
        return parse_batch_id(batch.id).number
    return project.number or next_number(state)


def next_number(state: State) -> int:
    """The lowest number above every project's."""
    numbers = [project.number for project in state.all(SinkProject)]
    used = [parse_batch_id(batch.id).number for batch in state.all(Batch) if not batch.foreign_serial]
    return 1 + max(numbers.count(0), max(numbers, default=0), max(used, default=0))


def next_import_number(state: State) -> int:
    """The next number of an imported batch."""
    used = [parse_batch_id(batch.id).number for batch in state.all(Batch) if batch.foreign_serial]
    return max([FIRST_IMPORT_NUMBER - 1, *used]) + 1


def _sales(state: State, batch: str) -> list[Sale]:
    """What trades delivered of a batch, in their order."""
    return [
        Sale(trade.at, trade.seller, trade.buyer, kg, f"{trade.kind} trade {trade.id}")
        for trade in state.all(Trade)
        for name, kg in trade.parts
        if name == batch
    ]


def behind(state: State, batch: Batch, transfers: list[tuple[int, Transfer]]) -> Behind:
    """Everything recorded behind a batch. transfers: each with the number of its journal entry."""
    project = state.find(SinkProject, batch.project)
    report = state.find(MonitoringReport, batch.report) if batch.report else None
    if report is None and project is not None:
        of_year = [r for r in state.all(MonitoringReport) if r.project == project.id and r.year == batch.vintage]
        report = of_year[-1] if of_year else None
    issuance = state.find(Issuance, report.id.replace("MR-", "IS-", 1)) if report else None
    return Behind(
        batch=batch,
        transfers=transfers,
        project=project,
        report=report,
        opinion=state.find(Opinion, report.id.replace("MR-", "VO-", 1)) if report else None,
        issuance=issuance,
        assessment=state.find(RiskAssessment, issuance.assessment) if issuance and issuance.assessment else None,
        documents=[d for d in state.all(Document) if d.project == batch.project],
        retirements=[r for r in state.all(Retirement) if any(name == batch.id for name, _ in r.parts)],
        cancellations=[c for c in state.all(Cancellation) if any(name == batch.id for name, _ in c.parts)],
        transits=[t for t in state.all(Transit) if any(name == batch.id for name, _ in t.parts)],
        sales=_sales(state, batch.id),
        adjustment=state.find(Adjustment, batch.id),
    )

"""Issuance: from a verified removal to units in the ledger, in three steps by two persons, every figure kept.

A registrar computes, another approves, then the units are issued and their serials allotted; what was issued is never
edited. A recall marks the cause and leaves the units of those who hold them in good faith where they are.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.quantity import Mass, share_up, whole_kg_down
from carbonpolis.registry.buffer import BUFFER_POOL, Pool
from carbonpolis.registry.lifecycle import Move, walked
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject, check_registrar, step
from carbonpolis.registry.risk import RiskAssessment
from carbonpolis.registry.rulebook import RuleBook
from carbonpolis.registry.units import Batch, batch_id, checked_size
from carbonpolis.registry.verification import MonitoringReport, Opinion, check_newest

REGISTRY = "registry"
OVERALL_MITIGATION = "overall-mitigation"
ADAPTATION_FUND = "adaptation-fund"

# rules.md, "Issuance batch": computed -> approved (second person) -> issued.
ISSUANCE_MOVES: dict[str, dict[str, tuple[str, str]]] = {
    "computed": {"approve": ("approved", "registrar"), "return": ("returned", "registrar")},
    "approved": {"issue": ("issued", "registrar")},
    "issued": {"recall": ("recalled", "registrar")},
    "recalled": {},
    "returned": {},
}


@dataclass(frozen=True, slots=True)
class Issuance:
    """What is to be issued for one report. Kilograms: certified = owner + buffer + omge + proceeds.

    replenish_kg: of the buffer, what makes an earlier loss good. batch: id of the units, "" until they are issued.
    cause: why it was recalled, "" otherwise.
    """

    id: str
    city: str
    project: str
    report: str
    opinion: str
    rule_book: str
    version: str
    state: str
    certified_kg: int
    owner_kg: int
    buffer_kg: int
    replenish_kg: int
    omge_kg: int
    proceeds_kg: int
    arithmetic: tuple[str, ...]
    assessment: str = ""
    batch: str = ""
    cause: str = ""
    history: tuple[Move, ...] = ()

    @property
    def issued_on(self) -> date:
        """The day on which its units were issued; raises StopIteration for one that never was."""
        return date.fromisoformat(next(move.at for move in self.history if move.verb == "issue"))


def compute(
    project: SinkProject,
    report: MonitoringReport,
    opinion: Opinion,
    *,
    rules: RuleBook,
    by: Party,
    at: date,
    assessment: RiskAssessment | None = None,
    owed_kg: int = 0,
    issued_kg: int = 0,
    cap_kg: int | None = None,
    blocked: str = "",
) -> Decision:
    """What a verified removal gives: removal - baseline - uncertainty - leakage, less shares and the buffer.

    assessment: the risk as assessed; without one the book's flat share. owed_kg: owed to the pool for an earlier loss,
    first call on these units. issued_kg: issued for the project so far; cap_kg: its long-term average, if it harvests.
    blocked: why nothing may be issued to this owner now, "" when nothing stands against it. Events: the Issuance,
    computed, and the Opinion, accepted.
    Raises Refused, with the arithmetic, when nothing is certified.
    """
    _checked(project, report, opinion, "issue", by, at)
    why_not = blocked or _failed(project, assessment, rules)
    if why_not:
        raise Refused(project.id, f"nothing is issued: {why_not}")
    certified, steps = certify(report, sink_class=project.sink_class, rules=rules)
    certified, capped = _capped(certified, issued_kg, cap_kg)
    if certified <= 0:
        raise Refused(report.id, "nothing can be certified: " + "; ".join((*steps, *capped)) + ".")
    split, lines = _split(certified, project.sink_class, rules, assessment, owed_kg)
    issuance = Issuance(
        id=report.id.replace("MR-", "IS-", 1),
        city=project.city,
        project=project.id,
        report=report.id,
        opinion=opinion.id,
        rule_book=rules.name,
        version=rules.version,
        state="computed",
        certified_kg=certified,
        owner_kg=split.owner,
        buffer_kg=split.buffer,
        replenish_kg=split.replenish,
        omge_kg=split.omge,
        proceeds_kg=split.proceeds,
        arithmetic=(*steps, *capped, *lines),
        assessment=assessment.id if assessment else "",
        history=(Move(at.isoformat(), "compute", by.id, "computed"),),
    )
    return Decision(events=(issuance, replace(opinion, state="accepted")))


def approve(issuance: Issuance, project: SinkProject, *, by: Party, at: date, persons: int = 2) -> Decision:
    """Another registrar approves. persons: how many the rule book asks for, with the one who computed it.

    Raises Refused for who computed or approved it already, or who may not decide on the project.
    """
    check_registrar(project, by, at)
    stepped = walked(issuance, ISSUANCE_MOVES, "approve", by.id, at)
    decided = [move for move in issuance.history if move.verb in ("compute", "approve")]
    if any(move.by == by.id or move.by in by.connections for move in decided):
        raise Refused(
            issuance.id, f"{by.id} computed or approved it, or is connected to who did; a second person approves."
        )
    if len(decided) + 1 < persons:  # it waits, computed, for further persons
        waits = Move(at.isoformat(), "approve", by.id, issuance.state)
        stepped = replace(issuance, history=(*issuance.history, waits))
    return Decision(events=(stepped,))


def send_back(issuance: Issuance, project: SinkProject, *, by: Party, at: date) -> Decision:
    """A registrar sends a computation back; it may be computed again."""
    check_registrar(project, by, at)
    return Decision(events=(walked(issuance, ISSUANCE_MOVES, "return", by.id, at),))


def issue(
    project: SinkProject,
    report: MonitoringReport,
    opinion: Opinion,
    issuance: Issuance,
    *,
    number: int,
    by: Party,
    at: date,
    owner_city: str | None = None,
    issued: Container[str] = (),
    pool: Pool | None = None,
) -> Decision:
    """Issue what was approved.

    number: of the project in its city's registry, 1 to 999,999; it and the vintage make the batch id. owner_city: the
    owner's home city where that is not the project's. issued: ids of the batches there are, none of which may be issued
    again. pool: needed where something is replenished. Transfers: issuer to the owner's available units, to the city's
    buffer pool and to the shares. Events: the Issuance, the Batch and the project, registered again.
    Raises IllegalMove or Refused as the lifecycle does; Refused when the batch is too large for its serials.
    """
    moved = _checked(project, report, opinion, "issue", by, at)
    if issuance.report != report.id:
        raise Refused(issuance.id, f"is no issuance for {report.id}.")
    name = batch_id(project.city, number, project.sink_class, report.year)
    checked_size(name, issuance.certified_kg)
    if name in issued:
        raise Refused(name, "has been issued; a serial number is given once. Give the project a number of its own.")
    done = replace(walked(issuance, ISSUANCE_MOVES, "issue", by.id, at), batch=name)
    batch = Batch(
        id=name,
        city=project.city,
        project=project.id,
        owner=project.owner,
        sink_class=project.sink_class,
        vintage=report.year,
        issued_kg=issuance.certified_kg,
        buffer_kg=issuance.buffer_kg,
        arithmetic=issuance.arithmetic,
        replenish_kg=issuance.replenish_kg,
        omge_kg=issuance.omge_kg,
        proceeds_kg=issuance.proceeds_kg,
        rule_book=f"{issuance.rule_book} {issuance.version}",
        report=report.id,
        at=at.isoformat(),
    )
    transfers = _transfers(batch, issuance, owner_city or project.city)
    assert sum(transfer.amount for transfer in transfers) == issuance.certified_kg, "issued is the sum of its parts"
    events: list[Issuance | Batch | SinkProject] = [done, batch, moved]
    if issuance.replenish_kg:
        assert pool is not None, "what is replenished is entered in the pool"
        entry = pool.entry("replenish", issuance.replenish_kg, 0, "issuance", at, (f"from {name}",))
        return Decision(transfers, (*events, entry))
    return Decision(transfers, tuple(events))


def recall(issuance: Issuance, project: SinkProject, cause: str, *, by: Party, at: date) -> Decision:
    """Mark an issuance that should not have been: the cause is kept; who holds its units in good faith keeps them."""
    check_registrar(project, by, at)
    if not cause.strip():
        raise Refused(issuance.id, "a recall says its cause.")
    return Decision(events=(replace(walked(issuance, ISSUANCE_MOVES, "recall", by.id, at), cause=cause.strip()),))


def decline(
    project: SinkProject,
    report: MonitoringReport,
    opinion: Opinion,
    *,
    rules: RuleBook,
    by: Party,
    at: date,
    issued_kg: int = 0,
    cap_kg: int | None = None,
) -> Decision:
    """The registrar settles a verified year for which nothing can be certified: no units, the project registered again.

    Raises Refused when something can be certified: then it has to be issued.
    """
    moved = _checked(project, report, opinion, "decline", by, at)
    certified = certifiable(report, project, rules, issued_kg, cap_kg)
    if certified > 0:
        raise Refused(report.id, f"{Mass(certified)} can be certified; issue them.")
    return Decision(events=(replace(opinion, state="accepted"), moved))


def certifiable(
    report: MonitoringReport, project: SinkProject, rules: RuleBook, issued_kg: int = 0, cap_kg: int | None = None
) -> int:
    """Kilograms that a report certifies within the project's long-term average; 0 for a year to be declined."""
    return _capped(certify(report, sink_class=project.sink_class, rules=rules)[0], issued_kg, cap_kg)[0]


def certify(report: MonitoringReport, *, sink_class: str, rules: RuleBook) -> tuple[int, tuple[str, ...]]:
    """Whole kilograms that a report certifies (0 when nothing), and the arithmetic step by step.

    Rounded down: what is not certain is not issued.
    """
    steps = [f"removal {report.removal_t:,.3f} t CO2e in {report.year}, s.d. {report.sd_t:,.3f} t ({report.model})"]
    steps += [f"of it {s.name}: {s.removal_t:,.3f} t, s.d. {s.sd_t:,.3f} t, {s.area_ha:,.2f} ha" for s in report.strata]
    net = float(Decimal(repr(report.removal_t)) - Decimal(repr(report.baseline_t)))
    if report.baseline_t:
        steps.append(f"above the baseline {report.removal_t:,.3f} - {report.baseline_t:,.3f} t = {net:,.3f} t")
    if net <= 0:
        return 0, (*steps, "no net removal, nothing to certify")
    deduction = rules.deduction(sink_class, net, report.sd_t)
    removed, leaked = Decimal(repr(net)), Decimal(repr(report.leakage_t))
    taken = removed * Decimal(repr(deduction.percent)) / 100
    steps += [
        *deduction.steps,
        f"uncertainty {deduction.percent:g} % of {net:,.3f} t = {taken:,.3f} t [{deduction.source}]",
        *report.leakage_lines,
        f"leakage {report.leakage_t:,.3f} t",
    ]
    parts = [f"{net:,.3f}", f"{taken:,.3f}", f"{report.leakage_t:,.3f}"]
    left = removed - taken - leaked
    gone = rules.find("permanence_deduction", sink_class)
    if gone is not None:
        risk = max(Decimal(0), left) * Decimal(gone.value) / 100
        steps.append(f"never issued, for the risk of non-permanence: {gone.value} % = {risk:,.3f} t [{gone.cited}]")
        parts.append(f"{risk:,.3f}")
        left -= risk
    certified = max(0, whole_kg_down(float(left)))
    steps.append(f"certified {' - '.join(parts)} t = {Mass(certified)}, down to the kilogram, not below 0")
    return certified, tuple(steps)


def _capped(certified: int, issued_kg: int, cap_kg: int | None) -> tuple[int, tuple[str, ...]]:
    if cap_kg is None or certified <= cap_kg - issued_kg:
        return certified, ()
    left = max(0, cap_kg - issued_kg)
    line = f"long-term average {Mass(cap_kg)} - issued so far {Mass(issued_kg)} leaves {Mass(left)}"
    return left, (line,)


def _failed(project: SinkProject, assessment: RiskAssessment | None, rules: RuleBook) -> str:
    if assessment is None:
        if rules.find("buffer_share", project.sink_class) is None:
            return f"{rules.name} has no flat buffer share for {project.sink_class}; assess its risk first."
        return ""
    if assessment.project != project.id or assessment.rule_book != rules.name:
        return f"{assessment.id} is no assessment of it by {rules.name}."
    return f"its risk assessment fails: {'; '.join(assessment.failures)}" if assessment.failures else ""


@dataclass(frozen=True, slots=True)
class _Split:
    """Kilograms; replenish is part of buffer."""

    owner: int
    buffer: int
    replenish: int
    omge: int
    proceeds: int


def _split(
    certified: int, sink_class: str, rules: RuleBook, assessment: RiskAssessment | None, owed_kg: int
) -> tuple[_Split, tuple[str, ...]]:
    """How the certified kilograms are shared, and the arithmetic. The owner gets what is left."""
    lines: list[str] = []
    shares: dict[str, int] = {}
    for name, said in (("omge", "cancelled for overall mitigation"), ("proceeds", "share of proceeds")):
        rule = rules.find(f"{name}_share", sink_class)
        shares[name] = share_up(certified, rules.share_bp(f"{name}_share", sink_class)) if rule else 0
        if rule:
            lines.append(f"{said} {rule.value} % of {Mass(certified)} = {Mass(shares[name])} [{rule.cited}]")
    if assessment is not None:
        bp, source = assessment.share_bp, f"risk assessment {assessment.id} of {assessment.at}"
    else:
        bp, source = rules.buffer_bp(sink_class), rules.rule("buffer_share", sink_class).cited
    left = certified - shares["omge"] - shares["proceeds"]
    replenish = min(owed_kg, left)
    if owed_kg:
        lines.append(f"first {Mass(replenish)} of {Mass(owed_kg)} owed to the pool for an earlier loss, never released")
    buffered = min(share_up(certified, bp), left - replenish)
    lines.append(f"buffer {bp / 100:g} % of {Mass(certified)} = {Mass(buffered)}, up to the kilogram [{source}]")
    owner = left - replenish - buffered
    taken = " - ".join(str(Mass(kg)) for kg in (certified, *shares.values(), replenish, buffered) if kg)
    lines.append(f"to the owner {taken} = {Mass(owner)}")
    split = _Split(owner, buffered + replenish, replenish, shares["omge"], shares["proceeds"])
    assert owner + split.buffer + split.omge + split.proceeds == certified, "the parts are the whole"
    return split, tuple(lines)


def _transfers(batch: Batch, issuance: Issuance, owner_city: str) -> tuple[Transfer, ...]:
    issuer = Account(batch.city, REGISTRY, batch.id, Purpose.ISSUER)
    wanted = (
        (Account(owner_city, batch.owner, batch.id, Purpose.AVAILABLE), issuance.owner_kg, Why.ISSUE),
        (Account(batch.city, BUFFER_POOL, batch.id, Purpose.BUFFER), issuance.buffer_kg, Why.BUFFER),
        (Account(batch.city, OVERALL_MITIGATION, batch.id, Purpose.CANCELLED), issuance.omge_kg, Why.CANCEL),
        (Account(batch.city, ADAPTATION_FUND, batch.id, Purpose.AVAILABLE), issuance.proceeds_kg, Why.ISSUE),
    )
    return tuple(Transfer(issuer, account, kg, why) for account, kg, why in wanted if kg)


def _checked(
    project: SinkProject, report: MonitoringReport, opinion: Opinion, verb: str, by: Party, at: date
) -> SinkProject:
    moved = step(project, verb, by, at)
    check_newest(project, report)
    if opinion.report != report.id or opinion.opinion == "negative" or opinion.state == "returned":
        raise Refused(opinion.id, f"is no opinion that supports {report.id}.")
    return replace(moved, settled_through=report.year)

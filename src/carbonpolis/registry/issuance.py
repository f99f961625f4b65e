"""Issuance: from a verified removal to units in the ledger, every step's arithmetic kept."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from datetime import date
from decimal import Decimal

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.quantity import Mass, share_up, whole_kg_down
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject, step
from carbonpolis.registry.rulebook import RuleBook
from carbonpolis.registry.units import Batch, batch_id, checked_size
from carbonpolis.registry.verification import MonitoringReport, Opinion, check_newest

BUFFER_POOL = "buffer-pool"
REGISTRY = "registry"


def issue(
    project: SinkProject,
    report: MonitoringReport,
    opinion: Opinion,
    *,
    rules: RuleBook,
    number: int,
    by: Party,
    at: date,
    owner_city: str | None = None,
    issued: Container[str] = (),
) -> Decision:
    """Units for a verified removal: removal - uncertainty deduction - leakage, of which a share is buffered.

    number: of the project in its city's registry, 1 to 999,999; it and the vintage make the batch id. owner_city: the
    owner's home city where that is not the project's. issued: ids of the batches there are, none of which may be issued
    again. Transfers: issuer to the owner's available units and to the city's buffer pool. Events: the Batch and the
    project, registered again.
    Raises IllegalMove or Refused as the lifecycle does; Refused, with the arithmetic, when nothing is certified or the
    batch is too large for its serials.
    """
    moved = _checked(project, report, opinion, "issue", by, at)
    certified, steps = certify(report, sink_class=project.sink_class, rules=rules)
    if certified <= 0:
        raise Refused(report.id, "nothing can be certified: " + "; ".join(steps) + ".")
    name = batch_id(project.city, number, project.sink_class, report.year)
    checked_size(name, certified)
    if name in issued:
        raise Refused(name, "has been issued; a serial number is given once. Give the project a number of its own.")
    share = rules.rule("buffer_share", project.sink_class)
    buffered = share_up(certified, rules.buffer_bp(project.sink_class))
    available = certified - buffered
    batch = Batch(
        id=name,
        city=project.city,
        project=project.id,
        owner=project.owner,
        sink_class=project.sink_class,
        vintage=report.year,
        issued_kg=certified,
        buffer_kg=buffered,
        arithmetic=(
            *steps,
            f"buffer {share.value} % of {Mass(certified)} = {Mass(buffered)}, up to the kilogram [{share.source}]",
            f"to the owner {Mass(certified)} - {Mass(buffered)} = {Mass(available)}",
        ),
    )
    issuer = Account(project.city, REGISTRY, name, Purpose.ISSUER)
    owner = Account(owner_city or project.city, project.owner, name, Purpose.AVAILABLE)
    pool = Account(project.city, BUFFER_POOL, name, Purpose.BUFFER)
    wanted = ((owner, available, Why.ISSUE), (pool, buffered, Why.BUFFER))
    transfers = tuple(Transfer(issuer, account, kg, why) for account, kg, why in wanted if kg)
    assert sum(transfer.amount for transfer in transfers) == certified, "issued is owner's plus buffer"
    return Decision(transfers, (batch, moved))


def decline(
    project: SinkProject, report: MonitoringReport, opinion: Opinion, *, rules: RuleBook, by: Party, at: date
) -> Decision:
    """The registrar settles a verified year for which nothing can be certified: no units, the project registered again.

    Raises Refused when something can be certified: then it has to be issued.
    """
    moved = _checked(project, report, opinion, "decline", by, at)
    certified, _ = certify(report, sink_class=project.sink_class, rules=rules)
    if certified > 0:
        raise Refused(report.id, f"{Mass(certified)} can be certified; issue them.")
    return Decision(events=(moved,))


def certify(report: MonitoringReport, *, sink_class: str, rules: RuleBook) -> tuple[int, tuple[str, ...]]:
    """Whole kilograms that a report certifies (0 when nothing), and the arithmetic step by step.

    Rounded down: what is not certain is not issued.
    """
    removal = f"removal {report.removal_t:,.3f} t CO2e in {report.year}, s.d. {report.sd_t:,.3f} t ({report.model})"
    if report.removal_t <= 0:
        return 0, (removal, "no net removal, nothing to certify")
    deduction = rules.deduction(sink_class, report.removal_t, report.sd_t)
    removed, leaked = Decimal(repr(report.removal_t)), Decimal(repr(report.leakage_t))
    taken = removed * Decimal(repr(deduction.percent)) / 100
    certified = max(0, whole_kg_down(float(removed - taken - leaked)))
    return certified, (
        removal,
        *deduction.steps,
        f"uncertainty {deduction.percent:g} % of {report.removal_t:,.3f} t = {taken:,.3f} t [{deduction.source}]",
        f"leakage {report.leakage_t:,.3f} t",
        f"certified {report.removal_t:,.3f} - {taken:,.3f} - {report.leakage_t:,.3f} t = {Mass(certified)}, "
        "down to the kilogram, not below 0",
    )


def _checked(
    project: SinkProject, report: MonitoringReport, opinion: Opinion, verb: str, by: Party, at: date
) -> SinkProject:
    moved = step(project, verb, by, at)
    check_newest(project, report)
    if opinion.report != report.id or opinion.opinion == "negative":
        raise Refused(opinion.id, f"is no opinion that supports {report.id}.")
    return replace(moved, settled_through=report.year)

"""The registry's part of the report: projects, batches with their way from plot to purpose, retirements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from carbonpolis.ledger import Purpose, Transfer, Why
from carbonpolis.market.order import Trade
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.retirement import Retirement
from carbonpolis.registry.units import Batch, SerialRange, follow
from carbonpolis.registry.verification import MonitoringReport, Opinion
from carbonpolis.report.year import shape
from carbonpolis.report.year.figures import figure, money, tonnes

HELD = (Purpose.AVAILABLE, Purpose.RESERVED, Purpose.ESCROW, Purpose.COLLATERAL)
BUFFERED = (Purpose.BUFFER, Purpose.BUFFER_HELD)
# What happened to units beside sale and retirement: the step, and what it was.
OTHER_STEPS = {
    Why.HOLD: ("buffer_held", "buffer put on hold"),
    Why.UNHOLD: ("buffer_free", "buffer free again"),
    Why.BUFFER_RELEASE: ("released", "buffer given back to the owner"),
    Why.REPLENISH: ("buffered", "put into the pool to make a loss good"),
    Why.REVERSAL: ("cancelled", "cancelled by the pool for a loss of stored carbon"),
    Why.COMPENSATE: ("cancelled", "cancelled by the owner for a loss of stored carbon"),
    Why.CANCEL: ("cancelled", "cancelled"),
    Why.LOCK: ("locked", "locked for another registry"),
    Why.UNLOCK: ("unlocked", "unlocked, the other registry did not take them"),
    Why.EXPORT: ("exported", "gone to another registry"),
}
SERIALS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """What the registry knows. transfers: every transfer of each batch, in order. names: of parties by id.

    currency: of the prices, ISO 4217.
    """

    projects: Sequence[SinkProject]
    reports: Sequence[MonitoringReport]
    opinions: Sequence[Opinion]
    batches: Sequence[Batch]
    trades: Sequence[Trade]
    retirements: Sequence[Retirement]
    transfers: Mapping[str, Sequence[Transfer]]
    names: Mapping[str, str]
    currency: str


@dataclass(frozen=True, slots=True)
class BatchSums:
    """Where the kilograms of a batch are; issued is the sum of the others."""

    issued: int
    held: int
    buffered: int
    retired: int
    cancelled: int
    exported: int


def batch_sums(batch: str, transfers: Iterable[Transfer]) -> BatchSums:
    """Sums over the batch's transfers; asserts that nothing of it is anywhere else."""
    sums: Counter[Purpose] = Counter()
    for transfer in transfers:
        sums[transfer.debit.purpose] -= transfer.amount
        sums[transfer.credit.purpose] += transfer.amount
    parts = BatchSums(
        issued=-sums[Purpose.ISSUER],
        held=sum(sums[purpose] for purpose in HELD),
        buffered=sum(sums[purpose] for purpose in BUFFERED),
        retired=sums[Purpose.RETIRED],
        cancelled=sums[Purpose.CANCELLED],
        exported=sums[Purpose.EXPORTED],
    )
    somewhere = parts.held + parts.buffered + parts.retired + parts.cancelled + parts.exported
    assert parts.issued == somewhere, f"{batch} does not add up"
    return parts


def registry_section(facts: RegistryFacts) -> shape.RegistryReport:
    """Projects, batches and retirements as the report shows them."""
    retired_serials: dict[str, list[str]] = defaultdict(list)
    batches = [_batch(facts, batch, retired_serials) for batch in facts.batches]
    return shape.RegistryReport(
        projects=[_project(facts, project) for project in facts.projects],
        batches=batches,
        retirements=[
            shape.Retirement(
                retirement=r.id,
                beneficiary=facts.names.get(r.beneficiary, r.beneficiary),
                purpose=r.purpose,
                period=r.period,
                amount=tonnes(r.kg, "t"),
                serials=retired_serials[r.id],
            )
            for r in facts.retirements
        ],
    )


def _project(facts: RegistryFacts, project: SinkProject) -> shape.Project:
    return shape.Project(
        project=project.id,
        name=project.name,
        city=project.city,
        sink_class=project.sink_class,
        owner=facts.names.get(project.owner, project.owner),
        status=project.status,
        state=project.state,
        moves=[shape.Move(at=m.at, verb=m.verb, by=facts.names.get(m.by, m.by), to=m.to) for m in project.history],
    )


def _batch(facts: RegistryFacts, batch: Batch, retired_serials: dict[str, list[str]]) -> shape.Batch:
    transfers = facts.transfers.get(batch.id, ())
    sums = batch_sums(batch.id, transfers)
    return shape.Batch(
        batch=batch.id,
        serials=str(batch.serials),
        project=batch.project,
        vintage=batch.vintage,
        issued=tonnes(sums.issued, "t"),
        held=tonnes(sums.held, "t"),
        buffered=tonnes(sums.buffered, "t"),
        retired=tonnes(sums.retired, "t"),
        cancelled=tonnes(sums.cancelled, "t"),
        exported=tonnes(sums.exported, "t"),
        path=[*_origin(facts, batch), *_movements(facts, batch, transfers, retired_serials)],
    )


def _origin(facts: RegistryFacts, batch: Batch) -> list[shape.Step]:
    if batch.foreign_serial:
        who, what = facts.names.get(batch.owner, batch.owner), "; ".join(batch.arithmetic)
        return [_step("imported", what, who, batch.at, batch.issued_kg)]
    project = next(p for p in facts.projects if p.id == batch.project)
    of_year = [r for r in facts.reports if r.project == project.id and r.year == batch.vintage]
    report = next((r for r in of_year if r.id == batch.report), of_year[-1])
    opinion = next(o for o in facts.opinions if o.report == report.id)
    issued_at = next((m.at for m in reversed(project.history) if m.verb == "issue"), "")
    owner, kind = facts.names.get(project.owner, project.owner), project.sink_class.replace("_", " ")
    boundary = "boundary on file" if project.boundary else "no boundary given"
    monitored_at = next((m.at for m in project.history if m.verb == "monitor" and m.at >= f"{batch.vintage}"), "")
    verifier = facts.names.get(opinion.verifier, opinion.verifier)
    return [
        shape.Step(
            step="plot",
            what=f"{project.name}: {project.area_ha:,.1f} ha of {kind}, {boundary}. {project.source}",
            who=owner,
            at=f"{project.start_year}",
            amount=figure(project.area_ha, "ha", assumed=project.status == "assumed"),
        ),
        shape.Step(
            step="measured",
            what=f"removal of {report.year} by model {report.model}, ± {report.sd_t:,.1f} t (one sd). {report.source}",
            who=owner,
            at=monitored_at,
            amount=figure(report.removal_t, "t CO2"),
        ),
        shape.Step(
            step="verified",
            what=f"{opinion.opinion} opinion {opinion.id}",
            who=verifier,
            at=opinion.at,
            amount=figure(report.removal_t, "t CO2"),
        ),
        shape.Step(
            step="issued",
            what="; ".join(batch.arithmetic),
            who="Registrar",
            at=issued_at,
            amount=tonnes(batch.issued_kg, "t"),
        ),
    ]


def _movements(
    facts: RegistryFacts, batch: Batch, transfers: Sequence[Transfer], retired_serials: dict[str, list[str]]
) -> list[shape.Step]:
    sold = iter([t for t in facts.trades for part, _ in t.parts if part == batch.id])
    used = iter([r for r in facts.retirements for part, _ in r.parts if part == batch.id])
    steps = []
    for transfer, serials, _ in follow(batch, transfers):
        written = _serials(serials)
        if transfer.why is Why.DELIVER:
            trade = next(sold)
            buyer, seller = (facts.names.get(name, name) for name in (trade.buyer, trade.seller))
            sale = _step("sold", f"{trade.kind} trade, {seller} to {buyer}; {written}", buyer, trade.at, 0)
            sale["amount"] = tonnes(transfer.amount, "t", assumed=True)  # the model's bids said how much, and at what
            sale["price"] = money(trade.price, f"{facts.currency}/t", assumed=True)
            steps.append(sale)
        elif transfer.why is Why.RETIRE:
            retirement = next(used)
            who = facts.names.get(retirement.beneficiary, retirement.beneficiary)
            what = f"{retirement.purpose} for {retirement.period}; {written}"
            steps.append(_step("retired", what, who, retirement.at, transfer.amount))
            retired_serials[retirement.id] += [str(each) for each in serials]
        elif transfer.why in OTHER_STEPS:
            step, what = OTHER_STEPS[transfer.why]
            who = facts.names.get(transfer.credit.owner, transfer.credit.owner)
            steps.append(_step(step, f"{what}; {written}", who, "", transfer.amount))
    return steps


def _step(step: str, what: str, who: str, at: str, kg: int) -> shape.Step:
    return shape.Step(step=step, what=what, who=who, at=at, amount=tonnes(kg, "t"))


def _serials(ranges: Sequence[SerialRange]) -> str:
    shown = [f"{each.start:09d}-{each.end:09d}" for each in ranges[:SERIALS_SHOWN]]
    more = f" and {len(ranges) - SERIALS_SHOWN} more ranges" if len(ranges) > SERIALS_SHOWN else ""
    return f"serials {', '.join(shown)}{more}"

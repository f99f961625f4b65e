"""The history of any unit in one call: from the plots and readings behind it to whom it served, and where it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.quantity import Mass
from carbonpolis.registry.boundary import shape_of
from carbonpolis.registry.document import Document
from carbonpolis.registry.holdings import Place
from carbonpolis.registry.issuance import REGISTRY, Issuance
from carbonpolis.registry.linkage import Adjustment, Transit
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.retirement import Cancellation, Retirement
from carbonpolis.registry.risk import RiskAssessment
from carbonpolis.registry.units import SERIAL_NUMBER, Batch, SerialRange, parse_batch_id
from carbonpolis.registry.verification import Evidence, MonitoringReport, Opinion

_ONE = re.compile(rf"(?P<batch>CP-[A-Z]{{2}}-[A-Z0-9]{{3}}-[0-9]{{6}}-[A-Z]{{3}}-[0-9]{{4}})-(?P<unit>{SERIAL_NUMBER})")


Record = TypeVar("Record", Retirement, Cancellation)


@dataclass(frozen=True, slots=True)
class Sale:
    """What a trade delivered of one batch. at: ISO date. how: the trade in words, with its price."""

    at: str
    seller: str
    buyer: str
    kg: int
    how: str


@dataclass(frozen=True, slots=True)
class Behind:
    """Everything recorded behind one batch. transfers: of the batch, in order, each with the number of its entry."""

    batch: Batch
    transfers: Sequence[tuple[int, Transfer]]
    project: SinkProject | None = None
    report: MonitoringReport | None = None
    opinion: Opinion | None = None
    issuance: Issuance | None = None
    assessment: RiskAssessment | None = None
    documents: Sequence[Document] = ()
    retirements: Sequence[Retirement] = ()
    cancellations: Sequence[Cancellation] = ()
    transits: Sequence[Transit] = ()
    sales: Sequence[Sale] = ()
    adjustment: Adjustment | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. at: ISO date or year, "" where no record says it. kind: plot, measured, verified ...

    entry: number of the journal's entry that moved the units; 0 for what came before them.
    """

    at: str
    kind: str
    who: str
    what: str
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Segment:
    """Units that went the same way. place: where they are now. steps: first to last."""

    serials: SerialRange
    place: Place
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class UnitHistory:
    """What was asked for, the steps that all of it shares, and the ways it went after issuance.

    evidence: the measurements behind the units, all of them: one unit rests on many.
    """

    serials: SerialRange
    origin: tuple[Step, ...]
    segments: tuple[Segment, ...]
    evidence: tuple[Evidence, ...] = field(default=())


def read_serials_asked(text: str) -> SerialRange:
    """One unit "CP-US-MSP-000123-FOR-2020-000000042" or a range. Raises ValueError for anything else."""
    found = _ONE.fullmatch(text.strip())
    if found:
        parse_batch_id(found["batch"])
        return SerialRange(found["batch"], int(found["unit"]), int(found["unit"]))
    return SerialRange.parse(text.strip())


def history(serials: SerialRange, behind: Behind) -> UnitHistory:
    """The history of a range of units. Raises ValueError when the batch has no such units."""
    if serials.batch != behind.batch.id or serials.end > behind.batch.issued_kg:
        raise ValueError(f"{behind.batch.id} has units 1 to {behind.batch.issued_kg:,}, not {serials.bare}")
    evidence = behind.report.evidence if behind.report else ()
    return UnitHistory(serials, tuple(_origin(behind)), tuple(_segments(serials, behind)), evidence)


@dataclass(slots=True)
class _Way:
    start: int
    end: int
    at: Account
    steps: tuple[Step, ...] = ()


def _segments(asked: SerialRange, behind: Behind) -> Iterable[Segment]:
    """Follow the units through the transfers; the lowest serials of an account leave first, as in `units.follow`."""
    batch = behind.batch
    issuer = Account(batch.city, REGISTRY, batch.id, Purpose.ISSUER)
    ways = [_Way(1, batch.issued_kg, issuer)]
    tell = _Teller(behind)
    for entry, transfer in behind.transfers:
        if transfer.debit.asset != batch.id:
            continue
        step = replace(tell(transfer), entry=entry)
        left = transfer.amount
        for way in sorted((w for w in ways if w.at == transfer.debit), key=lambda w: w.start):
            if not left:
                break
            units = way.end - way.start + 1
            if units > left:
                ways.append(_Way(way.start + left, way.end, way.at, way.steps))
                way.end = way.start + left - 1
                units = left
            way.at, way.steps = transfer.credit, (*way.steps, step)
            left -= units
        assert not left, f"a transfer moves {left} units more than its account has serials for"
    for way in sorted(ways, key=lambda each: each.start):
        start, end = max(way.start, asked.start), min(way.end, asked.end)
        if start <= end:
            place = Place(way.at.city, way.at.owner, way.at.purpose)
            yield Segment(SerialRange(batch.id, start, end), place, way.steps)


class _Teller:
    """Says what a transfer was, from the records made with it, each used up by the kilograms it covers."""

    def __init__(self, behind: Behind) -> None:
        self._batch = behind.batch
        self._sales = list(behind.sales)
        self._retired = _parts(behind.batch.id, behind.retirements)
        self._cancelled = _parts(behind.batch.id, behind.cancellations)
        self._transits = {transit.id: transit for transit in behind.transits}

    def __call__(self, transfer: Transfer) -> Step:
        amount = Mass(transfer.amount)
        who, to = transfer.credit.owner, transfer.credit
        if transfer.why in (Why.ISSUE, Why.IMPORT):
            return Step(self._batch.at, "issued", who, f"{amount} issued to {who} in {to.city}")
        if transfer.why is Why.BUFFER:
            return Step(self._batch.at, "buffered", who, f"{amount} into the buffer pool of {to.city}")
        if transfer.why is Why.RETIRE:
            retirement = _take(self._retired, who, transfer.amount)
            if retirement is not None:
                what = f"{retirement.purpose} for {retirement.period}, retirement {retirement.id}"
                return Step(retirement.at, "retired", retirement.beneficiary, f"{amount} retired: {what}")
            return Step("", "retired", who, f"{amount} retired")
        if transfer.why is Why.REVERSAL:
            return Step("", "cancelled", who, f"{amount} cancelled for a loss of stored carbon")
        if transfer.why in (Why.CANCEL, Why.COMPENSATE):
            cancellation = _take(self._cancelled, who, transfer.amount)
            if cancellation is not None:
                return Step(cancellation.at, "cancelled", who, f"{amount} cancelled: {cancellation.reason}")
            return Step("", "cancelled", who, f"{amount} cancelled")
        if transfer.why is Why.DELIVER:
            return self._sold(transfer, f"{amount} from {transfer.debit.owner} to {who}")
        transit = self._transits.get(who) or self._transits.get(transfer.debit.owner)
        if transit is not None:
            return self._travelled(transfer, transit, amount)
        told = f"{amount} {transfer.debit.purpose.value} to {to.purpose.value}".replace("_", " ")
        return Step("", transfer.why.value, who, told)

    def _sold(self, transfer: Transfer, told: str) -> Step:
        """The trade behind a delivery, used up; without one it was handed on otherwise."""
        parties = (transfer.debit.owner, transfer.credit.owner, transfer.amount)
        for index, sale in enumerate(self._sales):
            if (sale.seller, sale.buyer, sale.kg) == parties:
                del self._sales[index]
                return Step(sale.at, "sold", sale.buyer, f"{told}, {sale.how}")
        return Step("", "sold", transfer.credit.owner, told)

    def _travelled(self, transfer: Transfer, transit: Transit, amount: Mass) -> Step:
        """A step of a transfer to another registry: locked, freed again or exported."""
        if transfer.credit.purpose is Purpose.EXPORTED:
            what = f"{amount} exported to {transit.registry} as {transit.foreign_serials}"
            return Step(transit.history[-1].at, "exported", transit.holder, what)
        locked = transfer.credit.owner == transit.id
        verb = f"locked for {transit.registry}" if locked else f"free again, {transit.registry} did not take them"
        at = transit.history[0 if locked else -1].at
        return Step(at, transfer.why.value, transit.holder, f"{amount} {verb}, transfer {transit.id}")


TOLD = ("list", "validate", "register", "renew")  # moves of a project that its units' history tells


def _where(project: SinkProject) -> str:
    """Where the land is, from its boundary."""
    if not project.boundary:
        return "no boundary given"
    point = shape_of(project.boundary).representative_point()
    north, east = "N" if point.y >= 0 else "S", "E" if point.x >= 0 else "W"
    return f"boundary on file, around {abs(point.y):.4f} {north}, {abs(point.x):.4f} {east}"


def _parts(batch: str, records: Iterable[Record]) -> list[tuple[Record, int]]:
    return [(record, kg) for record in records for name, kg in record.parts if name == batch]


def _take(waiting: list[tuple[Record, int]], holder: str, kg: int) -> Record | None:
    """The first record of that holder and amount, taken off the list."""
    for index, (record, amount) in enumerate(waiting):
        if amount == kg and record.holder == holder:
            del waiting[index]
            return record
    return None


def _origin(behind: Behind) -> Iterable[Step]:
    batch, project, report, opinion = behind.batch, behind.project, behind.report, behind.opinion
    if batch.foreign_serial:
        yield Step(batch.at, "imported", batch.owner, f"from {batch.foreign_registry}: {batch.foreign_serial}")
    if project is not None:
        what = f"{project.name}: {project.area_ha:,.2f} ha of {project.sink_class.replace('_', ' ')}, "
        yield Step(str(project.start_year), "plot", project.owner, f"{what}{_where(project)}. {project.source}")
        for move in project.history:
            if move.verb in TOLD:
                yield Step(move.at, f"project {move.to}".replace("_", " "), move.by, f"{project.id}: {move.verb}")
    for document in behind.documents:
        what = f"{document.kind} {document.name!r}, SHA-256 {document.sha256}"
        yield Step(document.at, "document", document.by, what)
    if report is not None and project is not None:
        for each in report.evidence:
            yield Step(each.at, each.kind, each.source, f"{each.ref}: {each.value:g} {each.unit}")
        what = f"removal of {report.year}: {report.removal_t:,.3f} t, s.d. {report.sd_t:,.3f} t, by {report.model}"
        yield Step(str(report.year), "measured", project.owner, f"{what}. {report.source}")
        for finding in report.findings:
            yield Step(finding.at, "finding", finding.by, f"{finding.text} Answer: {finding.answer or 'none yet'}")
    if opinion is not None:
        seen = f", site visited {opinion.site_visit}" if opinion.site_visit else ""
        seen += f", misstatement {opinion.materiality_percent:g} %" if opinion.materiality_percent else ""
        what = f"{opinion.opinion} opinion {opinion.id}, {opinion.assurance} assurance{seen}"
        yield Step(opinion.at, "verified", opinion.verifier, what)
    if behind.assessment is not None:
        risk = behind.assessment
        yield Step(risk.at, "risk", risk.by, f"{risk.id} by {risk.rule_book} {risk.version}: buffer {risk.score:g} %")
    if behind.issuance is not None:
        for move in behind.issuance.history:
            yield Step(move.at, f"issuance {move.to}", move.by, behind.issuance.id)
    for line in batch.arithmetic:
        yield Step(batch.at, "arithmetic", "registrar", line)
    if behind.adjustment is not None:
        a = behind.adjustment
        yield Step(a.history[0].at, "adjustment", a.party, f"corresponding adjustment {a.declaration}, {a.state}")

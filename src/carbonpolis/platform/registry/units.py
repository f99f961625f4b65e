"""The units desk: what happens to issued units, and what can be told about any of them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision, Purpose, Transfer
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.parties import OFFICES, party_named
from carbonpolis.platform.registry.lookups import behind
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.quantity import Mass
from carbonpolis.registry.history import UnitHistory, history, read_serials_asked
from carbonpolis.registry.holdings import Holding, holdings
from carbonpolis.registry.linkage import Adjustment, Transit
from carbonpolis.registry.overlap import DRAWING_ERROR_HA
from carbonpolis.registry.party import City, Party
from carbonpolis.registry.project import SinkProject, claim_of
from carbonpolis.registry.reconcile import LandLine, PlotYear, plot_years, reconcile
from carbonpolis.registry.retirement import Retirement, cancel_units, retire
from carbonpolis.registry.units import Batch, SerialRange, follow, is_batch, trace
from carbonpolis.registry.verification import MonitoringReport, Opinion
from carbonpolis.report.documents.certificate import Certificate, CertifiedPart
from carbonpolis.report.exports.disclosure import Disclosure


@desk
class Units:
    """Retires, cancels, traces, certifies and reconciles units."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def retire(
        self,
        retirement: str,
        *,
        holder: str,
        tonnes: str,
        purpose: str,
        period: str,
        at: date,
        key: str,
        beneficiary: str = "",
        batches: tuple[str, ...] = (),
    ) -> Answer:
        """Retire units for the holder itself, or for a named beneficiary; oldest first, or only of some batches."""

        def decide(state: State) -> tuple[Decision, Answer]:
            if state.find(Retirement, retirement) is not None:
                raise Refused(retirement, "a retirement of that id was made already; name another.")
            party = state.get(Party, holder)
            decision = retire(
                party.city,
                holder,
                Mass.tonnes(tonnes).kg,
                self._held(state, party, batches),
                id=retirement,
                beneficiary=beneficiary or party.id,
                purpose=purpose,
                period=period,
                at=at,
            )
            return decision, {"retirement": retirement, "kg": Mass.tonnes(tonnes).kg}

        return self._work.do(key, "retire", holder, decide)

    def cancel(
        self,
        cancellation: str,
        *,
        holder: str,
        tonnes: str,
        reason: str,
        at: date,
        key: str,
        batches: tuple[str, ...] = (),
    ) -> Answer:
        """Cancel units that nobody is to use."""

        def decide(state: State) -> Decision:
            party, kg = state.get(Party, holder), Mass.tonnes(tonnes).kg
            held = self._held(state, party, batches)
            return cancel_units(party.city, holder, kg, held, id=cancellation, reason=reason, at=at)

        return self._work.do(key, "cancel", holder, decide)

    def _held(self, state: State, party: Party, batches: tuple[str, ...]) -> list[Holding]:
        held = holdings(state.balances, party.city, party.id)
        return [each for each in held if not batches or each.batch in batches]

    def trace(self, serials: str) -> UnitHistory:
        """The history of a unit or range of units: plots, readings, report, opinion, arithmetic, owners, purpose.

        A batch id stands for all its units. Raises ValueError when the text is neither, Unknown when no such batch was
        issued.
        """
        state, name = self._work.state, serials.strip()
        whole = is_batch(name)
        batch = state.get(Batch, name if whole else read_serials_asked(name).batch)
        asked = SerialRange(name, 1, batch.issued_kg) if whole else read_serials_asked(name)
        found = self._work.journal.unit_transfers([batch.id])[batch.id]
        told = behind(state, batch, found)
        return history(asked, told)

    def retirement_serials(self, retirement: Retirement) -> dict[str, list[SerialRange]]:
        """The serials that a retirement used, by batch, in its order."""
        names = [name for name, _ in retirement.parts]
        moved, state = self._work.journal.unit_transfers(names), self._work.state
        return {
            name: used_serials(state, state.get(Batch, name), [transfer for _, transfer in moved[name]])[retirement.id]
            for name in dict.fromkeys(names)
        }

    def certificate(self, retirement: str, *, address: str = "") -> Certificate:
        """What the certificate of a retirement says. address: of the public site, in front of its page's path."""
        state = self._work.state
        record = state.get(Retirement, retirement)
        serials = self.retirement_serials(record)
        head = self._work.journal.head()
        parts = []
        for name, kg in record.parts:
            batch = state.get(Batch, name)
            project = state.find(SinkProject, batch.project)
            parts.append(
                CertifiedPart(
                    batch=name,
                    project=project.name if project else f"imported: {batch.foreign_serial}",
                    city=batch.city,
                    sink_class=batch.sink_class,
                    vintage=batch.vintage,
                    kg=kg,
                    serials=tuple(str(each) for each in serials[name]),
                )
            )
        names = names_of(state)
        return Certificate(
            retirement=record.id,
            holder=names.get(record.holder, record.holder),
            beneficiary=names.get(record.beneficiary, record.beneficiary),
            purpose=record.purpose,
            period=record.period,
            at=record.at,
            kg=record.kg,
            parts=tuple(parts),
            page=f"{address.rstrip('/')}/retirement/{quote(record.id, safe='')}",
            entries=head.seq,
            head=head.digest,
            assumed=any(self._assumed(state, name) for name, _ in record.parts),
        )

    def _assumed(self, state: State, batch: str) -> bool:
        project = state.find(SinkProject, state.get(Batch, batch).project)
        return project is not None and project.status == "assumed"

    def reconcile(self, city: str, year: int, removals_t: float) -> LandLine:
        """Set a city's units of a year against its inventory's land removals (GPC V.2), t CO2e, positive = taken up."""
        state = self._work.state
        adjustments = {each.id: each for each in state.all(Adjustment)}
        return reconcile(city, year, round(removals_t * 1000), state.all(Batch), state.balances, adjustments)

    def plot_years(self) -> list[PlotYear]:
        """Plots and years that more than one project was certified for; empty when all is well."""
        state = self._work.state
        pairs = []
        for batch in state.all(Batch):
            project = state.find(SinkProject, batch.project)
            if project is not None and project.boundary:
                pairs.append((replace(claim_of(project), first=batch.vintage, last=batch.vintage), batch))
        removed = {r.id: int(r.removal_t * 1000) for r in state.all(MonitoringReport)}
        measured = {b.id: removed[b.report] for _, b in pairs if b.report in removed}
        return plot_years(pairs, measured, DRAWING_ERROR_HA)

    def batch(self, name: str) -> Batch:
        """A batch by its id. Raises Unknown."""
        return self._work.state.get(Batch, name)

    def retirements(self) -> list[Retirement]:
        """Every retirement, oldest first."""
        return self._work.state.all(Retirement)

    def holdings_of(self, party: str) -> list[Holding]:
        """What a party has available, oldest first."""
        state = self._work.state
        who = party_named(state, party)
        return holdings(state.balances, who.city, who.id)


def used_serials(state: State, batch: Batch, moved: Iterable[Transfer]) -> dict[str, list[SerialRange]]:
    """The serials of a batch that each retirement used, by its id. moved: every transfer of the batch, in order.

    A retirement takes the transfers of its holder and amounts in their turn, as both were recorded together.
    """
    waiting: dict[tuple[str, int], deque[str]] = defaultdict(deque)
    for retirement in state.all(Retirement):
        for name, kg in retirement.parts:
            if name == batch.id:
                waiting[retirement.holder, kg].append(retirement.id)
    used: dict[str, list[SerialRange]] = defaultdict(list)
    for transfer, serials, _ in follow(batch, moved):
        if transfer.credit.purpose is Purpose.RETIRED:
            turn = waiting[transfer.credit.owner, transfer.amount]
            assert turn, f"{transfer.credit} retired {transfer.amount} kg without a record of it"
            used[turn.popleft()] += serials
    return used


def disclosure(work: Work, removals_t: Mapping[str, float], *, registry: str, address: str) -> Disclosure:
    """The whole registry as others may see it. removals_t: measured yearly removal by project, t CO2e."""
    state = work.state
    batches = state.all(Batch)
    moved = {
        name: [transfer for _, transfer in found]
        for name, found in work.journal.unit_transfers([batch.id for batch in batches]).items()
    }
    used: dict[str, dict[str, list[SerialRange]]] = defaultdict(dict)
    for batch in batches:
        for retirement, serials in used_serials(state, batch, moved[batch.id]).items():
            used[retirement][batch.id] = serials
    return Disclosure(
        registry=registry,
        projects=state.all(SinkProject),
        batches=batches,
        places={batch.id: trace(batch, moved[batch.id]) for batch in batches},
        reports=state.all(MonitoringReport),
        opinions=state.all(Opinion),
        retirements=state.all(Retirement),
        used=used,
        adjustments={each.id: each for each in state.all(Adjustment)},
        transits=state.all(Transit),
        cities={city.id: city for city in state.all(City)},
        names=names_of(state),
        forecast_t=removals_t,
        address=address.rstrip("/"),
    )


def names_of(state: State) -> dict[str, str]:
    """Names of all parties and of the platform's own offices, by id."""
    return {name: office.name for name, office in OFFICES.items()} | {p.id: p.name for p in state.all(Party)}

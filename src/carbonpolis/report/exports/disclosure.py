"""What a registry tells the global indexes: the facts that every export format is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from carbonpolis.data import table
from carbonpolis.ledger import Account, Purpose
from carbonpolis.registry.linkage import Adjustment, Transit
from carbonpolis.registry.party import City
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.retirement import Retirement
from carbonpolis.registry.units import Batch, SerialRange
from carbonpolis.registry.verification import MonitoringReport, Opinion

UNPUBLISHED = frozenset({"draft"})


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The registry as others may see it. places: where each serial is. used: serials by retirement and batch.

    names: of parties by id. forecast_t: measured yearly removal by project, t CO2e. address: of the public site.
    """

    registry: str
    projects: Sequence[SinkProject]
    batches: Sequence[Batch]
    places: Mapping[str, Mapping[Account, Sequence[SerialRange]]]
    reports: Sequence[MonitoringReport]
    opinions: Sequence[Opinion]
    retirements: Sequence[Retirement]
    used: Mapping[str, Mapping[str, Sequence[SerialRange]]]
    adjustments: Mapping[str, Adjustment]
    transits: Sequence[Transit]
    cities: Mapping[str, City]
    names: Mapping[str, str]
    forecast_t: Mapping[str, float]
    address: str

    def published(self) -> list[SinkProject]:
        """Projects that were ever listed: a draft is nobody's business yet."""
        return [project for project in self.projects if project.state not in UNPUBLISHED]

    def batches_of(self, project: str) -> list[Batch]:
        """What was issued for a project, oldest vintage first."""
        return sorted((b for b in self.batches if b.project == project), key=lambda b: (b.vintage, b.id))

    def opinion_of(self, batch: Batch) -> Opinion | None:
        """The opinion behind a batch."""
        return next((o for o in reversed(self.opinions) if o.report == batch.report and o.opinion != "negative"), None)

    def holdings_of(self, batch: Batch) -> Iterator[Holding]:
        """Every range of a batch with where it is; retired ones each with its retirement."""
        known: dict[SerialRange, Retirement] = {
            serials: retirement
            for retirement in self.retirements
            for serials in self.used.get(retirement.id, {}).get(batch.id, ())
        }
        for account, ranges in self.places.get(batch.id, {}).items():
            for serials in ranges:
                if account.purpose is Purpose.ISSUER:
                    continue
                if account.purpose is not Purpose.RETIRED:
                    yield Holding(serials, account, None)
                    continue
                for part, retirement in sorted(known.items(), key=lambda each: each[0].start):
                    start, end = max(part.start, serials.start), min(part.end, serials.end)
                    if start <= end and retirement.holder == account.owner:
                        yield Holding(SerialRange(batch.id, start, end), account, retirement)


@dataclass(frozen=True, slots=True)
class Holding:
    """One range of serials in one place."""

    serials: SerialRange
    account: Account
    retirement: Retirement | None


@cache
def picked(picklist: str) -> dict[str, str]:
    """Our words to the values of a picklist of the Climate Action Data Trust."""
    return {row["ours"]: row["theirs"] for row in table("cad_trust") if row["picklist"] == picklist}


@cache
def countries() -> dict[str, tuple[str, str, str]]:
    """Country code of two letters to the code of three, and its names in the data models of CAD Trust and CDOP."""
    return {row["code"]: (row["code3"], row["cad_trust"], row["cdop"]) for row in table("countries")}

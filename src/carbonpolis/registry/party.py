"""Cities and the parties in them: who they are, what they may do, whom they are connected to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """What a party is in the system; one party, one role. Values are stored: never rename one."""

    EMITTER = "emitter"
    SINK_PRODUCER = "sink_producer"
    CITY = "city"
    RESIDENT = "resident"
    VERIFIER = "verifier"
    REGISTRAR = "registrar"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class City:
    """A city and the plain facts about it.

    id: code such as "US-MSP". latitude, longitude: degrees. population: persons in `population_year`. area_km2: km2.
    gdp_musd_ppp: million international dollars in `gdp_year`, None where no source gives it. ecological_zone: as in
    IPCC 2006 volume 4 table 4.9, in snake case. source: where the figures come from.
    """

    id: str
    name: str
    country: str
    latitude: float
    longitude: float
    population: int
    population_year: int
    area_km2: float
    gdp_musd_ppp: float | None
    gdp_year: int | None
    ecological_zone: str
    source: str

    @property
    def city(self) -> str:
        """A city stands in its own books."""
        return self.id


@dataclass(frozen=True, slots=True)
class Accreditation:
    """A verifier may judge these sink classes on the days from `start` up to, not including, `end` (ISO dates)."""

    classes: tuple[str, ...]
    start: str
    end: str

    def __post_init__(self) -> None:
        if date.fromisoformat(self.start) >= date.fromisoformat(self.end):
            raise ValueError(f"an accreditation from {self.start} to {self.end} covers no day")

    def covers(self, sink_class: str, at: date) -> bool:
        """Whether it holds for a sink class on a day."""
        return sink_class in self.classes and self.start <= at.isoformat() < self.end


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation or person with an account.

    id: account, such as "E-CA-EDM-003". city: code of its home city. sector, gpc_ref: what an emitter does and the
    GPC line it belongs to; empty for others. assumed: true where the party is made up for a sample.
    accreditations: a verifier's. connections: ids of parties it is connected to (owned by, family, same group).
    """

    id: str
    city: str
    name: str
    role: Role
    sector: str
    gpc_ref: str
    source: str
    assumed: bool
    accreditations: tuple[Accreditation, ...] = ()
    connections: tuple[str, ...] = ()

    def accredited(self, sink_class: str, at: date) -> bool:
        """Whether any of its accreditations covers a sink class on a day."""
        return any(accreditation.covers(sink_class, at) for accreditation in self.accreditations)


def connect(one: Party, other: Party) -> tuple[Party, Party]:
    """Both parties with the connection recorded on each, so that it is found from either side."""
    return _with(one, other.id), _with(other, one.id)


def _with(party: Party, name: str) -> Party:
    return replace(party, connections=tuple(sorted({*party.connections, name})))

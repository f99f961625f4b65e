"""Monitoring reports, and the opinions of verifiers on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import isfinite

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject, step

# An opinion, and the move of the project that it makes. "qualified": sound but for what the opinion names.
OPINIONS = {"positive": "verify", "qualified": "verify", "negative": "return"}


@dataclass(frozen=True, slots=True)
class MonitoringReport:
    """What a project took up in one year, as measured.

    removal_t, sd_t: mean and standard deviation, t CO2e. leakage_t: emissions it moved elsewhere, t CO2e. model: the
    measurement model used. source: where its inputs come from.
    """

    id: str
    city: str
    project: str
    year: int
    removal_t: float
    sd_t: float
    leakage_t: float
    model: str
    source: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """A verifier's judgement of one report. opinion: positive, qualified or negative. at: ISO date."""

    id: str
    city: str
    project: str
    report: str
    verifier: str
    opinion: str
    at: str


def monitor(
    project: SinkProject,
    *,
    by: Party,
    year: int,
    removal_t: float,
    sd_t: float,
    leakage_t: float = 0.0,
    model: str,
    source: str,
    at: date,
) -> Decision:
    """The owner reports a year's removal: events are the MonitoringReport and the project, monitored.

    Years follow each other without gap or overlap (rules.md, "Monitoring report"), so that no loss hides between two
    reports and no year is issued twice. Raises Refused for another year or impossible figures, IllegalMove when the
    project can't be monitored now.
    """
    moved = step(project, "monitor", by, at)
    _check_year(project, year, at)
    figures = {"removal": removal_t, "standard deviation": sd_t, "leakage": leakage_t}
    for name, value in figures.items():
        if not isfinite(value):
            raise Refused(project.id, f"a {name} of {value} t can't be reported.")
    if sd_t < 0 or leakage_t < 0:
        # Leakage is never positive for the project: VCS Standard v4.7, 3.15.10.
        raise Refused(project.id, f"standard deviation ({sd_t} t) and leakage ({leakage_t} t) can't be negative.")
    report = MonitoringReport(
        id=f"MR-{project.id}-{year}-{moved.monitored}",
        city=project.city,
        project=project.id,
        year=year,
        removal_t=float(removal_t),
        sd_t=float(sd_t),
        leakage_t=float(leakage_t),
        model=model,
        source=source,
    )
    return Decision(events=(report, moved))


def _check_year(project: SinkProject, year: int, at: date) -> None:
    if year > at.year:
        raise Refused(project.id, f"{year} had not begun on {at.isoformat()}; only what was removed is reported.")
    if year < project.start_year:
        raise Refused(project.id, f"{year} is before its start in {project.start_year}.")
    if project.settled_through and year != project.settled_through + 1:
        raise Refused(
            project.id, f"its years are settled through {project.settled_through}; the next is the one after."
        )


def verify(project: SinkProject, report: MonitoringReport, *, by: Party, opinion: str, at: date) -> Decision:
    """A verifier judges the newest report: events are the Opinion and the project, verified or (negative) returned.

    Raises ValueError for an opinion that does not exist; Refused when the verifier owns the project, is connected to
    its owner, is not accredited for its class that day, or the report is not the project's newest.
    """
    if opinion not in OPINIONS:
        raise ValueError(f"no opinion {opinion!r}; choose from {', '.join(OPINIONS)}")
    moved = step(project, OPINIONS[opinion], by, at)
    check_newest(project, report)
    judged = Opinion(
        id=report.id.replace("MR-", "VO-", 1),
        city=project.city,
        project=project.id,
        report=report.id,
        verifier=by.id,
        opinion=opinion,
        at=at.isoformat(),
    )
    return Decision(events=(judged, moved))


def check_newest(project: SinkProject, report: MonitoringReport) -> None:
    """Raises Refused unless `report` is the newest one of `project`."""
    if report.project != project.id or report.id != f"MR-{project.id}-{report.year}-{project.monitored}":
        raise Refused(report.id, f"is not the newest report of {project.id}.")

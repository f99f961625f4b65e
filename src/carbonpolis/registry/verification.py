"""Monitoring reports, the findings of verifiers on them, and their opinions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import fsum, isfinite, sqrt

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.registry.lifecycle import Move, walked
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject, check_verifier, injection_ended, step

# An opinion, and the move of the project that it makes. "qualified": sound but for what the opinion names.
OPINIONS = {"positive": "verify", "qualified": "verify", "negative": "return"}
ASSURANCE = ("reasonable", "limited")

# state: {verb: (next state, who may)}; rules.md, "Monitoring report". A draft lies with the owner until submitted.
REPORT_MOVES: dict[str, dict[str, tuple[str, str]]] = {
    "draft": {"submit": ("submitted", "owner")},
    "submitted": {"begin": ("under_verification", "verifier")},
    "under_verification": {
        "find": ("findings_open", "verifier"),
        "verify": ("verified", "verifier"),
        "reject": ("rejected", "verifier"),
    },
    "findings_open": {"answer": ("answered", "owner")},
    "answered": {"find": ("findings_open", "verifier"), "accept": ("under_verification", "verifier")},
    "verified": {"query": ("under_verification", "registrar")},
    "rejected": {},
}


@dataclass(frozen=True, slots=True)
class Stratum:
    """Part of a project measured on its own. removal_t, sd_t: t CO2e in the year, independent of other strata."""

    name: str
    area_ha: float
    removal_t: float
    sd_t: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measurement behind a report. at: ISO date or year.

    kind: "plot", "reading", "input" of a model or "document". ref: which one. value: in unit.
    """

    kind: str
    ref: str
    value: float
    unit: str
    at: str
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A verifier's question on a report, and the owner's answer. at, answered_at: ISO dates, "" while open."""

    number: int
    by: str
    at: str
    text: str
    answer: str = ""
    answered_at: str = ""


@dataclass(frozen=True, slots=True)
class MonitoringReport:
    """What a project took up in one year, as measured.

    removal_t, sd_t: mean and standard deviation, t CO2e, of all strata. baseline_t: what would have been taken up
    without it. leakage_t: emissions it moved elsewhere, t CO2e; leakage_lines: how that was worked out. model: the
    measurement model used. source: where its inputs come from. evidence: the measurements behind it. verifier: who
    judges it, "" before it began.
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
    baseline_t: float = 0.0
    strata: tuple[Stratum, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    state: str = "submitted"
    verifier: str = ""
    findings: tuple[Finding, ...] = ()
    history: tuple[Move, ...] = ()
    leakage_lines: tuple[str, ...] = ()

    @property
    def net_t(self) -> float:
        """Removal above the baseline, before leakage, t CO2e."""
        return self.removal_t - self.baseline_t


@dataclass(frozen=True, slots=True)
class Opinion:
    """A verifier's judgement of one report. opinion: positive, qualified or negative. at: ISO date.

    assurance: reasonable or limited. materiality_percent: misstatement found, % of the removal. site_visit: ISO date,
    "" without one. qualification: what a qualified opinion names. state: given, then accepted or returned.
    """

    id: str
    city: str
    project: str
    report: str
    verifier: str
    opinion: str
    at: str
    assurance: str = "reasonable"
    materiality_percent: float = 0.0
    site_visit: str = ""
    qualification: str = ""
    state: str = "given"


def monitor(
    project: SinkProject,
    *,
    by: Party,
    year: int,
    removal_t: float = 0.0,
    sd_t: float = 0.0,
    leakage_t: float = 0.0,
    model: str,
    source: str,
    at: date,
    strata: Sequence[Stratum] = (),
    evidence: Sequence[Evidence] = (),
    baseline_t: float | None = None,
    leakage_lines: Sequence[str] = (),
) -> Decision:
    """The owner reports a year's removal: events are the MonitoringReport, submitted, and the project, monitored.

    With strata, removal and standard deviation are theirs together (independent errors). baseline_t: the project's own
    where none is given. Years follow each other without gap or overlap (rules.md, "Monitoring report"), so that no
    loss hides between two reports and no year is issued twice. Raises Refused for another year or impossible figures,
    IllegalMove when the project can't be monitored now.
    """
    moved = step(project, "monitor", by, at)
    _check_year(project, year, at)
    if strata:
        removal_t = fsum(each.removal_t for each in strata)
        sd_t = sqrt(fsum(each.sd_t**2 for each in strata))
    cared_for = after_injection(project, year)
    baseline = project.baseline_t if baseline_t is None and not cared_for else baseline_t or 0.0
    if cared_for and removal_t > 0:
        raise Refused(
            project.id,
            f"its injection ended on {injection_ended(project)}: nothing more was stored in {year}. Report 0 t, "
            "and what got out as a loss.",
        )
    _check_figures(project, removal_t, sd_t, leakage_t, baseline)
    if strata and any(each.sd_t < 0 or not isfinite(each.sd_t) for each in strata):
        raise Refused(project.id, "a stratum's standard deviation can't be negative or infinite.")
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
        baseline_t=float(baseline),
        strata=tuple(strata),
        evidence=tuple(evidence),
        history=(Move(at.isoformat(), "submit", by.id, "submitted"),),
        leakage_lines=tuple(leakage_lines),
    )
    return Decision(events=(report, moved))


def _check_figures(project: SinkProject, removal_t: float, sd_t: float, leakage_t: float, baseline_t: float) -> None:
    figures = {"removal": removal_t, "standard deviation": sd_t, "leakage": leakage_t, "baseline": baseline_t}
    for name, value in figures.items():
        if not isfinite(value):
            raise Refused(project.id, f"a {name} of {value} t can't be reported.")
    if sd_t < 0 or leakage_t < 0:
        # Leakage is never positive for the project: VCS Standard v4.7, 3.15.10.
        raise Refused(project.id, f"standard deviation ({sd_t} t) and leakage ({leakage_t} t) can't be negative.")
    if baseline_t < 0:
        raise Refused(project.id, f"a baseline of {baseline_t} t can't be negative: it would credit what was not done.")


def _check_year(project: SinkProject, year: int, at: date) -> None:
    if year > at.year:
        raise Refused(project.id, f"{year} had not begun on {at.isoformat()}; only what was removed is reported.")
    if year < project.start_year:
        raise Refused(project.id, f"{year} is before its start in {project.start_year}.")
    if project.crediting_years and year > project.last_year and not after_injection(project, year):
        raise Refused(project.id, f"its crediting period ended with {project.last_year}; have it renewed first.")
    if project.settled_through and year != project.settled_through + 1:
        raise Refused(
            project.id, f"its years are settled through {project.settled_through}; the next is the one after."
        )


def after_injection(project: SinkProject, year: int) -> bool:
    """Whether a year lies after a store's last injection: it is watched and verified, and gives no units."""
    ended = injection_ended(project)
    return ended is not None and year > ended.year


def begin(project: SinkProject, report: MonitoringReport, *, by: Party, at: date) -> Decision:
    """A verifier takes a report on. Raises Refused when it may not judge this project, IllegalMove when it is taken."""
    check_verifier(project, by, at)
    check_newest(project, report)
    return Decision(events=(replace(walked(report, REPORT_MOVES, "begin", by.id, at), verifier=by.id),))


def find(project: SinkProject, report: MonitoringReport, text: str, *, by: Party, at: date) -> Decision:
    """The verifier asks: the report waits with an open finding until the owner answers."""
    _check_own(project, report, by, at)
    if not text.strip():
        raise Refused(report.id, "a finding says what is wrong or missing.")
    finding = Finding(len(report.findings) + 1, by.id, at.isoformat(), text.strip())
    asked = walked(report, REPORT_MOVES, "find", by.id, at)
    return Decision(events=(replace(asked, findings=(*report.findings, finding)),))


def answer(project: SinkProject, report: MonitoringReport, text: str, *, by: Party, at: date) -> Decision:
    """The owner answers the open finding. Figures are never changed by an answer: a wrong report is reported again."""
    if by.id != project.owner:
        raise Refused(report.id, f"only its owner {project.owner} answers a finding, not {by.id}.")
    if not text.strip():
        raise Refused(report.id, "an answer says something.")
    answered = walked(report, REPORT_MOVES, "answer", by.id, at)
    *before, last = report.findings
    return Decision(
        events=(replace(answered, findings=(*before, replace(last, answer=text.strip(), answered_at=at.isoformat()))),)
    )


def verify(
    project: SinkProject,
    report: MonitoringReport,
    *,
    by: Party,
    opinion: str,
    at: date,
    assurance: str = "reasonable",
    materiality_percent: float = 0.0,
    materiality_limit: float = 5.0,
    materiality_why: str = "[VCS Standard v4.7 4.1.10]",
    site_visit: str = "",
    qualification: str = "",
    visit_due: str = "",
) -> Decision:
    """A verifier judges the newest report: events are the Opinion, the report and the project, verified or returned.

    A report that was only submitted is begun and judged in one. materiality_percent: misstatement found, % of the
    removal; materiality_limit, materiality_why: from `assurance.materiality`. visit_due: why the site has to be visited
    now, from `assurance.visit_due`. Raises ValueError for an opinion or assurance that does not exist; Refused when the
    verifier owns the project, is connected to its owner, is not accredited for its class that day, another verifier has
    begun, a finding is open, the report is not the project's newest, a qualified opinion names nothing, the site visit
    has not been, or the misstatement found is material and the opinion not negative.
    """
    if opinion not in OPINIONS:
        raise ValueError(f"no opinion {opinion!r}; choose from {', '.join(OPINIONS)}")
    if assurance not in ASSURANCE:
        raise ValueError(f"no level of assurance {assurance!r}; choose from {', '.join(ASSURANCE)}")
    moved = step(project, OPINIONS[opinion], by, at)
    check_newest(project, report)
    if not (isfinite(materiality_percent) and materiality_percent >= 0):
        raise Refused(report.id, f"a misstatement of {materiality_percent} % is none; give its size, 0 or more.")
    if materiality_percent > materiality_limit and opinion != "negative":
        raise Refused(
            report.id,
            f"a misstatement of {materiality_percent:g} % is above the materiality of {materiality_limit:g} % "
            f"{materiality_why}; the opinion is negative until the report is mended.",
        )
    _check_visit(report.id, site_visit, at)
    if visit_due and not site_visit and opinion != "negative":
        raise Refused(report.id, visit_due)
    if opinion == "qualified" and qualification == "" and report.findings:
        qualification = "; ".join(finding.text for finding in report.findings)
    if opinion == "qualified" and not qualification.strip():
        raise Refused(report.id, "a qualified opinion names what it excepts.")
    judged = Opinion(
        id=report.id.replace("MR-", "VO-", 1),
        city=project.city,
        project=project.id,
        report=report.id,
        verifier=by.id,
        opinion=opinion,
        at=at.isoformat(),
        assurance=assurance,
        materiality_percent=float(materiality_percent),
        site_visit=site_visit,
        qualification=qualification,
    )
    return Decision(events=(judged, _judged(report, opinion, by, at), moved))


def query(project: SinkProject, report: MonitoringReport, opinion: Opinion, *, by: Party, at: date) -> Decision:
    """The registrar returns an opinion it can't accept: the project is monitored, the report under verification."""
    moved = step(project, "query", by, at)
    check_newest(project, report)
    if opinion.report != report.id:
        raise Refused(opinion.id, f"is no opinion on {report.id}.")
    return Decision(
        events=(replace(opinion, state="returned"), walked(report, REPORT_MOVES, "query", by.id, at), moved)
    )


def _check_visit(report: str, site_visit: str, at: date) -> None:
    if not site_visit:
        return
    try:
        day = date.fromisoformat(site_visit)
    except ValueError:
        raise Refused(report, f"the site visit {site_visit!r} is no day; expected one such as 2024-05-31.") from None
    if day > at:
        raise Refused(report, f"the site visit of {day} had not been on {at}; an opinion rests on what was seen.")


def check_newest(project: SinkProject, report: MonitoringReport) -> None:
    """Raises Refused unless `report` is the newest one of `project`."""
    if report.project != project.id or report.id != f"MR-{project.id}-{report.year}-{project.monitored}":
        raise Refused(report.id, f"is not the newest report of {project.id}.")


def _check_own(project: SinkProject, report: MonitoringReport, by: Party, at: date) -> None:
    check_verifier(project, by, at)
    check_newest(project, report)
    if report.verifier and report.verifier != by.id:
        raise Refused(report.id, f"{report.verifier} verifies it, not {by.id}.")


def _judged(report: MonitoringReport, opinion: str, by: Party, at: date) -> MonitoringReport:
    """The report walked to its end: begun where it was not, answers accepted, then verified or rejected."""
    if report.verifier and report.verifier != by.id:
        raise Refused(report.id, f"{report.verifier} verifies it, not {by.id}.")
    if report.state == "findings_open":
        raise Refused(report.id, f"finding {report.findings[-1].number} is open: {report.findings[-1].text}")
    now = replace(report, verifier=by.id)
    for verb in {"submitted": ("begin",), "answered": ("accept",)}.get(report.state, ()):
        now = walked(now, REPORT_MOVES, verb, by.id, at)
    return walked(now, REPORT_MOVES, "reject" if opinion == "negative" else "verify", by.id, at)

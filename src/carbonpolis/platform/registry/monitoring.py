"""The monitoring desk: a year's removal reported by the owner, judged by a verifier, queried by the registrar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.measure import sinks
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.measure.readings import ReadingsDesk
from carbonpolis.platform.measure.removals import inputs_behind, measured, readings_behind
from carbonpolis.platform.parties import REGISTRAR, STANDIN_VERIFIER, party_named
from carbonpolis.platform.registry.lookups import newest_report, opinion_on, rules_of
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.registry import verification
from carbonpolis.registry.assurance import materiality, visit_due
from carbonpolis.registry.leakage import leakage
from carbonpolis.registry.party import Party, Role
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.verification import (
    Evidence,
    MonitoringReport,
    Opinion,
    Stratum,
    after_injection,
    monitor,
    verify,
)


@desk
class Monitoring:
    """Takes monitoring reports in, and what verifiers and registrars say of them."""

    def __init__(self, work: Work, readings: ReadingsDesk) -> None:
        self._work, self._readings = work, readings

    def monitor(
        self,
        project: str,
        year: int,
        *,
        at: date,
        key: str,
        leakage_t: float = 0.0,
        harvest: str = "",
        moved_t: Mapping[str, float] | None = None,
        strata: Sequence[Stratum] = (),
        evidence: Sequence[Evidence] = (),
        baseline_t: float | None = None,
    ) -> Answer:
        """The owner reports a year's removal: by strata where they were measured, else as the model gives it.

        Leakage adds up: leakage_t as measured; harvest, where the harvest went, a case of the rule book's table;
        moved_t, t CO2e moved to other cities. evidence: the plots and readings behind it, each kept with the report
        and told by `trace`. After a store's last injection its model is not asked: it takes up nothing more.
        """

        def decide(state: State) -> Decision:
            subject = state.get(SinkProject, project)
            removal = None if strata or after_injection(subject, year) else measured(state, subject)
            net = sum(s.removal_t for s in strata) if removal is None else float(removal.mean)
            net -= subject.baseline_t if baseline_t is None else baseline_t
            leaked = leakage(rules_of(subject, at), subject, net, leakage_t, harvest, moved_t or {})
            return monitor(
                subject,
                by=state.get(Party, subject.owner),
                year=year,
                removal_t=0.0 if removal is None else float(removal.mean),
                sd_t=0.0 if removal is None else float(removal.sd),
                leakage_t=leaked.tonnes,
                leakage_lines=leaked.lines,
                model=subject.model,
                source=sinks.model(subject.model).source,
                at=at,
                strata=strata,
                evidence=evidence or (inputs_behind(state, subject, year) if removal is not None else ()),
                baseline_t=baseline_t,
            )

        return self._work.do(key, "monitor", "owner", decide)

    def readings(self, project: str, stream: str, *, since: date, until: date) -> tuple[Evidence, ...]:
        """The city's stored readings of a stream from one day up to another, as evidence for `monitor`.

        Raises Refused when there are none: a report rests on what is there.
        """
        city = self._work.state.get(SinkProject, project).city
        found = readings_behind(self._readings.select(stream), city, since, until)
        if not found:
            raise Refused(project, f"{city} has no readings of {stream!r} from {since} to {until}.")
        return found

    def begin(self, project: str, *, by: str, at: date, key: str) -> Answer:
        """A verifier takes the newest report on."""
        return self._on_report(
            project, "begin verification", by, key, lambda p, r, who: verification.begin(p, r, by=who, at=at)
        )

    def find(self, project: str, text: str, *, by: str, at: date, key: str) -> Answer:
        """The verifier asks; the report waits until the owner answers."""
        return self._on_report(project, "find", by, key, lambda p, r, who: verification.find(p, r, text, by=who, at=at))

    def answer(self, project: str, text: str, *, by: str, at: date, key: str) -> Answer:
        """The owner answers the open finding."""
        return self._on_report(
            project, "answer", by, key, lambda p, r, who: verification.answer(p, r, text, by=who, at=at)
        )

    def _on_report(self, project: str, command: str, by: str, key: str, rule: Any) -> Answer:
        def decide(state: State) -> Decision:
            subject = state.get(SinkProject, project)
            decision: Decision = rule(subject, newest_report(state, subject), party_named(state, by))
            return decision

        return self._work.do(key, command, by, decide)

    def verify(self, project: str, *, by: str, opinion: str, at: date, key: str, **more: Any) -> Answer:
        """A verifier judges the newest monitoring report. Raises Refused for a verifier who may not.

        more: assurance, materiality_percent, site_visit, qualification.
        """

        def decide(state: State) -> Decision:
            subject = state.get(SinkProject, project)
            report, rules = newest_report(state, subject), rules_of(subject, at)
            before = [each for each in state.all(Opinion) if each.project == project]
            asked = materiality(rules, subject.sink_class, report.net_t)
            limits = {
                "materiality_limit": asked.percent,
                "materiality_why": asked.why,
                "visit_due": visit_due(subject, before, rules, at),
            }
            return verify(subject, report, by=party_named(state, by), opinion=opinion, at=at, **{**limits, **more})

        return self._work.do(key, "verify", by, decide)

    def query(self, project: str, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """The registrar returns an opinion that it can't accept."""

        def decide(state: State) -> Decision:
            subject = state.get(SinkProject, project)
            report = newest_report(state, subject)
            return verification.query(subject, report, opinion_on(state, report), by=party_named(state, by), at=at)

        return self._work.do(key, "query", by, decide)

    def verifier_for(self, project: SinkProject, at: date) -> str:
        """An accredited verifier not connected to the owner; the stand-in where none was loaded."""
        for party in self._work.state.all(Party):
            free = project.owner not in party.connections and party.id != project.owner
            if free and party.role == Role.VERIFIER and party.accredited(project.sink_class, at):
                return party.id
        return STANDIN_VERIFIER.id

    def reports(self, project: str | None = None) -> list[MonitoringReport]:
        """Every monitoring report, or a project's, oldest first."""
        return [report for report in self._work.state.all(MonitoringReport) if project in (None, report.project)]

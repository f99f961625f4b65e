"""The projects desk: a sink from its proposal to its units."""

from __future__ import annotations

from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.measure import Estimate, sinks
from carbonpolis.platform.people import REGISTRAR, STANDIN_VERIFIER
from carbonpolis.platform.readings import ReadingsDesk
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.registry.issuance import certify, decline, issue
from carbonpolis.registry.party import City, Party, Role
from carbonpolis.registry.project import SinkProject, move, propose
from carbonpolis.registry.rulebook import RuleBook
from carbonpolis.registry.units import Batch
from carbonpolis.registry.verification import MonitoringReport, Opinion, monitor, verify


class Projects:
    """Proposes, moves, measures, verifies and issues."""

    def __init__(self, work: Work, readings: ReadingsDesk) -> None:
        self._work, self._readings = work, readings

    def propose(
        self,
        project: str,
        *,
        city: str,
        name: str,
        sink_class: str,
        model: str,
        owner: str,
        start_year: int,
        area_ha: float,
        inputs: dict[str, float | str],
        longevity_years: int,
        status: str,
        source: str,
        at: date,
        key: str,
    ) -> Answer:
        """Draft a project. Raises Refused when the id is taken or the owner may not own one."""

        def decide(state: State) -> Decision:
            if state.find(SinkProject, project) is not None:
                raise Refused(project, "a project of that id is registered already.")
            return propose(
                state.get(Party, owner),
                id=project,
                city=city,
                name=name,
                sink_class=sink_class,
                model=model,
                start_year=start_year,
                area_ha=area_ha,
                inputs=inputs,
                longevity_years=longevity_years,
                status=status,
                source=source,
                at=at,
            )

        return self._work.do(key, "propose project", owner, decide)

    def move(self, project: str, verb: str, *, by: str, at: date, key: str) -> Answer:
        """Take a step of the lifecycle that needs no document. Raises IllegalMove or Refused."""
        return self._work.do(
            key, verb, by, lambda state: move(state.get(SinkProject, project), verb, self.party(by), at)
        )

    def party(self, name: str) -> Party:
        """A loaded party, or one of the platform's own offices."""
        for office in (REGISTRAR, STANDIN_VERIFIER):
            if name == office.id:
                return office
        return self._work.state.get(Party, name)

    def measured(self, project: SinkProject) -> Estimate:
        """The project's yearly removal by its measurement model, t CO2/year, with its standard deviation.

        Raises ValueError from the model naming the input that is wrong.
        """
        return measured(self._work.state, project)

    def monitor(self, project: str, year: int, *, at: date, key: str) -> Answer:
        """The owner reports a year's removal as the measurement model gives it."""

        def decide(state: State) -> Decision:
            subject = state.get(SinkProject, project)
            removal = measured(state, subject)
            return monitor(
                subject,
                by=state.get(Party, subject.owner),
                year=year,
                removal_t=float(removal.mean),
                sd_t=float(removal.sd),
                leakage_t=0.0,
                model=subject.model,
                source=sinks.model(subject.model).source,
                at=at,
            )

        return self._work.do(key, "monitor", "owner", decide)

    def verify(self, project: str, *, by: str, opinion: str, at: date, key: str) -> Answer:
        """A verifier judges the newest monitoring report. Raises Refused for a verifier who may not."""

        def decide(state: State) -> Decision:
            report = self._newest(state, project)
            return verify(state.get(SinkProject, project), report, by=self.party(by), opinion=opinion, at=at)

        return self._work.do(key, "verify", by, decide)

    def issue(self, project: str, *, at: date, key: str, rule_book: str = "default") -> Answer:
        """The registrar issues the verified year's units, or settles it without any where nothing is certified."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject, report = state.get(SinkProject, project), self._newest(state, project)
            opinion = next(o for o in reversed(state.all(Opinion)) if o.report == report.id)
            rules = RuleBook.load(rule_book)
            certified, steps = certify(report, sink_class=subject.sink_class, rules=rules)
            if certified <= 0:
                return decline(subject, report, opinion, rules=rules, by=REGISTRAR, at=at), {"issued_kg": 0}
            decision = issue(
                subject,
                report,
                opinion,
                rules=rules,
                number=registry_number(state, subject),
                by=REGISTRAR,
                at=at,
                owner_city=state.get(Party, subject.owner).city,
                issued={batch.id for batch in state.all(Batch)},
            )
            return decision, {"issued_kg": certified, "arithmetic": steps}

        return self._work.do(key, "issue", REGISTRAR.id, decide)

    def verifier_for(self, project: SinkProject, at: date) -> str:
        """An accredited verifier not connected to the owner; the stand-in where none was loaded."""
        for party in self._work.state.all(Party):
            free = project.owner not in party.connections and party.id != project.owner
            if free and party.role == Role.VERIFIER and party.accredited(project.sink_class, at):
                return party.id
        return STANDIN_VERIFIER.id

    def _newest(self, state: State, project: str) -> MonitoringReport:
        reports = [report for report in state.all(MonitoringReport) if report.project == project]
        if not reports:
            raise Refused(project, "it has no monitoring report yet.")
        return reports[-1]

    def batches(self) -> list[Batch]:
        """Every batch ever issued."""
        return self._work.state.all(Batch)


def measured(state: State, project: SinkProject) -> Estimate:
    """A project's yearly removal by its model: its area, its city's ecological zone and its own inputs."""
    model = sinks.model(project.model)
    wanted = {each.name for each in model.inputs}
    given: dict[str, float | str] = dict(project.inputs)
    for name in ("area_ha", "crown_area_ha"):
        if name in wanted and name not in given:
            given[name] = project.area_ha
    if "ecological_zone" in wanted and "ecological_zone" not in given:
        given["ecological_zone"] = state.get(City, project.city).ecological_zone
    return model.removal(**given)


def registry_number(state: State, project: SinkProject) -> int:
    """The project's number in the registry: its place in the order of proposal, from 1."""
    return 1 + [each.id for each in state.all(SinkProject)].index(project.id)

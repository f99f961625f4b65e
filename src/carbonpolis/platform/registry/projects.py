"""The projects desk: a sink from its proposal to its units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.measure import Estimate
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.measure.readings import ReadingsDesk
from carbonpolis.platform.measure.removals import measured
from carbonpolis.platform.parties import REGISTRAR, SECOND_REGISTRAR, party_named
from carbonpolis.platform.registry.issuing import Issuing
from carbonpolis.platform.registry.lifecycle import moved
from carbonpolis.platform.registry.linkage import Registries
from carbonpolis.platform.registry.lookups import (
    assessments,
    next_number,
    registry_number,
    rules_of,
)
from carbonpolis.platform.registry.losses import Losses
from carbonpolis.platform.registry.monitoring import Monitoring
from carbonpolis.platform.registry.planned import PlannedUnits
from carbonpolis.platform.registry.units import Units, disclosure
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.registry.boundary import Boundary, read_boundary
from carbonpolis.registry.document import Document, attach
from carbonpolis.registry.harvest import plan_harvest
from carbonpolis.registry.land_index import LandIndex
from carbonpolis.registry.overlap import Overlap
from carbonpolis.registry.party import City, Party
from carbonpolis.registry.project import SinkProject, propose, redraw, renew
from carbonpolis.registry.questions import Answers
from carbonpolis.registry.risk import RiskAssessment, assess
from carbonpolis.registry.units import Batch
from carbonpolis.report.exports.disclosure import Disclosure

__all__ = ["Projects", "measured", "registry_number"]


@desk
class Projects:
    """Proposes projects, moves them and keeps their papers. Further desks: monitoring, issuing, units, losses,
    registries, planned; what is done there every day is at hand here too."""

    def __init__(self, work: Work, readings: ReadingsDesk) -> None:
        self._work, self._land = work, LandIndex()
        self.monitoring, self.issuing, self.units = Monitoring(work, readings), Issuing(work), Units(work)
        self.losses, self.registries, self.planned = Losses(work), Registries(work), PlannedUnits(work)
        self.monitor, self.readings, self.reports = (
            self.monitoring.monitor,
            self.monitoring.readings,
            self.monitoring.reports,
        )
        self.begin, self.find, self.answer = self.monitoring.begin, self.monitoring.find, self.monitoring.answer
        self.verify, self.query = self.monitoring.verify, self.monitoring.query
        self.verifier_for = self.monitoring.verifier_for
        self.retire, self.cancel, self.trace = self.units.retire, self.units.cancel, self.units.trace
        self.report_loss, self.reconcile = self.losses.report, self.units.reconcile

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
        boundary: str | Mapping[str, Any] | Boundary | None = None,
        rule_book: str = "default",
        documents: Mapping[str, bytes] | None = None,
        **more: Any,
    ) -> Answer:
        """Draft a project; answers its area and what was mended in its boundary.

        boundary: GeoJSON, longitude first, or what `read_boundary` made of it. documents: content by "kind/name".
        more: crediting_years, baseline_t, safeguards, members, harvest_cycle_years. Raises Refused when the id is
        taken, the owner may not own one or the boundary is wrong.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            if state.find(SinkProject, project) is not None:
                raise Refused(project, "a project of that id is registered already.")
            land = _boundary(state, city, boundary) if boundary is not None else None
            by = state.get(Party, owner)
            decision = propose(
                by,
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
                boundary=land,
                rule_book=rule_book,
                number=next_number(state),
                **more,
            )
            drafted = decision.one(SinkProject)
            for title, content in (documents or {}).items():
                kind, _, called = title.partition("/")
                decision += attach(drafted, content, name=called or kind, kind=kind, by=by, at=at)
            notes = list(land.notes) if land is not None else ["no boundary given"]
            return decision, {"area_ha": drafted.area_ha, "notes": notes}

        return self._work.do(key, "propose project", owner, decide)

    def move(self, project: str, verb: str, *, by: str, at: date, key: str) -> Answer:
        """Take a step of the lifecycle that needs no document. Raises IllegalMove or Refused.

        Listing and registration look for land that other projects claim in the same years, and refuse it by name.
        Completion and closing wait for what the rule book asks of permanence; a termination before answers the case of
        what its owner owes.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            return moved(state, subject, verb, by=by, at=at, land=self._land)

        return self._work.do(key, verb, by, decide)

    def draw(
        self, project: str, boundary: str | Mapping[str, Any], *, key: str, by: str = "", area_ha: float | None = None
    ) -> Answer:
        """The owner gives a draft its boundary (GeoJSON); answers the area and what was mended."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            land = _boundary(state, subject.city, boundary)
            decision = redraw(subject, land, by=party_named(state, by or subject.owner), area_ha=area_ha)
            return decision, {"area_ha": land.area_ha, "notes": land.notes}

        return self._work.do(key, "draw boundary", by or "owner", decide)

    def overlaps(self, project: str) -> tuple[Overlap, ...]:
        """What a project shares with others in the same years, largest first."""
        state = self._work.state
        return self._land.overlaps(state.get(SinkProject, project), state.all(SinkProject))

    def renew(self, project: str, years: int, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """Renew the crediting period within the rule book's limits."""

        def decide(state: State) -> Decision:
            subject = state.get(SinkProject, project)
            return renew(subject, years, by=party_named(state, by), at=at, rules=rules_of(subject, at))

        return self._work.do(key, "renew", by, decide)

    def attach(
        self, project: str, content: bytes, *, name: str, kind: str, by: str, at: date, key: str, about: str = ""
    ) -> Answer:
        """Attach a document by the SHA-256 of its bytes; answers the digest. The bytes stay with whoever has them."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            decision = attach(subject, content, name=name, kind=kind, by=party_named(state, by), at=at, about=about)
            document = decision.one(Document)
            return decision, {"document": document.id, "sha256": document.sha256}

        return self._work.do(key, "attach document", by, decide)

    def assess(
        self, project: str, answers: Answers, *, by: str, at: date, key: str, rule_book: str = "", about: str = ""
    ) -> Answer:
        """Assess the risk of non-permanence by the rule book's questions; answers the share and every line."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            rules = rules_of(subject, at, rule_book)
            number = 1 + len(assessments(state, project, rules.name))
            decision = assess(
                subject, answers, rules=rules, by=party_named(state, by), at=at, number=number, about=about
            )
            made = decision.one(RiskAssessment)
            return decision, {name: getattr(made, name) for name in ("id", "score", "share_bp", "lines", "failures")}

        return self._work.do(key, "assess risk", by, decide)

    def plan_harvest(
        self, project: str, project_t: Sequence[float], baseline_t: Sequence[float], *, by: str, at: date, key: str
    ) -> Answer:
        """File the stocks that harvest leaves, t CO2e by year; issuance then stops at their long-term average."""
        return self._work.do(
            key,
            "plan harvest",
            by,
            lambda state: plan_harvest(
                state.get(SinkProject, project),
                project_t,
                baseline_t,
                by=party_named(state, by),
                at=at,
                rules=rules_of(state.get(SinkProject, project), at),
            ),
        )

    def party(self, name: str) -> Party:
        """A loaded party, or one of the platform's own offices."""
        return party_named(self._work.state, name)

    def measured(self, project: SinkProject) -> Estimate:
        """The project's yearly removal by its measurement model, t CO2/year, with its standard deviation.

        Raises ValueError from the model naming the input that is wrong.
        """
        return measured(self._work.state, project)

    def issue(
        self,
        project: str,
        *,
        at: date,
        key: str,
        rule_book: str = "",
        by: str = REGISTRAR.id,
        approved_by: str = SECOND_REGISTRAR.id,
    ) -> Answer:
        """Issue the verified year's units, or settle it without any where nothing is certified.

        One registrar computes and issues, another approves; `issuing` has the steps one by one.
        """
        return self.issuing.whole(project, at=at, key=key, rule_book=rule_book, by=by, approved_by=approved_by)

    def disclosure(self, *, registry: str = "Carbonpolis", address: str = "") -> Disclosure:
        """The registry as the global indexes may see it: what `report.cadt` and `report.cdop` write."""
        removals = {}
        for project in self._work.state.all(SinkProject):
            removals[project.id] = float(self.measured(project).mean)
        return disclosure(self._work, removals, registry=registry, address=address)

    def all(self, city: str | None = None) -> list[SinkProject]:
        """Every project, or those of one city, in the order of their proposal."""
        return [project for project in self._work.state.all(SinkProject) if city in (None, project.city)]

    def get(self, project: str) -> SinkProject:
        """A project as it is now. Raises Unknown."""
        return self._work.state.get(SinkProject, project)

    def batches(self) -> list[Batch]:
        """Every batch ever issued."""
        return self._work.state.all(Batch)


def _boundary(state: State, city: str, boundary: str | Mapping[str, Any] | Boundary) -> Boundary:
    if isinstance(boundary, Boundary):
        return boundary
    home = state.find(City, city)
    return read_boundary(boundary, near=(home.latitude, home.longitude) if home is not None else None)

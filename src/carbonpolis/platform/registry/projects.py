"""The projects desk: a sink from its proposal to its units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.measure import Estimate, sinks
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.measure.readings import ReadingsDesk
from carbonpolis.platform.measure.removals import inputs_behind, measured, readings_behind
from carbonpolis.platform.parties import REGISTRAR, SECOND_REGISTRAR, STANDIN_VERIFIER, party_named
from carbonpolis.platform.registry.issuing import Issuing
from carbonpolis.platform.registry.lifecycle import moved
from carbonpolis.platform.registry.linkage import Registries
from carbonpolis.platform.registry.lookups import (
    assessments,
    newest_report,
    next_number,
    opinion_on,
    registry_number,
    rules_of,
)
from carbonpolis.platform.registry.losses import Losses
from carbonpolis.platform.registry.planned import PlannedUnits
from carbonpolis.platform.registry.units import Units, disclosure
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.registry import verification
from carbonpolis.registry.assurance import materiality, visit_due
from carbonpolis.registry.boundary import Boundary, read_boundary
from carbonpolis.registry.document import Document, attach
from carbonpolis.registry.harvest import plan_harvest
from carbonpolis.registry.leakage import leakage
from carbonpolis.registry.overlap import Overlap, Plot, Plots
from carbonpolis.registry.party import City, Party, Role
from carbonpolis.registry.project import SinkProject, claim_of, plot_of, propose, redraw, renew
from carbonpolis.registry.questions import Answers
from carbonpolis.registry.risk import RiskAssessment, assess
from carbonpolis.registry.rulebook import RuleBook
from carbonpolis.registry.units import Batch
from carbonpolis.registry.verification import Evidence, Opinion, Stratum, after_injection, monitor, verify
from carbonpolis.report.exports.disclosure import Disclosure

__all__ = ["Projects", "measured", "registry_number"]


@desk
class Projects:
    """Proposes, moves, measures, verifies and issues. Further desks: issuing, units, losses, registries, planned."""

    def __init__(self, work: Work, readings: ReadingsDesk) -> None:
        self._work, self._readings = work, readings
        self._claims: dict[str, tuple[SinkProject, Plot | None]] = {}
        self._indexed: list[Plot] = []
        self._plots = Plots(())
        self.issuing = Issuing(work)
        self.units, self.losses, self.registries = Units(work), Losses(work), Registries(work)
        self.planned = PlannedUnits(work)
        # What is done every day is at hand on this desk too.
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
            land = self._land(state, city, boundary) if boundary is not None else None
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
            found = self._overlaps(state, subject) if verb in ("list", "register") else ()
            return moved(state, subject, verb, by=by, at=at, overlaps=found)

        return self._work.do(key, verb, by, decide)

    def draw(
        self, project: str, boundary: str | Mapping[str, Any], *, key: str, by: str = "", area_ha: float | None = None
    ) -> Answer:
        """The owner gives a draft its boundary (GeoJSON); answers the area and what was mended."""

        def decide(state: State) -> tuple[Decision, Answer]:
            subject = state.get(SinkProject, project)
            land = self._land(state, subject.city, boundary)
            decision = redraw(subject, land, by=party_named(state, by or subject.owner), area_ha=area_ha)
            return decision, {"area_ha": land.area_ha, "notes": land.notes}

        return self._work.do(key, "draw boundary", by or "owner", decide)

    def _land(self, state: State, city: str, boundary: str | Mapping[str, Any] | Boundary) -> Boundary:
        if isinstance(boundary, Boundary):
            return boundary
        home = state.find(City, city)
        return read_boundary(boundary, near=(home.latitude, home.longitude) if home is not None else None)

    def overlaps(self, project: str) -> tuple[Overlap, ...]:
        """What a project shares with others in the same years, largest first."""
        return self._overlaps(self._work.state, self._work.state.get(SinkProject, project))

    def _overlaps(self, state: State, project: SinkProject) -> tuple[Overlap, ...]:
        if not project.boundary:
            return ()
        tolerance = RuleBook.load(project.rule_book).number("overlap_tolerance")
        return self._index(state).overlaps(claim_of(project), tolerance)

    def _index(self, state: State) -> Plots:
        """The index of all plots, made anew only when the land that projects claim has changed."""
        claims: list[Plot] = []
        for each in state.all(SinkProject):
            kept = self._claims.get(each.id)
            if kept is None or kept[0] is not each:
                kept = self._claims[each.id] = (each, plot_of(each))
            if kept[1] is not None:
                claims.append(kept[1])
        if claims != self._indexed:
            self._indexed, self._plots = claims, Plots(claims)
        return self._plots

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

    def verifier_for(self, project: SinkProject, at: date) -> str:
        """An accredited verifier not connected to the owner; the stand-in where none was loaded."""
        for party in self._work.state.all(Party):
            free = project.owner not in party.connections and party.id != project.owner
            if free and party.role == Role.VERIFIER and party.accredited(project.sink_class, at):
                return party.id
        return STANDIN_VERIFIER.id

    def disclosure(self, *, registry: str = "Carbonpolis", address: str = "") -> Disclosure:
        """The registry as the global indexes may see it: what `report.cadt` and `report.cdop` write."""
        removals = {}
        for project in self._work.state.all(SinkProject):
            removals[project.id] = float(self.measured(project).mean)
        return disclosure(self._work, removals, registry=registry, address=address)

    def batches(self) -> list[Batch]:
        """Every batch ever issued."""
        return self._work.state.all(Batch)

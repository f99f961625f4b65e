"""The cast of the registry's stories: one forest, its owner, a verifier, a registrar."""

from __future__ import annotations

from datetime import date

import pytest

from carbonpolis.ledger import Decision
from carbonpolis.registry import (
    Accreditation,
    Issuance,
    MonitoringReport,
    Opinion,
    Party,
    Role,
    RuleBook,
    SinkProject,
    approve,
    compute,
    issue,
    monitor,
    move,
    propose,
    verify,
)

DAY = date(2021, 3, 1)
LISTED = date(2021, 1, 15)  # open to comment for 30 days before it is validated


FIGURES = {
    "model": "forest_gain_loss",
    "start_year": 2010,
    "area_ha": 120,
    "inputs": {"zone": "temperate_continental_forest", "age": 30},
    "longevity_years": 100,
    "status": "assumed",
    "source": "made up for the test",
}


def party(name: str, role: Role, **more) -> Party:
    return Party(name, "US-MSP", name.title(), role, "", "", "made up for the test", True, **more)


class Forest:
    """A forest project walked through the lifecycle, for tests to take up where they need it."""

    def __init__(self) -> None:
        self.owner = party("forester", Role.SINK_PRODUCER)
        self.verifier = party(
            "surveyor", Role.VERIFIER, accreditations=(Accreditation(("forest",), "2020-01-01", "2025-01-01"),)
        )
        self.registrar = party("registrar", Role.REGISTRAR)
        self.second = party("registrar-2", Role.REGISTRAR)

    def draft(self, sink_class: str = "forest", **more) -> SinkProject:
        decision = propose(
            self.owner,
            id="P-US-MSP-001",
            city="US-MSP",
            name="Riverside wood",
            sink_class=sink_class,
            at=LISTED,
            **(FIGURES | more),
        )
        (project,) = decision.events
        return project

    def registered(self, **more) -> SinkProject:
        project = self.draft(**more)
        for verb, by, at in (
            ("list", self.owner, LISTED),
            ("begin_validation", self.verifier, LISTED),
            ("validate", self.verifier, DAY),
            ("register", self.registrar, DAY),
        ):
            (project,) = move(project, verb, by, at).events
        return project

    def monitored(self, project: SinkProject | None = None, **figures) -> tuple[MonitoringReport, SinkProject]:
        given = {
            "year": 2020,
            "removal_t": 1000.0,
            "sd_t": 50.0,
            "model": "forest_gain_loss",
            "source": "test",
        } | figures
        report, project = monitor(project or self.registered(), by=self.owner, at=DAY, **given).events
        return report, project

    def verified(
        self, project: SinkProject | None = None, opinion: str = "positive", **figures
    ) -> tuple[MonitoringReport, Opinion, SinkProject]:
        report, project = self.monitored(project, **figures)
        judged, report, project = verify(project, report, by=self.verifier, opinion=opinion, at=DAY).events
        return report, judged, project

    def issued(self, project: SinkProject | None = None, *, book: str = "default", **figures) -> Decision:
        """Everything from the report on; events are the Issuance, the Batch and the project."""
        report, judged, project = self.verified(project, **figures)
        return self.issue(report, judged, project, book=book)

    def computed(self, report, judged, project, *, book: str = "default", **facts) -> Issuance:
        rules = RuleBook.load(book)
        made, _ = compute(project, report, judged, rules=rules, by=self.registrar, at=DAY, **facts).events
        return made

    def approved(self, report, judged, project, *, book: str = "default", **facts) -> Issuance:
        made = self.computed(report, judged, project, book=book, **facts)
        (made,) = approve(made, project, by=self.second, at=DAY).events
        return made

    def issue(self, report, judged, project, *, book: str = "default", pool=None, owner_city=None, **facts) -> Decision:
        made = self.approved(report, judged, project, book=book, **facts)
        return issue(
            project,
            report,
            judged,
            made,
            number=123,
            by=self.registrar,
            at=DAY,
            pool=pool,
            owner_city=owner_city,
        )


@pytest.fixture
def forest() -> Forest:
    return Forest()

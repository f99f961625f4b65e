"""Monitoring reports and opinions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from carbonpolis.errors import IllegalMove, Refused
from carbonpolis.registry import (
    REPORT_MOVES,
    Opinion,
    RuleBook,
    Stratum,
    answer,
    begin,
    connect,
    find,
    monitor,
    query,
    verify,
)
from carbonpolis.registry.assurance import visit_due

DAY = date(2021, 3, 1)


def test_a_report_keeps_its_figures_and_an_opinion_names_it(forest):
    report, opinion, project = forest.verified(removal_t=1000.0, sd_t=50.0, leakage_t=3.0)
    assert (report.removal_t, report.sd_t, report.leakage_t, report.year) == (1000.0, 50.0, 3.0, 2020)
    assert (report.id, opinion.id) == ("MR-P-US-MSP-001-2020-1", "VO-P-US-MSP-001-2020-1")
    assert (opinion.report, opinion.verifier, opinion.opinion) == (report.id, "surveyor", "positive")
    assert project.state == "verified"


def test_a_negative_opinion_sends_the_project_back_and_the_year_is_reported_again(forest):
    first, opinion, project = forest.verified(opinion="negative")
    assert (opinion.opinion, project.state) == ("negative", "registered")
    second, project = forest.monitored(project)
    assert first.id != second.id
    with pytest.raises(Refused, match="not the newest report"):
        verify(project, first, by=forest.verifier, opinion="positive", at=DAY)


def test_an_opinion_is_one_of_three(forest):
    report, project = forest.monitored()
    with pytest.raises(ValueError, match="positive, qualified, negative"):
        verify(project, report, by=forest.verifier, opinion="fine", at=DAY)


def test_the_owner_judges_no_report(forest):
    report, project = forest.monitored()
    with pytest.raises(Refused, match="duties are separated"):
        verify(project, report, by=forest.owner, opinion="positive", at=DAY)


@pytest.mark.parametrize("year, why", [(2022, "had not begun"), (2009, "before its start")])
def test_only_years_that_were_are_reported(forest, year, why):
    with pytest.raises(Refused, match=why):
        forest.monitored(year=year)


@pytest.mark.parametrize("year", [2018, 2019, 2021])
def test_years_follow_each_other_without_gap_or_overlap(forest, year):
    *_, settled = forest.issued(year=2019).events
    if year != 2020:
        with pytest.raises(Refused, match="settled through 2019"):
            forest.monitored(settled, year=year)
    assert forest.monitored(settled, year=2020)


@pytest.mark.parametrize(
    "figures",
    [{"removal_t": float("nan")}, {"removal_t": float("inf")}, {"sd_t": -1.0}, {"leakage_t": -1.0}],
)
def test_impossible_figures_are_refused(forest, figures):
    with pytest.raises(Refused):
        forest.monitored(**figures)


def test_a_project_is_monitored_once_before_it_is_verified(forest):
    _, project = forest.monitored()
    with pytest.raises(IllegalMove):
        monitor(project, by=forest.owner, year=2020, removal_t=1.0, sd_t=0.0, model="m", source="s", at=DAY)


def asked(forest, **figures):
    report, project = forest.monitored(**figures)
    (report,) = begin(project, report, by=forest.verifier, at=DAY).events
    (report,) = find(project, report, "plot 7 is missing", by=forest.verifier, at=DAY).events
    return report, project


def test_a_report_walks_from_submitted_through_findings_to_verified(forest):
    report, project = asked(forest)
    with pytest.raises(Refused, match="finding 1 is open: plot 7 is missing"):
        verify(project, report, by=forest.verifier, opinion="positive", at=DAY)
    with pytest.raises(Refused, match="only its owner forester answers"):
        answer(project, report, "it burnt", by=forest.verifier, at=DAY)
    (report,) = answer(project, report, "it is on sheet 3", by=forest.owner, at=DAY).events
    opinion, report, project = verify(project, report, by=forest.verifier, opinion="qualified", at=DAY).events
    assert [move.to for move in report.history] == [
        "submitted",
        "under_verification",
        "findings_open",
        "answered",
        "under_verification",
        "verified",
    ]
    assert (report.findings[0].answer, opinion.qualification) == ("it is on sheet 3", "plot 7 is missing")
    assert project.state == "verified"


def test_an_answer_may_be_followed_by_another_finding(forest):
    report, project = asked(forest)
    (report,) = answer(project, report, "it is on sheet 3", by=forest.owner, at=DAY).events
    (report,) = find(project, report, "sheet 3 is missing too", by=forest.verifier, at=DAY).events
    assert (report.state, len(report.findings)) == ("findings_open", 2)


def test_who_began_a_verification_ends_it(forest):
    report, project = forest.monitored()
    (report,) = begin(project, report, by=forest.verifier, at=DAY).events
    other = replace(forest.verifier, id="another")
    for act in (
        lambda: verify(project, report, by=other, opinion="positive", at=DAY),
        lambda: find(project, report, "why?", by=other, at=DAY),
    ):
        with pytest.raises(Refused, match="surveyor verifies it, not another"):
            act()
    with pytest.raises(IllegalMove):
        begin(project, report, by=other, at=DAY)


def test_a_connected_verifier_begins_nothing(forest):
    report, project = forest.monitored()
    _, verifier = connect(forest.owner, forest.verifier)
    with pytest.raises(Refused, match="connected to its owner"):
        begin(project, report, by=verifier, at=DAY)


def test_a_material_misstatement_is_never_certified(forest):
    """VCS Standard v4.7 4.1.10: 5 %, 1 % for large projects."""
    report, project = forest.monitored()
    with pytest.raises(Refused, match="6 % is above the materiality of 5 %"):
        verify(project, report, by=forest.verifier, opinion="qualified", at=DAY, materiality_percent=6)
    assert verify(project, report, by=forest.verifier, opinion="negative", at=DAY, materiality_percent=6).events
    with pytest.raises(Refused, match="above the materiality of 1 %"):
        verify(
            project, report, by=forest.verifier, opinion="positive", at=DAY, materiality_percent=2, materiality_limit=1
        )


def test_the_registrar_returns_an_opinion_and_the_verifier_gives_another(forest):
    report, opinion, project = forest.verified()
    returned, report, project = query(project, report, opinion, by=forest.registrar, at=DAY).events
    assert (returned.state, report.state, project.state) == ("returned", "under_verification", "monitored")
    with pytest.raises(Refused, match="no opinion that supports"):
        forest.computed(report, returned, replace(project, state="verified"))
    opinion, report, project = verify(project, report, by=forest.verifier, opinion="positive", at=DAY).events
    assert forest.computed(report, opinion, project).certified_kg > 0


def test_strata_add_up_with_independent_errors(forest):
    strata = (Stratum("old", 80.0, 600.0, 30.0), Stratum("young", 40.0, 400.0, 40.0))
    report, _ = forest.monitored(strata=strata, removal_t=0.0, sd_t=0.0)
    assert (report.removal_t, report.sd_t) == (1000.0, 50.0)


def test_the_table_of_a_report_is_whole():
    reached = {to for verbs in REPORT_MOVES.values() for to, _ in verbs.values()}
    assert reached | {"draft"} == set(REPORT_MOVES)


def visited(day: str, *others: str) -> list[Opinion]:
    days = [(day, day), *((other, "") for other in others)]
    return [Opinion(f"O{at}", "US-MSP", "P", "MR", "surveyor", "positive", at, site_visit=on) for at, on in days]


@pytest.mark.parametrize(
    "opinions, at, due",
    [
        ([], date(2011, 12, 31), False),
        ([], date(2012, 1, 2), True),
        (visited("2012-01-01", "2014-01-01"), date(2015, 1, 1), False),
        (visited("2012-01-01", "2014-01-01"), date(2015, 1, 2), True),
    ],
)
def test_gold_standard_visits_within_two_years_and_then_every_three(forest, opinions, at, due):
    """Gold Standard 501 v3.0 s.12.1.2; the project began in 2010."""
    assert bool(visit_due(forest.draft(), opinions, RuleBook.load("gold-standard"), at)) is due


@pytest.mark.parametrize("between, due", [(0, False), (4, False), (5, True)])
def test_car_visits_at_every_sixth_verification(forest, between, due):
    """CAR Forest Project Protocol v5.1."""
    opinions = visited("2012-01-01", *(f"{2013 + n}-01-01" for n in range(between)))
    assert bool(visit_due(forest.draft(), opinions, RuleBook.load("car"), date(2019, 1, 1))) is due


def test_a_visit_that_is_due_is_not_left_out(forest):
    report, project = forest.monitored()
    with pytest.raises(Refused, match="was to be visited by"):
        verify(
            project, report, by=forest.verifier, opinion="positive", at=DAY, visit_due="it was to be visited by 2020."
        )
    opinion, *_ = verify(
        project, report, by=forest.verifier, opinion="positive", at=DAY, visit_due="due", site_visit="2021-02-01"
    ).events
    assert opinion.site_visit == "2021-02-01"

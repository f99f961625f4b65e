"""Monitoring reports and opinions."""

from __future__ import annotations

from datetime import date

import pytest

from carbonpolis.errors import IllegalMove, Refused
from carbonpolis.registry import monitor, verify

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
    _, settled = forest.issued(year=2019).events
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

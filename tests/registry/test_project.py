"""The lifecycle of a sink project, and who may make each move."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carbonpolis.errors import IllegalMove, Refused
from carbonpolis.registry import (
    MOVES,
    Accreditation,
    Party,
    Role,
    attach,
    connect,
    monitor,
    move,
    propose,
    read_boundary,
    renew,
)
from carbonpolis.registry.lifecycle import WITH_DOCUMENT
from carbonpolis.registry.project import step

DAY = date(2021, 3, 1)
VERBS = sorted({verb for verbs in MOVES.values() for verb in verbs})


def stranger(role: Role, **more) -> Party:
    return Party("stranger", "US-MSP", "Stranger", role, "", "", "made up for the test", True, **more)


def test_from_a_draft_to_a_registered_project(forest):
    project = forest.registered()
    assert [(step.verb, step.by, step.to) for step in project.history] == [
        ("propose", "forester", "draft"),
        ("list", "forester", "listed"),
        ("begin_validation", "surveyor", "under_validation"),
        ("validate", "surveyor", "validated"),
        ("register", "registrar", "registered"),
    ]


def test_a_project_goes_round_from_registered_to_registered_each_year(forest):
    *_, project = forest.issued().events
    *_, project = forest.issued(project, year=2021).events
    assert [step.verb for step in project.history[5:]] == ["monitor", "verify", "issue"] * 2
    assert (project.state, project.settled_through) == ("registered", 2021)


def test_every_move_leads_to_a_state_of_the_table_and_every_state_is_reached():
    reached = {to for verbs in MOVES.values() for to, _ in verbs.values()}
    assert reached | {"draft"} == set(MOVES)
    assert {who for verbs in MOVES.values() for _, who in verbs.values()} == {"owner", "verifier", "registrar"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=st.sampled_from(sorted(MOVES)), verb=st.sampled_from(VERBS), who=st.sampled_from(["owner", *Role]))
def test_only_the_moves_of_the_table_can_be_made(forest, state, verb, who):
    project = replace(forest.draft(), state=state)
    accredited = (Accreditation(("forest",), "2020-01-01", "2025-01-01"),)
    by = forest.owner if who == "owner" else stranger(Role(who), accreditations=accredited)
    legal = MOVES[state].get(verb)
    if legal is None:
        with pytest.raises(IllegalMove):
            step(project, verb, by, DAY)
    elif legal[1] != who:
        with pytest.raises(Refused):
            step(project, verb, by, DAY)
    else:
        assert step(project, verb, by, DAY).state == legal[0]


@pytest.mark.parametrize("verb", WITH_DOCUMENT)
def test_a_move_that_needs_a_document_is_not_made_without_it(forest, verb):
    with pytest.raises(ValueError, match=r"use registry\."):
        move(forest.registered(), verb, forest.owner, DAY)


def test_an_illegal_move_says_what_is_legal(forest):
    with pytest.raises(IllegalMove, match="can't 'register' while draft; from here: list, withdraw"):
        move(forest.draft(), "register", forest.registrar, DAY)


def test_who_owns_it_never_verifies_it_even_as_an_accredited_verifier(forest):
    (listed,) = move(forest.draft(), "list", forest.owner, DAY).events
    both = replace(forest.verifier, id=forest.owner.id)
    with pytest.raises(Refused, match="duties are separated"):
        move(listed, "begin_validation", both, DAY)


@pytest.mark.parametrize("role", [Role.VERIFIER, Role.REGISTRAR])
def test_who_is_connected_to_the_owner_judges_nothing(forest, role):
    (listed,) = move(forest.draft(), "list", forest.owner, DAY).events
    project, verb = (
        (listed, "begin_validation") if role is Role.VERIFIER else (replace(listed, state="validated"), "register")
    )
    judge = forest.verifier if role is Role.VERIFIER else forest.registrar
    assert move(project, verb, judge, DAY).events
    owner, judge = connect(forest.owner, judge)
    assert judge.id in owner.connections
    with pytest.raises(Refused, match="connected to its owner"):
        move(project, verb, judge, DAY)


@pytest.mark.parametrize(
    "sink_class, at", [("soil", DAY), ("forest", date(2019, 12, 31)), ("forest", date(2025, 1, 1))]
)
def test_accreditation_is_per_class_and_expires(forest, sink_class, at):
    project = replace(forest.draft(sink_class), state="listed", history=())
    with pytest.raises(Refused, match=f"not accredited for {sink_class} on {at.isoformat()}"):
        move(project, "begin_validation", forest.verifier, at)


def test_history_never_runs_backwards(forest):
    with pytest.raises(Refused, match="its last move was on 2021-01-15"):
        move(forest.draft(), "list", forest.owner, date(2021, 1, 14))


@pytest.mark.parametrize("role", [Role.VERIFIER, Role.REGISTRAR, Role.OPERATOR])
def test_those_who_judge_own_no_project(role):
    with pytest.raises(Refused, match="duties are separated"):
        propose(stranger(role), **DRAFT)


@pytest.mark.parametrize(
    "wrong, kind",
    [
        ({"sink_class": "sea"}, ValueError),
        ({"status": "guessed"}, ValueError),
        ({"area_ha": -1.0}, Refused),
        ({"area_ha": float("nan")}, Refused),
        ({"source": " "}, Refused),
    ],
)
def test_a_draft_makes_sense(wrong, kind):
    with pytest.raises(kind):
        propose(stranger(Role.RESIDENT), **(DRAFT | wrong))


def test_an_accreditation_covers_some_day():
    with pytest.raises(ValueError, match="covers no day"):
        Accreditation(("forest",), "2020-01-01", "2020-01-01")


DRAFT = {
    "id": "P",
    "city": "US-MSP",
    "name": "Wood",
    "sink_class": "forest",
    "model": "forest_gain_loss",
    "start_year": 2010,
    "area_ha": 1.0,
    "inputs": {},
    "longevity_years": 40,
    "status": "assumed",
    "source": "made up for the test",
    "at": DAY,
}


def test_a_project_is_open_to_comment_for_30_days_before_it_is_validated(forest):
    (project,) = move(forest.draft(), "list", forest.owner, DAY).events
    (project,) = move(project, "begin_validation", forest.verifier, DAY).events
    with pytest.raises(Refused, match="stays open to comment for 30 days, to 2021-03-31"):
        move(project, "validate", forest.verifier, date(2021, 3, 30))
    assert move(project, "validate", forest.verifier, date(2021, 3, 31)).events


def test_who_validated_a_project_does_not_register_it(forest):
    project = forest.registered()
    validated = replace(project, state="validated", history=project.history[:-1])
    turned = Party("surveyor", "US-MSP", "Surveyor", Role.REGISTRAR, "", "", "changed its role", True)
    with pytest.raises(Refused, match="surveyor validated it"):
        move(validated, "register", turned, DAY)
    _, friend = connect(forest.verifier, forest.registrar)
    with pytest.raises(Refused, match="connected to surveyor who did"):
        move(validated, "register", friend, DAY)


@pytest.mark.parametrize(
    "book, years, longevity, why",
    [
        ("default", 10, 100, "allows 20 to 100 years"),
        ("gold-standard", 20, 100, "allows 30 to 50 years"),
        ("car", 50, 100, "allows 100 to 100 years"),
    ],
)
def test_crediting_period_and_longevity_are_the_rule_books(forest, book, years, longevity, why):
    ring = [[-93.3, 44.9], [-93.29, 44.9], [-93.29, 44.91], [-93.3, 44.91]]
    land = read_boundary({"type": "Polygon", "coordinates": [ring]})
    draft = forest.draft(
        rule_book=book, crediting_years=years, longevity_years=longevity, boundary=land, area_ha=land.area_ha
    )
    with pytest.raises(Refused, match=why):
        move(draft, "list", forest.owner, DAY)


def test_a_crediting_period_is_renewed_four_times_and_to_100_years(forest):
    """VCS Standard v4.7 3.9.3."""
    project = forest.registered(crediting_years=20)
    assert project.last_year == 2029
    for _ in range(4):
        (project,) = renew(project, 20, by=forest.registrar, at=DAY).events
    assert (project.crediting_years, project.renewals, project.last_year) == (100, 4, 2109)
    with pytest.raises(Refused, match="renewed 4 times; default allows 4"):
        renew(project, 1, by=forest.registrar, at=DAY)
    with pytest.raises(Refused, match="make 120; default allows 100"):
        renew(forest.registered(crediting_years=100), 20, by=forest.registrar, at=DAY)


def test_a_project_is_complete_when_its_period_is_over(forest):
    project = forest.registered(crediting_years=20)
    with pytest.raises(Refused, match="runs to the end of 2029"):
        move(project, "complete", forest.registrar, date(2029, 12, 31))
    (done,) = move(project, "complete", forest.registrar, date(2030, 1, 1)).events
    assert (done.state, done.last_year) == ("completed", 2030)


def test_no_year_past_the_crediting_period_is_reported(forest):
    project = replace(forest.registered(crediting_years=20), settled_through=2029)
    with pytest.raises(Refused, match="ended with 2029; have it renewed"):
        monitor(project, by=forest.owner, year=2030, removal_t=1.0, sd_t=0, model="m", source="s", at=date(2031, 1, 1))


def test_a_document_is_what_its_bytes_are(forest):
    project = forest.draft()
    (document,) = attach(project, b"title deed", name="deed.pdf", kind="title", by=forest.owner, at=DAY).events
    assert document.sha256 == "6ddf8c99b59031e81cc4d464207b15588cce74e7532c23a69a883987a2684e44"
    assert document.matches(b"title deed")
    assert not document.matches(b"title deeds")
    with pytest.raises(Refused, match="is empty"):
        attach(project, b"", name="deed.pdf", kind="title", by=forest.owner, at=DAY)

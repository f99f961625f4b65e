"""The lifecycle of a sink project, and who may make each move."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carbonpolis.errors import IllegalMove, Refused
from carbonpolis.registry import MOVES, Accreditation, Party, Role, connect, move, propose
from carbonpolis.registry.project import WITH_DOCUMENT, step

DAY = date(2021, 3, 1)
VERBS = sorted({verb for verbs in MOVES.values() for verb in verbs})


def stranger(role: Role, **more) -> Party:
    return Party("stranger", "US-MSP", "Stranger", role, "", "", "made up for the test", True, **more)


def test_from_a_draft_to_a_registered_project(forest):
    project = forest.registered()
    assert [(step.verb, step.by, step.to) for step in project.history] == [
        ("propose", "forester", "draft"),
        ("list", "forester", "listed"),
        ("validate", "surveyor", "validated"),
        ("register", "registrar", "registered"),
    ]


def test_a_project_goes_round_from_registered_to_registered_each_year(forest):
    _, project = forest.issued().events
    _, project = forest.issued(project, year=2021).events
    assert [step.verb for step in project.history[4:]] == ["monitor", "verify", "issue"] * 2
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
        move(listed, "validate", both, DAY)


@pytest.mark.parametrize("role", [Role.VERIFIER, Role.REGISTRAR])
def test_who_is_connected_to_the_owner_judges_nothing(forest, role):
    (listed,) = move(forest.draft(), "list", forest.owner, DAY).events
    project, verb = (listed, "validate") if role is Role.VERIFIER else (replace(listed, state="validated"), "register")
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
        move(project, "validate", forest.verifier, at)


def test_history_never_runs_backwards(forest):
    with pytest.raises(Refused, match="its last move was on 2021-03-01"):
        move(forest.draft(), "list", forest.owner, date(2021, 2, 28))


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

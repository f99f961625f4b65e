"""Planned units, as Gold Standard's planned emission reductions: told ahead, handed on, never used, replaced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.registry.answers import VCS
from tests.registry.world import World

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.market.credit.use_restrictions import breaches
from carbonpolis.platform.registry.capacity import taken_bp
from carbonpolis.registry import holdings
from carbonpolis.registry.planned import CONFIRMATION, _shares

DAY = date(2016, 3, 1)
GOLD = {"rule_book": "gold-standard", "crediting_years": 40}


@pytest.fixture
def world(tmp_path) -> Iterator:
    with World(tmp_path / "data") as made:
        made.propose(**GOLD)
        made.register()
        yield made


def confirmed(world, by: str = "surveyor", kind: str = CONFIRMATION) -> str:
    told = world.p.projects.attach(
        "wood", b"the trees stand", name="stand.pdf", kind=kind, by=by, at=date(2016, 2, 1), key=world.key()
    )
    return told["document"]


def plan(world, year: int, tonnes: str, **more):
    given = {"confirmation": "", "at": DAY, "key": world.key()} | more
    return world.p.projects.planned.issue("wood", year, tonnes=tonnes, **given)


def sure(world, year: int) -> float:
    """Tonnes that the owner can plan of a year, told by the refusal of too many."""
    with pytest.raises(Refused) as told:
        plan(world, year, "100000", confirmation=confirmed(world))
    return float(str(told.value).split("; ")[1].split(" t")[0].replace(",", ""))


def issue(world, year: int, removal_t: float):
    day = date(year + 1, 1, 15)
    world.verify("wood", year, removal_t, at=day, visit=True)
    return world.p.projects.issue("wood", at=day, key=world.key())


def test_a_fifth_goes_into_the_pool_and_the_rest_to_the_owner(world):
    told = plan(world, 2016, "100", confirmation=confirmed(world))
    assert told == {"planned": "ex-ante/planned/wood/2016", "owner_kg": 80_000, "buffer_kg": 20_000}
    assert world.p.projects.planned.held(told["planned"]) == {"forester": 80_000, "buffer-pool": 20_000}


@pytest.mark.parametrize(
    "year, more, why",
    [
        (2016, {}, "no verifier confirmed that its trees stand"),
        (
            2022,
            {"by_document": True},
            r"2022 is more than 5 years ahead of 2016-03-01 \[gold-standard 3.0: Gold Standard",
        ),
        (2015, {"by_document": True}, "2015 is past, settled or before its start"),
        (2016, {"by": "forester", "by_document": True}, "forester owns it"),
    ],
)
def test_what_is_planned_too_far_unseen_or_by_the_wrong_person(world, year, more, why):
    if more.pop("by_document", False):
        more["confirmation"] = confirmed(world)
    with pytest.raises(Refused, match=why):
        plan(world, year, "10", **more)


def test_only_an_independent_verifier_confirms(world):
    with pytest.raises(Refused, match="friend is connected to its owner"):
        plan(world, 2016, "10", confirmation=confirmed(world, by="friend"))
    with pytest.raises(Refused, match="no verifier confirmed"):
        plan(world, 2016, "10", confirmation=confirmed(world, kind="photograph"))


def test_other_books_plan_nothing(world):
    world.propose("hill", x=-93.1)
    world.register("hill")
    with pytest.raises(Refused, match=r"default 2024.1 issues no planned units"):
        world.p.projects.planned.issue("hill", 2016, tonnes="1", confirmation="", at=DAY, key="h")


def test_no_more_is_planned_than_is_sure_and_not_promised_elsewhere(world):
    free = sure(world, 2016)
    world.p.people.deposit({"mill": 10_000_000}, key="money")
    lots = int(free) // 2
    world.p.forwards.agree("wood", year=2016, buyer="mill", lots=lots, price=3000, at=DAY, key="f")
    assert sure(world, 2016) == pytest.approx(free - lots, abs=0.002)
    plan(world, 2016, "10", confirmation=confirmed(world))
    with pytest.raises(Refused, match="can surely deliver"):
        world.p.forwards.agree("wood", year=2016, buyer="mill", lots=int(free) - lots, price=3000, at=DAY, key="g")
    with pytest.raises(Refused, match="its year 2016 was planned already"):
        plan(world, 2016, "10", confirmation=confirmed(world))


def test_they_are_handed_on_and_never_used(world):
    made = plan(world, 2016, "100", confirmation=confirmed(world))["planned"]
    desk = world.p.projects.planned
    desk.assign(made, holder="forester", to="mill", tonnes="30", key="a1")
    desk.assign(made, holder="mill", to="bakery", tonnes="10", key="a2")
    assert desk.held(made) == {"forester": 50_000, "mill": 20_000, "bakery": 10_000, "buffer-pool": 20_000}
    with pytest.raises(Refused, match=r"mill has 20.000 t; 20.001 t can't be handed on"):
        desk.assign(made, holder="mill", to="bakery", tonnes="20.001", key="a3")
    with pytest.raises(Refused, match=r"short by 1.000 t"):
        world.p.projects.retire("R", holder="mill", tonnes="1", purpose="own", period="2016", at=DAY, key="r")
    assert holdings(world.p.ledger.balances(), "US-MSP", "mill") == []
    mill = Account("US-MSP", "mill", made, Purpose.AVAILABLE)
    assert breaches([Transfer(mill, mill.of(Purpose.RETIRED), 1, Why.RETIRE)]), "the audit of freedoms knows them"


def test_verification_replaces_them_kilogram_for_kilogram(world):
    made = plan(world, 2016, "100", confirmation=confirmed(world))["planned"]
    world.p.projects.planned.assign(made, holder="forester", to="mill", tonnes="30.5", key="a")
    issue(world, 2015, 1000.0)
    issue(world, 2016, 1000.0)
    (planned,) = world.p.projects.planned.all()
    assert (planned.state, planned.replaced_kg, planned.missing_kg) == ("replaced", 30_500, 0)
    assert world.p.projects.planned.held(made) == {}
    (held,) = world.p.projects.units.holdings_of("mill")
    assert (held.vintage, held.kg) == (2016, 30_500)
    assert world.sums()["available"] + world.sums()["buffer"] == 2_000_000
    assert world.p.audit.verify().holds


def test_a_shortfall_is_shared_stops_the_next_issuance_and_is_made_up(world):
    """Gold Standard 501 s.11.4: five years to cure, nothing is issued meanwhile."""
    made = plan(world, 2016, "100", confirmation=confirmed(world))["planned"]
    desk = world.p.projects.planned
    for to, tonnes in (("mill", "60"), ("bakery", "20")):
        desk.assign(made, holder="forester", to=to, tonnes=tonnes, key=f"a-{to}")
    issue(world, 2015, 1000.0)
    assert issue(world, 2016, 50.0)["owner_kg"] == 40_000
    (short,) = desk.all()
    assert (short.state, short.replaced_kg, short.missing_kg, short.cure_by) == ("short", 40_000, 40_000, "2022-01-15")
    assert {name: world.p.projects.units.holdings_of(name)[0].kg for name in ("mill", "bakery")} == {
        "mill": 30_000,
        "bakery": 10_000,
    }
    with pytest.raises(
        Refused, match=r"40.000 t of its planned units of 2016 were not replaced and are to be made up by"
    ):
        issue(world, 2017, 1000.0)
    with pytest.raises(Refused, match=r"no planned units are issued: 40.000 t"):
        plan(world, 2019, "10", confirmation=confirmed(world), at=date(2018, 2, 1))
    assert desk.make_up(made, tonnes="15", at=date(2018, 2, 1), key="m1") == {"missing_kg": 25_000}
    assert desk.make_up(made, tonnes="25", at=date(2018, 3, 1), key="m2") == {"missing_kg": 0}
    assert sum(h.kg for h in world.p.projects.units.holdings_of("mill")) == 60_000
    assert sum(h.kg for h in world.p.projects.units.holdings_of("bakery")) == 20_000
    assert desk.held(made) == {}
    assert world.p.projects.issue("wood", at=date(2018, 3, 2), key="i")["issued_kg"] == 1_000_000
    world.again()
    assert world.p.projects.planned.get(made).state == "replaced"
    assert world.p.audit.verify().holds


def test_a_year_that_gave_nothing_leaves_all_of_it_owed(world):
    made = plan(world, 2016, "100", confirmation=confirmed(world))["planned"]
    world.p.projects.planned.assign(made, holder="forester", to="mill", tonnes="30", key="a")
    issue(world, 2015, 1000.0)
    assert issue(world, 2016, 0.0)["issued_kg"] == 0
    (short,) = world.p.projects.planned.all()
    assert (short.state, short.missing_kg) == ("short", 30_000)


def test_who_ends_the_project_makes_it_up_first_or_owes_it(world):
    made = plan(world, 2016, "100", confirmation=confirmed(world))["planned"]
    world.p.projects.planned.assign(made, holder="forester", to="mill", tonnes="30", key="a")
    with pytest.raises(Refused, match="planned units are not replaced yet"):
        world.move("wood", "close", "forester", date(2016, 4, 1))
    world.move("wood", "suspend", "registrar", date(2016, 4, 1))
    world.move("wood", "terminate", "registrar", date(2016, 5, 1))
    (short,) = world.p.projects.planned.all()
    assert (short.state, short.missing_kg) == ("short", 30_000)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8), st.integers(0, 5000))
def test_what_is_shared_is_whole_and_nobody_gets_more_than_owed(owed, kg):
    parts = _shares(owed, kg)
    assert sum(parts) == min(kg, sum(owed))
    assert all(0 <= part <= each for part, each in zip(parts, owed, strict=True))


def test_what_may_be_promised_follows_the_newest_risk_assessment(world):
    """20 % flat by the default book; 24 % by VCS's questions for a forest that burns every five years."""
    world.propose("oak", x=-93.1, rule_book="default")
    answers, state = VCS, world.p._work.state
    flat = taken_bp(state, world.project("oak"), DAY)
    world.p.projects.assess(
        "oak", answers | {"fire_loss": 30, "fire_years": 5}, by="forester", at=date(2015, 12, 1), key="r1"
    )
    assessed = taken_bp(state, world.project("oak"), DAY)
    world.p.projects.assess("oak", answers | {"adaptive_plan": "no"}, by="forester", at=date(2016, 1, 1), key="r2")
    assert taken_bp(state, world.project("oak"), DAY) == 10_000, "who failed is issued nothing"
    kept = (10_000 - flat) / 8_000  # after a flat 20 %
    assert assessed == pytest.approx(10_000 - 7_600 * kept, abs=1)

"""Rules of the books as a person meets them at the desks: what is refused, by which book, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.registry.world import World

from carbonpolis.data import table
from carbonpolis.errors import Refused
from carbonpolis.registry import Party, RuleBook, SinkProject, Stratum, approve, move, renew
from carbonpolis.registry.assurance import materiality, verification_due
from carbonpolis.registry.leakage import CASES
from carbonpolis.registry.rulebook import Rule

SOURCES = Path(__file__).parents[2] / "src" / "carbonpolis"


@pytest.fixture
def world(tmp_path) -> Iterator:
    with World(tmp_path / "data") as made:
        yield made


# Parameters whose names the code puts together.
COMPOSED = {
    *(f"crediting_{end}" for end in ("min", "max", "renewals", "total", "fixed")),
    *(f"leakage_{case}" for case in CASES),
    *(f"risk_{part}_limit" for part in ("internal", "external", "natural")),
    *(f"loss_{what}{kind}" for what in ("tell", "report") for kind in ("", "_avoidable")),
    *(f"{share}_share" for share in ("omge", "proceeds")),
}


def test_a_rule_that_nobody_reads_is_no_rule():
    """Every parameter of every book is asked for somewhere in the code."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))
    said = {row["parameter"] for row in table("rule_books")}
    assert {parameter for parameter in said - COMPOSED if f'"{parameter}"' not in code} == set()
    assert said >= COMPOSED


# Verification


@pytest.mark.parametrize("net, percent", [(300_000, 5), (300_001, 1)])
def test_a_large_project_may_err_by_one_percent(net, percent):
    """VCS Standard v4.7 4.1.10."""
    assert materiality(RuleBook.load("vcs"), "forest", net).percent == percent
    assert materiality(RuleBook.load("gold-standard"), "forest", net).percent == 5


def test_an_error_of_two_percent_in_a_large_project_is_refused_by_book_and_source(world):
    world.propose()
    world.register()
    p, day = world.p.projects, date(2016, 1, 15)
    p.monitor("wood", 2015, at=day, key="m", strata=(Stratum("all", 87.0, 400_000.0, 1.0),))
    with pytest.raises(
        Refused,
        match=r"2 % is above the materiality of 1 % for a large project, above 300,000 t a year \[default 2024.1",
    ):
        p.verify("wood", by="surveyor", opinion="positive", at=day, key="v", materiality_percent=2)
    assert p.verify("wood", by="surveyor", opinion="positive", at=day, key="v2", materiality_percent=0.9) == {}


@pytest.mark.parametrize(
    "said, why",
    [
        ({"opinion": "qualified"}, "names what it excepts"),
        ({"opinion": "positive", "site_visit": "2016-01-16"}, "had not been on 2016-01-15"),
        ({"opinion": "positive", "site_visit": "last week"}, "is no day"),
        ({"opinion": "positive", "materiality_percent": -1}, "give its size"),
    ],
)
def test_an_opinion_says_what_can_be_checked(world, said, why):
    world.propose()
    world.register()
    day = date(2016, 1, 15)
    world.p.projects.monitor("wood", 2015, at=day, key="m", strata=(Stratum("all", 87.0, 400.0, 1.0),))
    with pytest.raises(Refused, match=why):
        world.p.projects.verify("wood", by="surveyor", at=day, key="v", **said)


def test_a_woodland_is_verified_in_year_five_and_then_every_ten(forest):
    """Woodland Carbon Code, 4 Verification; the project began in 2010, was registered in 2011."""
    rules, project = RuleBook.load("woodland-carbon-code"), forest.draft()
    assert verification_due(project, rules, last_verified=date(2011, 6, 1), verified=False) == date(2015, 1, 1)
    assert verification_due(project, rules, last_verified=date(2015, 6, 1), verified=True) == date(2025, 6, 1)
    assert verification_due(project, RuleBook.load("vcs"), last_verified=date(2015, 6, 1), verified=True) is None


def test_a_woodland_is_not_late_before_its_ten_years_and_then_all_rungs_move(world):
    """VCS would hold half after five years; the Woodland Carbon Code asks for the next verification after ten."""
    world.propose(rule_book="woodland-carbon-code", crediting_years=50)
    world.register()
    world.issue("wood", 2015, 1000.0)
    watch = world.p.projects.issuing.watch
    assert watch(at=date(2026, 1, 14), key="w0")["projects"] == []
    assert watch(at=date(2026, 1, 15), key="w1")["projects"] == ["wood"]
    assert world.sums()["buffer_held"] == 100_000
    watch(at=date(2031, 1, 15), key="w2")
    assert world.sums()["buffer_held"] == 200_000


def test_a_store_is_late_when_a_year_goes_by_unverified_though_nothing_is_held_yet(world):
    """VCS GCS v4.1: verified every year."""
    store(world)
    world.issue("well", 2015, 1000.0)
    assert world.p.projects.issuing.watch(at=date(2017, 1, 15), key="w")["projects"] == ["well"]
    assert (world.project("well").state, world.sums()["buffer_held"]) == ("late_to_verify", 0)


# How long a project stays


def store(world) -> None:
    world.propose(
        "well",
        x=None,
        sink_class="geological",
        model="geological_storage",
        inputs={},
        area_ha=0.0,
        longevity_years=1000,
    )
    world.register("well")


def care(world, year: int) -> None:
    """A year after the last injection: nothing is stored, and that is verified."""
    day = date(year + 1, 1, 15)
    world.p.projects.monitor("well", year, at=day, key=f"m{year}")
    world.p.projects.verify("well", by="surveyor", opinion="positive", at=day, key=f"v{year}")
    assert world.p.projects.issue("well", at=day, key=f"i{year}")["issued_kg"] == 0


def test_a_closed_well_is_looked_after_for_seven_years(world):
    """VCS Geological Carbon Storage requirements v4.1: post-injection site care."""
    store(world)
    world.issue("well", 2015, 1000.0)
    with pytest.raises(Refused, match="its injection has not ended; its owner says when, and 7 years follow"):
        world.move("well", "close", "forester", date(2016, 6, 1))
    world.issue("well", 2016, 500.0)
    world.move("well", "end_injection", "forester", date(2017, 1, 31))
    world.issue("well", 2017, 10.0)
    with pytest.raises(Refused, match=r"injection ended on 2017-01-31: nothing more was stored in 2018"):
        world.p.projects.monitor("well", 2018, at=date(2019, 1, 15), key="x", strata=(Stratum("all", 0.0, 5.0, 0.0),))
    for year in range(2018, 2023):
        care(world, year)
    with pytest.raises(Refused, match=r"looked after for 7 years, to 2024-01-31 \[default 2024.1: Deployment setting"):
        world.move("well", "close", "forester", date(2023, 6, 1))
    with pytest.raises(Refused, match="verified only through 2022; every year to 2023 is"):
        world.move("well", "close", "forester", date(2024, 2, 1))
    care(world, 2023)
    world.move("well", "close", "forester", date(2024, 2, 1))
    assert world.project("well").state == "closed"


def test_a_forest_ends_no_injection(world):
    world.propose()
    world.register()
    with pytest.raises(Refused, match="a forest project injects nothing"):
        world.move("wood", "end_injection", "forester", date(2016, 1, 1))


CAR = {"rule_book": "car", "crediting_years": 100, "longevity_years": 100}


def test_carbon_is_committed_for_a_hundred_years_after_issuance(world):
    """CAR Forest Protocol v5.1."""
    world.propose(**CAR | {"longevity_years": 99})
    with pytest.raises(Refused, match=r"99 years; car asks for 100 \[car 5.1: CAR Forest Project Protocol"):
        world.move("wood", "list", "forester", date(2015, 2, 1))
    world.propose("oak", x=-93.1, **CAR)
    world.register("oak")
    assessed(world, "oak")
    world.verify("oak", 2015, 1000.0, at=date(2016, 1, 15), visit=True)
    world.p.projects.issue("oak", at=date(2016, 1, 20), key="i")
    with pytest.raises(Refused, match=r"committed for 100 years, to 2116-01-20 \[car 5.1: .*an avoidable loss"):
        world.move("oak", "close", "forester", date(2050, 1, 1))
    world.move("oak", "close", "forester", date(2116, 1, 20))
    assert world.project("oak").state == "closed"


def test_who_ends_it_before_owes_every_unit_of_it(world):
    world.propose(**CAR)
    world.register()
    assessed(world, "wood")
    world.verify("wood", 2015, 1000.0, at=date(2016, 1, 15), visit=True)
    world.p.projects.issue("wood", at=date(2016, 1, 20), key="i")
    world.move("wood", "suspend", "registrar", date(2020, 1, 1))
    told = world.move("wood", "terminate", "registrar", date(2020, 6, 1))
    assert told["owed_kg"] == 1_000_000
    (case,) = world.p.projects.losses.cases()
    assert (case.finding, case.owner_pays, case.surrender_by) == ("avoidable", "surrender", "2020-10-01")
    assert "terminated on 2020-06-01 within 100 years of issuance" in case.lines[0]
    assert world.p.projects.losses.overdue(date(2020, 10, 1)) == {}
    assert world.p.projects.losses.overdue(date(2020, 10, 2)) == {
        case.id: "its owner forester was to give 1,000.000 t by 2020-10-01."
    }
    world.propose("next", x=-93.1)
    world.register("next")
    with pytest.raises(Refused, match=r"owes 1,000.000 t for the avoidable loss LE-wood-1, due by 2020-10-01"):
        world.issue("next", 2015, 100.0, at=date(2021, 1, 1))


def test_a_vcs_forest_is_monitored_for_forty_years(world):
    """VCS Standard v4.7 3.2.24."""
    world.propose(rule_book="vcs", start_year=2024, crediting_years=20, longevity_years=40)
    world.register(listed=date(2024, 6, 1))
    world.issue("wood", 2024, 1000.0)
    with pytest.raises(Refused, match=r"monitored for 40 years, to 2064-01-01 \[vcs 4.2: VCS Standard v4.7 3.2.24\]"):
        world.move("wood", "complete", "registrar", date(2046, 1, 1))
    world.move("wood", "complete", "registrar", date(2064, 1, 1))


def test_a_project_without_units_may_be_closed_any_day(world):
    world.propose(**CAR)
    world.register()
    world.move("wood", "close", "forester", date(2016, 1, 1))


def assessed(world, project: str) -> None:
    answers = {"owner": "private", "subordination": "no", "wildfire": 4, "vegetation_plan": 30}
    world.p.projects.assess(project, answers, by="forester", at=date(2015, 12, 1), key=world.key())


# Issuance


ARB = {"rule_book": "arb", "crediting_years": 25, "longevity_years": 125}


def test_what_was_overstated_is_invalidated_within_eight_years_and_the_owner_replaces_it(world):
    """California: within eight years, for an overstatement above 5 % (remembered)."""
    world.propose(**ARB)
    world.register()
    assessed(world, "wood")
    world.verify("wood", 2015, 1000.0, at=date(2016, 1, 15), visit=True)
    world.p.projects.issue("wood", at=date(2016, 1, 20), key="i")
    world.give("forester", "mill", 300_000)
    (made,) = world.p.projects.issuing.all()
    recall = world.p.projects.issuing.recall
    with pytest.raises(
        Refused, match=r"50.000 t are not more than 5 % of the 1,000.000 t certified \[arb 1: California"
    ):
        recall(made.id, "plots counted twice", at=date(2020, 1, 1), key="r0", overstated_t="50")
    with pytest.raises(Refused, match=r"after 8 years, since 2024-01-20, nothing is invalidated any more \[arb 1:"):
        recall(made.id, "plots counted twice", at=date(2024, 1, 21), key="r1", overstated_t="200")
    told = recall(made.id, "plots counted twice", at=date(2024, 1, 20), key="r2", overstated_t="200")
    assert told["owed_kg"] == 200_000
    assert [h.kg for h in world.p.projects.units.holdings_of("mill")] == [300_000], "bought in good faith"
    case = told["case"]
    world.p.projects.losses.make_good(case, tonnes="200", by="forester", at=date(2024, 2, 1), key="g")
    world.p.projects.losses.close(case, at=date(2024, 2, 2), key="c")
    assert world.sums()["cancelled"] == 200_000


def test_a_book_may_ask_for_three_persons(forest):
    three = Rule("*", "approvals", "3", "person", "made up for the test", "setting")
    made = forest.computed(*forest.verified())
    project = forest.registered()
    (waits,) = approve(made, project, by=forest.second, at=date(2021, 3, 2), persons=int(three.value)).events
    assert waits.state == "computed"
    with pytest.raises(Refused, match="computed or approved it"):
        approve(waits, project, by=forest.second, at=date(2021, 3, 2), persons=3)
    third = Party("registrar-3", "*", "Registrar", forest.second.role, "", "", "made up for the test", True)
    (ready,) = approve(waits, project, by=third, at=date(2021, 3, 3), persons=3).events
    assert ready.state == "approved"


def test_ccer_never_issues_a_tenth_and_fills_no_pool(world):
    """CCER afforestation 2023, as remembered."""
    world.propose(rule_book="ccer", crediting_years=20)
    world.register()
    told = world.issue("wood", 2015, 1000.0)
    assert (told["certified_kg"], told["owner_kg"], told["buffer_kg"]) == (900_000, 900_000, 0)
    assert any("for the risk of non-permanence: 10 % = 100.000 t" in line for line in told["arithmetic"])


def test_the_harvest_goes_elsewhere_and_the_book_takes_it_off(world):
    """VCS Standard v4.7 3.15.10, table 3 (remembered); and 25 t moved to the neighbour city, 7 t abroad."""
    world.propose()
    world.register()
    p, day = world.p.projects, date(2016, 1, 15)
    p.monitor(
        "wood", 2015, at=day, key="m", strata=(Stratum("all", 87.0, 1000.0, 0.0),), leakage_t=5.0,
        harvest="moved_to_similar", moved_t={"US-STP": 25.0, "CA-EDM": 7.0},
    )  # fmt: skip
    p.verify("wood", by="surveyor", opinion="positive", at=day, key="v")
    told = p.issue("wood", at=day, key="i")
    assert told["certified_kg"] == 570_000
    lines = "\n".join(told["arithmetic"])
    for said in ("measured 5.000 t", "market leakage 40 % of 1,000.000 t = 400.000 t", "moved to US-STP: 25.000 t"):
        assert said in lines
    with pytest.raises(Refused, match="choose from no_change"):
        p.monitor("wood", 2016, at=date(2017, 1, 15), key="m2", harvest="elsewhere")


def test_a_standards_project_states_its_crediting_period(world):
    world.propose(rule_book="gold-standard")
    with pytest.raises(Refused, match="states no crediting period; gold-standard asks for 30 to 50 years"):
        world.move("wood", "list", "forester", date(2015, 2, 1))


@pytest.mark.parametrize("years, why", [(7, ""), (8, "7 years, renewed, or 10, fixed"), (10, "")])
def test_a_plants_period_is_seven_years_or_ten(forest, years, why):
    """VCS Standard v4.7 3.9.1."""
    draft = forest.draft(sink_class="biochar", crediting_years=years)
    if why:
        with pytest.raises(Refused, match=why):
            move(draft, "list", forest.owner, date(2021, 3, 1))
    else:
        assert move(draft, "list", forest.owner, date(2021, 3, 1)).events


def test_ten_years_are_fixed_and_seven_are_renewed_by_seven(forest):
    day = date(2021, 3, 1)
    with pytest.raises(Refused, match=r"a period of 10 years is fixed and not renewed \[default 2024.1"):
        renew(plant(forest, 10), 7, by=forest.registrar, at=day)
    with pytest.raises(Refused, match="renewed by 14 years; default allows periods of at most 10"):
        renew(plant(forest, 7), 14, by=forest.registrar, at=day)
    (renewed,) = renew(plant(forest, 7), 7, by=forest.registrar, at=day).events
    assert renewed.crediting_years == 14


def plant(forest, years: int) -> SinkProject:
    return replace(forest.registered(), sink_class="biochar", crediting_years=years)


# Losses


@pytest.mark.parametrize(
    "book, more, owed, cancelled",
    [("nz-ets", {"crediting_years": 50}, 300_000, 300_000), ("ccer", {"crediting_years": 20}, 0, 0)],
)
def test_a_storm_where_there_is_no_pool(world, book, more, owed, cancelled):
    """New Zealand: the owner surrenders whatever fell. CCER: the tenth that was never issued stands for it."""
    world.propose(rule_book=book, **more)
    world.register()
    world.issue("wood", 2015, 1000.0)
    desk = world.p.projects.losses
    case = world.p.projects.report_loss(
        "wood", cause="storm", happened=date(2016, 6, 1), loss_t="300", by="forester", at=date(2016, 6, 20), key="l"
    )["case"]
    desk.estimate(case, loss_t="300", by="forester", at=date(2016, 6, 20), key="e")
    desk.verify(case, loss_t="300", by="surveyor", at=date(2016, 9, 1), key="v")
    settled = desk.settle(case, "unavoidable", at=date(2016, 10, 1), key="s")
    assert (settled["owed_kg"], settled["cancelled_kg"]) == (owed, 0)
    if owed:
        with pytest.raises(Refused, match=r"300.000 t are uncovered and the owner owes 300.000 t"):
            desk.close(case, at=date(2016, 10, 2), key="x0")
        desk.make_good(case, tonnes="300", by="forester", at=date(2016, 11, 1), key="g")
    desk.close(case, at=date(2016, 11, 2), key="x")
    assert world.sums()["cancelled"] == cancelled


def test_car_gives_a_month_to_tell_of_what_could_have_been_avoided(world):
    """CAR v5.1: six months and two years for a storm, 30 days and one year for logging."""
    world.propose(**CAR)
    world.register()
    assessed(world, "wood")
    world.verify("wood", 2015, 1000.0, at=date(2016, 1, 15), visit=True)
    world.p.projects.issue("wood", at=date(2016, 1, 20), key="i")
    report = world.p.projects.report_loss
    lost = {"happened": date(2016, 6, 1), "loss_t": "300", "by": "forester", "at": date(2016, 8, 1)}
    storm = report("wood", cause="storm", key="l1", **lost)
    assert (storm["tell_by"], storm["verify_by"], storm["told_late"]) == ("2016-12-01", "2018-06-01", False)
    logging = report("wood", cause="logging", key="l2", avoidable=True, **lost)
    assert (logging["tell_by"], logging["verify_by"], logging["told_late"]) == ("2016-07-01", "2017-06-01", True)
    desk = world.p.projects.losses
    desk.estimate(storm["case"], loss_t="300", by="forester", at=date(2016, 8, 2), key="e")
    desk.verify(storm["case"], loss_t="300", by="surveyor", at=date(2016, 9, 1), key="v")
    told = desk.settle(storm["case"], "avoidable", at=date(2016, 10, 1), key="s")
    assert any("found avoidable: it was to be told of by 2016-07-01" in line for line in told["lines"])
    case = world.p.projects.losses.case(storm["case"])
    assert (case.told_late, case.verify_by, case.surrender_by) == (True, "2017-06-01", "2017-02-01")
    assert desk.overdue(date(2018, 7, 1)) == {
        logging["case"]: "it was to be verified by 2017-06-01.",
        storm["case"]: "its owner forester was to give 300.000 t by 2017-02-01.",
    }


def test_the_state_of_everything_survives_the_store(world):
    """What the new rules record is read again by a folder that is opened again."""
    test_who_ends_it_before_owes_every_unit_of_it(world)
    before = (world.p.projects.losses.cases(), world.p.projects.batches(), world.p.projects.all())
    world.again()
    after = (world.p.projects.losses.cases(), world.p.projects.batches(), world.p.projects.all())
    assert before == after
    assert world.p.audit.verify().holds

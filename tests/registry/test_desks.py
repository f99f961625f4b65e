"""The registry's desks on a real platform: whole ways from a proposal to a purpose, and what must never happen."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from tests.registry.answers import VCS
from tests.registry.world import World

from carbonpolis import Platform
from carbonpolis.errors import IllegalMove, InsufficientBalance, Refused, Unknown
from carbonpolis.ledger import Purpose
from carbonpolis.registry import BUFFER_POOL, Evidence, SerialRange, Stratum

BATCH = "CP-US-MSP-000001-FOR-2015"


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "data") as made:
        yield made


def test_a_project_is_proposed_with_land_and_documents_and_registered(world):
    answer = world.propose(documents={"title deed/deed.pdf": b"deed", "design/design.pdf": b"design"})
    assert answer["area_ha"] == pytest.approx(87.77, abs=0.01)
    world.register()
    assert world.project().state == "registered"
    assert world.project().number == 1
    attached = world.p.projects.attach(
        "wood", b"map", name="map.png", kind="map", by="forester", at=date(2015, 3, 1), key="m"
    )
    assert len(attached["sha256"]) == 64


def test_the_same_key_twice_is_one_proposal_and_one_issuance(world):
    first = world.propose(key="once")
    assert world.propose(key="once") == first
    world.register()
    world.verify("wood", 2015, 1000.0)
    one = world.p.projects.issue("wood", at=date(2016, 1, 20), key="issue")
    assert world.p.projects.issue("wood", at=date(2016, 1, 20), key="issue") == one
    assert world.sums()["issuer"] == -1_000_000


def test_land_claimed_in_the_same_years_is_refused_with_project_and_area(world):
    world.propose()
    world.register()
    world.propose("second", owner="planter", x=-93.295)
    with pytest.raises(Refused, match=r"43\.88 ha of wood in 2015 to 2114"):
        world.move("second", "list", "planter", date(2015, 3, 1))
    world.propose("third", owner="planter", x=-93.28)
    world.register("third")
    world.propose("draft", owner="planter", x=-93.28)
    assert [each.project for each in world.p.projects.overlaps("draft")] == ["third"]
    # A plot is free again when its project is withdrawn.
    world.propose("fourth", owner="planter", x=-93.20)
    world.move("fourth", "list", "planter", date(2015, 3, 1))
    world.move("fourth", "withdraw", "planter", date(2015, 3, 2))
    world.propose("fifth", x=-93.20)
    world.move("fifth", "list", "forester", date(2015, 3, 3))


def test_who_is_connected_or_owns_judges_nothing(world):
    world.propose()
    world.move("wood", "list", "forester", date(2015, 2, 1))
    with pytest.raises(Refused, match="connected to its owner"):
        world.move("wood", "begin_validation", "friend", date(2015, 2, 2))
    with pytest.raises(Refused, match="only a verifier"):
        world.move("wood", "begin_validation", "registrar", date(2015, 2, 2))


def test_issuance_step_by_step_by_two_persons(world):
    world.propose()
    world.register()
    world.verify("wood", 2015, 1000.0)
    desk = world.p.projects.issuing
    told = desk.compute("wood", at=date(2016, 1, 20), key="c")
    assert told["certified_kg"] == 1_000_000
    with pytest.raises(IllegalMove):
        desk.issue("wood", at=date(2016, 1, 20), key="i0")
    with pytest.raises(Refused, match="a second person approves"):
        desk.approve("wood", at=date(2016, 1, 20), key="a0", by="registrar")
    desk.approve("wood", at=date(2016, 1, 21), key="a")
    desk.issue("wood", at=date(2016, 1, 22), key="i")
    assert world.sums() == {"issuer": -1_000_000, "available": 800_000, "buffer": 200_000}
    (made,) = world.p.projects.issuing.all()
    desk.recall(made.id, "the plots were measured twice", at=date(2016, 2, 1), key="r")
    assert world.sums()["available"] == 800_000


def test_a_computation_sent_back_is_made_again(world):
    world.propose()
    world.register()
    world.verify("wood", 2015, 1000.0)
    desk = world.p.projects.issuing
    desk.compute("wood", at=date(2016, 1, 20), key="c")
    desk.send_back("wood", at=date(2016, 1, 21), key="b")
    desk.compute("wood", at=date(2016, 1, 22), key="c2")
    desk.approve("wood", at=date(2016, 1, 23), key="a")
    desk.issue("wood", at=date(2016, 1, 24), key="i")
    assert world.sums()["issuer"] == -1_000_000


def test_a_rule_book_rules_from_its_first_day_on(world):
    world.propose(rule_book="vcs", crediting_years=40)
    with pytest.raises(
        Refused, match="rule book 'vcs' is not valid yet on 2015-02-01; its versions begin on 2024-05-03"
    ):
        world.move("wood", "list", "forester", date(2015, 2, 1))
    assert world.move("wood", "list", "forester", date(2024, 5, 3)) == {}


def test_findings_and_queries_through_the_desk(world):
    world.propose()
    world.register()
    day = date(2016, 1, 15)
    p = world.p.projects
    p.monitor("wood", 2015, at=day, key="m", strata=(Stratum("all", 87.0, 1000.0, 10.0),))
    p.begin("wood", by="surveyor", at=day, key="b")
    p.find("wood", "plot 7 is missing", by="surveyor", at=day, key="f")
    with pytest.raises(Refused, match="finding 1 is open"):
        p.verify("wood", by="surveyor", opinion="positive", at=day, key="v0")
    p.answer("wood", "it is on sheet 3", by="forester", at=day, key="a")
    p.verify("wood", by="surveyor", opinion="positive", at=day, key="v")
    p.query("wood", at=day, key="q")
    p.verify("wood", by="surveyor", opinion="qualified", at=day, key="v2")
    assert p.issue("wood", at=date(2016, 1, 20), key="i")["issued_kg"] == 1_000_000


def test_a_risk_assessment_sets_the_buffer_and_a_failed_one_stops_issuance(world):
    world.propose(rule_book="default")
    world.register()
    answers = VCS | {"fire_loss": 30, "fire_years": 5}
    told = world.p.projects.assess("wood", answers, by="forester", at=date(2015, 12, 1), key="r1")
    assert (told["score"], told["share_bp"]) == (24.0, 2400)
    assert world.issue("wood", 2015, 1000.0)["buffer_kg"] == 240_000
    failed = VCS | {"adaptive_plan": "no"}
    world.p.projects.assess("wood", failed, by="forester", at=date(2016, 12, 1), key="r2")
    with pytest.raises(Refused, match="its risk assessment fails"):
        world.issue("wood", 2016, 1000.0)


def test_the_history_of_any_serial_in_one_call(world):
    """Many measurements behind one unit, which hashgraph/guardian#1018 asks for; from plot to purpose."""
    plots = tuple(Evidence("plot", f"plot-{n}", 20.0 + n, "m3/ha", "2015-09-01", "field crew") for n in range(1, 41))
    sensor = Evidence("reading", "co2-flux/tower-1/2015-07-01T12:00:00Z", -8.2, "umol/m2/s", "2015-07-01", "tower")
    world.propose(documents={"title deed/deed.pdf": b"deed"})
    world.register()
    world.issue("wood", 2015, 1000.0, evidence=(*plots, sensor))
    world.give("forester", "mill", 300_000)
    world.p.projects.retire(
        "R-1", holder="mill", tonnes="100", beneficiary="Riverside school", purpose="summer camp", period="2016",
        at=date(2016, 6, 1), key="ret",
    )  # fmt: skip
    told = world.p.projects.trace(f"{BATCH}-000000042")
    assert len(told.evidence) == 41
    kinds = [step.kind for step in told.origin]
    assert kinds.count("plot") == 41
    assert [kinds.count(kind) for kind in ("document", "reading", "measured", "verified")] == [1, 1, 1, 1]
    (segment,) = told.segments
    assert (segment.place.owner, segment.place.purpose) == ("mill", Purpose.RETIRED)
    assert [step.kind for step in segment.steps] == ["issued", "sold", "retired"]
    assert segment.steps[-1].what == "100.000 t retired: summer camp for 2016, retirement R-1"
    assert segment.steps[-1].who == "Riverside school"
    whole = world.p.projects.trace(str(SerialRange(BATCH, 1, 1_000_000)))
    assert [(s.serials.start, s.serials.end, s.place.owner, s.place.purpose.value) for s in whole.segments] == [
        (1, 100_000, "mill", "retired"),
        (100_001, 300_000, "mill", "available"),
        (300_001, 800_000, "forester", "available"),
        (800_001, 1_000_000, BUFFER_POOL, "buffer"),
    ]
    with pytest.raises(Unknown):
        world.p.projects.trace("CP-US-MSP-000009-FOR-2015-000000001")
    with pytest.raises(ValueError, match="has units 1 to 1,000,000"):
        world.p.projects.trace(f"{BATCH}-001000001")


def test_a_sensors_readings_stand_behind_the_units_that_rest_on_them(world):
    """From the stored reading to the purpose in one call: what was read, not what somebody says was read."""
    world.propose()
    world.register()
    hours = pd.date_range("2015-07-01", periods=48, freq="h", tz="UTC")
    frame = pd.DataFrame({"time": hours, "value": [-8.0 - n / 100 for n in range(48)]})
    frame = frame.assign(city="US-MSP", site="tower-1", stream="co2-flux/wood", sd=None, unit="umol/m2/s")
    world.p.readings.append(frame.assign(quality="measured", source="flux tower 1"), key="readings")
    desk = world.p.projects
    found = desk.readings("wood", "co2-flux/%", since=date(2015, 7, 1), until=date(2015, 7, 2))
    assert (len(found), found[0].ref, found[-1].value) == (24, "co2-flux/wood/2015-07-01T00:00Z", pytest.approx(-8.23))
    with pytest.raises(Refused, match="no readings of 'co2-flux/%' from 2016-01-01"):
        desk.readings("wood", "co2-flux/%", since=date(2016, 1, 1), until=date(2016, 2, 1))
    world.issue("wood", 2015, 1000.0, evidence=found)
    told = world.p.projects.trace(f"{BATCH}-000000001")
    read = [step for step in told.origin if step.kind == "reading"]
    assert (len(read), read[0].what) == (24, "co2-flux/wood/2015-07-01T00:00Z: -8 umol/m2/s")


def test_a_modelled_year_tells_every_figure_that_the_model_was_given(world):
    world.propose()
    world.register()
    day = date(2016, 1, 15)
    world.p.projects.monitor("wood", 2015, at=day, key="m")
    world.p.projects.verify("wood", by="surveyor", opinion="positive", at=day, key="v", site_visit="2016-01-10")
    world.p.projects.issue("wood", at=day, key="i")
    told = world.p.projects.trace(f"{BATCH}-000000001")
    (area,) = [step.what for step in told.origin if step.kind == "input"]
    assert area.startswith("area_ha")
    assert area.endswith(": 87.7671 ha")
    said = {step.kind: step for step in told.origin}
    assert said["verified"].what.endswith("reasonable assurance, site visited 2016-01-10")
    assert (said["project registered"].at, said["project registered"].who) == ("2015-03-13", "registrar")
    assert "boundary on file, around 44.9050 N, 93.2950 W" in said["plot"].what


def test_a_sale_tells_its_trade_and_day_and_every_step_its_entry(towns_year):
    """In a market year: issued, set aside for the session, sold, retired; each with its entry in the journal."""
    with Platform.open(towns_year, create=False, writing=False) as p:
        bought = next(
            r
            for r in p.projects.units.retirements()
            if any(r.holder != p.projects.units.batch(b).owner for b, _ in r.parts)
        )
        name = next(b for b, _ in bought.parts if bought.holder != p.projects.units.batch(b).owner)
        (serials, *_) = p.projects.units.retirement_serials(bought)[name]
        told = p.projects.trace(str(serials))
        steps = told.segments[0].steps
        kinds = [step.kind for step in steps]
        assert kinds[0] == "issued"
        assert kinds[-2:] == ["sold", "retired"]
        assert (steps[-1].at, steps[-1].who) == (bought.at, bought.beneficiary)
        assert steps[-2].at[:7] <= bought.at[:7]
        assert " trade TRD-" in steps[-2].what
        entries = [step.entry for step in steps]
        assert entries[0] > 0
        assert entries == sorted(set(entries))


def test_retired_is_final_and_cancelled_is_gone(world):
    world.propose()
    world.register()
    world.issue("wood", 2015, 1000.0)
    retire = {"purpose": "own footprint", "period": "2016", "at": date(2016, 6, 1)}
    world.p.projects.retire("R-1", holder="forester", tonnes="500", key="r", **retire)
    world.p.projects.cancel("C-1", holder="forester", tonnes="100.5", reason="gift", at=date(2016, 6, 2), key="c")
    assert world.sums() == {
        "issuer": -1_000_000, "available": 199_500, "buffer": 200_000, "retired": 500_000, "cancelled": 100_500,
    }  # fmt: skip
    with pytest.raises(Refused, match="was made already"):
        world.p.projects.retire("R-1", holder="forester", tonnes="1", key="r2", **retire)
    with pytest.raises(Refused, match=r"short by 0.500 t"):
        world.p.projects.retire("R-2", holder="forester", tonnes="200", key="r3", **retire)


def test_a_fire_is_paid_by_the_pool_and_the_next_issuance_fills_it_up(world):
    world.propose()
    world.register()
    world.propose("other", owner="planter", x=-93.2)
    world.register("other")
    world.issue("wood", 2015, 500.0)
    world.issue("other", 2015, 5000.0)
    world.give("forester", "mill", 400_000)
    desk = world.p.projects.losses
    told = world.p.projects.report_loss(
        "wood", happened=date(2016, 6, 1), cause="lightning", loss_t="150", by="forester", at=date(2016, 6, 20), key="l"
    )
    case = told["case"]
    assert (told["tell_by"], told["verify_by"], told["told_late"]) == ("2016-07-01", "2018-06-01", False)
    desk.estimate(case, loss_t="150", by="forester", at=date(2016, 6, 20), key="e")
    assert world.sums()["buffer_held"] == 150_000
    desk.verify(case, loss_t="150", by="surveyor", at=date(2016, 9, 1), key="v")
    settled = desk.settle(case, "unavoidable", at=date(2016, 10, 1), key="s")
    assert (settled["cancelled_kg"], settled["uncovered_kg"]) == (150_000, 0)
    desk.close(case, at=date(2016, 11, 1), key="x")
    assert world.sums()["cancelled"] == 150_000
    assert [h.kg for h in world.p.projects.units.holdings_of("mill")] == [400_000]
    # It had put in 100 and 150 were cancelled: 50 first, then the usual fifth.
    answer = world.issue("wood", 2016, 1000.0)
    assert (answer["replenish_kg"], answer["buffer_kg"], answer["owner_kg"]) == (50_000, 250_000, 750_000)
    world.again()
    assert world.issue("wood", 2017, 1000.0)["replenish_kg"] == 0


def test_logging_blocks_all_of_the_owners_projects_until_it_is_made_good(world):
    world.propose()
    world.register()
    world.propose("second", x=-93.2)
    world.register("second")
    world.issue("wood", 2015, 1000.0)
    desk = world.p.projects.losses
    case = world.p.projects.report_loss(
        "wood", happened=date(2016, 6, 1), cause="logging", loss_t="300", by="registrar", at=date(2016, 8, 1), key="l"
    )["case"]
    desk.estimate(case, loss_t="300", by="forester", at=date(2016, 8, 2), key="e")
    desk.verify(case, loss_t="300", by="surveyor", at=date(2016, 9, 1), key="v")
    settled = desk.settle(case, "avoidable", at=date(2016, 10, 1), key="s")
    assert (settled["cancelled_kg"], settled["owed_kg"], settled["uncovered_kg"]) == (200_000, 300_000, 100_000)
    for name in ("wood", "second"):
        with pytest.raises(Refused, match=r"owes 300\.000 t for the avoidable loss"):
            world.issue(name, 2016, 1000.0)
    desk.make_good(case, tonnes="300", by="forester", at=date(2017, 2, 1), key="g")
    desk.cover(case, at=date(2017, 2, 2), key="c")
    desk.close(case, at=date(2017, 2, 3), key="x")
    assert world.sums()["cancelled"] == 300_000
    for name in ("second", "wood"):
        told = world.p.projects.issue(name, at=date(2017, 2, 4), key=f"i/{name}")
        assert (told["issued_kg"], told["replenish_kg"]) == (1_000_000, 0), "what the owner gave is not asked for again"


def test_the_buffer_is_released_after_five_good_years(world):
    world.propose()
    world.register()
    for year in range(2015, 2021):
        world.issue("wood", year, 1000.0)
    with pytest.raises(Refused, match="not before 2021-01-15"):
        world.p.projects.issuing.release("wood", at=date(2021, 1, 14), key="r0")
    told = world.p.projects.issuing.release("wood", at=date(2021, 2, 1), key="r1")
    assert told["released_kg"] == 180_000
    with pytest.raises(Refused, match="not again before 2026-02-01"):
        world.p.projects.issuing.release("wood", at=date(2025, 2, 1), key="r2")


def test_projects_that_sleep_climb_the_ladder_and_come_back(world):
    world.propose()
    world.register()
    world.issue("wood", 2015, 1000.0)
    watch = world.p.projects.issuing.watch
    assert watch(at=date(2021, 1, 14), key="w0")["projects"] == []
    assert watch(at=date(2021, 1, 15), key="w1")["projects"] == ["wood"]
    assert (world.project().state, world.sums()["buffer_held"]) == ("late_to_verify", 100_000)
    watch(at=date(2026, 1, 15), key="w2")
    assert world.sums()["buffer_held"] == 200_000
    world.issue("wood", 2016, 1000.0, at=date(2026, 3, 1))
    assert (world.project().state, world.sums()["buffer_held"]) == ("registered", 0)
    assert world.sums()["buffer"] == 400_000


def test_units_go_to_another_registry_and_come_from_one(world):
    world.propose()
    world.register()
    world.issue("wood", 2015, 1000.0)
    desk, day = world.p.projects.registries, date(2016, 6, 1)
    desk.lock_out("OUT-1", holder="forester", tonnes="200", registry="verra", by="forester", at=day, key="o1")
    desk.confirm("OUT-1", at=day, key="o2", foreign_serials="1-1-200-VCS-VCU-1-VER-US-14-9-01012015-31122015-0")
    desk.finish("OUT-1", at=day, key="o3")
    assert world.sums()["exported"] == 200_000
    told = world.p.projects.trace(f"{BATCH}-000000001")
    assert told.segments[0].steps[-1].what.startswith("200.000 t exported to verra as 1-1-200-VCS")
    foreign = "ACR-US-192-2016-203-1-5"
    desk.lock_in("IN-1", holder="bakery", foreign_serials=foreign, reference="l", by="registrar", at=day, key="i1")
    with pytest.raises(Refused, match="which IN-1 brought in"):
        desk.lock_in("IN-2", holder="mill", foreign_serials=foreign, reference="l", by="mill", at=day, key="i2")
    desk.confirm("IN-1", at=day, key="i3", reference="gone")
    desk.finish("IN-1", at=day, key="i4", sink_class="forest", source="public extract")
    (held,) = world.p.projects.units.holdings_of("bakery")
    assert (held.batch, held.kg) == ("CP-CA-EDM-900001-FOR-2016", 5_000)
    assert "imported" in [step.kind for step in world.p.projects.trace(f"{held.batch}-000000001").origin]
    desk.lock_out("OUT-2", holder="forester", tonnes="10", registry="acr", by="forester", at=day, key="o4")
    desk.roll_back("OUT-2", at=day, key="o5")
    assert world.sums()["escrow"] == 0
    desk.declare(BATCH, "committed", at=day, key="d1", party="US", reference="letter 1")
    desk.adjust(BATCH, "start", at=day, key="d2")
    line = world.p.projects.reconcile("US-MSP", 2015, 5000.0)
    assert (line.exported_kg, line.adjusted_kg, line.countable_kg) == (200_000, 800_000, 4_000_000)


def test_a_city_counts_no_tonne_that_others_bought(world):
    world.propose()
    world.register()
    world.issue("wood", 2015, 1000.0)
    world.give("forester", "bakery", 300_000)
    line = world.p.projects.reconcile("US-MSP", 2015, 5000.0)
    assert (line.certified_kg, line.sold_kg, line.countable_kg) == (1_000_000, 300_000, 4_700_000)
    assert world.p.projects.units.plot_years() == []


def test_numbers_stay_with_their_projects_when_the_folder_is_opened_again(world):
    for name, x in (("wood", -93.3), ("second", -93.2), ("third", -93.1)):
        world.propose(name, x=x)
        world.register(name)
    world.issue("third", 2015, 100.0)
    world.again()
    world.issue("wood", 2015, 100.0)
    world.issue("second", 2015, 100.0)
    world.issue("third", 2016, 100.0)
    assert {batch.id: batch.project for batch in world.p.projects.batches()} == {
        "CP-US-MSP-000003-FOR-2015": "third",
        "CP-US-MSP-000001-FOR-2015": "wood",
        "CP-US-MSP-000002-FOR-2015": "second",
        "CP-US-MSP-000003-FOR-2016": "third",
    }


def test_under_harvest_issuance_stops_at_the_average_and_the_year_is_settled(world):
    world.propose(crediting_years=24, harvest_cycle_years=12)
    world.register()
    with pytest.raises(Refused, match="file its harvest plan first"):
        world.issue("wood", 2015, 1000.0)
    saw = [100.0 * (year % 12) for year in range(1, 25)]
    world.p.projects.plan_harvest("wood", saw, [0.0] * 24, by="forester", at=date(2016, 1, 16), key="h")
    assert world.p.projects.issue("wood", at=date(2016, 1, 20), key="i")["issued_kg"] == 550_000
    assert world.issue("wood", 2016, 1000.0)["issued_kg"] == 0
    assert world.project().settled_through == 2016


def test_the_audit_holds_after_all_of_it(world):
    test_a_fire_is_paid_by_the_pool_and_the_next_issuance_fills_it_up(world)
    audited = world.p.audit.verify()
    assert audited.holds, audited.fault
    assert {report.state for report in world.p.projects.reports()} == {"verified"}


def test_nobody_spends_what_the_ledger_does_not_hold(world):
    world.propose()
    world.register()
    world.issue("wood", 2015, 1000.0)
    with pytest.raises((Refused, InsufficientBalance)):
        world.p.projects.cancel("C", holder="mill", tonnes="1", reason="x", at=date(2016, 6, 1), key="c")

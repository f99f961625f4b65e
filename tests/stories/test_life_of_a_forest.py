"""Thirty years of one harvested forest through the platform: every rule that a registrar meets, one after the other."""

from __future__ import annotations

from datetime import date

import pytest
from tests.registry.world import World

from carbonpolis.errors import IllegalMove, Refused
from carbonpolis.ledger import Purpose


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "data") as made:
        made.propose(start_year=2001, crediting_years=24, harvest_cycle_years=12, at=date(2001, 1, 1))
        made.register(listed=date(2001, 2, 1))
        made.propose("neighbour", owner="planter", x=-93.1, start_year=2001, at=date(2001, 1, 1))
        made.register("neighbour", listed=date(2001, 2, 1))
        made.issue("neighbour", 2001, 4000.0)
        yield made


def test_thirty_years_of_a_harvested_forest(world):
    p = world.p.projects
    # 1 Its plan: grows by 100 t a year, cut every twelve: on average 550 t, and never more units than that.
    p.plan_harvest(
        "wood", [100.0 * (n % 12) for n in range(1, 25)], [0.0] * 24, by="forester", at=date(2001, 4, 1), key="h"
    )
    for year in range(2001, 2006):
        assert world.issue("wood", year, 100.0)["issued_kg"] == 100_000
    assert world.issue("wood", 2006, 100.0)["issued_kg"] == 50_000, "550 t in all"
    assert world.issue("wood", 2007, 100.0)["issued_kg"] == 0
    told = p.trace("CP-US-MSP-000001-FOR-2006-000000001")
    assert any("long-term average 550.000 t - issued so far 500.000 t leaves 50.000 t" in s.what for s in told.origin)

    # 2 Five good years after its first verification, 15 % of its buffer comes back; not twice.
    assert p.issuing.release("wood", at=date(2008, 2, 1), key="r")["released_kg"] == 16_500
    with pytest.raises(Refused, match="not again before 2013-02-01"):
        p.issuing.release("wood", at=date(2009, 2, 1), key="r2")

    # 3 It sleeps: late after five years, half of what is left is held; the next verification frees it.
    assert p.issuing.watch(at=date(2013, 1, 15), key="w")["projects"] == ["wood", "neighbour"]
    assert (world.project().state, world.sums()["buffer_held"]) == ("late_to_verify", 46_750 + 800_000)
    with pytest.raises(IllegalMove):
        world.move("wood", "close", "forester", date(2013, 2, 1))
    assert world.issue("wood", 2008, 100.0, at=date(2013, 3, 1))["issued_kg"] == 0
    world.issue("neighbour", 2002, 4000.0, at=date(2013, 3, 1))
    assert (world.project().state, world.sums()["buffer_held"]) == ("registered", 0)

    # 4 A storm: told in time, verified too late, so nothing is issued meanwhile; the pool pays what was lost.
    lost = {"happened": date(2013, 6, 1), "loss_t": "120", "by": "forester"}
    case = p.report_loss("wood", cause="storm", at=date(2013, 6, 20), key="l", **lost)["case"]
    p.losses.estimate(case, loss_t="120", by="forester", at=date(2013, 6, 20), key="e")
    assert p.losses.overdue(date(2015, 6, 2)) == {case: "it was to be verified by 2015-06-01."}
    world.verify("wood", 2009, 100.0, at=date(2015, 6, 2))
    with pytest.raises(Refused, match="the loss LE-wood-1 was to be verified by 2015-06-01"):
        p.issuing.compute("wood", at=date(2015, 6, 2), key="c")
    p.losses.verify(case, loss_t="120", by="surveyor", at=date(2015, 7, 1), key="v")
    settled = p.losses.settle(case, "unavoidable", at=date(2015, 7, 2), key="s")
    assert (settled["cancelled_kg"], settled["uncovered_kg"]) == (120_000, 0)
    p.losses.close(case, at=date(2015, 7, 3), key="x")
    assert p.issue("wood", at=date(2015, 7, 4), key="i")["issued_kg"] == 0

    # 5 What holders bought stays; what the city may count of its land is what nobody else holds, used or was promised.
    world.give("forester", "bakery", 60_000)
    p.registries.declare(
        "CP-US-MSP-000001-FOR-2002", "committed", at=date(2016, 1, 1), key="d", party="CH", reference="L"
    )
    p.registries.adjust("CP-US-MSP-000001-FOR-2002", "start", at=date(2016, 1, 2), key="d2")
    p.registries.adjust("CP-US-MSP-000001-FOR-2002", "complete", at=date(2016, 1, 3), key="d3")
    with pytest.raises(IllegalMove):
        p.registries.adjust("CP-US-MSP-000001-FOR-2002", "withdraw", at=date(2016, 1, 4), key="d4")
    bought = p.units.holdings_of("bakery")
    assert sum(h.kg for h in bought) == 60_000
    sold = {h.vintage: h.kg for h in bought}
    for vintage in (2001, 2002):
        line = p.reconcile("US-MSP", vintage, 5000.0)
        assert line.sold_kg == sold.get(vintage, 0)
        assert line.countable_kg == 5_000_000 - line.sold_kg - line.used_kg - line.adjusted_kg
    assert p.reconcile("US-MSP", 2002, 5000.0).adjusted_kg > 0
    assert p.units.plot_years() == []

    # 6 Logging: the owner owes it all, all of its projects wait, and it is made good from what it holds.
    case = p.report_loss(
        "wood", cause="logging", happened=date(2016, 6, 1), loss_t="90", by="registrar", at=date(2016, 6, 2), key="m"
    )["case"]
    p.losses.estimate(case, loss_t="90", by="forester", at=date(2016, 6, 3), key="m1")
    p.losses.verify(case, loss_t="90", by="surveyor", at=date(2016, 7, 1), key="m2")
    p.losses.settle(case, "avoidable", at=date(2016, 7, 2), key="m3")
    world.verify("wood", 2010, 100.0, at=date(2016, 8, 1))
    with pytest.raises(Refused, match=r"forester owes 90.000 t for the avoidable loss LE-wood-2"):
        p.issuing.compute("wood", at=date(2016, 8, 1), key="c2")
    with pytest.raises(Refused, match="no buffer is released"):
        p.issuing.release("wood", at=date(2016, 8, 1), key="r3")
    p.losses.make_good(case, tonnes="90", by="forester", at=date(2016, 8, 2), key="g")
    p.losses.close(case, at=date(2016, 8, 3), key="g2")
    assert p.issue("wood", at=date(2016, 8, 4), key="i2")["issued_kg"] == 0

    # 7 Its period ends; all of it is there, accounted for, and holds from the first byte.
    for year in range(2011, 2025):
        assert world.issue("wood", year, 100.0, at=date(2025, 1, 30))["issued_kg"] == 0
    world.move("wood", "complete", "registrar", date(2025, 1, 31))
    issued = sum(b.issued_kg for b in world.p.projects.batches() if b.project == "wood")
    assert issued == 550_000
    sums = world.sums()
    assert sums["cancelled"] == 120_000 + 90_000
    assert sum(kg for purpose, kg in sums.items() if purpose != Purpose.ISSUER.value) == 550_000 + 8_000_000
    world.again()
    audited = world.p.audit.verify()
    assert audited.holds, audited.fault

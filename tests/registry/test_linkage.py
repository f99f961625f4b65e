"""Units to and from other registries: locked on the way, used once, adjusted where countries agreed."""

from __future__ import annotations

from datetime import date

import pytest

from carbonpolis.errors import IllegalMove, Refused
from carbonpolis.ledger import Account, Purpose, post
from carbonpolis.registry import (
    ADJUSTMENT_MOVES,
    LINK_MOVES,
    Batch,
    adjust,
    declare,
    finish_in,
    finish_out,
    holdings,
    lock_in,
    lock_out,
    roll_back,
    trace,
)
from carbonpolis.registry.linkage import confirm, locked_serials

DAY = date(2021, 3, 1)
NAME = "CP-US-MSP-000123-FOR-2020"
MINE = Account("US-MSP", "forester", NAME, Purpose.AVAILABLE)
FOREIGN = "15312-681393912-681394011-VCS-VCU-208-VER-CA-3-929-01012018-31122018-O"


def locked(forest, kg: int = 3000):
    held = holdings({MINE: 5000}, "US-MSP", "forester")
    decision = lock_out("US-MSP", forest.owner, kg, held, id="T-1", registry="verra", by=forest.owner, at=DAY)
    return decision, decision.events[0]


def test_units_go_out_locked_then_named_there_then_exported(forest):
    decision, transit = locked(forest)
    balances = {MINE: 5000} | post({MINE: 5000}, decision.transfers)
    assert holdings(balances, "US-MSP", "forester")[0].kg == 2000
    batch = Batch(NAME, "US-MSP", "P", "forester", "forest", 2020, 5000, 0, ())
    issuer = Account("US-MSP", "registry", NAME, Purpose.ISSUER)
    places = trace(
        batch, [decision.transfers[0].__class__(issuer, MINE, 5000, decision.transfers[0].why), *decision.transfers]
    )
    ours = locked_serials(transit, places)
    (transit,) = confirm(
        transit, by=forest.registrar, at=DAY, serials=ours,
        foreign_serials="1-1-3-VCS-VCU-1-VER-US-14-9-01012020-31122020-0",
    ).events  # fmt: skip
    assert transit.serials[0].startswith(f"{NAME}-000000001-000003000-")
    done = finish_out(transit, by=forest.registrar, at=DAY)
    balances |= post(balances, done.transfers)
    assert balances[Account("US-MSP", "T-1", NAME, Purpose.EXPORTED)] == 3000
    with pytest.raises(IllegalMove):
        roll_back(done.events[0], by=forest.registrar, at=DAY)


def test_what_the_other_registry_refused_is_free_again(forest):
    decision, transit = locked(forest)
    balances = {MINE: 5000} | post({MINE: 5000}, decision.transfers)
    back = roll_back(transit, by=forest.registrar, at=DAY)
    balances |= post(balances, back.transfers)
    assert balances[MINE] == 5000
    with pytest.raises(IllegalMove):
        finish_out(back.events[0], by=forest.registrar, at=DAY)


@pytest.mark.parametrize("kg", [0, 1, 1500])
def test_other_registries_count_whole_tonnes(forest, kg):
    with pytest.raises(Refused, match="whole tonnes"):
        locked(forest, kg)


def test_a_confirmation_counts_what_was_locked(forest):
    _, transit = locked(forest)
    with pytest.raises(Refused, match=r"are 4 t; 3.000 t are locked here"):
        confirm(transit, by=forest.registrar, at=DAY, foreign_serials="1-1-4-VCS-VCU-1-VER-US-14-9-01012020-31122020-0")
    with pytest.raises(Refused, match="serials are missing"):
        confirm(transit, by=forest.registrar, at=DAY)


def came_in(forest, id: str = "T-2", foreign: str = FOREIGN, known=()):
    return lock_in(forest.owner, foreign, id=id, reference="lock 7", known=known, by=forest.owner, at=DAY).events[0]


def test_units_come_in_only_when_they_are_gone_there(forest):
    transit = came_in(forest)
    assert (transit.kg, transit.registry) == (100_000, "verra")
    with pytest.raises(IllegalMove, match="can't 'finish' while locked"):
        finish_in(transit, sink_class="forest", number=900_001, source="s", issued=(), by=forest.registrar, at=DAY)
    with pytest.raises(Refused, match="confirmation that its units are gone is missing"):
        confirm(transit, by=forest.registrar, at=DAY)
    (transit,) = confirm(transit, by=forest.registrar, at=DAY, reference="cancelled 9").events
    decision = finish_in(
        transit, sink_class="forest", number=900_001, source="extract", issued=(), by=forest.registrar, at=DAY
    )
    done, batch = decision.events
    assert (batch.id, batch.issued_kg, batch.foreign_serial) == ("CP-US-MSP-900001-FOR-2018", 100_000, FOREIGN)
    assert decision.transfers[0].amount == 100_000
    assert done.state == "done"
    with pytest.raises(Refused, match="numbers from 900,001 on"):
        finish_in(transit, sink_class="forest", number=5, source="s", issued=(), by=forest.registrar, at=DAY)


def test_a_foreign_unit_comes_in_once(forest):
    first = came_in(forest)
    overlap = FOREIGN.replace("681393912-681394011", "681394011-681394020")
    for other in (FOREIGN, overlap):
        with pytest.raises(Refused, match="which T-2 brought in"):
            came_in(forest, "T-3", other, [first])
    (back,) = roll_back(first, by=forest.registrar, at=DAY).events
    assert came_in(forest, "T-3", FOREIGN, [back])


def test_who_may_send_units(forest):
    held = holdings({MINE: 5000}, "US-MSP", "forester")
    with pytest.raises(Refused, match="only the holder or a registrar"):
        lock_out("US-MSP", forest.owner, 1000, held, id="T", registry="verra", by=forest.verifier, at=DAY)
    _, transit = locked(forest)
    with pytest.raises(Refused, match="only the holder or a registrar"):
        confirm(transit, by=forest.owner, at=DAY, foreign_serials="x")


def test_corresponding_adjustments_are_declared_started_and_completed(forest):
    batch = Batch(NAME, "US-MSP", "P", "forester", "forest", 2020, 5000, 0, ())
    with pytest.raises(Refused, match="names the country"):
        declare(batch, "committed", by=forest.registrar, at=DAY)
    (adjustment,) = declare(batch, "committed", by=forest.registrar, at=DAY, party="US", reference="letter 12").events
    (adjustment,) = adjust(adjustment, "start", by=forest.registrar, at=DAY).events
    (adjustment,) = adjust(adjustment, "complete", by=forest.registrar, at=DAY).events
    assert (adjustment.state, [move.to for move in adjustment.history]) == (
        "completed",
        ["not_started", "pending", "completed"],
    )
    with pytest.raises(IllegalMove):
        adjust(adjustment, "withdraw", by=forest.registrar, at=DAY)
    (none,) = declare(batch, "not_required", by=forest.registrar, at=DAY).events
    with pytest.raises(Refused, match="not required"):
        adjust(none, "start", by=forest.registrar, at=DAY)


def test_the_tables_are_whole():
    assert {to for verbs in LINK_MOVES.values() for to in verbs.values()} | {"locked"} == set(LINK_MOVES)
    states = {to for verbs in ADJUSTMENT_MOVES.values() for to in verbs.values()}
    assert states | {"not_started"} == set(ADJUSTMENT_MOVES)

"""The same tonnes of another registry never come in twice: refused at the desk, and found by an audit when planted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.registry.world import World

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.registry import Batch, Transit

DAY = date(2020, 6, 1)
PRINTED = "ACR-US-192-2010-203-1-5000"
BY_HAND = {"registry": "ccer", "block": "CCER-44-2019-7", "first": 1, "last": 500, "vintage": 2019, "project": "44"}


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "data") as made:
        yield made


def locked(world: World, name: str, printed: str = "", **said) -> None:
    world.p.projects.registries.lock_in(
        name, holder="mill", foreign_serials=printed, reference="lock 7", by="registrar", at=DAY, key=name, **said
    )


def came_in(world: World, name: str, printed: str = "", **said) -> None:
    locked(world, name, printed, **said)
    desk = world.p.projects.registries
    desk.confirm(name, at=DAY, key=f"{name}-c", reference="cancelled there")
    desk.finish(name, at=DAY, key=f"{name}-f", sink_class="forest", source="public extract")


def test_units_stated_by_hand_come_in_and_tell_where_they_are_from(world):
    came_in(world, "IN-1", **BY_HAND)
    (held,) = world.p.projects.units.holdings_of("mill")
    assert (held.batch, held.kg) == ("CP-US-MSP-900001-FOR-2019", 500_000)
    batch = world.p.projects.units.batch(held.batch)
    assert (batch.project, batch.foreign_registry) == ("ccer:44", "ccer")
    assert batch.foreign_serial == ("registry=ccer; block=CCER-44-2019-7; first=1; last=500; vintage=2019; project=44")
    assert world.p.audit.verify().holds


@pytest.mark.parametrize(
    "first, again",
    [
        (PRINTED, "acr – us – 0192 – 2010 – 00203 – 005000 to 006000"),
        (PRINTED, "registry=acr; block=203; first=5000; last=5000; vintage=2010; project=ACR192"),
        ("registry=ccer; block=CCER-44-2019-7; first=1; last=500; vintage=2019; project=44",
         "registry=CCER; block=ccer-44-2019-007; first=500; last=501; vintage=2018; project=other"),
    ],
)  # fmt: skip
def test_another_spelling_of_what_came_in_is_refused(world, first, again):
    came_in(world, "IN-1", first)
    with pytest.raises(Refused, match="which IN-1 brought in"):
        locked(world, "IN-2", again)
    world.p.projects.registries.lock_in(
        "IN-3",
        holder="mill",
        foreign_serials="ACR-US-192-2010-203-5001-5002",
        reference="l",
        by="mill",
        at=DAY,
        key="n",
    )
    assert world.p.audit.verify().holds


@pytest.mark.parametrize(
    "printed, said, why",
    [
        (PRINTED, {"first": 1}, "not both"),
        (PRINTED, {"vintage": 2011}, "of vintage 2010, not 2011"),
        (PRINTED, {"registry": "Verra"}, "reads as one of acr's, not Verra's"),
        ("", {"registry": "ccer", "vintage": 2019}, "no serial range known here"),
        ("", {**BY_HAND, "project": ""}, "project '' names none"),
        ("", {**BY_HAND, "last": 10**12}, "more than one batch has serials for"),
    ],
)
def test_what_is_said_twice_or_half_is_refused(world, printed, said, why):
    with pytest.raises(Refused, match=why):
        locked(world, "IN-1", printed, **said)


def test_serials_of_another_registry_are_given_to_one_export(world):
    world.propose()
    world.register()
    world.issue("wood", 2015, 1000.0)
    desk, there = world.p.projects.registries, "1-1-200-VCS-VCU-1-VER-US-14-9-01012015-31122015-0"
    for name in ("OUT-1", "OUT-2"):
        desk.lock_out(name, holder="forester", tonnes="200", registry="verra", by="forester", at=DAY, key=f"{name}-l")
    desk.confirm("OUT-1", at=DAY, key="c1", foreign_serials=there)
    with pytest.raises(Refused, match="which OUT-1 became there"):
        desk.confirm("OUT-2", at=DAY, key="c2", foreign_serials=there.replace("1-1-200", "01-200-399"))
    desk.confirm("OUT-2", at=DAY, key="c3", foreign_serials=there.replace("1-1-200", "1-201-400"))


def plant(world: World, key: str, *things: object, transfers: tuple[Transfer, ...] = ()) -> None:
    """As a desk with a fault, or a hand in the journal, would commit it."""
    world.p._work.do(key, "finish transfer", "registrar", lambda _: Decision(transfers, things))


def batch_of(serial: str, kg: int, name: str = "CP-US-MSP-900002-FOR-2010") -> tuple[Batch, Transfer]:
    batch = Batch(name, "US-MSP", "acr:192", "mill", "forest", 2010, kg, 0, (), foreign_registry="acr",
                  foreign_serial=serial)  # fmt: skip
    issuer = Account("US-MSP", "registry", name, Purpose.ISSUER)
    return batch, Transfer(issuer, Account("US-MSP", "mill", name, Purpose.AVAILABLE), kg, Why.IMPORT)


@pytest.mark.parametrize("again", [PRINTED, "ACR-US-0192-2010-203-5000 to 5000", "acr-us-192-2010-0203-1-9999"])
def test_an_audit_finds_a_batch_of_the_same_tonnes_planted_by_hand(world, again):
    came_in(world, "IN-1", PRINTED)
    assert world.p.audit.verify().holds
    batch, transfer = batch_of(again, 5_000)
    plant(world, "planted", batch, transfers=(transfer,))
    world.again()
    audited = world.p.audit.verify()
    assert not audited.holds
    assert "batch CP-US-MSP-900002-FOR-2010: the same foreign units came in twice" in audited.fault
    assert audited.fault.startswith("journal entry ") and "IN-1 brought in (done)" in audited.fault


def test_an_audit_finds_a_transfer_of_the_same_tonnes_planted_by_hand(world):
    came_in(world, "IN-1", PRINTED)
    (done,) = world.p.projects.registries.transits()
    plant(world, "planted", replace(done, id="IN-2", parts=(), foreign_serials="ACR-US-192-2010-203-0005000-5001"))
    assert "transit IN-2: the same foreign units came in twice" in world.p.audit.verify().fault


def test_an_audit_finds_what_hides_behind_a_transfer_that_was_rolled_back(world):
    came_in(world, "IN-1", PRINTED)
    (done,) = world.p.projects.registries.transits()
    assert isinstance(done, Transit)
    plant(world, "undone", replace(done, state="rolled_back"))
    assert world.p.audit.verify().holds  # its batch still is the only one
    came_again, transfer = batch_of(PRINTED, 5_000_000)
    plant(world, "again", came_again, transfers=(transfer,))
    assert "came in twice" in world.p.audit.verify().fault


def test_an_audit_finds_more_units_than_their_serials_count_and_serials_exchanged(world):
    came_in(world, "IN-1", PRINTED)
    batch, transfer = batch_of("ACR-US-192-2010-204-1-10", 10_001)
    plant(world, "more", batch, transfers=(transfer,))
    assert "10.001 t were issued for ACR-US-192-2010-204-1 to 10, which are 10.000 t" in world.p.audit.verify().fault
    name = world.p.projects.units.holdings_of("mill")[0].batch
    before = world.p.projects.units.batch(name)
    plant(world, "exchanged", replace(before, foreign_serial="ACR-US-192-2010-205-1-5000"))
    assert "it is of other serials than IN-1 brought in" in world.p.audit.verify().fault

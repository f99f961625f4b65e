"""The overdraft: limits, interest in tonnes, plans that hold, advance units that are never traded."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.errors import CreditExceeded, Refused
from carbonpolis.ledger import Account, Purpose, Refusal, post
from carbonpolis.market.compliance.obligation import Obligation, oblige
from carbonpolis.market.credit.draws import (
    CreditLine,
    Draw,
    Exposure,
    Limits,
    Tranche,
    collateral,
    deliverable,
    draw,
    interest,
    limits,
    margin_call,
    purchase_plan,
    sinks_p10_kg,
)
from carbonpolis.market.order import Order, Side, Tif, Trade
from carbonpolis.market.venue.settings import default_venue, rules
from carbonpolis.measure import Estimate
from carbonpolis.registry.project import SinkProject

VENUE = default_venue()
LINE = CreditLine("LINE-mill", "US-MSP", "mill", 100_000)
OPEN = Limits(50_000, 50_000)


def exposure(**other: int) -> Exposure:
    plain = {"gap": 40_000, "obligation": 100_000, "year": 1_200_000, "emitter_outstanding": 0, "city_outstanding": 0,
             "city_emissions": 9_000_000, "city_sinks_p10": 1_000_000}  # fmt: skip
    return Exposure(**{**plain, **other})


@pytest.mark.parametrize(
    ("other", "emitter", "city"),
    [
        ({}, 20_000, 500_000),  # half the gap; half of the sinks
        ({"gap": 9_999}, 0, 500_000),  # a gap under a tenth is to be bought
        ({"gap": 10_000}, 5_000, 500_000),
        ({"emitter_outstanding": 170_000}, 10_000, 500_000),  # 15 % of the year, less what is owed
        ({"city_outstanding": 499_000}, 20_000, 1_000),
        ({"city_outstanding": 600_000}, 20_000, 0),
        ({"city_emissions": 1_000_000}, 20_000, 150_000),  # 15 % of emissions
    ],
)
def test_both_prudential_limits(other: dict[str, int], emitter: int, city: int):
    left = limits(exposure(**other), VENUE)
    assert (left.emitter_kg, left.city_kg, left.left_kg) == (emitter, city, min(emitter, city))


def test_interest_compounds_and_is_rounded_up_once():
    assert interest(1_000_000, 1_000, 5) == 610_510  # 1.1^5 - 1
    assert interest(1, 1_000, 1) == 1
    assert interest(1_000, 1_000, 0) == 0


def drawn(kg: int = 20_000, plan: tuple[Tranche, ...] | None = None, **other: object):
    obligation = oblige("US-MSP", "mill", "2020-03", 40_000).events[0]
    facts = {"allowed": OPEN, "line": LINE, "price": 2_500, "cash": 100_000, "drawn": 2020, "venue": VENUE, **other}
    return draw(obligation, kg, plan if plan is not None else purchase_plan(kg, 2025, VENUE, drawn=2020), **facts)


def test_a_draw_retires_advance_units_and_leaves_a_debt():
    decision = drawn()
    record, obligation = decision.events
    due = Account("US-MSP", "mill", "obligation/2020-03", Purpose.DUE)
    money = Account("US-MSP", "mill", "USD", Purpose.AVAILABLE)
    after = post({due: 40_000, money: 100_000}, decision.transfers)
    assert not isinstance(after, Refusal)
    at = {(account.asset, account.purpose): amount for account, amount in after.items() if account.owner == "mill"}
    assert at["advance", Purpose.AVAILABLE] == 0
    assert at["advance", Purpose.RETIRED] == at["debt", Purpose.OWED] == 20_000
    assert at["obligation/2020-03", Purpose.ON_CREDIT] == 20_000
    assert at["USD", Purpose.COLLATERAL] == record.collateral == 60_000  # 120 % of 20 t at 25.00
    assert record.owed_kg == 20_000 + interest(20_000, 1_000, 5)
    assert (obligation.state, obligation.uncovered_kg) == ("partly_covered", 20_000)


def test_past_a_limit():
    with pytest.raises(CreditExceeded, match=r"0\.019 t"):
        drawn(allowed=Limits(50_000, 19))
    with pytest.raises(CreditExceeded, match=r"10\.000 t of its line"):
        drawn(outstanding=90_000)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ((), "repays 0.000 t"),
        ((Tranche(2026, 90_000, "purchase"),), "tenor"),
        ((Tranche(2025, 90_000, "hope"),), "choose from own_project"),
        ((Tranche(2025, 90_000, "own_project", probability=8_999),), "expected 90 % or more"),
    ],
)
def test_a_plan_that_does_not_hold(plan: tuple[Tranche, ...], words: str):
    with pytest.raises(Refused, match=words):
        drawn(plan=plan)


def test_lines_money_and_obligations_are_looked_at():
    with pytest.raises(Refused, match="frozen"):
        drawn(line=replace(LINE, state="frozen"))
    with pytest.raises(Refused, match="collateral is"):
        drawn(cash=59_999)
    with pytest.raises(Refused, match="uncovered"):
        drawn(40_001, allowed=Limits(99_999, 99_999))


def test_collateral_is_called_when_the_price_rises():
    locked = collateral(20_000, 2_500, VENUE)
    assert margin_call(20_000, locked, 2_700, VENUE) == 0  # worth 111 %
    assert margin_call(20_000, locked, 2_800, VENUE) == 67_200 - 60_000


def test_the_chance_that_a_plan_delivers():
    assert deliverable(100, 10, 100) == pytest.approx(0.5)
    assert deliverable(100, 10, 87.1845) == pytest.approx(0.9, abs=1e-4)
    assert (deliverable(5, 0, 5), deliverable(5, 0, 6)) == (1.0, 0.0)


@given(st.builds(exposure, gap=st.integers(0, 10**6), city_outstanding=st.integers(0, 10**7)))
def test_what_is_left_is_never_negative_nor_past_half_the_gap(numbers: Exposure):
    assert 0 <= limits(numbers, VENUE).left_kg <= numbers.gap // 2


def test_every_entity_survives_the_journal():
    things = [
        *drawn().events,
        LINE,
        Order("o", "A", "b", "A", Side.SELL, 2, 3, Tif.GTC, "open", 1, "2020-01-31", (("CP", 1_000),)),
        Trade("t", "A", "local", "2020-01-31", "2020-01", "b", "A", "s", "A", 5, 1, (("CP", 1_000),), 1, 1, 5),
    ]
    assert {type(thing) for thing in things} == {Draw, Obligation, CreditLine, Order, Trade}
    for thing in things:
        assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(thing)), type(thing)) == thing


def test_every_setting_names_its_source():
    assert all(rule.source and rule.meaning for rule in rules())


def test_what_sinks_are_sure_to_remove_within_the_tenor_counts_from_their_first_year():
    tenor = VENUE.credit.tenor
    old, young = (
        SinkProject(
            id=name, city="US-MSP", name=name, sink_class="forest", model=name, owner="f", start_year=year,
            area_ha=1.0, inputs={}, longevity_years=40, status="assumed", source="test",
        )
        for name, year in (("old", 2000), ("young", 2024))
    )  # fmt: skip
    sure = Estimate(10.0, 0.0, "t CO2/year")
    assert sinks_p10_kg([(old, sure)], 2020, VENUE) == tenor * 10_000
    assert sinks_p10_kg([(young, sure)], 2020, VENUE) == (2020 + tenor - 2024 + 1) * 10_000
    unsure = Estimate(10.0, 5.0, "t CO2/year")
    assert sinks_p10_kg([(old, unsure)], 2020, VENUE) == int(tenor * (10 - 1.2815515655446004 * 5) * 1000)
    assert sinks_p10_kg([(old, Estimate(1.0, 5.0, "t CO2/year"))], 2020, VENUE) == 0
    assert sinks_p10_kg([], 2020, VENUE) == 0

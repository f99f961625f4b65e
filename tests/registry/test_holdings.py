"""Holdings, taking from them, and retirement."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Purpose, Refusal, post
from carbonpolis.registry import Holding, eligible, holdings, holdings_by_owner, retire, take

OLD, NEW, FAR = "CP-US-MSP-000001-FOR-2018", "CP-US-MSP-000001-FOR-2020", "CP-CN-SZX-000009-DAC-2018"


def account(asset: str, owner: str = "mill", purpose: Purpose = Purpose.AVAILABLE) -> Account:
    return Account("US-MSP", owner, asset, purpose)


BALANCES = {
    account(NEW): 500,
    account(OLD): 300,
    account(FAR): 200,
    account(OLD, purpose=Purpose.RESERVED): 40,
    account(NEW, owner="bakery"): 7,
    account("USD"): 99_999,
    account("obligation/2020-03"): 12,
    account("CP-US-MSP-000002-FOR-2019"): 0,
}


def test_holdings_are_oldest_first_then_by_batch_and_know_their_origin():
    assert holdings(BALANCES, "US-MSP", "mill") == [
        Holding(FAR, "CN-SZX", 2018, 200),
        Holding(OLD, "US-MSP", 2018, 300),
        Holding(NEW, "US-MSP", 2020, 500),
    ]
    assert holdings(BALANCES, "US-MSP", "mill", Purpose.RESERVED) == [Holding(OLD, "US-MSP", 2018, 40)]
    assert holdings(BALANCES, "CN-SZX", "mill") == []


def test_one_pass_finds_every_owner():
    assert holdings_by_owner(BALANCES) == {
        (city, owner): holdings(BALANCES, city, owner) for city, owner in [("US-MSP", "mill"), ("US-MSP", "bakery")]
    }


@pytest.mark.parametrize("vintage, fits", [(2014, False), (2015, True), (2020, True), (2021, False)])
def test_a_vintage_is_deliverable_for_five_years(vintage, fits):
    assert eligible(vintage, 2020) is fits


@given(st.lists(st.integers(0, 1000), max_size=8), st.integers(1, 5000))
def test_taking_is_exact_or_refused(amounts, kg):
    held = [Holding(OLD, "US-MSP", 2018, amount) for amount in amounts]
    if kg > sum(amounts):
        with pytest.raises(Refused, match="short by"):
            take(held, kg)
    else:
        parts = take(held, kg)
        assert sum(part for _, part in parts) == kg
        assert all(0 < part <= holding.kg for holding, part in parts)


def test_nothing_can_not_be_taken():
    with pytest.raises(ValueError, match="more than 0"):
        take([], 0)


STORY = {"id": "R-1", "beneficiary": "Mill Inc.", "purpose": "obligation", "period": "2020-03", "at": date(2020, 4, 1)}


def test_a_retirement_uses_the_oldest_units_and_names_who_for():
    decision = retire("US-MSP", "mill", 450, holdings(BALANCES, "US-MSP", "mill"), **STORY)
    (record,) = decision.events
    assert (record.kg, record.parts) == (450, ((FAR, 200), (OLD, 250)))
    after = post(BALANCES, decision.transfers)
    assert after[account(FAR, purpose=Purpose.RETIRED)] == 200
    assert after[account(OLD)] == 50


def test_what_is_retired_stays_retired():
    held = holdings(BALANCES, "US-MSP", "mill")
    decision = retire("US-MSP", "mill", 1000, held, **STORY)
    after = post(BALANCES, decision.transfers)
    assert holdings(after, "US-MSP", "mill") == []
    assert isinstance(post(after, decision.transfers), Refusal)


@pytest.mark.parametrize("wrong", ["", "R/1"])
def test_a_retirements_id_is_part_of_an_address(wrong):
    with pytest.raises(Refused, match="not empty, without '/'"):
        retire("US-MSP", "mill", 1, holdings(BALANCES, "US-MSP", "mill"), **(STORY | {"id": wrong}))


@pytest.mark.parametrize("blank", ["beneficiary", "purpose"])
def test_a_retirement_is_for_somebody_and_something(blank):
    with pytest.raises(Refused, match="names its beneficiary"):
        retire("US-MSP", "mill", 1, holdings(BALANCES, "US-MSP", "mill"), **(STORY | {blank: " "}))

"""What an emitter owes, covering it by retirement, and the year's account."""

from __future__ import annotations

from datetime import date

import pytest

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Balances, Decision, Purpose, Refusal, post
from carbonpolis.market.compliance.balance import balance, balances_by_emitter
from carbonpolis.market.compliance.obligation import Obligation, cover, describe, oblige, true_up
from carbonpolis.market.compliance.surplus import surplus
from carbonpolis.registry.holdings import holdings
from carbonpolis.registry.retirement import Retirement

OWN, BOUGHT = "CP-US-MSP-000002-FOR-2020", "CP-US-MSP-000001-FOR-2018"
DAY = date(2020, 3, 31)


def apply(balances: Balances, decision: Decision) -> Balances:
    after = post(balances, decision.transfers)
    assert not isinstance(after, Refusal), after
    return {**balances, **after}


def owing(kg: int) -> tuple[Balances, Obligation]:
    decision = oblige("US-MSP", "mill", "2020-03", kg)
    held = {
        Account("US-MSP", "mill", OWN, Purpose.AVAILABLE): 3_000,
        Account("US-MSP", "mill", BOUGHT, Purpose.AVAILABLE): 3_000,
    }
    return apply(held, decision), decision.events[0]


def test_own_sinks_first_then_what_was_bought():
    balances, obligation = owing(4_000)
    decision = cover(obligation, holdings(balances, "US-MSP", "mill"), own_first={OWN}, at=DAY)
    retirement, covered = decision.events
    assert isinstance(retirement, Retirement)
    assert retirement.parts == ((OWN, 3_000), (BOUGHT, 1_000))
    assert (retirement.beneficiary, retirement.purpose, retirement.period) == ("mill", "compliance", "2020-03")
    assert (covered.state, covered.uncovered_kg) == ("covered", 0)
    after = apply(balances, decision)
    assert balance(after, "US-MSP", period="2020-03").covered_kg == 4_000
    assert holdings(after, "US-MSP", "mill")[0].kg == 2_000


def test_what_is_held_covers_a_part():
    balances, obligation = owing(9_000)
    assert surplus(balances, "US-MSP") == 0  # nothing to send out: home owes more than it has
    decision = cover(obligation, holdings(balances, "US-MSP", "mill"), at=DAY)
    balances = apply(balances, decision)
    assert decision.events[1].state == "partly_covered"
    parts = balance(balances, period="2020")
    assert (parts.emissions_kg, parts.covered_kg, parts.on_credit_kg, parts.uncovered_kg) == (9_000, 6_000, 0, 3_000)
    assert balances_by_emitter(balances)["mill"] == parts
    assert cover(decision.events[1], holdings(balances, "US-MSP", "mill"), at=DAY) == Decision()


def test_surplus_is_what_home_does_not_need():
    balances, _ = owing(2_500)
    assert surplus(balances, "US-MSP") == 3_500


def test_a_shortfall_is_listed_surcharged_and_owed_on():
    balances, obligation = owing(10_001)
    decision, listed = true_up([obligation], 1_000, into="2021-01")
    assert (listed[0].shortfall_kg, listed[0].surcharge_kg) == (10_001, 1_001)
    assert "10.001 t not covered" in describe(listed[0])
    carried, surcharge = decision.events
    assert (carried.state, surcharge.due_kg, surcharge.period) == ("carried", 1_001, "2021-01")
    balances = apply(balances, decision)
    assert balance(balances, period="2020").uncovered_kg == 10_001  # owed once, in its own period
    assert balance(balances, period="2021").uncovered_kg == 1_001
    with pytest.raises(Refused, match="before"):
        true_up([carried], 1_000)
    assert true_up([obligation], 1_000)[0].events[0].state == "shortfall"


def test_no_emissions_no_debt():
    decision = oblige("US-MSP", "mill", "2020-03", 0)
    assert decision.transfers == ()
    assert decision.events[0].state == "covered"
    with pytest.raises(ValueError, match="can't owe"):
        oblige("US-MSP", "mill", "2020-03", -1)

"""Posting: all or nothing, nothing created, nothing lost. Stories are told in the bookkeeper's notation."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.ledger import Account, Balances, Decision, Limit, Purpose, Refusal, Transfer, Why, post
from carbonpolis.ledger.account import FINAL

UNITS, DOLLARS = "CP-US-MSP-000001-FOR-2020", "USD"


def account(name: str, asset: str = UNITS, purpose: Purpose = Purpose.AVAILABLE) -> Account:
    sources = {"issuer": Purpose.ISSUER, "bank": Purpose.OUTSIDE}
    return Account("US-MSP", name, asset, sources.get(name, purpose))


def transfers(story: str) -> tuple[Transfer, ...]:
    """Lines `FROM -> TO  KG`; only `issuer` and `bank` may go negative."""
    lines = [line.split() for line in story.splitlines() if line.strip()]
    return tuple(
        Transfer(account(debit), account(credit), int(kg.replace(",", "")), Why.DELIVER)
        for debit, _, credit, kg in lines
    )


def balances_after(story: str) -> dict[str, int]:
    """What everybody holds after a story that starts from nothing, line by line."""
    held: Balances = {}
    for transfer in transfers(story):
        outcome = post(held, (transfer,))
        assert not isinstance(outcome, Refusal), (str(transfer.debit), outcome)
        held |= outcome
    return {account.owner: kg for account, kg in held.items()}


def test_a_tonne_sold_is_a_tonne_less():
    assert balances_after("""
        issuer -> forest   5,000
        forest -> mill     3,000
    """) == {"issuer": -5000, "forest": 2000, "mill": 3000}


def test_a_chain_may_spend_what_it_brought():
    chain = transfers("""
        issuer -> forest   100
        forest -> mill      60
        mill   -> bakery    60
    """)
    after = post({}, chain)
    assert not isinstance(after, Refusal)
    assert {account.owner: kg for account, kg in after.items()} == {
        "issuer": -100,
        "forest": 40,
        "mill": 0,
        "bakery": 60,
    }


def test_a_chain_with_one_bad_link_posts_nothing_and_says_which_account_is_short():
    held = {account("forest"): 50}
    before = dict(held)
    outcome = post(held, transfers("forest -> mill 50\nmill -> bakery 51"))
    assert outcome == Refusal(account("mill"), asked=51, held=50)
    assert held == before


def test_order_matters_nothing_is_spent_before_it_came():
    assert isinstance(post({}, transfers("forest -> mill 1\nissuer -> forest 1")), Refusal)


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose not in FINAL])
def test_only_where_an_asset_enters_the_books_may_it_go_below_zero(purpose):
    here = Account("US-MSP", "somebody", UNITS, purpose)
    outcome = post({}, (Transfer(here, account("mill"), 1, Why.DELIVER),))
    assert isinstance(outcome, Refusal) is (purpose not in {Purpose.ISSUER, Purpose.OUTSIDE})


@pytest.mark.parametrize(
    "debit, credit, amount",
    [
        (account("forest"), account("mill"), 0),
        (account("forest"), account("mill"), -1),
        (account("forest"), account("forest"), 1),
        (account("forest"), account("mill", DOLLARS), 1),
        (account("forest", purpose=Purpose.RETIRED), account("forest"), 1),
        (account("forest", purpose=Purpose.CANCELLED), account("forest"), 1),
    ],
)
def test_a_transfer_that_makes_no_sense_is_our_own_bug(debit, credit, amount):
    with pytest.raises(AssertionError):
        Transfer(debit, credit, amount, Why.DELIVER)


NAMES = st.sampled_from(["issuer", "bank", "forest", "mill", "bakery"])
ACCOUNTS = st.builds(account, NAMES, st.sampled_from([UNITS, DOLLARS]), st.sampled_from(Purpose))


@st.composite
def any_transfer(draw: st.DrawFn) -> Transfer:
    debit = draw(ACCOUNTS.filter(lambda a: not a.is_final))
    others = ACCOUNTS.filter(lambda a: a != debit and a.asset == debit.asset)
    return Transfer(debit, draw(others), draw(st.integers(1, 10**12)), draw(st.sampled_from(Why)))


def totals(balances: Balances) -> dict[str, int]:
    found: dict[str, int] = {}
    for where, amount in balances.items():
        found[where.asset] = found.get(where.asset, 0) + amount
    return found


@given(st.lists(st.lists(any_transfer(), max_size=6), max_size=12))
def test_every_asset_is_conserved_and_nobody_owes_the_ledger(chains):
    held: Balances = {}
    for chain in chains:
        before = dict(held)
        outcome = post(held, chain)
        assert held == before, "posting changes nothing by itself"
        if isinstance(outcome, Refusal):
            assert outcome.asked > outcome.held >= 0
            assert not outcome.account.may_go_negative
        else:
            held |= outcome
    assert set(totals(held).values()) <= {0}
    assert all(amount >= 0 or where.may_go_negative for where, amount in held.items())


@given(st.lists(any_transfer(), max_size=8))
def test_a_chain_posts_as_its_links_do_one_after_the_other(chain):
    whole = post({}, chain)
    held: Balances = {}
    for transfer in chain:
        outcome = post(held, (transfer,))
        if isinstance(outcome, Refusal):
            assert whole == outcome
            return
        held |= outcome
    assert whole == held


def test_decisions_join_in_order():
    one, two = transfers("issuer -> forest 1\nissuer -> mill 2")
    first, second = Decision((one,)), Decision((two,))
    assert first + second == Decision.all([first, second]) == Decision((one, two))
    assert Decision.all([]) == Decision()


def test_equal_accounts_are_one_object_that_nothing_changes():
    mill = account("mill")
    assert account("mill") is mill is copy.deepcopy(mill) is pickle.loads(pickle.dumps(mill))
    assert mill.of(Purpose.ESCROW) is account("mill", purpose=Purpose.ESCROW) != mill
    with pytest.raises(AttributeError, match="can't be changed"):
        mill.owner = "thief"
    with pytest.raises(AttributeError, match="can't be changed"):
        del mill.owner


def limited(**bounds: int) -> dict[Account, Limit]:
    return {account("mill"): Limit(account("mill"), "for this test", **bounds)}


def test_an_account_may_be_held_to_a_most_and_a_least():
    held = {account("forest"): 100, account("mill"): 40}
    assert post(held, transfers("forest -> mill 60"), limited(most=100)) == {
        account("forest"): 40,
        account("mill"): 100,
    }
    assert post(held, transfers("forest -> mill 61"), limited(most=100)) == Refusal(
        account("mill"), asked=61, held=40, limit=100, above=True
    )
    assert post(held, transfers("mill -> forest 30"), limited(least=10)) == {
        account("forest"): 130,
        account("mill"): 10,
    }
    short = post(held, transfers("mill -> forest 31"), limited(least=10))
    assert short == Refusal(account("mill"), asked=31, held=40, limit=10)
    assert "has to keep 10" in str(short)


def test_an_account_past_its_limit_may_still_return_to_it():
    held = {account("forest"): 0, account("mill"): 500}
    assert isinstance(post(held, transfers("mill -> forest 1"), limited(most=100)), dict)


def test_an_issuer_may_be_held_to_what_it_may_bring_into_being():
    issuer = account("issuer")
    cap = {issuer: Limit(issuer, "what was certified", least=-100)}
    assert isinstance(post({}, transfers("issuer -> forest 100"), cap), dict)
    assert isinstance(post({}, transfers("issuer -> forest 101"), cap), Refusal)


def test_a_limit_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="below zero"):
        limited(least=-1)
    with pytest.raises(ValueError, match="at least 5 and at most 4"):
        limited(least=5, most=4)

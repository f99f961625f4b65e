"""Posting: all or nothing, nothing created, nothing lost. Stories are told in the bookkeeper's notation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.ledger import Account, Balances, Decision, Purpose, Refusal, Transfer, Why, post

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


@pytest.mark.parametrize("purpose", Purpose)
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
    ],
)
def test_a_transfer_that_makes_no_sense_is_our_own_bug(debit, credit, amount):
    with pytest.raises(AssertionError):
        Transfer(debit, credit, amount, Why.DELIVER)


NAMES = st.sampled_from(["issuer", "bank", "forest", "mill", "bakery"])
ACCOUNTS = st.builds(account, NAMES, st.sampled_from([UNITS, DOLLARS]), st.sampled_from(Purpose))


@st.composite
def any_transfer(draw: st.DrawFn) -> Transfer:
    debit = draw(ACCOUNTS)
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

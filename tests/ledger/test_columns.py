"""Transfers in columns say the same as transfers one by one, and are held to the same rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.ledger import Account, Columns, Limit, Purpose, Transfer, Why, post, post_all, post_columns
from carbonpolis.ledger.journal import GENESIS, Draft, seal

ACCOUNTS = [Account("CN-SZX", owner, "CNY", Purpose.AVAILABLE) for owner in "ABCDE"]


@st.composite
def transfers(draw: st.DrawFn) -> Transfer:
    debit, credit = draw(st.permutations(ACCOUNTS))[:2]
    return Transfer(debit, credit, draw(st.integers(1, 10**12)), draw(st.sampled_from(list(Why))))


@given(st.lists(transfers(), min_size=1, max_size=200))
def test_columns_give_back_the_transfers_they_were_made_of(moved: list[Transfer]) -> None:
    assert list(Columns.of(moved)) == moved


@given(st.lists(transfers(), min_size=1, max_size=200))
def test_an_entry_in_columns_has_the_bytes_of_the_same_entry_one_by_one(moved: list[Transfer]) -> None:
    one_by_one = Draft("key", "2024-01-01T00:00:00+00:00", "pay", "A", "{}", tuple(moved), ())
    in_columns = Draft("key", "2024-01-01T00:00:00+00:00", "pay", "A", "{}", (), (), Columns.of(moved))
    sealed, same = (seal([each], {}, after=0, previous=GENESIS) for each in (one_by_one, in_columns))
    assert (sealed.digest, sealed.numbers) == (same.digest, same.numbers)
    assert sealed.postings.tolist() == same.postings.tolist()


BANK = Account("CN-SZX", "bank", "CNY", Purpose.OUTSIDE)
BOOK = (*ACCOUNTS, BANK)
SMALL = st.integers(1, 9)
LIMITS = st.dictionaries(
    st.sampled_from(BOOK), st.tuples(st.none() | st.integers(0, 6), st.none() | st.integers(6, 40)), max_size=3
)


@st.composite
def paid(draw: st.DrawFn, amounts: st.SearchStrategy[int] = SMALL) -> Transfer:
    debit, credit = draw(st.permutations(BOOK))[:2]
    return Transfer(debit, credit, draw(amounts), Why.PAY)


@given(
    st.dictionaries(st.sampled_from(ACCOUNTS), st.integers(0, 20)),
    st.lists(paid(), max_size=20),
    st.lists(paid(), max_size=20),
    LIMITS,
)
def test_columns_post_as_the_same_transfers_do_one_by_one(held, first, then, limits):
    limits = {where: Limit(where, "a test", least, most) for where, (least, most) in limits.items()}
    assert post_columns(held, Columns.of(then), limits) == post(held, then, limits)
    assert post_all(held, first, Columns.of(then), limits) == post(held, [*first, *then], limits)


@given(st.lists(paid(st.sampled_from([1, 2**61, 2**62 - 1, 2**62, 2**63 - 1])), max_size=8))
def test_columns_post_alike_at_the_end_of_what_can_be_counted(moved):
    assert post_columns({}, Columns.of(moved)) == post({}, moved)


def test_columns_may_name_accounts_that_they_do_not_move():
    columns = Columns(BOOK, *(np.array([each], np.int64) for each in (5, 1, 7, Why.DEPOSIT.code)))
    assert post_columns({}, columns) == {BANK: -7, ACCOUNTS[1]: 7}
    sealed = seal([Draft("key", "now", "pay", "A", "{}", (), (), columns)], {}, after=0, previous=GENESIS)
    assert sealed.numbers == {BANK: 1, ACCOUNTS[1]: 2}


def test_an_account_stands_once_among_those_of_columns():
    with pytest.raises(AssertionError, match="stands twice"):
        Columns((BANK, ACCOUNTS[0], BANK), *(np.array(each, np.int64) for each in ([0, 2], [1, 1], [1, 1], [8, 8])))


@given(st.lists(transfers(), min_size=1, max_size=9), st.lists(transfers(), min_size=1, max_size=90))
def test_transfers_and_columns_of_several_commands_are_sealed_in_their_order(first, then):
    def draft(key: str, *parts: list[Transfer]) -> Draft:
        return Draft(key, "now", "pay", "A", "{}", tuple(parts[0]), (), Columns.of(parts[1] if parts[1:] else ()))

    mixed = seal([draft("a", first, then), draft("b", then), draft("c", [], first)], {}, after=0, previous=GENESIS)
    plain = seal([draft("a", first + then), draft("b", then), draft("c", first)], {}, after=0, previous=GENESIS)
    assert (mixed.digest, mixed.numbers) == (plain.digest, plain.numbers)
    assert mixed.postings.tolist() == plain.postings.tolist()
    assert [each.opened for each in mixed.entries] == [each.opened for each in plain.entries]


@pytest.mark.parametrize(
    ("debit", "credit", "amount", "what"),
    [
        (0, 0, 5, "pay itself"),
        (0, 1, 0, "nothing or less"),
        (0, 7, 5, "not there"),
        (0, 2, 5, "can't become another"),
        (3, 2, 5, "never leaves"),
    ],
)
def test_columns_that_break_a_rule_of_transfers_cannot_be_made(debit: int, credit: int, amount: int, what: str) -> None:
    gone = Account("CN-SZX", "A", "CP-CN-SZX-000001-FOR-2020", Purpose.RETIRED)
    accounts = (*ACCOUNTS[:2], gone.of(Purpose.AVAILABLE), gone)
    one = (np.array([value], np.int64) for value in (debit, credit, amount, Why.PAY.code))
    with pytest.raises(AssertionError, match=what):
        Columns(accounts, *one)

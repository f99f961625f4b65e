"""Transfers in columns say the same as transfers one by one, and are held to the same rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.ledger import Account, Columns, Purpose, Transfer, Why
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
    assert (sealed.digest, sealed.postings, sealed.numbers) == (same.digest, same.postings, same.numbers)


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

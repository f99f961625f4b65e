"""Rows, each a command of its own: what becomes of them is what would become of the same commands one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonpolis.errors import BadInput
from carbonpolis.ledger import Account, Balances, Columns, Limit, Purpose, Refusal, Rows, Transfer, Why, post, post_rows
from carbonpolis.ledger.given import given_rows
from carbonpolis.ledger.rows import keys_part, read_keys, stored_keys

BANK = Account("US-MSP", "bank", "USD", Purpose.OUTSIDE)
MILL, BAKERY, FOREST = (Account("US-MSP", owner, "USD", Purpose.AVAILABLE) for owner in ("mill", "bakery", "forest"))
GONE = Account("US-MSP", "mill", "USD", Purpose.CANCELLED)
EUROS = Account("US-MSP", "mill", "EUR", Purpose.AVAILABLE)
PLACES = (BANK, MILL, BAKERY, FOREST)


@st.composite
def commands(draw: st.DrawFn) -> tuple[str, Transfer]:
    debit, credit = draw(st.permutations(PLACES))[:2]
    return draw(st.sampled_from("abcdefghij")), Transfer(debit, credit, draw(st.integers(1, 9)), Why.PAY)


def rows(given: list[tuple[str, Transfer]]) -> Rows:
    return Rows(tuple(key for key, _ in given), Columns.of(transfer for _, transfer in given))


LIMITS = st.dictionaries(
    st.sampled_from(PLACES), st.tuples(st.none() | st.integers(0, 4), st.none() | st.integers(4, 20)), max_size=2
)


@settings(max_examples=500)
@given(
    st.dictionaries(st.sampled_from(PLACES[1:]), st.integers(0, 12)),
    st.lists(commands(), max_size=16),
    st.sets(st.sampled_from("abc")),
    LIMITS,
)
def test_rows_become_what_the_same_commands_become_one_by_one(held, given, used, limits):
    limits = {where: Limit(where, "a test", least, most) for where, (least, most) in limits.items()}
    balances, refusals, accepted, seen = dict(held), {}, [], []
    keys = set(used)
    for row, (key, transfer) in enumerate(given):
        seen.append(key in keys)
        outcome: Balances | Refusal = {} if seen[row] else post(balances, [transfer], limits)
        accepted.append(not seen[row] and not isinstance(outcome, Refusal))
        if isinstance(outcome, Refusal):
            refusals[row] = outcome
        elif not seen[row]:
            keys.add(key)
            balances |= outcome
    posted = post_rows(held, rows(given), np.array([key in used for key, _ in given], np.bool_), limits)
    assert (posted.accepted.tolist(), posted.seen.tolist(), posted.refusals) == (accepted, seen, refusals)
    assert held | posted.after == balances, "every account of an accepted row, and no other"


def test_a_key_that_was_refused_may_be_tried_again_further_down():
    given = [("pay", Transfer(MILL, BAKERY, 5, Why.PAY)), ("in", Transfer(BANK, MILL, 9, Why.DEPOSIT))]
    posted = post_rows({}, rows([*given, given[0], given[0]]), np.zeros(4, np.bool_))
    assert posted.accepted.tolist() == [False, True, True, False]
    assert posted.seen.tolist() == [False, False, False, True]
    assert posted.refusals == {0: Refusal(MILL, asked=5, held=0)}
    assert posted.after == {BANK: -9, MILL: 4, BAKERY: 5}


def test_an_account_that_only_a_row_seen_before_names_is_not_touched():
    twice = [("a", Transfer(BANK, MILL, 1, Why.DEPOSIT)), ("a", Transfer(BANK, BAKERY, 1, Why.DEPOSIT))]
    assert post_rows({}, rows(twice), np.zeros(2, np.bool_)).after == {BANK: -1, MILL: 1}


@given(st.lists(st.text(min_size=1), max_size=200))
def test_keys_return_as_they_were_stored(keys):
    assert read_keys(stored_keys(keys)) == keys


def test_keys_are_told_apart_by_the_bytes_of_their_entry():
    assert keys_part(["a", "bc"]) != keys_part(["ab", "c"]), "texts are not only joined"
    many = [f"key-{number}" for number in range(65)]
    assert keys_part(many) != keys_part([*many[:64], "key-x"])
    assert (keys_part(many[:64])[0], len(keys_part(many)[1])) == (64, 32)
    with pytest.raises(ValueError, match="stored keys"):
        read_keys(b"\x93\x01")


def test_every_row_that_is_no_transfer_is_told_and_nothing_is_made_of_the_others():
    with pytest.raises(BadInput) as told:
        given_rows(
            ["a", "", "c", "d", "e", "f"],
            [MILL, MILL, MILL, MILL, GONE, MILL],
            [BAKERY, BAKERY, MILL, EUROS, MILL, BAKERY],
            [1, 2, 3, 4, 5, 0],
            [Why.PAY] * 6,
        )
    assert [(fault.row, fault.column) for fault in told.value.faults] == [
        (2, "keys"),
        (3, "credit"),
        (4, "credit"),
        (5, "debit"),
        (6, "amount"),
    ]
    with pytest.raises(BadInput, match="columns of equal length"):
        given_rows(["a"], [MILL], [BAKERY], [1, 2], [Why.PAY])


@pytest.mark.parametrize("amount", [0, -1, 2**62, 2**70, 1.5, True, "7"])
def test_an_amount_is_a_whole_number_that_the_ledger_can_count(amount):
    with pytest.raises(BadInput, match="row 1, column amount"):
        given_rows(["a"], [MILL], [BAKERY], [amount], [Why.PAY])


def test_rows_that_are_right_are_taken_as_they_are():
    found = given_rows(["a", "b"], [MILL, BANK], [BAKERY, MILL], np.array([5, 7]), [Why.PAY, Why.DEPOSIT])
    assert (found.keys, list(found.moved)) == (
        ("a", "b"),
        [Transfer(MILL, BAKERY, 5, Why.PAY), Transfer(BANK, MILL, 7, Why.DEPOSIT)],
    )
    assert len(given_rows([], [], [], [], [])) == 0

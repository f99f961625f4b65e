"""The hash chain: changing any one thing in a journal is found, and told where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.ledger.journal import GENESIS, Break, Draft, Entry, EventLine, chain, holders, posting_fields, replay

UNITS = "CP-US-MSP-000001-FOR-2020"
ISSUER = Account("US-MSP", "registry", UNITS, Purpose.ISSUER)
FOREST = Account("US-MSP", "forest", UNITS, Purpose.AVAILABLE)
MILL = Account("US-MSP", "mill", UNITS, Purpose.AVAILABLE)


def draft(number: int, *transfers: Transfer) -> Draft:
    event = EventLine("US-MSP", "batch", f"B-{number}", '{"kg":1}')
    return Draft(f"key-{number}", f"2021-03-0{number}T00:00:00+00:00", "issue", "registrar", "{}", transfers, (event,))


def journal() -> list[Entry]:
    return chain(
        [
            draft(1, Transfer(ISSUER, FOREST, 5000, Why.ISSUE)),
            draft(2, Transfer(FOREST, MILL, 3000, Why.DELIVER), Transfer(ISSUER, MILL, 7, Why.ISSUE)),
            draft(3, Transfer(MILL, FOREST, 1, Why.DELIVER)),
        ],
        after=0,
        previous=GENESIS,
    )


def test_an_untouched_journal_replays_to_its_balances():
    entries = journal()
    balances, count, head = replay(entries)
    assert (balances, count, head) == ({ISSUER: -5007, FOREST: 2001, MILL: 3006}, 3, entries[-1].digest)
    assert holders(balances, UNITS) == [(FOREST, 2001), (MILL, 3006)]


def test_an_empty_journal_is_believable():
    assert replay([]) == ({}, 0, GENESIS)


def test_a_journal_continues_where_it_stopped():
    first, second, third = journal()
    assert chain([third.draft], after=2, previous=second.digest) == [third]
    assert first.previous == GENESIS


Change = Callable[[Draft], Draft]


def in_draft(field: str) -> Change:
    return lambda old: replace(old, **{field: getattr(old, field) + "x"})


def in_event(field: str) -> Change:
    return lambda old: replace(old, events=(replace(old.events[0], **{field: getattr(old.events[0], field) + "x"}),))


def in_transfer(**change: object) -> Change:
    return lambda old: replace(old, transfers=(replace(old.transfers[0], **change), *old.transfers[1:]))


def in_account(side: str, field: str) -> Change:
    def change(old: Draft) -> Draft:
        first, *rest = old.transfers
        here = getattr(first, side)
        value = Purpose.ESCROW if field == "purpose" else getattr(here, field) + "x"
        return replace(old, transfers=(replace(first, **{side: replace(here, **{field: value})}), *rest))

    return change


def in_asset(old: Draft) -> Draft:
    first, *rest = old.transfers
    both = {side: replace(getattr(first, side), asset="USD") for side in ("debit", "credit")}
    return replace(old, transfers=(replace(first, **both), *rest))


CHANGES: dict[str, Change] = {
    **{f"draft {name}": in_draft(name) for name in ("key", "at", "command", "who", "answer")},
    **{f"event {field.name}": in_event(field.name) for field in fields(EventLine)},
    **{
        f"{side} {name}": in_account(side, name)
        for side in ("debit", "credit")
        for name in ("city", "owner", "purpose")
    },
    "asset": in_asset,
    "amount": in_transfer(amount=2999),
    "why": in_transfer(why=Why.RETIRE),
    "a transfer left out": lambda old: replace(old, transfers=old.transfers[1:]),
    "a transfer twice": lambda old: replace(old, transfers=(*old.transfers, old.transfers[-1])),
    "transfers swapped": lambda old: replace(old, transfers=old.transfers[::-1]),
    "an event left out": lambda old: replace(old, events=()),
    "an event twice": lambda old: replace(old, events=old.events * 2),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_changed_field_breaks_the_chain_at_its_entry(change):
    entries = journal()
    entries[1] = replace(entries[1], draft=change(entries[1].draft))
    found = replay(entries)
    assert isinstance(found, Break)
    assert (found.seq, "something in it was changed" in found.reason) == (2, True)


def test_the_changes_tried_cover_every_field_that_is_stored():
    """A new column of a draft, an event or a posting needs its line in CHANGES."""
    assert len(fields(Draft)) == 5 + len(("transfers", "events"))
    assert len(fields(EventLine)) == 4
    assert len(fields(Account)) == 4
    assert len(fields(Transfer)) == len(("debit", "credit", "amount", "why"))
    assert len(posting_fields(journal()[0].draft.transfers[0])) == 3 + 3 + 3


@pytest.mark.parametrize("field, value", [("digest", "f" * 64), ("previous", "f" * 64), ("seq", 9)])
def test_any_changed_link_breaks_the_chain(field, value):
    entries = journal()
    entries[1] = replace(entries[1], **{field: value})
    found = replay(entries)
    assert isinstance(found, Break)
    assert found.seq == 2


def test_an_entry_left_out_is_missed():
    first, _, third = journal()
    assert replay([first, third]) == Break(2, "entry 2 is missing; the next one found is 3")


def test_an_entry_forged_with_a_right_digest_breaks_the_one_after_it():
    first, second, third = journal()
    (forged,) = chain([replace(second.draft, who="thief")], after=1, previous=first.digest)
    assert replay([first, forged, third]) == Break(3, "it does not continue the entry before it")


def test_a_chained_overdraft_is_found_even_when_every_digest_holds():
    overdrawn = chain([draft(1, Transfer(FOREST, MILL, 1, Why.DELIVER))], after=0, previous=GENESIS)
    found = replay(overdrawn)
    assert isinstance(found, Break)
    assert "pays 1 and holds 0" in found.reason


TEXT = st.text(max_size=20)
DRAFTS = st.builds(
    Draft,
    *([TEXT] * 5),
    st.lists(
        st.builds(
            Transfer, st.just(ISSUER), st.sampled_from([FOREST, MILL]), st.integers(1, 10**15), st.sampled_from(Why)
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.builds(EventLine, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
)


@given(st.lists(DRAFTS, min_size=2, max_size=6), st.data())
def test_one_draft_put_in_anothers_place_is_found_wherever_it_is(drafts, data):
    entries = chain(drafts, after=0, previous=GENESIS)
    assert not isinstance(replay(entries), Break)
    position = data.draw(st.integers(0, len(entries) - 1))
    other = data.draw(DRAFTS.filter(lambda d: d != drafts[position]))
    entries[position] = replace(entries[position], draft=other)
    found = replay(entries)
    assert isinstance(found, Break)
    assert found.seq == position + 1

"""The chain of a journal: changing any one thing in it is found, and told where."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.ledger import Account, Limit, Purpose, Transfer, Why
from carbonpolis.ledger.account import FINAL
from carbonpolis.ledger.journal import GENESIS, Draft, EventLine, Sealed, holders, seal
from carbonpolis.ledger.replay import Block, Break, Replay, StoredCommit

UNITS = "CP-US-MSP-000001-FOR-2020"
ISSUER = Account("US-MSP", "registry", UNITS, Purpose.ISSUER)
FOREST = Account("US-MSP", "forest", UNITS, Purpose.AVAILABLE)
MILL = Account("US-MSP", "mill", UNITS, Purpose.AVAILABLE)
HEAD = ("seq", "city", "key", "at", "command", "who", "answer")


def draft(number: int, *transfers: Transfer, events: tuple[EventLine, ...] | None = None) -> Draft:
    event = EventLine("US-MSP", "batch", f"B-{number}", '{"kg":1}')
    at = f"2021-03-{number:02d}T00:00:00+00:00"
    return Draft(f"key-{number}", at, "issue", "registrar", "{}", transfers, (event,) if events is None else events)


DRAFTS = (
    draft(1, Transfer(ISSUER, FOREST, 5000, Why.ISSUE)),
    draft(2, Transfer(FOREST, MILL, 3000, Why.DELIVER), Transfer(ISSUER, MILL, 7, Why.ISSUE)),
    draft(3, Transfer(MILL, FOREST, 1, Why.DELIVER)),
)


def commits(*groups: Sequence[Draft]) -> list[Sealed]:
    """Each group sealed on top of those before it."""
    sealed: list[Sealed] = []
    numbers: dict[Account, int] = {}
    after, previous = 0, GENESIS
    for group in groups:
        sealed.append(seal(group, numbers, after=after, previous=previous))
        numbers.update(sealed[-1].numbers)
        after, previous = sealed[-1].last, sealed[-1].digest
    return sealed


def stored(sealed: Sequence[Sealed]) -> Block:
    """Commits as the columns that a store would hand back."""
    entries, opened, events, upto = [], [], [], 0
    for commit in sealed:
        for entry in commit.entries:
            d = entry.draft
            upto += len(d.transfers)
            entries.append((entry.seq, entry.city, d.key, d.at, d.command, d.who, d.answer, upto, entry.leaf))
            opened += [(entry.seq, number, account) for number, account in entry.opened]
            events += [(entry.seq, line, event) for line, event in enumerate(d.events)]
    rows = np.array([posting for commit in sealed for posting in commit.postings], np.int64).reshape(-1, 4)
    chained = [StoredCommit(commit.last, commit.previous, commit.digest) for commit in sealed]
    return Block(entries, chained, *(rows[:, column].copy() for column in range(4)), opened=opened, events=events)


def journal() -> Block:
    return stored(commits(DRAFTS[:2], DRAFTS[2:]))


def fault(block: Block) -> Break:
    found = Replay().feed(block)
    assert found is not None, "nothing was found"
    return found


def test_an_untouched_journal_replays_to_its_balances():
    sealed = commits(DRAFTS[:2], DRAFTS[2:])
    replay = Replay()
    assert replay.feed(stored(sealed)) is None
    assert replay.balances() == {ISSUER: -5007, FOREST: 2001, MILL: 3006}
    assert (replay.entries, replay.postings, replay.head) == (3, 4, sealed[-1].digest)
    assert holders(replay.balances(), UNITS) == [(FOREST, 2001), (MILL, 3006)]
    assert replay.leaves == [entry.leaf for commit in sealed for entry in commit.entries]


def test_a_journal_may_be_fed_in_pieces():
    first, second = commits(DRAFTS[:2], DRAFTS[2:])
    whole, pieces = Replay(), Replay()
    assert whole.feed(stored([first, second])) is None
    assert pieces.feed(stored([first])) is None
    rest = stored([second])
    rest.entries = [(*entry[:7], entry[7] + 3, entry[8]) for entry in rest.entries]
    assert pieces.feed(rest) is None
    assert (pieces.head, pieces.balances()) == (whole.head, whole.balances())


def test_an_empty_journal_is_believable():
    replay = Replay()
    assert replay.feed(stored([])) is None
    assert (replay.balances(), replay.entries, replay.head) == ({}, 0, GENESIS)


Change = Callable[[Block], None]
SECOND = 1  # what every change below touches: entry 2, its first posting, its event


def in_head(name: str, value: object) -> Change:
    def change(block: Block) -> None:
        entry = block.entries[SECOND]
        head = tuple(value if each == name else old for each, old in zip(HEAD, entry[:7], strict=True))
        block.entries = [*block.entries[:SECOND], (*head, *entry[7:]), *block.entries[SECOND + 1 :]]

    return change


def in_column(name: str, value: int) -> Change:
    def change(block: Block) -> None:
        getattr(block, name)[1] = value

    return change


def in_event(name: str) -> Change:
    def change(block: Block) -> None:
        seq, line, event = block.events[SECOND]
        changed = (seq, line, replace(event, **{name: getattr(event, name) + "x"}))
        block.events = [*block.events[:SECOND], changed, *block.events[SECOND + 1 :]]

    return change


def in_opened(account: Account) -> Change:
    def change(block: Block) -> None:
        block.opened = [*block.opened[:2], (block.opened[2][0], block.opened[2][1], account)]

    return change


CHANGES: dict[str, Change] = {
    **{f"entry {name}": in_head(name, "x") for name in HEAD[1:]},
    **{f"event {field.name}": in_event(field.name) for field in fields(EventLine)},
    "posting debit": in_column("debit", 1),
    "posting credit": in_column("credit", 1),
    "posting amount": in_column("amount", 2999),
    "posting why": in_column("why", Why.RETIRE.code),
    "account city": in_opened(Account("US-STP", "mill", UNITS, Purpose.AVAILABLE)),
    "account owner": in_opened(Account("US-MSP", "milk", UNITS, Purpose.AVAILABLE)),
    "account asset": in_opened(Account("US-MSP", "mill", "USD", Purpose.AVAILABLE)),
    "account purpose": in_opened(MILL.of(Purpose.ESCROW)),
    "an event left out": lambda block: setattr(block, "events", [block.events[0], block.events[2]]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_changed_field_is_found_at_its_entry(change):
    block = journal()
    change(block)
    found = fault(block)
    assert (found.seq, "something in it was changed" in found.reason) == (2, True)


def test_the_changes_tried_cover_every_field_that_is_stored():
    """A new column of an entry, an event, an account or a posting needs its line in CHANGES.

    But the digest of what a command was given: it only tells a repetition, and stands beside the entry (ADR 0025).
    """
    assert len(fields(Draft)) == len(HEAD[2:]) + len(("transfers", "events", "columns", "keys")) + len(("content",))
    assert len(fields(EventLine)) == 4
    assert set(Account.__slots__) - {"index", "is_final", "may_go_negative"} == {"asset", "city", "owner", "purpose"}
    assert len(fields(Transfer)) == len(("debit", "credit", "amount", "why"))


def test_postings_moved_from_one_entry_to_another_are_found():
    block = journal()
    block.entries = [(*block.entries[0][:7], 2, block.entries[0][8]), *block.entries[1:]]
    assert fault(block).seq == 1


def test_a_posting_too_many_or_too_few_is_found():
    block = journal()
    for name in ("debit", "credit", "amount", "why"):
        setattr(block, name, np.append(getattr(block, name), getattr(block, name)[-1]))
    assert "belong to no entry" in fault(block).reason
    block = journal()
    for name in ("debit", "credit", "amount", "why"):
        setattr(block, name, getattr(block, name)[:-1])
    assert (fault(block).seq, "not there" in fault(block).reason) == (3, True)


@pytest.mark.parametrize(
    ("commit", "reason"),
    [
        (StoredCommit(3, "f" * 64, "f" * 64), "does not continue"),
        (StoredCommit(3, "", "f" * 64), "does not continue"),
    ],
)
def test_a_forged_commit_is_found(commit, reason):
    block = journal()
    block.commits = [block.commits[0], commit]
    assert reason in fault(block).reason
    block.commits = [block.commits[0]]
    assert (fault(block).seq, fault(block).reason) == (3, "no commit seals it")


def test_an_entry_left_out_is_missed():
    block = journal()
    block.entries = [block.entries[0], block.entries[2]]
    assert fault(block) == Break(2, "entry 2 is missing; the next one found is 3")


def test_an_entry_forged_with_a_right_hash_breaks_the_commit_that_seals_it():
    forged = replace(DRAFTS[1], who="thief")
    block, other = journal(), stored(commits([DRAFTS[0], forged], DRAFTS[2:]))
    block.entries = [block.entries[0], other.entries[1], block.entries[2]]
    assert (fault(block).seq, "digest" in fault(block).reason) == (2, True)


def test_a_chained_overdraft_is_found_even_when_every_hash_holds():
    overdrawn = stored(commits([DRAFTS[0], draft(2, Transfer(FOREST, MILL, 5001, Why.DELIVER))]))
    assert fault(overdrawn) == Break(2, f"{FOREST} pays 5,001 and holds 5,000")


def test_order_within_a_commit_counts():
    later = [draft(1, Transfer(FOREST, MILL, 1, Why.DELIVER)), draft(2, Transfer(ISSUER, FOREST, 1, Why.ISSUE))]
    assert fault(stored(commits(later))).seq == 1


def test_a_chained_limit_that_was_passed_is_found():
    limit = Limit(MILL, "for this test", most=10)
    line = EventLine("US-MSP", "limit", limit.id, json.dumps({"account": MILL.name, "reason": "x", "most": 10}))
    story = [
        draft(1, Transfer(ISSUER, FOREST, 100, Why.ISSUE), Transfer(FOREST, MILL, 20, Why.DELIVER)),
        draft(2, events=(line,)),
        draft(3, Transfer(MILL, FOREST, 5, Why.DELIVER)),
    ]
    assert Replay().feed(stored(commits(story))) is None
    passed = [*story, draft(4, Transfer(FOREST, MILL, 1, Why.DELIVER))]
    found = fault(stored(commits(passed)))
    assert (found.seq, "passes its limit of 10" in found.reason) == (4, True)


def forged(column: str, value: int) -> Block:
    """A journal whose hashes all hold, though it was made by a ledger that keeps no rule."""
    retired = MILL.of(Purpose.RETIRED)
    sealed = commits([DRAFTS[0], draft(2, Transfer(FOREST, retired, 10, Why.RETIRE))])
    debit, credit, amount, why = sealed[0].postings[1].tolist()
    changed = {"debit": debit, "credit": credit, "amount": amount, "why": why, column: value}

    class Lying(Transfer):
        def __post_init__(self) -> None:
            pass

    accounts = {1: ISSUER, 2: FOREST, 3: retired}
    lie = Lying(accounts[changed["debit"]], accounts[changed["credit"]], changed["amount"], Why.RETIRE)
    return stored(commits([DRAFTS[0], draft(2, Transfer(FOREST, retired, 10, Why.RETIRE)), draft(3, lie)]))


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("debit", 3, "takes from"),
        ("amount", 0, "positive amount"),
        ("amount", -5, "positive amount"),
        ("credit", 2, "takes from"),
    ],
)
def test_a_chained_transfer_that_breaks_a_rule_is_found(column, value, reason):
    found = fault(forged(column, value))
    assert (found.seq, reason in found.reason) == (3, True)


TEXT = st.text(max_size=20)
ACCOUNTS = st.sampled_from([FOREST, MILL, FOREST.of(Purpose.BUFFER)])
ANY_DRAFT = st.builds(
    Draft,
    *([TEXT] * 5),
    st.lists(
        st.builds(Transfer, st.just(ISSUER), ACCOUNTS, st.integers(1, 10**15), st.sampled_from(Why)), max_size=3
    ).map(tuple),
    st.lists(st.builds(EventLine, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
)


@given(st.lists(ANY_DRAFT, min_size=2, max_size=6), st.data())
def test_one_draft_put_in_anothers_place_is_found_wherever_it_is(drafts, data):
    cut = data.draw(st.integers(1, len(drafts) - 1))
    true = commits(drafts[:cut], drafts[cut:])
    assert Replay().feed(stored(true)) is None
    position = data.draw(st.integers(0, len(drafts) - 1))
    other = data.draw(ANY_DRAFT.filter(lambda d: d != drafts[position]))
    changed = [*drafts[:position], other, *drafts[position + 1 :]]
    block = stored(commits(changed[:cut], changed[cut:]))
    block.commits = stored(true).commits
    assert fault(block).seq == (cut if position < cut else len(drafts))


@pytest.mark.parametrize("many", [63, 64, 65, 200])
def test_an_entry_of_many_transfers_is_hashed_by_blocks_and_every_one_counts(many):
    issued = [Transfer(ISSUER, FOREST, number + 1, Why.ISSUE) for number in range(many)]
    block = stored(commits([draft(1, *issued)]))
    assert Replay().feed(block) is None
    for position in (0, many // 2, many - 1):
        tampered = stored(commits([draft(1, *issued)]))
        tampered.amount[position] += 1
        assert fault(tampered).seq == 1


def test_nothing_that_is_final_can_be_a_debit():
    assert {Purpose.RETIRED, Purpose.CANCELLED} == FINAL

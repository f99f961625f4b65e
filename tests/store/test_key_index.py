"""The index of keys never says that a key was used which was not, even where hashes meet, and never forgets one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.ledger.rows import stored_keys
from carbonpolis.store.key_index import FIRST_SLOTS, KeyIndex

KEYS = st.text("abc", min_size=1, max_size=4)


def filled(groups: Sequence[Sequence[str]], hashed: Callable[[str], int]) -> tuple[KeyIndex, dict[int, bytes]]:
    index = KeyIndex(hashed)
    for entry, keys in enumerate(groups, start=1):
        index.add(entry, keys)
    return index, {entry: stored_keys(keys) for entry, keys in enumerate(groups, start=1)}


@pytest.mark.parametrize("hashed", [hash, len, lambda _: 7, lambda key: -len(key)], ids=["hash", "len", "one", "minus"])
@given(groups=st.lists(st.lists(KEYS, unique=True), max_size=9), asked=st.lists(KEYS, max_size=30))
def test_it_finds_what_is_there_and_nothing_else(hashed, groups, asked):
    entry_of = {key: entry for entry, keys in enumerate(groups, start=1) for key in keys}
    once = [[key for key in keys if entry_of[key] == entry] for entry, keys in enumerate(groups, start=1)]
    index, lists = filled(once, hashed)
    found = index.find(asked, lambda entries: {entry: lists[entry] for entry in entries})
    assert found == {key: entry_of[key] for key in asked if key in entry_of}
    assert len(index) == len(entry_of)


def test_it_grows_and_keeps_everything():
    groups = [[f"{entry}-{line}" for line in range(700)] for entry in range(30)]
    index, lists = filled(groups, hash)
    assert len(index) > 4 * FIRST_SLOTS
    everything = [key for keys in groups for key in keys]
    found = index.find([*everything, "never"], lambda entries: {entry: lists[entry] for entry in entries})
    assert found == {key: entry for entry, keys in enumerate(groups, start=1) for key in keys}


def test_lists_are_read_only_of_entries_that_may_hold_a_key():
    index, lists = filled([["a"], ["b"], ["c"]], hash)
    read: list[int] = []

    def reading(entries: Sequence[int]) -> dict[int, bytes]:
        read.extend(entries)
        return {entry: lists[entry] for entry in entries}

    assert index.find(["b", "x"], reading) == {"b": 2}
    assert read == [2]

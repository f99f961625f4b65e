"""Which row's key was used before: a table of hashes in memory, made from the journal's own lists of keys.

An index on disk of keys in no order writes a page a key (measured: docs/adr/0024). So the keys of rows are kept as one
list an entry, and 16 bytes a key in memory tell in which entry to look. A hash alone never says that a key was used:
the entry's list does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from carbonpolis.ledger.rows import read_keys
from carbonpolis.native import native

Integers = npt.NDArray[np.int64]
Lists = Callable[[Sequence[int]], Mapping[int, bytes]]  # stored keys of entries, by number
FIRST_SLOTS = 1 << 12


@native
def _enter(hashes: Any, entry: Any, slot_hash: Any, slot_entry: Any) -> None:
    """Put each hash into the next free slot from its own on. Slots: a power of two, never all taken; 0 is free."""
    mask = len(slot_hash) - 1
    for item in range(len(hashes)):
        slot = hashes[item] & mask
        while slot_entry[slot] != 0:
            slot = (slot + 1) & mask
        slot_hash[slot], slot_entry[slot] = hashes[item], entry[item]


@native
def _look_up(hashes: Any, slot_hash: Any, slot_entry: Any, found: Any) -> None:
    """The first entry of each hash, 0 where there is none."""
    mask = len(slot_hash) - 1
    for item in range(len(hashes)):
        slot = hashes[item] & mask
        while slot_entry[slot] != 0 and slot_hash[slot] != hashes[item]:
            slot = (slot + 1) & mask
        found[item] = slot_entry[slot]


class KeyIndex:
    """Finds the entry of a row by its key. Any number of threads may ask while one adds.

    hashed: the hash that the table is ordered by. Python's own is another one in every process, so nobody can choose
    keys that meet.
    """

    def __init__(self, hashed: Callable[[str], int] = hash) -> None:
        self._hashed, self._lock = hashed, Lock()
        self._count = 0
        self._hash, self._entry = np.zeros(FIRST_SLOTS, np.int64), np.zeros(FIRST_SLOTS, np.int64)

    def __len__(self) -> int:
        return self._count

    def add(self, entry: int, keys: Sequence[str]) -> None:
        """Keys of an entry, none of which is there yet."""
        hashes = self._hashes(keys)
        with self._lock:
            self._make_room(len(keys))
            _enter(hashes, np.full(len(keys), entry, np.int64), self._hash, self._entry)
            self._count += len(keys)

    def find(self, keys: Sequence[str], lists: Lists) -> dict[str, int]:
        """The entry of every key that was used. lists: reads the stored keys of entries."""
        if not self._count or not keys:
            return {}
        hashes, found = self._hashes(keys), np.zeros(len(keys), np.int64)
        with self._lock:
            _look_up(hashes, self._hash, self._entry, found)
        rows = np.flatnonzero(found)
        if not len(rows):
            return {}
        known = _sets(lists, np.unique(found[rows]))
        used: dict[str, int] = {}
        for row, entry in zip(rows.tolist(), found[rows].tolist(), strict=True):
            key = keys[row]
            if key in known[entry]:
                used[key] = entry
            else:  # another key has the same hash; this one may stand behind it
                others = self._entries(int(hashes[row]))
                used.update((key, each) for each, stored in _sets(lists, others).items() if key in stored)
        return used

    def _hashes(self, keys: Sequence[str]) -> Integers:
        return np.fromiter(map(self._hashed, keys), np.int64, len(keys))

    def _entries(self, hashed: int) -> list[int]:
        """Every entry that holds a key of this hash."""
        with self._lock:
            mask, found = len(self._hash) - 1, []
            slot = hashed & mask
            while self._entry[slot]:
                if self._hash[slot] == hashed:
                    found.append(int(self._entry[slot]))
                slot = (slot + 1) & mask
        return found

    def _make_room(self, more: int) -> None:
        """Keep at least two slots in five free: beyond that, looking takes long."""
        slots = len(self._hash)
        while (self._count + more) * 5 > slots * 3:
            slots *= 2
        if slots == len(self._hash):
            return
        taken = np.flatnonzero(self._entry)
        hashes, entries = self._hash[taken], self._entry[taken]
        self._hash, self._entry = np.zeros(slots, np.int64), np.zeros(slots, np.int64)
        _enter(hashes, entries, self._hash, self._entry)


def _sets(lists: Lists, entries: Iterable[int]) -> dict[int, set[str]]:
    return {entry: set(read_keys(stored)) for entry, stored in lists([int(each) for each in entries]).items()}

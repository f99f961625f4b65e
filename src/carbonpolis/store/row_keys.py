"""Keys of rows on disk, one list an entry, and the index of them in memory, which follows the disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock

from sqlalchemy import Engine, select

from carbonpolis.ledger.journal import Entry
from carbonpolis.ledger.rows import read_keys
from carbonpolis.store import tables as t
from carbonpolis.store.key_index import KeyIndex

ENTRIES_A_QUERY = 10_000  # fewer than a statement may have parameters


class RowKeys:
    """Tells which keys were used by rows. It is made when it is first asked, and again after a commit that failed."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, Lock()
        self._index, self._upto = KeyIndex(), 0
        self._current = False  # whether nobody but this process can have added keys since

    def find(self, keys: Sequence[str]) -> dict[str, int]:
        """The entry of every key that a row used."""
        with self._lock:
            if not self._current:
                self._follow()
        return self._index.find(keys, self._lists)

    def committed(self, entries: Iterable[Entry]) -> None:
        """Take in what this process has just committed. From then on it is the writer, and nobody else adds keys."""
        with self._lock:
            self._current = self._current or self._follow()
            for entry in entries:
                if entry.draft.keys and entry.seq > self._upto:
                    self._index.add(entry.seq, entry.draft.keys)
                    self._upto = entry.seq

    def forget(self) -> None:
        """Nothing is certain: look at the disk again."""
        with self._lock:
            self._index, self._upto, self._current = KeyIndex(), 0, False

    def _follow(self) -> bool:
        """Take in what was added on disk since."""
        query = select(t.row_keys.c.seq, t.row_keys.c.listed).where(t.row_keys.c.seq > self._upto)
        with self._engine.connect() as connection:
            for seq, stored in connection.execute(query.order_by(t.row_keys.c.seq)):
                self._index.add(int(seq), read_keys(stored))
                self._upto = int(seq)
        return True

    def _lists(self, entries: Sequence[int]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(entries), ENTRIES_A_QUERY):
                some = t.row_keys.c.seq.in_(entries[start : start + ENTRIES_A_QUERY])
                for seq, stored in connection.execute(select(t.row_keys.c.seq, t.row_keys.c.listed).where(some)):
                    found[int(seq)] = bytes(stored)
        return found

"""The journal on disk: group commit, idempotency keys, and what it says now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Table, func, select
from sqlalchemy.exc import DBAPIError

from carbonpolis.errors import CommitFailed
from carbonpolis.ledger.account import account_named
from carbonpolis.ledger.journal import GENESIS, AccountNumbers, Draft, Entry, EventLine, Sealed, seal
from carbonpolis.ledger.rows import stored_keys
from carbonpolis.ledger.rules import Balances
from carbonpolis.ledger.transfer import BY_CODE, Transfer
from carbonpolis.store import bulk
from carbonpolis.store import tables as t
from carbonpolis.store.database import looking_up, writing
from carbonpolis.store.row_keys import ENTRIES_A_QUERY, RowKeys
from carbonpolis.store.snapshot import Snapshot

ANSWER_OF_A_ROW = "{}"


@dataclass(frozen=True, slots=True)
class Answered:
    """What an idempotency key was used for.

    answer: as JSON. content: digest of what the command was given, b"" where nobody kept it. row: whether it was one of
    the rows of an entry.
    """

    answer: str
    command: str
    who: str
    at: str
    content: bytes = b""
    row: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: its number and its commit's digest; 0 and the genesis digest for an empty journal."""

    seq: int
    digest: str


class Journal:
    """Appends entries and reads them back. One writer at a time: `writer` is the connection that holds the lock."""

    def __init__(self, engine: Engine, writer: Connection | None = None) -> None:
        self._engine, self._writer = engine, writer
        self._lookup: Connection | None = None
        self._numbers: AccountNumbers | None = None
        self._head, self._upto, self._lost = Head(0, GENESIS), 0, False
        self._row_keys = RowKeys(engine)

    def close(self) -> None:
        """Give the database back."""
        for connection in (self._lookup, self._writer):
            if connection is not None:
                connection.close()
        self._lookup = self._writer = None
        self._engine.dispose()

    def append(self, drafts: Sequence[Draft], changed: Balances) -> Sealed:
        """Commit drafts together, durably, with the balances they leave; returns them sealed.

        changed: the new balance of every account that any of the drafts touches. Raises CommitFailed when the database
        refuses; then nothing of it is kept.
        """
        numbers = self._numbers if self._numbers is not None else self._catch_up()
        sealed = seal(drafts, numbers, after=self._head.seq, previous=self._head.digest)
        try:
            self._write(sealed, numbers, changed)
        except BaseException as fault:
            self._numbers = None  # what is on disk is read again before the next commit
            self._row_keys.forget()
            if not isinstance(fault, DBAPIError | self._engine.dialect.loaded_dbapi.Error):
                raise
            self._lost = self._lost or self._has_lost_the_lock(fault)
            raise CommitFailed(str(fault.orig if isinstance(fault, DBAPIError) else fault)) from fault
        numbers.add(sealed.numbers)
        self._head, self._upto = Head(sealed.last, sealed.digest), self._upto + len(sealed.postings)
        self._row_keys.committed(sealed.entries)
        return sealed

    def _write(self, sealed: Sealed, numbers: AccountNumbers, changed: Balances) -> None:
        events = _event_rows(sealed.entries)
        balances = np.empty((len(changed), 2), np.int64)
        balances[:, 0] = numbers.of(np.array([account.index for account in changed], np.int64))
        balances[:, 1] = list(changed.values())
        if sealed.numbers:
            for line, account in enumerate(changed):
                if not balances[line, 0]:
                    balances[line, 0] = sealed.numbers[account]
        balances = balances[np.argsort(balances[:, 0])]  # neighbours in the table follow each other
        numbered = np.arange(self._upto + 1, self._upto + len(sealed.postings) + 1)
        connection = self._writing()
        with connection.begin():
            bulk.insert(connection, t.accounts, _account_rows(sealed.entries))
            bulk.insert(connection, t.entries, _entry_rows(sealed.entries, self._upto))
            bulk.insert(connection, t.row_keys, _key_rows(sealed.entries))
            bulk.insert(connection, t.contents, _content_rows(sealed.entries))
            bulk.insert_integers(connection, t.postings, np.column_stack([numbered, sealed.postings]))
            bulk.insert(connection, t.events, events)
            bulk.insert(connection, t.commits, [(sealed.last, sealed.previous, sealed.digest)])
            latest = {(city, kind, id): (city, kind, id, seq, line, body) for seq, line, city, kind, id, body in events}
            bulk.upsert(connection, t.entities, list(latest.values()))
            bulk.upsert_integers(connection, t.balances, balances)

    def _has_lost_the_lock(self, fault: BaseException) -> bool:
        if self._engine.dialect.name == "sqlite":
            return False
        if isinstance(fault, DBAPIError) and fault.connection_invalidated:
            return True
        writer = self._writer
        return writer is None or writer.invalidated or bool(getattr(writer.connection.driver_connection, "closed", 0))

    def _writing(self) -> Connection:
        if self._lost:  # a new connection would commit without the writer lock
            raise CommitFailed("the connection to the database was lost, and the writer lock with it; open it again")
        if self._writer is None:
            self._writer = writing(self._engine)
        return self._writer

    def _catch_up(self) -> AccountNumbers:
        """Read from the disk where the journal stands, before the first commit and after one that failed."""
        with self._engine.connect() as connection:
            self._head = _head(connection)
            self._upto = int(connection.execute(select(func.coalesce(func.max(t.postings.c.n), 0))).scalar_one())
            rows = connection.execute(select(t.accounts).order_by(t.accounts.c.id))
            known = {account_named((r.city, r.owner, r.asset, r.purpose)): int(r.id) for r in rows}
        self._numbers = AccountNumbers(known)
        return self._numbers

    def answer(self, key: str) -> Answered | None:
        """What a key that was committed before was used for. For the writer's use, one thread at a time."""
        if self._lookup is None:
            self._lookup = looking_up(self._engine)
        mark = "?" if self._lookup.dialect.name == "sqlite" else "%s"
        used = self._lookup.exec_driver_sql(f"SELECT 1 FROM entries WHERE key = {mark}", (key,)).first() is not None
        return self.answers([key])[key] if used or self._row_keys.find([key]) else None

    def answers(self, keys: Sequence[str]) -> dict[str, Answered]:
        """What each key that was committed before was used for."""
        asked = "SELECT e.key, e.answer, e.command, e.who, e.at, e.seq FROM"
        of_rows = self._row_keys.find(keys)
        with self._engine.connect() as connection:
            found = {
                key: (seq, head) for key, *head, seq in bulk.looked_up(connection, asked, "entries e ON e.key", keys)
            }
            contents = _of_entries(connection, t.contents, [seq for seq, _ in found.values()])
            heads = _of_entries(connection, t.entries, of_rows.values())
        answers = {
            key: Answered(answer, command, who, at, bytes(contents[seq].digest) if seq in contents else b"")
            for key, (seq, (answer, command, who, at)) in found.items()
        }
        for key, seq in of_rows.items():
            answers[key] = Answered(ANSWER_OF_A_ROW, heads[seq].command, heads[seq].who, heads[seq].at, row=True)
        return answers

    def rows_of(self, keys: Sequence[str]) -> dict[str, Transfer]:
        """What each key that a row used has moved."""
        found: dict[str, Transfer] = {}
        by_entry: dict[int, list[str]] = {}
        for key, seq in self._row_keys.find(keys).items():
            by_entry.setdefault(seq, []).append(key)
        with self.snapshot() as snapshot:
            for seq, used in by_entry.items():
                block, lines = snapshot.entry(seq), {key: line for line, key in enumerate(snapshot.row_keys(seq))}
                wanted = [lines[key] for key in used]
                named = snapshot.accounts([*block.debit[wanted].tolist(), *block.credit[wanted].tolist()])
                for key, line in zip(used, wanted, strict=True):
                    debit, credit = named[int(block.debit[line])][1], named[int(block.credit[line])][1]
                    found[key] = Transfer(debit, credit, int(block.amount[line]), BY_CODE[int(block.why[line])])
        return found

    def line_of(self, key: str) -> tuple[int, int] | None:
        """Entry and line of the transfer that a row's key moved, or None where no row used it."""
        seq = self._row_keys.find([key]).get(key)
        if seq is None:
            return None
        with self.snapshot() as snapshot:
            return seq, snapshot.row_keys(seq).index(key)

    def head(self) -> Head:
        """The newest entry."""
        with self._engine.connect() as connection:
            return _head(connection)

    def last_at(self) -> str:
        """When the newest entry was made, as ISO 8601 in UTC; empty for an empty journal."""
        with self._engine.connect() as connection:
            found = connection.execute(select(t.entries.c.at).order_by(t.entries.c.seq.desc()).limit(1)).scalar()
        return "" if found is None else str(found)

    def balances(self) -> Balances:
        """Every live balance that is not zero."""
        with self.snapshot() as snapshot:
            return snapshot.balances()

    def entities(self) -> list[EventLine]:
        """Each thing as its latest event left it, in the order of those events."""
        with self.snapshot() as snapshot:
            return snapshot.entities()

    def count_postings(self) -> int:
        """How many transfers were ever posted."""
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.coalesce(func.max(t.postings.c.n), 0))).scalar_one())

    def transfers_of(self, asset: str) -> list[tuple[int, Transfer]]:
        """Every transfer of one asset with the number of its entry, in order."""
        return self.unit_transfers([asset])[asset]

    def unit_transfers(self, assets: Sequence[str]) -> dict[str, list[tuple[int, Transfer]]]:
        """`transfers_of` for many assets in one pass."""
        found: dict[str, list[tuple[int, Transfer]]] = {asset: [] for asset in assets}
        with self.snapshot() as snapshot:
            for seq, transfer in snapshot.transfers(assets):
                found[transfer.debit.asset].append((seq, transfer))
        return found

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The journal as it stands at one moment, whatever is committed meanwhile."""
        connection = self._engine.connect()
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection, connection.begin():
            yield Snapshot(connection)

    def keep_checkpoint(self, size: int, body: str, signature: str) -> None:
        """Store a signed checkpoint; one of a size that is there already is left as it is."""
        connection = self._writing()
        with connection.begin():
            there = connection.execute(select(t.checkpoints.c.size).where(t.checkpoints.c.size == size)).first()
            if there is None:
                bulk.insert(connection, t.checkpoints, [(size, body, signature)])


def _of_entries(connection: Connection, table: Table, seqs: Iterable[int]) -> dict[int, Any]:
    """Rows of a table by the number of their entry."""
    numbers, found = sorted(set(seqs)), {}
    for start in range(0, len(numbers), ENTRIES_A_QUERY):
        some = table.c.seq.in_(numbers[start : start + ENTRIES_A_QUERY])
        found.update({int(row.seq): row for row in connection.execute(select(table).where(some))})
    return found


def _head(connection: Connection) -> Head:
    newest = select(t.commits.c.last, t.commits.c.digest).order_by(t.commits.c.last.desc()).limit(1)
    row = connection.execute(newest).first()
    return Head(int(row.last), row.digest) if row else Head(0, GENESIS)


def _entry_rows(entries: Sequence[Entry], upto: int) -> list[tuple[Any, ...]]:
    rows = []
    for entry in entries:
        draft = entry.draft
        upto += draft.count
        text = (draft.key, draft.at, draft.command, draft.who, draft.answer)
        rows.append((entry.seq, entry.city, *text, upto, entry.leaf))
    return rows


def _content_rows(entries: Sequence[Entry]) -> list[tuple[Any, ...]]:
    return [(entry.seq, entry.draft.content) for entry in entries if entry.draft.content]


def _key_rows(entries: Sequence[Entry]) -> list[tuple[Any, ...]]:
    return [(entry.seq, stored_keys(entry.draft.keys)) for entry in entries if entry.draft.keys]


def _account_rows(entries: Sequence[Entry]) -> list[tuple[Any, ...]]:
    return [(number, *account.name, entry.seq) for entry in entries for number, account in entry.opened]


def _event_rows(entries: Sequence[Entry]) -> list[tuple[int, int, str, str, str, str]]:
    return [
        (entry.seq, line, event.city, event.kind, event.id, event.body)
        for entry in entries
        for line, event in enumerate(entry.draft.events)
    ]

"""The journal at one moment: its columns for a replay, single entries for a proof, balances as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from carbonpolis.errors import Unknown
from carbonpolis.ledger.account import Account, account_named
from carbonpolis.ledger.columns import Integers
from carbonpolis.ledger.journal import EventLine
from carbonpolis.ledger.replay import Block, StoredCommit
from carbonpolis.ledger.rows import read_keys
from carbonpolis.ledger.rules import Balances
from carbonpolis.ledger.statement import Move
from carbonpolis.ledger.transfer import BY_CODE, Transfer
from carbonpolis.store import bulk
from carbonpolis.store import tables as t

ENTRIES_AT_ONCE, POSTINGS_AT_ONCE = 20_000, 100_000  # a block that the processor's cache still holds
_ENTRY = {
    **{"seq": int, "city": str, "key": str, "at": str, "command": str, "who": str, "answer": str},
    **{"upto": int, "leaf": bytes},
}


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A signed checkpoint as stored."""

    size: int
    body: str
    signature: str


class Snapshot:
    """Reads on one connection inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def blocks(self) -> Iterator[Block]:
        """Everything from the first entry, in blocks that end with a commit.

        Raises ValueError when a stored column is not what the ledger knows.
        """
        after = upto = 0
        pending: list[StoredCommit] = []
        for last, previous, digest, reached in self._rows(
            "SELECT c.last, c.previous, c.digest, e.upto FROM commits c LEFT JOIN entries e ON e.seq = c.last "
            "ORDER BY c.last"
        ):
            pending.append(StoredCommit(int(last), previous, digest))
            reached = upto if reached is None else int(reached)
            if last - after >= ENTRIES_AT_ONCE or reached - upto >= POSTINGS_AT_ONCE:
                yield self._block(after, int(last), upto, reached, pending)
                after, upto, pending = int(last), reached, []
        yield self._block(after, None, upto, None, pending)

    def _block(
        self, after: int, last: int | None, upto: int, reached: int | None, commits: Sequence[StoredCommit]
    ) -> Block:
        seqs, numbers = _between("seq", after, last), _between("n", upto, reached)
        postings = f"postings WHERE {numbers} ORDER BY n"
        debit, credit, amount, why = bulk.integers(self._connection, ("debit", "credit", "amount", "why"), postings)
        columns = bulk.columns(self._connection, _ENTRY, f"entries WHERE {seqs} ORDER BY seq")
        entries: Sequence[Any] = list(zip(*columns, strict=True))
        opened = self._rows(
            f"SELECT opened, id, city, owner, asset, purpose FROM accounts WHERE {_between('opened', after, last)} "
            "ORDER BY id"
        )
        keyed = self._rows(f"SELECT seq, listed FROM row_keys WHERE {seqs} ORDER BY seq")
        events = self._rows(f"SELECT seq, line, city, kind, id, body FROM events WHERE {seqs} ORDER BY seq, line")
        return Block(
            entries,
            commits,
            debit=debit,
            credit=credit,
            amount=amount,
            why=why,
            opened=[(seq, number, account_named(name)) for seq, number, *name in opened],
            events=[(seq, line, EventLine(*line_fields)) for seq, line, *line_fields in events],
            keyed=[(seq, read_keys(stored)) for seq, stored in keyed],
        )

    def gaps(self) -> str:
        """What is wrong with the numbering of postings, or "": a number missing below the highest, or below 1."""
        least, most, count = self._rows("SELECT coalesce(min(n), 1), coalesce(max(n), 0), count(*) FROM postings")[0]
        if (least, most) != (1, count):
            return f"postings are numbered {least:,} to {most:,}, but there are {count:,}"
        return ""

    def repeated_key(self, row_keys: Sequence[Integers]) -> str:
        """What is wrong with the keys of rows, or "": one that a command used twice. row_keys: their hashes."""
        if not row_keys:
            return ""
        entries = "SELECT key FROM entries WHERE NOT EXISTS (SELECT 1 FROM row_keys r WHERE r.seq = entries.seq)"
        single = np.array([hash(key) for (key,) in self._rows(entries)], np.int64)
        ordered = np.sort(np.concatenate([*row_keys, single]))
        twice = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
        if not twice:
            return ""
        lists = (read_keys(stored) for (stored,) in self._rows("SELECT listed FROM row_keys ORDER BY seq"))
        found = Counter(key for keys in [*lists, [key for (key,) in self._rows(entries)]] for key in keys)
        repeated = [key for key, count in found.items() if count > 1]
        return f"the key {repeated[0]!r} was used by two commands" if repeated else ""

    def leaves(self, after: int = 0) -> list[bytes]:
        """The leaf hash of every entry after number `after`, in order."""
        return [bytes(leaf) for (leaf,) in self._rows(f"SELECT leaf FROM entries WHERE seq > {after:d} ORDER BY seq")]

    def entry(self, seq: int) -> Block:
        """One entry with all that belongs to it. Raises Unknown when there is none of that number."""
        row = self._connection.execute(select(t.entries.c.upto).where(t.entries.c.seq == seq)).first()
        if row is None:
            raise Unknown("entry", str(seq))
        before = self._connection.execute(
            select(t.entries.c.upto).where(t.entries.c.seq < seq).order_by(t.entries.c.seq.desc()).limit(1)
        ).scalar()
        return self._block(seq - 1, seq, int(before or 0), int(row.upto), ())

    def accounts(self, numbers: Sequence[int]) -> dict[int, tuple[int, Account]]:
        """Accounts by number: the entry that opened each, and its name."""
        rows = self._connection.execute(select(t.accounts).where(t.accounts.c.id.in_(sorted(set(numbers)))))
        return {int(r.id): (int(r.opened), account_named((r.city, r.owner, r.asset, r.purpose))) for r in rows}

    def row_keys(self, seq: int) -> list[str]:
        """The keys of an entry's rows, in the order of their transfers; none where it holds no rows."""
        stored = self._connection.execute(select(t.row_keys.c.listed).where(t.row_keys.c.seq == seq)).scalar()
        return [] if stored is None else read_keys(stored)

    def balances(self) -> Balances:
        """Every live balance that is not zero. Raises ValueError when one names no account."""
        found: Balances = {}
        for number, amount, *name in self._rows(
            "SELECT b.account, b.amount, a.city, a.owner, a.asset, a.purpose FROM balances b "
            "LEFT JOIN accounts a ON a.id = b.account ORDER BY b.account"
        ):
            if name[0] is None:
                raise ValueError(f"a balance names account {number}, which was never opened")
            if not isinstance(amount, int):
                raise ValueError(f"the balance of account {number} is {amount!r}, no whole number")
            if amount:
                found[account_named(name)] = amount
        return found

    def balances_at(self, *, seq: int | None = None, at: str | None = None) -> Balances:
        """Every balance that was not zero after entry `seq`, or after the last entry at or before time `at`.

        at: UTC, ISO 8601 as entries carry it. Without either, now, added up from the postings.
        """
        condition = func.coalesce(func.max(t.entries.c.upto), 0)
        query = select(condition)
        if seq is not None:
            query = query.where(t.entries.c.seq <= seq)
        if at is not None:
            query = query.where(t.entries.c.at <= at)
        upto = int(self._connection.execute(query).scalar_one())
        rows = self._rows(
            "SELECT a.city, a.owner, a.asset, a.purpose, CAST(sum(m.amount) AS BIGINT) FROM ("
            f"SELECT debit AS account, -amount AS amount FROM postings WHERE n <= {upto:d} UNION ALL "
            f"SELECT credit, amount FROM postings WHERE n <= {upto:d}) m JOIN accounts a ON a.id = m.account "
            "GROUP BY a.id, a.city, a.owner, a.asset, a.purpose ORDER BY a.id"
        )
        return {account_named(name): int(amount) for *name, amount in rows if amount}

    def entities(self) -> list[EventLine]:
        """Each thing as its latest event left it, in the order of those events."""
        rows = self._rows("SELECT city, kind, id, body FROM entities ORDER BY seq, line")
        return [EventLine(*row) for row in rows]

    def transfers(self, assets: Sequence[str]) -> Iterator[tuple[int, Transfer]]:
        """Every transfer of the assets with the number of its entry, in order."""
        named: dict[int, Account] = {}
        for number, *name in bulk.matching(
            self._connection, "SELECT id, city, owner, asset, purpose FROM accounts WHERE asset IN", assets
        ):
            named[int(number)] = account_named(name)
        moved = bulk.matching(
            self._connection,
            "SELECT n, debit, credit, amount, why FROM postings WHERE debit IN (SELECT id FROM accounts WHERE asset IN",
            assets,
            ") ORDER BY n",
        )
        ends = self._rows("SELECT upto, min(seq) FROM entries GROUP BY upto ORDER BY upto")
        place = 0
        for n, debit, credit, amount, why in moved:
            while ends[place][0] < n:
                place += 1
            yield int(ends[place][1]), Transfer(named[debit], named[credit], amount, BY_CODE[why])

    def moves_of(self, owner: str) -> Iterator[Move]:
        """Every transfer out of or into an owner's accounts, in order."""
        own = bulk.matching(self._connection, "SELECT id, asset FROM accounts WHERE owner IN", [owner])
        if not own:
            return
        ids = ", ".join(str(int(number)) for number, _ in own)
        moved = np.column_stack(
            bulk.integers(
                self._connection,
                ("n", "debit", "credit", "amount", "why"),
                f"postings WHERE debit IN ({ids}) OR credit IN ({ids}) ORDER BY n",
            )
        )
        named = {
            int(number): account_named(name)
            for number, *name in bulk.matching(
                self._connection,
                "SELECT id, city, owner, asset, purpose FROM accounts WHERE asset IN",
                sorted({str(asset) for _, asset in own}),
            )
        }
        ends = self._rows("SELECT upto, min(seq), min(at), min(command) FROM entries GROUP BY upto ORDER BY upto")
        places = np.searchsorted(np.array([end[0] for end in ends], np.int64), moved[:, 0])
        for place, (_, debit, credit, amount, why) in zip(places.tolist(), moved.tolist(), strict=True):
            _, seq, at, command = ends[place]
            yield Move(int(seq), at, command, Transfer(named[debit], named[credit], amount, BY_CODE[why]))

    def newest(self) -> int:
        """The number of the newest entry, 0 where there is none."""
        return int(self._connection.execute(select(func.coalesce(func.max(t.entries.c.seq), 0))).scalar_one())

    def events_since(self, after: int, kinds: Sequence[str]) -> Iterator[tuple[int, list[EventLine]]]:
        """The events of some kinds of every entry after number `after`, entry by entry, in order."""
        query = select(t.events).where(t.events.c.seq > after, t.events.c.kind.in_(kinds)).order_by("seq", "line")
        rows = self._connection.execution_options(yield_per=ENTRIES_AT_ONCE).execute(query)
        for seq, lines in groupby(rows, key=lambda row: int(row.seq)):
            yield seq, [EventLine(row.city, row.kind, row.id, row.body) for row in lines]

    def events_of(self, kind: str, id: str) -> list[tuple[int, int]]:
        """Where the events of a thing stand: entry and line, in order."""
        query = select(t.events.c.seq, t.events.c.line).where(t.events.c.kind == kind, t.events.c.id == id)
        return [(int(seq), int(line)) for seq, line in self._connection.execute(query.order_by("seq", "line"))]

    def keys(self, pattern: str) -> list[str]:
        """The idempotency keys that match a LIKE pattern, in the order of their entries."""
        query = select(t.entries.c.key).where(t.entries.c.key.like(pattern)).order_by(t.entries.c.seq)
        return [str(key) for (key,) in self._connection.execute(query)]

    def checkpoints(self) -> list[StoredCheckpoint]:
        """Every signed checkpoint, the smallest first."""
        rows = self._rows("SELECT size, body, signature FROM checkpoints ORDER BY size")
        return [StoredCheckpoint(int(size), body, signature) for size, body, signature in rows]

    def _rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        return bulk.rows_of(self._connection.exec_driver_sql(query))


def _between(column: str, after: int, upto: int | None) -> str:
    return f"{column} > {after:d}" + ("" if upto is None else f" AND {column} <= {upto:d}")

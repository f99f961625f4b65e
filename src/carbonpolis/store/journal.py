"""The journal on disk: group commit, idempotency keys, and reading it back from the first entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects.sqlite import insert

from carbonpolis.ledger.account import Account, Purpose
from carbonpolis.ledger.journal import GENESIS, Draft, Entry, EventLine, chain
from carbonpolis.ledger.rules import Balances
from carbonpolis.ledger.transfer import Transfer, Why
from carbonpolis.store import tables as t

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: its number and digest; 0 and the genesis digest for an empty journal."""

    seq: int
    digest: str


class Journal:
    """Appends entries and reads them back. One writer at a time: the database's own lock sees to that."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Give the database back."""
        self._engine.dispose()

    def append(self, drafts: Sequence[Draft], changed: Balances) -> list[Entry]:
        """Commit drafts together, durably, with the balances they leave; returns them chained.

        changed: the new balance of every account that any of the drafts touches.
        """
        with self._engine.connect().execution_options(writing=True) as connection, connection.begin():
            head = _head(connection)
            entries = chain(drafts, after=head.seq, previous=head.digest)
            connection.execute(t.entries.insert(), [_entry_row(entry) for entry in entries])
            _insert(connection, t.postings, [row for entry in entries for row in _posting_rows(entry)])
            events = [row for entry in entries for row in _event_rows(entry)]
            _insert(connection, t.events, events)
            _upsert(connection, t.entities, list({(e["city"], e["kind"], e["id"]): e for e in events}.values()))
            _upsert(connection, t.balances, [_balance_row(account, amount) for account, amount in changed.items()])
        return entries

    def answers(self, keys: Sequence[str]) -> dict[str, str]:
        """The stored answer of every key that was committed before."""
        found: dict[str, str] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(keys), 500):
                some = keys[start : start + 500]
                rows = connection.execute(select(t.entries.c.key, t.entries.c.answer).where(t.entries.c.key.in_(some)))
                found.update((key, answer) for key, answer in rows)
        return found

    def head(self) -> Head:
        """The newest entry."""
        with self._engine.connect() as connection:
            return _head(connection)

    def balances(self) -> Balances:
        """Every live balance that is not zero."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(t.balances))
            return {Account(r.city, r.owner, r.asset, Purpose(r.purpose)): int(r.amount) for r in rows if r.amount != 0}

    def entities(self) -> list[EventLine]:
        """Each thing as its latest event left it, in the order of those events."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(t.entities).order_by(t.entities.c.seq, t.entities.c.line))
            return [EventLine(r.city, r.kind, r.id, r.body) for r in rows]

    def count_postings(self) -> int:
        """How many transfers were ever posted."""
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(t.postings)).scalar_one())

    def transfers_of(self, asset: str) -> list[tuple[int, Transfer]]:
        """Every transfer of one asset with the number of its entry, in order."""
        query = select(t.postings).where(t.postings.c.asset == asset).order_by(t.postings.c.seq, t.postings.c.line)
        with self._engine.connect() as connection:
            return [(int(row.seq), _transfer(row)) for row in connection.execute(query)]

    def unit_transfers(self, assets: Sequence[str]) -> dict[str, list[tuple[int, Transfer]]]:
        """`transfers_of` for many assets in one pass."""
        wanted = set(assets)
        found: dict[str, list[tuple[int, Transfer]]] = {asset: [] for asset in assets}
        query = select(t.postings).where(t.postings.c.asset.like("CP-%"))
        with self._engine.connect() as connection:
            for row in connection.execute(query.order_by(t.postings.c.seq, t.postings.c.line)):
                if row.asset in wanted:
                    found[row.asset].append((int(row.seq), _transfer(row)))
        return found

    def entries(self) -> Iterator[Entry]:
        """Every entry with its postings and events, in order; one pass, little memory.

        Raises ValueError naming the entry when a stored column is not what the ledger knows.
        """
        with self._engine.connect() as connection:
            heads = connection.execute(select(t.entries).order_by(t.entries.c.seq))
            postings = _by_entry(connection.execute(select(t.postings).order_by(t.postings.c.seq, t.postings.c.line)))
            events = _by_entry(connection.execute(select(t.events).order_by(t.events.c.seq, t.events.c.line)))
            posted, happened = _Merge(postings), _Merge(events)
            for row in heads:
                draft = Draft(
                    key=row.key,
                    at=row.at,
                    command=row.command,
                    who=row.who,
                    answer=row.answer,
                    transfers=tuple(_transfer(p) for p in posted.of(row.seq, "posting")),
                    events=tuple(EventLine(e.city, e.kind, e.id, e.body) for e in happened.of(row.seq, "event")),
                )
                entry = Entry(int(row.seq), draft, row.previous, row.digest)
                if row.city != _city(draft):
                    raise ValueError(f"entry {row.seq}: it stands under city {row.city!r}, not {_city(draft)!r}")
                yield entry
            posted.finish("posting")
            happened.finish("event")


class _Merge:
    """Hands out the lines of each entry in turn, and tells of lines that belong to none or are out of count."""

    def __init__(self, groups: Iterator[tuple[int, list[Any]]]) -> None:
        self._groups = groups
        self._next = next(groups, None)

    def of(self, seq: int, what: str) -> list[Any]:
        if self._next is None or self._next[0] > seq:
            return []
        found, rows = self._next
        if found < seq:
            raise ValueError(f"a {what} names entry {found}, which is not in the journal")
        if [row.line for row in rows] != list(range(len(rows))):
            raise ValueError(f"entry {seq}: its {what}s are not numbered from 0 without a gap")
        self._next = next(self._groups, None)
        return rows

    def finish(self, what: str) -> None:
        if self._next is not None:
            raise ValueError(f"a {what} names entry {self._next[0]}, which is not in the journal")


def _by_entry(rows: Any) -> Iterator[tuple[int, list[Any]]]:
    return ((int(seq), list(lines)) for seq, lines in groupby(rows, key=lambda row: row.seq))


def _head(connection: Connection) -> Head:
    newest = select(t.entries.c.seq, t.entries.c.digest).order_by(t.entries.c.seq.desc()).limit(1)
    row = connection.execute(newest).first()
    return Head(int(row.seq), row.digest) if row else Head(0, GENESIS)


def _city(draft: Draft) -> str:
    cities = {transfer.debit.city for transfer in draft.transfers} | {e.city for e in draft.events}
    return cities.pop() if len(cities) == 1 else EVERYWHERE


def _entry_row(entry: Entry) -> dict[str, Any]:
    draft = entry.draft
    return {
        "city": _city(draft),
        "seq": entry.seq,
        "key": draft.key,
        "at": draft.at,
        "command": draft.command,
        "who": draft.who,
        "answer": draft.answer,
        "previous": entry.previous,
        "digest": entry.digest,
    }


def _posting_rows(entry: Entry) -> Iterator[dict[str, Any]]:
    for line, transfer in enumerate(entry.draft.transfers):
        yield {
            "city": transfer.debit.city,
            "seq": entry.seq,
            "line": line,
            "debit_owner": transfer.debit.owner,
            "debit_purpose": transfer.debit.purpose.value,
            "credit_city": transfer.credit.city,
            "credit_owner": transfer.credit.owner,
            "credit_purpose": transfer.credit.purpose.value,
            "asset": transfer.debit.asset,
            "amount": transfer.amount,
            "why": transfer.why.value,
        }


def _event_rows(entry: Entry) -> Iterator[dict[str, Any]]:
    for line, e in enumerate(entry.draft.events):
        yield {"city": e.city, "seq": entry.seq, "line": line, "kind": e.kind, "id": e.id, "body": e.body}


def _balance_row(account: Account, amount: int) -> dict[str, Any]:
    return {
        "city": account.city,
        "owner": account.owner,
        "asset": account.asset,
        "purpose": account.purpose.value,
        "amount": amount,
    }


def _transfer(row: Any) -> Transfer:
    try:
        debit = Account(row.city, row.debit_owner, row.asset, Purpose(row.debit_purpose))
        credit = Account(row.credit_city, row.credit_owner, row.asset, Purpose(row.credit_purpose))
        why = Why(row.why)
    except ValueError as fault:
        raise ValueError(f"entry {row.seq}, posting {row.line}: {fault}") from None
    if not isinstance(row.amount, int) or row.amount <= 0 or debit == credit:
        raise ValueError(f"entry {row.seq}, posting {row.line}: {row.amount!r} from {debit} to {credit} is no transfer")
    return Transfer(debit, credit, row.amount, why)


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(table.insert(), rows)


def _upsert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), rows)

"""Durable transfers a second through the commit path, hash chain, limits and idempotency keys included, 1,000 a commit.

Held against a bare-table loop in the same file (SQLite, synchronous=FULL, one prepared statement a row) or database
(PostgreSQL, arrays, since a statement a row is far slower there): insert the transfers, update two balances each, 1,000
a commit. Rounds of both take turns, so that a busy machine slows both alike. Ours starts from decided commands and ends
when they are on disk: idempotency key looked up, limits and balances checked, accounts numbered, canonical bytes hashed
and chained, rows written.
"""

from __future__ import annotations

import gc
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from _measure import Row, main, row, say
from carbonpolis.ledger import Account, Columns, Decision, Limit, Purpose, Rows, Transfer, Why
from carbonpolis.platform.work import Command, Work
from carbonpolis.store.database import JOURNAL_FILE, open_postgres, open_sqlite
from carbonpolis.store.journal import Journal
from carbonpolis.store.readings import Readings

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

ACCOUNTS, ROUNDS, COMMITS, A_COMMIT, SEED = 10_000, 8, 8, 1_000, 7
TARGET = 0.6
BARE = (
    "CREATE TABLE bare_account (id BIGINT PRIMARY KEY, balance BIGINT NOT NULL)",
    "CREATE TABLE bare_transfer (id BIGINT PRIMARY KEY, debit BIGINT NOT NULL, credit BIGINT NOT NULL, "
    "amount BIGINT NOT NULL)",
)
BARE_SQLITE = tuple(text.replace("BIGINT PRIMARY", "INTEGER PRIMARY") for text in BARE)
Chunk = list[tuple[int, int, int, int]]  # id, debit, credit, amount


def measure() -> Iterator[Row]:
    """Both databases, every way to give 1,000 transfers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        work = Work(Journal(open_sqlite(path, migrate=True)), Readings(path / "readings"), writing=True)
        yield from _compare("sqlite", work, _bare_sqlite(path / JOURNAL_FILE))
        work.close()
    yield from _on_postgres()


def _on_postgres() -> Iterator[Row]:
    try:
        import psycopg
        from postgres_server import server
    except ImportError as missing:
        say(f"postgresql left out: {missing}")
        return
    with server() as url, tempfile.TemporaryDirectory() as folder, psycopg.connect(url) as bare:
        engine, writer = open_postgres(url, migrate=True)
        work = Work(Journal(engine, writer), Readings(Path(folder)), writing=True)
        yield from _compare("postgresql", work, _bare_postgres(bare))
        work.close()


def _compare(database: str, work: Work, bare: Callable[[Chunk], None]) -> Iterator[Row]:
    accounts = [Account("US-MSP", f"E-{number}", "USD", Purpose.AVAILABLE) for number in range(ACCOUNTS)]
    _fund(work, accounts)
    chunks = _chunks()
    decided = [
        Decision(tuple(Transfer(accounts[d], accounts[c], a, Why.PAY) for _, d, c, a in chunk)) for chunk in chunks
    ]
    one = [[Command(f"one-{n}", "pay", "operator", _always(each))] for n, each in enumerate(decided)]
    columns = [Columns.of(each.transfers) for each in decided]
    linked = [
        [Command(f"columns-{n}", "pay", "operator", _always(Decision(columns=each)))] for n, each in enumerate(columns)
    ]
    rows = [Rows(tuple(f"row-{n:06d}-{line:04d}" for line in range(A_COMMIT)), each) for n, each in enumerate(columns)]
    many = [
        [
            Command(f"many-{n}-{line}", "pay", "operator", _always(Decision((transfer,))))
            for line, transfer in enumerate(each.transfers)
        ]
        for n, each in enumerate(decided)
    ]
    gc.collect()
    gc.freeze()  # the prepared commands are the benchmark's own; neither side should wait for them to be looked through
    against = "bare table, same file" if database == "sqlite" else "bare table, same database"
    ways: tuple[tuple[str, Sequence[Any], Callable[[Work, Any], None], str], ...] = (
        ("linked in one command", one, _give, "1,000 linked transfers under one idempotency key"),
        ("linked in columns", linked, _give, "the same as arrays: what a rule that moves things by the thousand gives"),
        ("in 1,000 rows", rows, _give_rows, "1,000 commands, each with a key, an answer and limits of its own"),
        ("in 1,000 commands", many, _give, "1,000 commands, each an entry with a Merkle leaf of its own too"),
    )
    for place, (name, given, give, note) in enumerate(ways):
        offset = place * len(chunks) * A_COMMIT
        bares = [[(number + offset, *rest) for number, *rest in each] for each in chunks]
        ours, peer = _take_turns(
            [lambda each=each, give=give: give(work, each) for each in given],  # type: ignore[misc]
            [lambda each=each: bare(each) for each in bares],  # type: ignore[misc]
        )
        yield row(f"ledger_commit/{database}, {name}", ours, peer=peer, unit="transfers/s", against=against, note=note)


def _give_rows(work: Work, rows: Rows) -> None:
    assert work.do_rows(rows, "pay", "operator").accepted.all()


def _take_turns(ours: list[Callable[[], Any]], peer: list[Callable[[], Any]]) -> tuple[float, float]:
    """Transfers a second of each over all rounds: the median round of each, as both meet the same disturbances."""
    rates: tuple[list[float], list[float]] = ([], [])
    for start in range(0, ROUNDS * COMMITS, COMMITS):
        for works, found in ((peer, rates[1]), (ours, rates[0])):
            began = time.perf_counter()
            for each in works[start : start + COMMITS]:
                each()
            found.append(COMMITS * A_COMMIT / (time.perf_counter() - began))
    return sorted(rates[0])[ROUNDS // 2], sorted(rates[1])[ROUNDS // 2]


def _give(work: Work, commands: list[Command]) -> None:
    for outcome in work.do_all(commands):
        assert isinstance(outcome, dict), outcome


def _always(decision: Decision) -> Callable[[object], Decision]:
    return lambda _: decision


def _fund(work: Work, accounts: list[Account]) -> None:
    bank = Account("US-MSP", "bank", "USD", Purpose.OUTSIDE)
    limits = tuple(Limit(account, "of the benchmark", most=10**12) for account in accounts[::100])
    work.do("limits", "limit", "operator", lambda _: Decision(events=limits))
    for start in range(0, ACCOUNTS, 1000):
        some = tuple(Transfer(bank, account, 10**9, Why.DEPOSIT) for account in accounts[start : start + 1000])
        work.do(f"fund-{start}", "deposit", "operator", _always(Decision(some)))


def _chunks() -> list[Chunk]:
    chance = random.Random(SEED)
    chunks, number = [], 0
    for _ in range(ROUNDS * COMMITS):
        chunk = []
        for _ in range(A_COMMIT):
            number += 1
            debit, credit = chance.sample(range(ACCOUNTS), 2)
            chunk.append((number, debit, credit, chance.randrange(1, 1000)))
        chunks.append(chunk)
    return chunks


def _bare_sqlite(file: Path) -> Callable[[Chunk], None]:
    import sqlite3

    connection = sqlite3.connect(file, isolation_level=None)
    for text in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", *BARE_SQLITE):
        connection.execute(text)
    connection.executemany("INSERT INTO bare_account VALUES (?, ?)", [(n, 10**9) for n in range(ACCOUNTS)])

    def commit(chunk: Chunk) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO bare_transfer VALUES (?, ?, ?, ?)", chunk)
        taken, given = [(a, d) for _, d, _, a in chunk], [(a, c) for _, _, c, a in chunk]
        connection.executemany("UPDATE bare_account SET balance = balance - ? WHERE id = ?", taken)
        connection.executemany("UPDATE bare_account SET balance = balance + ? WHERE id = ?", given)
        connection.execute("COMMIT")

    return commit


def _bare_postgres(connection: Any) -> Callable[[Chunk], None]:
    cursor = connection.cursor()
    arrays = ", ".join(["%s::bigint[]"] * 4)
    insert = f"INSERT INTO bare_transfer SELECT * FROM unnest({arrays})"
    update = (
        "UPDATE bare_account SET balance = balance + moved.amount FROM (SELECT id, sum(amount)::bigint AS amount "
        "FROM unnest(%s::bigint[], %s::bigint[]) AS each (id, amount) GROUP BY id) AS moved "
        "WHERE bare_account.id = moved.id"
    )
    for text in BARE:
        cursor.execute(text)
    cursor.executemany("INSERT INTO bare_account VALUES (%s, %s)", [(n, 10**9) for n in range(ACCOUNTS)])
    connection.commit()

    def commit(chunk: Chunk) -> None:
        columns = [list(column) for column in zip(*chunk, strict=True)]
        _, debits, credits, amounts = columns
        cursor.execute(insert, columns)
        cursor.execute(update, ([*debits, *credits], [*(-amount for amount in amounts), *amounts]))
        connection.commit()

    return commit


if __name__ == "__main__":
    main(measure)

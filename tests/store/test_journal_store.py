"""The journal on disk: what was committed comes back, and one changed byte is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from carbonpolis.errors import CommitFailed, FolderInUse, FolderProblem, FolderTooNew
from carbonpolis.ledger import Account, Purpose, Transfer, Why, post
from carbonpolis.ledger.journal import Draft, EventLine
from carbonpolis.ledger.replay import Break, Replay
from carbonpolis.ledger.rules import Balances
from carbonpolis.platform.audit.auditor import Audit
from carbonpolis.platform.work import Work
from carbonpolis.store.database import JOURNAL_FILE, open_postgres, open_sqlite, shown_url
from carbonpolis.store.journal import Answered, Journal
from carbonpolis.store.keys import Keys
from carbonpolis.store.readings import Readings

BATCH = "CP-US-MSP-000001-FOR-2019"
ISSUER = Account("US-MSP", "registry", BATCH, Purpose.ISSUER)
FOREST = Account("US-MSP", "forest", BATCH, Purpose.AVAILABLE)
MILL = Account("US-STP", "mill", BATCH, Purpose.AVAILABLE)


def draft(key: str, *transfers: Transfer) -> Draft:
    line = EventLine("US-MSP", "batch", BATCH, '{"id":"x"}')
    return Draft(key, "2020-01-31T00:00:00+00:00", "issue", "registrar", '{"kg":5000}', transfers, (line,))


def fill(journal: Journal) -> Journal:
    chain = (Transfer(ISSUER, FOREST, 5000, Why.ISSUE), Transfer(FOREST, MILL, 3000, Why.DELIVER))
    balances = post({}, chain)
    assert isinstance(balances, dict)
    journal.append([draft("a", chain[0]), draft("b", chain[1])], balances)
    return journal


def filled(folder: Path) -> Journal:
    return fill(Journal(open_sqlite(folder, migrate=True)))


def replayed(journal: Journal) -> Replay | Break:
    replay = Replay()
    with journal.snapshot() as snapshot:
        for block in snapshot.blocks():
            found = replay.feed(block)
            if found is not None:
                return found
    return replay


def test_what_was_committed_comes_back(open_journal: Callable[[], Journal]):
    journal = fill(open_journal())
    assert journal.balances() == {ISSUER: -5000, FOREST: 2000, MILL: 3000}
    assert {key: each.answer for key, each in journal.answers(["a", "never"]).items()} == {"a": '{"kg":5000}'}
    assert journal.answer("b") == Answered('{"kg":5000}', "issue", "registrar", "2020-01-31T00:00:00+00:00")
    assert journal.answer("never") is None
    assert journal.entities() == [EventLine("US-MSP", "batch", BATCH, '{"id":"x"}')]
    assert journal.transfers_of(BATCH) == [
        (1, Transfer(ISSUER, FOREST, 5000, Why.ISSUE)),
        (2, Transfer(FOREST, MILL, 3000, Why.DELIVER)),
    ]
    assert journal.count_postings() == 2
    replay = replayed(journal)
    assert isinstance(replay, Replay)
    assert (replay.balances(), replay.entries, replay.head) == (journal.balances(), 2, journal.head().digest)


def test_a_journal_goes_on_where_another_process_left_it(open_journal: Callable[[], Journal]):
    first = fill(open_journal())
    first.close()
    second = open_journal()
    second.append([draft("c", Transfer(MILL, FOREST, 1, Why.DELIVER))], {FOREST: 2001, MILL: 2999})
    replay = replayed(second)
    assert isinstance(replay, Replay)
    assert (replay.entries, replay.balances()) == (3, second.balances())


def test_balances_as_they_were_at_any_entry_and_moment(open_journal: Callable[[], Journal]):
    journal = fill(open_journal())
    later = replace(draft("c", Transfer(MILL, FOREST, 500, Why.DELIVER)), at="2020-02-29T12:00:00+00:00")
    journal.append([later], {FOREST: 2500, MILL: 2500})
    with journal.snapshot() as snapshot:
        assert snapshot.balances_at(seq=0) == {}
        assert snapshot.balances_at(seq=1) == {ISSUER: -5000, FOREST: 5000}
        assert snapshot.balances_at(seq=2) == {ISSUER: -5000, FOREST: 2000, MILL: 3000}
        assert snapshot.balances_at(at="2020-02-29T11:59:59+00:00") == snapshot.balances_at(seq=2)
        assert snapshot.balances_at(at="2020-02-29T12:00:00+00:00") == journal.balances()
        assert snapshot.balances_at() == journal.balances()
        assert snapshot.balances_at(at="2019-01-01T00:00:00+00:00") == {}


def test_a_key_commits_once_and_a_failed_group_leaves_nothing(open_journal: Callable[[], Journal]):
    journal = fill(open_journal())
    before = journal.head()
    with pytest.raises(CommitFailed, match=r"(?i)unique"):
        journal.append([draft("c", Transfer(FOREST, MILL, 1, Why.DELIVER)), draft("a")], Balances())
    assert journal.head() == before
    assert journal.balances()[FOREST] == 2000
    journal.append([draft("c", Transfer(FOREST, MILL, 1, Why.DELIVER))], {FOREST: 1999, MILL: 3001})
    assert isinstance(replayed(journal), Replay)


def test_many_rows_of_every_table_travel_and_return(open_journal: Callable[[], Journal]):
    """More rows than one statement carries, with texts that a transport might trip over."""
    journal = open_journal()
    odd = 'tab\there, "quotes", \\N, newline\nend, 市, 🌳'
    owners = [Account("US-MSP", f"{odd} {number}", BATCH, Purpose.AVAILABLE) for number in range(250)]
    issued = tuple(Transfer(ISSUER, owner, number + 1, Why.ISSUE) for number, owner in enumerate(owners))
    lines = tuple(EventLine("US-MSP", "batch", f"{number}", f'"{odd}"') for number in range(150))
    balances = post({}, issued)
    assert isinstance(balances, dict)
    several = [Draft(f"k{number}", "2020-01-31T00:00:00+00:00", "x", odd, "{}", (), ()) for number in range(120)]
    whole = Draft("all", "2020-01-31T00:00:00+00:00", "issue", odd, "{}", issued, lines)
    journal.append([whole, *several], balances)
    assert journal.balances() == balances
    assert [line.body for line in journal.entities()] == [f'"{odd}"'] * 150
    assert isinstance(replayed(journal), Replay)


TAMPERINGS = [
    ("postings", "amount", 5001),
    ("postings", "amount", 5000.5),
    ("postings", "amount", "5,000"),
    ("postings", "amount", -5000),
    ("postings", "debit", 2),
    ("postings", "credit", 3),
    ("postings", "credit", 9),
    ("postings", "why", 15),
    ("postings", "why", 999),
    ("postings", "n", 3),
    ("accounts", "city", "US-MSX"),
    ("accounts", "owner", "registrx"),
    ("accounts", "purpose", "available"),
    ("accounts", "purpose", "nowhere"),
    ("accounts", "asset", BATCH[:-1] + "8"),
    ("accounts", "opened", 2),
    ("accounts", "id", 7),
    ("entries", "at", "2020-01-31T00:00:01+00:00"),
    ("entries", "answer", '{"kg":5001}'),
    ("entries", "key", "z"),
    ("entries", "who", "thief"),
    ("entries", "command", "retire"),
    ("entries", "city", "US-MSX"),
    ("entries", "upto", 2),
    ("entries", "upto", 0),
    ("entries", "leaf", b"0" * 32),
    ("events", "body", '{"id":"y"}'),
    ("events", "kind", "trade"),
    ("events", "seq", 3),
    ("events", "line", 1),
    ("commits", "digest", "0" * 64),
    ("commits", "previous", "1" * 64),
    ("commits", "last", 3),
    ("balances", "amount", 7),
    ("balances", "account", 9),
    ("entities", "body", '{"id":"y"}'),
]
KEYS = {"postings": "n", "accounts": "id", "balances": "account", "commits": "last"}


@pytest.mark.parametrize(("table", "column", "value"), TAMPERINGS)
def test_one_changed_column_is_found_and_named(tmp_path: Path, table: str, column: str, value: object):
    filled(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / JOURNAL_FILE)) as raw:
        first = raw.execute(f"SELECT min({KEYS.get(table, 'seq')}) FROM {table}").fetchone()[0]
        raw.execute(f"UPDATE {table} SET {column} = ? WHERE {KEYS.get(table, 'seq')} = ?", (value, first))
        raw.commit()
    work = reading(tmp_path)
    audited = Audit(work, Keys(tmp_path)).verify()
    work.close()
    assert not audited.holds
    assert any(word in audited.fault for word in ("journal", "live table", "balance")), audited.fault


def reading(folder: Path) -> Work:
    return Work(Journal(open_sqlite(folder, migrate=False)), Readings(folder / "readings"), writing=False)


@pytest.mark.parametrize("table", ["entries", "postings", "events", "commits", "accounts", "balances", "entities"])
def test_a_row_taken_out_or_put_in_is_found(tmp_path: Path, table: str):
    filled(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / JOURNAL_FILE)) as raw:
        raw.execute(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})")
        raw.commit()
    work = reading(tmp_path)
    assert not Audit(work, Keys(tmp_path)).verify().holds
    work.close()


def test_a_missing_entry_is_found(tmp_path: Path):
    filled(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / JOURNAL_FILE)) as raw:
        for table, key in (("entries", "seq"), ("postings", "n"), ("events", "seq")):
            raw.execute(f"DELETE FROM {table} WHERE {key} = 1")
        raw.commit()
    found = replayed(Journal(open_sqlite(tmp_path, migrate=False)))
    assert isinstance(found, Break)


def test_a_folder_of_a_newer_version_is_refused(tmp_path: Path):
    filled(tmp_path).close()
    with sqlite3.connect(tmp_path / JOURNAL_FILE) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(FolderTooNew, match="newer version"):
        open_sqlite(tmp_path, migrate=True)


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path):
    (tmp_path / JOURNAL_FILE).write_bytes(b"not a database, but long enough to look like one" * 20)
    with pytest.raises(FolderProblem, match="can't be read"):
        open_sqlite(tmp_path, migrate=True)


def test_a_database_has_one_writer_and_any_number_of_readers(database: str):
    engine, writer = open_postgres(database, migrate=True)
    journal = fill(Journal(engine, writer))
    with pytest.raises(FolderInUse, match="another Carbonpolis process"):
        open_postgres(database, migrate=True)
    beside = Journal(*open_postgres(database, migrate=False))
    assert beside.balances() == journal.balances()
    beside.close()
    journal.close()
    again, writer = open_postgres(database, migrate=True)
    Journal(again, writer).close()


def test_a_database_holds_a_journal_a_schema_each_with_a_writer_of_its_own(database: str):
    import psycopg

    def of(schema: str) -> Journal:
        return Journal(*open_postgres(f"{database}?options=-csearch_path%3D{schema}", migrate=True))

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA msp")
        connection.execute("CREATE SCHEMA stp")
    msp, stp = fill(of("msp")), of("stp")
    assert (len(msp.balances()), stp.balances()) == (3, {})
    stp.append([draft("a", Transfer(ISSUER, FOREST, 7, Why.ISSUE))], {ISSUER: -7, FOREST: 7})
    assert (msp.head().seq, stp.head().seq, stp.balances()[FOREST]) == (2, 1, 7)
    with pytest.raises(FolderInUse):
        of("msp")
    with pytest.raises(FolderProblem, match="no schema of that name"):
        of("nowhere")
    assert isinstance(replayed(msp), Replay) and isinstance(replayed(stp), Replay)
    msp.close()
    stp.close()


def test_a_writer_that_lost_its_connection_commits_no_more(database: str):
    import psycopg

    journal = fill(Journal(*open_postgres(database, migrate=True)))
    with psycopg.connect(database, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    for _ in range(2):
        with pytest.raises(CommitFailed):
            journal.append([draft("c", Transfer(FOREST, MILL, 1, Why.DELIVER))], {FOREST: 1999, MILL: 3001})
    assert journal.balances()[FOREST] == 2000
    journal.close()


def test_an_address_is_shown_without_its_password_and_must_be_postgresql():
    assert shown_url("postgresql://me:secret@host/name") == "postgresql://me:***@host/name"
    with pytest.raises(FolderProblem, match="only PostgreSQL"):
        shown_url("mysql://me@host/name")
    with pytest.raises(FolderProblem, match="can't be reached"):
        open_postgres("postgresql://nobody@127.0.0.1:1/name", migrate=False)

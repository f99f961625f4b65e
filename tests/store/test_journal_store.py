"""The journal on disk: what was committed comes back, and one changed byte is found."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from carbonpolis.errors import FolderProblem, FolderTooNew
from carbonpolis.ledger import Account, Purpose, Transfer, Why, post
from carbonpolis.ledger.journal import Break, Draft, EventLine, replay
from carbonpolis.ledger.rules import Balances
from carbonpolis.store.database import JOURNAL_FILE, open_sqlite
from carbonpolis.store.journal import Journal

BATCH = "CP-US-MSP-000001-FOR-2019"
ISSUER = Account("US-MSP", "registry", BATCH, Purpose.ISSUER)
FOREST = Account("US-MSP", "forest", BATCH, Purpose.AVAILABLE)
MILL = Account("US-STP", "mill", BATCH, Purpose.AVAILABLE)


def draft(key: str, *transfers: Transfer) -> Draft:
    line = EventLine("US-MSP", "batch", BATCH, '{"id":"x"}')
    return Draft(key, "2020-01-31T00:00:00+00:00", "issue", "registrar", '{"kg":5000}', transfers, (line,))


def filled(folder: Path) -> Journal:
    journal = Journal(open_sqlite(folder, migrate=True))
    chain = (Transfer(ISSUER, FOREST, 5000, Why.ISSUE), Transfer(FOREST, MILL, 3000, Why.DELIVER))
    balances = post({}, chain)
    assert isinstance(balances, dict)
    journal.append([draft("a", chain[0]), draft("b", chain[1])], balances)
    return journal


def test_what_was_committed_comes_back(tmp_path: Path):
    journal = filled(tmp_path)
    assert journal.balances() == {ISSUER: -5000, FOREST: 2000, MILL: 3000}
    assert [entry.draft.key for entry in journal.entries()] == ["a", "b"]
    assert journal.answers(["a", "never"]) == {"a": '{"kg":5000}'}
    assert journal.entities() == [EventLine("US-MSP", "batch", BATCH, '{"id":"x"}')]
    replayed = replay(journal.entries())
    assert not isinstance(replayed, Break)
    assert replayed == (journal.balances(), 2, journal.head().digest)


def test_a_key_commits_once_and_a_failed_group_leaves_nothing(tmp_path: Path):
    journal = filled(tmp_path)
    before = journal.head()
    with pytest.raises(Exception, match="UNIQUE"):
        journal.append([draft("c", Transfer(FOREST, MILL, 1, Why.DELIVER)), draft("a")], Balances())
    assert journal.head() == before
    assert journal.balances()[FOREST] == 2000


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("postings", "amount", 5001),
        ("postings", "city", "US-MSX"),
        ("postings", "debit_owner", "registrx"),
        ("postings", "debit_purpose", "available"),
        ("postings", "credit_city", "US-MSX"),
        ("postings", "credit_owner", "foresu"),
        ("postings", "credit_purpose", "retired"),
        ("postings", "asset", BATCH[:-1] + "8"),
        ("postings", "why", "retire"),
        ("postings", "line", 1),
        ("postings", "seq", 3),
        ("entries", "at", "2020-01-31T00:00:01+00:00"),
        ("entries", "answer", '{"kg":5001}'),
        ("entries", "key", "z"),
        ("entries", "digest", "0" * 64),
        ("entries", "city", "US-MSX"),
        ("events", "body", '{"id":"y"}'),
        ("events", "kind", "trade"),
    ],
)
def test_one_changed_column_breaks_the_chain(tmp_path: Path, table: str, column: str, value: object):
    filled(tmp_path).close()
    with sqlite3.connect(tmp_path / JOURNAL_FILE) as raw:
        raw.execute(f"UPDATE {table} SET {column} = ? WHERE seq = 1", (value,))
    journal = Journal(open_sqlite(tmp_path, migrate=False))
    try:
        outcome = replay(journal.entries())
    except ValueError as fault:
        assert "1" in str(fault) or "3" in str(fault)
    else:
        assert isinstance(outcome, Break)
        assert outcome.seq == 1


def test_a_missing_entry_is_found(tmp_path: Path):
    filled(tmp_path).close()
    with sqlite3.connect(tmp_path / JOURNAL_FILE) as raw:
        for table in ("entries", "postings", "events"):
            raw.execute(f"DELETE FROM {table} WHERE seq = 1")
    assert isinstance(replay(Journal(open_sqlite(tmp_path, migrate=False)).entries()), Break)


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

"""A folder that an older version wrote is brought up to date, its journal checked on the way."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, text

from carbonpolis.errors import FolderProblem
from carbonpolis.ledger import Account, Purpose
from carbonpolis.ledger.journal import EventLine
from carbonpolis.platform.audit.auditor import Audit
from carbonpolis.platform.work import Work
from carbonpolis.store.database import JOURNAL_FILE, MIGRATIONS, open_postgres, open_sqlite
from carbonpolis.store.journal import Journal
from carbonpolis.store.keys import Keys
from carbonpolis.store.readings import Readings
from carbonpolis.store.tables import metadata

BODY = '{"id":"entry-9","city":"US-MSP","corrects":9,"reason":"市"}'
MANY = 70  # transfers of the second entry: more than one block


def old_digest(previous: str, content: list[object]) -> str:
    """As version 0001 computed it."""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous.encode() + written.encode()).hexdigest()


def fill_as_0001(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    at, genesis = "2020-01-31T00:00:00+00:00", "0" * 64
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        issue = ["US-MSP", "registry", "issuer", "US-MSP", "forest", "available", "CP-1", 5000, "issue"]
        event = ["US-MSP", "correction", "entry-9", BODY]
        first = old_digest(genesis, [1, "a", at, "issue", "registrar", "{}", [issue], [event]])
        sales = [
            ["US-MSP", "forest", "available", "US-STP", f"mill-{n}", "available", "CP-1", n + 1, "deliver"]
            for n in range(MANY)
        ]
        second = old_digest(first, [2, "b", at, "settle", "operator", '{"n":1}', sales, []])
        entry = "INSERT INTO entries VALUES (:city, :seq, :key, :at, :command, :who, :answer, :previous, :digest)"
        heads = [
            ("US-MSP", 1, "a", at, "issue", "registrar", "{}", genesis, first),
            ("US-MSP", 2, "b", at, "settle", "operator", '{"n":1}', first, second),
        ]
        labels = ("city", "seq", "key", "at", "command", "who", "answer", "previous", "digest")
        connection.execute(text(entry), [dict(zip(labels, head, strict=True)) for head in heads])
        sides = ("city", "debit_owner", "debit_purpose", "credit_city", "credit_owner", "credit_purpose")
        names = (*sides, "asset", "amount", "why")
        for seq, lines in ((1, [issue]), (2, sales)):
            for line, fields in enumerate(lines):
                row = {**dict(zip(names, fields, strict=True)), "seq": seq, "line": line}
                columns = ", ".join(row)
                connection.execute(
                    text(f"INSERT INTO postings ({columns}) VALUES ({', '.join(':' + c for c in row)})"), row
                )
        labels = ("city", "kind", "id", "body")
        stored = dict(zip(labels, event, strict=True))
        connection.execute(text("INSERT INTO events VALUES (:city, 1, 0, :kind, :id, :body)"), stored)
        connection.execute(text("INSERT INTO entities VALUES (:city, :kind, :id, 1, 0, :body)"), stored)
        held = {"registry/issuer/US-MSP": -5000, "forest/available/US-MSP": 5000 - MANY * (MANY + 1) // 2}
        held |= {f"mill-{n}/available/US-STP": n + 1 for n in range(MANY)}
        for name, amount in held.items():
            owner, purpose, city = name.split("/")
            row = {"city": city, "owner": owner, "purpose": purpose, "amount": amount}
            connection.execute(text("INSERT INTO balances VALUES (:city, :owner, 'CP-1', :purpose, :amount)"), row)


def holds_what_0001_held(journal: Journal, folder: Path) -> None:
    work = Work(journal, Readings(folder / "readings"), writing=True)
    audited = Audit(work, Keys(folder)).verify()
    assert audited.holds, audited.fault
    assert (audited.figures["entries"], audited.figures["postings"]) == (2, 1 + MANY)
    assert journal.balances()[Account("US-STP", "mill-69", "CP-1", Purpose.AVAILABLE)] == 70
    assert journal.entities() == [EventLine("US-MSP", "correction", "entry-9", BODY)]
    assert journal.answers(["b"])["b"].answer == '{"n":1}'
    assert [seq for seq, _ in journal.transfers_of("CP-1")] == [1] + [2] * MANY


def test_a_folder_of_the_first_version_is_brought_up_to_date(tmp_path: Path):
    old = create_engine(f"sqlite:///{tmp_path / JOURNAL_FILE}")
    fill_as_0001(old)
    old.dispose()
    with pytest.raises(FolderProblem, match="older version"):
        open_sqlite(tmp_path, migrate=False)
    journal = Journal(open_sqlite(tmp_path, migrate=True))
    holds_what_0001_held(journal, tmp_path)
    journal.close()


def test_a_database_of_the_first_version_is_brought_up_to_date(database: str, tmp_path: Path):
    old = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    fill_as_0001(old)
    old.dispose()
    journal = Journal(*open_postgres(database, migrate=True))
    holds_what_0001_held(journal, tmp_path)
    journal.close()


def test_a_journal_that_does_not_hold_is_not_written_anew(tmp_path: Path):
    old = create_engine(f"sqlite:///{tmp_path / JOURNAL_FILE}")
    fill_as_0001(old)
    old.dispose()
    with closing(sqlite3.connect(tmp_path / JOURNAL_FILE)) as raw:
        raw.execute("UPDATE postings SET amount = 4999 WHERE seq = 1")
        raw.commit()
        before = raw.execute("SELECT * FROM entries").fetchall()
    with pytest.raises(FolderProblem, match="entry 1 does not hold; nothing was changed"):
        open_sqlite(tmp_path, migrate=True)
    with closing(sqlite3.connect(tmp_path / JOURNAL_FILE)) as raw:
        assert raw.execute("SELECT * FROM entries").fetchall() == before


def test_the_migrations_make_what_the_tables_say(tmp_path: Path):
    engine = open_sqlite(tmp_path, migrate=True)
    found = inspect(engine)
    assert set(found.get_table_names()) - {"alembic_version"} == set(metadata.tables)
    for name, table in metadata.tables.items():
        columns = {column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(name)}
        assert columns == {c.name: (str(c.type.compile(engine.dialect)), bool(c.nullable)) for c in table.columns}, name
        assert found.get_pk_constraint(name)["constrained_columns"] == [c.name for c in table.primary_key]
        assert {(i["name"], tuple(i["column_names"]), bool(i["unique"])) for i in found.get_indexes(name)} == {
            (i.name, tuple(c.name for c in i.columns), bool(i.unique)) for i in table.indexes
        }
    engine.dispose()

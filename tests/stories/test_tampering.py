"""One changed byte anywhere is found, and the audit says where."""

from __future__ import annotations

import random
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from carbonpolis import Platform
from carbonpolis.platform.audit.auditor import Audited

Command = Callable[..., subprocess.CompletedProcess[str]]
COLUMNS = {
    "accounts": ("id", "city", "owner", "asset", "purpose", "opened"),
    "postings": ("n", "debit", "credit", "amount", "why"),
    "events": ("seq", "line", "city", "kind", "id", "body"),
    "entries": ("seq", "city", "key", "at", "command", "who", "answer", "upto", "leaf"),
    "commits": ("last", "previous", "digest"),
    "checkpoints": ("size", "body", "signature"),
    "balances": ("account", "amount"),
    "entities": ("city", "kind", "id", "body"),
}
KEYS = {"accounts": "id", "postings": "n", "entries": "seq", "commits": "last", "balances": "account"}


def change_one_byte(folder: Path, table: str, column: str, dice: random.Random) -> None:
    """Change one character, or one unit of a number, of one column in one row."""
    with sqlite3.connect(folder / "journal.sqlite") as connection:
        rows = [row[0] for row in connection.execute(f"SELECT rowid FROM {table}")]
        row = dice.choice(rows)
        changed: int | str | bytes
        (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
        if KEYS.get(table) == column:  # past the last number, so that it doesn't meet its neighbour's
            changed = connection.execute(f"SELECT max({column}) + 1 FROM {table}").fetchone()[0]
        elif isinstance(value, int):
            changed = value + (1_000 if column == "line" else 1)
        elif isinstance(value, bytes):
            at = dice.randrange(len(value))
            changed = value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
        else:
            at = dice.randrange(max(1, len(value)))
            changed = value[:at] + ("x" if value[at : at + 1] != "x" else "y") + value[at + 1 :]
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (changed, row))
    connection.close()


def audit(folder: Path) -> Audited:
    with Platform.open(folder, create=False, writing=False) as platform:
        return platform.audit.verify()


def test_an_untouched_year_holds_and_tells_its_figures(sample_year: Path, carbonpolis: Command):
    audited = carbonpolis("audit", "verify", sample_year)
    assert audited.returncode == 0
    assert "entries" in audited.stdout and "head " in audited.stdout


def test_the_command_ends_with_1_and_the_first_fault(towns_copy: Path, carbonpolis: Command):
    change_one_byte(towns_copy, "postings", "amount", random.Random(1))
    audited = carbonpolis("audit", "verify", towns_copy)
    assert (audited.returncode, "First fault" in audited.stdout) == (1, True)
    assert "Traceback" not in audited.stderr


@pytest.mark.parametrize(("table", "column"), [(table, column) for table in COLUMNS for column in COLUMNS[table]])
def test_a_changed_byte_is_found(towns_copy: Path, table: str, column: str):
    change_one_byte(towns_copy, table, column, random.Random(f"{table}.{column}"))
    assert audit(towns_copy).fault


@pytest.mark.parametrize("column", ["account", "amount"])
def test_a_changed_balance_of_nothing_is_found(towns_copy: Path, column: str):
    changed = {"account": "(SELECT max(account) + 1 FROM balances)", "amount": "1"}[column]
    with sqlite3.connect(towns_copy / "journal.sqlite") as connection:
        row = "(SELECT min(rowid) FROM balances WHERE amount = 0)"
        done = connection.execute(f"UPDATE balances SET {column} = {changed} WHERE rowid = {row}").rowcount
    connection.close()
    assert done == 1
    assert audit(towns_copy).fault


def test_a_posting_taken_out_and_a_file_of_readings_changed_are_found(towns_copy: Path):
    readings = sorted((towns_copy / "readings").glob("*.parquet"))
    content = bytearray(readings[0].read_bytes())
    content[len(content) // 2] ^= 1
    readings[0].write_bytes(content)
    assert readings[0].name in audit(towns_copy).fault
    with sqlite3.connect(towns_copy / "journal.sqlite") as connection:
        connection.execute("DELETE FROM postings WHERE rowid = (SELECT max(rowid) FROM postings)")
    connection.close()
    assert "journal" in audit(towns_copy).fault

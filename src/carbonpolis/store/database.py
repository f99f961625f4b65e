"""Opening the journal's database: settings that make a commit durable, and the schema brought up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from carbonpolis.errors import FolderProblem, FolderTooNew

JOURNAL_FILE = "journal.sqlite"
MIGRATIONS = Path(__file__).parent / "migrations"


def open_sqlite(folder: Path, *, migrate: bool) -> Engine:
    """The engine of a folder's journal, its schema current.

    Raises FolderTooNew when a newer version wrote it, FolderProblem when it is no journal, or is older and
    `migrate` is false.
    """
    engine = create_engine(f"sqlite:///{folder / JOURNAL_FILE}")
    event.listen(engine, "connect", _settings)
    event.listen(engine, "begin", _begin)
    try:
        _bring_up(engine, folder, migrate=migrate)
    except DatabaseError as fault:
        engine.dispose()
        raise FolderProblem(str(folder), f"its journal can't be read ({fault.orig}). Restore a backup.") from fault
    except FolderProblem:
        engine.dispose()
        raise
    return engine


def _settings(connection: Any, _record: object) -> None:
    # SQLite's own transaction handling is switched off, so that BEGIN below decides which kind it is.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _bring_up(engine: Engine, folder: Path, *, migrate: bool) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found == known.get_current_head():
        return
    if found is not None and found not in {script.revision for script in known.walk_revisions()}:
        raise FolderTooNew(str(folder), found)
    if not migrate:
        raise FolderProblem(str(folder), "it was written by an older version; `carbonpolis run` brings it up to date.")
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

"""Opening the journal's database: settings that make a commit durable, and the schema brought up to date.

Embedded: SQLite in WAL mode, flushed to disk at every commit. Beyond one machine: PostgreSQL 15 or newer, whose
advisory lock is the writer lock: it is held by the connection that commits, so a writer that lost it can't commit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from carbonpolis.errors import FolderInUse, FolderProblem, FolderTooNew

JOURNAL_FILE = "journal.sqlite"
MIGRATIONS = Path(__file__).parent / "migrations"
OLDEST_POSTGRES = 15
WRITER_LOCK = 0x4342  # "CB": with the schema's hash, the advisory lock of the one writer of a journal


def open_sqlite(folder: Path, *, migrate: bool) -> Engine:
    """The engine of a folder's journal, its schema current.

    Raises FolderTooNew when a newer version wrote it, FolderProblem when it is no journal, or is older and
    `migrate` is false.
    """
    engine = create_engine(f"sqlite:///{folder / JOURNAL_FILE}")
    event.listen(engine, "connect", _settings)
    event.listen(engine, "begin", _begin)
    try:
        _bring_up(engine, str(folder), migrate=migrate)
    except DatabaseError as fault:
        engine.dispose()
        raise FolderProblem(str(folder), f"its journal can't be read ({fault.orig}). Restore a backup.") from fault
    except FolderProblem:
        engine.dispose()
        raise
    return engine


def open_postgres(url: str, *, migrate: bool) -> tuple[Engine, Connection | None]:
    """The engine of a journal in PostgreSQL, its schema current, and the connection that holds the writer lock.

    migrate: open it for writing; without it there is no lock and no second value. Raises FolderInUse when another
    process writes to it, FolderTooNew as `open_sqlite`, FolderProblem when it can't be reached or is too old.
    """
    shown = shown_url(url)
    try:
        engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as problem:
        raise FolderProblem(shown, f"it can't be opened ({problem}). `pip install carbonpolis[postgres]`.") from None
    writer: Connection | None = None
    try:
        with engine.connect() as connection:
            found = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
        if found < OLDEST_POSTGRES:
            raise FolderProblem(shown, f"it is PostgreSQL {found}; expected {OLDEST_POSTGRES} or newer.")
        if migrate:
            writer = writing(engine)
            if writer.exec_driver_sql("SELECT current_schema()").scalar_one() is None:
                raise FolderProblem(shown, "it has no schema of that name; `CREATE SCHEMA` makes one.")
            lock = "SELECT pg_try_advisory_lock(%s, hashtext(current_schema()))"
            locked = writer.exec_driver_sql(lock, (WRITER_LOCK,)).scalar_one()
            writer.commit()
            if not locked:
                raise FolderInUse(shown)
        _bring_up(engine, shown, migrate=migrate)
    except DatabaseError as fault:
        _give_back(engine, writer)
        raise FolderProblem(shown, f"it can't be reached or read ({fault.orig}).".replace("\n", " ")) from fault
    except FolderProblem:
        _give_back(engine, writer)
        raise
    return engine, writer


def shown_url(url: str) -> str:
    """A database's address without its password. Raises FolderProblem when it isn't one of PostgreSQL's."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise FolderProblem(url, "it is no database address; expected postgresql://USER@HOST/NAME.") from None
    if parsed.get_backend_name() != "postgresql":
        raise FolderProblem(parsed.render_as_string(), "only PostgreSQL is served: postgresql://USER@HOST/NAME.")
    return parsed.render_as_string(hide_password=True)


def writing(engine: Engine) -> Connection:
    """The connection that commits: its transactions take the write lock when they begin."""
    return engine.connect().execution_options(writing=True)


def looking_up(engine: Engine) -> Connection:
    """A connection whose every query sees the newest commit, and holds no snapshot open."""
    if engine.dialect.name == "sqlite":
        return engine.connect().execution_options(looking_up=True)
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _give_back(engine: Engine, writer: Connection | None) -> None:
    if writer is not None:
        writer.invalidate()
    engine.dispose()


def _settings(connection: Any, _record: object) -> None:
    # SQLite's own transaction handling is switched off, so that BEGIN below decides which kind it is.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("looking_up", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writing", False) else "BEGIN")


def _bring_up(engine: Engine, place: str, *, migrate: bool) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found == known.get_current_head():
        return
    if found is not None and found not in {script.revision for script in known.walk_revisions()}:
        raise FolderTooNew(place, found)
    if not migrate:
        raise FolderProblem(place, "it was written by an older version; `carbonpolis run` brings it up to date.")
    with writing(engine) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

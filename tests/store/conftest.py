"""Journals to test on: SQLite in a folder, and PostgreSQL on a real server of the tests' own."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from carbonpolis.store.database import open_postgres, open_sqlite
from carbonpolis.store.journal import Journal

_SPEC = importlib.util.spec_from_file_location(
    "postgres_server", Path(__file__).parents[2] / "scripts" / "postgres_server.py"
)
assert _SPEC is not None and _SPEC.loader is not None
postgres_server = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(postgres_server)

Open = Callable[[], Journal]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a running PostgreSQL."""
    if postgres_server.programs() is None:
        pytest.skip("no PostgreSQL here; scripts/install-test-needs.sh installs it")
    with postgres_server.server() as address:
        yield address


@pytest.fixture
def database(postgres: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty PostgreSQL database of this test's own."""
    import psycopg

    name = f"test_{abs(hash(request.node.nodeid)):x}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield postgres.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def open_journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same journal again and again, on each kind of database; closes all at the end."""
    with ExitStack() as closing:
        if request.param == "sqlite":

            def opened() -> Journal:
                return Journal(open_sqlite(tmp_path, migrate=True))
        else:
            address = request.getfixturevalue("database")

            def opened() -> Journal:
                return Journal(*open_postgres(address, migrate=True))

        def kept() -> Journal:
            journal = opened()
            closing.callback(journal.close)
            return journal

        yield kept

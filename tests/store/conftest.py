"""Journals to test on: SQLite in a folder, and PostgreSQL on a real server of the tests' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from carbonpolis.store.database import open_postgres, open_sqlite
from carbonpolis.store.journal import Journal

Open = Callable[[], Journal]


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

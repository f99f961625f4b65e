"""What several rooms of the tests share: the command as a person calls it, market years, a PostgreSQL server."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from filelock import FileLock
from hypothesis import settings

# A test is right or wrong, not quick or slow: how long an example takes depends on who else uses the machine.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

SECONDS = 300
COMMAND = Path(sys.executable).with_name("carbonpolis")
Command = Callable[..., subprocess.CompletedProcess[str]]


def hear_interrupts() -> None:
    """In a child before it starts: Ctrl-C is heard, also where the tests run in the background, which ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def call(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`carbonpolis WORDS` in a process of its own, as a person calls it, with its output and exit status."""
    return subprocess.run(
        [str(COMMAND), *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def call_here(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The same in this process: the same code from the arguments to the exit status, without starting Python anew."""
    from carbonpolis.cli import main

    arguments = ["carbonpolis", *map(str, words)]
    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.ExitStack() as around:
        around.enter_context(mock.patch.object(sys, "argv", arguments))
        around.enter_context(contextlib.redirect_stdout(out))
        around.enter_context(contextlib.redirect_stderr(err))
        if cwd is not None:
            around.enter_context(contextlib.chdir(cwd))
        try:
            main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def carbonpolis() -> Command:
    """The command line, from its arguments to its exit status, in this process."""
    return call_here


@pytest.fixture(scope="session")
def carbonpolis_process() -> Command:
    """The command line in a process of its own, for what only a process shows."""
    return call


def made_once(name: str, factory: pytest.TempPathFactory, make: Callable[[Path], None]) -> Path:
    """A folder that the first who needs it makes, and every worker of the session reads."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, unfinished = base / name, base / f"{name}-unfinished"
    with FileLock(base / f"{name}.lock"):
        if not folder.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="session")
def sample_year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `carbonpolis run` took the sample through its market year. Read it; copy it to change it."""

    def make(folder: Path) -> None:
        ran = call("run", folder, "--no-serve")
        assert ran.returncode == 0, ran.stderr
        assert "Carbonpolis: " in ran.stdout

    return made_once("sample-year", tmp_path_factory, make)


@pytest.fixture(scope="session")
def sample_report(sample_year: Path) -> dict[str, Any]:
    """The report of that year, as `carbonpolis report --format json` prints it."""
    printed = call_here("report", sample_year, "--format", "json")
    assert printed.returncode == 0, printed.stderr
    report: dict[str, Any] = json.loads(printed.stdout)
    return report


@pytest.fixture
def copied_year(sample_year: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of that folder, to be changed at will."""
    folder = tmp_path / "copy"
    shutil.copytree(sample_year, folder)
    yield folder
    shutil.rmtree(folder)


_SPEC = importlib.util.spec_from_file_location(
    "postgres_server", Path(__file__).parents[1] / "scripts" / "postgres_server.py"
)
assert _SPEC is not None and _SPEC.loader is not None
postgres_server = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(postgres_server)


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


TOWNS = Path(__file__).parents[1] / "examples" / "three-towns"


@pytest.fixture(scope="session")
def towns_year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the three towns of examples/three-towns and their market year: small, so quick. Read it only."""

    def make(folder: Path) -> None:
        for kind in ("cities", "accounts", "projects", "activities"):
            loaded = call_here("load", kind, TOWNS / f"{kind}.csv", "--folder", folder)
            assert loaded.returncode == 0, loaded.stderr
        ran = call_here("run", folder, "--no-serve")
        assert ran.returncode == 0, ran.stderr

    return made_once("towns-year", tmp_path_factory, make)


@pytest.fixture(scope="session")
def towns_report(towns_year: Path) -> dict[str, Any]:
    """The report of that year, as `carbonpolis report --format json` prints it. Copy it to change it."""
    printed = call_here("report", towns_year, "--format", "json")
    assert printed.returncode == 0, printed.stderr
    report: dict[str, Any] = json.loads(printed.stdout)
    return report


@pytest.fixture
def towns_copy(towns_year: Path, tmp_path: Path) -> Path:
    """A copy of that folder, to be changed at will."""
    return Path(shutil.copytree(towns_year, tmp_path / "towns-copy"))

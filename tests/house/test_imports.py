"""A command imports what it uses and nothing else, so that a person does not wait for libraries that don't matter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from carbonpolis.cli.commands import COMMANDS
from carbonpolis.cli.main import app

HEAVY = {
    *("alembic", "duckdb", "fpdf", "ibis", "matplotlib", "nicegui", "numba", "openpyxl", "pandas"),
    *("pint", "pyarrow", "scipy.linalg", "scipy.optimize", "scipy.stats", "sqlalchemy"),
}
NEVER_TO_OPEN = {"fpdf", "matplotlib", "nicegui", "numba", "openpyxl", "pint", "scipy.linalg", "scipy.optimize"}
TELL = "import sys\n{}\nprint('modules', *sys.modules)"
CALL = """
sys.argv = ["carbonpolis", {}]
from carbonpolis.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
"""


def imported(code: str, folder: Path) -> set[str]:
    """The modules that are there after a process ran some code."""
    ran = subprocess.run(
        [sys.executable, "-c", TELL.format(code)], cwd=folder, capture_output=True, text=True, timeout=120, check=True
    )
    return set(ran.stdout.rsplit("modules ", 1)[1].split())


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("--help",),
        ("load", "--help"),
        ("template", "cities"),
        ("trace", "--help"),
        ("audit", "check", "--help"),
    ],
    ids=" ".join,
)
def test_a_light_command_imports_no_heavy_library(words: tuple[str, ...], tmp_path: Path):
    there = imported(CALL.format(", ".join(map(repr, words))), tmp_path)
    assert "carbonpolis.cli.main" in there
    assert not HEAVY & there


def test_telling_the_version_does_not_even_import_arrays(tmp_path: Path):
    there = imported(CALL.format("'--version'"), tmp_path)
    assert "numpy" not in there
    own = {name for name in there if name.startswith("carbonpolis.") and not name.startswith("carbonpolis.cli")}
    assert own == {"carbonpolis.errors"}


def test_opening_a_folder_waits_for_no_compiler_and_no_page(tmp_path: Path):
    code = "import carbonpolis\nwith carbonpolis.Platform.open('fresh') as platform:\n    platform.people\n"
    there = imported(code, tmp_path)
    assert "carbonpolis.platform.open" in there
    assert not NEVER_TO_OPEN & there


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_it_says_of_itself(name: str):
    command = typer.main.get_group(app).commands[name]
    assert command.name == name
    assert command.help is not None
    assert " ".join(command.help.split("\n\n", 1)[0].split()) == COMMANDS[name].line


def test_the_list_holds_every_command_that_the_folder_has():
    """A module of commands that the list forgot would be a command that nobody can call."""
    folder = Path(__file__).parents[2] / "src" / "carbonpolis" / "cli"
    machinery = {"__init__", "main", "commands", "place", "terminal"}
    assert {path.stem for path in folder.glob("*.py")} - machinery == {entry.module for entry in COMMANDS.values()}

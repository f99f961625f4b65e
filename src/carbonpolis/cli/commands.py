"""The list of commands: what `--help` tells of each, and where it lives. A command is imported when it is asked for.

So `carbonpolis --help` waits for nothing, and a command only for what it uses itself. A test holds every line of the
list to what the command says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup


@dataclass(frozen=True, slots=True)
class Entry:
    """A command of the list.

    module: file in this folder. name: the function, or the Typer application of a group, in it. line: the first line of
    its help. help: a function beside it that makes the whole help, where the docstring isn't all.
    """

    module: str
    name: str
    line: str
    help: str = ""

    def load(self, called: str) -> Any:
        """The command itself, with everything that it needs."""
        module = import_module(f"carbonpolis.cli.{self.module}")
        found = getattr(module, self.name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(called, help=getattr(module, self.help)() if self.help else None)(found)
            found = alone
        command = typer.main.get_command(found)
        command.name = called
        return command


COMMANDS = {
    "run": Entry("run", "run", "Run a market year on real figures, print the report and serve the site."),
    "serve": Entry(
        "run", "serve_command", "Serve the site of a folder, or of a database, as it is, without running anything."
    ),
    "report": Entry(
        "report",
        "report",
        "Print or write the report: balance, prices, score and rank of every city, or one city in full.",
    ),
    "template": Entry("template", "template", "Write an empty file with the columns that `load` expects."),
    "load": Entry(
        "load",
        "load",
        "Load a file of your own, of one kind (cities first), from CSV or Excel.",
        "load_help",
    ),
    "venue": Entry("venue", "venue", "Tell the rules of the market that a folder goes by, or set them from a file."),
    "inventory": Entry(
        "inventory",
        "inventory",
        "Turn activities into an inventory: by part, by GPC reference, BASIC and BASIC+, and what is counted twice.",
    ),
    "score": Entry(
        "score", "score", "Score cities: ranks and how sure they are, what each score is made of, what it hangs on."
    ),
    "compare": Entry(
        "compare",
        "compare",
        "Compare cities by their inventories: who compares, how they stand, what parts them, where they are heading.",
        "compare_help",
    ),
    "statement": Entry(
        "statement", "statement", "Tell what an owner's accounts held, every movement in them, and what they hold."
    ),
    "boundary": Entry(
        "registry", "boundary", "Give a draft project its boundary; its area becomes the one on the ellipsoid."
    ),
    "trace": Entry(
        "registry",
        "trace",
        "Tell the history of a unit or a range: plots and readings, opinion, arithmetic, owners, purpose.",
    ),
    "certificate": Entry(
        "registry",
        "certificate",
        "Write the certificate of a retirement as PDF, with a QR code to its public page.",
    ),
    "export": Entry("registry", "export", "Export projects, issuances and units for the global indexes."),
    "audit": Entry(
        "audit", "app", "Check the journal and everything made from it; sign checkpoints; write and check proofs."
    ),
    "surveillance": Entry(
        "surveillance", "app", "Look for abuse of the market, read the cases with their evidence, and close them."
    ),
    "backup": Entry(
        "backup",
        "backup",
        "Write a consistent copy of a folder to one file, while it is in use. Keep it safe: the signing key is in it.",
    ),
    "restore": Entry("backup", "restore", "Bring a backup back into an empty or new folder."),
    "bench": Entry(
        "bench", "bench", "List the benchmarks of a checkout, or run one (or `all`): ours and its peer in the same run."
    ),
}


class Loading(Mapping[str, Any]):
    """The commands by name; each is loaded the first time that it is looked at."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = COMMANDS[name].load(name)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = Loading()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in `--help`, written without loading any command of it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.line) for name, entry in COMMANDS.items()])

"""The command line as a whole: the group of commands, and what every one of them does with an error.

Exit status: 0 done; 1 the answer is no; 2 bad input or usage, with one clear message on standard error.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from carbonpolis.cli.commands import Commands
from carbonpolis.errors import CarbonpolisError

INTERRUPTED = 130  # the shell's exit status for Ctrl-C: 128 + SIGINT

app = typer.Typer(
    name="carbonpolis",
    cls=Commands,
    help="A city's way to carbon neutrality as one system: measure, certify, trade, evaluate.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"carbonpolis {version('carbonpolis')}")
        raise typer.Exit


@app.callback()
def about(
    tell: Annotated[
        bool, typer.Option("--version", help="Tell the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A city's way to carbon neutrality as one system: measure, certify, trade, evaluate."""


def main() -> None:
    """Run the command line; the package's console script."""
    try:
        app(prog_name="carbonpolis")
    except CarbonpolisError as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # Typer turns Ctrl-C into this exit, without a word
            print("Stopped. What was committed is kept; the same command again goes on from there.", file=sys.stderr)
        raise
    except BrokenPipeError:
        # The reader (as `head`) has seen enough; closing stderr too keeps Python from complaining at exit.
        sys.stderr.close()
        sys.exit(0)

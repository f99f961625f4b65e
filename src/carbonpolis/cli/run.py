"""`carbonpolis run` and `carbonpolis serve`: a market year, and the site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from carbonpolis.cli.place import DatabaseOption, opened
from carbonpolis.cli.terminal import plain_console, print_year
from carbonpolis.serve import check_port, serve

HERE = "carbonpolis-data"
LOCALHOST = "127.0.0.1"
PORT = 8080

FolderArgument = Annotated[Path, typer.Argument(help="The data folder.")]


def run(
    folder: FolderArgument = Path(HERE),
    port: Annotated[int, typer.Option(help="Port of the site.", min=1, max=65535)] = PORT,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after the report.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open a browser.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Run a market year on real figures, print the report and serve the site.

    An empty FOLDER gets the sample cities. A second run on the same FOLDER continues, it never starts over.
    """
    if not no_serve:
        check_port(LOCALHOST, port)
    with opened(folder, database) as platform:
        with _progress() as progress:
            platform.years.run(lambda what, done, of: _advance(progress, what, done, of))
        for sentence in platform.years.late():
            print(sentence, file=sys.stderr)
        report = platform.reports.year()
        print_year(plain_console(), report)
        if not no_serve:
            serve(
                platform.reports.year,
                host=LOCALHOST,
                port=port,
                open_browser=not no_browser and sys.stdout.isatty(),
                announce=lambda text: print(text, flush=True),
                feed=platform.feed,
            )


def serve_command(
    folder: FolderArgument = Path(HERE),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = LOCALHOST,
    port: Annotated[int, typer.Option(help="Port of the site.", min=1, max=65535)] = PORT,
    database: DatabaseOption = None,
) -> None:
    """Serve the site of a folder, or of a database, as it is, without running anything."""
    check_port(host, port)
    with opened(folder, database, create=False, writing=False) as platform:
        serve(
            platform.reports.year,
            host=host,
            port=port,
            open_browser=False,
            announce=lambda text: print(text, flush=True),
            feed=platform.feed,
        )


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<44}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _advance(progress: Progress, what: str, done: int, of: int) -> None:
    found = [task for task in progress.tasks if task.description == what]
    task = found[0].id if found else progress.add_task(what, total=of)
    progress.update(task, completed=done, total=of)

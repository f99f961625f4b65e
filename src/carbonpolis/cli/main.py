"""The commands. Each decodes its arguments, makes one call, and prints the answer.

Exit status: 0 done; 1 the answer is no; 2 bad input or usage, with one clear message on standard error.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from carbonpolis.cli import audit, backup, registry, surveillance
from carbonpolis.cli.bench import bench
from carbonpolis.cli.compare import compare, compare_help
from carbonpolis.cli.inventory import inventory
from carbonpolis.cli.score import score
from carbonpolis.cli.terminal import print_city, print_year
from carbonpolis.errors import BadInput, CarbonpolisError, Fault, Unknown
from carbonpolis.platform import Platform
from carbonpolis.platform.files import write_template
from carbonpolis.platform.templates import TEMPLATES
from carbonpolis.report.city import city_named
from carbonpolis.report.exchange import write_pdf, write_xlsx
from carbonpolis.report.shape import YearReport
from carbonpolis.serve import check_port, serve

HERE = "carbonpolis-data"
LOCALHOST = "127.0.0.1"
PORT = 8080
INTERRUPTED = 130  # the shell's exit status for Ctrl-C: 128 + SIGINT
FORMATS = ("table", "json", "xlsx", "pdf")

app = typer.Typer(
    name="carbonpolis",
    help="A city's way to carbon neutrality as one system: measure, certify, trade, evaluate.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(bench)
app.command(help=compare_help())(compare)
app.command()(inventory)
app.command()(score)
registry.hook(app)
app.add_typer(audit.app, name="audit")
app.add_typer(surveillance.app, name="surveillance")
app.command()(backup.backup)
app.command()(backup.restore)

FolderArgument = Annotated[Path, typer.Argument(help="The data folder.")]


def _version(asked: bool) -> None:
    if asked:
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
        app()
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


@app.command()
def run(
    folder: FolderArgument = Path(HERE),
    port: Annotated[int, typer.Option(help="Port of the site.", min=1, max=65535)] = PORT,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after the report.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open a browser.")] = False,
) -> None:
    """Run a market year on real figures, print the report and serve the site.

    An empty FOLDER gets the sample cities. A second run on the same FOLDER continues, it never starts over.
    """
    if not no_serve:
        check_port(LOCALHOST, port)
    with Platform.open(folder) as platform:
        with _progress() as progress:
            platform.years.run(lambda what, done, of: _advance(progress, what, done, of))
        for sentence in platform.years.late():
            print(sentence, file=sys.stderr)
        report = platform.reports.year()
        print_year(_console(), report)
        if not no_serve:
            serve(
                platform.reports.year,
                host=LOCALHOST,
                port=port,
                open_browser=not no_browser and sys.stdout.isatty(),
                announce=lambda text: print(text, flush=True),
                feed=platform.feed,
            )


@app.command("serve")
def serve_command(
    folder: FolderArgument = Path(HERE),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = LOCALHOST,
    port: Annotated[int, typer.Option(help="Port of the site.", min=1, max=65535)] = PORT,
    database: Annotated[
        str | None, typer.Option(help="Address of a PostgreSQL journal; FOLDER holds the rest.")
    ] = None,
) -> None:
    """Serve the site of a folder, or of a database, as it is, without running anything."""
    check_port(host, port)
    with Platform.open(database or folder, create=False, writing=False, files=folder) as platform:
        serve(
            platform.reports.year,
            host=host,
            port=port,
            open_browser=False,
            announce=lambda text: print(text, flush=True),
            feed=platform.feed,
        )


@app.command()
def report(
    folder: FolderArgument = Path(HERE),
    city: Annotated[str | None, typer.Option(help="Name or code of one city; without it, all.")] = None,
    format: Annotated[str, typer.Option(help="table, json, xlsx or pdf.")] = "table",
    out: Annotated[Path | None, typer.Option(help="File to write; xlsx and pdf need one.")] = None,
) -> None:
    """Print or write the report: balance, prices, score and rank of every city, or one city in full."""
    _choice("--format", format, FORMATS)
    if format in {"xlsx", "pdf"} and out is None:
        raise BadInput([Fault("report", 0, "--out", "", f"a file to write the {format} to", "Add --out FILE.")])
    with Platform.open(folder, create=False, writing=False) as platform:
        year = platform.reports.year()
    chosen = city_named(year, city) if city is not None else None
    if format == "json":
        content = chosen if chosen is not None else year
        _write(out, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    elif format == "xlsx" and out is not None:
        write_xlsx(year, chosen, out)
    elif format == "pdf" and out is not None:
        write_pdf(year, chosen, out)
    else:
        console = _console() if out is None else Console(file=io.StringIO(), width=140)
        if chosen is not None:
            print_city(console, year, chosen)
        else:
            print_year(console, year)
        if out is not None and isinstance(console.file, io.StringIO):
            _write(out, console.file.getvalue())


def _load_help() -> str:
    lines = [
        "Load your own cities, accounts, projects, activities, readings or orders from CSV or Excel.",
        "",
        "A wrong file changes nothing; every fault is listed with its row and column. Columns (* needed):",
    ]
    for kind, columns in TEMPLATES.items():
        lines += ["", "\b", f"{kind}:"]
        lines += [f"  {c.name + ('*' if c.required else ''):<22}{c.meaning}" for c in columns]
    return "\n".join(lines)


@app.command(help=_load_help())
def load(
    kind: Annotated[str, typer.Argument(help=", ".join(TEMPLATES))],
    file: Annotated[Path, typer.Argument(help="A .csv (UTF-8) or .xlsx file.")],
    folder: Annotated[Path, typer.Option(help="The data folder.")] = Path(HERE),
) -> None:
    """Load a file of one kind into the folder."""
    _choice("KIND", kind, tuple(TEMPLATES))
    with Platform.open(folder) as platform:
        print(platform.loading.load(kind, file))


@app.command()
def template(
    kind: Annotated[str, typer.Argument(help=", ".join(TEMPLATES))],
    out: Annotated[Path | None, typer.Option(help="File to write, .csv or .xlsx; default KIND.csv.")] = None,
) -> None:
    """Write an empty file with the columns that `load` expects."""
    _choice("KIND", kind, tuple(TEMPLATES))
    path = out or Path(f"{kind}.csv")
    if path.exists():
        raise BadInput([Fault("template", 0, "--out", str(path), "a file that does not exist yet", "Name another.")])
    write_template(kind, path)
    print(f"{path}: fill it in, then `carbonpolis load {kind} {path}`")


def _choice(what: str, given: str, choices: tuple[str, ...]) -> None:
    if given not in choices:
        raise Unknown(what, given, choices)


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160, no_color=True)
    return console


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


def _write(out: Path | None, text: str) -> None:
    if out is None:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise BadInput([Fault("report", 0, "--out", str(out), f"a file to write ({problem.strerror})")]) from None


__all__ = ["YearReport", "app", "main"]

"""`carbonpolis venue`: the rules of the market that a folder goes by, told or set from a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from carbonpolis.cli.place import DatabaseOption, opened
from carbonpolis.cli.terminal import plain_console
from carbonpolis.errors import BadInput, Fault, Unknown
from carbonpolis.market.venue.rows import as_rules, differences
from carbonpolis.market.venue.settings import Rule, default_venue
from carbonpolis.platform.intake.venue_file import read_venue

HERE = "carbonpolis-data"
FORMATS = ("table", "csv", "json")
COLUMNS = ("rule", "value", "unit", "meaning", "source")


def venue(
    folder: Annotated[Path, typer.Argument(help="The data folder.")] = Path(HERE),
    set_: Annotated[
        Path | None, typer.Option("--set", help="File with rules and values: .toml, .csv or .xlsx.")
    ] = None,
    database: DatabaseOption = None,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
    out: Annotated[Path | None, typer.Option(help="File to write; default the terminal.")] = None,
) -> None:
    """Tell the rules of the market that a folder goes by, or set them from a file."""
    if format not in FORMATS:
        raise Unknown("--format", format, FORMATS)
    if set_ is not None:
        _set(folder, database, set_)
        return
    text = {"table": _table, "csv": _csv, "json": _json}[format](_rules(folder, database))
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise BadInput([Fault("venue", 0, "--out", str(out), f"a file to write ({problem.strerror})")]) from None


def _set(folder: Path, database: str | None, file: Path) -> None:
    if database is None and not folder.exists():
        read_venue(file, default_venue())  # a wrong file makes no folder
    with opened(folder, database) as platform:
        now = platform.venues.now()
        asked = read_venue(file, now)
        changed = differences(asked, now)
        if changed:
            platform.venues.change(asked)
    typer.echo("\n".join(changed) if changed else f"{folder} goes by these rules already; nothing changed.")


def _rules(folder: Path, database: str | None) -> tuple[Rule, ...]:
    """The folder's rules; those of a new one where there is no folder yet."""
    if database is None and not folder.exists():
        return as_rules(default_venue())
    with opened(folder, database, create=False, writing=False) as platform:
        return as_rules(platform.venues.now())


def _table(rules: tuple[Rule, ...]) -> str:
    console = plain_console()
    table = Table(header_style="bold", pad_edge=False, show_edge=False)
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for rule in rules:
        table.add_row(*(escape(getattr(rule, name)) for name in COLUMNS))
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def _csv(rules: tuple[Rule, ...]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(rule, name) for name in COLUMNS] for rule in rules)
    return file.getvalue()


def _json(rules: tuple[Rule, ...]) -> str:
    rows = [{name: getattr(rule, name) for name in COLUMNS} for rule in rules]
    return msgspec.json.format(msgspec.json.encode(rows), indent=1).decode() + "\n"

"""`carbonpolis report`: the report of a folder, printed or written."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from carbonpolis.cli.place import DatabaseOption, opened
from carbonpolis.cli.terminal import plain_console, print_city, print_year
from carbonpolis.errors import BadInput, Fault, Unknown
from carbonpolis.report.year.city import city_named
from carbonpolis.report.year.files import write_pdf, write_xlsx

HERE = "carbonpolis-data"
FORMATS = ("table", "json", "xlsx", "pdf")

FolderArgument = Annotated[Path, typer.Argument(help="The data folder.")]


def report(
    folder: FolderArgument = Path(HERE),
    city: Annotated[str | None, typer.Option(help="Name or code of one city; without it, all.")] = None,
    format: Annotated[str, typer.Option(help="table, json, xlsx or pdf.")] = "table",
    out: Annotated[Path | None, typer.Option(help="File to write; xlsx and pdf need one.")] = None,
    database: DatabaseOption = None,
    font: Annotated[Path | None, typer.Option(help="pdf: TrueType font for names in scripts beyond its own.")] = None,
) -> None:
    """Print or write the report: balance, prices, score and rank of every city, or one city in full."""
    if format not in FORMATS:
        raise Unknown("--format", format, FORMATS)
    if format in {"xlsx", "pdf"} and out is None:
        raise BadInput([Fault("report", 0, "--out", "", f"a file to write the {format} to", "Add --out FILE.")])
    with opened(folder, database, create=False, writing=False) as platform:
        year = platform.reports.year()
    chosen = city_named(year, city) if city is not None else None
    if format == "json":
        content = chosen if chosen is not None else year
        _write(out, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    elif format == "xlsx" and out is not None:
        write_xlsx(year, chosen, out)
    elif format == "pdf" and out is not None:
        write_pdf(year, chosen, out, font=font)
    else:
        console = plain_console() if out is None else Console(file=io.StringIO(), width=140)
        if chosen is not None:
            print_city(console, year, chosen)
        else:
            print_year(console, year)
        if out is not None and isinstance(console.file, io.StringIO):
            _write(out, console.file.getvalue())
    if out is not None:
        whose = chosen["name"] if chosen is not None else f"{len(year['cities'])} cities"
        print(f"{out}: {whose}, market year {year['year']}")


def _write(out: Path | None, text: str) -> None:
    if out is None:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise BadInput([Fault("report", 0, "--out", str(out), f"a file to write ({problem.strerror})")]) from None

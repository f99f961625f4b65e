"""`carbonpolis surveillance`: look for abuse of the market, read the cases with their evidence, and close them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from carbonpolis.errors import BadInput, Fault, Unknown
from carbonpolis.market.surveillance.detectors import Case
from carbonpolis.platform import Platform

HERE = Path("carbonpolis-data")
HELP = "Look for abuse of the market, read the cases with their evidence, and close them."
STATES = ("open", "cleared", "confirmed")
MINOR = 100
app = typer.Typer(help=HELP, no_args_is_help=True)

FolderArgument = Annotated[Path, typer.Argument(help="The data folder.")]
CaseArgument = Annotated[str, typer.Argument(help="Id of a case, as `surveillance cases` tells it.")]
FormatOption = Annotated[str, typer.Option(help="table or json.")]


@app.callback()
def surveillance() -> None:
    """Look for abuse of the market, read the cases with their evidence, and close them."""


@app.command()
def look(
    since: Annotated[str, typer.Option(help="First day to look at, as 2024-07-01.")],
    until: Annotated[str, typer.Option(help="Last day to look at.")],
    folder: FolderArgument = HERE,
) -> None:
    """Look at the orders and trades of some days, and at what is held now; opens a case for each suspicion."""
    days = _day("--since", since), _day("--until", until)
    with Platform.open(folder, create=False) as platform:
        found = platform.surveillance.look(since=days[0], at=days[1])["cases"]
        told = [case for case in platform.surveillance.cases() if case.id in found]
    _print_cases(told)
    typer.echo(f"{len(told)} new cases; `carbonpolis surveillance show CASE` tells what one rests on")


@app.command()
def cases(
    folder: FolderArgument = HERE,
    city: Annotated[str | None, typer.Option(help="Code of one city; without it, all.")] = None,
    state: Annotated[str, typer.Option(help="open, cleared or confirmed.")] = "open",
    format: FormatOption = "table",
) -> None:
    """List the cases, oldest first."""
    _among("--state", state, STATES)
    with _reading(folder, format) as platform:
        found = platform.surveillance.cases(city, state=state)
    if format == "json":
        typer.echo(msgspec.json.encode(found).decode())
    else:
        _print_cases(found)


@app.command()
def show(case: CaseArgument, folder: FolderArgument = HERE, format: FormatOption = "table") -> None:
    """Tell what a case rests on, order by order and trade by trade."""
    with _reading(folder, format) as platform:
        found, rests_on = platform.surveillance.case(case), platform.surveillance.evidence(case)
        price = f"price, {platform.venues.now().currency}/t"
    if format == "json":
        typer.echo(msgspec.json.encode({"case": found, "evidence": rests_on}).decode())
        return
    _print_cases([found])
    typer.echo(", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in found.figures.items()))
    table = Table(header_style="bold", pad_edge=False, show_edge=False)
    for name in ("time", "what happened", "lots", price, "id"):
        table.add_column(name, justify="right" if name in ("lots", price) else "left")
    for one in rests_on:
        table.add_row(one.time, escape(one.words), f"{one.lots:,}", f"{one.price / MINOR:,.2f}", escape(one.id))
    Console().print(table)


@app.command()
def close(
    case: CaseArgument,
    verdict: Annotated[str, typer.Argument(help="clear: nothing was wrong; confirm: it was abuse.")],
    folder: FolderArgument = HERE,
) -> None:
    """Close a case by the operator's word."""
    _among("VERDICT", verdict, ("clear", "confirm"))
    with Platform.open(folder, create=False) as platform:
        platform.surveillance.close(case, verdict, key=f"close case/{case}/{verdict}")
        typer.echo(f"{case}: {platform.surveillance.case(case).state}")


def _reading(folder: Path, format: str) -> Platform:
    _among("--format", format, ("table", "json"))
    return Platform.open(folder, create=False, writing=False)


def _among(what: str, given: str, choices: tuple[str, ...]) -> None:
    if given not in choices:
        raise Unknown(what, given, choices)


def _day(option: str, given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadInput([Fault("surveillance look", 0, option, given, "a day such as 2024-07-01")]) from None


def _print_cases(found: list[Case]) -> None:
    table = Table(header_style="bold", pad_edge=False, show_edge=False)
    for name in ("case", "city", "who", "from", "until", "what"):
        table.add_column(name, overflow="fold")
    for case in found:
        who = ", ".join(case.parties)
        table.add_row(*(escape(text) for text in (case.id, case.city, who, case.start, case.end, case.words)))
    Console().print(table)

"""`carbonpolis statement`: what an owner's accounts held, what moved in them, and what they hold."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from carbonpolis.cli.place import DatabaseOption, opened
from carbonpolis.cli.terminal import plain_console
from carbonpolis.errors import BadInput, Fault, Unknown
from carbonpolis.ledger.account import Account
from carbonpolis.ledger.statement import Line, Statement
from carbonpolis.quantity import Mass, Money

HERE = "carbonpolis-data"
FORMATS = ("table", "csv", "json")
CURRENCY_LETTERS = 3  # ISO 4217
COLUMNS = tuple(Line.__slots__)


def statement(
    owner: Annotated[str, typer.Argument(help="Whose accounts, as E-US-MSP-001.")],
    folder: Annotated[Path, typer.Argument(help="The data folder.")] = Path(HERE),
    since: Annotated[str, typer.Option(help="First day or moment (UTC), as 2024-07-01.")] = "",
    until: Annotated[str, typer.Option(help="Last day or moment.")] = "",
    database: DatabaseOption = None,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
    out: Annotated[Path | None, typer.Option(help="File to write; default the terminal.")] = None,
) -> None:
    """Tell what an owner's accounts held, every movement in them, and what they hold."""
    if format not in FORMATS:
        raise Unknown("--format", format, FORMATS)
    try:
        with opened(folder, database, create=False, writing=False) as platform:
            found = platform.ledger.statement(owner, since=since, until=until)
    except ValueError as problem:
        raise BadInput(
            [Fault("statement", 0, "--since or --until", f"{since} {until}".strip(), "a day, as 2024-07-01")]
        ) from problem
    text = {"table": _table, "csv": _csv, "json": _json}[format](found)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise BadInput([Fault("statement", 0, "--out", str(out), f"a file to write ({problem.strerror})")]) from None


def _table(found: Statement) -> str:
    console = Console(file=io.StringIO(), width=plain_console().width, no_color=True, highlight=False)
    table = Table(title=f"Statement of {found.owner}", title_justify="left")
    for name in ("when", "what", "account", "with"):
        table.add_column(name)
    for name in ("amount", "balance"):
        table.add_column(name, justify="right")
    for account, amount in found.opening:
        table.add_row(
            found.since, "opening", f"{account.asset} {account.purpose.value}", "", "", _shown(account.asset, amount)
        )
    for line in found.lines:
        table.add_row(
            line.at[:19].replace("T", " "),
            f"{line.command}: {line.why}",
            f"{line.asset} {line.purpose}",
            f"{line.other or 'own'} {line.other_purpose}",
            _shown(line.asset, line.amount),
            _shown(line.asset, line.balance),
        )
    for account, amount in found.closing:
        table.add_row(
            found.until, "closing", f"{account.asset} {account.purpose.value}", "", "", _shown(account.asset, amount)
        )
    console.print(table)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def _shown(asset: str, amount: int) -> str:
    money = len(asset) == CURRENCY_LETTERS and asset.isupper()
    return str(Money(amount, asset) if money else Mass(amount))


def _csv(found: Statement) -> str:
    """Kilograms and cents as they stand in the ledger; the first rows are what was held before."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for account, amount in found.opening:
        writer.writerow(["", found.since, "opening", "", account.asset, account.purpose.value, "", "", "", amount])
    for line in found.lines:
        writer.writerow([getattr(line, name) for name in COLUMNS])
    return file.getvalue()


def _json(found: Statement) -> str:
    def held(accounts: tuple[tuple[Account, int], ...]) -> list[dict[str, object]]:
        return [{"asset": a.asset, "purpose": a.purpose.value, "amount": amount} for a, amount in accounts]

    document = {
        "owner": found.owner,
        "since": found.since,
        "until": found.until,
        "opening": held(found.opening),
        "lines": [asdict(line) for line in found.lines],
        "closing": held(found.closing),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"

"""`carbonpolis inventory`: activities from a file to an inventory, without a data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from carbonpolis.errors import BadInput, Fault
from carbonpolis.measure import emissions
from carbonpolis.platform.intake.decimals import with_points
from carbonpolis.platform.intake.files import read_rows
from carbonpolis.platform.intake.kinds.table import KINDS
from carbonpolis.report.gpc import is_gpc, read_gpc, write_gpc

_OUT = (".xlsx", ".csv")


def inventory(
    file: Annotated[Path, typer.Argument(help="Activities as .csv or .xlsx, or a workbook of GPC reporting tables.")],
    gwp: Annotated[str, typer.Option(help="Warming potentials: AR4, AR5, 'AR5 feedback', AR6.")] = "AR6",
    factors: Annotated[
        Path | None, typer.Option(help="Your own factors (.csv); they go before the packaged ones.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write GPC reporting tables (.xlsx) or every line (.csv).")] = None,
    set_aside: Annotated[
        bool, typer.Option(help="Leave faulty rows out and list them, instead of refusing all.")
    ] = False,
) -> None:
    """Turn activities into an inventory: by part, by GPC reference, BASIC and BASIC+, and what is counted twice."""
    if out is not None and out.suffix.lower() not in _OUT:
        raise BadInput([Fault(out.name, 0, "--out", out.suffix, f"a file ending in {' or '.join(_OUT)}")])
    own = None if factors is None else emissions.read_factors(factors)
    try:
        made = emissions.inventory(
            _activities(file), own, gwp, faulty="set_aside" if set_aside else "refuse", file=file.name
        )
    except ValueError as problem:
        raise BadInput([Fault(file.name, 0, "--gwp, --factors", gwp, f"options that do ({problem})")]) from None
    _print(made, Console())
    if out is not None and out.suffix.lower() == ".xlsx":
        write_gpc(made, out)
    elif out is not None:
        made.lines.to_csv(out, index=False)


def _activities(file: Path) -> pd.DataFrame:
    if is_gpc(file):
        return read_gpc(file)
    rows, unclear = with_points(read_rows(file), KINDS["activities"].columns)
    if unclear:
        raise BadInput(unclear, rows=len(rows.rows))
    frame = pd.DataFrame([{"row": number, **cells} for number, cells in rows.rows])
    years = pd.to_numeric(frame["year"], errors="coerce") if "year" in frame else None
    return frame if years is None or years.isna().any() else frame.assign(year=years)


def _print(made: emissions.Inventory, console: Console) -> None:
    for number, fault in enumerate(made.set_aside.itertuples(), start=1):
        console.print(
            f"set aside {number}: row {fault.row}, {fault.column}: {fault.found!r}, expected {fault.expected}"
        )
    figures = Table("", "t CO2e", "standard deviation", box=None)
    rows = [(f"{way}: {name}", *sums) for way in ("part", "gpc_ref") for name, *sums in made.by(way).itertuples()]
    named = (
        ("BASIC", made.basic),
        ("BASIC+", made.basic_plus),
        ("territorial", made.territorial),
        ("all", made.total()),
    )
    rows += [(name, each.mean, each.sd) for name, each in named]
    if made.market_based is not None:
        rows.append(("scope 2, market-based (beside the totals)", made.market_based.mean, made.market_based.sd))
    for name, mean, sd in rows:
        figures.add_row(str(name), _number(mean), _number(sd))
    console.print(figures)
    for name, tonnes in made.memo.groupby("activity")["biogenic_t"].sum().items():
        console.print(f"memo, biogenic: {name}: {_number(float(tonnes))} t CO2")
    if len(made.missing):
        noted = ", ".join(f"{line.gpc_ref} {line.notation_key}" for line in made.missing.itertuples())
        console.print(f"missing, not counted as 0: {noted}")
    for twice in made.overlaps.itertuples():
        console.print(f"counted twice, {twice.city} {twice.year}: {twice.one} and {twice.other}: {twice.reason}")
    poor = made.choices[made.choices["factor_checked"] == "recalled"]["activity"].unique()
    if len(poor):
        console.print(f"factors that were only remembered, to be replaced by your own: {', '.join(poor)}")


def _number(value: float) -> str:
    return "missing" if pd.isna(value) else f"{value:,.1f}"

"""`carbonpolis compare`: inventories of cities, as they are, set side by side."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.table import Table

from carbonpolis.errors import BadInput, Fault, Unknown
from carbonpolis.evaluate.compare.path import Budget, budgets
from carbonpolis.evaluate.compare.records import COLUMNS, MEASURES
from carbonpolis.evaluate.compare.survey import survey
from carbonpolis.report.documents import comparison, pictures
from carbonpolis.report.documents.document import Document, Section, cell, to_json, write
from carbonpolis.store.inventory_files import ALIASES, read_inventories

FORMS = ("table", "html", "pdf", "xlsx", "json")
SHOWN = 40  # rows of a table in the terminal


def compare_help() -> str:
    """The help text, with the columns."""
    lines = [
        "Compare cities by their inventories: who compares, how they stand, what parts them, where they are heading.",
        "",
        "FILE: .csv or .parquet, or a folder of them; a row a city and year, or a row a line of an inventory (columns"
        " sector, emissions_t). Files of targets (base_year, base_emissions_t, reduction_pct, target_year) and of"
        " places (city_locode, population or area_km2) are taken along. Columns (city, year and emissions needed):",
        "",
        "\b",
    ]
    for name, meaning in COLUMNS.items():
        also = ", ".join(alias for alias, _ in ALIASES[name] if alias != name)
        lines.append(f"  {name:<14}{meaning}" + (f"; also {also}" if also else ""))
    return "\n".join(lines)


def compare(
    files: Annotated[list[Path], typer.Argument(help="Files or folders.", show_default=False)],
    measure: Annotated[str | None, typer.Option(help=f"{', '.join(MEASURES)}; default what most cities have.")] = None,
    year: Annotated[int | None, typer.Option(help="Default the year of most cities.")] = None,
    within: Annotated[int, typer.Option(help="Years that an inventory may be away from it.", min=0, max=20)] = 2,
    warming: Annotated[float, typer.Option(help="Of the carbon budget that is shared out: 1.5 or 2 (C).")] = 1.5,
    format: Annotated[str | None, typer.Option(help=f"{', '.join(FORMS)}; default by the ending of --out.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; html, pdf and xlsx need one.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Picture to write, .png, .svg or .pdf.")] = None,
    picture: Annotated[str, typer.Option(help="ranking or trends.")] = "ranking",
) -> None:
    """Compare cities by their inventories."""
    form = chosen_form(format, out)
    if picture not in comparison.PICTURES:
        raise Unknown("--picture", picture, comparison.PICTURES)
    budget = _budget(warming)
    found = read_inventories(files)
    try:
        result = survey(found.records, found.targets, measure=measure, year=year, within=within, budget=budget)
    except ValueError as problem:
        raise BadInput([Fault(", ".join(map(str, files)), 0, "cities", "", str(problem))]) from None
    if plot is not None:
        if picture == "trends" and not len(result.series):
            raise BadInput([Fault("compare", 0, "--picture", picture, "cities with figures of five years or more")])
        pictures.save(comparison.ranking(result) if picture == "ranking" else comparison.trends(result), plot)
    deliver(comparison.comparison_document(result, found.told, budget), form, out)


def chosen_form(form: str | None, out: Path | None) -> str:
    """The form that is asked for, or that the ending of the file says. Raises Unknown or BadInput."""
    found = form or (out.suffix.lstrip(".") if out is not None and out.suffix.lstrip(".") in FORMS else "table")
    if found not in FORMS:
        raise Unknown("--format", found, FORMS)
    if found in {"html", "pdf", "xlsx"} and out is None:
        raise BadInput([Fault("report", 0, "--out", "", f"a file to write the {found} to", "Add --out FILE.")])
    return found


def deliver(document: Document, form: str, out: Path | None) -> None:
    """Print a document, or write it."""
    if form == "json" and out is None:
        sys.stdout.write(to_json(document))
    elif form == "table":
        with _opened(out) as stream:
            show(Console(file=stream, highlight=False, width=None if stream.isatty() else 170), document)
    elif out is not None:
        write(document, form, out)
        print(f"{out}: {document.title}. {document.standing}")


def show(console: Console, document: Document) -> None:
    """A document in a terminal: findings first, long tables cut with a word on how many rows there are."""
    console.rule(f"[bold]{document.title}")
    console.print(document.standing)
    console.print()
    for finding in document.findings:
        console.print(f"  • {finding}", markup=False)
    for section in document.sections:
        if len(section.table):
            console.print()
            console.print(section.title, style="bold")
            console.print(_table(section))
    console.print()
    for note in document.notes:
        console.print(f"  {note}", style="dim", markup=False)


def _table(section: Section) -> Table:
    flat = section.table.reset_index()
    table = Table(header_style="bold", pad_edge=False, show_edge=False)
    for name in flat:
        number = flat[name].dtype.kind in "iuf"
        table.add_column(str(name), justify="right" if number else "left", overflow="fold")
    for values in flat.head(SHOWN).itertuples(index=False):
        table.add_row(*(cell(value, str(name)) for name, value in zip(flat, values, strict=True)))
    if len(flat) > SHOWN:
        table.caption = f"{SHOWN} of {len(flat):,} rows; --out FILE.html has all"
    return table


def _budget(warming: float) -> Budget:
    found = [each for each in budgets() if each.warming == warming and each.chance == 0.67]
    if not found:
        raise Unknown("--warming", f"{warming:g}", sorted({f"{each.warming:g}" for each in budgets()}))
    return found[0]


def _opened(out: Path | None) -> AbstractContextManager[TextIO]:
    if out is None:
        return nullcontext(sys.stdout)
    try:
        return out.open("w", encoding="utf-8")
    except OSError as problem:
        raise BadInput([Fault("report", 0, "--out", str(out), f"a file to write ({problem.strerror})")]) from None

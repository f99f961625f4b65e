"""The registry's commands: a certificate, the history of a unit, and the registry as the global indexes read it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

import carbonpolis
from carbonpolis.errors import BadInput, Fault, Refused, Unknown
from carbonpolis.registry.history import UnitHistory
from carbonpolis.report.documents.certificate import write_certificate
from carbonpolis.report.exports.cadt import tables, write_cadt_csv, write_cadt_xlsx
from carbonpolis.report.exports.cadt_rules import refusals
from carbonpolis.report.exports.cdop import write_cdop

HERE = Path("carbonpolis-data")
SITE = "http://127.0.0.1:8080"
FOLDER = typer.Argument(help="The data folder.")
ADDRESS = typer.Option(help="Address of the public site, for links.")


def boundary(
    project: Annotated[str, typer.Argument(help="Id of a project that is still a draft.")],
    file: Annotated[Path, typer.Argument(help="GeoJSON, WKT, KML, KMZ, a shapefile (zipped) or a GeoPackage.")],
    folder: Annotated[Path, typer.Option(help="The data folder.")] = HERE,
    area_ha: Annotated[float | None, typer.Option(help="Stated area, ha; without it the project's own.")] = None,
) -> None:
    """Give a draft project its boundary; its area becomes the one on the ellipsoid."""
    # Here, since the other commands of this module read no land and need not wait for what does.
    from carbonpolis.platform.intake.boundaries import Plotted
    from carbonpolis.platform.intake.land_files import FORMS, read_land_file

    try:
        drawn = Plotted(read_land_file(file), file.name).of(project)
    except Refused as refusal:
        remedy = refusal.reason[:1].upper() + refusal.reason[1:]
        raise BadInput([Fault("boundary", 0, "FILE", str(file), FORMS, remedy)]) from None
    with carbonpolis.Platform.open(folder, create=False) as platform:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        told = platform.projects.draw(project, drawn, key=f"boundary/{project}/{digest}/{area_ha}", area_ha=area_ha)
    typer.echo(f"{project}: {told['area_ha']:,.2f} ha" + "".join(f"; {note}" for note in told["notes"]))


def certificate(
    retirement: Annotated[str, typer.Argument(help="Id of the retirement.")],
    folder: Annotated[Path, FOLDER] = HERE,
    out: Annotated[Path | None, typer.Option(help="PDF to write; default RETIREMENT.pdf.")] = None,
    address: Annotated[str, ADDRESS] = SITE,
    font: Annotated[Path | None, typer.Option(help="TrueType font for names in scripts beyond its own.")] = None,
) -> None:
    """Write the certificate of a retirement as PDF, with a QR code to its public page."""
    path = out or Path(f"{retirement.replace('/', '-')}.pdf")
    with carbonpolis.Platform.open(folder, create=False, writing=False) as platform:
        made = platform.projects.units.certificate(retirement, address=address)
    write_certificate(made, path, font=font)
    typer.echo(f"{path}: {made.kg / 1000:,.3f} t for {made.beneficiary}")


def trace(
    serials: Annotated[
        str, typer.Argument(help="One unit, a range or a batch, as CP-US-MSP-000001-FOR-2019-000000001.")
    ],
    folder: Annotated[Path, FOLDER] = HERE,
    format: Annotated[str, typer.Option(help="table or json.")] = "table",
) -> None:
    """Tell the history of a unit or a range: plots and readings, opinion, arithmetic, owners, purpose."""
    if format not in ("table", "json"):
        raise Unknown("--format", format, ("table", "json"))
    with carbonpolis.Platform.open(folder, create=False, writing=False) as platform:
        try:
            told = platform.projects.trace(serials)
        except ValueError as problem:
            raise BadInput([Fault("trace", 0, "SERIALS", serials, "serials of this registry", str(problem))]) from None
    if format == "json":
        typer.echo(json.dumps(msgspec.to_builtins(told), ensure_ascii=False, indent=1))
    else:
        _print(told)


def export(
    kind: Annotated[str, typer.Argument(help="cadt (Climate Action Data Trust) or cdop (Carbon Data Open Protocol).")],
    folder: Annotated[Path, FOLDER] = HERE,
    out: Annotated[
        Path | None, typer.Option(help="cadt: a .xlsx file, or a folder for CSV; cdop: a .json file.")
    ] = None,
    registry: Annotated[str, typer.Option(help="Name of this registry.")] = "Carbonpolis",
    address: Annotated[str, ADDRESS] = SITE,
) -> None:
    """Export projects, issuances and units for the global indexes."""
    if kind not in ("cadt", "cdop"):
        raise Unknown("kind of export", kind, ("cadt", "cdop"))
    path = out or Path("cadt.xlsx" if kind == "cadt" else "cdop.json")
    with carbonpolis.Platform.open(folder, create=False, writing=False) as platform:
        facts = platform.projects.disclosure(registry=registry, address=address)
    if kind == "cadt":
        for sentence in refusals(tables(facts)):
            typer.echo(f"The trust would refuse: {sentence}.", err=True)
    if kind == "cdop":
        write_cdop(facts, path)
    elif path.suffix == ".xlsx":
        write_cadt_xlsx(facts, path)
    else:
        write_cadt_csv(facts, path)
    typer.echo(f"{path}: {len(facts.published())} projects, {len(facts.batches)} batches")


def _print(told: UnitHistory) -> None:
    console = Console(highlight=False, width=None if Console().is_terminal else 160)
    count = f"{told.serials.count:,} units" if told.serials.count != 1 else "1 unit"
    table = Table(title=f"{told.serials}: {count} of 1 kg")
    for heading in ("when", "entry", "step", "who", "what"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "entry" else "left")
    for step in told.origin:
        table.add_row(step.at, "", step.kind, step.who, step.what)
    for segment in told.segments:
        table.add_section()
        where = f"{segment.place.purpose.value}, {segment.place.owner} in {segment.place.city}"
        table.add_row("", "", "units", "", f"{segment.serials}: {segment.serials.count:,}, now {where}")
        for step in segment.steps:
            table.add_row(step.at, f"{step.entry:,}", step.kind, step.who, step.what)
    console.print(table)

"""`carbonpolis score`: cities scored by a framework, from a file or from a data folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

import carbonpolis
from carbonpolis.cli.compare import FORMS, chosen_form, deliver
from carbonpolis.errors import BadInput, Fault, Unknown
from carbonpolis.evaluate.score import Framework
from carbonpolis.report.documents import pictures
from carbonpolis.report.documents.maps import read_shapes
from carbonpolis.report.documents.scoring import PICTURES, PLACE, judge, score_document, table_of

HERE = Path("carbonpolis-data")


def score(
    source: Annotated[
        Path, typer.Argument(help="A .csv or .parquet with a column city and one an indicator, or a data folder.")
    ] = HERE,
    framework: Annotated[str, typer.Option(help="table-1, domains, or a TOML file.")] = "table-1",
    variant: Annotated[str | None, typer.Option(help="Another reading that the framework offers.")] = None,
    city: Annotated[str | None, typer.Option(help="Explain one: strengths, and what would move it.")] = None,
    removals: Annotated[bool, typer.Option("--removals", help="Also ranks without each indicator in turn.")] = False,
    draws: Annotated[int, typer.Option(help="Of the Monte Carlo over all that is open.", min=1, max=1_000_000)] = 1000,
    format: Annotated[str | None, typer.Option(help=f"{', '.join(FORMS)}; default by the ending of --out.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; html, pdf and xlsx need one.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Picture to write, .png, .svg or .pdf.")] = None,
    picture: Annotated[str, typer.Option(help=", ".join(PICTURES))] = "ranking",
    of: Annotated[str, typer.Option(help="What the map shows: a branch or an indicator; default the score.")] = "",
    shapes: Annotated[Path | None, typer.Option(help="GeoJSON with the cities' boundaries, for the map.")] = None,
) -> None:
    """Score cities: ranks and how sure they are, what each score is made of, what it hangs on.

    Columns of a file: city; one an indicator in its scored form (S11 to S33 for table-1), empty where nothing is
    known; SYMBOL_sd for the standard deviation of one, where it is known; latitude and longitude for the map. A data
    folder's own indicators need no file.
    """
    form = chosen_form(format, out)
    if picture not in PICTURES:
        raise Unknown("--picture", picture, PICTURES)
    try:
        chosen = Framework.load(framework)
        chosen = chosen if variant is None else chosen.variant(variant)
    except ValueError as problem:
        expected = f"a framework as docs/reference/scores.md has it ({problem})"
        raise BadInput([Fault("score", 0, "--framework", framework, expected)]) from None
    try:
        frame, sd, places = _table(source, chosen)
        found = judge(chosen, frame, sd=sd, draws=draws, removals=removals)
    except ValueError as problem:
        raise BadInput([Fault(str(source), 0, "score", "", str(problem))]) from None
    if city is not None and city not in frame.index:
        raise Unknown("city", city, [str(name) for name in frame.index])
    if plot is not None:
        drawn = replace(found, places=places, shapes=None if shapes is None else read_shapes(shapes), shown=of)
        pictures.save(PICTURES[picture](drawn, city), plot)
    deliver(score_document(found, city), form, out)


def _table(source: Path, framework: Framework) -> tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None]:
    """Indicators of cities, their errors and places, from a file or a data folder. Raises BadInput for neither."""
    if source.is_file():
        try:
            frame = pd.read_parquet(source) if source.suffix == ".parquet" else pd.read_csv(source)
        except (OSError, ValueError) as problem:
            raise BadInput([Fault(str(source), 0, "file", str(problem), "a table in CSV or Parquet")]) from None
        table, sd = table_of(frame, framework)
        return table, sd, table[list(PLACE)] if {*PLACE} <= {*table} else None
    if source.suffix in {".csv", ".parquet"} and not source.exists():
        raise BadInput([Fault(str(source), 0, "file", "nothing", "a table in CSV or Parquet, or a data folder")])
    with carbonpolis.Platform.open(source, create=False, writing=False) as platform:
        judged = platform.scores.judge()
    names = {each.id: each.name for each in judged.known.cities}
    places = {each.name: (each.latitude, each.longitude) for each in judged.known.cities}
    where = pd.DataFrame.from_dict(places, orient="index", columns=list(PLACE))
    return judged.frame.rename(index=names), None, where

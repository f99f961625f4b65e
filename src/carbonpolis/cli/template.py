"""`carbonpolis template`: an empty file to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carbonpolis.errors import BadInput, Fault, Unknown
from carbonpolis.platform.intake.files import write_template
from carbonpolis.platform.intake.kinds.table import KINDS


def template(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    out: Annotated[Path | None, typer.Option(help="File to write, .csv or .xlsx; default KIND.csv.")] = None,
) -> None:
    """Write an empty file with the columns that `load` expects."""
    if kind not in KINDS:
        raise Unknown("KIND", kind, KINDS)
    path = out or Path(f"{kind}.csv")
    if path.exists():
        raise BadInput([Fault("template", 0, "--out", str(path), "a file that does not exist yet", "Name another.")])
    write_template(kind, path)
    print(f"{path}: fill it in, then `carbonpolis load {kind} {path}`")

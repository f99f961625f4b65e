"""`carbonpolis load`: a person's own file into a data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carbonpolis.cli.place import DatabaseOption, opened
from carbonpolis.errors import Unknown
from carbonpolis.platform.intake.kinds.table import KINDS

HERE = "carbonpolis-data"


def load_help() -> str:
    """The help text, with the columns of every kind."""
    lines = [
        "Load a file of your own, of one kind (cities first), from CSV or Excel.",
        "",
        "A wrong file changes nothing; every fault is listed with its row and column. Columns (* needed):",
    ]
    for name, kind in KINDS.items():
        lines += ["", "\b", f"{name}:"]
        lines += [f"  {c.name + ('*' if c.required else ''):<22}{c.meaning}" for c in kind.columns]
    return "\n".join(lines)


def load(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    file: Annotated[Path, typer.Argument(help="A .csv (UTF-8) or .xlsx file.")],
    folder: Annotated[Path, typer.Option(help="The data folder.")] = Path(HERE),
    database: DatabaseOption = None,
) -> None:
    """Load a file of one kind into the folder."""
    if kind not in KINDS:
        raise Unknown("KIND", kind, KINDS)
    with opened(folder, database) as platform:
        print(platform.loading.load(kind, file))

"""Where a command finds its data: a folder, or a PostgreSQL journal with its folder of files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import carbonpolis

DatabaseOption = Annotated[
    str | None, typer.Option("--database", help="Address of a PostgreSQL journal; the folder holds the rest.")
]


def opened(folder: Path, database: str | None, **options: Any) -> Any:
    """The platform of a folder or a database; options as `Platform.open` takes them."""
    return carbonpolis.Platform.open(database or folder, files=folder, **options)

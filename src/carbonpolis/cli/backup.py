"""`carbonpolis backup` and `carbonpolis restore`: a whole data folder in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carbonpolis.store.backup import back_up
from carbonpolis.store.backup import restore as put_back

HERE = "carbonpolis-data"
FolderOption = Annotated[Path, typer.Option("--folder", help="The data folder.")]


def backup(
    file: Annotated[Path, typer.Argument(help="File to write, such as city.tar.gz; it must not exist yet.")],
    folder: FolderOption = Path(HERE),
) -> None:
    """Write a consistent copy of a folder to one file, while it is in use. Keep it safe: the signing key is in it."""
    size = back_up(folder, file)
    print(f"{file}: {size / 1e6:,.1f} MB. `carbonpolis restore {file} --folder NEW` brings it back.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `carbonpolis backup` wrote.")],
    folder: FolderOption = Path(HERE),
) -> None:
    """Bring a backup back into an empty or new folder."""
    put_back(file, folder)
    print(f"{folder}: restored. `carbonpolis audit verify {folder}` checks it from the first entry.")

"""A data folder before it is opened: whether it may be one, and who may write to it."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from carbonpolis.errors import FolderInUse, FolderProblem
from carbonpolis.store.database import JOURNAL_FILE


def check(path: Path, *, create: bool) -> None:
    """Raises FolderProblem where a path can be no data folder; without `create` it has to be one already."""
    if path.exists() and not path.is_dir():
        raise FolderProblem(str(path), "it is a file; name a folder.")
    if (path / JOURNAL_FILE).exists():
        return
    if not create:
        raise FolderProblem(str(path), "there is no Carbonpolis data in it. `carbonpolis run` makes it.")
    if path.exists() and any(path.iterdir()) and not (path / "writer.lock").exists():
        raise FolderProblem(str(path), "it holds other files and no Carbonpolis data; name an empty or new folder.")


def take(path: Path) -> FileLock:
    """The folder's one writer lock, the folder made where it is missing. Raises FolderInUse or FolderProblem."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path / "writer.lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise FolderInUse(str(path)) from None
    except OSError as problem:
        raise FolderProblem(str(path), f"it can't be written to ({problem.strerror}).") from None
    return lock

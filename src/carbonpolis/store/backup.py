"""A whole data folder in one file, taken while it is written to; and back into an empty folder.

The journal is copied as it stands at one moment (SQLite's own online backup), then the files of readings. A file of
readings is there before the journal records it, so everything that the copied journal records is in the backup.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path, PurePosixPath

from carbonpolis.errors import FolderProblem
from carbonpolis.store.database import JOURNAL_FILE
from carbonpolis.store.keys import PRIVATE_FILE, PUBLIC_FILE

READINGS = "readings"
_OWNER_ONLY = 0o600


def back_up(folder: Path, file: Path) -> int:
    """Write everything in `folder` to `file` (a .tar.gz), whole or not at all; returns its size in bytes.

    The signing key is in it, so the file is readable by its owner only. Raises FolderProblem when there is no journal
    in the folder, or the file is there already or can't be written.
    """
    if not (folder / JOURNAL_FILE).exists():
        raise FolderProblem(str(folder), "there is no Carbonpolis data in it to back up.")
    if file.exists():
        raise FolderProblem(str(file), "it exists already; a backup never overwrites one. Name another file.")
    aside = file.with_name(file.name + ".writing")
    try:
        with tempfile.TemporaryDirectory(dir=file.absolute().parent) as beside:
            journal = Path(beside) / JOURNAL_FILE
            _copy_journal(folder / JOURNAL_FILE, journal)
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
            with os.fdopen(descriptor, "wb") as stream:
                with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=3) as archive:
                    archive.add(journal, JOURNAL_FILE)
                    for path in _files(folder):
                        archive.add(path, str(path.relative_to(folder)))
                stream.flush()
                os.fsync(stream.fileno())
        aside.replace(file)
    except (OSError, sqlite3.Error) as problem:
        aside.unlink(missing_ok=True)
        raise FolderProblem(str(file), f"the backup can't be written ({problem}).") from None
    return file.stat().st_size


def _unpack(archive: tarfile.TarFile, into: Path) -> None:
    """Write every file of a backup below `into`, and nothing anywhere else.

    By hand, because the standard library's own guard came with Python 3.11.4 only. Raises TarError for what no backup
    holds: links, devices, paths that lead out.
    """
    for member in archive:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
            raise tarfile.TarError(f"{member.name} is no file of a data folder")
        target = into.joinpath(*path.parts)
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        content = archive.extractfile(member)
        assert content is not None, "a regular file has content"
        with target.open("wb") as out:
            shutil.copyfileobj(content, out)
        target.chmod(member.mode & 0o777)


def restore(file: Path, folder: Path) -> None:
    """Unpack a backup into `folder`, whole or not at all.

    Raises FolderProblem when the folder isn't empty, or the file is no backup.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderProblem(str(folder), "it is not empty; a backup is restored into an empty or new folder only.")
    parent = folder.absolute().parent
    unpacked: Path | None = None
    try:
        parent.mkdir(parents=True, exist_ok=True)
        unpacked = Path(tempfile.mkdtemp(dir=parent, prefix=".restoring-"))
        with tarfile.open(file, "r:gz") as archive:
            if JOURNAL_FILE not in archive.getnames():
                raise FolderProblem(str(file), "it is no backup: there is no journal in it.")
            _unpack(archive, unpacked)
        if folder.exists():
            folder.rmdir()
        unpacked.replace(folder)
    except (OSError, tarfile.TarError, EOFError) as problem:
        raise FolderProblem(str(file), f"it can't be restored ({problem}).") from None
    finally:
        if unpacked is not None and unpacked.exists():
            shutil.rmtree(unpacked)


def _copy_journal(source: Path, target: Path) -> None:
    """SQLite's online backup: one consistent state, whoever writes meanwhile."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.execute("PRAGMA busy_timeout=10000")
        old.backup(new)


def _files(folder: Path) -> list[Path]:
    kept = sorted((folder / READINGS).glob("*.parquet"))
    return kept + [folder / name for name in (PRIVATE_FILE, PUBLIC_FILE) if (folder / name).exists()]

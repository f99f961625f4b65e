"""A backup taken under load holds from its first entry, and is never put over anything."""

from __future__ import annotations

import io
import stat
import tarfile
import threading
from pathlib import Path

import pandas as pd
import pytest

from carbonpolis import Platform
from carbonpolis.errors import FolderProblem
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.store.backup import back_up, restore
from carbonpolis.store.keys import PRIVATE_FILE

BANK = Account("US-MSP", "bank", "USD", Purpose.OUTSIDE)
MILL = Account("US-MSP", "mill", "USD", Purpose.AVAILABLE)


def deposit(platform: Platform, key: str) -> None:
    platform.ledger.transfer([Transfer(BANK, MILL, 1, Why.DEPOSIT)], who="operator", key=key)


def read_in(platform: Platform, key: str) -> None:
    """One reading, recorded in the journal."""
    at = pd.Timestamp("2020-01-01", tz="UTC")
    values = {"city": "US-MSP", "site": "", "stream": "S21", "time": at, "value": 1.0, "sd": None, "unit": "USD/t"}
    values |= {"quality": "measured", "source": "test"}
    platform.readings.append(pd.DataFrame([values]), key=key)


def test_a_backup_under_load_holds_and_goes_on(tmp_path: Path):
    folder, file, again = tmp_path / "data", tmp_path / "city.tar.gz", tmp_path / "new" / "data"
    with Platform.open(folder) as platform:
        read_in(platform, "r1")
        deposit(platform, "first")
        platform.audit.checkpoint()
        ending = threading.Event()

        def load() -> None:
            number = 0
            while not ending.is_set():
                deposit(platform, f"k{number}")
                number += 1

        thread = threading.Thread(target=load)
        thread.start()
        try:
            assert back_up(folder, file) == file.stat().st_size
        finally:
            ending.set()
            thread.join(20)
        platform.audit.checkpoint()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    restore(file, again)
    with Platform.open(again, create=False) as restored:
        audited = restored.audit.verify()
        assert audited.holds, audited.fault
        assert audited.figures["readings files"] == 1
        held = restored.ledger.balances()[MILL]
        deposit(restored, "after")
        assert restored.ledger.balances()[MILL] == held + 1
    assert stat.S_IMODE((again / PRIVATE_FILE).stat().st_mode) == 0o600
    assert not list(tmp_path.glob("**/.restoring*")) and not list(tmp_path.glob("*.writing"))


def test_nothing_is_overwritten(tmp_path: Path):
    folder, file = tmp_path / "data", tmp_path / "city.tar.gz"
    with Platform.open(folder) as platform:
        deposit(platform, "first")
    back_up(folder, file)
    with pytest.raises(FolderProblem, match="exists already"):
        back_up(folder, file)
    with pytest.raises(FolderProblem, match="not empty"):
        restore(file, folder)
    empty = tmp_path / "empty"
    empty.mkdir()
    restore(file, empty)
    with Platform.open(empty, create=False, writing=False) as platform:
        assert platform.audit.verify().holds


def test_what_is_no_backup_or_no_folder_is_refused(tmp_path: Path):
    with pytest.raises(FolderProblem, match="no Carbonpolis data"):
        back_up(tmp_path, tmp_path / "x.tar.gz")
    (tmp_path / "text.tar.gz").write_text("not an archive")
    with pytest.raises(FolderProblem, match="can't be restored"):
        restore(tmp_path / "text.tar.gz", tmp_path / "new")
    (tmp_path / "notes").write_text("mine")
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "notes", "notes")
    with pytest.raises(FolderProblem, match="no journal"):
        restore(tmp_path / "other.tar.gz", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_backup_that_leads_out_of_the_folder_is_refused_whole(tmp_path: Path):
    sly = tmp_path / "sly.tar.gz"
    with tarfile.open(sly, "w:gz") as archive:
        for name in ("journal.sqlite", "../outside.txt"):
            member = tarfile.TarInfo(name)
            member.size = 3
            archive.addfile(member, io.BytesIO(b"sly"))
    with pytest.raises(FolderProblem, match="no file of a data folder"):
        restore(sly, tmp_path / "inside")
    assert not (tmp_path / "outside.txt").exists()
    assert not (tmp_path / "inside").exists()

"""The signing key is there whole or not at all, also when the disk is full while it is made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from carbonpolis.errors import FolderProblem
from carbonpolis.store.keys import OWNER_ONLY, PRIVATE_FILE, PUBLIC_FILE, Keys


def test_a_key_is_made_once_and_only_its_owner_reads_the_private_half(tmp_path: Path):
    keys = Keys(tmp_path)
    assert keys.public() is None
    made = keys.private()
    assert (tmp_path / PRIVATE_FILE).stat().st_mode & 0o777 == OWNER_ONLY
    assert Keys(tmp_path).private().private_bytes_raw() == made.private_bytes_raw()
    public = keys.public()
    assert public is not None
    assert public.public_bytes_raw() == made.public_key().public_bytes_raw()


@pytest.mark.parametrize("write", [1, 2])
def test_a_full_disk_leaves_no_half_of_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: int):
    """Whichever of the two files meets the full disk: nothing is broken, and the next call makes both."""
    count, sync = iter(range(1, 10)), os.fsync

    def full(descriptor: int) -> None:
        if next(count) == write:
            raise OSError(28, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FolderProblem, match="No space left on device"):
        Keys(tmp_path).private()
    assert not (tmp_path / PRIVATE_FILE).exists()
    assert not list(tmp_path.glob("*.writing"))
    monkeypatch.undo()
    made, public = Keys(tmp_path).private(), Keys(tmp_path).public()
    assert public is not None
    assert public.public_bytes_raw() == made.public_key().public_bytes_raw()


def test_an_empty_public_key_that_a_full_disk_left_before_stops_nobody(tmp_path: Path):
    (tmp_path / PUBLIC_FILE).write_bytes(b"")
    assert Keys(tmp_path).public() is None
    Keys(tmp_path).private()
    assert Keys(tmp_path).public() is not None


def test_a_public_key_that_is_none_is_told(tmp_path: Path):
    (tmp_path / PUBLIC_FILE).write_bytes(b"what is this")
    with pytest.raises(FolderProblem):
        Keys(tmp_path).public()

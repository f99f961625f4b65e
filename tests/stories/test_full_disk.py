"""A disk that is really full: a small file system of its own, through the real commands, in the middle of a year.

The kill test stops writes by a limit of the process; here the file system itself has no room, for whatever is written.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from carbonpolis import Platform

EXAMPLE = Path(__file__).parents[2] / "examples" / "three-towns"
ALONE = ["unshare", "--map-root-user", "--mount"]  # a mount of its own, gone with the process
COMMAND = f"{sys.executable} -c 'from carbonpolis.cli import main; main()'"
ROOM_KB = 700  # more than the loaded towns take, far less than their year


def may_mount(place: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    return subprocess.run([*ALONE, *mount], check=False, capture_output=True, timeout=60).returncode == 0


def statuses(script: str) -> list[int]:
    """The exit statuses that a script tells, on file systems of its own."""
    ran = subprocess.run([*ALONE, "sh", "-c", script], capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    return [int(line[1:]) for line in ran.stdout.splitlines() if line.startswith("=")]


def report_of(folder: Path) -> Any:
    """The year's report, but for the moment of its last commit, and for the heads, which hash the moment of each. What
    it rests on holds."""
    with Platform.open(folder, create=False, writing=False) as p:
        assert p.audit.verify().holds
        found = json.loads(json.dumps(p.reports.year()), object_hook=_headless)
        assert found["audit"].pop("at")
        return found


def _headless(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "head"}


def test_a_full_file_system_stops_a_year_that_goes_on_once_there_is_room(tmp_path: Path, towns_year: Path):
    """Refused in a sentence, sound as it stands, and the year comes out as if the disk had never been full."""
    place, loaded, kept = tmp_path / "small", tmp_path / "loaded", tmp_path / "kept"
    place.mkdir()
    if not may_mount(place):
        pytest.skip("this machine lets nobody mount a file system")
    with Platform.open(loaded) as p:
        for kind in ("cities", "accounts", "projects", "activities"):
            p.loading.load(kind, EXAMPLE / f"{kind}.csv")
    assert statuses(f"""
        mount -t tmpfs -o size={ROOM_KB}k tmpfs {place} && cp -r {loaded} {place}/d || exit 9
        {COMMAND} run {place}/d --no-serve > /dev/null 2> {tmp_path}/told; echo "=$?"
        {COMMAND} audit verify {place}/d > {tmp_path}/audited 2>&1; echo "=$?"
        mount -o remount,size=60m {place} || exit 9
        {COMMAND} run {place}/d --no-serve > /dev/null 2>&1; echo "=$?"
        cp -r {place}/d {kept}
    """) == [2, 0, 0], (tmp_path / "audited").read_text(encoding="utf-8")  # fmt: skip
    told = (tmp_path / "told").read_text(encoding="utf-8")
    assert "disk is full" in told or "No space left" in told, told
    assert "Traceback" not in told
    assert report_of(kept) == report_of(towns_year)

"""A writer under load is killed at random moments, or the disk runs full: nothing answered is lost, nothing half done.

`python scripts/kill_test.py --rounds 200` is the long form of the same.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "kill_test.py"


def kill_test(*arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=180, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_killed_writer_loses_nothing_it_answered():
    assert "was killed 20 times" in kill_test("--rounds", "20", "--seed", "1")


def test_a_killed_writer_to_a_database_loses_nothing_it_answered(database: str, tmp_path: Path):
    found = kill_test("--rounds", "5", "--seed", "2", "--database", database, "--folder", str(tmp_path / "files"))
    assert "was killed 5 times" in found


def test_a_full_disk_loses_nothing_that_was_answered():
    assert "ran into a full disk 3 times" in kill_test("--rounds", "3", "--disk-full")

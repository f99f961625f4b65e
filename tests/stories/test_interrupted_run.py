"""A run that is killed at any moment goes on where it was, and the audit holds after each."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import COMMAND, hear_interrupts

Command = Callable[..., subprocess.CompletedProcess[str]]
JOURNAL = "journal.sqlite"
SECONDS_TO_BEGIN = 60


def begin(folder: Path) -> subprocess.Popen[bytes]:
    """A run that has begun to write its journal."""
    process = subprocess.Popen(
        [str(COMMAND), "run", str(folder), "--no-serve"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + SECONDS_TO_BEGIN
    while not (folder / JOURNAL).exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    return process


def told(report: dict[str, Any]) -> dict[str, Any]:
    """All that a report tells but the hash of the journal, which holds the times of its commits."""
    return {name: part for name, part in report.items() if name != "audit"}


def test_a_run_killed_again_and_again_ends_with_the_same_report(
    tmp_path: Path, carbonpolis: Command, sample_report: dict[str, Any]
):
    dice, folder = random.Random(20), tmp_path / "year"
    killed = 0
    for _ in range(4):
        process = begin(folder)
        try:
            process.wait(dice.uniform(0.2, 4.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
        audited = carbonpolis("audit", "verify", folder)
        assert audited.returncode == 0, audited.stdout + audited.stderr
    assert killed
    ended = carbonpolis("run", folder, "--no-serve")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(carbonpolis("report", folder, "--format", "json").stdout)
    assert told(report) == told(sample_report)
    assert report["audit"]["postings"] == sample_report["audit"]["postings"]


def test_ctrl_c_says_what_is_kept_and_ends_without_a_traceback(tmp_path: Path):
    process = subprocess.Popen(
        [str(COMMAND), "run", str(tmp_path / "year"), "--no-serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=hear_interrupts,
    )
    end = time.monotonic() + SECONDS_TO_BEGIN
    while not (tmp_path / "year" / JOURNAL).exists() and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=SECONDS_TO_BEGIN)
    assert process.returncode == 130
    assert b"What was committed is kept" in errors
    assert b"Traceback" not in errors

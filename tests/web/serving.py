"""The site over the made-up report in a process of its own, as the tests start it."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import threading
from pathlib import Path

from tests.conftest import hear_interrupts

SECONDS_TO_START = 60
SECONDS_TO_END = 15
SCRIPT = Path(__file__).with_name("serve_report.py")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def start(folder: Path, port: int, script: Path = SCRIPT, *more: str) -> tuple[subprocess.Popen[str], str]:
    """The site in a process of its own, started in `folder`; waits until it tells its address."""
    process = subprocess.Popen(
        [sys.executable, str(script), str(port), *more],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=hear_interrupts,
        env={name: value for name, value in os.environ.items() if not name.startswith(("NICEGUI_", "PYTEST_"))},
    )
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    stream = process.stdout
    threading.Thread(target=lambda: lines.put(stream.readline()), daemon=True).start()
    try:
        told = lines.get(timeout=SECONDS_TO_START).strip()
    except queue.Empty:
        told = "nothing in time"
    if not told.startswith("http://"):
        process.kill()
        rest = stream.read()
        process.wait()
        raise AssertionError(f"the site told no address, but {told}\n{rest}")
    return process, told

"""A PostgreSQL server of one's own, for tests and benchmarks: a new cluster on a free loopback port, gone afterwards.

Looks for the server's programs where Debian puts them and on the PATH. Started by root, it runs as the `postgres` user
that the package brings, since the server refuses to run as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS_TO_START = 30
OLDEST = 15


def programs() -> Path | None:
    """The folder with initdb and postgres of the newest version found, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found.sort(key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    return found[-1] if found else None


@contextmanager
def server() -> Iterator[str]:
    """The address of a running server's database `carbonpolis`. Raises RuntimeError where there is no PostgreSQL."""
    binaries = programs()
    if binaries is None:
        raise RuntimeError("no PostgreSQL found; Debian, Ubuntu: apt install postgresql")
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="carbonpolis-postgres-"))
    if user:
        who = pwd.getpwnam(user)
        os.chown(folder, who.pw_uid, who.pw_gid)
    cluster, port = folder / "cluster", _free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "user": user, "cwd": folder}
    made = [binaries / "initdb", "-D", cluster, "-U", "carbonpolis", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
    process = None
    try:
        subprocess.run(made, check=True, **quiet)  # type: ignore[call-overload]
        options = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
        process = subprocess.Popen([binaries / "postgres", "-D", cluster, *options], **quiet)  # type: ignore[call-overload]
        _wait(binaries, port, process)
        subprocess.run(
            [binaries / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "carbonpolis", "carbonpolis"],
            check=True,
            **quiet,  # type: ignore[call-overload]
        )
        yield f"postgresql://carbonpolis@127.0.0.1:{port}/carbonpolis"
    finally:
        if process is not None:
            process.terminate()
            process.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(binaries: Path, port: int, process: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < SECONDS_TO_START:
        if process.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start: {process.stderr.read().decode() if process.stderr else ''}")
        asked = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        if subprocess.run(asked, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not start in time")


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


if __name__ == "__main__":
    with server() as address:
        print(address, flush=True)
        sys.stdin.read()

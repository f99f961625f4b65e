"""What every benchmark shares: the clock, the machine, the shape of a row."""

from __future__ import annotations

import gc
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Row = dict[str, object]


def best_of(work: Callable[..., Any], *, setup: Callable[[], Any] | None = None, runs: int = 5) -> float:
    """Seconds of the fastest of `runs` runs: noise only ever adds.

    setup: makes what `work` is given, outside the clock, anew for each run. Compile first: call `work` once before.
    """
    best = float("inf")
    for _ in range(runs):
        given = () if setup is None else (setup(),)
        gc.collect()
        began = time.perf_counter()
        work(*given)
        best = min(best, time.perf_counter() - began)
    return best


def machine() -> str:
    """The processor, its cores, the system and the versions that matter, in one line."""
    libraries = [f"{name} {found}" for name in ("numpy", "numba") if (found := _version(name))]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [_processor(), f"{cores} cores", f"{platform.system()} {platform.release()}"]
    return ", ".join([*parts, f"Python {platform.python_version()}", *libraries])


def row(
    name: str,
    ours: float,
    *,
    unit: str,
    peer: float | None = None,
    against: str = "",
    note: str = "",
    less_is_better: bool = False,
) -> Row:
    """One line of the output. ratio: how many times better ours is, rates by default, times with `less_is_better`."""
    ratio = None if peer is None else (peer / ours if less_is_better else ours / peer)
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "ratio": ratio,
        "unit": unit,
        "machine": machine(),
        "against": against,
        "note": note,
    }


def main(measure: Callable[[], Iterable[Row]]) -> None:
    """Run a benchmark and print its rows, one JSON object a line."""
    for found in measure():
        print(json.dumps(found, ensure_ascii=False), flush=True)


def say(text: str) -> None:
    """Tell a person who waits how far it is, on standard error."""
    print(text, file=sys.stderr, flush=True)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()

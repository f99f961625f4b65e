"""What the tests of the site share: the made-up report, and the site itself served from a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # so that `make_report` is found: this folder is no package

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def report() -> dict[str, Any]:
    """The made-up report."""
    from make_report import make_report

    return make_report()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the served site, without the last slash."""
    from serving import SECONDS_TO_END, free_port, start

    process, address = start(tmp_path_factory.mktemp("site"), free_port())
    yield address.rstrip("/")
    process.send_signal(signal.SIGINT)
    try:
        process.wait(SECONDS_TO_END)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real Chromium; skipped with what to install where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        pytest.skip("no Chromium: apt-get install chromium, or set CHROMIUM to one")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()

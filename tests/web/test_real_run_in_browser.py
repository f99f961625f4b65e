"""The site after a real run, as `carbonpolis serve` serves it: what a visitor reads is what the report says."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import COMMAND, hear_interrupts

from carbonpolis.report.rounding import places, sd_of_interval
from carbonpolis.web import figures

pytestmark = pytest.mark.browser
SECONDS = 90
PARTS = {"Emissions": "emissions", "Covered by sinks": "covered", "Covered on credit": "on_credit"}


@pytest.fixture(scope="module")
def served(sample_year: Path) -> Iterator[str]:
    """The address of the served sample year, without the last slash."""
    from serving import free_port

    process = subprocess.Popen(
        [str(COMMAND), "serve", str(sample_year), "--port", str(free_port())],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=hear_interrupts,
        env={name: value for name, value in os.environ.items() if not name.startswith(("NICEGUI_", "PYTEST_"))},
    )
    lines: queue.Queue[str] = queue.Queue()
    stream = process.stdout
    assert stream is not None
    threading.Thread(target=lambda: lines.put(stream.readline()), daemon=True).start()
    try:
        told = lines.get(timeout=SECONDS).strip()
        assert told.startswith("http://"), told
        yield told.rstrip("/")
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        finally:
            process.kill()
            process.wait()


def test_a_city_found_on_the_site_has_the_balance_and_score_of_the_report_and_no_other_host_is_asked(
    chromium: Any, served: str, sample_report: dict[str, Any]
):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    hosts: set[str] = set()
    wrong: list[str] = []
    tab.on("request", lambda r: hosts.add(r.url.split("/")[2]) if not r.url.startswith(("data:", "blob:")) else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    tab.goto(f"{served}/")
    tab.wait_for_selector(".ag-row")
    tab.get_by_label("Find a city or country").fill("sarnia")
    tab.get_by_role("link", name="Sarnia").click()
    tab.wait_for_url("**/city/CA-SNI")
    tab.wait_for_selector("footer")
    city = next(city for city in sample_report["cities"] if city["city"] == "CA-SNI")
    balance = tab.locator("section", has=tab.get_by_role("heading", name="Balance", exact=True)).locator("tbody tr")
    shown = {row.locator("th").inner_text().strip(): row.locator("td").first.inner_text() for row in balance.all()}
    for label, part in {**PARTS, "Uncovered": "uncovered"}.items():
        assert shown[label].split()[0] == figures.number(city["balance"][part]["value"], "t"), label
    low, high = (each["value"] for each in city["balance"]["removals_interval"])
    removals = figures.text(figures.shown_to(city["balance"]["removals"], places(sd_of_interval(low, high))))
    assert " ".join(shown["Removed in a year, by measurement model"].split()) == removals
    score = city["score"]["S"]
    assert tab.locator("dl.facts dd").first.inner_text().startswith(figures.number(score["value"], "points"))
    for path in ("/market", "/registry", "/policy"):
        tab.goto(served + path)
        tab.wait_for_selector("footer")
    told = context.request.get(f"{served}/report.json").json()
    assert told == sample_report
    assert wrong == []
    assert hosts == {served.split("/")[2]}
    context.close()

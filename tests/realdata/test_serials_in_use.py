"""The serials that other registries gave out in 2026: each is read, and counts what its registry says it counts."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from carbonpolis.registry import read_serials

EVENTS = Path(os.environ.get("CARBONPOLIS_SHARED_DATA", "nowhere")) / "sinks" / "registry_events_2026.csv"


@pytest.mark.realdata
@pytest.mark.skipif(not EVENTS.exists(), reason="CARBONPOLIS_SHARED_DATA does not name the folder of source files")
def test_every_serial_counts_what_its_registry_says():
    with EVENTS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["serial"] and row["registry"] in {"verra", "acr", "car"}]
    assert len(rows) == 600
    for row in rows:
        found = read_serials(row["serial"])
        assert (found.registry, found.count, str(found.vintage)) == (
            row["registry"],
            float(row["quantity_t"]),
            row["vintage"],
        ), row["serial"]

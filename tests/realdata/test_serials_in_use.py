"""The serials that other registries gave out in 2026: each is read, and counts what its registry says it counts."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from carbonpolis.registry import SerialRange, read_serials
from carbonpolis.registry.units import checked_size

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


ISSUANCES = EVENTS.with_name("california_offset_issuance.csv")


@pytest.mark.realdata
@pytest.mark.skipif(not ISSUANCES.exists(), reason="CARBONPOLIS_SHARED_DATA does not name the folder of source files")
def test_every_issuance_of_california_fits_one_batch():
    """48 of them with their buffer shares, half of all tonnes, were too large for nine digits of kilograms."""
    with ISSUANCES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    stated = ("arb_offset_credits_issued", "forest_buffer_account_contribution")
    tonnes = [sum(float(row[name]) for name in stated if row[name].replace(".", "").isdigit()) for row in rows]
    large = [each for each in tonnes if each > 999_999.999]
    assert len(large) == 48
    assert sum(large) / sum(tonnes) == pytest.approx(0.53, abs=0.01)
    for each in filter(None, tonnes):
        kg = round(each * 1000)
        serials = SerialRange("CP-US-CAL-000001-FOR-2013", 1, checked_size("the batch", kg))
        assert SerialRange.parse(str(serials)).count == kg

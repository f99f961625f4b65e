"""The reference page is what the models and tables are, so that it can't drift; and its example runs."""

from __future__ import annotations

import runpy
from pathlib import Path

from carbonpolis.measure import sinks

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_script_writes():
    script = runpy.run_path(str(ROOT / "scripts" / "reference_sinks.py"))
    written = (ROOT / "docs" / "reference" / "sinks.md").read_text(encoding="utf-8")
    assert written == script["page"](), "run python scripts/reference_sinks.py"
    assert all(f"### {name}\n" in written for name in sinks.models())


def test_the_example_of_the_page():
    removal = sinks.model("forest_gain_loss").removal(
        area_ha=120.0, ecological_zone="temperate_continental_forest", continent="europe"
    )
    assert removal.unit == "t CO2/year" and removal.mean > 0

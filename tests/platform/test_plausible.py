"""What a load tells beside its count: figures that are right by themselves, and a thousand times their neighbours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from carbonpolis.platform.intake.plausible import (
    NOTES_SHOWN,
    Known,
    alone_below_zero,
    beside_neighbours,
    odd_cities,
    told,
)

Command = Callable[..., subprocess.CompletedProcess[str]]
HEADER = "city,year,gpc_ref,activity,unit,amount,amount_sd,quality,source"


def known(*values: float, group: str = "gas", size: float = 1.0) -> list[Known]:
    return [Known(group, value, size, row, "amount", "MWh") for row, value in enumerate(values, start=2)]


def test_a_thousand_times_its_neighbours_is_told_and_less_is_not():
    assert beside_neighbours(known(5, 6, 7, 6_000)) == [
        "  row 5, column amount: 6,000 MWh is 1,000 times the median of the other 3 like it."
    ]
    assert beside_neighbours(known(5, 6, 7, 5_999)) == []
    assert beside_neighbours(known(5, 6, 7, 0.001)) == []


def test_what_was_loaded_before_and_the_size_count_and_other_groups_do_not():
    assert len(beside_neighbours(known(7_000), known(7))) == 1
    assert beside_neighbours(known(7_000, size=2000.0), known(7)) == []
    assert beside_neighbours(known(7_000), known(7, group="coal")) == []
    assert beside_neighbours(known(7_000), known(0)) == []


def test_alone_below_zero_is_told():
    assert alone_below_zero(known(1, 2, 3, -4)) == [
        "  row 5, column amount: -4 MWh is below 0, and none of the other 3 is."
    ]
    assert alone_below_zero(known(1, -2, 3, -4)) == []
    assert alone_below_zero(known(1, -2)) == []


def test_a_city_beyond_all_cities_is_told():
    city = {"row": 2, "population": 5e6, "area_km2": 20.0, "gdp_musd_ppp": 9e7}
    notes = odd_cities([city])
    assert [note.split(":")[0] for note in notes] == ["  row 2, column area_km2", "  row 2, column gdp_musd_ppp"]
    assert odd_cities([{**city, "area_km2": 1000.0, "gdp_musd_ppp": None}]) == []


def test_the_first_twenty_are_told_and_the_rest_counted():
    lines = told([f"  row {n}" for n in range(NOTES_SHOWN + 3)]).splitlines()
    assert lines[:2] == ["", "Loaded as it stands, but look again:"]
    assert lines[-1] == "... and 3 more."
    assert told([]) == ""


def test_a_load_tells_of_kilograms_for_tonnes_and_loads_all_the_same(
    towns_copy: Path, tmp_path: Path, carbonpolis: Command
):
    file = tmp_path / "more.csv"
    row = "NL-ALD,2023,I.1.1,natural gas,mmBtu,{},,reported,meter"
    file.write_text(f"{HEADER}\n{row.format('9000000000')}\n", encoding="utf-8")
    loaded = carbonpolis("load", "activities", file, "--folder", towns_copy)
    assert loaded.returncode == 0, loaded.stderr
    first, heading, note = loaded.stdout.strip().splitlines()
    assert first == "more.csv: 1 activity."
    assert heading == "Loaded as it stands, but look again:"
    assert note.startswith("  row 2, column amount: 9,000,000,000 mmBtu is ")
    assert note.endswith(" like it, per person.")

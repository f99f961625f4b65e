"""A city's first day: its own figures through the templates, its own report, no code touched."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
EXAMPLE = Path(__file__).parents[2] / "examples" / "three-towns"
KINDS = ("cities", "accounts", "projects", "activities")


def rows_of(kind: str) -> list[dict[str, str]]:
    with (EXAMPLE / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def report_of(carbonpolis: Command, folder: Path) -> dict[str, Any]:
    printed = carbonpolis("report", folder, "--format", "json")
    assert printed.returncode == 0, printed.stderr
    found: dict[str, Any] = json.loads(printed.stdout)
    return found


def test_the_example_is_three_cities_forty_emitters_and_ten_projects_in_the_columns_of_the_templates(
    tmp_path: Path, carbonpolis: Command
):
    emitters = {row["account"] for row in rows_of("accounts") if row["role"] == "emitter"}
    assert (len(rows_of("cities")), len(emitters), len(rows_of("projects"))) == (3, 40, 10)
    for kind in KINDS:
        made = carbonpolis("template", kind, cwd=tmp_path)
        assert made.returncode == 0, made.stderr
        header = (tmp_path / f"{kind}.csv").read_text(encoding="utf-8").strip().split(",")
        assert header == list(rows_of(kind)[0])


def test_cities_emitters_and_projects_alone_give_a_report(tmp_path: Path, carbonpolis: Command):
    folder = tmp_path / "towns"
    for kind in ("cities", "accounts", "projects"):
        loaded = carbonpolis("load", kind, EXAMPLE / f"{kind}.csv", "--folder", folder)
        assert loaded.returncode == 0, loaded.stderr
    before = report_of(carbonpolis, folder)
    verified = sum(float(r["verified_emissions_t"]) for r in rows_of("accounts") if r["year"] == "2024")
    assert before["total"]["emissions"]["value"] == pytest.approx(verified)
    assert before["total"]["uncovered"]["value"] == pytest.approx(verified)
    ran = carbonpolis("run", folder, "--no-serve")
    assert ran.returncode == 0, ran.stderr
    after = report_of(carbonpolis, folder)
    assert after["year"] == 2024
    assert after["total"]["emissions"]["value"] == pytest.approx(verified)
    assert after["total"]["covered"]["value"] > 0
    assert sum(sink["issued"]["value"] for city in after["cities"] for sink in city["sinks"]) == pytest.approx(
        after["ledger"]["issued"]["value"], abs=0.0005
    )
    assert carbonpolis("audit", "verify", folder).returncode == 0


def test_activities_complete_the_inventory_and_what_nobody_counted_is_not_zero(
    tmp_path: Path, towns_year: Path, carbonpolis: Command
):
    report = report_of(carbonpolis, towns_year)
    town = next(city for city in report["cities"] if city["name"] == "Alderbrook")
    gas = next(line for line in town["emissions"] if line["what"] == "I.1.1 fossil energy: natural gas")
    amount = next(
        float(r["amount"])
        for r in rows_of("activities")
        if (r["city"], r["year"], r["gpc_ref"]) == ("NL-ALD", "2024", "I.1.1")
    )
    # EPA hub 2021 table 1: 53.06 kg CO2, 0.001 kg CH4 and 0.0001 kg N2O a mmBtu; AR6 GWP (table 7.SM.7)
    # 27.9 and 273.
    assert gas["emissions"]["value"] == pytest.approx(amount * (53.06 + 0.001 * 27.9 + 0.0001 * 273) / 1000, rel=1e-6)
    leaks = next(line for line in town["emissions"] if line["gpc_ref"] == "I.8.1")
    assert (leaks["emissions"]["value"], leaks["emissions"]["note"]) == (None, "NE: not estimated")
    for name in ("json", "xlsx", "pdf", "table"):
        out = tmp_path / f"alderbrook.{name}"
        written = carbonpolis("report", towns_year, "--city", "alderbrook", "--format", name, "--out", out)
        assert written.returncode == 0, written.stderr
        assert out.stat().st_size > 1000
    book = openpyxl.load_workbook(tmp_path / "alderbrook.xlsx")
    assert {"emissions", "sinks", "market", "assumptions"} <= set(book.sheetnames)


def test_an_excel_file_loads_like_the_csv_and_the_same_file_twice_changes_nothing(tmp_path: Path, carbonpolis: Command):
    made = carbonpolis("template", "cities", "--out", tmp_path / "cities.xlsx")
    assert made.returncode == 0, made.stderr
    book = openpyxl.load_workbook(tmp_path / "cities.xlsx")
    for row in rows_of("cities"):
        book["cities"].append(list(row.values()))
    book.save(tmp_path / "cities.xlsx")
    first = carbonpolis("load", "cities", tmp_path / "cities.xlsx", "--folder", tmp_path / "towns")
    assert (first.returncode, first.stdout.strip()) == (0, "cities.xlsx: 3 cities.")
    again = carbonpolis("load", "cities", tmp_path / "cities.xlsx", "--folder", tmp_path / "towns")
    assert (again.returncode, "nothing changed" in again.stdout) == (0, True)

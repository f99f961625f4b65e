"""A market year on PostgreSQL by the command line comes to the same as in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TOWNS = Path(__file__).parents[2] / "examples" / "three-towns"


def timeless(report: dict[str, Any]) -> Any:
    """A report but for what hashes or tells the moment of a commit."""

    def without(found: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in found.items() if name != "head"}

    plain = json.loads(json.dumps(report), object_hook=without)
    assert plain["audit"].pop("at")
    return plain


def test_load_run_and_report_on_postgres(carbonpolis, database: str, towns_year: Path, tmp_path: Path):
    folder, there = str(tmp_path / "files"), ("--database", database)
    for kind in ("cities", "accounts", "projects", "activities"):
        loaded = carbonpolis("load", kind, str(TOWNS / f"{kind}.csv"), "--folder", folder, *there)
        assert loaded.returncode == 0, loaded.stderr
    ran = carbonpolis("run", folder, "--no-serve", *there)
    assert ran.returncode == 0, ran.stderr
    told = carbonpolis("report", folder, "--format", "json", *there)
    same = carbonpolis("report", str(towns_year), "--format", "json")
    assert timeless(json.loads(told.stdout)) == timeless(json.loads(same.stdout))
    one = carbonpolis("statement", "E-NL-ALD-001", folder, "--format", "json", *there)
    assert json.loads(one.stdout)["lines"]
    assert carbonpolis("audit", "verify", folder, *there).returncode == 0

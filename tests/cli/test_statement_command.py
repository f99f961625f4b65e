"""`carbonpolis statement` on a real year."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path


def test_the_three_forms_tell_the_same(carbonpolis, towns_year: Path, tmp_path: Path):
    owner = "E-NL-ALD-001"
    document = json.loads(carbonpolis("statement", owner, str(towns_year), "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(carbonpolis("statement", owner, str(towns_year), "--format", "csv").stdout)))
    assert [int(row["amount"]) for row in rows] == [line["amount"] for line in document["lines"]]
    assert {"deposit", "reserve", "retire"} <= {line["why"] for line in document["lines"]}
    table = carbonpolis("statement", owner, str(towns_year), "--out", str(tmp_path / "statement.txt"))
    assert table.stdout == ""
    assert f"Statement of {owner}" in (tmp_path / "statement.txt").read_text(encoding="utf-8")


def test_what_can_not_be_told_is_said(carbonpolis, towns_year: Path):
    for words, said in (
        (("nobody",), "nobody"),
        (("nobody", "--since", "yesterday"), "a day, as 2024-07-01"),
        (("nobody", "--format", "pdf"), "table, csv"),
    ):
        ran = carbonpolis("statement", words[0], str(towns_year), *words[1:])
        assert ran.returncode == 2
        assert said in ran.stderr

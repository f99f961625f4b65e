"""`carbonpolis bench` on a small checkout of its own: lists, runs, tells a failure from an unknown name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from carbonpolis.cli import bench as command
from carbonpolis.cli.main import main

SHARED = Path(__file__).parents[2] / "benchmarks" / "_measure.py"
SUM = '''"""Adding is faster than counting.

More about it.
"""
from _measure import best_of, main, row

def measure():
    seconds = best_of(lambda: sum(range(1000)), runs=1)
    assert seconds > 0
    return [row("adding/one", 30.0, peer=10.0, unit="sums/s", against="fingers"),
            row("adding/time", 2.0, peer=8.0, unit="s", less_is_better=True), row("adding/alone", 1.0, unit="s")]

if __name__ == "__main__":
    main(measure)
'''


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    shutil.copy(SHARED, folder)
    (folder / "adding.py").write_text(SUM, encoding="utf-8")
    (folder / "broken.py").write_text('"""Fails."""\nraise SystemExit(3)\n', encoding="utf-8")
    monkeypatch.setattr(command, "find_folder", lambda: folder)
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["carbonpolis", "bench", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_without_a_name_it_lists_claims(checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd):
    assert run(monkeypatch) == 0
    shown = capfd.readouterr().out
    assert "adding" in shown
    assert "Adding is faster than counting." in shown
    assert "_measure" not in shown


def test_json_has_the_promised_keys_and_the_ratio_favours_the_better(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd
):
    assert run(monkeypatch, "adding", "--json") == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert all({"name", "ours", "peer", "ratio", "unit", "machine"} <= set(row) for row in rows)
    assert [row["ratio"] for row in rows] == [3.0, 4.0, None]
    assert "Python" in rows[0]["machine"]


def test_a_table_for_people(checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd):
    assert run(monkeypatch, "adding") == 0
    shown = capfd.readouterr().out
    assert "sums/s" in shown
    assert "fingers" in shown


def test_a_benchmark_that_fails_is_told_by_name(checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd):
    assert run(monkeypatch, "all", "--json") == 1
    told = capfd.readouterr()
    assert "Failed: broken" in told.err
    assert len(told.out.splitlines()) == 3


def test_an_unknown_name_lists_the_known(checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd):
    assert run(monkeypatch, "nothing") == 2
    assert "adding, broken, all" in capfd.readouterr().err


def test_without_a_checkout_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd):
    monkeypatch.setattr(command.carbonpolis, "__file__", str(tmp_path / "site" / "carbonpolis" / "__init__.py"))
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "adding") == 2
    assert "checkout of the source" in capfd.readouterr().err

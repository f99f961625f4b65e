"""A city's own market rules: set from a file before the first order, kept in the folder, told wherever money is."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
TOWNS = Path(__file__).parents[2] / "examples" / "three-towns"
YUAN = """
currency = "CNY"
usd_rate = 70000
reference_price = 17500
transfer_fee = 350
zone = "Asia/Shanghai"
hours_listed = "12345 09:30-11:30 13:00-15:00"
holidays = ["01-01", "10-01"]
closed = [2024-02-09, "2024-02-12/2024-02-17"]
"""


@pytest.fixture(scope="module")
def yuan_year(tmp_path_factory: pytest.TempPathFactory, carbonpolis: Command) -> Path:
    """The three towns' year with everything seven times as dear, in another currency."""
    base = tmp_path_factory.mktemp("yuan")
    folder, file = base / "data", base / "venue.toml"
    file.write_text(YUAN, encoding="utf-8")
    done = carbonpolis("venue", folder, "--set", file)
    assert done.returncode == 0, done.stderr
    assert "currency: CNY instead of USD" in done.stdout
    for kind in ("cities", "accounts", "projects", "activities"):
        assert carbonpolis("load", kind, TOWNS / f"{kind}.csv", "--folder", folder).returncode == 0
    ran = carbonpolis("run", folder, "--no-serve")
    assert ran.returncode == 0, ran.stderr
    assert "CNY/t" in ran.stdout
    assert not re.search(r"(?<!PPP )USD", ran.stdout)
    return folder


def test_every_figure_of_money_is_in_the_venues_currency(yuan_year: Path, carbonpolis: Command):
    report = json.loads(carbonpolis("report", yuan_year, "--format", "json").stdout)
    assert report["currency"] == "CNY"
    units: set[str] = set()

    def walk(thing: Any) -> None:
        if isinstance(thing, dict):
            units.update({thing["unit"]} if "value" in thing and "unit" in thing else ())
            for key, each in thing.items():
                if key != "scored":  # goalposts are in dollars, whatever the currency
                    walk(each)
        elif isinstance(thing, list):
            for each in thing:
                walk(each)

    walk(report)
    assert {"CNY", "CNY/t"} <= units
    assert not [unit for unit in units if re.search(r"(?<!PPP )USD", unit)]
    assert any(each["what"] == "usd rate" and each["value"].startswith("70000") for each in report["assumptions"])
    one = carbonpolis("report", yuan_year, "--city", "Alderbrook").stdout
    assert "CNY" in one
    rows = [line.split("│") for line in one.splitlines()]
    scored = next(n for n, row in enumerate(rows) if row[0].strip() == "S11")
    assert "Scored form" in one
    plain = [row if at < scored else row[:3] + row[4:] for at, row in enumerate(rows)]
    assert not re.search(r"(?<!PPP )USD", "\n".join("│".join(row) for row in plain))
    assert carbonpolis("audit", "verify", yuan_year).returncode == 0


def test_a_score_is_the_same_in_any_currency(yuan_year: Path, towns_report: dict[str, Any], carbonpolis: Command):
    report = json.loads(carbonpolis("report", yuan_year, "--format", "json").stdout)
    for here, there in zip(report["cities"], towns_report["cities"], strict=True):
        assert here["score"]["S"]["value"] == pytest.approx(there["score"]["S"]["value"], abs=0.2)
        price, dollars = (each["market"]["S21"]["value"] for each in (here, there))
        assert price == pytest.approx(7 * dollars, rel=0.01)


def test_what_the_command_tells_can_be_changed_and_set(tmp_path: Path, carbonpolis: Command):
    file = tmp_path / "venue.csv"
    assert carbonpolis("venue", tmp_path / "data", "--format", "csv", "--out", file).returncode == 0
    assert not (tmp_path / "data").exists()
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    assert {"currency", "tax", "credit_tenor", "zone", "hours_listed"} <= {row["rule"] for row in rows}
    again = carbonpolis("venue", tmp_path / "data", "--set", file)
    assert "by these rules already" in again.stdout
    file.write_text("rule,value\ntax,0\nzone,Europe/Berlin\nhours_listed,always\n", encoding="utf-8")
    assert "tax: 0 instead of 100" in carbonpolis("venue", tmp_path / "data", "--set", file).stdout
    told = json.loads(carbonpolis("venue", tmp_path / "data", "--format", "json").stdout)
    now = {row["rule"]: (row["value"], row["source"]) for row in told}
    assert now["tax"] == ("0", "set for this folder")
    assert now["closed"] == ("", "set for this folder")
    assert "Europe/Berlin" in carbonpolis("venue", tmp_path / "data").stdout


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("v.csv", "rule,value\ntax,0\nspeed,9\n", "row 3, column speed: found '9', expected one of the rules currency"),
        (
            "v.csv",
            "rule,value\ntax,12000\n",
            "column tax: found '12000', expected a whole number from 0 to 10000",
        ),
        ("v.csv", "rule,value\ntax,0\ntax,1\n", "row 3, column rule: found 'tax', expected each rule once"),
        ("v.csv", "name,worth\ntax,0\n", "column rule"),
        ("v.csv", "rule,value\nlot,500\n", "expected 1000: what one order step is"),
        ("v.csv", "rule,value\ncurrency,euro\n", "three capital letters of ISO 4217"),
        (
            "v.csv",
            "rule,value\nzone,Europe/Nowhere\nhours_listed,always\n",
            "column zone: found 'Europe/Nowhere'",
        ),
        ("v.csv", "rule,value\nzone,Europe/Berlin\n", "column hours_listed: found nothing"),
        ("v.csv", "rule,value\nholidays,12-25\n", "column zone: found nothing"),
        ("v.toml", 'zone = "UTC"\nhours_listed = "12345 17:00-09:00"\n', "weekdays and hours"),
        ("v.toml", 'zone = "UTC"\nhours_listed = "always"\nclosed = ["2024-02-30"]', "days, or first/last"),
        ("v.toml", "usd_rate = 1", "10000 for the dollar itself"),
        ("v.toml", "tick = 100000", "a step that leaves a price within the daily limit"),
        ("v.toml", "credit_call = 13000", "at most what is locked at first"),
        ("v.toml", "tax = true", "text, a whole number, a day"),
        ("v.toml", "[credit]\ntenor = 3", "text, a whole number, a day"),
        ("v.toml", "tax = ", "TOML in UTF-8"),
        ("v.toml", None, "a file to read"),
    ],
)
def test_a_wrong_file_is_told_row_by_row_and_makes_no_folder(
    name: str, text: str | None, told: str, tmp_path: Path, carbonpolis: Command
):
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = carbonpolis("venue", tmp_path / "data", "--set", tmp_path / name)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "data").exists()

"""`carbonpolis inventory`: a file in, figures and workbooks out."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from carbonpolis.cli.main import app
from carbonpolis.errors import BadInput

CSV = """city,year,gpc_ref,activity,unit,amount,source
SE-STO,2020,I.1.2,grid electricity,MWh,1000,utility
SE-STO,2020,II.4.3,reported emissions,t CO2e,NE,
SE-STO,2020,memo,human respiration,person,1000,census
"""


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["inventory", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_from_activities_to_a_workbook_and_back(tmp_path: Path) -> None:
    (tmp_path / "city.csv").write_text(CSV)
    told = run(tmp_path / "city.csv", "--out", tmp_path / "city.xlsx")
    assert "40.7" in told
    assert "II.4.3 NE" in told
    assert "human respiration: 380.0 t CO2" in told
    assert "40.7" in run(tmp_path / "city.xlsx", "--out", tmp_path / "lines.csv")
    assert "factor_source" in (tmp_path / "lines.csv").read_text()


def test_faults_are_refused_or_set_aside(tmp_path: Path) -> None:
    (tmp_path / "city.csv").write_text(CSV + "SE-STO,2020,I.1.1,natural gas,t,5,\n")
    with pytest.raises(BadInput, match=r"city\.csv row 5, column unit"):
        run(tmp_path / "city.csv")
    assert "row 5, unit: 't'" in run(tmp_path / "city.csv", "--set-aside")
    with pytest.raises(BadInput, match=r"\.xlsx or \.csv"):
        run(tmp_path / "city.csv", "--out", "city.doc")
    with pytest.raises(BadInput, match="AR5 feedback"):
        run(tmp_path / "city.csv", "--set-aside", "--gwp", "AR9")


def test_own_factors(tmp_path: Path) -> None:
    (tmp_path / "city.csv").write_text(CSV)
    (tmp_path / "own.csv").write_text(
        "activity,unit,gas,value,region,source\ngrid electricity,kWh,CO2,0.1,SE,a contract\n"
    )
    assert "100.0" in run(tmp_path / "city.csv", "--factors", tmp_path / "own.csv")

"""A city's inventory out into the GPC's reporting tables, and back."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from carbonpolis.errors import BadInput
from carbonpolis.measure import emissions
from carbonpolis.report.gpc import ACTIVITIES, read_gpc, write_gpc

HEAD = ["city", "year", "gpc_ref", "activity", "unit", "amount", "source"]
ROWS = [
    ("CN-SZX", 2020, "I.1.1", "natural gas", "MWh", 1000.0, "gas works"),
    ("CN-SZX", 2020, "I.1.1", "wood", "t", 5.0, "survey"),
    ("CN-SZX", 2020, "I.1.2", "grid electricity", "MWh", 1000.0, "utility"),
    ("CN-SZX", 2020, "IV.2", "R410A lost", "t", 1.0, "dealers"),
    ("CN-SZX", 2020, "II.4.3", emissions.REPORTED, "t CO2e", "NE", "no data"),
    ("CN-SZX", 2020, "V.1", emissions.REPORTED, "t CO2e", "NO", "no animals"),
]


@pytest.fixture
def city() -> emissions.Inventory:
    return emissions.inventory(pd.DataFrame(ROWS, columns=HEAD))


def test_there_and_back(city: emissions.Inventory, tmp_path: Path) -> None:
    write_gpc(city, tmp_path / "szx.xlsx")
    back = read_gpc(tmp_path / "szx.xlsx")
    assert back[HEAD].to_numpy().tolist() == [list(row) for row in ROWS]
    assert emissions.inventory(back).total() == city.total()


def test_the_table_has_every_reference_gas_key_and_quality(city: emissions.Inventory, tmp_path: Path) -> None:
    write_gpc(city, tmp_path / "szx.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "szx.xlsx")["GPC CN-SZX 2020"]
    rows = {row[0]: row for row in sheet.iter_rows(values_only=True)}
    assert set(emissions.references()) <= set(rows)
    gas = rows["I.1.1"]
    assert gas[4] == pytest.approx(1000 * 53.06 / 293.0710701722222)  # t CO2 of the gas; the wood's is biogenic
    assert gas[13] == pytest.approx(5 * 1640 / 907.18474, rel=1e-3)
    assert gas[14:16] == ("H", "L")
    assert rows["I.1.2"][4] == pytest.approx(536.6)  # t CO2: China 2022, the nearest year
    assert rows["IV.2"][7] == pytest.approx((771 + 3740) / 2)  # HFC-32 and HFC-125, AR6
    assert (rows["II.4.3"][3], rows["V.1"][3], rows["I.2.1"][3]) == ("NE", "NO", None)
    assert rows["Total BASIC (t CO2e)"][1] == pytest.approx(city.basic.mean)


def test_a_table_without_activity_data_gives_totals_and_keys(city: emissions.Inventory, tmp_path: Path) -> None:
    write_gpc(city, tmp_path / "szx.xlsx")
    book = openpyxl.load_workbook(tmp_path / "szx.xlsx")
    del book[ACTIVITIES]
    book.save(tmp_path / "other.xlsx")
    again = emissions.inventory(read_gpc(tmp_path / "other.xlsx"))
    for reading in ("basic", "basic_plus", "territorial"):
        assert getattr(again, reading).mean == pytest.approx(getattr(city, reading).mean)
    assert again.missing["gpc_ref"].tolist() == ["II.4.3"]


def test_another_makers_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [
        ("City name", "SE-STO"),
        ("Reporting year", 2019),
        (),
        ("GPC ref No.", "Sub-sector", "Notation keys", "CO2", "CH4", "Total CO2e", "Explanation"),
        ("I.1.1", "homes", None, None, None, 120.5, "a utility"),
        ("III.1.2", "landfill", None, None, 2.0, None, "a model"),
        ("IV.1", "industry", "NO", None, None, None, None),
        ("Total", None, None, None, None, 120.5, None),
    ]:
        book.active.append(row)
    book.save(tmp_path / "ciris.xlsx")
    whole = emissions.inventory(read_gpc(tmp_path / "ciris.xlsx"))
    by = whole.by("gpc_ref")["emissions_t"].to_dict()
    assert by == pytest.approx({"I.1.1": 120.5, "III.1.2": 2 * 27.9, "IV.1": 0.0})
    assert whole.lines["source"][0] == "a utility"


def test_every_fault_with_sheet_row_and_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [
        ("City", "SE-STO"),
        ("Year", 2019),
        ("GPC ref No.", "Notation keys", "Total CO2e"),
        ("I.9.9", None, 1.0),
        ("I.1.1", None, -5.0),
        ("I.1.2", "XX", None),
        ("I.1.3", "NE", 7.0),
    ]:
        book.active.append(row)
    book.save(tmp_path / "bad.xlsx")
    with pytest.raises(BadInput) as told:
        read_gpc(tmp_path / "bad.xlsx")
    assert [(fault.row, fault.column) for fault in told.value.faults] == [
        (4, "GPC ref No."),
        (5, "CO2e"),
        (6, "Notation key"),
        (7, "Notation key"),
    ]
    (tmp_path / "text.xlsx").write_text("no workbook")
    with pytest.raises(BadInput, match="an Excel workbook"):
        read_gpc(tmp_path / "text.xlsx")

"""Inventories in and out as workbooks in the layout of the GPC's reporting tables, as cities fill them in CIRIS.

A sheet "GPC CITY YEAR" for each city and year (GPC v1.1 ch. 4, table 4.3: reference, scope, source, notation key, gases
in tonnes, total, biogenic CO2, data quality, explanation), and a sheet "Activity data" with the rows it came from.
What is written here reads back as it was; a workbook of another maker is read by its table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from carbonpolis.errors import BadInput, Fault
from carbonpolis.measure.emissions import BIOGENIC, REPORTED, Inventory, potential, references
from carbonpolis.measure.emissions.factors import gpc

ACTIVITIES = "Activity data"
FAMILIES = ("CO2", "CH4", "N2O", "HFC", "PFC", "SF6", "NF3", "CO2e")
HEADER = (
    *("GPC ref No.", "Scope", "GHG emissions source (by sector and sub-sector)", "Notation key"),
    *(
        "CO2 (t)",
        "CH4 (t)",
        "N2O (t)",
        "HFC (t CO2e)",
        "PFC (t CO2e)",
        "SF6 (t)",
        "NF3 (t)",
        "Not split by gas (t CO2e)",
    ),
    *("Total (t CO2e)", "CO2(b) (t)", "Activity data quality", "Emission factor quality", "Explanatory comments"),
)
SECTORS = {
    "I": "Stationary energy", "II": "Transportation", "III": "Waste", "IV": "Industrial processes and product use",
    "V": "Agriculture, forestry and other land use", "VI": "Other scope 3",
}  # fmt: skip
_NOTED = ("NO", "NE", "IE", "C")
_KEPT = ("city", "year", "gpc_ref", "activity", "unit", "amount", "amount_sd", "quality", "source", "place", "method")
_SHOWN = ("factor", "factor_match", "factor_source", "emissions_t", "sd_t")
_BOLD, _GREY = Font(bold=True), PatternFill("solid", fgColor="DDDDDD")
_ORDER = "HML"


def write_gpc(inventory: Inventory, path: Path | str) -> None:
    """Write an inventory as a workbook; a reference without a line is left blank, as nothing is known of it."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for (city, year), lines in inventory.lines.groupby(["city", "year"], sort=False):
        _table(book.create_sheet(f"GPC {city} {year}"[:31]), inventory, str(city), int(str(year)), lines)
    _activities(book.create_sheet(ACTIVITIES), inventory)
    book.save(path)


def read_gpc(path: Path | str) -> pd.DataFrame:
    """Activities from a workbook: its sheet of activity data where it has one, else its reporting tables.

    From a table each reference gives its total as reported emissions, or its gases where it gives no total, or its
    notation key. Raises BadInput naming sheet, row and column of all that is wrong.
    """
    place = Path(path)
    try:
        book = openpyxl.load_workbook(place, data_only=True)
    except Exception as problem:  # openpyxl raises whatever the broken part raises
        raise BadInput([Fault(place.name, 0, "file", str(problem), "an Excel workbook")]) from None
    if ACTIVITIES in book.sheetnames:
        return _read_activities(book[ACTIVITIES], place.name)
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for sheet in book.worksheets:
        found = _find_header(sheet)
        if found is not None:
            for each in _read_table(sheet, *found, f"{place.name} [{sheet.title}]"):
                (faults if isinstance(each, Fault) else rows).append(each)  # type: ignore[arg-type]
    if not rows and not faults:
        expected = "a sheet with the columns GPC ref No. and Total, as in the GPC's reporting table"
        faults.append(Fault(place.name, 0, "sheet", ", ".join(book.sheetnames), expected))
    if faults:
        raise BadInput(faults)
    return pd.DataFrame(rows)


def is_gpc(path: Path | str) -> bool:
    """Whether a file is a workbook that `read_gpc` would read: with activity data or a reporting table."""
    if Path(path).suffix.lower() not in (".xlsx", ".xlsm"):
        return False
    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except Exception:  # openpyxl raises whatever the broken part raises; who reads the file will say so
        return False
    return ACTIVITIES in book.sheetnames or any(_find_header(sheet) is not None for sheet in book.worksheets)


def _table(sheet: Any, inventory: Inventory, city: str, year: int, lines: pd.DataFrame) -> None:
    totals = [("City", city), ("Inventory year", year), ("Warming potentials", f"IPCC {inventory.gwp}, 100 years")]
    counted = lines[lines["counted"]]
    for name, levels in (("BASIC", ["BASIC"]), ("BASIC+", ["BASIC", "BASIC+"])):
        whole = counted.loc[counted["level"].isin(levels), "emissions_t"].sum()
        totals.append((f"Total {name} (t CO2e)", float(whole)))
    totals.append(("Total territorial (t CO2e)", float(counted.loc[counted["scope"] == 1, "emissions_t"].sum())))
    for row in totals:
        sheet.append(row)
    sheet.append(())
    sheet.append(HEADER)
    for cell in sheet[sheet.max_row]:
        cell.font = _BOLD
    gases = inventory.gases
    gases = gases[(gases["city"] == city) & (gases["year"] == year)]
    sector = ""
    for reference in gpc().itertuples():
        if reference.gpc_ref not in references():
            continue
        head = str(reference.gpc_ref).split(".")[0]
        if head != sector:
            sector = head
            sheet.append((head, None, SECTORS[head]))
            for cell in sheet[sheet.max_row]:
                cell.font, cell.fill = _BOLD, _GREY
        own = counted[counted["gpc_ref"] == reference.gpc_ref]
        held = gases[gases["gpc_ref"] == reference.gpc_ref]
        sheet.append((reference.gpc_ref, reference.scope, reference.content, *_cells(own, held, inventory.gwp)))
    for index in range(1, len(HEADER) + 1):
        sheet.column_dimensions[get_column_letter(index)].width = 44 if index == 3 else 16
    sheet.freeze_panes = sheet.cell(len(totals) + 3, 4)


def _cells(own: pd.DataFrame, held: pd.DataFrame, gwp: str) -> Iterator[object]:
    """What stands behind a reference: key, gases, total, biogenic, qualities, comment."""
    known = own[own["emissions_t"].notna()]
    keys = [key for key in dict.fromkeys(own["notation_key"]) if key]
    noted = not len(known) or bool((known["notation_key"] == "NO").all())
    yield next((key for key in keys if key != "NO"), keys[0] if keys else None) if noted else None
    if noted:
        yield from [None] * (len(FAMILIES) + 4)
    else:
        warming = potential(gwp)
        sums = dict.fromkeys(FAMILIES, 0.0)
        for gas, tonnes in zip(held["gas"], held["gas_t"], strict=True):
            family = _family(gas)
            if family:
                sums[family] += tonnes if family == gas else tonnes * warming[gas]
        yield from [sums[family] or None for family in FAMILIES]
        yield float(known["emissions_t"].sum())
        yield float(known["biogenic_t"].sum()) or None
        yield _worst(known["activity_quality"])
        yield _worst(known["factor_quality"])
    comments = [] if noted or not keys else [f"in part {', '.join(keys)}"]
    comments += [str(text) for text in own["source"] if str(text)]
    yield "; ".join(dict.fromkeys(comments))[:2000] or None


def _family(gas: str) -> str:
    if gas in FAMILIES:
        return gas
    if gas == BIOGENIC:
        return ""
    if gas.startswith("HFC"):
        return "HFC"
    return "PFC" if re.fullmatch(r"c?C\d*F\d+", gas) else "CO2e"


def _worst(qualities: Iterable[str]) -> str:
    return max(qualities, key=_ORDER.index)


def _activities(sheet: Any, inventory: Inventory) -> None:
    lines, given = inventory.lines, inventory.activities
    kept = [name for name in _KEPT if name in given]
    sheet.append([*kept, *_SHOWN])
    for cell in sheet[1]:
        cell.font = _BOLD
    columns = [given[name] for name in kept] + [lines[name] for name in _SHOWN]
    for row in zip(*columns, strict=True):
        sheet.append([None if not isinstance(cell, str) and pd.isna(cell) else _plain(cell) for cell in row])
    sheet.freeze_panes = "A2"


def _plain(cell: Any) -> Any:
    return cell.item() if hasattr(cell, "item") else cell


def _read_activities(sheet: Any, file: str) -> pd.DataFrame:
    header = [str(cell.value or "") for cell in sheet[1]]
    missing = [name for name in _KEPT[:6] if name not in header]
    if missing:
        where = f"{file} [{ACTIVITIES}]"
        raise BadInput(
            [Fault(where, 1, name, "no such column", f"the columns {', '.join(_KEPT[:6])}") for name in missing]
        )
    rows = [
        {"row": number, **{name: cell for name, cell in zip(header, cells, strict=False) if name in _KEPT}}
        for number, cells in enumerate(sheet.iter_rows(min_row=2, values_only=True), start=2)
        if any(cell is not None for cell in cells)
    ]
    frame = pd.DataFrame(rows)
    for name in {"quality", "source", "place", "method"} & set(frame):
        frame[name] = frame[name].fillna("")
    return frame.drop(columns="row")


def _find_header(sheet: Any) -> tuple[int, dict[str, int]] | None:
    """The row with the column titles, and where each column that matters is."""
    for number, cells in enumerate(sheet.iter_rows(max_row=40, values_only=True), start=1):
        columns: dict[str, int] = {}
        for position, cell in enumerate(cells):
            name = _meant(str(cell or ""))
            if name:
                columns.setdefault(name, position)
        if "ref" in columns and ("total" in columns or "CO2" in columns):
            return number, columns
    return None


def _meant(title: str) -> str:
    """What a column title means: ref, key, total, comment, or a gas; titles differ from maker to maker."""
    text = re.sub(r"\s+", " ", title.strip().lower())
    if re.match(r"gpc ref", text):
        return "ref"
    if "notation" in text:
        return "key"
    if re.match(r"total (\(t )?(t )?co2e|total co2e|total \(", text):
        return "total"
    if "explanat" in text or "comment" in text:
        return "comment"
    gas = re.match(r"(co2|ch4|n2o|sf6|nf3)(?!e|\(b| ?\(b)(?=\W|$)", text)
    return gas[1].upper() if gas else ""


def _read_table(sheet: Any, header: int, columns: dict[str, int], where: str) -> Iterator[dict[str, Any] | Fault]:
    city, year = _named(sheet, header, "city"), _named(sheet, header, "year")
    if city is None or year is None:
        yield Fault(where, 1, "city", "no city and year", "above the table a row City and a row Inventory year")
        return
    for number, cells in enumerate(sheet.iter_rows(min_row=header + 1, values_only=True), start=header + 1):
        taken = {name: cells[at] if at < len(cells) else None for name, at in columns.items()}
        reference = str(taken["ref"] or "").strip().rstrip(".")
        if not re.match(r"(I|II|III|IV|V|VI)\.\d", reference):
            continue  # headings, sums and blank rows
        if reference not in references():
            yield Fault(where, number, "GPC ref No.", reference, "a GPC reference, as I.1.1")
            continue
        row = {"city": str(city), "year": year, "gpc_ref": reference, "source": str(taken.get("comment") or where)}
        yield from _read_row(row, taken, where, number)


def _read_row(row: dict[str, Any], taken: dict[str, Any], where: str, number: int) -> Iterator[dict[str, Any] | Fault]:
    key = str(taken.get("key") or "").strip()
    amounts = {"CO2e": taken.get("total")} if taken.get("total") not in (None, "") else {}
    if not amounts:
        amounts = {gas: taken[gas] for gas in ("CO2", "CH4", "N2O", "SF6", "NF3") if taken.get(gas) not in (None, "")}
    bad = {gas: amount for gas, amount in amounts.items() if not _is_amount(amount)}
    if key and key not in _NOTED:
        yield Fault(where, number, "Notation key", key, f"one of {', '.join(_NOTED)}")
    for gas, amount in bad.items():
        yield Fault(where, number, gas, str(amount), "tonnes, 0 or more")
    if key in _NOTED and any(_is_amount(amount) and amount for amount in amounts.values()):
        yield Fault(where, number, "Notation key", key, "a key or an amount, not both")
    elif key in _NOTED:
        yield {**row, "activity": REPORTED, "unit": "t CO2e", "amount": key}
    elif not key and not bad:
        for gas, amount in amounts.items():
            named = (REPORTED, "t CO2e") if gas == "CO2e" else (f"{gas} emitted", "t")
            yield {**row, "activity": named[0], "unit": named[1], "amount": float(str(amount))}


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def _named(sheet: Any, header: int, word: str) -> Any:
    """The cell to the right of one that names the city or the year, above the table."""
    for cells in sheet.iter_rows(max_row=header, values_only=True):
        for left, right in pairwise(cells):
            if isinstance(left, str) and word in left.lower() and right not in (None, ""):
                return right
    return None

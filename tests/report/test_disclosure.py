"""The registry as the global indexes read it: every row complete, every unit once."""

from __future__ import annotations

import csv
import importlib.util
import itertools
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from carbonpolis.data import table
from carbonpolis.ledger import Purpose
from carbonpolis.registry import CLASS_CODES, MOVES, SerialRange
from carbonpolis.report import cadt, cdop
from carbonpolis.report.disclosure import UNPUBLISHED, picked

_SPEC = importlib.util.spec_from_file_location("world", Path(__file__).parents[1] / "registry" / "world.py")
W = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(W)

# Picklists of the Climate Action Data Trust schema v2.0.2 that our words are mapped into.
UNIT_STATUS = {"Buffer", "Cancelled", "Expired", "Held", "Inactive", "Issued", "Rejected", "Retired"}
PROJECT_STATUS = {
    "Certified", "Completed", "Inactive", "Listed", "Registered", "Rejected", "Validated", "Verified", "Withdrawn",
}  # fmt: skip
UNIT_TYPE = {f"{what} - {how}" for what in ("Avoidance", "Reduction", "Removal") for how in ("nature", "technical")}


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    with W.World(tmp_path_factory.mktemp("disclosure") / "data") as world:
        world.propose()
        world.register()
        world.propose("secret", x=-93.1)
        world.issue("wood", 2015, 1000.0)
        world.give("forester", "mill", 300_000)
        for number, tonnes in ((1, "100"), (2, "50.5")):
            world.p.projects.retire(
                f"R-{number}", holder="mill", tonnes=tonnes, beneficiary="Riverside school", purpose="camp",
                period="2016", at=date(2016, 6, number), key=f"r{number}",
            )  # fmt: skip
        desk, day = world.p.projects.registries, date(2016, 7, 1)
        desk.lock_out("OUT", holder="forester", tonnes="10", registry="verra", by="registrar", at=day, key="o1")
        desk.confirm("OUT", at=day, key="o2", foreign_serials="1-1-10-VCS-VCU-1-VER-US-14-9-01012015-31122015-0")
        desk.finish("OUT", at=day, key="o3")
        desk.declare("CP-US-MSP-000001-FOR-2015", "committed", at=day, key="d", party="CH", reference="CH-LoA-7")
        yield world.p.projects.disclosure(registry="Minneapolis", address="https://registry.example")


def test_every_word_of_ours_has_its_place_in_the_picklists():
    assert set(picked("unit_type")) == set(picked("project_type")) == set(picked("project_sector")) == set(CLASS_CODES)
    assert set(picked("project_status")) == set(MOVES) - UNPUBLISHED
    of_units = {
        Purpose.AVAILABLE, Purpose.RESERVED, Purpose.ESCROW, Purpose.COLLATERAL, Purpose.BUFFER, Purpose.BUFFER_HELD,
        Purpose.RETIRED, Purpose.CANCELLED, Purpose.EXPORTED,
    }  # fmt: skip
    assert set(picked("unit_status")) == {purpose.value for purpose in of_units}
    assert set(picked("unit_status").values()) <= UNIT_STATUS
    assert set(picked("project_status").values()) <= PROJECT_STATUS
    assert set(picked("unit_type").values()) <= UNIT_TYPE


def test_what_the_trusts_schema_requires_is_given_and_keys_meet(facts):
    tables = cadt.tables(facts)
    for name, fields in cadt.REQUIRED.items():
        assert tables[name], name
        for row in tables[name]:
            assert all(row[field] for field in fields), (name, row)
    for name, rows in tables.items():
        for row in rows:
            for field, value in row.items():
                owner = field.removeprefix("cadTrust").removesuffix("Id")
                home = next((t for t in tables if t.replace("_", "").lower() == owner.lower()), None)
                if field.startswith("cadTrust") and home is not None and home != name:
                    assert value in {each[field] for each in tables[home]}, (name, field)


def test_a_draft_is_nobodys_business_yet(facts):
    assert [row["projectId"] for row in cadt.tables(facts)["project"]] == ["wood"]


def test_every_unit_is_told_once_with_its_state(facts):
    rows = cadt.tables(facts)["unit"]
    serials = sorted((SerialRange.parse(row["unitSerialId"]) for row in rows), key=lambda each: each.start)
    assert (serials[0].start, serials[-1].end) == (1, 1_000_000)
    assert all(one.end + 1 == other.start for one, other in itertools.pairwise(serials))
    assert sum(float(row["unitCount"]) for row in rows) == pytest.approx(1000.0)
    told = {(row["unitStatus"], row["unitCount"], row["unitRetirementDetail"]) for row in rows}
    assert {("Retired", "100.000", "R-1"), ("Retired", "50.500", "R-2"), ("Inactive", "10.000", "")} <= told
    assert {("Buffer", "200.000", ""), ("Held", "149.500", ""), ("Held", "490.000", "")} <= told
    (out,) = [row for row in rows if row["unitStatus"] == "Inactive"]
    assert out["unitStatusReason"].startswith("exported to verra as 1-1-10-VCS")
    assert {row["unitItmosReferenceId"] for row in rows} == {"CH-LoA-7"}


def test_csv_and_excel_say_the_same(facts, tmp_path):
    files = cadt.write_cadt_csv(facts, tmp_path / "cadt")
    cadt.write_cadt_xlsx(facts, tmp_path / "cadt.xlsx")
    book = openpyxl.load_workbook(tmp_path / "cadt.xlsx")
    assert [path.stem for path in files] == book.sheetnames
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        sheet = [["" if cell is None else str(cell) for cell in row] for row in book[path.stem].values]
        assert sheet == rows


def test_a_second_export_names_the_same_things_alike(facts):
    assert cadt.tables(facts) == cadt.tables(facts)
    assert cadt.key("unit", "x") == cadt.key("unit", "x") != cadt.key("issuance", "x")


def test_the_open_protocols_documents_hold_what_its_schema_requires(facts, tmp_path):
    """CDOP v2.0, json_schema: Issuances, Unit Description."""
    cdop.write_cdop(facts, tmp_path / "cdop.json")
    document = json.loads((tmp_path / "cdop.json").read_text(encoding="utf-8"))
    (project,) = document["projects"]
    issuance = project["issuances"]["issuance"]
    assert {"forecast_annual_issuance", "forecast_total_issuance", "forecast_year"} <= issuance.keys()
    assert len(issuance["forecast_year"]) == len(issuance["forecast_annual_issuance"])
    assert issuance["cumulative_issued_volume"] == 1000.0
    (batch,) = issuance["issuance"]
    assert batch["batch_identifier"] == "cdop:USA:wood:CP-US-MSP-000001-FOR-2015"
    for each in project["unit_descriptions"]:
        assert each["project"]["current_registry_project_id"] == "wood"
        assert each["unit"]["owner_account_id"]
        assert date.fromisoformat(each["vintage"]["vintage"])
        (block,) = each["unit"]["credit_block"]
        assert block["quantity"] == block["block_end"] - block["block_start"] + 1
        assert {"metric", "type"} <= each["unit"]["descriptor"][0].keys()
        assert each["unit"]["status"][0]["is_current"] is True
    assert sum(u["unit"]["credit_block"][0]["quantity"] for u in project["unit_descriptions"]) == 1_000_000
    retired = [u["unit"]["retirement"][0] for u in project["unit_descriptions"] if "retirement" in u["unit"]]
    assert {each["retirement_beneficiary"] for each in retired} == {"Riverside school"}
    (file,) = project["location_details"]["geolocation_file"]["location"]
    assert file["geometry"]["type"] == "MultiPolygon"


def test_country_codes_are_iso_3166():
    rows = table("countries")
    assert len({row["code"] for row in rows}) == len({row["code3"] for row in rows}) == len(rows)
    assert all(len(row["code"]) == 2 and len(row["code3"]) == 3 for row in rows)
    assert {"US", "CA", "CN", "FI"} <= {row["code"] for row in rows}

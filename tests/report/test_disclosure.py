"""The registry as the global indexes read it: every row complete, every unit once."""

from __future__ import annotations

import csv
import itertools
import json
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.registry.world import World

from carbonpolis.data import table
from carbonpolis.ledger import Account, Purpose
from carbonpolis.registry import CLASS_CODES, MOVES, SerialRange
from carbonpolis.report.exports import cadt, cadt_rules, cdop
from carbonpolis.report.exports.disclosure import UNPUBLISHED, Holding, picked
from carbonpolis.report.exports.serial_blocks import blocks

# Picklists of the Climate Action Data Trust schema v2.0.2 that our words are mapped into.
UNIT_STATUS = {"Buffer", "Cancelled", "Expired", "Held", "Inactive", "Issued", "Rejected", "Retired"}
PROJECT_STATUS = {
    "Certified", "Completed", "Inactive", "Listed", "Registered", "Rejected", "Validated", "Verified", "Withdrawn",
}  # fmt: skip
UNIT_TYPE = {f"{what} - {how}" for what in ("Avoidance", "Reduction", "Removal") for how in ("nature", "technical")}


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    with World(tmp_path_factory.mktemp("disclosure") / "data") as world:
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
    for name in {row["table"] for row in table("cad_trust_fields")}:
        assert tables[name], name
        own = f"cadTrust{name[0].upper()}{name[1:]}Id"
        assert set(tables[name][0]) <= {own, *cadt_rules.fields(name)}, "no field of our own"
    for name, rows in tables.items():
        for row in rows:
            for field, value in row.items():
                owner = field.removeprefix("cadTrust").removesuffix("Id")
                home = next((t for t in tables if t.replace("_", "").lower() == owner.lower()), None)
                if field.startswith("cadTrust") and home is not None and home != name:
                    assert value in {each[field] for each in tables[home]}, (name, field)


def test_the_trust_takes_all_of_it_but_the_bodies_that_it_does_not_know(facts):
    """CAD Trust v2.0.2: bodies are picked from a list of 58, which a city's own verifier is not in."""
    assert cadt_rules.refusals(cadt.tables(facts)) == [
        f"{name}, {name}Body: 'Surveyor' is none of the trust's bodies; ask it to add this one"
        for name in ("validation", "verification")
    ]


@pytest.mark.parametrize(
    "name, field, value, said",
    [
        ("project", "projectSector", "Agriculture", "is no list; the trust takes one even for a single value"),
        ("project", "projectLink", "/registry", "is no uri"),
        ("project", "projectDescription", "x" * 2001, "is longer than 2000 characters"),
        ("project", "projectStatusDate", "", "is missing"),
        ("stakeholder", "stakeholderType", "Project Owner", "is none of Consultant, Developer, Owner"),
        ("unit", "unitStatus", "Active", "is none of Buffer, Cancelled"),
        ("unit", "unitCount", "100.500", "100.500 for blocks 1 to 100"),
        ("unit", "unitEndBlock", "101", "is told twice"),
    ],
)
def test_what_the_trust_would_refuse_is_told_before_it_is_sent(facts, name, field, value, said):
    tables = cadt.tables(facts)
    tables[name][0][field] = value
    assert any(said in sentence for sentence in cadt_rules.refusals(tables))


def test_a_draft_is_nobodys_business_yet(facts):
    assert [row["projectId"] for row in cadt.tables(facts)["project"]] == ["wood"]


def test_every_tonne_is_told_once_with_its_state_and_count(facts):
    """The trust takes the count from the ends of the block: both ends count, and it is in tonnes."""
    rows = cadt.tables(facts)["unit"]
    ranges = [(int(row["unitStartBlock"]), int(row["unitEndBlock"])) for row in rows]
    assert (ranges[0][0], ranges[-1][1]) == (1, 1000)
    assert all(one[1] + 1 == other[0] for one, other in itertools.pairwise(ranges))
    assert [int(row["unitCount"]) for row in rows] == [end - start + 1 for start, end in ranges]
    serials = [SerialRange.parse(row["unitSerialId"]) for row in rows]
    assert [(each.start, each.end) for each in serials] == [(1000 * a - 999, 1000 * b) for a, b in ranges]
    told = {(row["unitStatus"], row["unitCount"], row["unitRetirementDetail"]) for row in rows}
    assert {("Retired", "100", "R-1"), ("Retired", "50", "R-2"), ("Inactive", "10", "")} <= told
    assert {("Buffer", "200", ""), ("Held", "149", "")} <= told
    (out,) = [row for row in rows if row["unitStatus"] == "Inactive"]
    assert out["unitStatusReason"].startswith("exported to verra as 1-1-10-VCS")
    assert {row["unitItmosReferenceId"] for row in rows} == {"CH-LoA-7"}


def test_a_tonne_of_two_is_told_once_and_names_both(facts):
    """R-2 used 50.5 t: half of its last tonne is retired, half still the mill's; what is spent goes before."""
    (shared,) = [row for row in cadt.tables(facts)["unit"] if row["unitStatusReason"].startswith("shared")]
    assert (shared["unitStatus"], shared["unitCount"]) == ("Retired", "1")
    assert shared["unitStatusReason"] == "shared: 0.500 t camp for 2016 (Mill), 0.500 t available (Mill)"
    sums = {row["unitStatus"]: (row["kilograms"], row["tonnesTold"]) for row in cadt.tables(facts)["reconciliation"]}
    assert sums == {
        "Buffer": ("200000", "200"),
        "Held": ("639500", "639"),
        "Inactive": ("10000", "10"),
        "Retired": ("150500", "151"),
    }


CUTS = st.lists(st.integers(1, 9_999), unique=True, max_size=12)


@given(CUTS, st.integers(1, 10_000))
def test_whatever_is_split_every_whole_tonne_is_told_once(cuts, kg):
    """Brute force: each kilogram's place, tonne by tonne."""
    edges = [0, *sorted(cut for cut in cuts if cut < kg), kg]
    batch = "CP-US-MSP-000001-FOR-2015"
    owners = (Account("US-MSP", name, batch, Purpose.AVAILABLE) for name in itertools.cycle("abc"))
    held = [
        Holding(SerialRange(batch, start + 1, end), account, None)
        for (start, end), account in zip(itertools.pairwise(edges), owners, strict=False)
    ]
    told = blocks(held)
    assert [n for block in told for n in range(block.start, block.end + 1)] == list(range(1, kg // 1000 + 1))
    place = {serial: each.account for each in held for serial in range(each.serials.start, each.serials.end + 1)}
    for block in told:
        for tonne in range(block.start, block.end + 1):
            there = [place[serial] for serial in range(1000 * tonne - 999, 1000 * tonne + 1)]
            assert {part.account for part in block.parts} == set(there)
            largest = max(part.serials.count for part in block.parts)
            assert len(block.parts) == 1 or block.most.serials.count == largest


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
        assert each["unit"]["descriptor"][0] == {"metric": "tCO2e", "type": "Removal - nature"}
        assert each["unit"]["status"][0]["is_current"] is True
    assert sum(u["unit"]["credit_block"][0]["quantity"] for u in project["unit_descriptions"]) == 1_000
    retired = [u["unit"]["retirement"][0] for u in project["unit_descriptions"] if "retirement" in u["unit"]]
    assert {each["retirement_beneficiary"] for each in retired} == {"Riverside school"}
    details = project["project_approach_and_details"]["project"]
    assert details["status"] == [{"project_status": "Registered", "is_current": True}]
    (mitigation,) = details["mitigation"]
    assert (mitigation["mitigation_type"], mitigation["project_type"]) == ("Removal - nature", "Reforestation")
    (place,) = project["location_details"]["project"]["location"]
    assert (place["country_code"], place["country_name"]) == ("USA", "United States of America (the)")
    (file,) = project["location_details"]["geolocation_file"]["location"]
    assert file["geometry"]["type"] == "MultiPolygon"


CDOP = {
    "project_type": {"Afforestation", "Agriculture", "CO2 usage", "Reforestation", "Any combination of the above"},
    "project_status": {
        "Pre-feasibility", "Feasibility", "Project design drafting", "Project design finalization", "Listed",
        "Validation", "Validated", "Registered", "Approved", "Authorized", "Verified and issuing", "Completed",
        "Withdrawn", "De-registered", "Inactive", "Rejected",
    },
}  # fmt: skip


def test_every_word_of_ours_has_its_place_in_the_open_protocol():
    """Enumerations of CDOP v2.0, Project_Approach_Details."""
    rows = table("cdop")
    said = {name: {row["ours"]: row["theirs"] for row in rows if row["picklist"] == name} for name in CDOP}
    assert set(said["project_type"]) == set(CLASS_CODES)
    assert set(said["project_status"]) == set(MOVES)
    assert all(set(said[name].values()) <= CDOP[name] for name in CDOP)


def test_country_codes_are_iso_3166():
    rows = table("countries")
    assert len({row["code"] for row in rows}) == len({row["code3"] for row in rows}) == len(rows)
    assert all(len(row["code"]) == 2 and len(row["code3"]) == 3 for row in rows)
    assert {"US", "CA", "CN", "FI"} <= {row["code"] for row in rows}

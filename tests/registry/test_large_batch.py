"""The largest issuance known goes its whole way as one batch: issued, sold, used, told, proved."""

from __future__ import annotations

from datetime import date

import pytest
from tests.registry.world import World

from carbonpolis.registry import SerialRange
from carbonpolis.report.documents.certificate import write_certificate
from carbonpolis.report.exports import cadt, cadt_rules, cdop

LARGEST_T = 14_861_093  # CAFR5360-A of California's Air Resources Board
BATCH = "CP-US-MSP-000001-FOR-2015"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("large") / "data") as made:
        made.propose()
        made.register()
        made.issue("wood", 2015, float(LARGEST_T))
        made.give("forester", "mill", 11_000_000_000)
        made.p.projects.retire(
            "R-1", holder="mill", tonnes="10999999.5", beneficiary="Riverside school", purpose="camp", period="2016",
            at=date(2016, 6, 1), key="r1",
        )  # fmt: skip
        yield made


def test_it_is_one_batch_with_all_its_serials(world):
    (batch,) = world.p.projects.batches()
    assert (batch.id, batch.issued_kg) == (BATCH, LARGEST_T * 1000)
    assert batch.serials.bare == f"{BATCH}-000000001-{LARGEST_T * 1000}"
    assert world.p.audit.verify().holds


def test_what_was_used_of_it_is_certified_with_serials_of_any_width(world, tmp_path):
    made = world.p.projects.units.certificate("R-1")
    ranges = [SerialRange.parse(each) for each in made.parts[0].serials]
    assert sum(each.count for each in ranges) == 10_999_999_500
    assert ranges[-1].end > 999_999_999
    write_certificate(made, tmp_path / "certificate.pdf")
    assert (tmp_path / "certificate.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("unit", ["000000042", "999999999", "1000000000", "10999999500", str(LARGEST_T * 1000)])
def test_the_way_of_any_one_unit_is_told(world, unit):
    told = world.p.projects.trace(f"{BATCH}-{unit}")
    assert (told.serials.count, told.serials.start) == (1, int(unit))
    assert len(told.segments) == 1


@pytest.mark.parametrize("unit", [f"0{LARGEST_T * 1000}", "42", str(LARGEST_T * 1000 + 1)])
def test_a_unit_has_one_spelling_and_is_one_of_the_batch(world, unit):
    with pytest.raises(ValueError, match=r"is no range of serials|has units 1 to 14,861,093,000"):
        world.p.projects.trace(f"{BATCH}-{unit}")


def test_the_global_indexes_take_its_blocks(world):
    facts = world.p.projects.disclosure(registry="Minneapolis", address="https://registry.example")
    tables = cadt.tables(facts)
    assert sum(int(row["unitCount"]) for row in tables["unit"]) == LARGEST_T
    assert all("body" in sentence.lower() for sentence in cadt_rules.refusals(tables))
    (project,) = cdop.document(facts)["projects"]
    assert sum(each["unit"]["credit_block"][0]["quantity"] for each in project["unit_descriptions"]) == LARGEST_T


def test_a_range_beyond_nine_digits_is_proved(world):
    (serials,) = world.p.projects.units.certificate("R-1").parts[0].serials
    assert world.p.audit.prove(serials)["about"]["serials"] == serials

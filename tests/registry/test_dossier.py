"""What a registrar has on the desk, gathered once: the way of an issuance ruled from one value."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from carbonpolis.errors import Refused
from carbonpolis.ledger import post
from carbonpolis.registry import Batch, HarvestPlan, LossEvent, Pool, PoolPosition, RuleBook, SinkProject
from carbonpolis.registry.dossier import Dossier, approved, certified, issued, settled
from carbonpolis.registry.issuance import Issuance

DAY = date(2021, 3, 1)


@pytest.fixture
def on_desk(forest) -> Dossier:
    report, opinion, project = forest.verified(removal_t=1000.0, sd_t=0.0)
    book = RuleBook.load()
    return Dossier(
        project=project,
        report=report,
        opinion=opinion,
        rules=book,
        own=book,
        computed=None,
        assessment=None,
        harvest=None,
        pool=Pool({}, project, frozenset(), PoolPosition(0, 0, 0, 0, 0, 0), 0),
        held_late_kg=0,
        planned=(),
        losses=(),
        number=123,
        batches=frozenset(),
        issued_kg=0,
        owner_city="CA-EDM",
    )


def test_two_persons_settle_a_verified_year_whole(on_desk: Dossier, forest):
    decision, made = settled(on_desk, forest.registrar, forest.second, DAY)
    assert made is not None
    assert made.certified_kg == 1_000_000
    batch = decision.one(Batch)
    assert (batch.id, batch.issued_kg) == ("CP-US-MSP-000123-FOR-2020", 1_000_000)
    assert decision.one(SinkProject).state == "registered"
    owners = {
        account.city for account, kg in post({}, decision.transfers).items() if account.owner == "forester" and kg
    }
    assert owners == {"CA-EDM"}


def test_step_by_step_gives_what_the_whole_gives(on_desk: Dossier, forest):
    computed, made = certified(on_desk, forest.registrar, DAY)
    agreed, ready = approved(on_desk, made, forest.second, DAY)
    by_steps = computed + agreed + issued(on_desk, ready, forest.registrar, DAY)
    assert settled(on_desk, forest.registrar, forest.second, DAY)[0] == by_steps


def test_a_year_without_removal_is_declined_and_gives_no_units(on_desk: Dossier, forest):
    nothing = replace(on_desk, report=replace(on_desk.report, removal_t=0.0))
    decision, made = settled(nothing, forest.registrar, forest.second, DAY)
    assert made is None
    assert decision.of(Issuance) == decision.of(Batch) == ()
    assert decision.one(SinkProject).settled_through == 2020


def test_what_has_reached_its_long_term_average_is_declined(on_desk: Dossier, forest):
    cuts = replace(on_desk, project=replace(on_desk.project, harvest_cycle_years=10))
    with pytest.raises(Refused, match="file its harvest plan first"):
        settled(cuts, forest.registrar, forest.second, DAY)
    plan = HarvestPlan("P-US-MSP-001", "US-MSP", 10, 10, (1.0,), (0.0,), 1_200_000, (), "2021-01-01")
    filed = replace(cuts, harvest=plan)
    assert settled(filed, forest.registrar, forest.second, DAY)[0].one(Batch).issued_kg == 1_000_000
    some = replace(filed, issued_kg=900_000)
    assert settled(some, forest.registrar, forest.second, DAY)[0].one(Batch).issued_kg == 300_000
    _, made = settled(replace(filed, issued_kg=1_200_000), forest.registrar, forest.second, DAY)
    assert made is None


@pytest.mark.parametrize(
    ("otherwise", "why"),
    [
        ({"opinion": None}, "no verifier has judged it yet"),
        ({"rules": RuleBook.load("art-trees")}, "assess its risk first"),
    ],
)
def test_what_is_missing_on_the_desk_is_told(on_desk: Dossier, forest, otherwise: dict[str, object], why: str):
    with pytest.raises(Refused, match=why):
        certified(replace(on_desk, **otherwise), forest.registrar, DAY)


def test_what_was_approved_is_not_computed_again(on_desk: Dossier, forest):
    _, made = certified(on_desk, forest.registrar, DAY)
    certified(replace(on_desk, computed=made), forest.registrar, DAY)
    _, ready = approved(on_desk, made, forest.second, DAY)
    with pytest.raises(Refused, match="is approved already"):
        certified(replace(on_desk, computed=ready), forest.registrar, DAY)
    with pytest.raises(Refused, match="no issuance was computed"):
        assert on_desk.waiting


def test_nothing_is_issued_while_its_owner_owes_for_a_loss(on_desk: Dossier, forest):
    _, made = certified(on_desk, forest.registrar, DAY)
    _, ready = approved(on_desk, made, forest.second, DAY)
    case = LossEvent(
        "LE-1", "US-MSP", "another wood", "forester", "2020-05-01", "fire", "settled", "2020-06-01", "2022-01-01",
        verified_kg=5_000, finding="avoidable",
    )  # fmt: skip
    with pytest.raises(
        Refused, match=r"nothing is issued: its owner forester owes 5\.000 t for the avoidable loss LE-1"
    ):
        issued(replace(on_desk, losses=(case,)), ready, forest.registrar, DAY)

"""From a verified removal to units."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carbonpolis.errors import IllegalMove, Refused
from carbonpolis.ledger import Account, Purpose, post
from carbonpolis.registry import (
    RuleBook,
    approve,
    compute,
    connect,
    decline,
    holdings,
    issue,
    recall,
    retire,
    trace,
)
from carbonpolis.registry.rulebook import names

DAY = date(2021, 3, 1)
BATCH = "CP-US-MSP-000123-FOR-2020"
SLOW_FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_vcs_methodology_requirements_4_4_printed_example(forest):
    """Section 2.4: 100,000 t with a standard error of 20,000 t: U 32.9 %, discount 8.6 %, credited 91,400 t."""
    _, batch, _ = forest.issued(removal_t=100_000.0, sd_t=20_000.0).events
    assert batch.issued_kg == 91_400_000
    told = "\n".join(batch.arithmetic)
    assert "32.9 %" in told
    assert "8.6 %" in told
    assert "91,400.000 t" in told


def test_what_is_not_certain_is_not_issued_and_a_fifth_is_buffered(forest):
    decision = forest.issued(removal_t=1000.0, sd_t=50.0, leakage_t=10.0)
    _, batch, project = decision.events
    assert (batch.issued_kg, batch.buffer_kg) == (990_000, 198_000)
    issuer = Account("US-MSP", "registry", BATCH, Purpose.ISSUER)
    assert post({}, decision.transfers) == {
        issuer: -990_000,
        Account("US-MSP", "forester", BATCH, Purpose.AVAILABLE): 792_000,
        Account("US-MSP", "buffer-pool", BATCH, Purpose.BUFFER): 198_000,
    }
    assert (batch.id, project.state, project.settled_through) == (BATCH, "registered", 2020)


def test_every_step_is_spelled_with_its_numbers_and_units(forest):
    _, batch, _ = forest.issued(removal_t=1000.0, sd_t=100.0, leakage_t=10.0).events
    first, *_, last = batch.arithmetic
    assert first == "removal 1,000.000 t CO2e in 2020, s.d. 100.000 t (forest_gain_loss)"
    assert last == "to the owner 947.000 t - 189.400 t = 757.600 t"


def test_nothing_is_issued_when_uncertainty_is_above_100_percent(forest):
    report, opinion, project = forest.verified(removal_t=100.0, sd_t=61.0)
    with pytest.raises(Refused, match=r"nothing can be certified.*U is above 100 %"):
        forest.computed(report, opinion, project)
    accepted, project = decline(project, report, opinion, rules=RuleBook.load(), by=forest.registrar, at=DAY).events
    assert (accepted.state, project.state, project.settled_through) == ("accepted", "registered", 2020)


@pytest.mark.parametrize("removal", [0.0, -5.0])
def test_a_loss_is_never_issued(forest, removal):
    with pytest.raises(Refused, match="no net removal"):
        forest.issued(removal_t=removal)


def test_what_can_be_certified_is_not_declined(forest):
    report, opinion, project = forest.verified()
    with pytest.raises(Refused, match="issue them"):
        decline(project, report, opinion, rules=RuleBook.load(), by=forest.registrar, at=DAY)


def test_a_batch_too_large_for_its_serials_is_refused(forest):
    with pytest.raises(Refused, match="split the project"):
        forest.issued(removal_t=2_000_000_000.0)


def test_one_computes_a_second_approves_and_only_then_units_are_issued_once(forest):
    report, opinion, project = forest.verified()
    rules = RuleBook.load()
    for other in (forest.owner, forest.verifier):
        with pytest.raises(Refused):
            compute(project, report, opinion, rules=rules, by=other, at=DAY)
    made = forest.computed(report, opinion, project)
    with pytest.raises(IllegalMove, match="can't 'issue' while computed; from here: approve"):
        issue(project, report, opinion, made, number=1, by=forest.registrar, at=DAY)
    with pytest.raises(Refused, match="a second person approves"):
        approve(made, project, by=forest.registrar, at=DAY)
    (made,) = approve(made, project, by=forest.second, at=DAY).events
    made, batch, after = issue(project, report, opinion, made, number=1, by=forest.registrar, at=DAY).events
    assert [(move.verb, move.by) for move in made.history] == [
        ("compute", "registrar"),
        ("approve", "registrar-2"),
        ("issue", "registrar"),
    ]
    assert (made.state, made.batch) == ("issued", batch.id)
    with pytest.raises(IllegalMove):
        issue(after, report, opinion, made, number=1, by=forest.registrar, at=DAY)


def test_who_is_connected_to_the_first_registrar_is_no_second_person(forest):
    report, opinion, project = forest.verified()
    made = forest.computed(report, opinion, project)
    _, second = connect(forest.registrar, forest.second)
    with pytest.raises(Refused, match="a second person approves"):
        approve(made, project, by=second, at=DAY)


def test_a_recall_marks_the_cause_and_moves_no_unit(forest):
    made, _, project = forest.issued().events
    decision = recall(made, project, "the plots were measured twice", by=forest.registrar, at=DAY)
    assert decision.transfers == ()
    assert (decision.events[0].state, decision.events[0].cause) == ("recalled", "the plots were measured twice")


def test_an_opinion_on_another_report_supports_nothing(forest):
    report, opinion, project = forest.verified()
    _, _, settled = forest.issue(report, opinion, project).events
    newer, _, project = forest.verified(settled, year=2021)
    with pytest.raises(Refused, match="no opinion that supports"):
        forest.computed(newer, opinion, project)


def test_a_serial_number_is_given_once(forest):
    report, opinion, project = forest.verified()
    made = forest.approved(report, opinion, project)
    with pytest.raises(Refused, match="a serial number is given once"):
        issue(project, report, opinion, made, number=123, by=forest.registrar, at=DAY, issued={BATCH})


def test_an_owner_from_elsewhere_holds_its_units_at_home(forest):
    report, opinion, project = forest.verified()
    decision = forest.issue(report, opinion, project, owner_city="CA-EDM")
    assert [transfer.credit.city for transfer in decision.transfers] == ["CA-EDM", "US-MSP"]
    assert {transfer.debit.city for transfer in decision.transfers} == {"US-MSP"}


def test_the_united_nations_mechanism_shares_1000_as_930_20_50(forest):
    """Article 6.4: 2 % cancelled for overall mitigation, 5 % share of proceeds; the UN's system shows 930 / 20 / 50."""
    decision = forest.issued(removal_t=1000.0, sd_t=0.0, book="article-6-4")
    made, batch, _ = decision.events
    assert (made.owner_kg, made.omge_kg, made.proceeds_kg) == (930_000, 20_000, 50_000)
    assert {t.credit.owner: (t.credit.purpose, t.amount) for t in decision.transfers} == {
        "forester": (Purpose.AVAILABLE, 930_000),
        "overall-mitigation": (Purpose.CANCELLED, 20_000),
        "adaptation-fund": (Purpose.AVAILABLE, 50_000),
    }
    assert any("20.000 t" in line for line in batch.arithmetic)


def test_a_baseline_is_taken_off_before_anything_else(forest):
    _, batch, _ = forest.issued(removal_t=1000.0, sd_t=0.0, baseline_t=400.0).events
    assert batch.issued_kg == 600_000
    assert "above the baseline 1,000.000 - 400.000 t = 600.000 t" in batch.arithmetic


def test_under_harvest_never_more_than_the_long_term_average(forest):
    report, opinion, project = forest.verified(removal_t=1000.0, sd_t=0.0)
    made = forest.approved(report, opinion, project, issued_kg=700_000, cap_kg=1_000_000)
    assert made.certified_kg == 300_000
    assert any("long-term average 1,000.000 t - issued so far 700.000 t leaves 300.000 t" in e for e in made.arithmetic)
    with pytest.raises(Refused, match="nothing can be certified"):
        forest.computed(report, opinion, project, issued_kg=1_000_000, cap_kg=1_000_000)


def test_nothing_is_issued_while_something_stands_against_it(forest):
    report, opinion, project = forest.verified()
    with pytest.raises(Refused, match="nothing is issued: its owner owes"):
        forest.computed(report, opinion, project, blocked="its owner owes 5.000 t.")


def test_issued_is_held_plus_buffered_plus_retired_and_every_serial_is_told(forest):
    decision = forest.issued(removal_t=1000.0, sd_t=0.0)
    _, batch, _ = decision.events
    balances = post({}, decision.transfers)
    gone = retire(
        "US-MSP",
        "forester",
        150_000,
        holdings(balances, "US-MSP", "forester"),
        id="R-1",
        beneficiary="The forester",
        purpose="own footprint",
        period="2020",
        at=DAY,
    )
    places = trace(batch, [*decision.transfers, *gone.transfers])
    assert {(account.owner, account.purpose): [each.bare for each in held] for account, held in places.items()} == {
        ("forester", Purpose.RETIRED): [f"{BATCH}-000000001-000150000"],
        ("forester", Purpose.AVAILABLE): [f"{BATCH}-000150001-000800000"],
        ("buffer-pool", Purpose.BUFFER): [f"{BATCH}-000800001-001000000"],
    }


@SLOW_FIXTURE
@given(
    removal=st.floats(0.01, 900_000),
    spread=st.floats(0, 0.6),
    leakage=st.floats(0, 1000),
    book=st.sampled_from(names()),
)
def test_issued_never_exceeds_what_was_removed_and_always_sums(forest, removal, spread, leakage, book):
    rules = RuleBook.load(book)
    if not any(rule.parameter == "buffer_share" and rule.sink_class == "forest" for rule in rules.rules):
        return
    try:
        decision = forest.issued(book=book, removal_t=removal, sd_t=removal * spread, leakage_t=leakage)
    except Refused:
        return
    _, batch, _ = decision.events
    assert 0 < batch.issued_kg <= (removal - leakage) * 1000 + 1e-6
    assert batch.buffer_kg * 10_000 >= batch.issued_kg * rules.buffer_bp("forest")
    assert sum(transfer.amount for transfer in decision.transfers) == batch.issued_kg

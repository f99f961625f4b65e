"""Losses: cases with deadlines, who pays, and that holders keep what they bought."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from carbonpolis.errors import IllegalMove, Refused
from carbonpolis.ledger import Account, Purpose, post
from carbonpolis.registry import (
    LOSS_MOVES,
    LossEvent,
    Party,
    Role,
    RuleBook,
    SinkProject,
    blocked,
    close,
    connect,
    cover,
    estimate_loss,
    holdings,
    make_good,
    pool_position,
    report_loss,
    settle,
    verify_loss,
)
from carbonpolis.registry.buffer import BUFFER_POOL, Pool
from carbonpolis.registry.units import Batch

VCS, CAR = RuleBook.load("vcs"), RuleBook.load("car")
FIRE, TOLD = date(2021, 6, 1), date(2021, 6, 20)
OWN, OTHER = "CP-US-MSP-000001-FOR-2019", "CP-US-MSP-000002-FOR-2018"


class Case:
    """A loss walked through its states, with the ledger posted behind it."""

    def __init__(self, forest, project: SinkProject, own: int = 100, other: int = 1000, mine: int = 400) -> None:
        self.forest, self.project, self.rules = forest, project, VCS
        self.balances = {
            Account("US-MSP", BUFFER_POOL, OWN, Purpose.BUFFER): own,
            Account("US-MSP", BUFFER_POOL, OTHER, Purpose.BUFFER): other,
            Account("US-MSP", "forester", OWN, Purpose.AVAILABLE): mine,
            Account("US-MSP", "mill", OWN, Purpose.RETIRED): 300,
        }
        self.batches = [Batch(OWN, "US-MSP", project.id, "forester", "forest", 2019, 800, own, ())]
        self.entries: list = []
        self.event: LossEvent | None = None

    @property
    def pool(self) -> Pool:
        now = pool_position(self.project.id, self.batches, self.entries)
        return Pool(self.balances, self.project, frozenset({OWN}), now, len(self.entries))

    def take(self, decision):
        after = post(self.balances, decision.transfers)
        assert isinstance(after, dict), after
        self.balances |= after
        for event in decision.events:
            if isinstance(event, LossEvent):
                self.event = event
            else:
                self.entries.append(event)
        return self

    def report(self, kg: int = 150, at: date = TOLD, before: int = 1000):
        return self.take(
            report_loss(
                self.project,
                by=self.forest.owner,
                happened=FIRE,
                cause="fire",
                loss_kg=kg,
                verified_before_kg=before,
                number=1,
                rules=self.rules,
                at=at,
            )
        )

    def verified(self, kg: int = 150):
        self.report(kg)
        self.take(estimate_loss(self.event, self.pool, kg, by=self.forest.owner, at=TOLD))
        return self.take(verify_loss(self.event, self.project, kg, by=self.forest.verifier, at=date(2021, 9, 1)))

    def settled(self, finding: str, kg: int = 150):
        self.verified(kg)
        return self.take(
            settle(
                self.event,
                self.project,
                self.pool,
                finding,
                rules=self.rules,
                by=self.forest.registrar,
                at=date(2021, 10, 1),
            )
        )

    def sum(self, purpose: Purpose) -> int:
        return sum(kg for account, kg in self.balances.items() if account.purpose is purpose)


@pytest.fixture
def case(forest):
    return lambda **more: Case(forest, forest.registered(), **more)


def test_deadlines_are_the_rule_books(case):
    """VCS Registration and Issuance Process 5.3.1: told in 30 days, reported in 2 years. CAR 5.1: 6 months, 2 years."""
    event = case().report().event
    assert (event.tell_by, event.verify_by, event.told_late) == ("2021-07-01", "2023-06-01", False)
    assert case().report(at=date(2021, 7, 2)).event.told_late
    c = case()
    c.rules = CAR
    assert (c.report().event.tell_by, c.event.verify_by) == ("2021-12-01", "2023-06-01")


def test_a_small_loss_is_no_loss_event(case):
    """VCS Standard v4.7, definitions: more than 5 % of what was verified before."""
    with pytest.raises(Refused, match=r"not more than 5 %.*next monitoring report"):
        case().report(kg=50)
    assert case().report(kg=51).event.state == "reported"


def test_an_estimate_holds_as_much_of_the_buffer_and_follows_a_better_one(case, forest):
    c = case().report()
    c.take(estimate_loss(c.event, c.pool, 150, by=forest.owner, at=TOLD))
    assert (c.event.held_kg, c.sum(Purpose.BUFFER_HELD)) == (150, 150)
    c.take(estimate_loss(c.event, c.pool, 120, by=forest.owner, at=TOLD))
    assert (c.event.held_kg, c.sum(Purpose.BUFFER_HELD)) == (120, 120)
    c.take(estimate_loss(c.event, c.pool, 200, by=forest.owner, at=TOLD))
    assert (c.event.held_kg, c.sum(Purpose.BUFFER_HELD)) == (200, 200)


def test_an_unavoidable_loss_is_paid_by_the_pool_and_holders_keep_theirs(case):
    """VCS R&I 5.3.5, printed: contributed 100, cancelled 150, so 50 are to be replenished."""
    c = case().settled("unavoidable")
    assert (c.event.cancelled_kg, c.event.uncovered_kg, c.event.owed_kg) == (150, 0, 0)
    assert (c.sum(Purpose.CANCELLED), c.sum(Purpose.BUFFER_HELD), c.pool.standing.owed) == (150, 0, 50)
    assert c.balances[Account("US-MSP", "mill", OWN, Purpose.RETIRED)] == 300
    assert c.balances[Account("US-MSP", "forester", OWN, Purpose.AVAILABLE)] == 400
    assert any("next issuances first deposit 0.050 t" in line for line in c.event.lines)


def test_when_nothing_was_lost_the_hold_ends(case, forest):
    c = case().settled("no_reversal")
    assert (c.sum(Purpose.BUFFER_HELD), c.sum(Purpose.BUFFER), c.event.held_kg) == (0, 1100, 0)
    c.take(close(c.event, c.project, by=forest.registrar, at=date(2021, 11, 1)))
    assert c.event.state == "closed"


def test_an_avoidable_loss_is_the_owners_to_the_last_kilogram(case, forest):
    """VCS R&I 5.3.5: the whole reversal is deposited, and no project of the proponent gets units meanwhile."""
    c = case().settled("avoidable")
    assert (c.sum(Purpose.CANCELLED), c.event.owed_kg, c.event.owner_pays) == (150, 150, "deposit")
    elsewhere = replace(c.project, id="P-ELSEWHERE")
    for project in (c.project, elsewhere):
        assert "owes 0.150 t for the avoidable loss" in blocked(project, [c.event], TOLD)
    with pytest.raises(Refused, match=r"the owner owes 0.150 t"):
        close(c.event, c.project, by=forest.registrar, at=date(2021, 11, 1))
    held = holdings(c.balances, "US-MSP", "forester")
    with pytest.raises(Refused, match=r"0.150 t are owed; 0.151 t were offered"):
        make_good(c.event, 151, held, c.pool, owner=forest.owner, at=date(2021, 11, 1))
    c.take(make_good(c.event, 150, held, c.pool, owner=forest.owner, at=date(2021, 11, 1)))
    assert (c.event.owed_kg, c.pool.standing.owed) == (0, 0)
    assert c.sum(Purpose.BUFFER) == 1100
    assert blocked(c.project, [c.event], TOLD) == ""
    c.take(close(c.event, c.project, by=forest.registrar, at=date(2021, 12, 1)))


def test_under_car_the_owner_surrenders_within_four_months_and_the_pool_is_untouched(case, forest):
    """CAR Forest Project Protocol v5.1."""
    c = case()
    c.rules = CAR
    c.settled("avoidable")
    assert (c.event.owner_pays, c.event.surrender_by, c.sum(Purpose.CANCELLED)) == ("surrender", "2022-02-01", 0)
    assert (c.sum(Purpose.BUFFER), c.event.uncovered_kg) == (1100, 150)
    held = holdings(c.balances, "US-MSP", "forester")
    c.take(make_good(c.event, 150, held, c.pool, owner=forest.owner, at=date(2021, 11, 1)))
    assert (c.sum(Purpose.CANCELLED), c.event.uncovered_kg, c.event.owed_kg) == (150, 0, 0)


def test_a_pool_too_small_pays_what_it_has_and_the_case_stays_open(case, forest):
    c = case(own=100, other=20).settled("unavoidable")
    assert (c.event.cancelled_kg, c.event.uncovered_kg) == (120, 30)
    with pytest.raises(Refused, match=r"0.030 t are uncovered"):
        close(c.event, c.project, by=forest.registrar, at=date(2021, 11, 1))
    c.balances[Account("US-MSP", BUFFER_POOL, OTHER, Purpose.BUFFER)] += 500
    c.take(cover(c.event, c.project, c.pool, by=forest.registrar, at=date(2022, 1, 1)))
    assert (c.event.uncovered_kg, c.sum(Purpose.CANCELLED)) == (0, 150)
    c.take(close(c.event, c.project, by=forest.registrar, at=date(2022, 2, 1)))


def test_a_loss_that_is_not_verified_in_time_stops_issuance(case):
    c = case().report()
    assert blocked(c.project, [c.event], date(2023, 6, 1)) == ""
    assert "was to be verified by 2023-06-01" in blocked(c.project, [c.event], date(2023, 6, 2))
    assert blocked(replace(c.project, id="P-ELSEWHERE"), [c.event], date(2023, 6, 2)) == ""


def test_who_may_say_what(case, forest):
    c = case().report()
    stranger = Party("stranger", "US-MSP", "Stranger", Role.SINK_PRODUCER, "", "", "test", True)
    with pytest.raises(Refused, match="forester estimates it, not stranger"):
        estimate_loss(c.event, c.pool, 1, by=stranger, at=TOLD)
    c.take(estimate_loss(c.event, c.pool, 150, by=forest.owner, at=TOLD))
    _, friend = connect(forest.owner, forest.verifier)
    with pytest.raises(Refused, match="connected to its owner"):
        verify_loss(c.event, c.project, 150, by=friend, at=TOLD)
    with pytest.raises(Refused, match="owns it"):
        verify_loss(c.event, c.project, 150, by=forest.owner, at=TOLD)
    c.take(verify_loss(c.event, c.project, 150, by=forest.verifier, at=TOLD))
    with pytest.raises(Refused, match="only a registrar"):
        settle(c.event, c.project, c.pool, "avoidable", rules=VCS, by=forest.verifier, at=TOLD)
    with pytest.raises(ValueError, match="choose from no_reversal, unavoidable, avoidable"):
        settle(c.event, c.project, c.pool, "bad luck", rules=VCS, by=forest.registrar, at=TOLD)


@pytest.mark.parametrize("state", sorted(LOSS_MOVES))
def test_only_the_moves_of_the_table_can_be_made(case, forest, state):
    c = case().report()
    event = replace(c.event, state=state)
    tries = {
        "estimate": lambda: estimate_loss(event, c.pool, 10, by=forest.owner, at=TOLD),
        "verify": lambda: verify_loss(event, c.project, 10, by=forest.verifier, at=TOLD),
        "close": lambda: close(event, c.project, by=forest.registrar, at=TOLD),
    }
    for verb, act in tries.items():
        if verb in LOSS_MOVES[state]:
            assert act().events
        else:
            with pytest.raises(IllegalMove):
                act()


def test_the_table_is_whole():
    reached = {to for verbs in LOSS_MOVES.values() for to, _ in verbs.values()}
    assert reached | {"reported"} == set(LOSS_MOVES)

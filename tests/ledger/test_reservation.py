"""Two-phase transfers and corrections: what was set aside arrives or returns, whole, and errors are mirrored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from carbonpolis.errors import Refused
from carbonpolis.ledger import (
    Account,
    Balances,
    Decision,
    Purpose,
    Reservation,
    Transfer,
    Why,
    expire,
    post,
    post_reserved,
    release,
    reserve,
    reverse,
)
from carbonpolis.ledger.journal import GENESIS, Draft, seal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
UNITS = "CP-US-MSP-000001-FOR-2020"
MILL = Account("US-MSP", "mill", UNITS, Purpose.AVAILABLE)
ASIDE = MILL.of(Purpose.RESERVED)
BAKERY = Account("US-MSP", "bakery", UNITS, Purpose.AVAILABLE)


def after(held: Balances, *decisions: Decision) -> Balances:
    for decision in decisions:
        outcome = post(held, decision.transfers)
        assert isinstance(outcome, dict), outcome
        held = held | outcome
    return {account: kg for account, kg in held.items() if kg}


def reserved(kg: int = 30, *, expires_at: datetime | None = None) -> tuple[Decision, Reservation]:
    decision = reserve("R-1", MILL, BAKERY, kg, why=Why.DELIVER, at=NOON, expires_at=expires_at)
    (record,) = decision.events
    assert isinstance(record, Reservation)
    return decision, record


def test_what_is_reserved_can_not_be_spent_twice_and_then_arrives():
    first, record = reserved()
    assert after({MILL: 100}, first) == {MILL: 70, ASIDE: 30}
    posted = post_reserved(record, at=NOON + HOUR)
    assert after({MILL: 100}, first, posted) == {MILL: 70, BAKERY: 30}
    assert posted.events[0].state == "posted"


def test_a_part_may_be_posted_and_the_rest_goes_back():
    first, record = reserved()
    posted = post_reserved(record, at=NOON, amount=10)
    assert after({MILL: 100}, first, posted) == {MILL: 90, BAKERY: 10}
    assert [transfer.why for transfer in posted.transfers] == [Why.DELIVER, Why.RELEASE]


def test_a_release_gives_everything_back():
    first, record = reserved()
    assert after({MILL: 100}, first, release(record)) == {MILL: 100}


def test_what_expired_can_not_be_posted_and_goes_back_once():
    first, record = reserved(expires_at=NOON + HOUR)
    with pytest.raises(Refused, match="expired"):
        post_reserved(record, at=NOON + HOUR)
    assert expire([record], at=NOON) == Decision()
    over = expire([record], at=NOON + HOUR)
    assert after({MILL: 100}, first, over) == {MILL: 100}
    assert expire(over.events, at=NOON + 2 * HOUR) == Decision()


@pytest.mark.parametrize("close", [lambda r: post_reserved(r, at=NOON), release])
def test_a_closed_reservation_stays_closed(close):
    _, record = reserved()
    (closed,) = release(record).events
    with pytest.raises(Refused, match="released already"):
        close(closed)


def test_a_reservation_that_makes_no_sense_is_refused():
    with pytest.raises(Refused, match="more than 0"):
        reserved(0)
    with pytest.raises(Refused, match="is past"):
        reserved(expires_at=NOON)
    with pytest.raises(Refused, match="can't become"):
        dollars = Account("US-MSP", "bakery", "USD", Purpose.AVAILABLE)
        reserve("R-1", MILL, dollars, 1, why=Why.PAY, at=NOON)
    _, record = reserved()
    with pytest.raises(Refused, match="of 30 reserved"):
        post_reserved(record, at=NOON, amount=31)


def entry(*transfers: Transfer):
    draft = Draft("k", NOON.isoformat(), "deliver", "operator", "{}", transfers, ())
    return seal([draft], {}, after=6, previous=GENESIS).entries[0]


def test_a_wrong_entry_is_mirrored_and_the_mirror_says_what_it_corrects():
    wrong = entry(Transfer(MILL, BAKERY, 30, Why.DELIVER), Transfer(BAKERY, ASIDE, 5, Why.DELIVER))
    mirror = reverse(wrong, reason="the wrong buyer")
    assert after({MILL: 100}, Decision(wrong.draft.transfers), mirror) == {MILL: 100}
    assert {transfer.why for transfer in mirror.transfers} == {Why.CORRECT}
    (record,) = mirror.events
    assert (record.id, record.corrects, record.reason) == ("entry-7", 7, "the wrong buyer")


def test_what_is_final_or_moved_nothing_or_has_no_reason_is_not_mirrored():
    with pytest.raises(Refused, match="final"):
        reverse(entry(Transfer(MILL, MILL.of(Purpose.RETIRED), 1, Why.RETIRE)), reason="regret")
    with pytest.raises(Refused, match="moved nothing"):
        reverse(entry(), reason="nothing")
    with pytest.raises(Refused, match="says why"):
        reverse(entry(Transfer(MILL, BAKERY, 1, Why.DELIVER)), reason=" ")

"""The rules of the venue: hours, holidays, limits, and who may trade what. China's national market is the default."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracles.admissions import verdicts

from carbonpolis.errors import OrderRejected
from carbonpolis.market import Side, default_venue
from carbonpolis.market.marketdata.bars import CLOSE_SECONDS
from carbonpolis.market.matching.types import ABSENT
from carbonpolis.market.venue.admission import (
    Check,
    Intent,
    Intents,
    Trader,
    Verdict,
    admit,
    default_admissions,
    may,
    moved,
    permits,
    room,
    within,
)
from carbonpolis.market.venue.calendar import BLOCK, MIDNIGHT, Calendar, Hours, always_open, default_calendar
from carbonpolis.market.venue.rows import as_rows, differences, venue_from
from carbonpolis.market.venue.settings import Venue, block_band, price_band, protected, rules, venue_of
from carbonpolis.quantity import KG_PER_LOT

VENUE, CALENDAR, ADMISSIONS = default_venue(), default_calendar(), default_admissions()
MONDAY_MORNING = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
MILL = Trader("mill", "emitter", Check.ACTIVE, position=0)


def refusal(intent: Intent, trader: Trader = MILL, *, at: datetime = MONDAY_MORNING) -> str:
    try:
        admit(intent, trader, venue=VENUE, calendar=CALENDAR, admissions=ADMISSIONS, at=at, last_close=2_500)
    except OrderRejected as refused:
        return refused.reason
    return ""


def buy(lots: int = 5, price: int | None = 2_500, kind: str = "listed") -> Intent:
    return Intent("o1", Side.BUY, lots, price, kind)


@pytest.mark.parametrize(
    ("beijing_time", "listed", "block"),
    [
        ("2021-07-16T09:29:59", False, False),  # the first day of the national market, a Friday
        ("2021-07-16T09:30:00", True, False),
        ("2021-07-16T11:30:00", False, False),
        ("2021-07-16T13:00:00", True, True),
        ("2021-07-16T15:00:00", False, False),
        ("2021-07-17T10:00:00", False, False),  # Saturday
        ("2025-10-01T10:00:00", False, False),  # National Day, a Wednesday
        ("2021-09-20T10:00:00", False, False),  # a Monday of the Mid-Autumn holiday, as announced for that year
        ("2022-02-07T14:00:00", True, True),  # the Monday after the Spring Festival
    ],
)
def test_hours_of_the_national_market_seee_2021(beijing_time: str, listed: bool, block: bool):
    at = datetime.fromisoformat(beijing_time + "+08:00")
    assert (CALENDAR.is_open(at), CALENDAR.is_open(at, BLOCK)) == (listed, block)


def test_the_next_opening_skips_nights_weekends_and_holidays():
    friday_evening = datetime.fromisoformat("2021-07-16T16:00:00+08:00")
    assert CALENDAR.next_opening(friday_evening).isoformat() == "2021-07-19T09:30:00+08:00"
    shut = CALENDAR.shut_on([date(2021, 7, 19)])
    assert shut.next_opening(friday_evening, BLOCK).isoformat() == "2021-07-20T13:00:00+08:00"


def test_announced_holidays_lie_between_trading_days():
    """Each one ends before the next begins, and the market opens again within ten days."""
    closed = sorted(CALENDAR.closed)
    assert len(closed) == 31 + 31 + 27 + 30 + 28 + 33  # days of 2021, 2022 ... in the notices
    assert {day.year for day in closed} == set(range(2021, 2027))
    for day in closed:
        evening = datetime.combine(day, time(16), tzinfo=UTC)
        assert not CALENDAR.trading_day(day)
        assert CALENDAR.next_opening(evening) - evening < timedelta(days=10)


def test_a_time_needs_a_zone():
    with pytest.raises(ValueError, match="no time zone"):
        CALENDAR.is_open(datetime(2021, 7, 16, 10))  # noqa: DTZ001


def test_bands_are_whole_ticks_within_the_limit():
    assert price_band(2_500, VENUE) == (2_250, 2_750)
    assert block_band(2_500, VENUE) == (1_750, 3_250)
    assert price_band(33, VENUE) == (30, 36)  # 29.7 and 36.3
    assert price_band(0, VENUE) == (0, 0)


@given(st.integers(0, 10**12))
def test_no_price_in_the_band_is_beyond_the_limit(close: int):
    low, high = price_band(close, VENUE)
    assert low * 10_000 >= close * 9_000
    assert high * 10_000 <= close * 11_000
    assert (low - 1) * 10_000 < close * 9_000
    assert (high + 1) * 10_000 > close * 11_000


def test_a_lot_is_a_tonne_in_the_rules_and_in_the_ledger():
    assert VENUE.lot == KG_PER_LOT
    assert VENUE.close_seconds == CLOSE_SECONDS


def test_a_market_order_is_protected():
    assert protected("buy", None, 2_000, 2_500, VENUE) == 2_200
    assert protected("sell", None, None, 2_500, VENUE) == 2_250
    assert protected("sell", 7, None, 2_500, VENUE) == 7


def test_a_known_emitter_may_buy_in_hours():
    assert refusal(buy()) == ""
    assert refusal(buy(price=None)) == ""


@pytest.mark.parametrize("check", [check for check in Check if check is not Check.ACTIVE])
def test_only_an_active_account_trades(check: Check):
    assert "only an active one" in refusal(buy(), Trader("mill", "emitter", check, 0))


@pytest.mark.parametrize("role", ["verifier", "registrar", "operator", "city", "nobody"])
def test_who_judges_or_runs_the_market_trades_nothing(role: str):
    assert f"{role!r} may not buy" in refusal(buy(), Trader("x", role, Check.ACTIVE, 0))


@pytest.mark.parametrize(
    ("intent", "reason"),
    [
        (buy(0), "expected 1 or more"),
        (buy(100_000), "are a block"),
        (buy(price=-1), "below 0"),
        (buy(999_999_999, kind=BLOCK), "block trading is shut"),
    ],
)
def test_orders_keep_to_size_and_price(intent: Intent, reason: str):
    assert reason in refusal(intent)


def test_blocks_have_hours_size_and_limits_of_their_own():
    afternoon = datetime(2025, 3, 3, 6, 0, tzinfo=UTC)
    assert refusal(buy(100_000, 3_250, BLOCK), at=afternoon) == ""
    assert "limits of a block" in refusal(buy(100_000, 3_251, BLOCK), at=afternoon)
    assert "are no block" in refusal(buy(99_999, 2_500, BLOCK), at=afternoon)
    assert "needs a price" in refusal(buy(100_000, None, BLOCK), at=afternoon)


def test_positions_and_residents_have_limits():
    assert "more than its limit of 1,000,000" in refusal(buy(2), Trader("mill", "emitter", Check.ACTIVE, 999_999))
    assert "of one order" in refusal(buy(101), Trader("ann", "resident", Check.ACTIVE, 0))


def test_an_account_is_checked_before_it_is_active():
    assert moved(moved(Check.APPLIED, "check"), "activate") is Check.ACTIVE
    with pytest.raises(OrderRejected, match="from here: check, close"):
        moved(Check.APPLIED, "activate")
    with pytest.raises(OrderRejected, match="nothing more"):
        moved(Check.CLOSED, "activate")


def batch(*rows: tuple[int, str, int, int | None]) -> Intents:
    """Orders (owner, side, lots, price) in columns."""
    owner, side, lots, price = zip(*rows, strict=True)
    return Intents(
        np.array(owner, dtype=np.intp),
        np.array([each == "sell" for each in side]),
        np.array(lots, dtype=np.int64),
        np.array([ABSENT if each is None else each for each in price], dtype=np.int64),
    )


ACCOUNTS = (("resident", Check.ACTIVE), ("emitter", Check.SUSPENDED), ("verifier", Check.ACTIVE))


def test_a_batch_is_answered_in_columns_and_counts_its_own_bids():
    held = np.array([930, 0, 0])
    orders = batch(
        (0, "buy", 50, 2_500),
        (0, "buy", 50, 2_500),  # 1,030 with the one before, and a resident holds 1,000 at most
        (0, "sell", 50, 2_500),
        (0, "buy", 20, None),
        (0, "buy", 101, 2_500),
        (1, "sell", 1, 2_500),
        (2, "buy", 1, 2_500),
    )
    found = may(orders, permits(ACCOUNTS, ADMISSIONS), held, venue=VENUE, calendar=CALENDAR, at=MONDAY_MORNING)
    assert [Verdict(each).name for each in found] == [
        "ADMITTED",
        "POSITION",
        "ADMITTED",
        "ADMITTED",
        "TOO_LARGE",
        "ACCOUNT",
        "ROLE",
    ]
    assert room(permits(ACCOUNTS, ADMISSIONS), held).tolist() == [70, 1_000_000, 2**63 - 1]
    assert within(np.array([2_249, 2_250, 2_750, 2_751]), price_band(2_500, VENUE)).tolist() == [
        False,
        True,
        True,
        False,
    ]


def test_of_no_orders_none_is_refused():
    none = Intents(np.empty(0, np.intp), np.empty(0, bool), np.empty(0, np.int64), np.empty(0, np.int64))
    found = may(none, permits([], ADMISSIONS), np.empty(0, np.int64), venue=VENUE, calendar=CALENDAR, at=MONDAY_MORNING)
    assert len(found) == 0


ROWS = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["buy", "sell"]),
    st.sampled_from([0, 1, 60, 100, 101, 500, 99_999, 100_000, 600_000, -5]),
    st.sampled_from([None, 0, 2_500, 2_501, -2, 3_250, 3_252]),
)
TRADERS = st.tuples(
    st.sampled_from(["emitter", "sink_producer", "resident", "verifier"]),
    st.sampled_from([Check.ACTIVE, Check.ACTIVE, Check.SUSPENDED]),
    st.sampled_from([0, 900, 999_900, 1_000_000, 2_000_000]),
)


@given(
    st.lists(ROWS, min_size=1, max_size=20),
    st.lists(TRADERS, min_size=4, max_size=4),
    st.sampled_from(["listed", "block"]),
    st.sampled_from([2, 6, 9]),  # hours UTC: morning, afternoon and evening in Shanghai
)
def test_columns_say_what_the_rules_say_order_by_order(rows: list, accounts: list, kind: str, hour: int):
    at, venue = datetime(2025, 3, 3, hour, 0, tzinfo=UTC), replace(VENUE, tick=2)
    traders = [Trader(f"T{i}", role, check, held) for i, (role, check, held) in enumerate(accounts)]
    rules = {"venue": venue, "calendar": CALENDAR, "at": at, "last_close": 2_500}
    intents = [(owner, Intent("o", Side(side), lots, price, kind)) for owner, side, lots, price in rows]
    allowed = permits([(each.role, each.check) for each in traders], ADMISSIONS)
    found = may(batch(*rows), allowed, np.array([each.position for each in traders]), kind=kind, **rules)
    assert found.tolist() == verdicts(intents, traders, admissions=ADMISSIONS, **rules)


@st.composite
def venues(draw: st.DrawFn):
    """Any venue whose rules each are in their bounds."""
    numbers = {rule.rule: draw(st.integers(rule.least, rule.most)) for rule in rules() if rule.least is not None}
    numbers |= {"tick": 1, "credit_collateral": max(numbers["credit_call"], numbers["credit_collateral"])}
    clock = st.times().filter(lambda at: at != MIDNIGHT)
    spans = [tuple(sorted(draw(st.tuples(clock, clock).filter(lambda two: two[0] != two[1])))) for _ in range(2)]
    days = [draw(st.frozensets(st.integers(1, 7), min_size=1)) for _ in range(2)]
    calendar = Calendar(
        draw(st.sampled_from(["Europe/Berlin", "UTC", "America/Sao_Paulo"])),
        (Hours("listed", days[0], *spans[0]), Hours("block", days[1], *spans[1])),
        draw(st.frozensets(st.dates().map(lambda day: (day.month, day.day)))),
        draw(st.frozensets(st.dates())),
    )
    return venue_of({**numbers, "currency": "EUR", "operator": draw(st.sampled_from(["operator", "bank 1"]))}, calendar)


@given(venues())
def test_a_venue_comes_back_from_its_rows(venue: Venue):
    assert venue_from(as_rows(venue)) == venue
    assert differences(venue, venue_from(as_rows(venue))) == []


def test_what_rows_leave_out_stays_as_it_is():
    ours = venue_from({"tax": "0", "zone": "Europe/Berlin", "hours_listed": "6 10:00-12:00"})
    assert (ours.tax, ours.fee, ours.calendar.zone) == (0, VENUE.fee, "Europe/Berlin")
    assert venue_from({"fee": "0"}, ours) == replace(ours, fee=0)
    assert ours.calendar.closed == ours.calendar.yearly == frozenset()
    assert ours.calendar.trading_day(date(2025, 3, 8), BLOCK)
    with pytest.raises(ValueError, match="tax is 'much'; expected a whole number"):
        venue_from({"tax": "much"})


def test_a_market_that_never_shuts_is_open_to_the_last_moment_of_a_day():
    market = always_open("Asia/Tokyo")
    last = datetime(2025, 3, 3, 14, 59, 59, 999_999, tzinfo=UTC)
    assert market.is_open(last)
    assert market.is_open(last + timedelta(microseconds=1))
    assert not venue_from({"zone": "UTC", "hours_listed": "never"}).calendar.is_open(last)

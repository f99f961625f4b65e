"""Statements of accounts: every movement is there, and opening plus lines is closing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.platform.test_trading_desk import place, prepare

from carbonpolis import Platform
from carbonpolis.errors import Unknown
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.ledger.statement import Move, statement

UNITS = "CP-NL-ALD-000001-FOR-2023"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    moments = iter(datetime(2024, 7, 1, tzinfo=UTC) + timedelta(hours=step) for step in range(10_000))
    with Platform.open(tmp_path / "data", clock=lambda: next(moments)) as opened:
        prepare(opened)
        place(opened, "a", "wood-ALD", 5, 2_000)
        place(opened, "b", "mill-ALD", 3, 2_000)
        yield opened


def test_a_statement_tells_every_movement_and_who_was_on_the_other_side(platform: Platform):
    told = platform.ledger.statement("mill-ALD")
    lines = [(line.why, line.asset, line.purpose, line.amount, line.other, line.balance) for line in told.lines]
    assert lines[:3] == [
        ("deposit", "USD", "available", 100_000_000, "bank", 100_000_000),
        ("reserve", "USD", "available", -6_072, "", 99_993_928),
        ("reserve", "USD", "reserved", 6_072, "", 6_072),
    ]
    assert ("deliver", UNITS, "available", 3_000, "wood-ALD", 3_000) in lines
    assert ("tax", "USD", "reserved", -60, "city", 0) in lines
    assert {(account.asset, account.purpose): amount for account, amount in told.closing} == {
        ("USD", Purpose.AVAILABLE): 100_000_000 - 6_072,
        (UNITS, Purpose.AVAILABLE): 3_000,
    }


def test_of_a_later_time_the_opening_is_what_came_before(platform: Platform):
    trade = platform.ledger.statement("mill-ALD").lines[-1].at
    told = platform.ledger.statement("mill-ALD", since=trade)
    assert [(account.asset, amount) for account, amount in told.opening] == [("USD", 100_000_000)]
    assert {line.at for line in told.lines} == {trade}
    nothing_yet = platform.ledger.statement("mill-ALD", until="2024-06-30")
    assert (nothing_yet.lines, nothing_yet.closing) == ((), ())
    later = platform.ledger.statement("mill-ALD", since=str(date(2030, 1, 1)))
    assert later.opening == later.closing == platform.ledger.statement("mill-ALD").closing


def test_who_has_no_account_is_told(platform: Platform):
    with pytest.raises(Unknown, match="nobody"):
        platform.ledger.statement("nobody")
    with pytest.raises(ValueError, match="yesterday"):
        platform.ledger.statement("mill-ALD", since="yesterday")


ACCOUNTS = [
    Account("NL-ALD", owner, "EUR", purpose)
    for owner in ("a", "b")
    for purpose in (Purpose.AVAILABLE, Purpose.RESERVED)
]
MOVES = st.lists(st.tuples(st.permutations(ACCOUNTS), st.integers(1, 99), st.integers(1, 28)), max_size=30)


@given(MOVES, st.integers(1, 28), st.integers(1, 28))
def test_opening_and_lines_come_to_the_closing(moves: list, since: int, until: int):
    days = sorted(day for _, _, day in moves)
    listed = [
        Move(n, f"2024-07-{day:02d}T10:00:00+00:00", "pay", Transfer(pair[0], pair[1], amount, Why.PAY))
        for n, ((pair, amount, _), day) in enumerate(zip(moves, days, strict=True))
    ]
    told = statement("a", listed, since=f"2024-07-{since:02d}", until=f"2024-07-{until:02d}")
    held = Counter({(account.asset, account.purpose.value): amount for account, amount in told.opening})
    for line in told.lines:
        held[line.asset, line.purpose] += line.amount
        assert since <= int(line.at[8:10]) <= until
        assert line.balance == held[line.asset, line.purpose]
    closing = {(account.asset, account.purpose.value): amount for account, amount in told.closing}
    if since <= until:
        assert {name: amount for name, amount in held.items() if amount} == closing

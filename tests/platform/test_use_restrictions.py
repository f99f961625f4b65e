"""A promise is not sold and used up at once: asked by the audit of every transfer, and at the bookkeeper's desk."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis import Platform
from carbonpolis.errors import BadInput, Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.market.credit.use_restrictions import UseAudit, breach

HOME, AWAY = "NL-ALD", "NL-BRK"
MILL, OTHER = (Account(city, owner, "advance", Purpose.AVAILABLE) for city, owner in ((HOME, "mill"), (AWAY, "oil")))
CITY = Account(HOME, "city", "advance", Purpose.ISSUER)
AHEAD = Account(HOME, "mill", "ex-ante/P-1/2030", Purpose.AVAILABLE)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "data") as opened:
        yield opened


def post(platform: Platform, *transfers: Transfer, key: str) -> None:
    """As a desk with a fault would commit it."""
    platform._work.do(key, "draw", "operator", lambda _: Decision(transfers))


def test_advance_units_that_were_traded_are_found_with_their_entry(platform: Platform):
    post(platform, Transfer(CITY, MILL, 5_000, Why.DRAW), key="a")
    assert platform.audit.verify().holds
    post(platform, Transfer(MILL, OTHER, 1_000, Why.DELIVER), key="b")
    post(platform, Transfer(MILL, MILL.of(Purpose.RETIRED), 4_000, Why.RETIRE), key="c")
    fault = platform.audit.verify().fault
    assert fault.startswith("journal entry 2: advance units are used and never traded, but went from")
    assert "mill" in fault and "oil" in fault


def test_ex_ante_units_that_were_used_are_found(platform: Platform):
    issuer = Account(HOME, "P-1", AHEAD.asset, Purpose.ISSUER)
    post(platform, Transfer(issuer, AHEAD, 5_000, Why.DELIVER), key="a")
    post(platform, Transfer(AHEAD, Account(AWAY, "oil", AHEAD.asset, Purpose.AVAILABLE), 1, Why.DELIVER), key="b")
    assert platform.audit.verify().holds
    post(platform, Transfer(AHEAD, AHEAD.of(Purpose.RETIRED), 1_000, Why.RETIRE), key="c")
    assert platform.audit.verify().fault.startswith("journal entry 3: ex-ante units are traded and never used")


def test_the_fault_is_found_in_whatever_block_of_the_journal_it_lies(platform: Platform):
    bank, dice = Account(HOME, "bank", "USD", Purpose.OUTSIDE), random.Random(1)
    for entry in range(30):
        paid = [Account(HOME, f"E-{dice.randrange(50)}", "USD", Purpose.AVAILABLE) for _ in range(40)]
        post(platform, *(Transfer(bank, each, 1, Why.DEPOSIT) for each in paid), key=f"pay{entry}")
    post(platform, Transfer(CITY, MILL, 5_000, Why.DRAW), Transfer(MILL, OTHER, 5, Why.DELIVER), key="sold")
    post(platform, Transfer(bank, Account(HOME, "last", "USD", Purpose.AVAILABLE), 1, Why.DEPOSIT), key="after")
    assert platform.audit.verify().fault.startswith("journal entry 31: advance units")


def test_the_bookkeeper_can_not_bring_it_about(platform: Platform):
    with pytest.raises(BadInput, match=r"transfers row 2.*advance units are used and never traded"):
        platform.ledger.transfer_many(
            ["r1", "r2"], [CITY, MILL], [MILL, OTHER], [10, 10], [Why.DRAW, Why.DELIVER], who="operator"
        )
    post(platform, Transfer(CITY, MILL, 5_000, Why.DRAW), key="a")
    with pytest.raises(Refused, match="advance units are used and never traded"):
        platform.ledger.reserve("R", MILL, OTHER, 5, why=Why.DELIVER, who="operator", key="r")
    with pytest.raises(Refused, match="advance units are used and never traded"):
        platform.ledger.correct(1, reason="wrong", who="operator", key="c")
    with pytest.raises(Refused, match="can't become"):
        platform.ledger.reserve("R", MILL, AHEAD, 5, why=Why.DELIVER, who="operator", key="r2")
    assert platform.audit.verify().holds


ACCOUNTS = [
    Account(HOME, owner, asset, purpose)
    for asset in ("advance", "ex-ante/P-1/2030", "USD", "CP-NL-ALD-000001-FOR-2023")
    for owner in ("mill", "city")
    for purpose in (Purpose.ISSUER, Purpose.AVAILABLE, Purpose.RESERVED, Purpose.RETIRED, Purpose.ESCROW)
]


@given(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=60), st.integers(0, 40))
def test_columns_are_judged_as_transfers_one_by_one(rows: list[tuple[int, int]], known: int):
    rows = [(d, c) for d, c in rows if ACCOUNTS[d].asset == ACCOUNTS[c].asset]
    told = [(row, why) for row, (d, c) in enumerate(rows) if (why := breach(ACCOUNTS[d], ACCOUNTS[c]))]
    uses, columns = UseAudit(), np.array(rows, np.int64).reshape(-1, 2)
    some = columns[(columns < known).all(axis=1)]
    uses.first(ACCOUNTS[:known], some[:, 0], some[:, 1])
    assert uses.first(ACCOUNTS, columns[:, 0], columns[:, 1]) == (told[0] if told else None)


def test_a_year_with_credit_and_forwards_holds(towns_year: Path):
    with Platform.open(towns_year, create=False, writing=False) as platform:
        assert platform.audit.verify().holds
    with closing(sqlite3.connect(f"file:{towns_year / 'journal.sqlite'}?mode=ro", uri=True)) as journal:
        (advances,) = journal.execute("SELECT count(*) FROM accounts WHERE asset = 'advance'").fetchone()
    assert advances, "there is credit in it to be asked about"

"""One venue for every desk, kept in the folder: whose currency, hours and tax a city's market goes by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.platform.test_desks import MILL, TOWN, WOOD

from carbonpolis import Platform
from carbonpolis.errors import OrderRejected, Refused
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.market import default_venue
from carbonpolis.market.venue.calendar import always_open
from carbonpolis.market.venue.rows import venue_from

ALDERBROOK = venue_from(
    {"currency": "EUR", "usd_rate": "9200", "tax": "250", "fee": "0", "zone": "Europe/Amsterdam"}
    | {"hours_listed": "12345 09:00-17:00", "holidays": "12-25"}
)
NOON = datetime(2024, 7, 1, 10, tzinfo=UTC)  # in Alderbrook; in Shanghai the market is shut by then
UNITS = "CP-NL-ALD-000001-FOR-2023"


def opened(folder: Path, **how: object) -> Platform:
    return Platform.open(folder / "data", clock=lambda: NOON, **how)  # type: ignore[arg-type]


def begun(folder: Path) -> Platform:
    """Alderbrook's market with a mill that has 10,000 euros and a wood that has 1,000 t."""
    platform = opened(folder, venue=ALDERBROOK)
    platform.people.register((TOWN, MILL, WOOD), key="people")
    platform.people.deposit({"E-1": 1_000_000}, key="bank")
    issuer = Account("NL-ALD", "registry", UNITS, Purpose.ISSUER)
    issued = Transfer(issuer, Account("NL-ALD", "S-1", UNITS, Purpose.AVAILABLE), 1_000_000, Why.ISSUE)
    platform.ledger.transfer([issued], who="registrar", key="issue")
    return platform


def test_every_desk_goes_by_the_venue_that_the_folder_was_opened_with(tmp_path: Path):
    with opened(tmp_path, venue=ALDERBROOK) as p:
        desks = (p.orders, p.trading, p.obligations, p.credit, p.repayments, p.blocks, p.forwards, p.day)
        assert [desk.venue for desk in desks] == [ALDERBROOK] * 8
        assert p.venues.now() == ALDERBROOK
        assert p.trading.calendar == ALDERBROOK.calendar


def test_money_put_in_at_one_desk_is_found_at_every_other(tmp_path: Path):
    with begun(tmp_path) as p:
        assert p.day.cash("NL-ALD", "E-1") == 1_000_000
        p.orders.place(city="NL-ALD", owner="E-1", side="buy", lots=5, price=2_500, key="o", at=NOON.date())
        p.trading.place(city="NL-ALD", owner="E-1", side="buy", lots=10, price=2_500, key="t", at=NOON)
        p.trading.place(city="NL-ALD", owner="S-1", side="sell", lots=10, price=2_500, key="u", at=NOON)
        deal = {"city": "NL-ALD", "by": "S-1", "buyer": "E-1", "seller": "S-1", "lots": 3, "kind": "gift"}
        block = p.blocks.propose(key="g", **deal)["block"]
        p.blocks.confirm(block, by="E-1", key="c")
        assert {a.asset for a in p.ledger.balances() if a.asset.isupper() and len(a.asset) == 3} == {"EUR"}
        fund = Account("NL-ALD", "city", "EUR", Purpose.FUND)
        assert p.ledger.balance(fund) == 10 * 2_500 * 250 // 10_000
        assert p.audit.verify().holds


def test_the_hours_are_the_venues(tmp_path: Path):
    with begun(tmp_path) as p:
        order = {"city": "NL-ALD", "owner": "E-1", "side": "buy", "lots": 1, "price": 2_500}
        p.trading.place(**order, key="noon")
        evening = datetime(2024, 7, 1, 18, tzinfo=UTC)
        with pytest.raises(OrderRejected, match=r"opens 2024-07-02T09:00:00\+02:00"):
            p.trading.place(**order, key="evening", at=evening)
        p.trading.calendar = always_open("Europe/Amsterdam")
        p.trading.place(**order, key="evening", at=evening)


def test_the_folder_keeps_its_venue(tmp_path: Path):
    begun(tmp_path).close()
    for how in ({}, {"writing": False}, {"venue": ALDERBROOK}, {"venue": ALDERBROOK, "writing": False}):
        with opened(tmp_path, **how) as p:
            assert p.venues.now() == ALDERBROOK
            assert p.venues.kept()
            assert p.audit.verify().holds


def test_a_folder_without_one_goes_by_the_default(tmp_path: Path):
    with opened(tmp_path) as p:
        assert p.trading.venue == p.venues.now() == default_venue()
        assert not p.venues.kept()
    with opened(tmp_path, venue=default_venue(), writing=False) as p:
        assert not p.venues.kept()


def test_another_venue_than_the_folders_is_refused_and_told_apart(tmp_path: Path):
    begun(tmp_path).close()
    with pytest.raises(Refused, match=r"tax: 100 instead of 250.*venues\.change or `carbonpolis venue --set`"):
        opened(tmp_path, venue=replace(ALDERBROOK, tax=100))
    with opened(tmp_path) as p:  # nothing holds the folder's lock
        assert p.venues.now() == ALDERBROOK


def test_a_market_that_began_by_the_default_is_not_turned_into_another_by_opening_it(tmp_path: Path):
    with opened(tmp_path) as p:
        p.people.register((TOWN, MILL), key="people")
        p.people.deposit({"E-1": 1}, key="bank")
    with pytest.raises(Refused, match="currency: EUR instead of USD"):
        opened(tmp_path, venue=ALDERBROOK)


def test_who_only_reads_sets_no_venue(tmp_path: Path):
    opened(tmp_path).close()
    with pytest.raises(Refused, match="open for reading only"):
        opened(tmp_path, venue=ALDERBROOK, writing=False)


def test_rules_change_by_a_recorded_act_once_nothing_open_rests_on_them(tmp_path: Path):
    dearer = replace(ALDERBROOK, tax=300)
    with begun(tmp_path) as p:
        order = p.trading.place(city="NL-ALD", owner="E-1", side="buy", lots=1, price=2_500, key="a")["order"]
        with pytest.raises(Refused, match="1 open orders rest on its rules"):
            p.venues.change(dearer, key="tax")
        p.trading.cancel(order, key="b")
        assert p.day.cash("NL-ALD", "E-1") == 1_000_000
        p.venues.change(dearer, key="tax")
        p.trading.place(city="NL-ALD", owner="E-1", side="buy", lots=1, price=2_500, key="c")
        p.trading.place(city="NL-ALD", owner="S-1", side="sell", lots=1, price=2_500, key="d")
        assert p.ledger.balance(Account("NL-ALD", "city", "EUR", Purpose.FUND)) == 75
    with opened(tmp_path) as p:
        assert p.venues.now() == dearer
        assert p.audit.verify().holds


def test_the_currency_of_money_that_is_there_stays(tmp_path: Path):
    with begun(tmp_path) as p, pytest.raises(Refused, match="hold money and prices in EUR, which can't become CNY"):
        p.venues.change(replace(ALDERBROOK, currency="CNY"), key="yuan")


def test_rules_that_can_not_be_are_refused(tmp_path: Path):
    with pytest.raises(Refused, match=r"lot is '10'.*tax is '-1', expected a whole number from 0 to 10000"):
        opened(tmp_path, venue=replace(default_venue(), tax=-1, lot=10))


def test_what_is_open_elsewhere_rests_on_the_rules_too(tmp_path: Path):
    with begun(tmp_path) as p:
        deal = {"city": "NL-ALD", "by": "S-1", "buyer": "E-1", "seller": "S-1", "lots": 3, "kind": "gift"}
        p.blocks.propose(key="g", **deal)
        p.obligations.stand("E-1", limit=3_000, most_lots=5, key="s")
        with pytest.raises(Refused, match="1 block trades to be confirmed, 1 standing orders rest"):
            p.venues.change(replace(ALDERBROOK, tax=0), key="tax")


def test_surveillance_counts_days_and_minutes_of_the_venue(tmp_path: Path):
    late = replace(ALDERBROOK, calendar=always_open("Pacific/Auckland"))
    with opened(tmp_path, venue=late) as p:
        p.people.register((TOWN, MILL, WOOD), key="people")
        p.people.deposit({"E-1": 1_000_000}, key="bank")
        p.trading.place(city="NL-ALD", owner="E-1", side="buy", lots=1, price=2_500, key="a", at=NOON.replace(hour=13))
        assert [order.at for order in p.orders.open()] == ["2024-07-02"]
        assert p.surveillance.look(since=date(2024, 7, 1), at=date(2024, 7, 2))["cases"] == []


def test_a_database_keeps_its_venue_and_a_refusal_names_no_password(database: str, tmp_path: Path):
    with Platform.open(database, files=tmp_path, venue=ALDERBROOK) as p:
        assert p.venues.kept()
    with Platform.open(database, files=tmp_path) as p:
        assert p.trading.venue == ALDERBROOK
        assert p.audit.verify().holds
    who, where = database.split("://")[1].rsplit("@", 1)
    secret = f"postgresql://{who.split(':')[0]}:open-sesame@{where}"
    with pytest.raises(Refused, match="its venue has other rules") as refused:
        Platform.open(secret, files=tmp_path, venue=replace(ALDERBROOK, tax=1))
    assert "open-sesame" not in str(refused.value)

"""What people do at the desks: each deed once, whole, and refused in words where it can't be done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from carbonpolis import Platform
from carbonpolis.errors import FolderProblem, InsufficientBalance, OrderRejected, OrderUnknown, Refused, Unknown
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.registry.party import City, Party, Role

ZONE = "temperate_oceanic_forest"
TOWN = City("NL-ALD", "Alderbrook", "NL", 52.1, 5.2, 182_000, 2024, 96.0, None, None, ZONE, "test")
MILL = Party("E-1", "NL-ALD", "Mill", Role.EMITTER, "paper", "I.3.1", "test", assumed=False)
WOOD = Party("S-1", "NL-ALD", "Forest trust", Role.SINK_PRODUCER, "", "", "test", assumed=False)
SUMMER = date(2024, 7, 1)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "data", clock=lambda: datetime(2024, 7, 1, tzinfo=UTC)) as opened:
        opened.people.register((TOWN, MILL, WOOD), key="people")
        yield opened


def money(platform: Platform, purpose: Purpose) -> int:
    return platform.ledger.balance(Account("NL-ALD", "E-1", "USD", purpose))


def buy(platform: Platform, key: str, *, lots: int = 5, price: int = 3000) -> dict[str, object]:
    return platform.orders.place(city="NL-ALD", owner="E-1", side="buy", lots=lots, price=price, at=SUMMER, key=key)


def test_an_order_sets_aside_what_it_could_cost_and_gives_it_back_when_cancelled(platform: Platform):
    platform.people.deposit({"E-1": 1_000_000}, key="bank")
    order = str(buy(platform, "a1")["order"])
    aside = money(platform, Purpose.RESERVED)
    assert aside >= 5 * 3000
    assert money(platform, Purpose.AVAILABLE) == 1_000_000 - aside
    assert [o.id for o in platform.orders.open("NL-ALD")] == [order]
    assert platform.orders.cancel(order, key="a2") == {"lots": 5}
    assert (money(platform, Purpose.AVAILABLE), money(platform, Purpose.RESERVED)) == (1_000_000, 0)
    with pytest.raises(OrderUnknown):
        platform.orders.cancel(order, key="a3")


def test_the_same_key_does_it_once_also_after_opening_again(platform: Platform, tmp_path: Path):
    platform.people.deposit({"E-1": 1_000_000}, key="bank")
    platform.people.deposit({"E-1": 1_000_000}, key="bank")
    first = buy(platform, "a1")
    assert buy(platform, "a1") == first
    assert len(platform.orders.open()) == 1
    platform.close()
    with Platform.open(tmp_path / "data") as again:
        assert buy(again, "a1") == first
        assert money(again, Purpose.AVAILABLE) + money(again, Purpose.RESERVED) == 1_000_000
        assert again.audit.verify().holds


def test_who_has_too_little_is_refused_and_nothing_is_changed(platform: Platform):
    platform.people.deposit({"E-1": 100}, key="bank")
    with pytest.raises(OrderRejected):
        buy(platform, "a1")
    with pytest.raises(OrderRejected):
        platform.orders.place(city="NL-ALD", owner="S-1", side="sell", lots=1, price=100, at=SUMMER, key="a2")
    assert money(platform, Purpose.AVAILABLE) == 100
    assert platform.orders.open() == []


def test_who_and_what_is_not_there_is_named_with_what_is(platform: Platform):
    with pytest.raises(Unknown, match="E-1"):
        platform.orders.place(city="NL-ALD", owner="E-9", side="buy", lots=1, price=1, at=SUMMER, key="a1")
    with pytest.raises(Unknown, match="NL-ALD"):
        platform.orders.place(city="NL-XXX", owner="E-1", side="buy", lots=1, price=1, at=SUMMER, key="a2")
    with pytest.raises(ValueError, match="borrow"):
        platform.orders.place(city="NL-ALD", owner="E-1", side="borrow", lots=1, price=1, at=SUMMER, key="a3")


def test_a_group_is_committed_whole_or_not_at_all(platform: Platform):
    with pytest.raises(OrderRejected), platform.together():
        platform.people.deposit({"E-1": 500}, key="bank")
        buy(platform, "too-dear", lots=1000)
    assert money(platform, Purpose.AVAILABLE) == 0
    assert platform.ledger.answer("bank") is None


def test_an_obligation_is_covered_by_what_is_held_and_the_rest_stays_due(platform: Platform):
    platform.obligations.oblige("NL-ALD", "2024-06", {"E-1": 12_345}, key="due")
    balance = platform.obligations.balance("NL-ALD")
    assert (balance.emissions_kg, balance.covered_kg, balance.uncovered_kg) == (12_345, 0, 12_345)
    platform.obligations.cover("NL-ALD", at=SUMMER, key="cover")
    assert platform.obligations.balance("NL-ALD") == balance


def test_a_reader_beside_the_writer_changes_nothing(platform: Platform, tmp_path: Path):
    with (
        Platform.open(tmp_path / "data", create=False, writing=False) as reader,
        pytest.raises(Refused, match="reading only"),
    ):
        reader.people.deposit({"E-1": 1}, key="bank")


def test_a_folder_of_other_files_and_a_file_are_refused(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FolderProblem, match="other files"):
        Platform.open(tmp_path)
    with pytest.raises(FolderProblem, match="is a file"):
        Platform.open(tmp_path / "notes.txt")


def test_what_was_done_is_read_back_at_the_desks(platform: Platform):
    platform.people.deposit({"E-1": 1_000_000}, key="bank")
    unit = "CP-NL-ALD-000001-FOR-2023"
    source, wood = (
        Account("NL-ALD", "registry", unit, Purpose.ISSUER),
        Account("NL-ALD", "S-1", unit, Purpose.AVAILABLE),
    )
    platform.ledger.transfer([Transfer(source, wood, 9_000, Why.ISSUE)], who="registrar", key="issue")
    buy(platform, "a1")
    at = {"city": "NL-ALD", "lots": 2, "price": 2_500, "at": SUMMER}
    platform.trading.place(owner="E-1", side="buy", key="b", **at)
    platform.trading.place(owner="S-1", side="sell", key="s", **at)
    assert [(order.id, order.state) for order in platform.orders.all()] == [
        ("ORD-a1", "open"),
        ("ORD-b", "filled"),
        ("ORD-s", "filled"),
    ]
    assert platform.orders.get("ORD-b").filled == 2
    assert platform.orders.all("US-MSP") == platform.trading.trades("US-MSP") == []
    (trade,) = platform.trading.trades("NL-ALD")
    assert (trade.lots, trade.buyer, trade.seller) == (2, "E-1", "S-1")
    assert platform.ledger.balance(wood) == 7_000
    assert platform.ledger.balance(Account("NL-ALD", "nobody", unit, Purpose.AVAILABLE)) == 0
    assert [moved.amount for moved in platform.ledger.transfers(unit)] == [9_000, 2_000, 2_000]
    assert platform.ledger.answer("a1") == {"order": "ORD-a1"}
    assert platform.ledger.answer("never given") is None
    assert platform.parties is platform.people
    assert platform.parties.get("E-1") == MILL
    assert platform.parties.get("registrar").role is Role.REGISTRAR
    assert platform.parties.all(Role.SINK_PRODUCER) == [WOOD]
    assert platform.parties.all() == [MILL, WOOD]
    with pytest.raises(Unknown):
        platform.orders.get("ORD-none")


def test_transfers_of_the_bookkeeper_are_posted_together_or_not_at_all(platform: Platform):
    bank, mill = (
        Account("NL-ALD", name, "USD", purpose)
        for name, purpose in (("bank", Purpose.OUTSIDE), ("E-1", Purpose.AVAILABLE))
    )
    paid = Transfer(bank, mill, 10, Why.DEPOSIT)
    platform.ledger.transfer([paid, paid], who="operator", key="two")
    with pytest.raises(InsufficientBalance):
        platform.ledger.transfer([paid, Transfer(mill, bank, 31, Why.CORRECT)], who="operator", key="three")
    assert platform.ledger.balance(mill) == 20

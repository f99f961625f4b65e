"""Block trades and gifts: both sides say yes within a day, then units and money change hands as in any trade."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.market import books as ledgers

from carbonpolis.errors import OrderRejected, Refused
from carbonpolis.ledger import Purpose
from carbonpolis.market import BlockTrade, Deal, Means, confirm, default_venue, lapse, propose, turn_down
from carbonpolis.market.marketdata.statistics import block_price, given_away, local_price
from carbonpolis.market.order import Trade

VENUE = replace(default_venue(), block_lots=100)
NOON = datetime(2020, 3, 31, 12, tzinfo=UTC)
HOME, AWAY, WOOD = "US-MSP", "CA-EDM", "CP-US-MSP-000001-FOR-2019"
LOCAL = Deal(HOME, "mill", HOME, "forest", HOME, 100, 2_600)
ABROAD = Deal(HOME, "oil", AWAY, "forest", HOME, 100, 2_600)


@pytest.fixture
def books():
    made = ledgers.Books()
    made.give(HOME, "forest", WOOD, 150_000)
    made.give(HOME, "mill", "USD", 300_000)
    made.give(AWAY, "oil", "USD", 300_000)
    return made


def means(books, party: str) -> Means:
    city = AWAY if party == "oil" else HOME
    return Means(books.holds(city, party), books.has(city, party, "USD"))


def enter(books, deal: Deal, by: str, **other: object) -> BlockTrade:
    facts = {"id": "B1", "at": NOON, "close": 2_500, "surplus_kg": 10**9, "venue": VENUE, **other}
    return books.commit(propose(deal, by, means(books, by), **facts)).events[0]


def agree(books, block: BlockTrade, by: str, **other: object):
    facts = {"at": NOON + timedelta(hours=23), "surplus_kg": 10**9, "venue": VENUE, **other}
    return books.commit(confirm(block, by, means(books, by), **facts)).events


@pytest.mark.parametrize(("first", "second"), [("mill", "forest"), ("forest", "mill")])
def test_either_side_enters_and_the_other_confirms(books, first: str, second: str):
    block = enter(books, LOCAL, first)
    assert block.state == "proposed"
    assert (block.parts != ()) == (first == "forest")
    settled, trade = agree(books, block, second)
    assert (settled.state, trade.kind, trade.lots, trade.price) == ("settled", "block", 100, 2_600)
    assert books.has(HOME, "mill", WOOD) == 100_000
    assert books.has(HOME, "forest", "USD") == 260_000
    assert books.has(HOME, "operator", "USD", Purpose.FEES) == 520
    assert books.has(HOME, "city", "USD", Purpose.FUND) == 2_600
    assert books.has(HOME, "mill", "USD") == 300_000 - 260_000 - 520 - 2_600
    assert not any(kg for account, kg in books.balances.items() if account.purpose is Purpose.RESERVED)


def test_a_block_abroad_pays_the_transfer_fee_and_respects_the_surplus(books):
    with pytest.raises(OrderRejected, match="spare 99"):
        enter(books, ABROAD, "oil", surplus_kg=99_999)
    block = enter(books, ABROAD, "oil", surplus_kg=100_000)
    with pytest.raises(OrderRejected, match="would leave US-MSP"):  # home came to need it meanwhile
        agree(books, block, "forest", surplus_kg=50_000)
    trade = agree(books, block, "forest")[1]
    assert (trade.price, trade.buyer_price, trade.transfer_fee, trade.congestion) == (2_600, 2_650, 5_000, 0)
    assert books.has(AWAY, "oil", WOOD) == 100_000


def test_what_nobody_confirms_goes_back_after_a_day(books):
    block = enter(books, LOCAL, "mill")
    assert lapse(block, at=NOON + timedelta(hours=23), venue=VENUE).events == ()
    with pytest.raises(Refused, match="had to be confirmed"):
        agree(books, block, "forest", at=NOON + timedelta(hours=24))
    over = books.commit(lapse(block, at=NOON + timedelta(hours=24), venue=VENUE)).events[0]
    assert over.state == "lapsed"
    assert books.has(HOME, "mill", "USD") == 300_000


@pytest.mark.parametrize(("by", "state"), [("forest", "withdrawn"), ("mill", "declined")])
def test_either_side_may_still_say_no(books, by: str, state: str):
    block = enter(books, LOCAL, "forest")
    over = books.commit(turn_down(block, by, at=NOON, venue=VENUE)).events[0]
    assert (over.state, books.has(HOME, "forest", WOOD)) == (state, 150_000)
    with pytest.raises(Refused, match=f"it is {state}"):
        agree(books, over, "mill")
    with pytest.raises(Refused, match="neither"):
        turn_down(block, "stranger", at=NOON, venue=VENUE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"price": 3_251}, "17.50 USD to 32.50 USD"),
        ({"price": 1_749}, "too far from the last close"),
        ({"lots": 99}, "no block"),
        ({"lots": 101}, "are available"),  # 101 t at 32.50 cost more than the mill has
        ({"seller": "mill"}, "two parties"),
        ({"kind": "gift"}, "a gift has no price"),
        ({"kind": "group", "price": 0}, "not of one group"),
    ],
)
def test_rules_of_a_block(books, change: dict[str, object], words: str):
    price = {"price": 3_250} if change.get("lots") == 101 else {}
    with pytest.raises(OrderRejected, match=words):
        enter(books, replace(LOCAL, **price, **change), "mill")


def test_only_the_two_sides_may_act(books):
    with pytest.raises(Refused, match="neither"):
        enter(books, LOCAL, "oil")
    block = enter(books, LOCAL, "mill")
    with pytest.raises(Refused, match="waits for its seller"):
        agree(books, block, "mill")


def test_gifts_and_group_transfers_move_units_and_no_price(books):
    gift = replace(LOCAL, buyer="school", kind="gift", price=0, lots=3)
    block = enter(books, gift, "forest")
    given = agree(books, block, "school")[1]
    group = enter(books, replace(ABROAD, kind="group", price=0, lots=2), "forest", id="B2", connected=True)
    moved = agree(books, group, "oil")[1]
    paid = agree(books, enter(books, LOCAL, "mill", id="B3"), "forest")[1]
    assert (given.kind, given.landed, moved.kind, moved.landed) == ("gift", 0, "group", 0)
    tape = [
        given,
        moved,
        paid,
        Trade("T", HOME, "local", "d", "m", "mill", HOME, "forest", HOME, 2_000, 1, (), 0, 0, 2_000),
    ]
    assert local_price(tape, HOME, "USD").value == 20.0  # neither gifts nor blocks
    assert block_price(tape, HOME, "USD").value == 26.0
    assert given_away(tape, HOME) == 5


def test_a_block_survives_the_journal(books):
    block = enter(books, LOCAL, "forest")
    assert msgspec.json.decode(msgspec.json.encode(block), type=BlockTrade) == block

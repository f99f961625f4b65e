"""The three prices of the paper and the rest of what trades say."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from carbonpolis.market.auction.session import CitySession
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.marketdata.statistics import (
    concentration,
    depth,
    export_demand,
    import_price,
    local_demand,
    local_price,
    need,
    sell_price,
    spread,
    turnover,
)
from carbonpolis.market.order import Trade
from carbonpolis.registry.units import Batch

HOME, AWAY = "US-MSP", "CA-EDM"
NEEDS = (("mill", 3_000), ("oil", 5_000), ("oil", 2_000))


def trade(buyer: str, buyer_city: str, lots: int, price: int, buyer_price: int, fee: int = 0, tax: int = 0) -> Trade:
    kind = "local" if buyer_city == HOME else "coupled"
    units = (("CP-US-MSP-000001-FOR-2020", lots * 1_000),)
    return Trade("t", HOME, kind, "2020-01-31", "2020-01", buyer, buyer_city, "forest", HOME, price, lots, units, fee,
                 tax, buyer_price)  # fmt: skip


TAPE = [
    trade("mill", HOME, 10, 2_000, 2_000, fee=40, tax=200),
    trade("mill", HOME, 30, 2_400, 2_400),
    trade("gift", HOME, 500, 0, 0),  # no price, so kept out of the means
    trade("oil", AWAY, 20, 2_500, 2_600, fee=100, tax=500),
]


def closed(city: str, **other: object) -> CitySession:
    plain = {"local_price": 2_000, "local_lots": 0, "coupled_price": None, "quotation": 2_000, "imported_lots": 0,
             "exported_lots": 0, "bid_lots": 0, "ask_lots": 0, "bids": (), "asks": (), "unfilled_bids": (),
             "unfilled_asks": ()}  # fmt: skip
    return CitySession(city=city, **{**plain, **other})


def test_the_three_prices():
    assert local_price(TAPE, HOME, "USD").value == 23.0
    assert sell_price(TAPE, HOME, "USD").value == 25.0  # what the seller got
    landed = import_price(TAPE, AWAY, "USD")
    assert (landed.value, landed.unit, landed.lots) == (26.3, "USD/t", 20)  # what the buyer paid in all
    assert sell_price(TAPE, AWAY, "USD").value is None


def test_the_local_price_is_of_the_last_ninety_days_or_where_few_traded_of_the_last_day():
    prices = [local_price(TAPE, HOME, "USD", until=day).value for day in (date(2020, 12, 31), date(2020, 2, 1))]
    last = max(t.at for t in TAPE if t.city == t.buyer_city == HOME)
    newest = [t for t in TAPE if t.city == t.buyer_city == HOME and t.at == last and t.price]
    expected = sum(t.lots * t.price for t in newest) / sum(t.lots for t in newest) / 100
    assert prices == [None, pytest.approx(expected)]


def test_what_each_emitter_needs_is_never_below_zero():
    owed = [Obligation(f"O-{n}", HOME, who, "2020-01", kg, 0, 0, "due") for n, (who, kg) in enumerate(NEEDS)]
    own = Batch("CP-US-MSP-000001-FOR-2019", HOME, "P-1", "mill", "forest", 2019, 5_000, 1_000, ())
    # The mill owes 3 t and has 4 t of its own: it needs none, and its fourth tonne is nobody else's.
    assert need(owed, [own], HOME).value == 7.0


def test_demand_at_home_and_from_outside():
    months = [
        closed(HOME, ask_lots=30),  # three quarters of what is offered
        closed(AWAY, ask_lots=10, unfilled_bids=((2_050, 4), (2_049, 9))),  # only four would pay the fee of 50
        closed(HOME, unfilled_bids=((1_000, 7),)),
        closed(AWAY, unfilled_bids=((1_900, 99),)),
    ]
    assert local_demand(TAPE, months, HOME).value == 540 + 7
    assert export_demand(TAPE, months, HOME, 50).value == 20 + 0.75 * 4
    assert export_demand([], [], HOME, 50).value == 0


def test_a_book_two_sided_and_deep():
    book = closed(HOME, bids=((2_100, 5), (1_000, 9)), asks=((1_900, 6),), unfilled_bids=((1_900, 1),),
                  unfilled_asks=((2_100, 1),))  # fmt: skip
    assert spread(book) == pytest.approx(0.1)
    assert depth(book) == 11
    assert spread(closed(HOME)) is None


def test_turnover_and_concentration():
    assert turnover(TAPE, HOME, 1_120_000) == 0.5
    assert turnover(TAPE, HOME, 0) is None
    assert concentration(TAPE[:1], HOME) == 1.0
    assert concentration([], HOME) is None


def test_a_session_survives_the_journal():
    book = closed(HOME, bids=((2_100, 5),))
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(book)), CitySession) == book

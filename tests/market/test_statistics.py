"""The three prices of the paper and the rest of what trades say."""

from __future__ import annotations

import msgspec
import pytest

from carbonpolis.market.order import Trade
from carbonpolis.market.session import CitySession
from carbonpolis.market.statistics import (
    concentration,
    depth,
    export_demand,
    import_price,
    local_demand,
    local_price,
    sell_price,
    spread,
    turnover,
)

HOME, AWAY = "US-MSP", "CA-EDM"


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


def test_demand_at_home_and_from_outside():
    months = [
        closed(HOME),
        closed(AWAY, unfilled_bids=((2_050, 4), (2_049, 9))),  # only four would pay the fee of 50
        closed(HOME, unfilled_bids=((1_000, 7),)),
        closed(AWAY, unfilled_bids=((1_900, 99),)),
    ]
    assert local_demand(TAPE, months, HOME).value == 540 + 7
    assert export_demand(TAPE, months, HOME, 50).value == 20 + 4
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

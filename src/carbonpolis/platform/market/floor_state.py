"""What the journal says of the trading floor, gathered from the state. No rule here."""

from __future__ import annotations

from carbonpolis.market.auction.market_year import MonthClose
from carbonpolis.market.floor.rollover import FLOOR
from carbonpolis.market.floor.trading_day import BookState, DayClose, Print, TradingDay
from carbonpolis.market.floor.trading_floor import Standing
from carbonpolis.market.marketdata.closing import traded_price
from carbonpolis.market.marketdata.statistics import OFF_BOOK
from carbonpolis.market.order import Order, Trade
from carbonpolis.market.venue.admission import TraderCheck
from carbonpolis.platform.work import State
from carbonpolis.registry.party import City, Party


def as_recorded(state: State) -> Standing:
    """Everything that a floor is made from."""
    orders = [order for order in state.all(Order) if order.number]
    day = state.find(TradingDay, FLOOR) or TradingDay(FLOOR, "")
    prints: dict[str, list[Print]] = {}
    for trade in state.all(Trade):
        if trade.at == day.day and trade.kind not in OFF_BOOK:
            prints.setdefault(trade.city, []).append(Print(trade.time, trade.price, trade.lots))
    closes = {close.city: close.close for close in state.all(DayClose) if day.closed and close.day == day.day}
    return Standing(
        cities=sorted(city.id for city in state.all(City)),
        orders=[order for order in orders if order.open_lots],
        parties={party.id: party for party in state.all(Party)},
        checks={check.id: check.check for check in state.all(TraderCheck)},
        books=_begun(state) | {book.id: book for book in state.all(BookState)},
        day=day.day,
        closed=day.closed,
        closes=closes,
        prints=prints,
        number=max((order.number for order in orders), default=0),
    )


def _begun(state: State) -> dict[str, BookState]:
    """Books of cities that never traded continuously, around the price of their last session."""
    prices = ((close.city, traded_price(close.session)) for close in state.all(MonthClose))
    return {city: BookState(city, city, price) for city, price in prices if price is not None}

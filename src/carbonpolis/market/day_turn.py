"""How a day of the floor ends, and how the next one begins."""

from __future__ import annotations

from carbonpolis.market.dealing import Dealing
from carbonpolis.market.trading_day import DayClose, TradingDay, day_close

FLOOR = "floor"


def end_day(deal: Dealing) -> list[DayClose]:
    """End the day that the floor is at: calls at their price, day orders out, each city's close recorded."""
    floor = deal.floor
    for place in range(len(floor.cities)):
        if floor.books.in_call(place):
            deal.uncross(place)
    deal.expire_day()
    seconds = floor.venue.close_seconds
    closes = [day_close(city, floor.day, floor.prints.get(city, ()), seconds=seconds) for city in floor.cities]
    traded = [close for close in closes if close is not None]
    deal.keep(*traded, TradingDay(FLOOR, floor.day, closed=True))
    floor.closed = True
    floor.closes = {close.city: close.close for close in traded}
    return traded


def begin_day(deal: Dealing, day: str) -> None:
    """Bring the floor to a later day, ending the one it is at if nobody has; limits lie around the new closes."""
    floor = deal.floor
    if floor.day and not floor.closed:
        end_day(deal)
    floor.day, floor.closed, floor.prints = day, False, {}
    deal.keep(TradingDay(FLOOR, day))
    for place, city in enumerate(floor.cities):
        close = floor.closes.get(city)
        if close is not None:
            deal.open(place, close)
    floor.closes = {}

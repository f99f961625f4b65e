"""How a day of the floor ends, and how the next one begins."""

from __future__ import annotations

from carbonpolis.market.floor.execution import Dealing
from carbonpolis.market.floor.trading_day import DayClose, TradingDay, day_close

FLOOR = "floor"


def end_day(deal: Dealing) -> list[DayClose]:
    """End the day that the floor is at: calls at their price, day orders out, each city's close recorded."""
    for place in sorted(deal.floor.books.calls):
        deal.uncross(place)
    deal.expire_day()
    return _close(deal)


def begin_day(deal: Dealing, day: str) -> None:
    """Bring the floor to a later day, closing the one it is at if nobody has; limits lie around the new closes.

    A call that nobody ended finds its price now: its trades are of the new day, and the limits lie around that price.
    """
    floor = deal.floor
    if floor.day and not floor.closed:
        _close(deal)
    floor.tapes = {day: floor.tape(day)}
    floor.day, floor.closed = day, False
    deal.keep(TradingDay(FLOOR, day))
    found = {place for place in sorted(floor.books.calls) if deal.uncross(place) is not None}
    deal.expire_day()
    for place, city in enumerate(floor.cities):
        close = floor.closes.get(city)
        if close is not None and place not in found:
            deal.open(place, close)
    floor.closes = {}


def _close(deal: Dealing) -> list[DayClose]:
    floor = deal.floor
    tape, seconds = floor.tape(floor.day), floor.venue.close_seconds
    closes = [day_close(city, floor.day, tape.get(city, ()), seconds=seconds) for city in floor.cities]
    traded = [close for close in closes if close is not None]
    deal.keep(*traded, TradingDay(FLOOR, floor.day, closed=True))
    floor.closed = True
    floor.closes = {close.city: close.close for close in traded}
    return traded

"""At what price a city's units last traded: in the month's session, or on a day of continuous trading."""

from __future__ import annotations

from collections.abc import Iterable

from carbonpolis.market.auction.market_year import MonthClose
from carbonpolis.market.auction.session import CitySession
from carbonpolis.market.floor.trading_day import DayClose


def last_price(closes: Iterable[MonthClose], city: str) -> int | None:
    """The newest price at which the city's units traded: local, or else coupled."""
    newest = None
    for close in closes:
        if close.city == city:
            price = traded_price(close.session)
            newest = price if price is not None else newest
    return newest


def newest_close(sessions: Iterable[MonthClose], days: Iterable[DayClose], city: str) -> int | None:
    """The newest price of a city's units: the close of its last trading day, or of a later month's session."""
    own = [day for day in days if day.city == city]
    traded = [close for close in sessions if close.city == city and traded_price(close.session) is not None]
    if own and not (traded and max(close.month for close in traded) > own[-1].day[:7]):
        return own[-1].close
    return last_price(traded, city)


def traded_price(session: CitySession) -> int | None:
    """A session's local price, or the coupled one where nothing traded at home."""
    return session.local_price if session.local_price is not None else session.coupled_price

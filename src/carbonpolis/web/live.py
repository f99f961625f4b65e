"""The book of a city as it is now, and its last trades: drawn anew when the feed has told something."""

from __future__ import annotations

from datetime import datetime
from html import escape

from nicegui import ui

from carbonpolis.market.marketdata.book_feed import Increment, Level, Snapshot
from carbonpolis.market.order import Side
from carbonpolis.platform.market.feed import MarketFeed
from carbonpolis.report.year.shape import Quantity
from carbonpolis.web import figures
from carbonpolis.web.frame import markup, part
from carbonpolis.web.tables import Cell, table
from carbonpolis.web.words import say

SECONDS = 1.0  # between two looks at the feed
LEVELS, TRADES = 8, 10  # shown at most
MINOR = 100


class Live:
    """The part of the market page that moves; the choice of a city is the page's."""

    def __init__(self, feed: MarketFeed, names: dict[str, str], currency: str, city: str) -> None:
        self._feed, self._names, self._currency, self._city = feed, names, currency, city
        self._told = -1
        self._book = ui.refreshable(self._draw)
        with part(say("market.live")):
            self._book()
        ui.timer(SECONDS, self._look)

    def choose(self, city: str) -> None:
        """Show another city."""
        self._city, self._told = city, -1
        self._look()

    def _look(self) -> None:
        if self._feed.snapshot(self._city).sequence != self._told:
            self._book.refresh()

    def _draw(self) -> None:
        book, name = self._feed.snapshot(self._city), self._names.get(self._city, self._city)
        self._told = book.sequence
        markup(escape(self._state(book, name)), tag="p").classes("quiet live-state")
        if book.bids or book.asks:
            headings = [say("market.side"), say("price"), say("lots"), say("market.live.orders")]
            rows = [
                *(self._level(say("market.live.ask"), level) for level in reversed(book.asks[:LEVELS])),
                *(self._level(say("market.live.bid"), level) for level in book.bids[:LEVELS]),
            ]
            markup(table(say("market.live.table", name=name), headings, rows, hide_caption=True))
        trades = self._feed.trades(self._city)[:TRADES]
        if trades:
            headings = [say("market.live.time"), say("price"), say("lots"), say("market.live.took")]
            markup(table(say("market.live.trades", name=name), headings, [self._trade(each) for each in trades])).style(
                "margin-top: 1.5rem"
            )

    def _state(self, book: Snapshot, name: str) -> str:
        if not book.sequence:
            return say("market.live.none", name=name)
        last = say("market.live.last", price=figures.text(self._price(book.last[0]))) if book.last else ""
        return say(
            "market.live.now",
            state=say(f"market.live.{book.state}") if book.state else "",
            last=last,
            traded=figures.text(_lots(book.traded)),
            number=book.sequence,
        )

    def _level(self, side: str, level: Level) -> list[Cell]:
        return [side, self._price(level.price), _lots(level.lots), level.orders]

    def _trade(self, trade: Increment) -> list[Cell]:
        took = {Side.BUY: "market.live.buyer", Side.SELL: "market.live.seller", None: "market.live.auction"}[trade.side]
        when = f"{datetime.fromisoformat(trade.time):%Y-%m-%d %H:%M:%S}" if trade.time else figures.MISSING
        return [when, self._price(trade.price), _lots(trade.lots), say(took)]

    def _price(self, minor: int) -> Quantity:
        return {"value": minor / MINOR, "unit": f"{self._currency}/t"}


def _lots(lots: int) -> Quantity:
    return {"value": lots, "unit": "lots"}

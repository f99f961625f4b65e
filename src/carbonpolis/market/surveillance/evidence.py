"""The journal's orders and trades as the frames that surveillance reads, and a case's evidence as an operator does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from carbonpolis.market.marketdata.statistics import OFF_BOOK
from carbonpolis.market.order import Order, Side, Tif, Trade
from carbonpolis.market.surveillance.detectors import ORDERS, TRADES, Case

RESTS = frozenset({Tif.GTC, Tif.DAY})  # what waits in a book, so that others see it


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One thing that a case rests on. time: ISO 8601, a day where no more is known. price: minor units per lot. words:
    what happened, to be read as it stands."""

    id: str
    time: str
    words: str
    lots: int
    price: int


def trade_tape(trades: Iterable[Trade], zone: str) -> pd.DataFrame:
    """What was traded on the book, columns TRADES, oldest first; times in the market's time zone.

    A trade of which only the day is known stands at the beginning of the day and in its place in the journal; taker
    is "" where it is not known.
    """
    rows = [
        (t.id, t.time or t.at, t.city, t.buyer, t.seller, t.price, t.lots, t.taker)
        for t in trades
        if t.kind not in OFF_BOOK
    ]
    return _frame(rows, TRADES, zone)


def order_tape(orders: Iterable[Order], trades: Iterable[Trade], zone: str) -> pd.DataFrame:
    """What was entered, taken back and filled, columns ORDERS; times in the market's time zone.

    "enter" and "cancel" bear the id of the order, "fill" that of the trade, once for its buyer and once for its seller.
    Orders that never waited in a book (ioc, fok), and what bears no moment (call auctions of a month), are not there. A
    buyer stands in the book of its own city, a seller in that of the units.
    """
    rows: list[tuple[object, ...]] = []
    for o in orders:
        if o.time and o.tif in RESTS:
            rows.append((o.id, o.time, o.city, o.owner, o.side.value, "enter", o.price, o.lots))
            if o.state == "cancelled" and o.ended:
                rows.append((o.id, o.ended, o.city, o.owner, o.side.value, "cancel", o.price, o.lots - o.filled))
    for t in trades:
        if t.time and t.kind not in OFF_BOOK:
            rows.append((t.id, t.time, t.buyer_city, t.buyer, Side.BUY.value, "fill", t.buyer_price, t.lots))
            rows.append((t.id, t.time, t.city, t.seller, Side.SELL.value, "fill", t.price, t.lots))
    return _frame(rows, ORDERS, zone)


def exhibits(case: Case, orders: Iterable[Order], trades: Iterable[Trade], zone: str) -> list[Exhibit]:
    """The orders and trades that a case rests on, in the order of time, on the clock of a time zone."""
    named = set(case.evidence)
    found = [_of_order(order, zone) for order in orders if order.id in named]
    found += [_of_trade(trade, zone) for trade in trades if trade.id in named]
    return sorted(found, key=lambda each: each.time)


def _of_order(order: Order, zone: str) -> Exhibit:
    words = f"{order.owner} wants to {order.side} {order.lots} lots in {order.city}"
    if order.filled:
        words += f", got {order.filled}"
    if order.state in ("cancelled", "expired"):
        words += f", {order.state} with {order.lots - order.filled} left"
        words += f" at {_here(order.ended, zone)[11:19]}" if order.ended else ""
    return Exhibit(order.id, _here(order.time or order.at, zone), words, order.lots, order.price)


def _of_trade(trade: Trade, zone: str) -> Exhibit:
    came = {"buyer": ", the buyer came", "seller": ", the seller came"}.get(trade.taker, "")
    words = f"{trade.seller} sold {trade.lots} lots of {trade.city} to {trade.buyer}{came}"
    return Exhibit(trade.id, _here(trade.time or trade.at, zone), words, trade.lots, trade.price)


def _here(moment: str, zone: str) -> str:
    """A moment on the clock of a zone, to the second; a day as it is."""
    if "T" not in moment:
        return moment
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def _frame(rows: Sequence[tuple[object, ...]], columns: tuple[str, ...], zone: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns)).astype({"price": "int64", "lots": "int64"})
    frame["time"] = pd.to_datetime(list(_moments(frame["time"], zone)), format="ISO8601", utc=True).tz_convert(zone)
    return frame.sort_values("time", kind="stable", ignore_index=True)


def _moments(times: Iterable[str], zone: str) -> Iterator[str]:
    """ISO 8601 with an offset: a day begins at midnight in the zone."""
    begins: dict[str, str] = {}
    for time in times:
        if "T" in time:
            yield time
        else:
            if time not in begins:
                begins[time] = pd.Timestamp(time, tz=zone).isoformat()
            yield begins[time]

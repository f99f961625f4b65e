"""The day of the floor: where each book's limits lie, whether it is in a call, and what the day closed at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class TradingDay:
    """The day that the floor is at. id: "floor". day: ISO date. closed: it takes no more orders on that day."""

    id: str
    day: str
    closed: bool = False
    city: str = EVERYWHERE


@dataclass(frozen=True, slots=True)
class BookState:
    """A city's book. id: the city. last_close: around which its limits lie, minor units per lot. in_call: whether its
    orders wait for the one price of a call auction."""

    id: str
    city: str
    last_close: int
    in_call: bool = False


@dataclass(frozen=True, slots=True)
class DayClose:
    """What a day of continuous trading came to in one city; there is none where nothing traded.

    id: "US-MSP/2024-07-01". Prices in minor units per lot; value: minor units, at the seller's price.
    """

    id: str
    city: str
    day: str
    open: int
    high: int
    low: int
    close: int
    lots: int
    value: int
    trades: int


class Print(NamedTuple):
    """A trade of the day as the tape shows it. time: UTC moment as ISO 8601 text, "" where only the day is known."""

    time: str
    price: int
    lots: int


def day_close(city: str, day: str, prints: Iterable[Print], *, seconds: int) -> DayClose | None:
    """The close of a day from its trades, in order: volume-weighted over the last `seconds` up to the last trade, as
    the venue has it.

    To the nearest minor unit, halves up, as `closing_prices`. Where moments are not known, of the whole day.
    """
    tape = list(prints)
    if not tape:
        return None
    late = _late(tape, seconds)
    value, lots = sum(each.price * each.lots for each in late), sum(each.lots for each in late)
    prices = [each.price for each in tape]
    return DayClose(
        f"{city}/{day}",
        city,
        day,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=(2 * value + lots) // (2 * lots),
        lots=sum(each.lots for each in tape),
        value=sum(each.price * each.lots for each in tape),
        trades=len(tape),
    )


def _late(tape: list[Print], seconds: int) -> list[Print]:
    """The trades of the last seconds; the window begins after its first moment."""
    if not all(each.time for each in tape):
        return tape
    times = [datetime.fromisoformat(each.time) for each in tape]
    since = max(times) - timedelta(seconds=seconds)
    return [each for each, time in zip(tape, times, strict=True) if time > since]

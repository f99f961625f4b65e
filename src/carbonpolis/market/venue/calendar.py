"""When the market is open: trading hours and holidays as data. The time comes in as an argument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from carbonpolis.data import table

LISTED, BLOCK = "listed", "block"
MIDNIGHT = time.max  # the end of a day: no later moment of it is told apart
EVERY_DAY = frozenset(range(1, 8))
_LOOK_AHEAD = 366  # days; a market that does not open within a year has no hours


@dataclass(frozen=True, slots=True)
class Hours:
    """Trades of one kind ("listed": on the book; "block") from `opens` up to, not including, `closes`, on these
    weekdays (1 Monday to 7 Sunday), local time. `closes` is MIDNIGHT for hours up to the end of the day."""

    kind: str
    weekdays: frozenset[int]
    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes or not self.weekdays:
            raise ValueError(f"{self.kind} trading from {self.opens} to {self.closes} on no day or before it opens")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The hours of a market in its time zone, and the days on which it is shut.

    yearly: (month, day) shut every year. closed: single days.
    """

    zone: str
    hours: tuple[Hours, ...]
    yearly: frozenset[tuple[int, int]] = frozenset()
    closed: frozenset[date] = frozenset()

    def shut_on(self, days: Iterable[date]) -> Calendar:
        """The calendar with more days shut: the moving feasts of a year, or what the operator announces."""
        return replace(self, closed=self.closed | frozenset(days))

    def trading_day(self, day: date, kind: str = LISTED) -> bool:
        """Whether there are hours of a kind on a day."""
        open_days = {weekday for hours in self.hours if hours.kind == kind for weekday in hours.weekdays}
        return day.isoweekday() in open_days and day not in self.closed and (day.month, day.day) not in self.yearly

    def is_open(self, at: datetime, kind: str = LISTED) -> bool:
        """Whether trades of a kind may happen at a moment. Raises ValueError for a time without a zone."""
        here = self._here(at)
        return self.trading_day(here.date(), kind) and any(
            hours.kind == kind
            and here.isoweekday() in hours.weekdays
            and hours.opens <= here.time()
            and (here.time() < hours.closes or hours.closes == MIDNIGHT)
            for hours in self.hours
        )

    def next_opening(self, at: datetime, kind: str = LISTED) -> datetime | None:
        """The first moment after `at` at which trading of a kind begins; None if there is none within a year."""
        here = self._here(at)
        for ahead in range(_LOOK_AHEAD + 1):
            day = here.date() + timedelta(days=ahead)
            if not self.trading_day(day, kind):
                continue
            for hours in sorted(self.hours, key=lambda each: each.opens):
                begins = datetime.combine(day, hours.opens, tzinfo=here.tzinfo)
                if hours.kind == kind and day.isoweekday() in hours.weekdays and begins > here:
                    return begins
        return None

    def _here(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError(f"{at.isoformat()} has no time zone; expected one, such as +00:00")
        return at.astimezone(ZoneInfo(self.zone))


def always_open(zone: str = "UTC") -> Calendar:
    """A market that never shuts; its days are those of a time zone."""
    return Calendar(zone, tuple(Hours(kind, EVERY_DAY, time.min, MIDNIGHT) for kind in (LISTED, BLOCK)))


@cache
def default_calendar() -> Calendar:
    """China's national market: its hours (data/market_hours.csv), the public holidays of fixed date
    (data/market_holidays.csv), and those that the State Council announced for 2021 to 2026 (data/market_closed.csv).

    Feasts that move are announced each year: add those of later years with `shut_on`.
    """
    rows = table("market_hours")
    hours = tuple(
        Hours(
            row["kind"],
            frozenset(map(int, row["weekdays"])),
            time.fromisoformat(row["opens"]),
            time.fromisoformat(row["closes"]),
        )
        for row in rows
    )
    days = [tuple(map(int, row["day"].split("-"))) for row in table("market_holidays")]
    closed = [day for row in table("market_closed") for day in _days(row["first"], row["last"])]
    return Calendar(rows[0]["zone"], hours, frozenset((month, day) for month, day in days), frozenset(closed))


def _days(first: str, last: str) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    begin = date.fromisoformat(first)
    for ahead in range((date.fromisoformat(last) - begin).days + 1):
        yield begin + timedelta(days=ahead)

"""Months, years and half-open intervals of them. No clock: what day it is comes in as an argument."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; the half-open interval [first day, first day of the next month)."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12:
            raise ValueError(f"{self.month} is not a month; expected 1 to 12")

    @classmethod
    def parse(cls, text: str) -> Month:
        """Parse "2020-03". Raises ValueError otherwise."""
        try:
            year, month = text.split("-")
            return cls(int(year), int(month))
        except ValueError:
            raise ValueError(f"{text!r} is not a month; expected YYYY-MM, as 2020-03") from None

    @property
    def start(self) -> date:
        """The first day."""
        return date(self.year, self.month, 1)

    @property
    def next(self) -> Month:
        """The month after."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return date.fromordinal(self.next.start.toordinal() - 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def months_of(year: int) -> Iterator[Month]:
    """The twelve months of a year, in order."""
    return (Month(year, month) for month in range(1, 13))


def year_start(year: int) -> datetime:
    """The first instant of a year, in UTC."""
    return datetime(year, 1, 1, tzinfo=UTC)


def add_years(day: date, years: int) -> date:
    """The same day so many years later; 1 March where that year has no 29 February."""
    return add_months(day, 12 * years)


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the first of the next month where that month has no such day."""
    count = day.year * 12 + day.month - 1 + months
    month = Month(count // 12, count % 12 + 1)
    return date(month.year, month.month, day.day) if day.day <= month.last_day.day else month.next.start

"""A venue as rows of rule and value: what a person's file states and a folder keeps; out and back.

A row is a rule of data/market_rules.csv, or one of the calendar:

    zone          time zone of hours and days, such as Europe/Berlin
    hours_listed  weekdays (1 Monday to 7 Sunday) and hours of the book: "12345 09:30-11:30 13:00-15:00; 6 10:00-12:00",
                  "always" or "never"
    hours_block   the same for block trades; those of the book where it is left out
    holidays      months and days shut every year: "01-01 12-25"
    closed        single days, or from one to another: "2026-04-03 2026-12-24/2026-12-31"

What is left out stays as it is; but a calendar stands or falls together, since nobody's own hours go with another
country's feasts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from carbonpolis.market.venue.calendar import (
    BLOCK,
    EVERY_DAY,
    LISTED,
    MIDNIGHT,
    Calendar,
    Hours,
    always_open,
)
from carbonpolis.market.venue.settings import CREDIT, TEXTS, Rule, Venue, default_venue, price_band, rules, venue_of
from carbonpolis.quantity import BASIS_POINTS

ALWAYS, NEVER, END_OF_DAY = "always", "never", "24:00"
ANY_LEAP_YEAR = 2000
LONGEST_CLOSURE = 366  # days from first to last
CALENDAR_SOURCE = "SEEE notice 2021-06-22 and the State Council's holidays: data/market_hours.csv, _holidays, _closed"
CALENDAR_RULES: Mapping[str, str] = {
    "zone": "time zone of hours and days",
    "hours_listed": "weekdays (1 Monday to 7 Sunday) and hours of the book, always or never",
    "hours_block": "the same for block trades; without it those of the book",
    "holidays": "months and days that are shut every year",
    "closed": "days, or first/last, that are shut once",
}


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is wrong with one row of a venue."""

    rule: str
    found: str
    expected: str


def as_rows(venue: Venue) -> dict[str, str]:
    """Every rule of a venue with its value, in the order of data/market_rules.csv, then its calendar."""
    credit = {CREDIT + name: value for name, value in asdict(venue.credit).items()}
    values = {rule.rule: str(_value(venue, credit, rule.rule)) for rule in rules()}
    return values | _calendar_rows(venue.calendar)


def as_rules(venue: Venue) -> tuple[Rule, ...]:
    """Every rule of a venue with its meaning; the source is the default's where the value is."""
    rows, common = as_rows(venue), as_rows(default_venue())
    known = {rule.rule: rule for rule in rules()}
    known |= {name: Rule(name, "", "", meaning, CALENDAR_SOURCE) for name, meaning in CALENDAR_RULES.items()}
    return tuple(
        Rule(name, value, rule.unit, rule.meaning, rule.source if value == common.get(name) else "set for this folder")
        for name, value in rows.items()
        for rule in [known[name]]
    )


def venue_from(rows: Mapping[str, str], base: Venue | None = None) -> Venue:
    """The venue of some rows; where they say nothing it is as `base` (the default venue).

    Raises ValueError naming the first misfit.
    """
    wrong = misfits(rows, base)
    if wrong:
        raise ValueError(f"{wrong[0].rule} is {wrong[0].found!r}; expected {wrong[0].expected}")
    return _made(rows, base)


def misfits(rows: Mapping[str, str], base: Venue | None = None) -> list[Misfit]:
    """Everything that is wrong with rows, rule by rule; then what is wrong between rules that each are right."""
    known = {rule.rule: rule for rule in rules()}
    names = ", ".join([*known, *CALENDAR_RULES])
    found = [
        Misfit(name, rows[name], f"one of the rules {names}") for name in rows if name not in {*known, *CALENDAR_RULES}
    ]
    for name, rule in known.items():
        expected = _expected(rule, rows[name]) if name in rows else ""
        if expected:
            found.append(Misfit(name, rows[name], expected))
    found += _calendar_misfits(rows)
    return found or _contradictions(_made(rows, base))


def same(one: Venue, other: Venue) -> bool:
    """Whether two venues have the same rules."""
    return as_rows(one) == as_rows(other)


def differences(one: Venue, other: Venue) -> list[str]:
    """The rules in which two venues differ, as "tax: 100 instead of 0"."""
    after = as_rows(other)
    return [
        f"{name}: {value} instead of {after.get(name)}" for name, value in as_rows(one).items() if value != after[name]
    ]


def _value(venue: Venue, credit: Mapping[str, int], rule: str) -> Any:
    return credit[rule] if rule.startswith(CREDIT) else getattr(venue, rule)


def _made(rows: Mapping[str, str], base: Venue | None) -> Venue:
    base = base or default_venue()
    stated = {name: rows.get(name, value) for name, value in as_rows(base).items() if name not in CALENDAR_RULES}
    values = {name: value.strip() if name in TEXTS else int(value) for name, value in stated.items()}
    return venue_of(values, _calendar(rows) if "zone" in rows else base.calendar)


def _expected(rule: Rule, value: str) -> str:
    """What a rule expects where a value does not fit it."""
    text = value.strip()
    if rule.rule == "currency":
        return "" if re.fullmatch(r"[A-Z]{3}", text) else "three capital letters of ISO 4217, such as EUR"
    if rule.rule == "operator":
        return "" if re.fullmatch(r"\S.{0,79}", text) else "the name of an account's owner, at most 80 letters"
    whole = re.fullmatch(r"[0-9]{1,18}", text)
    assert rule.least is not None is not rule.most, f"a number without bounds: {rule.rule}"
    if whole and rule.least <= int(text) <= rule.most:
        return ""
    if rule.least == rule.most:
        return f"{rule.least}: {rule.meaning}"
    return f"a whole number from {rule.least} to {rule.most} ({rule.unit}): {rule.meaning}"


def _contradictions(venue: Venue) -> list[Misfit]:
    found = []
    low, high = price_band(venue.reference_price, venue)
    if low > high:
        expected = (
            f"a step that leaves a price within the daily limit around the reference price {venue.reference_price}"
        )
        found.append(Misfit("tick", str(venue.tick), expected))
    if venue.credit.call > venue.credit.collateral:
        expected = f"at most what is locked at first, credit_collateral {venue.credit.collateral}"
        found.append(Misfit("credit_call", str(venue.credit.call), expected))
    if venue.currency == "USD" and venue.usd_rate != BASIS_POINTS:
        found.append(Misfit("usd_rate", str(venue.usd_rate), f"{BASIS_POINTS} for the dollar itself"))
    return found


def _calendar_rows(calendar: Calendar) -> dict[str, str]:
    return {
        "zone": calendar.zone,
        "hours_listed": _hours_text(calendar.hours, LISTED),
        "hours_block": _hours_text(calendar.hours, BLOCK),
        "holidays": " ".join(f"{month:02d}-{day:02d}" for month, day in sorted(calendar.yearly)),
        "closed": " ".join(_spans(calendar.closed)),
    }


def _calendar_misfits(rows: Mapping[str, str]) -> list[Misfit]:
    stated = [name for name in CALENDAR_RULES if name in rows]
    if not stated:
        return []
    found = [
        Misfit(name, "", f"a value beside {stated[0]}: a calendar is stated whole")
        for name in ("zone", "hours_listed")
        if name not in rows
    ]
    for name in stated:
        expected, read = _CALENDAR_READERS[name]
        try:
            read(rows[name])
        except (ValueError, LookupError, OSError):  # zoneinfo looks for a file of the name
            found.append(Misfit(name, rows[name], expected))
    return found


def _calendar(rows: Mapping[str, str]) -> Calendar:
    listed = rows["hours_listed"]
    return Calendar(
        rows["zone"].strip(),
        (*_read_hours(listed, LISTED), *_read_hours(rows.get("hours_block", listed), BLOCK)),
        _read_holidays(rows.get("holidays", "")),
        _read_closed(rows.get("closed", "")),
    )


def _hours_text(hours: Iterable[Hours], kind: str) -> str:
    mine = [each for each in hours if each.kind == kind]
    if always_open().hours[0] in [Hours(LISTED, h.weekdays, h.opens, h.closes) for h in mine]:
        return ALWAYS
    if not mine:
        return NEVER
    parts = []
    for weekdays, some in groupby(mine, key=lambda each: each.weekdays):
        spans = " ".join(f"{_clock(each.opens)}-{_clock(each.closes)}" for each in some)
        parts.append(f"{''.join(map(str, sorted(weekdays)))} {spans}")
    return "; ".join(parts)


def _clock(at: time) -> str:
    return END_OF_DAY if at == MIDNIGHT else at.isoformat("minutes" if not at.second and not at.microsecond else "auto")


def _read_hours(text: str, kind: str) -> tuple[Hours, ...]:
    """Raises ValueError for anything but weekdays and hours."""
    if text.strip() == ALWAYS:
        return (Hours(kind, EVERY_DAY, time.min, MIDNIGHT),)
    if text.strip() == NEVER:
        return ()
    found = []
    for part in text.split(";"):
        weekdays, *spans = part.split()
        days = frozenset(map(int, weekdays))
        if not spans or not days <= EVERY_DAY:
            raise ValueError(part)
        for span in spans:
            opens, closes = span.split("-")
            found.append(
                Hours(kind, days, _read_clock(opens), MIDNIGHT if closes == END_OF_DAY else _read_clock(closes))
            )
    return tuple(found)


def _read_clock(text: str) -> time:
    if not re.fullmatch(r"[0-9:.]+", text):
        raise ValueError(text)
    return time.fromisoformat(text)


def _read_zone(text: str) -> str:
    name = text.strip()
    if not name:
        raise ValueError("no zone")
    return ZoneInfo(name).key


def _read_holidays(text: str) -> frozenset[tuple[int, int]]:
    days = [date.fromisoformat(f"{ANY_LEAP_YEAR}-{each}") for each in _words(text)]
    return frozenset((day.month, day.day) for day in days)


def _read_closed(text: str) -> frozenset[date]:
    found: set[date] = set()
    for each in _words(text):
        first, _, last = each.partition("/")
        begin = date.fromisoformat(first)
        end = date.fromisoformat(last) if last else begin
        if not 0 <= (end - begin).days < LONGEST_CLOSURE:
            raise ValueError(each)
        found.update(begin + timedelta(days=ahead) for ahead in range((end - begin).days + 1))
    return frozenset(found)


def _words(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").split()


def _spans(days: Iterable[date]) -> Iterator[str]:
    """Days as text, those that follow each other as first/last."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and (day - runs[-1][-1]).days == 1 and len(runs[-1]) < LONGEST_CLOSURE:
            runs[-1].append(day)
        else:
            runs.append([day])
    for run in runs:
        yield run[0].isoformat() if len(run) == 1 else f"{run[0]}/{run[-1]}"


_HOURS = 'weekdays and hours, such as "12345 09:30-11:30 13:00-15:00", or "always" or "never"'
_CALENDAR_READERS: Mapping[str, tuple[str, Any]] = {
    "zone": ("a time zone, such as Europe/Berlin", _read_zone),
    "hours_listed": (_HOURS, lambda text: _read_hours(text, LISTED)),
    "hours_block": (_HOURS, lambda text: _read_hours(text, BLOCK)),
    "holidays": ("months and days, such as 01-01 12-25", _read_holidays),
    "closed": (
        f"days, or first/last at most {LONGEST_CLOSURE} days, such as 2026-04-03 2026-12-24/2026-12-31",
        _read_closed,
    ),
}

"""The rules of the venue: settings as data, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from carbonpolis.data import table
from carbonpolis.market.venue.calendar import Calendar, default_calendar
from carbonpolis.quantity import BASIS_POINTS

CREDIT = "credit_"
TEXTS = ("currency", "operator")


@dataclass(frozen=True, slots=True)
class Rule:
    """One setting with what it means and where it comes from ("ours" where no market precedes it).

    least, most: bounds of a number, both included; None for a text.
    """

    rule: str
    value: str
    unit: str
    meaning: str
    source: str
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class CreditRules:
    """What a draw on credit must keep to. Shares in basis points; tenor in years; interest in basis points a year."""

    least_gap: int
    share_of_gap: int
    share_of_year: int
    interest: int
    tenor: int
    city_share_of_emissions: int
    city_share_of_sinks: int
    probability: int
    collateral: int
    call: int


@dataclass(frozen=True, slots=True)
class Venue:
    """The settings of the market.

    Prices and fees in minor units (hundredths of the currency, cents) per lot; shares in basis points; vintage_limit in
    years; lot in kg. close_seconds: what the closing price is weighted over, up to the day's last trade. usd_rate: what
    10,000 US dollars are in the currency. operator: owner of the account that fees go to, in the books of the seller's
    city. calendar: the hours of the market in its time zone, and the days on which it is shut.
    """

    currency: str
    usd_rate: int
    reference_price: int
    tick: int
    lot: int
    price_limit: int
    block_price_limit: int
    block_lots: int
    close_seconds: int
    vintage_limit: int
    fee: int
    tax: int
    transfer_fee: int
    surcharge: int
    credit: CreditRules
    operator: str = "operator"
    calendar: Calendar = field(default_factory=default_calendar)


def rules() -> tuple[Rule, ...]:
    """Every setting as it stands in data/market_rules.csv."""
    return tuple(
        Rule(
            row["rule"],
            row["value"],
            row["unit"],
            row["meaning"],
            row["source"],
            int(row["least"]) if row["least"] else None,
            int(row["most"]) if row["most"] else None,
        )
        for row in table("market_rules")
    )


@cache
def default_venue() -> Venue:
    """The settings of data/market_rules.csv, with the hours of `default_calendar`."""
    values: dict[str, Any] = {rule.rule: rule.value if rule.rule in TEXTS else int(rule.value) for rule in rules()}
    return venue_of(values, default_calendar())


def venue_of(values: dict[str, Any], calendar: Calendar) -> Venue:
    """A venue of settings by their names in data/market_rules.csv."""
    credit = {name.removeprefix(CREDIT): value for name, value in values.items() if name.startswith(CREDIT)}
    own = {name: value for name, value in values.items() if not name.startswith(CREDIT)}
    return Venue(credit=CreditRules(**credit), calendar=calendar, **own)


def price_band(last_close: int, venue: Venue) -> tuple[int, int]:
    """Lowest and highest price at which the book may trade, minor units per lot: whole ticks within the daily limit."""
    return _band(last_close, venue.price_limit, venue.tick)


def block_band(last_close: int, venue: Venue) -> tuple[int, int]:
    """Lowest and highest price of a block trade, minor units per lot: whole ticks within the limit of blocks."""
    return _band(last_close, venue.block_price_limit, venue.tick)


def protected(side: str, limit: int | None, best: int | None, last_close: int, venue: Venue) -> int:
    """The limit inside the protection band: a market order trades no further from the best price of the other side (the
    last close where there is none) than the daily limit, so that it can't sweep an empty book. Minor units per lot."""
    if limit is not None:
        return limit
    low, high = price_band(last_close if best is None else best, venue)
    return high if side == "buy" else low


def _band(middle: int, limit: int, tick: int) -> tuple[int, int]:
    if middle < 0:
        raise ValueError(f"a band around the price {middle}; expected 0 or more")
    low = -(-middle * (BASIS_POINTS - limit) // BASIS_POINTS)
    high = middle * (BASIS_POINTS + limit) // BASIS_POINTS
    return -(-low // tick) * tick, high // tick * tick

"""How emitters and sink producers of the sample behave: assumed, stated in data/assumptions.csv, and seeded.

Every number is drawn from a stream of its own, keyed by the seed and by what it is about (an id, a year, a month), so
that any step can be done again alone and gives the same. Money is assumed in US dollars, and comes out in the venue's
currency at the rate that the venue states (usd_rate).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from math import cos, exp, log, pi
from zlib import crc32

import numpy as np

from carbonpolis.data import table
from carbonpolis.market.settlement import cost
from carbonpolis.market.venue.settings import Venue
from carbonpolis.period import Month
from carbonpolis.quantity import BASIS_POINTS, KG_PER_LOT

Step = tuple[int, int]  # lots, price in cents per lot

_WEIGHT_SCALE = 1_000_000


@dataclass(frozen=True, slots=True)
class Assumption:
    """One parameter of the behaviour model. source: "assumed", or the document it comes from."""

    parameter: str
    value: str
    unit: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class SinkCost:
    """What a sink costs, in cents of the venue's currency: once at the start, and every year."""

    initial: int
    yearly: int


def assumptions() -> tuple[Assumption, ...]:
    """Every parameter as it stands in data/assumptions.csv."""
    return tuple(
        Assumption(row["parameter"], row["value"], row["unit"], row["why"], row["source"])
        for row in table("assumptions")
    )


def seed() -> int:
    """The seed of the sample."""
    return int(_text("seed"))


def reference_price() -> int:
    """Centre of what emitters are willing to pay, US cents per tonne."""
    return int(_text("reference_price"))


def monthly_emissions(emitter: str, year: int, yearly_kg: int, *, seed: int, latitude: float = 45.0) -> tuple[int, ...]:
    """A year's verified kilograms in twelve months that sum to it exactly.

    A season with its peak in January north of the equator (latitude in degrees) and in July south of it, times
    log-normal noise. Raises ValueError for yearly_kg below 0.
    """
    if yearly_kg < 0:
        raise ValueError(f"{emitter} emitted {yearly_kg} kg in {year}; expected 0 or more")
    noise = _stream(seed, "emissions", emitter, year).normal(0.0, _number("season_noise"), 12)
    swing = _number("season_amplitude") * (1 if latitude >= 0 else -1)
    weights = [
        max(1, round(_WEIGHT_SCALE * (1 + swing * cos(2 * pi * month / 12)) * exp(float(noise[month]))))
        for month in range(12)
    ]
    passed = [0, *accumulate(weights)]
    marks = [yearly_kg * weight // passed[-1] for weight in passed]
    return tuple(after - before for before, after in pairwise(marks))


def willingness(emitter: str, month: Month, *, seed: int) -> float:
    """What an emitter is willing to pay in a month, US cents per tonne: log-normal around the reference price.

    The emitter's own level stays the same all year; noise and urgency are the month's.
    """
    level = float(_stream(seed, "willingness", emitter).normal(0.0, _number("willingness_spread")))
    noise = float(_stream(seed, "willingness", emitter, month).normal(0.0, _number("willingness_noise")))
    urgency = 1 + _number("urgency") * (month.month - 1) / 11
    return reference_price() * exp(level + noise) * urgency


def bids(emitter: str, month: Month, need_kg: int, cash: int, *, venue: Venue, seed: int) -> tuple[Step, ...]:
    """The buy orders of an emitter: (lots, price), dearest first.

    need_kg: what it owes and does not hold; rounded up to lots, split over price steps. cash: available money in cents;
    steps that it can't pay for, with fee and tax, are cut.
    """
    level = willingness(emitter, month, seed=seed) * _rate(venue)
    prices = [max(venue.tick, round(level * step / venue.tick) * venue.tick) for step in _numbers("bid_steps")]
    steps = []
    for lots, price in zip(_split(-(-need_kg // KG_PER_LOT), _numbers("bid_shares")), prices, strict=True):
        affordable = min(lots, affordable_lots(cash, price, venue))
        if affordable > 0:
            steps.append((affordable, price))
            cash -= cost(affordable, price, venue)
    return tuple(steps)


def affordable_lots(cash: int, price: int, venue: Venue) -> int:
    """The most lots whose reservation at a price, with fee and tax, fits into `cash`."""
    lots = max(0, cash) // max(1, price)
    while lots > 0 and cost(lots, price, venue) > cash:
        lots -= max(1, (cost(lots, price, venue) - cash) // max(1, cost(1, price, venue)))
    return lots


def asks(
    seller: str, project: str, sink_class: str, month: Month, available_kg: int, *, venue: Venue, seed: int
) -> tuple[Step, ...]:
    """The sell orders of a producer for one project's units: (lots, price), cheapest first.

    What is available is spread evenly over the months that are left of the year, down to whole lots; in December all of
    it is offered. Prices start at the levelised cost and a margin.
    """
    offered = available_kg // KG_PER_LOT // (13 - month.month)
    noise = float(_stream(seed, "ask", seller, project, month).normal(0.0, _number("willingness_noise")))
    floor = unit_cost(project, sink_class, seed=seed) * _rate(venue) * (1 + _number("ask_margin")) * exp(noise)
    steps = zip(_split(offered, _numbers("ask_shares")), _numbers("ask_steps"), strict=True)
    return tuple((lots, max(venue.tick, round(floor * step / venue.tick) * venue.tick)) for lots, step in steps if lots)


def opening_money(emitter: str, year: int, yearly_kg: int, *, venue: Venue, seed: int) -> int:
    """Money an emitter starts the year with, cents: its yearly emissions at its December willingness, and a reserve."""
    level = willingness(emitter, Month(year, 12), seed=seed) * _rate(venue)
    return round(yearly_kg / KG_PER_LOT * level * _number("budget_cover") * max(_numbers("bid_steps")))


def unit_cost(project: str, sink_class: str, *, seed: int) -> float:
    """Levelised cost of a project, US cents per tonne removed: log-uniform in the range of its class.

    Raises ValueError for a class without a stated range.
    """
    low, high = _numbers(f"cost/{sink_class}")
    share = float(_stream(seed, "cost", project).random())
    return 100 * exp(log(low) + share * (log(high) - log(low)))


def sink_cost(project: str, sink_class: str, removal_t: float, *, venue: Venue, seed: int) -> SinkCost:
    """First and yearly costs whose levelised sum is the project's unit cost. removal_t: tonnes a year."""
    per_year = unit_cost(project, sink_class, seed=seed) * _rate(venue) * removal_t
    capital = _number(f"capital/{sink_class}")
    return SinkCost(round(per_year * capital * annuity()), round(per_year * (1 - capital)))


def annuity() -> float:
    """Present value of one a year over the horizon at the discount rate, paid at the end of each year."""
    rate, years = _number("discount_rate"), int(_number("cost_years"))
    return float((1 - (1 + rate) ** -years) / rate)


def _rate(venue: Venue) -> float:
    """What a dollar is in the venue's currency."""
    return venue.usd_rate / BASIS_POINTS


def _stream(seed: int, *about: object) -> np.random.Generator:
    return np.random.default_rng([seed, *(crc32(str(part).encode()) for part in about)])


def _split(lots: int, shares: tuple[float, ...]) -> list[int]:
    """`lots` by shares in whole lots; what rounding leaves goes to the first."""
    parts = [int(lots * share) for share in shares]
    parts[0] += lots - sum(parts)
    return parts


@cache
def _values() -> dict[str, str]:
    return {assumption.parameter: assumption.value for assumption in assumptions()}


def _text(parameter: str) -> str:
    try:
        return _values()[parameter]
    except KeyError:
        known = ", ".join(name for name in _values() if name.split("/")[0] == parameter.split("/")[0])
        raise ValueError(f"no assumption {parameter!r}; choose from {known}") from None


def _number(parameter: str) -> float:
    return float(_text(parameter))


@cache
def _numbers(parameter: str) -> tuple[float, ...]:
    return tuple(float(part) for part in _text(parameter).split("/"))

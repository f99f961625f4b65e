"""A market year as recorded: which cities take part, and what each month came to in each of them."""

from __future__ import annotations

from dataclasses import dataclass

from carbonpolis.market.auction.session import CitySession


@dataclass(frozen=True, slots=True)
class MarketYear:
    """One run of twelve months by a fixed set of cities. Cities that join later run the same year in one of their own.

    id: "2020/1". city: "*". seed: of the behaviour model. state: open | closed.
    """

    id: str
    city: str
    year: int
    cities: tuple[str, ...]
    seed: int
    state: str


@dataclass(frozen=True, slots=True)
class MonthClose:
    """The session of a month in one city, kept; id "US-MSP/2020-03"."""

    id: str
    city: str
    month: str
    session: CitySession

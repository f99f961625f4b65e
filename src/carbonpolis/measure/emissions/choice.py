"""Which factor a line takes: the closest in place, then the closest in time; and in words how close that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from carbonpolis.measure.emissions.factors import EVERYWHERE
from carbonpolis.measure.emissions.regions import groups

Key = tuple[str, str]  # activity, dimension


@dataclass(frozen=True, slots=True)
class Choice:
    """position: row of the factor in the table; match: in words, as "country, 3 years later"; specific: H, M or L."""

    position: int
    match: str
    quality: str


class Chooser:
    """Chooses among factors, as `factors.combine` gives them. Of equally near years the later one."""

    def __init__(self, known: pd.DataFrame) -> None:
        self._by: dict[Key, dict[str, list[tuple[int, int, int]]]] = {}
        columns = (known["activity"], known["dimension"], known["region"], known["year_from"], known["year_to"])
        for position, (activity, dimension, region, first, last) in enumerate(zip(*columns, strict=True)):
            regions = self._by.setdefault((activity, dimension), {})
            regions.setdefault(region, []).append((position, int(first), int(last)))
        self.activities = dict.fromkeys(known["activity"])
        self._seen: dict[tuple[str, str, str, int], Choice] = {}

    def dimensions(self, activity: str) -> set[str]:
        """Dimensions in which an activity has factors."""
        return {dimension for name, dimension in self._by if name == activity}

    def regions(self, activity: str, dimension: str) -> Iterable[str]:
        """Regions for which an activity has factors in this dimension."""
        return self._by.get((activity, dimension), {})

    def choose(self, activity: str, dimension: str, city: str, place: str, year: int) -> Choice | None:
        """The closest factor, or None: the city, `place` (as US-MN), its country, a group of countries, anywhere; the
        nearest years."""
        regions = self._by.get((activity, dimension), {})
        grouped = [(name, "countries", "M") for name in groups(city[:2])]
        for region, word, quality in (
            (city, "city", "H"), (place, "region", "H"), (city[:2], "country", "M"), *grouped,
        ):  # fmt: skip
            if region and region in regions:
                return self._nearest((activity, dimension, region, year), regions[region], f"{word} {region}", quality)
        if EVERYWHERE in regions:
            return self._nearest((activity, dimension, EVERYWHERE, year), regions[EVERYWHERE], "general", "L")
        return None

    def _nearest(
        self, key: tuple[str, str, str, int], spans: list[tuple[int, int, int]], word: str, quality: str
    ) -> Choice:
        if key not in self._seen:
            year = key[3]
            ranked = sorted(spans, key=lambda span: (*_distance(span, year), -span[2]))
            position, first, last = ranked[0]
            self._seen[key] = Choice(position, f"{word}{_apart(first, last, year)}", quality)
        return self._seen[key]


def _distance(span: tuple[int, int, int], year: int) -> tuple[float, int]:
    _, first, last = span
    if first < 0:
        return 0.5, 0  # for any year: after one that names the year, before one of another year
    away = max(first - year, year - last, 0)
    return float(away), 0 if last >= year else 1


def _apart(first: int, last: int, year: int) -> str:
    if first < 0:
        return ", any year"
    if first <= year <= last:
        return f", {year}"
    away = first - year if first > year else last - year
    return f", {abs(away)} year{'s' if abs(away) > 1 else ''} {'later' if away > 0 else 'earlier'}"

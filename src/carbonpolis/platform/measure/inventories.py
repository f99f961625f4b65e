"""Cities' inventories for a market year: activities as loaded, and what the facilities in them verified.

A city whose newest figures are of another year takes part with those, when they are no more than two years away
(missing rule M1 of the indicator definitions: carry a value at most two years), and every line keeps its own year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from carbonpolis.measure import emissions
from carbonpolis.registry.party import Party, Role

CARRY_YEARS = 2
DEFAULT_REFERENCE = "I.3.1"  # manufacturing: what a facility is taken for when its line of business has no reference


@dataclass(frozen=True, slots=True)
class Inventories:
    """Inventory lines of every city and year, and which of them stand for the market year.

    chosen: per city the year of its activities; a city that loaded none is not in it, and stands with its facilities.
    """

    lines: pd.DataFrame
    year: int
    chosen: Mapping[str, int]
    _all: dict[str, pd.DataFrame] = field(default_factory=dict)
    _standing: dict[str, pd.DataFrame] = field(default_factory=dict)

    def of(self, city: str) -> pd.DataFrame:
        """The lines that stand for the market year in a city; empty when none is near enough. Not to be changed."""
        if city not in self._standing:
            self._standing[city] = self._stand(city)
        return self._standing[city]

    def _own(self, city: str) -> pd.DataFrame:
        if not self._all and len(self.lines):
            self._all.update({str(name): own for name, own in self.lines.groupby("city", observed=True)})
        return self._all.get(city, self.lines.iloc[:0])

    def _stand(self, city: str) -> pd.DataFrame:
        own = self._own(city)
        facilities = own[own["account"] != ""]
        rest = own[(own["account"] == "") & (own["year"] == self.chosen.get(city))]
        nearest = facilities[facilities["year"] == facilities["account"].map(nearest_years(facilities, self.year))]
        return pd.concat([rest, nearest], ignore_index=True)

    def by_year(self, city: str, parts: Iterable[str]) -> dict[int, float]:
        """Emissions of some parts by year, t CO2e; only the years in which all of the city's facilities reported."""
        own = self._own(city)
        own = own[own["part"].isin(list(parts))]
        rest = own[own["account"] == ""].groupby("year")["emissions_t"].sum()
        facilities = own[own["account"] != ""]
        expected = facilities["account"].nunique()
        reported = facilities.groupby("year")["account"].nunique()
        years = rest.index if len(rest) else reported.index
        verified = facilities.groupby("year")["emissions_t"].sum()
        return {int(y): float(rest.get(y, 0.0) + verified.get(y, 0.0)) for y in years if reported.get(y, 0) == expected}


def nearest_years(frame: pd.DataFrame, year: int) -> dict[str, int]:
    """Per account the year nearest to `year` within CARRY_YEARS; of two equally near the later."""
    near = frame[(frame["year"] - year).abs() <= CARRY_YEARS]
    ranked = near.assign(away=(near["year"] - year).abs()).sort_values(["away", "year"], ascending=[True, False])
    first = ranked.drop_duplicates("account")
    return dict(zip(first["account"], first["year"].astype(int), strict=True))


def inventories(activities: pd.DataFrame, verified: pd.DataFrame, parties: Iterable[Party], year: int) -> Inventories:
    """Inventory lines of all cities and years, and which year stands for the market year in each city."""
    emitters = {party.id: party for party in parties if party.role is Role.EMITTER}
    known = verified[verified["account"].isin(list(emitters))]
    facilities = pd.DataFrame(
        {
            "city": known["city"],
            "year": known["year"],
            "gpc_ref": [emitters[a].gpc_ref or DEFAULT_REFERENCE for a in known["account"]],
            "activity": emissions.REPORTED,
            "unit": "t CO2e",
            "amount": known["tonnes"].astype(object),
            "amount_sd": float("nan"),
            "quality": "reported",
            "source": known["source"],
            "account": known["account"],
        }
    )
    together = pd.concat([activities.assign(account=""), facilities], ignore_index=True)
    # what is stored was checked when it was loaded; its number keeps a line from being taken for another's twin
    inventory = emissions.inventory(together.assign(line=range(len(together))), stored=True)
    lines = inventory.lines[
        inventory.lines["counted"]
    ]  # memo items and market-based electricity stand beside the totals
    direct = lines[(lines["part"] == "direct") & (lines["account"] == "")]
    away = direct.assign(away=(direct["year"] - year).abs()).query(f"away <= {CARRY_YEARS}")
    ranked = away.sort_values(["away", "year"], ascending=[True, False]).drop_duplicates("city")
    chosen = dict(zip(ranked["city"], ranked["year"].astype(int), strict=True))
    return Inventories(lines, year, chosen)


def reference_year(activities: pd.DataFrame, verified: pd.DataFrame) -> int | None:
    """The year to run: the one with the most verified emissions, else the most activities; of equals the later."""
    for frame in (verified, activities):
        if len(frame):
            counts = frame.groupby("year").size()
            return int(max(counts.index, key=lambda y: (counts[y], y)))
    return None

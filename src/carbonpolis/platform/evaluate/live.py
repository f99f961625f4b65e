"""The live score: what the journal and the readings have said since one last looked, and whose score it moved.

Facts never know the market, so it is here that trades and readings meet the score. A city is judged again when
something of its own is new: readings, its inhabitants and emitters, projects, batches, obligations, trades on either
side. A session moves the demand for every city's units, so a new one touches all that hold a market. What compares
cities (the rank of a market in S28, the best decile of sectors in S32) is made anew of all, which costs little, and
moves only those whose indicators it changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from carbonpolis.indicators.seventeen import CityFacts, Value, compute, other_forms
from carbonpolis.market.auction.market_year import MarketYear, MonthClose
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.order import Trade
from carbonpolis.platform.evaluate.facts import Gathered, Own, own, together
from carbonpolis.platform.work import Work
from carbonpolis.registry.party import City, Party
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.units import Batch
from carbonpolis.store.readings import ReadingsPart

Key = tuple[type[Any], str]
FOLLOWED: tuple[type[Any], ...] = (City, Party, SinkProject, Batch, Obligation, Trade, MonthClose, MarketYear)
MEASURED: tuple[type[Any], ...] = (City, Party)  # with which inventories are made anew


@dataclass(frozen=True, slots=True)
class Moved:
    """A city whose score or rank is another than before. at: when it was noticed. indicators: whose scored form moved,
    empty where only others' scores moved its rank."""

    city: str
    at: datetime
    score: tuple[float, float]
    rank: tuple[int | None, int | None]
    indicators: tuple[str, ...]


class LiveBoard:
    """Scores and ranks of all cities, as of the last `refresh`. One thread at a time."""

    def __init__(
        self,
        work: Work,
        framework: str,
        year: Callable[[], int],
        gather: Callable[[Collection[str] | None, Gathered | None], Gathered],
    ) -> None:
        """Raises Refused when nothing was loaded to judge, ValueError for a framework in which cities move others."""
        self._work, self._year, self._gather = work, year, gather
        from carbonpolis.evaluate.score import Framework  # with its compiled loops: whoever has no board doesn't wait

        self._framework = Framework.load(framework)
        self.changed_at: dict[str, datetime] = {}
        self._begin()

    def _begin(self) -> None:
        """Judge every city."""
        from carbonpolis.evaluate.score.live import LiveScore

        self._seq, self._seen = self._work.journal.head().seq, self._things()
        known = self._gather(None, None)
        self._measured = {city.id: known for city in known.cities}  # what was gathered when its readings were last read
        self._judged_year, self._currency = known.year, known.venue.currency
        self._owns: dict[str, Own] = {city.id: own(known, city) for city in known.cities}
        self._facts: dict[str, CityFacts] = together(self._owns)
        self.values = {city: compute(facts, currency=self._currency) for city, facts in self._facts.items()}
        self._score = LiveScore(self._framework, scored_frame(self.values))
        self.changed_at = {**dict.fromkeys(self.values, self._work.now()), **self.changed_at}

    def refresh(self) -> list[Moved]:
        """Take in what is new; the cities whose score or rank moved, in the order of the board. Nothing new: none."""
        seq = self._work.journal.head().seq
        if seq == self._seq:
            return []
        before = self._standings()
        seen = self._things()
        read = any(isinstance(each, ReadingsPart) for each in _changed(self._seen, seen))
        # Another year, or something that never happened after all (a commit that failed): everything anew.
        if self._seen.keys() - seen.keys() or (read and self._year() != self._judged_year):
            self._begin()
            return self._moves(before, {})
        touched = self._touched(self._seen, seen)
        measured = self._touched(self._seen, seen, MEASURED)
        if measured:
            self._measured |= dict.fromkeys(measured, self._gather(measured, None))
        for name in touched:
            known = self._gather({name}, self._measured[name])
            self._owns |= {city.id: own(known, city) for city in known.cities}
        moved = self._judge()
        self._seq, self._seen = seq, seen
        return self._moves(before, moved)

    def table(self) -> pd.DataFrame:
        """Columns score, rank (<NA> where not ranked), changed_at; index city, best first."""
        rows = {city: (self._score.score(city), self._score.rank(city), self.changed_at[city]) for city in self.values}
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=["score", "rank", "changed_at"])
        frame["rank"] = frame["rank"].astype("Int64")
        return frame.rename_axis("city").sort_values("rank", kind="stable")

    def _judge(self) -> dict[str, tuple[str, ...]]:
        """Indicators of the cities whose facts are others now, and which of them moved."""
        facts = together(self._owns)
        moved: dict[str, tuple[str, ...]] = {}
        for city, each in facts.items():
            if self._facts.get(city) == each:
                continue
            values = compute(each, currency=self._currency)
            old = self.values.get(city, {})
            names = tuple(s for s, value in values.items() if s not in old or old[s].scored != value.scored)
            self.values[city] = values
            if names:
                moved[city] = names
                self._score.update(city, {s: _number(values[s]) for s in names if s in self._framework.symbols})
        self._facts = facts
        return moved

    def _standings(self) -> dict[str, tuple[float, int | None]]:
        return {city: (self._score.score(city), self._score.rank(city)) for city in self.values}

    def _moves(
        self, before: Mapping[str, tuple[float, int | None]], moved: Mapping[str, tuple[str, ...]]
    ) -> list[Moved]:
        now = self._work.now()
        found = []
        for city, (score, rank) in self._standings().items():
            old_score, old_rank = before.get(city, (math.nan, None))
            same = score == old_score or (math.isnan(score) and math.isnan(old_score))
            if not same or rank != old_rank or city not in before:
                self.changed_at[city] = now
                found.append(Moved(city, now, (old_score, score), (old_rank, rank), moved.get(city, ())))
        return found

    def _things(self) -> dict[Key, Any]:
        found: dict[Key, Any] = {}
        with self._work.reading() as state:
            for kind in (*FOLLOWED, ReadingsPart):
                things: list[Any] = state.all(kind)
                found |= {(kind, each.id): each for each in things}
        return found

    def _touched(
        self, old: Mapping[Key, Any], new: Mapping[Key, Any], kinds: tuple[type[Any], ...] = FOLLOWED
    ) -> set[str]:
        """Cities of whom something of these kinds, or a reading, is new."""
        come: list[Any] = [each for each in _changed(old, new) if isinstance(each, (*kinds, ReadingsPart))]
        home = {each.id: each.city for each in new.values() if isinstance(each, Party)}
        market = {each.city for each in new.values() if isinstance(each, MonthClose)}
        found = self._work.readings.cities_in(each.id for each in come if isinstance(each, ReadingsPart))
        for each in come:
            if isinstance(each, City):
                found.add(each.id)
            elif isinstance(each, (MonthClose, MarketYear)):
                found |= market
            elif isinstance(each, Trade):
                found |= {each.city, each.buyer_city}
            elif isinstance(each, Batch):
                found |= {each.city, home.get(each.owner, each.city)}
            elif not isinstance(each, ReadingsPart):
                found.add(each.city)
        return found & {each.id for each in new.values() if isinstance(each, City)}


def _changed(old: Mapping[Key, Any], new: Mapping[Key, Any]) -> list[Any]:
    """Things that came or are others now, as they were and as they are: a thing is replaced, never changed."""
    others = [key for key, each in new.items() if old.get(key) is not each]
    return [each[key] for key in others for each in (old, new) if key in each]


def scored_frame(values: Mapping[str, Mapping[str, Value]]) -> pd.DataFrame:
    """Scored forms, index city, a column an indicator; NaN where one is missing."""
    rows = {city: {symbol: _number(each) for symbol, each in found.items()} for city, found in values.items()}
    return pd.DataFrame.from_dict(rows, orient="index").astype(float)


def forms_frame(facts: Mapping[str, CityFacts]) -> pd.DataFrame:
    """Scored forms of every city, and beside them what has another form, in its own column."""
    frame = scored_frame({city: compute(each) for city, each in facts.items()})
    others = {city: other_forms(each) for city, each in facts.items()}
    return frame.join(pd.DataFrame.from_dict(others, orient="index").astype(float))


def _number(value: Value) -> float:
    return float("nan") if value.scored is None else value.scored

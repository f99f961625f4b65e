"""The scores desk: what is known of every city, the seventeen indicators, the composite score, the comparison."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from carbonpolis.evaluate.compare.peers import compare
from carbonpolis.indicators.seventeen import OTHER, Forms, Value, compute
from carbonpolis.lab import population
from carbonpolis.market.auction.market_year import MarketYear, MonthClose
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.order import Trade
from carbonpolis.platform.evaluate.facts import Gathered, city_facts
from carbonpolis.platform.evaluate.live import LiveBoard, forms_frame
from carbonpolis.platform.market_year import Years
from carbonpolis.platform.measure.inventories import Inventories, inventories
from carbonpolis.platform.measure.readings import ReadingsDesk
from carbonpolis.platform.registry.projects import Projects
from carbonpolis.platform.work import Work
from carbonpolis.registry.party import City, Party
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.units import Batch

if TYPE_CHECKING:
    from carbonpolis.evaluate.score import Scores as ScoreResult

DRAWS = 400  # of the rank interval; enough for its ends to move by less than a rank between seeds


@dataclass(frozen=True, slots=True)
class Judged:
    """What was gathered, the indicators by city and symbol, the scores, the rank intervals, the comparison, and the
    frame that was judged (scored forms, index city, other forms in their columns)."""

    known: Gathered
    values: dict[str, dict[str, Value]]
    scores: ScoreResult
    ranks: pd.DataFrame
    peers: pd.DataFrame
    frame: pd.DataFrame


class Scores:
    """Judges all cities for the market year."""

    def __init__(self, work: Work, readings: ReadingsDesk, projects: Projects, years: Years) -> None:
        self._work, self._readings, self._projects, self._years = work, readings, projects, years

    def judge(self, framework: str = "table-1", variant: str = "") -> Judged:
        """Indicators, scores and comparison of every city, by a framework or one of its other readings.

        The indicators are those of the reading (S13 marginal, S14 what remains in the air); the Monte Carlo has both
        forms. Raises Refused when nothing was loaded to judge, ValueError for a reading that is not there.
        """
        from carbonpolis.evaluate import (
            score,  # with its compiled loops: who opens a folder to load or trade waits less
        )

        table = score.Framework.load(framework)
        table = table.variant(variant) if variant else table
        other = {leaf.symbol for leaf in table.leaves if leaf.reads}
        forms = Forms(**{symbol: OTHER.of(symbol) for symbol in ("S13", "S14") if symbol in other})
        known = self.gather()
        found = city_facts(known)
        values = {city: compute(facts, currency=known.venue.currency, forms=forms) for city, facts in found.items()}
        frame = forms_frame(found)
        scores = table.score(frame)
        ranks = table.uncertainty(frame, draws=DRAWS, seed=known.seed)
        return Judged(known, values, scores, ranks, self._peers(known), frame)

    def live(self, framework: str = "table-1") -> LiveBoard:
        """A board of scores and ranks that follows the journal and the readings: `refresh` it, and only the cities that
        changed are judged again. Raises Refused when nothing was loaded to judge."""
        return LiveBoard(self._work, framework, self._years.needed_year, self.gather)

    def gather(self, cities: Collection[str] | None = None, measured: Gathered | None = None) -> Gathered:
        """Everything that is known for the market year; of these cities only, where they are given.

        measured: gathered before, whose readings and inventories still stand, so that they aren't read again.
        """
        state = self._work.state
        year = self._years.needed_year()
        taken = {city for each in state.all(MarketYear) if each.year == year for city in each.cities}
        projects = [each for each in state.all(SinkProject) if cities is None or each.city in cities]
        return Gathered(
            year=year,
            inventories=self._inventories(year, cities) if measured is None else measured.inventories,
            readings=self._readings.select("%", cities) if measured is None else measured.readings,
            cities=[each for each in state.all(City) if cities is None or each.id in cities],
            projects=projects,
            removals={project.id: self._projects.measured(project) for project in projects},
            batches=state.all(Batch),
            trades=state.all(Trade),
            closes=[c for c in state.all(MonthClose) if c.city in taken and c.month.startswith(f"{year}-")],
            obligations=[o for o in state.all(Obligation) if o.period.startswith(f"{year}-")],
            venue=state.venue,
            seed=population.seed(),
        )

    def _inventories(self, year: int, cities: Collection[str] | None) -> Inventories:
        activities, verified = self._readings.activities(cities), self._readings.verified_emissions(cities)
        return inventories(activities, verified, self._work.state.all(Party), year)

    def _peers(self, known: Gathered) -> pd.DataFrame:
        rows = {}
        for city in known.cities:
            lines = known.inventories.of(city.id)
            direct = lines[lines["part"] == "direct"]["emissions_t"].sum() if len(lines) else float("nan")
            rows[city.id] = {
                "population": float(city.population),
                "area_km2": city.area_km2,
                "gdp_musd_ppp": float("nan") if city.gdp_musd_ppp is None else city.gdp_musd_ppp,
                "emissions_t": float(direct),
            }
        return compare(pd.DataFrame.from_dict(rows, orient="index"))

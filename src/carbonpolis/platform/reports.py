"""The reports desk: one report of the market year over all cities."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from carbonpolis.evaluate import impact
from carbonpolis.indicators import catalogue
from carbonpolis.indicators.seventeen import DOLLAR, Value
from carbonpolis.lab import population
from carbonpolis.ledger import Transfer
from carbonpolis.market.compliance.surplus import surplus
from carbonpolis.market.venue.rows import as_rules
from carbonpolis.market.venue.settings import Venue
from carbonpolis.measure.estimate import by_models
from carbonpolis.platform.evaluate.scores import Judged, Scores
from carbonpolis.platform.registry.projects import Projects
from carbonpolis.platform.work import Work
from carbonpolis.registry.party import City, Party, Role
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.retirement import Retirement
from carbonpolis.registry.units import Batch
from carbonpolis.registry.verification import MonitoringReport, Opinion
from carbonpolis.report.year import shape
from carbonpolis.report.year.city import CityYear, city_section
from carbonpolis.report.year.figures import figure
from carbonpolis.report.year.policy import policy_section
from carbonpolis.report.year.registry import RegistryFacts, registry_section
from carbonpolis.report.year.totals import ledger_totals, market_section, money_totals, total_balance

POINTS = "points of 100"


class Reports:
    """Gathers, judges and lays out."""

    def __init__(self, work: Work, scores: Scores, projects: Projects) -> None:
        self._work, self._scores, self._projects = work, scores, projects
        self._kept: tuple[int, shape.YearReport] | None = None

    def year(self) -> shape.YearReport:
        """The report of the market year, made once for a state of the journal. Raises Refused on an empty folder."""
        head = self._work.journal.head()
        if self._kept is None or self._kept[0] != head.seq:
            self._kept = (head.seq, self._make())
        return self._kept[1]

    def _make(self) -> shape.YearReport:
        judged = self._scores.judge()
        known, state = judged.known, self._work.state
        currency = known.venue.currency
        cities = [city_section(self._city(judged, city)) for city in known.cities]
        effect, case = impact.policy_example()
        head = self._work.journal.head()
        return shape.YearReport(
            title=f"Carbonpolis: {len(cities)} cities, market year {known.year}",
            year=known.year,
            currency=currency,
            assumptions=_assumptions(known.venue),
            ledger=ledger_totals(state.balances),
            money=money_totals(state.balances, currency),
            total=total_balance(
                cities,
                by_models((p.model, known.removals[p.id]) for p in known.projects if p.start_year <= known.year),
            ),
            audit=shape.Audit(
                commits=head.seq,
                postings=self._work.journal.count_postings(),
                head=head.digest,
                at=self._work.journal.last_at(),
            ),
            cities=cities,
            market=market_section(known.trades, known.closes, currency, self._names()),
            registry=registry_section(self._registry(judged)),
            policy=policy_section(effect, case),
        )

    def _city(self, judged: Judged, city: City) -> CityYear:
        known, state = judged.known, self._work.state
        values = judged.values[city.id]
        projects = [p for p in known.projects if p.city == city.id]
        return CityYear(
            city=city,
            currency=known.venue.currency,
            inventory=known.inventories.of(city.id),
            emitters=[p for p in state.all(Party) if p.city == city.id and p.role is Role.EMITTER],
            obligations=[o for o in known.obligations if o.city == city.id],
            months=[close for close in known.closes if close.city == city.id],
            projects=projects,
            removals={p.id: known.removals[p.id] for p in projects if p.start_year <= known.year},
            batches=[b for b in known.batches if b.city == city.id],
            surplus_kg=surplus(state.balances, city.id),
            prices={name: _cents(values[name].value) for name in ("S21", "S22", "S23")},
            score=_score(judged, city.id),
            indicators=_indicators(judged, city.id),
            compare=_compare(judged, city.id),
        )

    def _registry(self, judged: Judged) -> RegistryFacts:
        state = self._work.state
        batches = state.all(Batch)
        found = self._work.journal.unit_transfers([batch.id for batch in batches])
        transfers: dict[str, list[Transfer]] = {name: [t for _, t in moved] for name, moved in found.items()}
        return RegistryFacts(
            projects=state.all(SinkProject),
            reports=state.all(MonitoringReport),
            opinions=state.all(Opinion),
            batches=batches,
            trades=judged.known.trades,
            retirements=state.all(Retirement),
            transfers=transfers,
            names=self._names(),
            currency=judged.known.venue.currency,
        )

    def _names(self) -> dict[str, str]:
        return {party.id: party.name for party in self._work.state.all(Party)}


def _assumptions(venue: Venue) -> list[shape.Assumption]:
    """What the behaviour model assumes, and at which rate its dollars are the venue's currency."""
    rates = [
        shape.Assumption(
            what=rule.rule.replace("_", " "), value=f"{rule.value} {rule.unit}", why=rule.meaning, source=rule.source
        )
        for rule in as_rules(venue)
        if rule.rule == "usd_rate" and venue.currency != DOLLAR
    ]
    return rates + [
        shape.Assumption(
            what=each.parameter.replace("_", " "),
            value=f"{each.value} {each.unit}".strip(),
            why=each.why,
            source=each.source,
        )
        for each in population.assumptions()
    ]


def _cents(value: float | None) -> float | None:
    return None if value is None else value * 100


def _score(judged: Judged, city: str) -> shape.CityScore:
    scores = judged.scores
    rank = scores.ranks.get(city)
    row: Any = scores.contributions.loc[city]
    contributions = {str(k): float(v) for k, v in row.items() if not math.isnan(float(v))}
    ranked = bool(scores.ranked.loc[city])
    why_not = str(scores.why_not.loc[city])
    interval = judged.ranks.loc[city] if city in judged.ranks.index else None
    return shape.CityScore(
        S=figure(_at(scores.total, city), POINTS, note=why_not),
        S1=figure(_level(scores.levels, city, "S1"), POINTS, note="too little observed"),
        S2=figure(_level(scores.levels, city, "S2"), POINTS, note="too little observed"),
        S3=figure(_level(scores.levels, city, "S3"), POINTS, note="too little observed"),
        rank=None if rank is None or pd.isna(rank) or not ranked else int(rank),
        of=int(scores.ranked.sum()),
        ranked=ranked,
        why_not=why_not,
        rank_low=_whole(interval, "rank_low"),
        rank_high=_whole(interval, "rank_high"),
        contributions=contributions,
    )


def _at(column: Any, city: str) -> float:
    return float(column.loc[city])


def _level(levels: pd.DataFrame, city: str, name: str) -> float:
    value: Any = levels.loc[city, name]
    return float(value)


def _whole(row: Any, name: str) -> int:
    return 0 if row is None or pd.isna(row[name]) else round(float(row[name]))


def _indicators(judged: Judged, city: str) -> list[shape.IndicatorValue]:
    rows = []
    for each in catalogue.load():
        value: Value = judged.values[city][each.symbol]
        normalised: Any = judged.scores.normalised.loc[city, each.symbol]
        assumed = value.quality == "assumed"
        row = shape.IndicatorValue(
            symbol=each.symbol,
            name=each.name,
            pillar=each.pillar,
            value=figure(value.value, value.unit, note=value.note, assumed=assumed),
            scored=figure(value.scored, value.scored_unit, note=value.note, assumed=assumed),
            normalised=None if pd.isna(normalised) else float(normalised),
            direction=1 if each.direction > 0 else -1,
            quality=value.quality,
            source=each.source,
        )
        if value.form:
            row["form"] = value.form
        rows.append(row)
    return rows


def _compare(judged: Judged, city: str) -> shape.Comparison:
    row: Any = judged.peers.loc[city]
    rank = row["rank_per_capita"]
    return shape.Comparison(
        per_capita=figure(float(row["per_capita"]), "t CO2e/person"),
        per_area=figure(float(row["per_area"]), "t CO2e/km2"),
        per_gdp=figure(float(row["per_gdp"]), "kg CO2e/PPP USD", note="no sourced value added"),
        peer_group=str(row["peer_group"]),
        rank_per_capita=None if pd.isna(rank) else int(rank),
        gap_to_leader=figure(float(row["gap_to_leader"]), "t CO2e/person"),
    )

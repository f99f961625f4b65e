"""What the indicators need to know of each city, gathered from the journal, the market and the readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from carbonpolis.indicators.reading import newest_before
from carbonpolis.indicators.seventeen import CityFacts, SinkCost
from carbonpolis.lab import population
from carbonpolis.market.auction.market_year import MonthClose
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.marketdata import statistics
from carbonpolis.market.order import Trade
from carbonpolis.market.venue.settings import Venue
from carbonpolis.measure import Estimate, sinks
from carbonpolis.measure.estimate import by_models
from carbonpolis.platform.measure.inventories import CARRY_YEARS, Inventories
from carbonpolis.quantity import BASIS_POINTS
from carbonpolis.registry.party import City
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.units import Batch

# S28's checklist: what a market platform should do, and whether this one does it yet. Source of the items: the
# operational definition of S28 (IOSCO principles, ICAP handbook); the answers are this version's own.
FUNCTIONS: Mapping[str, bool] = {
    "registration and verification of supply": True,
    "serial numbers and public tracing": True,
    "call auction": True,
    "continuous trading": True,
    "trading between cities": True,
    "delivery versus payment": True,
    "credit": True,
    "forward contracts": True,
    "market surveillance": True,
    "public prices and depth": True,
    "audit of the ledger": True,
}
VALUE_ADDED = "value_added"  # stream, million PPP USD a year: for S13 in its marginal form
BENCHMARK = 0.10  # S32: the best decile of intensity in a sector


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that is needed to judge cities for one year."""

    year: int
    inventories: Inventories
    readings: pd.DataFrame
    cities: Sequence[City]
    projects: Sequence[SinkProject]
    removals: Mapping[str, Estimate]
    batches: Sequence[Batch]
    trades: Sequence[Trade]
    closes: Sequence[MonthClose]
    obligations: Sequence[Obligation]
    venue: Venue
    seed: int
    _nearest: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)

    def reading(self, city: str, stream: str) -> tuple[float | None, str]:
        """A city's newest reading of a stream near the year, and its quality; None where there is none."""
        if not self._nearest and len(self.readings):
            near = newest_before(self.readings, self.year, carry_years=CARRY_YEARS)
            for row in near.to_dict("records"):
                self._nearest[str(row["city"]), str(row["stream"])] = (float(row["value"]), str(row["quality"]))
        return self._nearest.get((city, stream), (None, "missing"))

    def yearly(self, city: str, stream: str) -> dict[int, float]:
        """A city's readings of a stream by year, the last of each year."""
        frame = self.readings[(self.readings["city"] == city) & (self.readings["stream"] == stream)]
        return {int(time.year): float(value) for time, value in zip(frame["time"], frame["value"], strict=True)}


@dataclass(frozen=True, slots=True)
class Own:
    """What is known of a city by itself. What stands relative to all cities is made of these by `together`.

    quality_of_trading: depth, tightness and turnover of its market, None before any was held. sectors: direct emissions
    by category, t CO2e.
    """

    facts: CityFacts
    quality_of_trading: Mapping[str, float] | None
    sectors: Mapping[str, float]


def city_facts(known: Gathered) -> dict[str, CityFacts]:
    """The facts of every city; None where nothing is known."""
    return together({city.id: own(known, city) for city in known.cities})


def own(known: Gathered, city: City) -> Own:
    """The facts of one city that hang on no other's readings."""
    lines = known.inventories.of(city.id)
    direct = lines[lines["part"] == "direct"]
    sectors = {str(name): float(tonnes) for name, tonnes in direct.groupby("category")["emissions_t"].sum().items()}
    return Own(_facts(known, city, lines), _quality_of_trading(known, city.id), sectors)


def together(owns: Mapping[str, Own]) -> dict[str, CityFacts]:
    """The facts of all cities, and what compares them: ranks of markets (S28), the best decile (S32)."""
    trading = _trading_ranks({city: each.quality_of_trading for city, each in owns.items() if each.quality_of_trading})
    reducible = _reducible(owns)
    return {
        city: replace(each.facts, trading_rank=trading.get(city), reducible_t=reducible.get(city))
        for city, each in owns.items()
    }


def _facts(known: Gathered, city: City, lines: pd.DataFrame) -> CityFacts:
    parts = lines.groupby("part")["emissions_t"].sum().to_dict() if len(lines) else {}
    sinks_here = [p for p in known.projects if p.city == city.id and p.start_year <= known.year]
    removal = by_models((p.model, known.removals[p.id]) for p in sinks_here)
    traders = _participants(known, city.id)
    support, support_quality = known.reading(city.id, "S26")
    wasteland, wasteland_quality = known.reading(city.id, "land/treeable_wasteland")
    participating, _ = known.reading(city.id, "participating_firms")
    eligible, participation_quality = known.reading(city.id, "eligible_firms")
    adults, _ = known.reading(city.id, "adults_with_account_share")
    estimated = "estimated" if (lines["quality"] == "estimated").any() else "reported"
    return CityFacts(
        city=city.id,
        year=known.year,
        population=float(city.population),
        gdp_musd_ppp=city.gdp_musd_ppp,
        direct_t=parts.get("direct"),
        outside_t=parts.get("outside_production"),
        indirect_t=parts.get("indirect_services"),
        direct_by_year=known.inventories.by_year(city.id, ["direct"]),
        value_added_by_year=known.yearly(city.id, VALUE_ADDED),
        removals_t=float(removal.mean) if sinks_here else None,
        removals_sd_t=float(removal.sd) if sinks_here else None,
        removals_since=[(p.start_year, float(known.removals[p.id].mean)) for p in sinks_here],
        **_market(known, city.id),
        support=support,
        sink_costs=_costs(known, sinks_here),
        currency_per_usd=known.venue.usd_rate / BASIS_POINTS,
        functions=sum(FUNCTIONS.values()) / len(FUNCTIONS),
        wasteland_ha=wasteland,
        wasteland_removal_t=_potential(wasteland, city.ecological_zone),
        firms_trading=participating if traders is None else traders,
        firms_eligible=eligible,
        adults_with_account=adults,
        quality={
            **dict.fromkeys(("S12", "S14", "S16"), estimated),
            **dict.fromkeys(("S15", "S21", "S22", "S23", "S24", "S25", "S27", "S28"), "assumed"),
            **dict.fromkeys(("S11", "S13"), "estimated"),
            "S26": support_quality,
            "S31": wasteland_quality,
            "S32": "estimated",
            "S33": participation_quality,
        },
    )


def _market(known: Gathered, city: str) -> dict[str, float | None]:
    """Prices, demands, supply and offsets of a city; all None before any market was held."""
    sessions = [close.session for close in known.closes]
    if not any(session.city == city for session in sessions):
        return {}
    venue = known.venue
    owed = [o for o in known.obligations if o.city == city]
    bought = sum(t.lots for t in known.trades if t.buyer_city == city != t.city)
    return {
        "local_price": statistics.local_price(known.trades, city, venue.currency, until=date(known.year, 12, 31)).value,
        "sell_price": statistics.sell_price(known.trades, city, venue.currency).value,
        "import_price": statistics.import_price(known.trades, city, venue.currency).value,
        "local_demand_t": statistics.need(owed, known.batches, city).value,
        "export_demand_t": statistics.export_demand(known.trades, sessions, city, venue.transfer_fee).value,
        "supply_t": sum(b.issued_kg - b.buffer_kg for b in known.batches if b.city == city) / 1000,
        "offset_t": float(bought),
    }


def _participants(known: Gathered, city: str) -> float | None:
    traders = {t.buyer for t in known.trades if t.buyer_city == city}
    return float(len(traders)) if any(close.city == city for close in known.closes) else None


def _costs(known: Gathered, projects: Sequence[SinkProject]) -> tuple[SinkCost, ...]:
    shares = {b.project: b.buffer_kg / b.issued_kg for b in known.batches if b.issued_kg}
    costs = []
    for project in projects:
        removal = float(known.removals[project.id].mean)
        if removal > 0:
            money = population.sink_cost(project.id, project.sink_class, removal, venue=known.venue, seed=known.seed)
            buffer = shares.get(project.id, 0.0)
            costs.append(SinkCost(money.initial / 100, money.yearly / 100, removal, buffer))
    return tuple(costs)


def _potential(wasteland_ha: float | None, zone: str) -> float | None:
    if wasteland_ha is None:
        return None
    try:
        return float(sinks.planted(wasteland_ha, zone).mean)
    except ValueError:  # the guidelines give no default growth for the zone
        return None


def _reducible(owns: Mapping[str, Own]) -> dict[str, float]:
    """S32: what each city's sectors emit per head above the best decile of cities (benchmark per sector)."""
    people = {city: each.facts.population for city, each in owns.items()}
    rows = [
        (city, category, tonnes, tonnes / heads)
        for city, each in owns.items()
        if (heads := people[city])
        for category, tonnes in each.sectors.items()
    ]
    if not rows:
        return {}
    frame = pd.DataFrame(rows, columns=["city", "category", "tonnes", "per_head"])
    best = frame.groupby("category")["per_head"].quantile(BENCHMARK)
    above = (frame["per_head"] - frame["category"].map(best)).clip(lower=0) * frame["city"].map(people)
    return {str(city): float(t) for city, t in above.groupby(frame["city"]).sum().items()}


def _quality_of_trading(known: Gathered, city: str) -> dict[str, float] | None:
    """The ingredients of S28's second half: turnover, depth and one minus spread; None where no market was held."""
    sessions = [close.session for close in known.closes if close.city == city]
    if not sessions:
        return None
    spreads = [statistics.spread(session) for session in sessions]
    issued = sum(batch.issued_kg for batch in known.batches if batch.city == city)
    return {
        "depth": float(sum(statistics.depth(session) for session in sessions)),
        "tightness": sum(max(0.0, 1.0 - spread) for spread in spreads if spread is not None),
        "turnover": statistics.turnover(known.trades, city, issued) or 0.0,
    }


def _trading_ranks(rows: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """S28's second half: mean percent rank over the ingredients, of cities that held a market."""
    if not rows:
        return {}
    ranks = pd.DataFrame.from_dict(dict(rows), orient="index").rank(pct=True).mean(axis=1)
    return {str(city): float(rank) for city, rank in ranks.items()}

"""The seventeen indicators of Table 1 from plain facts about one city. Pure.

Definitions, scored forms, directions and missing rules: data/catalogue.csv. What is not known stays None with the
reason; it is never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import exp
from statistics import median

from carbonpolis.indicators import catalogue
from carbonpolis.measure.sinks import potential

CARRIED_YEARS = 2  # missing rule M1: a value is carried at most two years
SLOPE_YEARS = 5  # S16: Theil-Sen over five years, at least two
DEMAND_CAP = 3.0  # S24
LEAST_NET_SHARE = 0.01  # S15: net emissions are never taken as less than this share of emissions
COST_YEARS = 30  # S27, at the rate of measure.sinks.potential
NO_PARTICIPATION = "not known who could take part: eligible firms, adults with an account"
ACCUMULATION_FROM = 2005  # S14: the common first year of the operational definition
MARGINAL_YEARS, LEAST_GROWTH = 3, 0.01  # S13, marginal: over so many years, refused where value added moved by less
# S14, remaining: share of a pulse of CO2 left in the air after so many years; constant part, then shares and their
# lifetimes in years. Source: Joos et al. 2013, as the operational definition of S14 gives them.
LEFT_FOR_EVER, LEFT = 0.2173, ((0.2240, 394.4), (0.2824, 36.54), (0.2763, 4.304))
DOLLAR = "USD"  # of the scored forms: the goalposts of S21, S22, S23 and S27 are in it
GAP_YEARS = 3  # S14: a longer hole in the series leaves the sum unknown


@dataclass(frozen=True, slots=True)
class SinkCost:
    """A sink's money: invest once, upkeep a year (currency); removal a year (t CO2); share that is buffered."""

    invest: float
    upkeep: float
    removal_t: float
    buffer: float


@dataclass(frozen=True, slots=True)
class CityFacts:
    """What is known of a city for one year; None where nothing is.

    Emissions and removals in t CO2e a year; value added in million PPP USD a year; prices and costs in the currency per
    tonne; demand and supply in t. currency_per_usd: what a dollar is in the currency, for the scored forms, whose
    goalposts are in dollars. removals_since: of each sink its first year and what it removes in a year. quality: by
    symbol, where it is not "measured".
    """

    city: str
    year: int
    population: float | None = None
    gdp_musd_ppp: float | None = None
    direct_t: float | None = None
    outside_t: float | None = None
    indirect_t: float | None = None
    direct_by_year: Mapping[int, float] = field(default_factory=dict)
    value_added_by_year: Mapping[int, float] = field(default_factory=dict)
    removals_t: float | None = None
    removals_sd_t: float | None = None
    removals_since: Sequence[tuple[int, float]] = ()
    offset_t: float | None = None
    local_price: float | None = None
    sell_price: float | None = None
    import_price: float | None = None
    local_demand_t: float | None = None
    export_demand_t: float | None = None
    supply_t: float | None = None
    support: float | None = None
    sink_costs: Sequence[SinkCost] = ()
    functions: float | None = None
    trading_rank: float | None = None
    wasteland_ha: float | None = None
    wasteland_removal_t: float | None = None
    reducible_t: float | None = None
    firms_trading: float | None = None
    firms_eligible: float | None = None
    adults_with_account: float | None = None
    currency_per_usd: float = 1.0
    quality: Mapping[str, str] = field(default_factory=dict)

    @property
    def emissions_t(self) -> float | None:
        """S12's sum: direct, outside and, where it was estimated, indirect; None without either of the first two.

        What is not estimated is missing and never 0, so a city that doesn't know the electricity it bought has no S12.
        """
        if self.direct_t is None or self.outside_t is None:
            return None
        return self.direct_t + self.outside_t + (self.indirect_t or 0.0)


@dataclass(frozen=True, slots=True)
class Value:
    """An indicator of a city: its value and the scored form, each with its unit; note says why one is missing; form is
    the one that was computed, where there are several (catalogue.forms)."""

    symbol: str
    value: float | None
    unit: str
    scored: float | None
    scored_unit: str
    quality: str
    note: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Forms:
    """Which form of an indicator is computed where the paper can be read in two: S13 "average" or "marginal", S14
    "cumulative" or "remaining". Raises ValueError for another."""

    S13: str = "average"
    S14: str = "cumulative"

    def __post_init__(self) -> None:
        for symbol in ("S13", "S14"):
            catalogue.form(symbol, getattr(self, symbol))

    def of(self, symbol: str) -> str:
        """The form of an indicator, empty where it has but one."""
        return str(getattr(self, symbol, ""))


OTHER = Forms(S13="marginal", S14="remaining")

Pair = tuple[float | None, float | None, str]


def compute(facts: CityFacts, *, currency: str = "USD", forms: Forms | None = None) -> dict[str, Value]:
    """All seventeen by symbol, in the order of the table; forms: of S13 and S14, default the first reading of each.

    What is scored in money is scored in dollars, so that a score is the same in any currency.
    """
    forms = forms or Forms()
    found: dict[str, Pair] = {**_instant(facts, forms), **_investment(facts), **_potential(facts)}
    values = {}
    for each in catalogue.load():
        value, scored, note = found[each.symbol]
        units = each.unit.replace("currency", currency), each.scored_unit.replace("currency", DOLLAR)
        if scored is not None and "currency" in each.scored_unit:
            scored /= facts.currency_per_usd
        quality = facts.quality.get(each.symbol, "measured") if value is not None else "missing"
        values[each.symbol] = Value(
            each.symbol, value, units[0], scored, units[1], quality, note, forms.of(each.symbol)
        )
    return values


def other_forms(facts: CityFacts) -> dict[str, float | None]:
    """The scored forms of the other readings, by their columns (catalogue.forms): what the Monte Carlo may choose."""
    found = _instant(facts, OTHER)
    return {catalogue.form(symbol, OTHER.of(symbol)).column: found[symbol][1] for symbol in ("S13", "S14")}


def _instant(facts: CityFacts, forms: Forms) -> dict[str, Pair]:
    emissions, removals = facts.emissions_t, facts.removals_t
    no_emissions = "direct emissions, or electricity and heat bought, not known within two years of this one"
    return {
        "S11": _pair(removals, _over(removals, facts.population), "no sink measured"),
        "S12": _pair(emissions, _over(emissions, facts.population), no_emissions),
        "S13": _marginal_intensity(facts) if forms.S13 == "marginal" else _intensity(facts),
        "S14": _accumulation(facts, remaining=forms.S14 == "remaining"),
        "S15": _offset(facts),
        "S16": _growth(facts),
    }


def _intensity(facts: CityFacts) -> Pair:
    if facts.direct_t is None or not facts.gdp_musd_ppp:
        return None, None, "no sourced value added"
    intensity = facts.direct_t * 1000 / (facts.gdp_musd_ppp * 1e6)
    return intensity, intensity, ""


def _marginal_intensity(facts: CityFacts) -> Pair:
    """kg CO2e per PPP USD that were added in three years; of the newest such years at most two before the city's."""
    both = facts.direct_by_year.keys() & facts.value_added_by_year.keys()
    ends = [y for y in both if y - MARGINAL_YEARS in both and 0 <= facts.year - y <= CARRIED_YEARS]
    if not ends:
        return None, None, f"emissions and value added of two years, {MARGINAL_YEARS} apart, not known"
    last = max(ends)
    first = last - MARGINAL_YEARS
    added = facts.value_added_by_year[last] - facts.value_added_by_year[first]
    if abs(added) < LEAST_GROWTH * abs(facts.value_added_by_year[last]):
        return None, None, f"value added moved by less than {LEAST_GROWTH:.0%} from {first} to {last}"
    marginal = (facts.direct_by_year[last] - facts.direct_by_year[first]) * 1000 / (added * 1e6)
    return marginal, marginal, ""


def left_in_the_air(years: int) -> float:
    """Share of a pulse of CO2 that is left after so many years, 1 at once. Source: Joos et al. 2013, see LEFT."""
    return LEFT_FOR_EVER + sum(share * exp(-years / lifetime) for share, lifetime in LEFT)


def _accumulation(facts: CityFacts, *, remaining: bool = False) -> Pair:
    years = sorted(year for year in facts.direct_by_year if year <= facts.year)
    if not years or years[0] > ACCUMULATION_FROM:
        return None, None, f"no series from {ACCUMULATION_FROM} on; sums from other years don't compare"
    years = [year for year in years if year >= ACCUMULATION_FROM]
    if len(years) < 2:
        return None, None, f"fewer than two years sourced from {ACCUMULATION_FROM} on"
    if any(later - earlier > GAP_YEARS for earlier, later in pairwise(years)):
        return None, None, f"a gap of more than {GAP_YEARS} years in the series"
    # Each year stands until the next one sourced (M2: nothing beyond the series).
    spans = [later - earlier for earlier, later in pairwise(years)] + [1]
    net = 0.0
    for year, span in zip(years, spans, strict=True):
        counted = [left_in_the_air(facts.year - each) if remaining else 1.0 for each in range(year, year + span)]
        net += (facts.direct_by_year[year] - _removed(facts, year)) * sum(counted)
    return net, _over(net, facts.population), ""


def _removed(facts: CityFacts, year: int) -> float:
    """What the city's sinks removed in a year, those that had begun, t CO2."""
    return sum(tonnes for since, tonnes in facts.removals_since if since <= year)


def _offset(facts: CityFacts) -> Pair:
    emissions = facts.emissions_t
    if facts.offset_t is None or emissions is None:
        return None, None, "no registry data"
    net = max(emissions - (facts.removals_t or 0.0), LEAST_NET_SHARE * emissions)
    return facts.offset_t, min(1.0, facts.offset_t / net) if net > 0 else 0.0, ""


def _growth(facts: CityFacts) -> Pair:
    recent = {y: v for y, v in facts.direct_by_year.items() if facts.year - SLOPE_YEARS < y <= facts.year}
    if len(recent) < 2:
        return None, None, "fewer than two of the last five years sourced"
    slope = theil_sen(recent)
    level = recent[max(recent)]
    if not level:
        return None, None, "no emissions to relate the growth to"
    rate = 100 * slope / level
    return rate, rate, ""


def theil_sen(series: Mapping[int, float]) -> float:
    """Median of all pairwise slopes, per year; at least two years. Source: Theil 1950; Sen 1968, JASA 63:1379."""
    return median(
        (series[later] - series[earlier]) / (later - earlier) for earlier, later in combinations(sorted(series), 2)
    )


def _investment(facts: CityFacts) -> dict[str, Pair]:
    cost = levelised_cost(facts.sink_costs)
    demand = _over(facts.local_demand_t, facts.supply_t)
    platform = None
    if facts.functions is not None:
        platform = 50 * facts.functions + 50 * (facts.trading_rank or 0.0)
    no_supply = "no local supply to relate the demand to"
    return {
        "S21": _pair(facts.local_price, facts.local_price, "nothing traded at home"),
        "S22": _pair(facts.sell_price, facts.sell_price, "nothing sold outside"),
        "S23": _pair(facts.import_price, facts.import_price, "nothing bought outside"),
        "S24": (facts.local_demand_t, None if demand is None else min(demand, DEMAND_CAP), "" if demand else no_supply),
        "S25": _pair(facts.export_demand_t, _over(facts.export_demand_t, facts.supply_t), no_supply),
        "S26": _pair(facts.support, facts.support, "not coded"),
        "S27": _pair(cost, cost, "no sink with costs"),
        "S28": _pair(platform, platform, "no platform"),
    }


def levelised_cost(sinks: Sequence[SinkCost]) -> float | None:
    """Discounted cost over discounted removal less buffer, currency/t; None without any removal.

    5 % over 30 years, from the operational definition of S27; what is spent first is spent before the first year.
    """
    working = [each for each in sinks if each.removal_t > 0]
    removed = sum(each.removal_t * (1 - each.buffer) for each in working)
    if not removed:
        return None
    cost = [sum(each.invest for each in working), *[sum(each.upkeep for each in working)] * COST_YEARS]
    return potential.levelised_cost(cost, [0.0, *[removed] * COST_YEARS])


def _potential(facts: CityFacts) -> dict[str, Pair]:
    emissions = facts.emissions_t
    participation = None
    if facts.firms_trading is not None and facts.firms_eligible and facts.adults_with_account is not None:
        participation = 0.5 * facts.firms_trading / facts.firms_eligible + 0.5 * facts.adults_with_account
    reducible = _over(facts.reducible_t, facts.direct_t)
    return {
        "S31": _pair(facts.wasteland_ha, _over(facts.wasteland_removal_t, emissions), "no land survey"),
        "S32": _pair(facts.reducible_t, reducible, "no sector to compare with a benchmark"),
        "S33": _pair(
            participation,
            None if participation is None else 1 - participation,
            NO_PARTICIPATION,
        ),
    }


def _over(value: float | None, by: float | None) -> float | None:
    return None if value is None or not by else value / by


def _pair(value: float | None, scored: float | None, why: str) -> Pair:
    return value, scored, why if value is None or scored is None else ""

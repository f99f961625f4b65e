"""One city's part of the report, from plain facts. Pure: the platform gathers, this lays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from carbonpolis.errors import Unknown
from carbonpolis.market.auction.market_year import MonthClose
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.measure import Estimate
from carbonpolis.measure.estimate import by_models
from carbonpolis.registry.party import City, Party
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.units import Batch
from carbonpolis.report.year import shape
from carbonpolis.report.year.figures import TONNES, figure, money, tonnes

NO_TRADE = "nothing traded"
SOURCES_SHOWN = 3
NO_EMISSIONS = "no emissions loaded"
NOTATION_KEYS = {"NE": "not estimated", "IE": "included elsewhere", "C": "confidential"}


@dataclass(frozen=True, slots=True)
class CityYear:
    """What is known of a city in the report's year.

    inventory: lines as measure.emissions gives them, with an `account` column ("" where no facility reports). removals:
    of its own projects that had begun, by id. prices: S21 to S23 in cents a tonne. score, indicators, compare: judged
    and laid out.
    """

    city: City
    currency: str
    inventory: pd.DataFrame
    emitters: Sequence[Party]
    obligations: Sequence[Obligation]
    months: Sequence[MonthClose]
    projects: Sequence[SinkProject]
    removals: Mapping[str, Estimate]
    batches: Sequence[Batch]
    surplus_kg: int
    prices: Mapping[str, float | None]
    score: shape.CityScore
    indicators: list[shape.IndicatorValue]
    compare: shape.Comparison


def city_named(report: shape.YearReport, name: str) -> shape.CityReport:
    """A city of the report by its name or code, in any case. Raises Unknown with the names there are."""
    wanted = name.casefold()
    for city in report["cities"]:
        if wanted in (city["name"].casefold(), city["city"].casefold()):
            return city
    raise Unknown("city", name, sorted(city["name"] for city in report["cities"]))


def city_section(facts: CityYear) -> shape.CityReport:
    """Everything that is told about one city."""
    city = facts.city
    return shape.CityReport(
        city=city.id,
        name=city.name,
        country=city.country,
        latitude=city.latitude,
        longitude=city.longitude,
        population=figure(city.population, "persons"),
        area=figure(city.area_km2, "km2"),
        gdp=figure(city.gdp_musd_ppp, "million PPP USD/year", note="no sourced figure"),
        balance=balance_section(facts),
        emissions=_emissions(facts.inventory),
        emitters=_emitters(facts),
        sinks=_sinks(facts),
        market=_market(facts),
        score=facts.score,
        indicators=facts.indicators,
        compare=facts.compare,
    )


def balance_section(facts: CityYear) -> shape.Balance:
    """The neutrality balance to the kilogram: emissions = covered + on credit + uncovered (docs/adr/0007)."""
    direct = facts.inventory[facts.inventory["part"] == "direct"]
    rest_kg = round(float(direct.loc[direct["account"] == "", "emissions_t"].sum()) * 1000)
    facilities_kg = round(float(direct.loc[direct["account"] != "", "emissions_t"].sum()) * 1000)
    due = sum(o.due_kg for o in facts.obligations) if facts.obligations else facilities_kg
    # Figures loaded after the year was closed oblige nobody any more, but were emitted all the same.
    rest_kg += max(0, facilities_kg - due)
    covered = sum(o.covered_kg for o in facts.obligations)
    on_credit = sum(o.on_credit_kg for o in facts.obligations)
    obliged = due - covered - on_credit
    known = bool(facts.obligations) or len(direct) > 0
    removal = by_models((p.model, facts.removals[p.id]) for p in facts.projects if p.id in facts.removals)
    low, high = removal.interval(0.95)
    return shape.Balance(
        emissions=tonnes(due + rest_kg) if known else figure(None, TONNES, note=NO_EMISSIONS),
        covered=tonnes(covered, assumed=True),
        on_credit=tonnes(on_credit, assumed=True),
        uncovered=tonnes(obliged + rest_kg, assumed=True) if known else figure(None, TONNES, note=NO_EMISSIONS),
        uncovered_obliged=tonnes(obliged, assumed=True),
        uncovered_not_obliged=tonnes(rest_kg),
        removals=figure(float(removal.mean), "t CO2/year"),
        removals_interval=[figure(float(low), "t CO2/year"), figure(float(high), "t CO2/year")],
        surplus=tonnes(facts.surplus_kg, "t"),
    )


def _emissions(inventory: pd.DataFrame) -> list[shape.EmissionLine]:
    """Lines of one reference and kind together, facilities of a reference as one line; the largest first."""
    lines = []
    facility = inventory["account"] != ""
    keys = ["part", "category", "gpc_ref", "scope"]
    for is_facility, frame in ((True, inventory[facility]), (False, inventory[~facility])):
        groups = keys if is_facility else [*keys, "activity"]
        for values, group in frame.groupby(groups, dropna=False):
            part, category, gpc_ref, scope = (str(value) for value in values[:4])
            what = _facilities(len(group)) if is_facility else str(values[4])
            noted = _noted(group)
            lines.append(
                shape.EmissionLine(
                    part=part,
                    category=category,
                    gpc_ref=gpc_ref,
                    what=f"{gpc_ref} {_plain(category)}: {what}",
                    years=", ".join(sorted({str(year) for year in group["year"]})),
                    scope=int(scope),
                    emissions=figure(float(group["emissions_t"].sum(min_count=1)), TONNES, note=noted),
                    sd=figure(float((group["sd_t"] ** 2).sum(min_count=1) ** 0.5), TONNES, note=noted),
                    quality=", ".join(sorted(set(group["quality"].astype(str)))),
                    source=_sources(group["source"]),
                )
            )
    return sorted(lines, key=lambda line: -(line["emissions"]["value"] or 0.0))


def _sources(column: pd.Series[str]) -> str:
    """The sources of a line, the first few in full."""
    found = sorted(set(column.astype(str)))
    more = f"; and {len(found) - SOURCES_SHOWN} more, each beside its emitter" if len(found) > SOURCES_SHOWN else ""
    return "; ".join(found[:SOURCES_SHOWN]) + more


def _facilities(count: int) -> str:
    return "1 facility, verified" if count == 1 else f"{count} facilities, verified"


def _noted(group: pd.DataFrame) -> str:
    """Why a line has no figure: its notation key in words."""
    keys = sorted({str(amount) for amount in group["amount"]} & set(NOTATION_KEYS))
    return ", ".join(f"{key}: {NOTATION_KEYS[key]}" for key in keys)


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _emitters(facts: CityYear) -> list[shape.Emitter]:
    verified = facts.inventory[facts.inventory["account"] != ""].set_index("account")
    owed: dict[str, list[Obligation]] = {}
    for obligation in facts.obligations:
        owed.setdefault(obligation.emitter, []).append(obligation)
    rows = []
    for party in facts.emitters:
        if party.id not in verified.index:
            continue
        own = owed.get(party.id, [])
        line = verified.loc[[party.id]]
        due = max(sum(o.due_kg for o in own), round(float(line["emissions_t"].sum()) * 1000))
        covered, credit = sum(o.covered_kg for o in own), sum(o.on_credit_kg for o in own)
        rows.append(
            shape.Emitter(
                account=party.id,
                name=party.name,
                sector=party.sector,
                year=int(line["year"].iloc[0]),
                emissions=tonnes(due),
                covered=tonnes(covered, assumed=True),
                on_credit=tonnes(credit, assumed=True),
                shortfall=tonnes(due - covered - credit, assumed=True),
                source=str(line["source"].iloc[0]),
            )
        )
    return sorted(rows, key=lambda row: -(row["emissions"]["value"] or 0.0))


def _sinks(facts: CityYear) -> list[shape.Sink]:
    batches: dict[str, list[Batch]] = {}
    for batch in facts.batches:
        batches.setdefault(batch.project, []).append(batch)
    return [
        shape.Sink(
            project=project.id,
            name=project.name,
            sink_class=project.sink_class,
            status=project.status,
            area=figure(project.area_ha, "ha"),
            removal=_removed(facts, project, "mean"),
            sd=_removed(facts, project, "sd"),
            issued=tonnes(sum(b.issued_kg for b in batches.get(project.id, [])), "t"),
            buffer=tonnes(sum(b.buffer_kg for b in batches.get(project.id, [])), "t"),
            arithmetic=[step for b in batches.get(project.id, []) for step in b.arithmetic],
            source=project.source,
        )
        for project in facts.projects
    ]


def _removed(facts: CityYear, project: SinkProject, what: str) -> shape.Quantity:
    removal = facts.removals.get(project.id)
    value = None if removal is None else float(getattr(removal, what))
    return figure(value, "t CO2/year", note=f"begins in {project.start_year}")


def _market(facts: CityYear) -> shape.CityMarket:
    per_tonne = f"{facts.currency}/t"
    prices = {name: money(cents, per_tonne, note=NO_TRADE, assumed=True) for name, cents in facts.prices.items()}
    return shape.CityMarket(
        S21=prices["S21"],
        S22=prices["S22"],
        S23=prices["S23"],
        months=[_month(facts, close, per_tonne) for close in facts.months],
    )


def _month(facts: CityYear, close: MonthClose, per_tonne: str) -> shape.MarketMonth:
    owed = [o for o in facts.obligations if o.period == close.month]
    session = close.session
    return shape.MarketMonth(
        month=close.month,
        due=tonnes(sum(o.due_kg for o in owed)),
        covered=tonnes(sum(o.covered_kg for o in owed), assumed=True),
        on_credit=tonnes(sum(o.on_credit_kg for o in owed), assumed=True),
        uncovered=tonnes(sum(o.uncovered_kg for o in owed), assumed=True),
        local_price=money(session.local_price, per_tonne, note=NO_TRADE, assumed=True),
        local_lots=figure(session.local_lots, "t", assumed=True),
        imported_lots=figure(session.imported_lots, "t", assumed=True),
        exported_lots=figure(session.exported_lots, "t", assumed=True),
        coupled_price=money(session.coupled_price, per_tonne, note=NO_TRADE, assumed=True),
    )

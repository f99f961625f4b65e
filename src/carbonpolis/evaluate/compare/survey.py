"""A comparison of cities, whole: who compares, how they stand, what parts them, where they are heading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carbonpolis.evaluate.compare.gap import gap_to_median, leaders_and_laggards
from carbonpolis.evaluate.compare.groups import Groups, alike, features_of
from carbonpolis.evaluate.compare.path import Budget, budget_share, cut_to_fit, linear, neutrality
from carbonpolis.evaluate.compare.peers import compare
from carbonpolis.evaluate.compare.records import (
    COLUMNS,
    LEAST_COVERAGE,
    MEASURES,
    WITHIN_YEARS,
    Standard,
    comparable,
    labels,
)
from carbonpolis.evaluate.compare.trend import LEAST_YEARS, convergence, decoupling, peak, trend

# World population in the middle of 2020. Source: UN World Population Prospects 2022 (recalled, not checked here).
WORLD_2020 = 7.84e9


@dataclass(frozen=True, slots=True)
class Survey:
    """standard: what compared cities share. cities: index city, sorted by emissions per person. apart: those that don't
    compare, with reason. groups: how peer groups were found, None where they are size classes. sides: leaders and
    laggards. gaps: what a city's gap to its group is made of. trends, paths: of cities with enough years, or a target.
    together: convergence, empty where it can't be told. told: sentences on what was done."""

    standard: Standard
    cities: pd.DataFrame
    apart: pd.DataFrame
    groups: Groups | None
    sides: pd.DataFrame
    gaps: pd.DataFrame
    trends: pd.DataFrame
    series: pd.DataFrame
    paths: pd.DataFrame
    together: Mapping[str, float]
    told: tuple[str, ...]


def survey(
    records: pd.DataFrame,
    targets: pd.DataFrame | None = None,
    *,
    measure: str | None = None,
    year: int | None = None,
    within: int = WITHIN_YEARS,
    budget: Budget | None = None,
    cluster: bool = True,
) -> Survey:
    """Compare cities. records: as in `comparable`. targets: city, base_year, base_emissions_t, reduction_pct,
    target_year. budget: to share out by heads among the compared. cluster: find peer groups in the data where size,
    density or wealth are known of ten cities or more; otherwise size classes. Raises ValueError as `comparable`."""
    found = comparable(records, measure=measure, year=year, within=within)
    told = [f"{len(found.compared)} cities compare ({found.standard}); {len(found.apart)} are shown apart"]
    cities = compare(found.compared)
    cities = pd.concat(
        [found.compared[["year", "emissions_t", "population", "gases", "note", "source"]], cities], axis=1
    )
    groups = _groups(found.compared, told) if cluster else None
    if groups is not None:
        cities["peer_group"] = groups.of.fillna("lacks " + " or ".join(features_of(found.compared)[1]))
        leader = cities.groupby("peer_group")["per_capita"].transform("min")
        cities["gap_to_leader"] = cities["per_capita"] - leader
    for end in ("low", "high"):
        bound = found.compared[f"{end}_t"] / found.compared["population"]
        # A range that does not hold the figure is of something else.
        held = bound <= cities["per_capita"] if end == "low" else bound >= cities["per_capita"]
        cities[f"per_capita_{end}"] = bound.where(held)
    series = _series(records, found.standard)
    trends = _trends(series, records)
    return Survey(
        standard=found.standard,
        cities=cities.sort_values(["per_capita"], kind="stable"),
        apart=found.apart,
        groups=groups,
        sides=leaders_and_laggards(cities["per_capita"], cities["peer_group"]),
        gaps=gap_to_median(found.compared, cities["peer_group"]),
        trends=trends,
        series=series,
        paths=_paths(found.compared, targets, budget),
        together=_convergence(records, found.standard),
        told=tuple(told),
    )


def _groups(compared: pd.DataFrame, told: list[str]) -> Groups | None:
    features, names = features_of(compared)
    whole = features[(features > 0).all(axis=1)]
    if len(whole) < 10 or len(names) < 2:
        told.append("peer groups are size classes (OECD 2012): too few cities have density or wealth to find groups")
        return None
    try:
        found = alike(whole)
    except ValueError as problem:
        told.append(f"peer groups are size classes (OECD 2012): {problem}")
        return None
    fits = ", ".join(f"{count}: {fit:.2f}" for count, fit in found.silhouettes.items())
    told.append(
        f"{found.chosen} peer groups by {', '.join(names)} (Ward's clustering; mean silhouette by number: {fits})"
    )
    return Groups(found.of.reindex(compared.index), found.silhouettes, found.centres, found.chosen)


def _series(records: pd.DataFrame, standard: Standard) -> pd.DataFrame:
    """Emissions by the measure, t a year: index city, columns years; only cities with enough years."""
    frame = _whole_years(records)
    amount = _amount(frame, standard)
    long = pd.DataFrame({"city": labels(frame), "year": frame["year"], "t": amount}).dropna()
    long["year"] = long["year"].astype(int)
    wide = long.drop_duplicates(["city", "year"]).pivot_table(index="city", columns="year", values="t")
    return wide[wide.notna().sum(axis=1) >= LEAST_YEARS].sort_index(axis=1)


def _whole_years(records: pd.DataFrame) -> pd.DataFrame:
    """Without the years of which too much is missing: half an inventory is no fall of emissions."""
    frame = records.reindex(columns=list(COLUMNS)).reset_index(drop=True)
    return frame[~(frame["coverage"].astype(float) < LEAST_COVERAGE)].reset_index(drop=True)


def _amount(frame: pd.DataFrame, standard: Standard) -> pd.Series[float]:
    columns = list(MEASURES[standard.measure])
    return frame.reindex(columns=columns).astype(float).sum(axis=1, min_count=len(columns))


def _trends(series: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    frame = records.reset_index(drop=True)
    product = pd.DataFrame({"city": labels(frame), "year": frame["year"], "gdp": frame.get("gdp_musd_ppp")}).dropna()
    taken = pd.DataFrame({"city": labels(frame), "year": frame["year"], "t": frame.get("removals_t")}).dropna()
    rows = {}
    for city, values in series.iterrows():
        known = values.dropna()
        own_sinks = taken[taken["city"] == city].drop_duplicates("year").set_index("year")["t"].reindex(known.index)
        with_sinks = own_sinks.notna().all()
        net = known - own_sinks if with_sinks else known
        moved, top, ahead = trend(known), peak(known), neutrality(net)
        own = (
            product[(product["city"] == city) & product["year"].isin(known.index)]
            .set_index("year")["gdp"]
            .astype(float)
        )
        state = ""
        if len(own) > 1 and (own > 0).all() and (known > 0).all():
            first, last = own.index.min(), own.index.max()
            state, _ = decoupling((known[first], known[last]), (own[first], own[last]))
        rows[city] = {
            "years": f"{known.index.min()}–{known.index.max()}",
            "rate_pct": moved.rate,
            "p_value": moved.p_value,
            "peak_year": top.year,
            "peak_low": top.low,
            "peak_high": top.high,
            "peak_confidence": top.confidence,
            "decoupling": state,
            "counts_sinks": bool(with_sinks),
            "neutral_year": ahead.year,
            "neutral_low": ahead.low,
            "neutral_high": ahead.high,
            "neutral_chance": ahead.chance,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _paths(compared: pd.DataFrame, targets: pd.DataFrame | None, budget: Budget | None) -> pd.DataFrame:
    """Against the city's own target and against a share of the budget by heads."""
    rows: dict[str, dict[str, float]] = {str(city): {} for city in compared.index}
    years, emitted = compared["year"].to_dict(), compared["emissions_t"].to_dict()
    if targets is not None and len(targets):
        for city, own in _targets(targets).iterrows():
            if str(city) in rows:
                at = float(years[str(city)])
                base, cut = float(own["base_emissions_t"]), float(own["reduction_pct"]) / 100
                due = linear(int(own["base_year"]), base, int(own["target_year"]), base * (1 - cut), int(at))
                now = float(emitted[str(city)])
                rows[str(city)] |= {
                    "target_year": own["target_year"],
                    "target_cut_pct": own["reduction_pct"],
                    "due_t": due,
                    "above_line_pct": 100 * (now / due - 1) if due > 0 else np.nan,
                }
    if budget is not None:
        for city, own in compared.iterrows():
            share = budget_share(budget, float(own["population"]), WORLD_2020)
            rows[str(city)] |= {
                "budget_t": share,
                "budget_years": share / own["emissions_t"] if own["emissions_t"] > 0 else np.nan,
                "cut_to_fit_pct": 100 * cut_to_fit(float(own["emissions_t"]), share),
            }
    return pd.DataFrame.from_dict({city: row for city, row in rows.items() if row}, orient="index")


def _targets(targets: pd.DataFrame) -> pd.DataFrame:
    """One target a city that can be drawn as a line: of the whole inventory if there is one, the farthest."""
    numbers = ["base_year", "base_emissions_t", "reduction_pct", "target_year"]
    whole = targets.copy()
    whole[numbers] = whole[numbers].apply(pd.to_numeric, errors="coerce")
    whole = whole.dropna(subset=[*numbers, "city"])
    whole = whole[(whole["target_year"] > whole["base_year"]) & (whole["base_emissions_t"] > 0)]
    whole = whole[whole["reduction_pct"].between(0, 100)]
    if "sector" in whole:
        whole = whole[whole["sector"].fillna("All").astype(str).str.startswith("All")]
    return whole.sort_values("target_year").drop_duplicates("city", keep="last").set_index("city")


def _convergence(records: pd.DataFrame, standard: Standard) -> Mapping[str, float]:
    frame = _whole_years(records)
    amount = _amount(frame, standard)
    long = pd.DataFrame({"city": labels(frame), "year": frame["year"], "t": amount / frame.get("population", np.nan)})
    long = long.dropna().drop_duplicates(["city", "year"])
    if not len(long):
        return {}
    counts = long.groupby("year")["city"].nunique()
    good = counts[counts >= 0.5 * counts.max()].index
    if len(good) < 2 or counts.max() < 4:
        return {}
    wide = long[long["year"].isin([good.min(), good.max()])].pivot_table(index="city", columns="year", values="t")
    try:
        return {"first": float(good.min()), "last": float(good.max()), **convergence(wide)}
    except ValueError:
        return {}

"""Comparing: only what compares is compared, gaps add up, peaks are found where they are and not elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carbonpolis.evaluate.compare.gap import FACTORS, gap_to_median, leaders_and_laggards
from carbonpolis.evaluate.compare.groups import alike, silhouette
from carbonpolis.evaluate.compare.path import budget_share, budgets, cut_to_fit, linear, neutrality
from carbonpolis.evaluate.compare.records import boundary_class, comparable, gas_class
from carbonpolis.evaluate.compare.survey import survey
from carbonpolis.evaluate.compare.trend import convergence, decoupling, peak, trend


def city(name: str, **given: object) -> dict[str, object]:
    """An ordinary inventory of 5 t per person."""
    plain = {"city": name, "country": "A", "year": 2020, "population": 1e6, "area_km2": 100.0, "scope1_t": 5e6}
    return {**plain, "gases": "CO2; CH4", "boundary": "Administrative boundary", **given}


ODD = [
    city("plain"),
    city("alike", scope1_t=6e6),
    city("also", scope1_t=4e6),
    city("old", year=2011),
    city("other gas", gases="CO2"),
    city("wide", boundary="A metropolitan area"),
    city("empty", population=np.nan),
    city("wrong unit", scope1_t=5.0),
    city("holes", coverage=0.5),
    city("silent", gases=None, boundary=None),
    city("nothing", scope1_t=np.nan),
]


def test_each_city_that_does_not_compare_has_its_reason() -> None:
    found = comparable(pd.DataFrame(ODD))
    assert found.standard.measure == "scope1"
    assert (found.standard.year, found.standard.boundary, found.standard.gases) == (2020, "administrative", "CO2e")
    assert set(found.compared.index) == {"plain", "alike", "also", "silent"}
    assert found.compared.loc["silent", "note"] == "boundary and gases not stated"
    reasons = found.apart["reason"]
    assert reasons["old"] == "its inventory is of 2011"
    assert reasons["other gas"] == "its gases are CO2, not CO2e"
    assert reasons["wide"] == "its boundary is metropolitan, not administrative"
    assert reasons["empty"] == "no population to divide by"
    assert reasons["wrong unit"].startswith("5e-06 t/person can't be right")
    assert reasons["holes"] == "only 50% of its lines have a figure"
    assert reasons["nothing"] == "no figure for scope1_t"


def test_of_a_city_with_many_years_the_nearest_is_taken_and_namesakes_are_told_apart() -> None:
    rows = [city("a", year=year, scope1_t=year * 1e3) for year in (2015, 2019, 2021)]
    rows += [city("b"), city("Paris", country="FR"), city("Paris", country="US")]
    found = comparable(pd.DataFrame(rows), year=2020)
    assert found.compared.loc["a", "year"] == 2021
    assert {"Paris (FR)", "Paris (US)", "a"} <= set(found.compared.index)


def test_nothing_to_compare_is_told() -> None:
    with pytest.raises(ValueError, match="no city to compare"):
        comparable(pd.DataFrame(columns=["city"]))
    with pytest.raises(ValueError, match="no city has total_t and a year"):
        comparable(pd.DataFrame([city("a")]), measure="total")
    with pytest.raises(ValueError, match="choose from scope1"):
        comparable(pd.DataFrame([city("a")]), measure="scope9")


def test_words_of_boundary_and_gases_are_read() -> None:
    assert boundary_class("Administrative boundary of a local government") == "administrative"
    assert boundary_class("DISTRITAL") == "other"
    assert [gas_class(each) for each in ("CO2", "tCO2", "CO2; CH4; N2O", "tCO2-eq", None)] == [
        "CO2",
        "CO2",
        "CO2e",
        "CO2e",
        "",
    ]


def test_groups_are_found_where_there_are_groups() -> None:
    generator = np.random.default_rng(0)
    centres = np.repeat([[1e5, 1e3], [1e6, 1e4], [1e7, 5e2]], 12, axis=0)
    features = pd.DataFrame(
        centres * generator.lognormal(0, 0.15, (36, 2)), [f"c{k}" for k in range(36)], ["population", "density"]
    )
    found = alike(features)
    assert found.chosen == 3
    assert found.of.groupby(np.repeat([0, 1, 2], 12)).nunique().tolist() == [1, 1, 1]
    assert found.centres["cities"].tolist() == [12, 12, 12]
    assert found.silhouettes.idxmax() == 3
    with pytest.raises(ValueError, match="expected 4"):
        alike(features[:3])
    with pytest.raises(ValueError, match="all alike"):
        alike(pd.DataFrame(np.ones((8, 2)), columns=["population", "density"]))


def test_silhouette_by_hand() -> None:
    points = np.array([0.0, 1.0, 10.0, 12.0])
    distances = np.abs(points[:, None] - points)
    # a: 1, 1, 2, 2; b: 11, 10, 9.5, 11.5.
    expected = np.mean([10 / 11, 9 / 10, 7.5 / 9.5, 9.5 / 11.5])
    assert silhouette(distances, np.array([1, 1, 2, 2])) == pytest.approx(expected)


def test_gaps_to_peers_add_up_and_a_rich_city_is_told_apart_from_a_dirty_one() -> None:
    cities = pd.DataFrame(
        {
            "population": [1e6] * 4,
            "gdp_musd_ppp": [10_000.0, 10_000.0, 40_000.0, 10_000.0],
            "energy_gj": [1e8, 1e8, 4e8, 1e8],
            "emissions_t": [5e6, 5e6, 20e6, 20e6],
        },
        index=["a", "b", "rich", "dirty"],
    )
    groups = pd.Series("all", cities.index)
    found = gap_to_median(cities, groups)
    assert found[list(FACTORS)].sum(axis=1).tolist() == pytest.approx(found["gap"].tolist())
    assert found.loc["rich", list(FACTORS)].astype(float).idxmax() == "affluence"
    assert found.loc["dirty", list(FACTORS)].astype(float).idxmax() == "carbon_intensity"
    assert (found["gap"] + found["peers"]).tolist() == pytest.approx([5, 5, 20, 20])
    sides = leaders_and_laggards(pd.Series([5.0, 6, 20, 21], cities.index), groups, count=1)
    assert sides[["city", "side"]].to_numpy().tolist() == [["a", "leader"], ["dirty", "laggard"]]


YEARS = range(2000, 2021)


def test_a_peak_is_found_with_its_confidence_and_none_where_there_is_none() -> None:
    generator = np.random.default_rng(2)
    tent = pd.Series([100 - 4 * abs(year - 2011) for year in YEARS], YEARS) + generator.normal(0, 3, 21)
    found = peak(tent)
    assert abs(found.year - 2011) <= 1
    assert found.peaked
    assert found.low <= 2011 <= found.high
    rising = pd.Series(np.linspace(50, 100, 21), YEARS) + generator.normal(0, 2, 21)
    assert not peak(rising).peaked
    assert not peak(-rising + 200).peaked  # it only falls: the top lies before the series
    assert peak(tent, seed=1) == peak(tent, seed=1)
    with pytest.raises(ValueError, match="at least 5"):
        peak(tent[:4])


def test_peaks_are_seldom_claimed_of_noise() -> None:
    generator = np.random.default_rng(5)
    claimed = sum(peak(pd.Series(generator.normal(100, 10, 21), YEARS)).peaked for _ in range(60))
    assert claimed <= 10  # at a confidence of 0.9; the noise has no peak at all


def test_trend_by_hand_and_missing_years_are_no_zeros() -> None:
    series = pd.Series([10.0, np.nan, 8.0, 7.0, 6.0], range(2000, 2005))
    found = trend(series)
    assert found.slope == pytest.approx(-1)
    assert found.rate == pytest.approx(-100 / 7.5)


@pytest.mark.parametrize(
    ("change", "growth", "state"),
    [
        (-5, 20, "strong decoupling"),
        (10, 20, "weak decoupling"),
        (20, 20, "expansive coupling"),
        (30, 20, "expansive negative decoupling"),
        (5, -20, "strong negative decoupling"),
        (-10, -20, "weak negative decoupling"),
        (-20, -20, "recessive coupling"),
        (-30, -20, "recessive decoupling"),
    ],
)
def test_tapios_eight_states(change: float, growth: float, state: str) -> None:
    assert decoupling((100, 100 + change), (100, 100 + growth))[0] == state


def test_cities_that_grow_alike_converge() -> None:
    first = np.array([1.0, 2, 4, 8, 16])
    table = pd.DataFrame({2000: first, 2010: 4 * (first / 4) ** 0.5})
    found = convergence(table)
    assert found["beta"] == pytest.approx(-0.05)  # half the distance in logarithms over ten years
    assert found["sigma_last"] == pytest.approx(found["sigma_first"] / 2)


def test_ways_to_targets() -> None:
    assert linear(2010, 100, 2030, 50, 2020) == 75
    assert linear(2010, 100, 2030, 50, 2050) == 50
    with pytest.raises(ValueError, match="does not lie after"):
        linear(2030, 100, 2010, 50, 2020)
    assert cut_to_fit(5.0, 50.0) == pytest.approx(0.1)
    assert sum(5 * 0.9**k for k in range(500)) == pytest.approx(50)  # which the cut uses up
    assert cut_to_fit(5.0, 3.0) == 1
    one = next(each for each in budgets() if (each.warming, each.chance) == (1.5, 0.67))
    assert budget_share(one, 1e6, 8e9) == pytest.approx(one.gt * 1e9 / 8000)


def test_neutrality_is_where_the_line_ends_with_a_range_or_never() -> None:
    falling = pd.Series([100 - 4.0 * (year - 2000) for year in YEARS], YEARS)
    found = neutrality(falling)
    assert (found.year, found.low, found.high, found.chance) == (2025, 2025, 2025, 1.0)
    noisy = neutrality(falling + np.random.default_rng(0).normal(0, 6, 21))
    assert noisy.low is not None and noisy.high is not None
    assert noisy.low < 2025 < noisy.high
    assert neutrality(-falling + 200).year is None


def test_a_survey_tells_everything_of_a_few_cities() -> None:
    generator = np.random.default_rng(1)
    rows = [
        city(
            f"c{k}",
            year=year,
            scope1_t=5e6 * (1 - 0.02 * (year - 2010)) * generator.uniform(0.95, 1.05) * (1 + k / 10),
            gdp_musd_ppp=2e4 * (1 + 0.02 * (year - 2010)),
            population=1e6 * (1 + k),
            area_km2=50.0 * (1 + k % 3),
        )
        for k in range(12)
        for year in range(2010, 2021)
    ]
    targets = pd.DataFrame(
        {"city": ["c0"], "base_year": [2010], "base_emissions_t": [5e6], "reduction_pct": [50], "target_year": [2030]}
    )
    found = survey(pd.DataFrame(rows), targets, budget=budgets()[0])
    assert len(found.cities) == 12
    assert found.groups is not None
    assert found.cities["per_capita"].is_monotonic_increasing
    assert (found.trends["rate_pct"] < 0).all()
    assert set(found.trends["decoupling"]) == {"strong decoupling"}
    assert found.paths.loc["c0", "due_t"] == pytest.approx(3.75e6)
    assert found.paths["budget_years"].notna().all()
    assert found.together["cities"] == 12

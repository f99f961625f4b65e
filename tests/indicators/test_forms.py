"""S13 and S14 in both of their forms: worked by hand, stated in the catalogue, and a factor of the Monte Carlo."""

from __future__ import annotations

from math import exp

import numpy as np
import pandas as pd
import pytest

from carbonpolis.evaluate.score import Framework
from carbonpolis.indicators import catalogue
from carbonpolis.indicators.seventeen import OTHER, CityFacts, Forms, compute, left_in_the_air, other_forms

TABLE_1 = Framework.load("table-1")
MARGINAL, REMAINING = Forms(S13="marginal"), Forms(S14="remaining")


def city(**known: object) -> CityFacts:
    facts: dict[str, object] = {"population": 1e6, "direct_t": 4e6, "outside_t": 0.0, "gdp_musd_ppp": 4e4}
    return CityFacts("c", 2020, **(facts | known))  # type: ignore[arg-type]


def test_the_marginal_intensity_is_what_three_years_added() -> None:
    facts = city(direct_by_year={2017: 3.7e6, 2020: 4e6}, value_added_by_year={2017: 38_000.0, 2020: 40_000.0})
    found = compute(facts, forms=MARGINAL)["S13"]
    assert found.scored == pytest.approx(300_000 * 1000 / 2e9)  # 300 kt more over 2 billion more: 0.15 kg/USD
    assert found.form == "marginal"
    assert compute(facts)["S13"].scored == pytest.approx(4e9 / 4e10)
    assert compute(facts)["S13"].form == "average"
    assert other_forms(facts) == {"S13 marginal": found.scored, "S14 remaining": None}


@pytest.mark.parametrize(
    ("emitted", "added", "why"),
    [
        ({2020: 4e6}, {2020: 4e4}, "of two years, 3 apart, not known"),
        ({2017: 3e6, 2020: 4e6}, {2017: 39_700.0, 2020: 4e4}, "moved by less than 1% from 2017 to 2020"),
        ({2014: 3e6, 2017: 4e6}, {2014: 3e4, 2017: 4e4}, "not known"),  # three years ago: carried at most two
    ],
)
def test_a_marginal_intensity_of_nothing_much_is_missing(
    emitted: dict[int, float], added: dict[int, float], why: str
) -> None:
    found = compute(city(direct_by_year=emitted, value_added_by_year=added), forms=MARGINAL)["S13"]
    assert found.scored is None
    assert why in found.note


def test_what_remains_in_the_air_by_hand() -> None:
    assert left_in_the_air(0) == pytest.approx(1.0)
    by_hand = 0.2173 + 0.2240 * exp(-100 / 394.4) + 0.2824 * exp(-100 / 36.54) + 0.2763 * exp(-100 / 4.304)
    assert left_in_the_air(100) == pytest.approx(by_hand)
    assert 0.40 < left_in_the_air(100) < 0.42  # some two fifths after a century
    series = dict.fromkeys(range(2005, 2021), 4000000.0)
    facts = city(direct_by_year=series, removals_since=[(2010, 1e5)])
    net = {year: 4e6 - (1e5 if year >= 2010 else 0.0) for year in series}
    assert compute(facts)["S14"].scored == pytest.approx(sum(net.values()) / 1e6)
    left = sum(tonnes * left_in_the_air(2020 - year) for year, tonnes in net.items()) / 1e6
    assert compute(facts, forms=REMAINING)["S14"].scored == pytest.approx(left)
    # A year that stands for those after it until the next is known counts in each of them.
    holes = city(direct_by_year={year: tonnes for year, tonnes in series.items() if year not in (2008, 2009)})
    whole = city(direct_by_year=series)
    assert compute(holes, forms=REMAINING)["S14"].scored == pytest.approx(compute(whole, forms=REMAINING)["S14"].scored)


def test_the_catalogue_states_each_form_and_which_is_the_default() -> None:
    assert [(each.symbol, each.form) for each in catalogue.forms() if each.default] == [
        ("S13", "average"),
        ("S14", "cumulative"),
    ]
    assert (catalogue.form("S13").form, catalogue.form("S14").form) == (Forms().S13, Forms().S14)
    assert (OTHER.S13, OTHER.S14) == ("marginal", "remaining")
    columns = {leaf.symbol: leaf.other for leaf in TABLE_1.leaves if leaf.other}
    assert columns == {symbol: catalogue.form(symbol, OTHER.of(symbol)).column for symbol in ("S13", "S14")}
    with pytest.raises(ValueError, match="S13 has no form 'odd'; it has average, marginal"):
        Forms(S13="odd")
    with pytest.raises(ValueError, match="S12 has no form 'odd'; it has one form only"):
        catalogue.form("S12", "odd")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    low, high = (np.array([getattr(leaf, end) for leaf in TABLE_1.leaves]) for end in ("low", "high"))
    generator = np.random.default_rng(8)
    frame = pd.DataFrame(low + generator.random((12, 17)) * (high - low), columns=TABLE_1.symbols)
    frame.index = frame.index.map("c{}".format)
    return frame.assign(**{"S13 marginal": 3 * generator.random(12), "S14 remaining": 300 * generator.random(12)})


def test_another_reading_scores_the_other_form(frame: pd.DataFrame) -> None:
    marginal = TABLE_1.variant("S13 as marginal")
    assert marginal.columns[2] == "S13 marginal"
    swapped = frame.assign(S13=frame["S13 marginal"])
    assert marginal.score(frame).total.tolist() == pytest.approx(TABLE_1.score(swapped).total.tolist())
    assert marginal.reformed("S13").score(frame).total.equals(TABLE_1.score(frame).total)
    without = marginal.score(frame.drop(columns="S13 marginal"))
    assert without.normalised["S13"].isna().all()  # what is not there is missing, never the other form
    with pytest.raises(ValueError, match="S12 has one form only"):
        TABLE_1.reformed("S12")


def test_the_form_is_a_factor_of_the_monte_carlo_and_a_run_is_what_its_log_says(frame: pd.DataFrame) -> None:
    found = TABLE_1.monte_carlo(frame, 400, seed=3)
    for symbol in ("S13", "S14"):
        assert 0.1 < found.log[f"other form {symbol}"].mean() < 0.3  # one in five
    assert found.log[["other form S13", "other form S14"]].drop_duplicates().shape[0] == 4
    run = found.log[
        found.log["other form S13"] & ~found.log["other form S14"] & (found.log["normalisation"] == "goalposts")
    ].iloc[0]
    turned = [leaf.symbol for leaf in TABLE_1.leaves if leaf.ambiguous and run[f"turned {leaf.symbol}"]]
    weights = {name: float(run[f"weight {name}"]) for name in (*TABLE_1.symbols, "S1", "S2", "S3")}
    again = TABLE_1.reformed("S13").turned(*turned).weighted(**weights)
    nodes = tuple(
        type(node)(node.name, node.parent, node.weight, run[f"aggregation {node.name}"], node.observed)
        for node in again.nodes
    )
    again = type(again)(**{k: getattr(again, k) for k in again.__dataclass_fields__} | {"nodes": nodes})
    ranks = again.score(frame).ranks
    assert found.ranks[run.name].tolist() == ranks[found.ranked].tolist()
    sobol = TABLE_1.sensitivity(frame, samples=64)
    assert {"form S13", "form S14"} <= set(sobol.index)
    assert "direction S13" not in sobol.index
    plain = TABLE_1.monte_carlo(frame[TABLE_1.symbols], 50)
    assert not [name for name in plain.log if name.startswith("other form")]

"""A framework: Table 1 of the paper as data, what is missing, whose points a score is made of, how sure a rank is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from carbonpolis.evaluate.score import Framework
from carbonpolis.indicators import catalogue

TABLE_1 = Framework.load("table-1")
MIDDLE = {leaf.symbol: (leaf.low + leaf.high) / 2 for leaf in TABLE_1.leaves}
BEST = {leaf.symbol: leaf.high if leaf.direction > 0 else leaf.low for leaf in TABLE_1.leaves}
WORST = {leaf.symbol: leaf.low if leaf.direction > 0 else leaf.high for leaf in TABLE_1.leaves}
SHARES = arrays(np.float64, st.tuples(st.integers(1, 5), st.just(17)), elements=st.floats(0, 1))


def cities(**rows: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index")


def table_of(shares: np.ndarray) -> pd.DataFrame:
    """Values that stand a share of the way from the worst to the best goalpost."""
    worst, best = (np.array([end[symbol] for symbol in TABLE_1.symbols]) for end in (WORST, BEST))
    return pd.DataFrame(worst + shares * (best - worst), columns=TABLE_1.symbols)


def test_the_framework_scores_what_the_catalogue_defines() -> None:
    defined = {each.symbol: (each.pillar, each.direction, each.low, each.high) for each in catalogue.load()}
    assert {leaf.symbol: (leaf.parent, leaf.direction, leaf.low, leaf.high) for leaf in TABLE_1.leaves} == defined


def test_ends_and_middle_of_the_scale() -> None:
    found = TABLE_1.score(cities(best=BEST, middle=MIDDLE, worst=WORST))
    assert found.total.tolist() == pytest.approx([100, 50.5, 1])
    assert found.ranks.tolist() == [1, 2, 3]
    assert found.levels.columns.tolist() == ["S1", "S2", "S3"]
    assert found.ranked.all()


def test_a_score_by_hand() -> None:
    # S1 at 100, S2 in the middle, S3 at 1: the geometric mean of the three.
    city = {s: BEST[s] if s < "S2" else MIDDLE[s] if s < "S3" else WORST[s] for s in TABLE_1.symbols}
    found = TABLE_1.score(cities(city=city))
    assert found.levels.loc["city"].tolist() == pytest.approx([100, 50.5, 1])
    assert found.total["city"] == pytest.approx((100 * 50.5 * 1) ** (1 / 3))


def test_a_city_added_moves_no_other() -> None:
    alone = TABLE_1.score(cities(middle=MIDDLE)).total["middle"]
    assert TABLE_1.score(cities(middle=MIDDLE, best=BEST, worst=WORST)).total["middle"] == alone


def test_a_missing_indicator_is_left_out_and_the_rest_weigh_more() -> None:
    city = {**MIDDLE, "S11": np.nan, "S12": BEST["S12"]}
    found = TABLE_1.score(cities(city=city))
    assert found.levels.loc["city", "S1"] == pytest.approx((100 + 4 * 50.5) / 5)
    assert found.contributions.loc["city", "S11"] == 0
    assert np.isnan(found.normalised.loc["city", "S11"])
    assert found.ranked["city"]


def test_too_little_observed_is_shown_but_not_ranked() -> None:
    few = {**MIDDLE, "S31": np.nan, "S32": np.nan}  # a third of S3
    found = TABLE_1.score(cities(few=few, all=MIDDLE))
    assert found.total["few"] == pytest.approx(50.5)
    assert pd.isna(found.ranks["few"])
    assert found.ranks["all"] == 1
    assert found.why_not["few"] == "33% of the weight of S3 is observed; 60% is needed"
    assert found.why_not["all"] == ""


def test_every_pillar_may_pass_and_the_city_still_fall_short() -> None:
    gone = ["S11", "S13", "S21", "S22", "S23", "S31"]  # 4 of 6, 5 of 8, 2 of 3: 65 % of the whole
    found = TABLE_1.score(cities(city={**MIDDLE, **dict.fromkeys(gone, np.nan)}))
    assert found.why_not["city"] == "65% of the weight is observed; 70% is needed"


def test_a_pillar_without_anything_leaves_no_score() -> None:
    found = TABLE_1.score(cities(city={s: v for s, v in MIDDLE.items() if s < "S3"}))
    assert np.isnan(found.total["city"])
    assert found.levels.loc["city", "S1"] == pytest.approx(50.5)
    assert not found.ranked["city"]
    assert "S3" in found.why_not["city"]
    assert found.contributions.loc["city"].isna().all()


def test_nothing_at_all_is_ranked_nowhere() -> None:
    found = TABLE_1.score(pd.DataFrame(index=["a", "b"]))
    assert found.ranks.isna().all()
    assert TABLE_1.uncertainty(pd.DataFrame(index=["a", "b"]), draws=5).isna().all(axis=None)


def test_equal_cities_share_a_rank() -> None:
    assert TABLE_1.score(cities(a=MIDDLE, b=MIDDLE, c=WORST)).ranks.tolist() == [1, 1, 3]


@given(SHARES)
def test_contributions_add_up_to_the_score(shares: np.ndarray) -> None:
    found = TABLE_1.score(table_of(shares))
    assert found.contributions.sum(axis=1).tolist() == pytest.approx(found.total.tolist())
    assert (found.contributions.to_numpy() >= 0).all()


@given(SHARES, st.integers(0, 16), st.floats(0, 1))
def test_doing_better_never_lowers_the_score(shares: np.ndarray, place: int, step: float) -> None:
    better = shares.copy()
    better[:, place] = np.minimum(1, better[:, place] + step)
    before, after = TABLE_1.score(table_of(shares)).total, TABLE_1.score(table_of(better)).total
    assert (after >= before - 1e-9).all()


def test_rank_interval_is_seeded_and_holds_the_clear_cases() -> None:
    frame = cities(best=BEST, middle=MIDDLE, worst=WORST)
    found = TABLE_1.uncertainty(frame, draws=300, seed=7)
    pd.testing.assert_frame_equal(found, TABLE_1.uncertainty(frame, draws=300, seed=7))
    assert found.columns.tolist() == ["rank_mean", "rank_low", "rank_high"]
    assert (found["rank_low"] <= found["rank_high"]).all()
    assert found["rank_mean"].is_monotonic_increasing


def test_rank_interval_is_among_the_ranked() -> None:
    few = {**BEST, "S31": np.nan, "S32": np.nan}
    found = TABLE_1.uncertainty(cities(few=few, all=MIDDLE), draws=20)
    assert found.loc["few"].isna().all()
    assert found.loc["all"].tolist() == [1, 1, 1]


def test_domains_load_and_score() -> None:
    domains = Framework.load("domains")
    assert domains.symbols == ["E1", "E2", "E3", "T1", "T2", "T3", "B1", "B2", "N1", "N2"]
    middle = {leaf.symbol: (leaf.low + leaf.high) / 2 for leaf in domains.leaves}
    assert domains.score(cities(city=middle)).total["city"] == pytest.approx(50.5)


DEEP = """
name = "deep"
version = "1"
scale = [1, 100]
[[node]]
name = "top"
aggregation = "arithmetic"
[[node]]
name = "branch"
parent = "top"
aggregation = "arithmetic"
weight = 3
[[node]]
name = "twig"
parent = "branch"
aggregation = "geometric"
[[indicator]]
symbol = "a"
parent = "twig"
direction = 1
low = 0
high = 1
[[indicator]]
symbol = "b"
parent = "top"
direction = -1
low = 0
high = 1
"""


def test_a_tree_of_any_depth(tmp_path: Path) -> None:
    file = tmp_path / "deep.toml"
    file.write_text(DEEP, encoding="utf-8")
    found = Framework.load(file).score(cities(city={"a": 1.0, "b": 1.0}))
    assert found.total["city"] == pytest.approx((3 * 100 + 1 * 1) / 4)
    assert found.levels.columns.tolist() == ["branch", "twig"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('version = "1"', "", "'version' is missing"),
        ('aggregation = "geometric"', 'aggregation = "median"', "choose from"),
        ('parent = "branch"', 'parent = "root"', "is not there"),
        ('parent = "twig"', 'parent = "top"', "twig: nothing stands under it"),
        ('symbol = "b"', 'symbol = "a"', "stands in it twice"),
        ("direction = -1", "direction = 2", "direction of 1 or -1"),
        ("weight = 3", "weight = 0", "expected more than 0"),
        ("scale = [1, 100]", "scale = [0, 100]", "1 <= low < high"),
        ('name = "branch"\nparent = "top"', 'name = "branch"\nparent = "twig"', "circle"),
    ],
)
def test_a_wrong_framework_file_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in DEEP
    file = tmp_path / "wrong.toml"
    file.write_text(DEEP.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        Framework.load(file)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("weight = 3", "wieght = 3", "node branch: wieght is not known; did you mean weight?"),
        ("weight = 3", 'weigths = "equal"', "node branch: weigths is not known; did you mean weights?"),
        ("weight = 3", "observd = 0.9", "node branch: observd is not known; did you mean observed?"),
        ("weight = 3", "direction = -1", "node branch: direction; only indicators have a direction"),
        ("low = 0", "observed = 0.5\nlow = 0", "indicator a: observed; only nodes have a share"),
        ("low = 0", "colour = 1\nlow = 0", "indicator a: colour is not known; it takes symbol, parent"),
        ('version = "1"', 'version = "1"\nscales = [1, 9]', "the file: scales is not known; did you mean scale?"),
        (
            "low = 0\nhigh = 1",
            'normalisation = "zscore"\noptions = {dof = 1}',
            "options: dof is not known; did you mean ddof?",
        ),
        (
            "low = 0\nhigh = 1",
            'normalisation = "rank"\noptions = {ties = 1}',
            "options: ties is not known; it takes none",
        ),
        ("low = 0", "options = {steepness = 2}\nlow = 0", "options: steepness is not known; it takes none"),
        (
            "direction = -1",
            'direction = "positive"',
            "indicator b: direction is 'positive'; expected a direction of 1 or",
        ),
        ("direction = -1", "direction = 0.5", "indicator b: direction is 0.5"),
        ("weight = 3", 'weight = "3"', "node branch: weight is '3'; expected a number"),
        ("low = 0", 'ambiguous = "no"\nlow = 0', "ambiguous is 'no'; expected true or false"),
        ("scale = [1, 100]", "scale = 100", "scale is 100; expected its two ends"),
        ("[[node]]", "[uncertainty]\nflips = 0.2\n[[node]]", "uncertainty: flips is not known; did you mean flip?"),
        ("[[node]]", "[uncertainty]\nimputations = 'none'\n[[node]]", "expected a list of names"),
        (
            "[[node]]",
            "[[variant]]\nname = 'x'\nturned = ['b']\n[[node]]",
            "variant x: turned is not known; did you mean turn?",
        ),
    ],
)
def test_a_word_that_is_not_known_is_never_passed_over(tmp_path: Path, old: str, new: str, told: str) -> None:
    """bluefoxr/COINr#66, #58, #68: a pillar's direction, or a parameter of one indicator, quietly not used."""
    assert old in DEEP
    file = tmp_path / "wrong.toml"
    file.write_text(DEEP.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError) as refused:
        Framework.load(file)
    assert told in str(refused.value)


def test_misuse_of_a_framework_is_told() -> None:
    with pytest.raises(ValueError, match="choose from table-1, domains"):
        Framework.load("table-2")
    with pytest.raises(ValueError, match="city, S11 is infinite"):
        TABLE_1.score(cities(city={**MIDDLE, "S11": np.inf}))
    with pytest.raises(ValueError, match="twice"):
        TABLE_1.score(pd.concat([cities(city=MIDDLE)] * 2))
    with pytest.raises(ValueError, match="at least 1"):
        TABLE_1.uncertainty(cities(city=MIDDLE), draws=0)

"""Why a score moved and what would move it: shares that add up, and optima that no search by hand beats."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carbonpolis.evaluate.score import Framework
from carbonpolis.evaluate.score.explain import strengths, why_moved
from carbonpolis.evaluate.score.live import LiveScore
from carbonpolis.evaluate.score.multivariate import cronbach_alpha, examine
from carbonpolis.evaluate.score.targets import best_rank, gain_ranks, reach_score, reweigh, value_at

TABLE_1 = Framework.load("table-1")
LOW, HIGH = (np.array([getattr(leaf, end) for leaf in TABLE_1.leaves]) for end in ("low", "high"))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    share = np.random.default_rng(8).random((20, 17))
    share[3, 2] = np.nan
    return pd.DataFrame(LOW + share * (HIGH - LOW), [f"c{k}" for k in range(20)], TABLE_1.symbols)


def city_at(frame: pd.DataFrame, rank: int) -> str:
    return str(TABLE_1.score(frame).ranks.eq(rank).idxmax())


def rank_under(frame: pd.DataFrame, weights: dict[str, float], city: str) -> int:
    """With weights of the top branch; one of zero is as good as nothing."""
    framework = TABLE_1.weighted(**{name: max(weight, 1e-9) for name, weight in weights.items()})
    return int(framework.score(frame).ranks[city])


def test_values_weights_and_peers_add_up_to_the_move(frame: pd.DataFrame) -> None:
    after = frame * np.random.default_rng(1).uniform(0.9, 1.1, frame.shape)
    after.loc["c3", "S13"] = 1.0  # what was missing is known now
    found = why_moved("c3", frame, after, TABLE_1, TABLE_1.weighted(S1=2.0))
    assert found.causes["score"].sum() == pytest.approx(found.score[1] - found.score[0])
    assert found.causes["rank"].sum() == pytest.approx(found.rank[1] - found.rank[0])
    assert found.causes.loc["peers", "score"] == pytest.approx(0)  # goalposts are fixed
    assert found.indicators.sum() == pytest.approx(found.causes.loc["values", "score"])


def test_one_indicator_that_moved_has_it_all(frame: pd.DataFrame) -> None:
    after = frame.copy()
    after.loc["c1", "S12"] += 2
    found = why_moved("c1", frame, after, TABLE_1)
    assert found.indicators["S12"] == pytest.approx(found.score[1] - found.score[0])
    assert (found.indicators.drop("S12") == 0).all()


def test_strengths_are_told_against_peers(frame: pd.DataFrame) -> None:
    found = strengths(TABLE_1, frame, "c3", frame.index)
    assert "S13" not in found.index  # not observed
    assert found["ahead"].is_monotonic_decreasing
    first = found.index[0]
    peers = TABLE_1.score(frame).normalised[first]
    assert found.loc[first, "ahead"] == pytest.approx(peers["c3"] - peers.drop("c3").median())
    assert found.loc[first, "worth"] > 0 > found["worth"].iloc[-1]


def test_slopes_are_those_of_the_score() -> None:
    row = np.linspace(10, 90, 17)
    value, slope = value_at(TABLE_1.tree, row)
    for place in range(17):
        step = row.copy()
        step[place] += 1e-4
        assert (value_at(TABLE_1.tree, step)[0] - value) / 1e-4 == pytest.approx(slope[place], rel=1e-4)


@pytest.mark.parametrize("fewest", [False, True])
def test_the_smallest_change_gains_the_ranks_and_no_random_one_is_smaller(frame: pd.DataFrame, fewest: bool) -> None:
    city = city_at(frame, 9)
    found = gain_ranks(TABLE_1, frame, city, 3, fewest=fewest)
    assert found.reachable
    moved = frame.copy()
    moved.loc[city, found.changes.index] = found.changes["after"]
    assert TABLE_1.score(moved).ranks[city] == 6
    start = TABLE_1.score(frame).normalised.loc[city].to_numpy()
    generator = np.random.default_rng(0)
    budget = float(found.changes["change"].sum()) * 0.98
    for _ in range(300):
        lift = np.minimum(generator.dirichlet(np.full(17, 0.2)) * budget, 100 - start)
        assert value_at(TABLE_1.tree, start + lift)[0] < found.asked


def test_what_cannot_be_reached_is_told(frame: pd.DataFrame) -> None:
    city = city_at(frame, 20)
    found = reach_score(TABLE_1, frame, city, 99.0, movable=["S12"])
    assert not found.reachable
    assert found.changes.index.tolist() == ["S12"]
    with pytest.raises(ValueError, match="can't gain 20"):
        gain_ranks(TABLE_1, frame, city, 20)


def test_the_best_rank_under_any_weights_against_a_grid(frame: pd.DataFrame) -> None:
    city = city_at(frame, 8)
    found = best_rank(TABLE_1, frame, city)
    assert (
        TABLE_1.weighted(**{k: max(v, 1e-9) for k, v in found.weights.items()}).score(frame).ranks[city] == found.rank
    )
    logs = np.log(TABLE_1.score(frame).levels.to_numpy())
    own = frame.index.get_loc(city)
    grid = [np.array([a, b, 40 - a - b]) / 40 for a, b in product(range(41), repeat=2) if a + b <= 40]
    by_hand = min(int((logs @ weights > logs[own] @ weights + 1e-9).sum()) + 1 for weights in grid)
    assert found.rank <= by_hand


def test_weights_moved_least_gain_a_rank(frame: pd.DataFrame) -> None:
    city = city_at(frame, 10)
    found = reweigh(TABLE_1, frame, city, 1)
    assert found is not None
    assert rank_under(frame, found.weights, city) <= 9
    assert found.change <= best_rank(TABLE_1, frame, city).change + 1e-9


def test_only_means_between_goalposts_can_be_sought_through(tmp_path: Path, frame: pd.DataFrame) -> None:
    text = """
name = "f"
version = "1"
scale = [1, 100]
[[node]]
name = "top"
aggregation = "topsis"
[[indicator]]
symbol = "S11"
parent = "top"
direction = 1
normalisation = "minmax"
[[indicator]]
symbol = "S12"
parent = "top"
direction = -1
normalisation = "percentile"
"""
    file = tmp_path / "f.toml"
    file.write_text(text, encoding="utf-8")
    framework = Framework.load(file)
    with pytest.raises(ValueError, match="only for given weights, means and goalposts"):
        reach_score(framework, frame, "c1", 50.0)
    with pytest.raises(ValueError, match="no city moves another"):
        LiveScore(framework, frame)
    notes = framework.score(frame).notes
    assert any("topsis" in note for note in notes)
    assert any("S11, S12 stand relative" in note for note in notes)


def test_a_live_score_is_the_score(frame: pd.DataFrame) -> None:
    live = LiveScore(TABLE_1, frame)
    generator = np.random.default_rng(3)
    now = frame.copy()
    for _ in range(30):
        city, place = f"c{generator.integers(22)}", int(generator.integers(17))
        value = float(LOW[place] + generator.random() * (HIGH[place] - LOW[place]))
        given = {TABLE_1.symbols[place]: value}
        if city not in now.index:
            given = dict(zip(TABLE_1.symbols, (LOW + HIGH) / 2, strict=True))
        now.loc[city, list(given)] = list(given.values())
        total, rank = live.update(city, given)
        whole = TABLE_1.score(now)
        assert total == pytest.approx(whole.total[city])
        assert rank == whole.ranks[city]
    with pytest.raises(ValueError, match="S99 is not in table-1"):
        live.update("c1", {"S99": 1.0})


def test_variants_are_the_other_readings(frame: pd.DataFrame) -> None:
    without = TABLE_1.variant("without S3").score(frame)
    assert without.levels.columns.tolist() == ["S1", "S2"]
    levels = TABLE_1.score(frame).levels
    assert without.total.tolist() == pytest.approx(np.sqrt(levels["S1"] * levels["S2"]).tolist())
    buyer = TABLE_1.variant("buyer of units").score(frame).normalised
    seen = TABLE_1.score(frame).normalised
    assert buyer["S21"].tolist() == pytest.approx((101 - seen["S21"]).tolist())
    assert buyer["S22"].tolist() == pytest.approx(seen["S22"].tolist())
    with pytest.raises(ValueError, match="there are 'without S3'"):
        TABLE_1.variant("upside down")


def test_cronbachs_alpha_by_hand() -> None:
    # Two parallel halves that differ by a constant: alpha 1; var 1, 1, sum 4: 2 (1 - 2/4) = 1.
    assert cronbach_alpha(np.array([[1.0, 2], [2, 3], [3, 4]])) == pytest.approx(1)
    assert np.isnan(cronbach_alpha(np.array([[1.0], [2.0]])))


def test_what_belongs_together_is_told(frame: pd.DataFrame) -> None:
    twice = frame.copy()
    twice["S22"] = twice["S21"] * 1.01
    twice["S11"] = 1.0
    found = examine(TABLE_1, twice)
    assert any("S21 and S22 tell nearly the same" in flag for flag in found.flags)
    assert any("S11 does not tell" in flag for flag in found.flags)
    assert found.components["share"].sum() == pytest.approx(1)
    influence = found.effective.groupby("branch")["influence"].sum()
    assert influence.tolist() == pytest.approx([1] * 4)
    assert found.within.loc["S", "children"] == 3

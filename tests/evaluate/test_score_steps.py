"""Normalising, weighting, joining: worked examples from the literature, and what holds for any table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from carbonpolis.evaluate import score

# Methods that look at all cities at once say so; here they are meant.
pytestmark = pytest.mark.filterwarnings("ignore::carbonpolis.evaluate.score.DependsOnTheSet")

TABLES = arrays(
    np.float64, st.tuples(st.integers(2, 8), st.integers(2, 5)), elements=st.integers(1, 1000).map(lambda n: n / 10)
)
WEIGHTINGS = ["equal", "entropy", "critic", "pca", "std", "merec", "bod"]


def test_saaty_three_items() -> None:
    # Saaty's scale, "moderately" and "strongly" more important; textbook result 0.637, 0.258, 0.105 with CR 0.033.
    found = score.ahp([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
    assert found.weights == pytest.approx([0.637, 0.258, 0.105], abs=5e-4)
    assert found.consistency_ratio == pytest.approx(0.0332, abs=5e-4)


def test_consistent_judgements_give_their_weights_back() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    found = score.ahp(weights[:, None] / weights)
    assert found.weights == pytest.approx(weights)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)


def test_judgements_must_be_reciprocal() -> None:
    with pytest.raises(ValueError, match="not reciprocal"):
        score.ahp([[1, 3], [3, 1]])


def test_entropy_by_hand() -> None:
    # Columns 1:3 and 1:1 and 2:3. Diversity 1 - H / ln 2: 0.18872, 0, 0.02905.
    found = score.weights([[1, 5, 2], [3, 5, 3]], "entropy")
    assert found == pytest.approx(np.array([0.18872, 0, 0.02905]) / 0.21777, abs=1e-4)


def test_entropy_looks_at_raw_shares_not_at_spread() -> None:
    # The same differences on a higher level tell less: 1:3 against 101:103.
    first, second = score.weights([[1, 101], [3, 103]], "entropy")
    assert first > 0.999
    assert second < 0.001


def test_critic_by_hand() -> None:
    # Min-max values (0, .5, 1), (0, .5, 1), (1, .5, 0): equal deviations; the third contradicts both others.
    # Conflict: 0 + 2, 0 + 2, 2 + 2 -> shares 1/4, 1/4, 1/2.
    assert score.weights([[1, 10, 3], [2, 20, 2], [3, 30, 1]], "critic") == pytest.approx([0.25, 0.25, 0.5])


def test_merec_by_hand() -> None:
    # |ln(min / x)|: city 1 (0, ln 2), city 2 (ln 4, 0). S = ln(1 + sum / 2); the effect of removing a column is summed.
    ln = np.log
    lost_by_first = ln(1 + ln(4) / 2) - ln(1)
    lost_by_second = ln(1 + ln(2) / 2) - ln(1)
    whole = lost_by_first + lost_by_second
    expected = [lost_by_first / whole, lost_by_second / whole]
    assert score.weights([[1, 2], [4, 1]], "merec") == pytest.approx(expected)


def test_every_city_its_own_best_light() -> None:
    # Each city leads in one indicator, so the benefit of the doubt weighs both alike.
    assert score.weights([[2.0, 1.0], [1.0, 2.0]], "bod") == pytest.approx([0.5, 0.5])


def test_topsis_fighter_aircraft() -> None:
    # Hwang & Yoon 1981, the choice of a fighter; cost as its negative. Published closeness of A1 to A4.
    aircraft = [
        [2.0, 1500, 20000, -5.5, 5, 9],
        [2.5, 2700, 18000, -6.5, 3, 5],
        [1.8, 2000, 21000, -4.5, 7, 7],
        [2.2, 1800, 20000, -5.0, 5, 5],
    ]
    found = score.aggregate(aircraft, [0.2, 0.1, 0.1, 0.1, 0.2, 0.3], "topsis")
    assert found == pytest.approx([0.643, 0.268, 0.613, 0.312], abs=1e-3)


def test_mpi_by_hand() -> None:
    # Two cities: standardised values are 90 or 110. One balanced at its mean of 90 or 110, no penalty.
    assert score.aggregate([[1, 5], [2, 6]], [1, 1], "mpi") == pytest.approx([90, 110])
    # Opposed: mean 100, standard deviation 10, penalty 10 * 10 / 100 = 1.
    assert score.aggregate([[1, 6], [2, 5]], [1, 1], "mpi") == pytest.approx([99, 99])


def test_the_three_means() -> None:
    table = [[1.0, 4.0]]
    assert score.aggregate(table, [1, 1]) == pytest.approx([2.5])
    assert score.aggregate(table, [1, 1], "geometric") == pytest.approx([2.0])
    assert score.aggregate(table, [1, 1], "harmonic") == pytest.approx([1.6])


def test_copeland_counts_duels() -> None:
    assert score.aggregate([[3, 3, 1], [2, 2, 2], [1, 1, 3]], [1, 1, 1], "copeland").tolist() == [2, 0, -2]


def test_minmax_between_goalposts_clips_and_turns() -> None:
    found = score.normalise([0.5, 1, 10.5, 20, 90], direction=-1, low=1, high=20, scale=(1, 100))
    assert found == pytest.approx([100, 100, 50.5, 1, 1])


def test_missing_stays_missing_and_no_spread_is_the_middle() -> None:
    assert score.normalise([1, np.nan, 3]).tolist() == pytest.approx([0, np.nan, 1], nan_ok=True)
    assert score.normalise([7, 7, 7]).tolist() == [0.5] * 3
    assert score.normalise([7, 7, 7], "zscore").tolist() == [0.0] * 3


def test_other_scales() -> None:
    assert score.normalise([1, 2, 3], "zscore") == pytest.approx([-1.2247, 0, 1.2247], abs=1e-4)
    assert score.normalise([5, 9, 7], "rank", direction=-1).tolist() == [3, 1, 2]
    assert score.normalise([0, 50, 120], "distance_to_target", target=100, base=0).tolist() == [0, 0.5, 1]
    assert score.normalise([1, 2, 3], "sigmoid")[1] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: score.normalise([1, 2], "best"), "choose from minmax"),
        (lambda: score.normalise([1, 2], direction=0), "a direction is"),
        (lambda: score.normalise([1, 2], target=3), "unexpected keyword"),
        (lambda: score.normalise([1, np.inf]), "finite"),
        (lambda: score.weights([[1, 2]], "magic"), "choose from equal"),
        (lambda: score.weights([[1, np.nan], [1, 2]]), "cell .0, 1."),
        (lambda: score.weights([[0, 1], [1, 2]], "merec"), "above zero"),
        (lambda: score.aggregate([[1, 2]], [1]), "expected 2 weights"),
        (lambda: score.aggregate([[1, 2]], [1, -1]), "zero or more"),
        (lambda: score.aggregate([[-1, 2]], [1, 1], "geometric"), "geometric: cell"),
    ],
)
def test_misuse_is_told(call: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()  # type: ignore[operator]


@given(TABLES, st.sampled_from(WEIGHTINGS))
def test_weights_are_shares(table: np.ndarray, method: str) -> None:
    found = score.weights(table, method)
    assert found.shape == (table.shape[1],)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1)


@given(TABLES, st.floats(0.01, 100), st.floats(-50, 50), st.sampled_from([1, -1]))
def test_minmax_does_not_see_the_unit(table: np.ndarray, unit: float, zero: float, direction: int) -> None:
    assert score.normalise(table * unit + zero, direction=direction) == pytest.approx(
        score.normalise(table, direction=direction), abs=1e-8
    )


@given(TABLES, st.sampled_from(["arithmetic", "geometric", "harmonic"]), st.integers(0, 10_000))
def test_a_dominated_city_never_stands_above(table: np.ndarray, method: str, seed: int) -> None:
    weights = np.random.default_rng(seed).dirichlet(np.ones(table.shape[1]))
    assume((table[0] >= table[1]).any())
    better = np.vstack([np.maximum(table[0], table[1]), table[1]])
    first, second = score.aggregate(better, weights, method)
    assert first >= second - 1e-9 * abs(second)

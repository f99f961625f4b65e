"""Treatment, imputation, judgement, importance: worked examples, degenerate input, and what holds for any table."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from carbonpolis.evaluate import score
from carbonpolis.evaluate.score.aggregate import SET_DEPENDENT
from carbonpolis.evaluate.score.bod import undominated
from carbonpolis.evaluate.score.ranks import mean_rank, rank_bounds
from carbonpolis.evaluate.score.treat import needs_treatment

TABLES = arrays(
    np.float64, st.tuples(st.integers(2, 7), st.integers(2, 4)), elements=st.integers(1, 500).map(lambda n: n / 5)
)
JOINS = ["arithmetic", "geometric", "harmonic", "topsis", "mpi", "copeland", "promethee"]

# Saaty 2008, Int. J. Services Sciences 1(1):83-98: which drink is consumed more in the US.
# Coffee, wine, tea, beer, sodas, milk, water.
DRINKS = [
    [1, 9, 5, 2, 1, 1, 1 / 2],
    [1 / 9, 1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
    [1 / 5, 3, 1, 1 / 3, 1 / 4, 1 / 3, 1 / 9],
    [1 / 2, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [1, 9, 4, 2, 1, 2, 1 / 2],
    [1, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [2, 9, 9, 3, 2, 3, 1],
]


def join(table: object, weights: object, method: str) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", score.DependsOnTheSet)
        return score.aggregate(table, weights, method)  # type: ignore[arg-type]


def test_saaty_drinks() -> None:
    found = score.ahp(DRINKS)
    assert found.weights == pytest.approx([0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327], abs=6e-4)
    assert found.consistency_ratio == pytest.approx(0.022, abs=1e-3)
    assert found.consistent


def test_a_group_that_agrees_is_one_person_and_one_that_opposes_is_even() -> None:
    one = score.ahp(DRINKS)
    for by in ("judgements", "priorities"):
        assert score.ahp_group([DRINKS, DRINKS], by=by).weights == pytest.approx(one.weights)
        even = score.ahp_group([[[1, 4], [1 / 4, 1]], [[1, 1 / 4], [4, 1]]], by=by)
        assert even.weights == pytest.approx([0.5, 0.5])
    heard = score.ahp_group([[[1, 4], [1 / 4, 1]], [[1, 1 / 4], [4, 1]]], importance=[3, 1])
    assert heard.weights == pytest.approx([2 / 3, 1 / 3])  # 4^(3/4) / 4^(1/4) = 2 to 1
    with pytest.raises(ValueError, match="all of one order"):
        score.ahp_group([DRINKS, [[1, 2], [1 / 2, 1]]])


def test_a_budget_is_each_experts_shares() -> None:
    assert score.budget([[50, 50], [20, 0]]) == pytest.approx([0.75, 0.25])
    with pytest.raises(ValueError, match="expert 1"):
        score.budget([[50, 50], [0, 0]])


def test_treatment_leaves_what_needs_none_and_draws_outliers_in() -> None:
    calm = np.linspace(0, 1, 30)
    assert not needs_treatment(calm)
    assert score.treat(calm).values.tolist() == calm.tolist()
    found = score.treat(np.append(calm, 100.0))
    assert found.values.max() == pytest.approx(1.0)
    assert found.done == ("1 value winsorised",)


def test_what_winsorising_cannot_mend_is_transformed_and_keeps_its_order() -> None:
    skewed = np.exp(np.linspace(0, 12, 40))
    found = score.treat(skewed, points=1)
    assert found.done[0].startswith("Box-Cox")
    assert np.argsort(found.values).tolist() == np.argsort(skewed).tolist()
    assert not needs_treatment(found.values)


def test_box_cox_is_scipys_and_says_what_a_logarithm_cannot_take() -> None:
    x = np.random.default_rng(0).lognormal(size=50)
    theirs, power = stats.boxcox(x)
    assert score.treat(x, "box_cox", power=power).values == pytest.approx(theirs, abs=1e-9)
    assert score.treat([1.0, np.e], "box_cox", power=0.0).values == pytest.approx([0, 1])
    with pytest.raises(ValueError, match=r"indicator 0 .* 0 can't be under a logarithm; give a shift of more than 0"):
        score.treat([0.0, 1.0, 2.0], "box_cox")


def test_winsorising_by_quantile_and_missing_values_stay_missing() -> None:
    found = score.treat([0, 1, 2, 3, 100, np.nan], "winsorise", low=0.0, high=0.75).values
    assert found.tolist() == pytest.approx([0, 1, 2, 3, 3, np.nan], nan_ok=True)


def test_imputation_is_marked_and_as_unsure_as_its_cities_differ() -> None:
    table = [[1, 10], [2, 20], [3, np.nan], [4, 40]]
    found = score.impute(table, "median")
    assert found.values[2, 1] == 20
    assert found.sd[2, 1] == pytest.approx(np.std([10, 20, 40]))
    assert found.imputed.sum() == 1
    assert (found.sd[~found.imputed] == 0).all()
    grouped = score.impute([[1.0], [3.0], [5.0], [90.0], [np.nan]], "group_median", groups=["a", "a", "a", "b", "a"])
    assert grouped.values[4, 0] == 3
    near = score.impute([[1, 10], [1.1, 11], [9, 90], [1.05, np.nan]], "neighbours", count=2)
    assert near.values[3, 1] == pytest.approx(10.5)


def test_expectation_finds_the_line_that_the_others_lie_on() -> None:
    x = np.linspace(0, 10, 40)
    table = np.column_stack([x, 3 * x + 1])
    table[7, 1] = np.nan
    found = score.impute(table, "expectation")
    assert found.values[7, 1] == pytest.approx(3 * x[7] + 1, abs=0.01)
    assert found.sd[7, 1] < 0.05


def test_nothing_can_be_guessed_from_nothing() -> None:
    with pytest.raises(ValueError, match="nothing is observed of indicator 1"):
        score.impute([[1, np.nan], [2, np.nan]])
    with pytest.raises(ValueError, match="needs `groups`"):
        score.impute([[1.0], [np.nan]], "group_median")


def test_equal_importance_makes_influences_equal() -> None:
    generator = np.random.default_rng(4)
    common = generator.normal(size=(200, 1))
    table = common + generator.normal(size=(200, 4)) * [0.5, 1, 2, 1]
    weights = score.weights(table, "equal_importance")
    assert score.effective_weights(table, weights) == pytest.approx([0.25] * 4, abs=1e-3)
    assert np.ptp(score.effective_weights(table, np.ones(4))) > 0.05


def test_standing_counts_below_and_ties() -> None:
    below, upto = rank_bounds(np.array([[1.0], [2.0], [2.0], [np.nan]]))
    assert below[:, 0].tolist() == pytest.approx([0, 1, 1, np.nan], nan_ok=True)
    assert upto[:, 0].tolist() == pytest.approx([1, 3, 3, np.nan], nan_ok=True)


@given(TABLES)
def test_mean_ranks_are_scipys(table: np.ndarray) -> None:
    assert mean_rank(table).tolist() == stats.rankdata(table, axis=0).tolist()


@given(TABLES)
def test_undominated_cities_are_those_that_nobody_passes(table: np.ndarray) -> None:
    kept = set(undominated(table).tolist())
    for place, row in enumerate(table):
        better = [k for k, other in enumerate(table) if (other >= row).all() and (other > row).any()]
        assert (place in kept) <= (not better)
    assert all(any((table[k] >= row).all() for k in kept) for row in table)


@given(
    TABLES,
    st.sampled_from(["arithmetic", "geometric", "harmonic", "topsis", "copeland", "promethee"]),
    st.integers(0, 99),
)
@settings(deadline=None)
def test_a_dominated_city_never_stands_above_its_dominator(table: np.ndarray, method: str, seed: int) -> None:
    weights = np.random.default_rng(seed).dirichlet(np.ones(table.shape[1]))
    found = join(table, weights, method)
    for one, row in enumerate(table):
        for other, below in enumerate(table):
            if (row >= below).all():
                assert found[one] >= found[other] - 1e-9 * max(1.0, abs(found[other]))


@given(TABLES, st.sampled_from(JOINS), st.integers(0, 6))
@settings(deadline=None)
def test_a_copy_changes_nothing_where_that_is_promised_and_warns_where_not(
    table: np.ndarray, method: str, which: int
) -> None:
    more = np.vstack([table, table[which % len(table)]])
    weights = np.ones(table.shape[1])
    if method in SET_DEPENDENT:
        with pytest.warns(score.DependsOnTheSet, match="even a copy"):
            score.aggregate(more, weights, method)
    else:
        assert score.aggregate(more, weights, method)[:-1].tolist() == score.aggregate(table, weights, method).tolist()


@given(TABLES, st.sampled_from(["entropy", "critic", "std", "merec", "bod", "pca"]), st.floats(0.1, 50))
@settings(deadline=None)
def test_weights_do_not_see_the_unit(table: np.ndarray, method: str, unit: float) -> None:
    scaled = table.copy()
    scaled[:, 0] *= unit
    assert score.weights(scaled, method) == pytest.approx(score.weights(table, method), abs=1e-6)


@pytest.mark.parametrize("method", ["equal", "entropy", "critic", "pca", "std", "merec", "bod", "equal_importance"])
def test_columns_that_tell_nothing_leave_weights_that_sum_to_one(method: str) -> None:
    for table in (np.full((4, 3), 5.0), np.column_stack([np.full(4, 5.0), [1, 2, 3, 5], [2, 1, 4, 3]])):
        found = score.weights(table, method)
        assert found.sum() == pytest.approx(1)
        assert np.isfinite(found).all()


@pytest.mark.parametrize("method", JOINS)
def test_one_city_and_cities_alike_have_a_number(method: str) -> None:
    assert np.isfinite(join([[3.0, 4.0]], [1, 1], method)).all()
    alike = join(np.full((3, 2), 4.0), [1, 1], method)
    assert np.ptp(alike) == pytest.approx(0)
    assert np.isfinite(alike).all()


@pytest.mark.parametrize("method", ["minmax", "zscore", "rank", "percentile", "distance_to_target", "sigmoid"])
def test_no_normalisation_makes_a_gap_of_a_number(method: str) -> None:
    for column in ([7.0], [7.0, 7.0, 7.0], [1.0, np.nan, 3.0]):
        found = score.normalise(column, method)
        assert np.isnan(found).tolist() == np.isnan(column).tolist()
    assert np.isnan(score.normalise([np.nan, np.nan], method)).all()


@pytest.mark.parametrize("method", ["entropy", "critic", "std", "pca"])
def test_one_city_cannot_be_weighed(method: str) -> None:
    with pytest.raises(ValueError, match="at least 2 cities"):
        score.weights([[1.0, 2.0]], method)

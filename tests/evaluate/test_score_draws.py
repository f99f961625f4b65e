"""The Monte Carlo: each draw is what its log says, chance is good and reproducible, ranks are ranks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SALib.analyze import sobol as salib_sobol
from SALib.test_functions import Ishigami
from scipy import stats
from tests.oracles.score_draws import replayed

from carbonpolis.evaluate.score import Framework, kernel, random_numbers, robust
from carbonpolis.evaluate.score.layout import Choices
from carbonpolis.evaluate.score.prepare import scaled_errors, scaled_table
from carbonpolis.evaluate.score.quantiles import column_quantiles
from carbonpolis.evaluate.score.sensitivity import sobol_indices, sobol_points

TABLE_1 = Framework.load("table-1")
LOW, HIGH = (np.array([getattr(leaf, end) for leaf in TABLE_1.leaves]) for end in ("low", "high"))
EVERYTHING = Choices(
    normalisations=("goalposts", "percentile", "minmax", "zscore"),
    treatments=("none", "winsorise"),
    aggregations=("arithmetic", "geometric", "harmonic"),
    imputations=("leave_out", "median"),
    flip=0.3,
)


def cities(count: int, seed: int = 1, missing: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Values between goalposts with a few holes, and their standard deviations."""
    generator = np.random.default_rng(seed)
    share = generator.random((count, 17))
    share[generator.random(share.shape) < missing] = np.nan
    index = [f"c{k}" for k in range(count)]
    frame = pd.DataFrame(LOW + share * (HIGH - LOW), index, TABLE_1.symbols)
    return frame, pd.DataFrame(np.full(share.shape, 0.04) * (HIGH - LOW), index, TABLE_1.symbols)


def test_each_draw_is_what_its_log_says() -> None:
    frame, sd = cities(60, missing=0.06)
    found = TABLE_1.monte_carlo(frame, 40, seed=3, sd=sd, choices=EVERYTHING)
    ranked = frame.loc[found.ranked]
    deviations = sd.loc[found.ranked]
    filled = frame.fillna(frame.median())
    guessed = np.where(frame.isna(), np.broadcast_to(frame.std(ddof=0), frame.shape), sd)
    ends = (TABLE_1.bottom, TABLE_1.top)
    assert {"median", "leave_out"} == set(found.log["imputation"])
    for draw in range(40):
        row = found.log.loc[draw]
        known = row["imputation"] == "leave_out"
        table = ranked if known else filled.loc[found.ranked]
        errors = deviations.to_numpy() if known else guessed[frame.index.isin(found.ranked)]
        how, treatment = row["normalisation"], row["treatment"]
        scaled = scaled_table(table.to_numpy(), TABLE_1.leaves, ends, how, treatment)
        unsure = scaled_errors(table.to_numpy(), np.nan_to_num(errors), scaled, TABLE_1.leaves, ends, how)
        score = replayed(TABLE_1, scaled, unsure, row)
        order = stats.rankdata(-score, method="min")
        close = np.abs(np.subtract.outer(score, score)) < 1e-3  # where float32 may order otherwise
        off = np.abs(order - found.ranks[draw])
        assert (off <= close.sum(axis=1) - 1).all(), draw


def test_the_same_on_any_number_of_threads_and_for_the_same_seed() -> None:
    frame, sd = cities(200)
    one, two, other = (
        TABLE_1.monte_carlo(frame, 100, seed=seed, sd=sd, threads=threads).ranks
        for seed, threads in ((5, 1), (5, 3), (6, 1))
    )
    assert (one == two).all()
    assert (one != other).any()


def test_one_by_one_is_what_the_compiled_tree_does() -> None:
    frame, sd = cities(40, missing=0.05)
    setting = TABLE_1._setting(frame, sd, None, EVERYTHING)
    tables, scales = robust.scale_tables(setting)
    factors = robust.sides(setting, len(scales), True)
    runs = robust.runs_at(setting, factors, len(scales), np.random.default_rng(0).random((20, len(factors))), 4)
    _, compiled = robust.run(setting, tables, runs, want_scores=True)
    _, slow = robust._one_by_one(setting.tree, tables, runs)
    assert compiled == pytest.approx(slow, abs=2e-4)


def test_a_branch_that_compares_cities_is_drawn_too() -> None:
    nodes = tuple(
        replace(node, aggregation="topsis" if node.name == "S2" else node.aggregation) for node in TABLE_1.nodes
    )
    frame, sd = cities(12)
    found = replace(TABLE_1, nodes=nodes).monte_carlo(frame, 30, sd=sd)
    assert set(found.log["aggregation S2"]) == {"topsis"}
    assert found.intervals().notna().all(axis=None)


def test_normal_numbers_are_normal_and_independent() -> None:
    drawn = np.empty((2, 64, 4096), np.float32)
    for key in range(64):
        random_numbers.normals(np.uint64(key), 0, drawn[0, key], drawn[1, key])
    flat = drawn.ravel().astype(np.float64)
    assert stats.kstest(flat[:200_000], "norm").pvalue > 1e-3
    assert abs(flat.mean()) < 5 / np.sqrt(flat.size)
    assert abs(flat.std() - 1) < 5 / np.sqrt(2 * flat.size)
    assert abs(stats.kurtosis(flat)) < 0.03
    beside = [
        np.mean(drawn[..., 1:] * drawn[..., :-1]),
        np.mean(drawn[0] * drawn[1]),
        np.mean(drawn[:, 1:] * drawn[:, :-1]),
    ]
    assert np.abs(beside).max() < 5 / np.sqrt(250_000)


def test_a_city_draws_the_same_wherever_its_block_begins() -> None:
    whole, part = np.empty((2, 500), np.float32), np.empty((2, 100), np.float32)
    random_numbers.normals(np.uint64(9), 0, whole[0], whole[1])
    random_numbers.normals(np.uint64(9), 400, part[0], part[1])
    assert (whole[:, 400:] == part).all()


@given(st.lists(st.integers(0, 30), min_size=1, max_size=300))
@settings(max_examples=50, deadline=None)
def test_ranks_of_the_radix_sort_are_ranks(values: list[int]) -> None:
    score = np.array([*values, *([0] * (-len(values) % 64))], np.float32)
    rank = np.empty(len(values), np.int32)
    keyed, again = np.empty((2, len(values)), np.uint64)
    kernel._rank(score, keyed, again, np.empty((2, 1 << kernel.DIGITS), np.int32), rank)
    assert rank.tolist() == stats.rankdata(-np.array(values), method="min").tolist()


def test_quantiles_are_numpys() -> None:
    table = np.random.default_rng(0).integers(1, 50, (37, 700)).astype(np.int32)
    assert column_quantiles(table, (0.05, 0.5, 0.95)) == pytest.approx(np.quantile(table, (0.05, 0.5, 0.95), axis=0).T)


def test_errors_widen_what_they_touch_and_nothing_else() -> None:
    frame, sd = cities(30)
    plain = Choices(normalisations=("goalposts",), aggregations=("arithmetic",), concentration=1e9)
    sure = TABLE_1.uncertainty(frame, 200, choices=plain)
    unsure = TABLE_1.uncertainty(frame, 200, choices=plain, sd=sd * 5)
    assert (sure["rank_low"] == sure["rank_high"]).mean() > 0.8  # nothing is open but what the 1e9 leaves
    assert (unsure["rank_high"] - unsure["rank_low"]).mean() > 3


def test_probabilities_of_the_top_and_of_duels() -> None:
    frame, _ = cities(12)
    found = TABLE_1.monte_carlo(frame, 300)
    assert found.top(12).eq(1).all()
    assert found.top(3).sum() == pytest.approx(3, abs=0.2)
    duels = found.duels()
    assert np.allclose(duels + duels.T, 1)
    assert found.beats("c0", "c5") == pytest.approx(duels.loc["c0", "c5"])
    with pytest.raises(ValueError, match="nobody is not ranked"):
        found.beats("nobody", "c5")


def test_ishigami_as_salib_has_it() -> None:
    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[-np.pi, np.pi]] * 3}
    points = sobol_points(3, 1024, seed=1)
    y = Ishigami.evaluate(points * 2 * np.pi - np.pi)
    found = sobol_indices(y, 3)[0]
    # SALib wants A, AB1 ... ABk, B for each sample in turn.
    blocks = y.reshape(5, 1024)
    theirs = salib_sobol.analyze(problem, blocks[[0, 2, 3, 4, 1]].T.ravel(), calc_second_order=False, seed=1)
    assert found[:, 0] == pytest.approx(theirs["S1"], abs=1e-9)
    assert found[:, 1] == pytest.approx(theirs["ST"], abs=1e-9)
    # Analytic values for a = 7, b = 0.1 (Ishigami & Homma 1990).
    assert found[:, 0] == pytest.approx([0.3139, 0.4424, 0], abs=0.03)
    assert found[:, 1] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)


def test_sensitivity_of_any_target_and_every_city() -> None:
    frame, sd = cities(15)
    whole = TABLE_1.sensitivity(frame, sd=sd, samples=64)
    assert {"scale", "weights S", "aggregation S1", "direction S33", "data error"} <= set(whole.index)
    assert (whole["total"] > -1e-9).all()
    each = TABLE_1.sensitivity(frame, sd=sd, samples=64, target="score")
    assert set(each.index.get_level_values("city")) == set(frame.index)
    assert len(TABLE_1.sensitivity(frame, samples=64, target="top 3")) == 15 * (len(whole) - 1)
    with pytest.raises(ValueError, match="no target 'worst'"):
        TABLE_1.sensitivity(frame, target="worst")
    with pytest.raises(ValueError, match="power of two"):
        TABLE_1.sensitivity(frame, samples=100)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"normalisations": ("best",)}, "choose from goalposts"),
        ({"aggregations": ("topsis",)}, "choose from arithmetic"),
        ({"imputations": ()}, "at all"),
        ({"flip": 2.0}, "expected 0 to 1"),
        ({"concentration": 0.0}, "more than 0"),
    ],
)
def test_choices_that_do_not_exist_are_told(change: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Choices(**change)  # type: ignore[arg-type]

"""What weights of any branch could do, against a search by hand; and what taking each indicator away does to ranks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carbonpolis.evaluate.score import Framework
from carbonpolis.evaluate.score.targets import best_rank, reweigh

TABLE_1 = Framework.load("table-1")
LOW, HIGH = (np.array([getattr(leaf, end) for leaf in TABLE_1.leaves]) for end in ("low", "high"))
DEEP = """
name = "deep"
version = "1"
scale = [1, 100]
{nodes}
{leaves}
"""
NODE = '[[node]]\nname = "{}"\nparent = "{}"\naggregation = "{}"\nweight = {}\n'
LEAF = '[[indicator]]\nsymbol = "{}"\nparent = "{}"\ndirection = 1\nlow = 0\nhigh = 1\n'


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    share = np.random.default_rng(8).random((20, 17))
    return pd.DataFrame(LOW + share * (HIGH - LOW), [f"c{k}" for k in range(20)], TABLE_1.symbols)


def deep(folder: Path, top: str, middle: str, low: str) -> Framework:
    """top over middle over low, each with an indicator or two beside the next."""
    nodes = (
        NODE.format("top", "", top, 1) + NODE.format("middle", "top", middle, 2) + NODE.format("low", "middle", low, 1)
    )
    leaves = "".join(
        LEAF.format(*each) for each in [("a", "top"), ("b", "middle"), ("c", "low"), ("d", "low"), ("e", "low")]
    )
    file = folder / "deep.toml"
    file.write_text(DEEP.format(nodes=nodes, leaves=leaves), encoding="utf-8")
    return Framework.load(file)


def rank_under(framework: Framework, frame: pd.DataFrame, weights: dict[str, float], city: str) -> int:
    """A weight of zero is as good as nothing."""
    return int(framework.weighted(**{k: max(v, 1e-9) for k, v in weights.items()}).score(frame).ranks[city])


def best_by_search(framework: Framework, frame: pd.DataFrame, names: list[str], city: str, draws: int = 150) -> int:
    """Oracle: the best rank that so many random weights give."""
    generator = np.random.default_rng(3)
    drawn = generator.dirichlet(np.full(len(names), 0.5), draws)
    return min(rank_under(framework, frame, dict(zip(names, w, strict=True)), city) for w in drawn)


@pytest.mark.parametrize("node", ["S", "S1", "S2", "S3"])
def test_the_best_rank_under_the_weights_of_any_branch_is_reached_and_no_search_beats_it(
    frame: pd.DataFrame, node: str
) -> None:
    ranks = TABLE_1.score(frame).ranks
    city = str(ranks.eq(9).idxmax())
    found = best_rank(TABLE_1, frame, city, node=node)
    assert sum(found.weights.values()) == pytest.approx(1)
    assert rank_under(TABLE_1, frame, found.weights, city) == found.rank
    assert found.rank <= best_by_search(TABLE_1, frame, list(found.weights), city)
    least = reweigh(TABLE_1, frame, city, 1, node=node)
    assert least is not None
    assert rank_under(TABLE_1, frame, least.weights, city) <= 8
    assert least.change <= found.change + 1e-9


LINEAR = [("arithmetic",) * 3, ("harmonic",) * 3, ("geometric",) * 3]
LINEAR += [("geometric", "geometric", "harmonic"), ("geometric", "harmonic", "harmonic")]
LINEAR += [("geometric", "arithmetic", "arithmetic"), ("geometric", "geometric", "arithmetic")]


@pytest.mark.parametrize("means", LINEAR, ids="-".join)
def test_weights_two_branches_below_the_root(tmp_path: Path, means: tuple[str, str, str]) -> None:
    framework = deep(tmp_path, *means)
    frame = pd.DataFrame(np.random.default_rng(4).random((15, 5)), columns=list("abcde"))
    frame.index = frame.index.map("c{}".format)
    ranks = framework.score(frame).ranks
    for place in (5, 11):
        city = str(ranks.eq(place).idxmax())
        found = best_rank(framework, frame, city, node="low")
        assert rank_under(framework, frame, found.weights, city) == found.rank
        assert found.rank <= best_by_search(framework, frame, ["c", "d", "e"], city, 80)


def test_what_is_not_linear_is_told(tmp_path: Path, frame: pd.DataFrame) -> None:
    bent = deep(tmp_path, "arithmetic", "geometric", "arithmetic")
    values = pd.DataFrame(np.random.default_rng(4).random((6, 5)), list("uvwxyz"), list("abcde"))
    with pytest.raises(
        ValueError, match=r"not linear in the weights of low \(low arithmetic, middle geometric, top ar"
    ):
        best_rank(bent, values, "u", node="low")
    assert best_rank(bent, values, "u", node="top").rank >= 1
    with pytest.raises(ValueError, match="no branch 'S9'; choose from S, S1, S2, S3"):
        best_rank(TABLE_1, frame, "c1", node="S9")
    some = frame.copy()
    some.loc["c3", "S13"] = np.nan
    with pytest.raises(ValueError, match="every ranked city has all that they weigh; not in c3"):
        best_rank(TABLE_1, some, "c1", node="S1")
    # What is missing beside the branch only scales the weights up: that bends nothing in a branch of the same mean.
    same, gap = deep(tmp_path, "arithmetic", "arithmetic", "arithmetic"), values.copy()
    gap.loc["v", "a"] = np.nan
    found = best_rank(same, gap, "v", node="low")
    assert rank_under(same, gap, found.weights, "v") == found.rank
    ratio = deep(tmp_path, "geometric", "arithmetic", "arithmetic")
    with pytest.raises(ValueError, match="something beside it is missing in some cities"):
        best_rank(ratio, gap, "v", node="low")


def test_ranks_without_each_indicator_are_those_of_scoring_without_it(frame: pd.DataFrame) -> None:
    frame = frame.copy()
    frame.loc["c5", ["S31", "S32"]] = np.nan  # not ranked, but without S31 or S32 half of S3 would still be missing
    table = TABLE_1.removals(frame)
    assert sorted(table.index) == TABLE_1.symbols
    assert table["mean_shift"].is_monotonic_decreasing
    whole = TABLE_1.score(frame)
    for symbol in ("S11", "S27", "S33"):
        less = TABLE_1.without(symbol).score(frame)
        both = whole.ranked & less.ranked
        shift = less.total[both].rank(ascending=False) - whole.total[both].rank(ascending=False)
        assert table.loc[symbol, "mean_shift"] == pytest.approx(shift.abs().mean())
        assert abs(table.loc[symbol, "largest_shift"]) == shift.abs().max()
        assert shift[table.loc[symbol, "city"]] == table.loc[symbol, "largest_shift"]
        assert table.loc[symbol, "compared"] == both.sum()


def test_an_indicator_that_nobody_has_moves_nobody_and_dropping_out_is_counted(frame: pd.DataFrame) -> None:
    frame = frame.assign(S23=np.nan)
    frame.loc["c1", ["S31"]] = np.nan  # two of three: ranked, but one of two is too little
    table = TABLE_1.removals(frame)
    assert table.loc["S23", "mean_shift"] == 0
    assert pd.isna(table.loc["S23", "city"])
    assert table.loc["S32", "no_longer_ranked"] == 1

"""A tree as data: denominators, treatments, normalisations, weights from the data and any joining, node by node."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carbonpolis.evaluate import score
from carbonpolis.evaluate.score import Framework

MIXED = """
name = "mixed"
version = "1"
scale = [1, 100]
[[node]]
name = "top"
aggregation = "harmonic"
[[node]]
name = "left"
parent = "top"
aggregation = "{left}"
weights = "{weights}"
[[node]]
name = "right"
parent = "top"
aggregation = "arithmetic"
weight = 2
[[indicator]]
symbol = "a"
parent = "left"
direction = -1
denominator = "people"
low = 0
high = 10
[[indicator]]
symbol = "b"
parent = "left"
direction = 1
normalisation = "minmax"
treatment = "winsorise"
[[indicator]]
symbol = "c"
parent = "right"
direction = 1
normalisation = "distance_to_target"
options = {{ target = 50, base = 0 }}
"""
FRAME = pd.DataFrame(
    {
        "people": [10.0, 20, 30, 40, 50, 60],
        "a": [20.0, 100, 90, 320, 100, 480],
        "b": [1.0, 2, 3, 4, 5, 600],
        "c": [10.0, 25, 50, 60, 5, 30],
    },
    index=list("uvwxyz"),
)


def framework(folder: Path, left: str = "geometric", weights: str = "given") -> Framework:
    file = folder / "mixed.toml"
    file.write_text(MIXED.format(left=left, weights=weights), encoding="utf-8")
    return Framework.load(file)


def test_every_step_of_a_node_is_done(tmp_path: Path) -> None:
    found = framework(tmp_path).score(FRAME)
    a = 1 + 99 * (1 - np.clip(FRAME["a"] / FRAME["people"] / 10, 0, 1))
    b = 1 + 99 * score.normalise(score.treat(FRAME["b"], "winsorise").values)
    c = 1 + 99 * np.clip(FRAME["c"] / 50, 0, 1)
    left = np.sqrt(a * b)
    assert found.normalised["a"].tolist() == pytest.approx(a.tolist())
    assert found.levels["left"].tolist() == pytest.approx(left.tolist())
    assert found.total.tolist() == pytest.approx((3 / (1 / left + 2 / c)).tolist())
    assert found.contributions.sum(axis=1).tolist() == pytest.approx(found.total.tolist())
    assert found.weights == {"top": {"left": 1 / 3, "right": 2 / 3}, "left": {"a": 0.5, "b": 0.5}, "right": {"c": 1.0}}
    assert found.notes == ("b stand relative to the cities looked at: a city added moves the others",)


def test_weights_from_the_data_are_those_of_the_method_and_say_that_they_move(tmp_path: Path) -> None:
    found = framework(tmp_path, weights="critic").score(FRAME)
    expected = score.weights(found.normalised[["a", "b"]], "critic")
    assert list(found.weights["left"].values()) == pytest.approx(expected)
    assert any("left has critic weights" in note for note in found.notes)


@pytest.mark.parametrize("left", ["topsis", "mpi", "copeland", "promethee"])
def test_branches_that_compare_cities_stand_in_a_tree_and_need_every_child(tmp_path: Path, left: str) -> None:
    holed = FRAME.copy()
    holed.loc["w", "b"] = np.nan
    found = framework(tmp_path, left=left).score(holed)
    assert np.isnan(found.total["w"])
    assert not found.ranked["w"]
    whole = found.levels["left"].drop("w")
    assert whole.between(1, 130).all()
    assert found.contributions.sum(axis=1).drop("w").tolist() == pytest.approx(found.total.drop("w").tolist())


def test_copeland_is_what_counting_every_duel_gives() -> None:
    generator = np.random.default_rng(6)
    for weights in (np.ones(5), generator.dirichlet(np.ones(5))):
        table = generator.integers(0, 4, (60, 5)).astype(float)
        share = weights / weights.sum()
        margin = np.sign(table[:, None] - table[None]) @ share
        by_hand = np.where(np.abs(margin) > 1e-9, np.sign(margin), 0).sum(axis=1)
        with pytest.warns(score.DependsOnTheSet):
            assert score.aggregate(table, weights, "copeland").tolist() == by_hand.tolist()


def test_a_denominator_that_cannot_divide_is_told(tmp_path: Path) -> None:
    mixed = framework(tmp_path)
    with pytest.raises(ValueError, match="divided by 'people', which is no column"):
        mixed.score(FRAME.drop(columns="people"))
    with pytest.raises(ValueError, match="v, people is 0; a can't be divided by it"):
        mixed.score(FRAME.assign(people=[1, 0, 1, 1, 1, 1]))
    with pytest.raises(ValueError, match="u, c is 'many'; expected a number"):
        mixed.score(FRAME.astype(object).assign(c=["many", 1, 1, 1, 1, 1]))


def test_one_city_all_alike_and_all_missing_have_a_stated_outcome(tmp_path: Path) -> None:
    mixed = framework(tmp_path)
    alone = mixed.score(FRAME.loc[["u"]])
    assert alone.ranks["u"] == 1  # without spread an indicator stands in the middle of the scale
    assert alone.normalised.loc["u", "b"] == pytest.approx(50.5)
    alike = mixed.score(pd.DataFrame({"people": 1.0, "a": 5.0, "b": 5.0, "c": 5.0}, index=list("pq")))
    assert alike.ranks.tolist() == [1, 1]
    nothing = mixed.score(FRAME.assign(a=np.nan, b=np.nan, c=np.nan))
    assert nothing.ranks.isna().all()
    assert (nothing.why_not != "").all()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('weights = "given"', 'weights = "magic"', "no weighting 'magic'"),
        ('normalisation = "minmax"', 'normalisation = "best"', "no normalisation 'best'"),
        ('treatment = "winsorise"', 'treatment = "trim"', "no treatment 'trim'"),
        ("scale = [1, 100]", "scale = [1, 100", "framework"),
        ('name = "mixed"', 'name = "mixed"\nflip = 3', "expected 0 to 1"),
    ],
)
def test_what_does_not_exist_is_told_with_its_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / "wrong.toml"
    text = MIXED.format(left="geometric", weights="given")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        Framework.load(file)


def test_parts_can_be_left_out_turned_and_weighed_anew() -> None:
    table = Framework.load("table-1")
    assert "S2" not in {node.name for node in table.without("S2").nodes}
    assert table.without("S31", "S32", "S33").symbols == table.without("S3").symbols
    assert next(leaf for leaf in table.turned("S14").leaves if leaf.symbol == "S14").direction == 1
    assert next(node for node in table.weighted(S1=3.0).nodes if node.name == "S1").weight == 3
    for change in (lambda: table.without("S9"), lambda: table.turned("S9"), lambda: table.weighted(S9=1.0)):
        with pytest.raises(ValueError, match="'S9' is not there"):
            change()
    with pytest.raises(ValueError, match="nothing is left"):
        table.without("S")
    with pytest.raises(ValueError, match="more than 0"):
        table.weighted(S1=0.0)

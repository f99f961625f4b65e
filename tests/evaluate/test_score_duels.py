"""Copeland's duels: a bit a duel gives what counting pair by pair gives."""

from __future__ import annotations

import numpy as np
import pytest

from carbonpolis.evaluate import score
from carbonpolis.evaluate.score import outrank
from carbonpolis.evaluate.score.outrank import MANY
from carbonpolis.evaluate.score.pairwise_bits import net_wins, whole_votes
from carbonpolis.evaluate.score.ranks import places


def duels_by_hand(table: np.ndarray, weights: np.ndarray) -> list[int]:
    """Oracle: of every city those it beats less those that beat it, pair by pair."""
    margin = sum(w * np.sign(column[:, None] - column[None]) for w, column in zip(weights, table.T, strict=True))
    return np.where(np.abs(margin) > 1e-9, np.sign(margin), 0).astype(int).sum(axis=1).tolist()


@pytest.mark.parametrize("cities", [1, 9, 512, 513, 1300])
@pytest.mark.parametrize("weights", [[1, 1, 1], [1, 1, 1, 1], [1 / 3, 1 / 6, 1 / 6, 1 / 3, 0]], ids=str)
def test_duels_by_the_bit_are_those_by_hand_with_ties_and_without(cities: int, weights: list[float]) -> None:
    generator = np.random.default_rng(cities)
    share = np.array(weights) / sum(weights)
    votes = whole_votes(share)
    assert votes is not None
    few, many = generator.integers(0, 4, (cities, len(share))), generator.random((cities, len(share)))
    mixed = np.where(np.arange(len(share)) % 2, few, many)
    for table in (few, many, mixed):
        assert net_wins(*places(table.astype(float)), votes).tolist() == duels_by_hand(table, share)


def test_weights_are_votes_only_where_every_duel_ends_alike() -> None:
    assert whole_votes(np.full(17, 1 / 17)) == (1,) * 17
    assert whole_votes(np.array([1 / 3 / 6, 1 / 3 / 8, 1 / 9]) / (1 / 18 + 1 / 24 + 1 / 9)) == (4, 3, 8)
    assert whole_votes(np.array([0.5 + 1e-9, 0.5 - 1e-9])) == (1, 1)
    assert whole_votes(np.array([0.5 + 1e-7, 0.5 - 1e-7])) is None


def test_many_cities_are_compared_by_the_bit_as_they_are_pair_by_pair() -> None:
    table, even = np.random.default_rng(7).integers(0, 900, (MANY, 3)).astype(float), np.full(3, 1 / 3)
    with pytest.warns(score.DependsOnTheSet):
        quick = score.aggregate(table, even, "copeland")
    assert quick.tolist() == outrank._by_weight(places(table)[0], even).tolist()
    assert quick.sum() == 0

"""How far ranks hang on choices that could as well have been made otherwise: Monte Carlo over all of them at once.

Source of the practice: Saisana, Saltelli & Tarantola 2005, J. R. Stat. Soc. A 168:307-323.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from carbonpolis.evaluate.score.checks import Array
from carbonpolis.evaluate.score.tree import Shape, values

# Dirichlet concentration an indicator: a weight of 1/6 then has a standard deviation of about 0.07. Ours.
CONCENTRATION = 4.0
CELLS_AT_ONCE = 2_000_000  # draws x cities x indicators held in memory together


def rank_draws(
    goalposts: Array, percentiles: Array, ends: tuple[float, float], flip: float, tree: Shape, draws: int, seed: int
) -> Array:
    """Ranks (draws x cities), 1 is best, ties share the better rank; of cities that all have a value.

    goalposts, percentiles: cities x indicators on the scale `ends` by either normalisation, NaN where missing.
    Each draw takes weights from a Dirichlet distribution around the given ones, either normalisation, an arithmetic or
    a geometric mean in each branch, and turns each ambiguous indicator round with the chance `flip`.
    """
    cities, width = goalposts.shape
    generator = np.random.default_rng(seed)
    ambiguous = np.array([leaf.ambiguous for leaf in tree.leaves])
    at_once = max(1, CELLS_AT_ONCE // max(1, cities * width))
    found = []
    for first in range(0, draws, at_once):
        count = min(at_once, draws - first)
        # Gamma variates, scaled to sum one inside each branch by the tree, are Dirichlet.
        leaf_weights = generator.gamma(CONCENTRATION, size=(count, width)) * [leaf.weight for leaf in tree.leaves]
        node_weights = generator.gamma(CONCENTRATION, size=(count, len(tree.nodes))) * [n.weight for n in tree.nodes]
        geometric = generator.integers(2, size=(count, len(tree.nodes))).astype(np.float64)
        by_goalposts = generator.random(count) < 0.5
        turned = (generator.random((count, width)) < flip) & ambiguous
        scaled = np.where(by_goalposts[:, None, None], goalposts, percentiles)
        scaled = np.where(turned[:, None, :], sum(ends) - scaled, scaled)
        value = values(scaled, tree, leaf_weights, node_weights, geometric)
        found.append(rankdata(-np.round(value, 9), method="min", axis=1).astype(np.float64))
    return np.concatenate(found)

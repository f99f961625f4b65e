"""The arithmetic of a tree of indicators: branch values, how much of each is observed, and whose points they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from carbonpolis.evaluate.score.checks import Array

MEANS = ("arithmetic", "geometric")


@dataclass(frozen=True, slots=True)
class Leaf:
    """An indicator in a framework: direction +1 or -1, goalposts in the unit of its scored form, ambiguous readings."""

    symbol: str
    parent: str
    weight: float
    direction: int
    low: float
    high: float
    ambiguous: bool
    note: str


@dataclass(frozen=True, slots=True)
class Node:
    """A branch: how its children are joined, and how much of their weight must be observed for a city to be ranked."""

    name: str
    parent: str
    weight: float
    aggregation: str
    observed: float


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch's value (cities), share of its weight that is observed (cities), points (cities x leaves)."""

    value: Array
    observed: Array
    points: Array


@dataclass(frozen=True, slots=True)
class Shape:
    """The tree's branches and leaves in the order of the framework."""

    nodes: Sequence[Node]
    leaves: Sequence[Leaf]

    @property
    def root(self) -> Node:
        """The branch without a parent."""
        return next(node for node in self.nodes if not node.parent)

    def leaves_of(self, node: Node) -> list[int]:
        """Places of the leaves right under a branch."""
        return [place for place, leaf in enumerate(self.leaves) if leaf.parent == node.name]

    def nodes_of(self, node: Node) -> list[int]:
        """Places of the branches right under a branch."""
        return [place for place, child in enumerate(self.nodes) if child.parent == node.name]


def climb(scaled: Array, tree: Shape) -> dict[str, Branch]:
    """Every branch by name. scaled: cities x leaves on the scale (1 or more), NaN where missing.

    A missing leaf is left out and the weights beside it are scaled up; a branch with a branch of which nothing is
    observed has no value. Points add up to the value: in an arithmetic branch a child's weight times its value, in a
    geometric branch the value shared out by weight times logarithm; within a child in proportion to its own points.
    """
    found: dict[str, Branch] = {}

    def branch(node: Node) -> Branch:
        parts: list[Branch] = []
        for place in tree.leaves_of(node):
            points = np.zeros_like(scaled)
            points[:, place] = np.nan_to_num(scaled[:, place])
            parts.append(Branch(scaled[:, place], np.isfinite(scaled[:, place]).astype(np.float64), points))
        below = [tree.nodes[place] for place in tree.nodes_of(node)]
        parts += [branch(child) for child in below]
        shares = [tree.leaves[place].weight for place in tree.leaves_of(node)] + [child.weight for child in below]
        found[node.name] = _join(parts, np.array(shares), node.aggregation, needed=len(below))
        return found[node.name]

    branch(tree.root)
    return found


def values(scaled: Array, tree: Shape, leaf_weights: Array, node_weights: Array, geometric: Array) -> Array:
    """The root's value for many draws at once (draws x cities); NaN as in `climb`.

    scaled: draws x cities x leaves; leaf_weights: draws x leaves; node_weights: draws x nodes; geometric: draws x
    nodes, 1 where that branch is joined by the geometric mean and 0 where by the arithmetic.
    """
    place_of = {node.name: place for place, node in enumerate(tree.nodes)}

    def branch(node: Node) -> Array:
        leaves, below = tree.leaves_of(node), tree.nodes_of(node)
        above = [branch(tree.nodes[place])[:, :, None] for place in below]
        table = np.concatenate([scaled[:, :, leaves], *above], axis=2)
        weights = np.concatenate([leaf_weights[:, leaves], node_weights[:, below]], axis=1)[:, None, :]
        known = np.isfinite(table)
        weights = np.where(known, weights, 0.0)
        whole = weights.sum(axis=2)
        whole = np.where(whole > 0, whole, np.nan)
        filled = np.where(known, table, 1.0)
        plain = (weights * filled).sum(axis=2) / whole
        by_logs = np.exp((weights * np.log(filled)).sum(axis=2) / whole)
        value = np.where(geometric[:, place_of[node.name], None] > 0, by_logs, plain)
        return np.where(known[:, :, len(leaves) :].all(axis=2), value, np.nan)

    return branch(tree.root)


def _join(parts: Sequence[Branch], shares: Array, aggregation: str, needed: int) -> Branch:
    """One branch from its children, of which the last `needed` can't be missing."""
    children = np.column_stack([part.value for part in parts])
    known = np.isfinite(children)
    weights = np.where(known, shares, 0.0)
    whole = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, whole, out=np.zeros_like(weights), where=whole > 0)
    filled = np.where(known, children, 1.0)
    terms = weights * (np.maximum(np.log(filled), 0.0) if aggregation == "geometric" else filled)
    total = terms.sum(axis=1)
    complete = known.any(axis=1) & known[:, len(parts) - needed :].all(axis=1)
    value = np.where(complete, np.exp(total) if aggregation == "geometric" else total, np.nan)
    # Where every logarithm is zero (all at 1) the weights share the points out.
    of_value = np.divide(terms, total[:, None], out=weights.copy(), where=total[:, None] > 0)
    observed = (np.column_stack([part.observed for part in parts]) * shares / shares.sum()).sum(axis=1)
    points = np.zeros_like(parts[0].points)
    for column, part in enumerate(parts):
        own = part.points / np.where(np.nan_to_num(part.value) > 0, part.value, 1.0)[:, None]
        points += own * (of_value[:, column] * value)[:, None]
    return Branch(value, observed, points)

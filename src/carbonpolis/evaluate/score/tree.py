"""The arithmetic of a tree of indicators: branch values, how much of each is observed, and whose points they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from carbonpolis.evaluate.score.aggregate import METHODS
from carbonpolis.evaluate.score.validation import Array
from carbonpolis.evaluate.score.weight import weights as weigh

MEANS = ("arithmetic", "geometric", "harmonic")
GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Leaf:
    """An indicator in a framework.

    direction: +1 or -1. low, high: goalposts in the unit of its scored form, NaN where it is normalised otherwise.
    ambiguous: whether the paper can be read the other way. denominator: column that it is divided by, "" for none.
    treatment, normalisation and options: rows of those steps. other: column of another form of the indicator, "" for
    none; reads: the column that is read, "" for the symbol's.
    """

    symbol: str
    parent: str
    weight: float
    direction: int
    low: float
    high: float
    ambiguous: bool
    note: str
    denominator: str = ""
    treatment: str = "none"
    normalisation: str = "goalposts"
    options: Mapping[str, float] = field(default_factory=dict)
    other: str = ""
    reads: str = ""

    @property
    def column(self) -> str:
        """Where a frame has its values: under its symbol, unless it is read in its other form."""
        return self.reads or self.symbol


@dataclass(frozen=True, slots=True)
class Node:
    """A branch: how its children are joined and weighed ("given" or a method that looks at the data), and how much of
    their weight must be observed for a city to be ranked."""

    name: str
    parent: str
    weight: float
    aggregation: str
    observed: float
    weighting: str = GIVEN


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch's value (cities), share of its weight that is observed (cities), shares of its value by child (cities x
    children, leaves first), weights of its children before anything is missing."""

    value: Array
    observed: Array
    shares: Array
    weights: Array


@dataclass(frozen=True)
class Shape:
    """The tree's branches and leaves in the order of the framework. bottom, top: ends of the scale."""

    nodes: Sequence[Node]
    leaves: Sequence[Leaf]
    bottom: float = 1.0
    top: float = 100.0

    @cached_property
    def root(self) -> Node:
        """The branch without a parent."""
        return next(node for node in self.nodes if not node.parent)

    @cached_property
    def place(self) -> dict[str, int]:
        """Places of the branches by name."""
        return {node.name: place for place, node in enumerate(self.nodes)}

    def leaves_of(self, node: Node) -> list[int]:
        """Places of the leaves right under a branch."""
        return [place for place, leaf in enumerate(self.leaves) if leaf.parent == node.name]

    def nodes_of(self, node: Node) -> list[int]:
        """Places of the branches right under a branch."""
        return [place for place, child in enumerate(self.nodes) if child.parent == node.name]

    def upward(self) -> list[int]:
        """Places of the branches, each after all that stand under it."""
        order: list[int] = []

        def visit(node: Node) -> None:
            for place in self.nodes_of(node):
                visit(self.nodes[place])
            order.append(self.place[node.name])

        visit(self.root)
        return order


def climb(scaled: Array, tree: Shape, given: Mapping[str, Array] | None = None) -> dict[str, Branch]:
    """Every branch by name. scaled: cities x leaves on the scale (1 or more), NaN where missing.

    given: weights of the children of branches (leaves first), instead of their own.
    A missing leaf is left out and the weights beside it are scaled up; a branch with a branch of which nothing is
    observed has no value; a branch joined by comparing cities needs all its children.
    """
    found: dict[str, Branch] = {}
    for place in tree.upward():
        node = tree.nodes[place]
        leaves, below = tree.leaves_of(node), [tree.nodes[child] for child in tree.nodes_of(node)]
        children = np.column_stack([scaled[:, leaves], *(found[child.name].value for child in below)])
        seen = np.column_stack([np.isfinite(scaled[:, leaves]), *(found[child.name].observed for child in below)])
        weights = given[node.name] if given and node.name in given else _weights(node, children, tree)
        value, shares = join(children, weights, node.aggregation, len(below), (tree.bottom, tree.top))
        found[node.name] = Branch(value, seen @ weights / weights.sum(), shares, weights)
    return found


def points(branches: Mapping[str, Branch], tree: Shape) -> Array:
    """Whose points the root is made of: cities x leaves, which add up to it; NaN where it has no value.

    In an arithmetic branch a child has its weight times its value; in a geometric branch the value is shared out by
    weight times logarithm, elsewhere by weight times value; so on down the tree.
    """
    held = {tree.root.name: branches[tree.root.name].value}
    found = np.empty((len(held[tree.root.name]), len(tree.leaves)))
    for place in reversed(tree.upward()):
        node = tree.nodes[place]
        leaves, shares = tree.leaves_of(node), branches[node.name].shares
        for column, leaf in enumerate(leaves):
            found[:, leaf] = held[node.name] * shares[:, column]
        for column, child in enumerate(tree.nodes_of(node), start=len(leaves)):
            held[tree.nodes[child].name] = held[node.name] * shares[:, column]
    return found


def _weights(node: Node, children: Array, tree: Shape) -> Array:
    own = [tree.leaves[place].weight for place in tree.leaves_of(node)]
    own += [tree.nodes[place].weight for place in tree.nodes_of(node)]
    if node.weighting == GIVEN:
        return np.array(own)
    whole = children[np.isfinite(children).all(axis=1)]
    if len(whole) < 2:
        raise ValueError(f"{node.name}: {node.weighting} weights need two cities of which everything is observed")
    return weigh(whole, node.weighting)


def join(
    children: Array, weights: Array, aggregation: str, needed: int, ends: tuple[float, float]
) -> tuple[Array, Array]:
    """A branch's value (cities) and the share of it that each child has (cities x children).

    children: cities x children, NaN where missing; the last `needed` can't be missing.
    """
    known: NDArray[np.bool_] = np.isfinite(children)
    count = children.shape[1]
    if aggregation not in MEANS:
        return _compared(children, weights, aggregation, np.asarray(known.all(axis=1)), ends)
    kept = np.where(known, weights, 0.0)
    whole = kept.sum(axis=1, keepdims=True)
    kept = np.divide(kept, whole, out=np.zeros_like(kept), where=whole > 0)
    filled = np.where(known, children, 1.0)
    if aggregation == "geometric":
        terms = kept * np.maximum(np.log(filled), 0.0)
        value = np.exp(terms.sum(axis=1))
    elif aggregation == "harmonic":
        terms = kept * filled
        value = 1.0 / np.maximum((kept / filled).sum(axis=1), 1e-300)
    else:
        terms = kept * filled
        value = terms.sum(axis=1)
    complete = known.any(axis=1) & known[:, count - needed :].all(axis=1)
    total = terms.sum(axis=1, keepdims=True)
    # Where every logarithm is zero (all at 1) the weights share the points out.
    shares = np.divide(terms, total, out=kept.copy(), where=total > 0)
    return np.where(complete, value, np.nan), shares


def _compared(
    children: Array, weights: Array, aggregation: str, complete: NDArray[np.bool_], ends: tuple[float, float]
) -> tuple[Array, Array]:
    """TOPSIS, PROMETHEE and Copeland on the scale; MPI as it is (mean 100, standard deviation 10)."""
    value = np.full(len(children), np.nan)
    shares = np.zeros_like(children)
    if complete.any():
        whole = children[complete]
        found = METHODS[aggregation](whole, weights / weights.sum())
        if aggregation == "promethee":
            found = (found + 1.0) / 2.0
        elif aggregation == "copeland":
            found = 0.5 + found / max(1, 2 * (len(whole) - 1))
        value[complete] = found if aggregation == "mpi" else ends[0] + found * (ends[1] - ends[0])
        terms = whole * weights
        shares[complete] = terms / terms.sum(axis=1, keepdims=True)
    return value, shares

"""A framework: a tree of indicators as data, and the scores it gives.

Every indicator is brought onto one scale between fixed goalposts, so that adding a city never moves another's score. A
missing indicator is left out and the weights beside it are scaled up; a city of which too little is observed is shown
but not ranked. Steps and terms: OECD/JRC Handbook on Composite Indicators 2008.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
PACKAGED = {"table-1": "table-1.toml", "domains": "domains.toml"}
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
class Scores:
    """Results, index city throughout.

    total: S. levels: a column a branch. ranks: 1 is best, <NA> where not ranked. contributions: points of S by
    indicator, which sum to S (in a geometric branch by shares of the logarithms). normalised: indicators on the scale.
    ranked, why_not: whether, and if not the reason in words.
    """

    total: pd.Series[float]
    levels: pd.DataFrame
    ranks: pd.Series[Any]
    contributions: pd.DataFrame
    normalised: pd.DataFrame
    ranked: pd.Series[bool]
    why_not: pd.Series[str]


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch's value (n), the share of its weight that is observed (n), and its children's points (n x leaves)."""

    value: Matrix
    observed: Matrix
    points: Matrix


@dataclass(frozen=True, slots=True)
class Framework:
    """A tree of indicators. bottom, top: the scale; version: of the goalposts; flip: chance of an ambiguous direction
    to be turned in `uncertainty`."""

    name: str
    version: str
    bottom: float
    top: float
    flip: float
    nodes: tuple[Node, ...]
    leaves: tuple[Leaf, ...]

    @classmethod
    def load(cls, name: str | Path) -> Framework:
        """A packaged framework ("table-1", "domains") or a TOML file of the same layout.

        Raises ValueError naming what is wrong in the file.
        """
        if str(name) in PACKAGED:
            text = files("carbonpolis.data").joinpath(f"frameworks/{PACKAGED[str(name)]}").read_text(encoding="utf-8")
        elif Path(name).is_file():
            text = Path(name).read_text(encoding="utf-8")
        else:
            raise ValueError(f"no framework {str(name)!r}; choose from {', '.join(PACKAGED)}, or name a TOML file")
        return _parsed(tomllib.loads(text), str(name))

    @property
    def symbols(self) -> list[str]:
        """Its indicators."""
        return [leaf.symbol for leaf in self.leaves]

    def score(self, frame: pd.DataFrame) -> Scores:
        """Scores of cities. frame: index city, a column an indicator in its scored form, NaN where missing.

        A column that is not there counts as missing; columns that the framework does not know are passed over. Raises
        ValueError for a value that is infinite or no number.
        """
        table = self._table(frame)
        scaled = self._scaled(table)
        branches = self._climb(scaled)
        root = branches[""]
        index = frame.index
        children = [node for node in self.nodes if node.parent == self._root().name]
        short = {n.name: branches[n.name].observed < n.observed - 1e-9 for n in children}
        too_little = root.observed < self._root().observed - 1e-9
        why = [
            _why_not(i, short, too_little, root, self._root(), {n.name: n.observed for n in children}, branches)
            for i in range(len(index))
        ]
        ranked = np.array([not text for text in why], dtype=bool)
        total = pd.Series(root.value, index=index, name=self._root().name)
        ranks = total.where(ranked).rank(ascending=False, method="min").astype("Int64")
        return Scores(
            total=total,
            levels=pd.DataFrame(
                {node.name: branches[node.name].value for node in self.nodes if node.parent}, index=index
            ),
            ranks=ranks,
            contributions=pd.DataFrame(root.points, index=index, columns=self.symbols),
            normalised=pd.DataFrame(scaled, index=index, columns=self.symbols),
            ranked=pd.Series(ranked, index=index),
            why_not=pd.Series(why, index=index, dtype=object),
        )

    def uncertainty(self, frame: pd.DataFrame, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
        """How far ranks depend on choices: columns rank_mean, rank_low (5 %), rank_high (95 %), index city.

        Each draw takes its own weights (Dirichlet around the given), goalposts or percentile ranks as the scale, an
        arithmetic or a geometric mean in each branch, and turns each ambiguous direction with the chance `flip`. Cities
        without a score in the framework stay NaN. Source of the practice: Saisana et al. 2005, J. R. Stat. Soc. A.
        """
        generator = np.random.default_rng(seed)
        table = self._table(frame)
        by_goalposts, by_ranks = self._scaled(table), self._percentiles(table)
        known = ~np.isnan(self._climb(by_goalposts)[""].value)
        ranks = np.full((draws, len(frame)), np.nan)
        for draw in range(draws):
            turned = generator.random(len(self.leaves)) < self.flip * np.array([leaf.ambiguous for leaf in self.leaves])
            scaled = by_goalposts if generator.random() < 0.5 else by_ranks
            scaled = np.where(turned, self.bottom + self.top - scaled, scaled)
            value = self._shaken(generator)._climb(scaled)[""].value
            ranks[draw, known] = pd.Series(value[known]).rank(ascending=False, method="min")
        if not known.any():
            summary = np.full((3, len(frame)), np.nan)
        else:
            summary = np.full((3, len(frame)), np.nan)
            summary[0, known] = ranks[:, known].mean(axis=0)
            summary[1:, known] = np.percentile(ranks[:, known], [5, 95], axis=0)
        return pd.DataFrame(summary.T, index=frame.index, columns=["rank_mean", "rank_low", "rank_high"])

    def _root(self) -> Node:
        return next(node for node in self.nodes if not node.parent)

    def _table(self, frame: pd.DataFrame) -> Matrix:
        table = frame.reindex(columns=self.symbols).to_numpy(dtype=np.float64)
        bad = np.argwhere(np.isinf(table))
        if len(bad):
            row, column = bad[0]
            raise ValueError(
                f"{frame.index[row]}, {self.symbols[column]} is infinite; expected a number, or NaN for missing"
            )
        return table

    def _scaled(self, table: Matrix) -> Matrix:
        """Between the goalposts onto the scale, turned where less is better; NaN stays NaN."""
        low, high = (np.array([getattr(leaf, name) for leaf in self.leaves]) for name in ("low", "high"))
        sign = np.array([leaf.direction for leaf in self.leaves])
        share = np.clip((table - low) / (high - low), 0.0, 1.0)
        share = np.where(sign > 0, share, 1.0 - share)
        return np.asarray(self.bottom + share * (self.top - self.bottom))

    def _percentiles(self, table: Matrix) -> Matrix:
        sign = np.array([leaf.direction for leaf in self.leaves])
        share = pd.DataFrame(table * sign).rank(pct=True).to_numpy()
        return np.asarray(self.bottom + share * (self.top - self.bottom))

    def _shaken(self, generator: np.random.Generator) -> Framework:
        """The same tree with drawn weights and means."""
        leaves = tuple(replace(leaf, weight=leaf.weight * generator.gamma(4.0) / 4.0) for leaf in self.leaves)
        nodes = tuple(
            replace(node, weight=node.weight * generator.gamma(4.0) / 4.0, aggregation=MEANS[generator.integers(2)])
            for node in self.nodes
        )
        return replace(self, leaves=leaves, nodes=nodes)

    def _climb(self, scaled: Matrix) -> dict[str, Branch]:
        """Every branch by name, and the root under ""."""
        found: dict[str, Branch] = {}

        def branch(node: Node) -> Branch:
            values: list[Matrix] = []
            parts: list[Branch] = []
            shares: list[float] = []
            for number, leaf in enumerate(self.leaves):
                if leaf.parent == node.name:
                    points = np.zeros_like(scaled)
                    points[:, number] = np.nan_to_num(scaled[:, number])
                    parts.append(Branch(scaled[:, number], (~np.isnan(scaled[:, number])).astype(float), points))
                    shares.append(leaf.weight)
            for child in self.nodes:
                if child.parent == node.name:
                    parts.append(branch(child))
                    shares.append(child.weight)
            values = [part.value for part in parts]
            found[node.name] = _join(np.column_stack(values), parts, np.array(shares), node.aggregation)
            return found[node.name]

        found[""] = branch(self._root())
        return found


def _join(values: Matrix, parts: list[Branch], shares: Matrix, aggregation: str) -> Branch:
    known = ~np.isnan(values)
    weights = np.where(known, shares, 0.0)
    whole = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, whole, out=np.zeros_like(weights), where=whole > 0)
    filled = np.where(known, values, 1.0)
    if aggregation == "geometric":
        logs = weights * np.log(filled)
        value = np.exp(logs.sum(axis=1))
        total = logs.sum(axis=1, keepdims=True)
        of_value = np.divide(logs, total, out=weights.copy(), where=total > 0)
    else:
        products = weights * filled
        value = products.sum(axis=1)
        of_value = np.divide(products, value[:, None], out=weights.copy(), where=value[:, None] > 0)
    value = np.where(known.any(axis=1), value, np.nan)
    observed = (np.column_stack([part.observed for part in parts]) * shares / shares.sum()).sum(axis=1)
    points = np.zeros_like(parts[0].points)
    for column, part in enumerate(parts):
        own = part.points / np.where(np.nan_to_num(part.value) > 0, part.value, 1.0)[:, None]
        points += own * (of_value[:, column] * np.nan_to_num(value))[:, None]
    return Branch(value, observed, points)


def _why_not(
    city: int,
    short: Mapping[str, NDArray[np.bool_]],
    too_little: NDArray[np.bool_],
    root: Branch,
    top: Node,
    needed: Mapping[str, float],
    branches: Mapping[str, Branch],
) -> str:
    for name, lacking in short.items():
        if lacking[city]:
            have = branches[name].observed[city]
            return f"{have:.0%} of the weight of {name} is observed; {needed[name]:.0%} is needed"
    if too_little[city]:
        return f"{root.observed[city]:.0%} of the weight is observed; {top.observed:.0%} is needed"
    return "" if not np.isnan(root.value[city]) else "nothing is observed"


def _parsed(data: dict[str, Any], name: str) -> Framework:
    try:
        nodes = tuple(
            Node(
                n["name"], n.get("parent", ""), float(n.get("weight", 1)), n["aggregation"], float(n.get("observed", 0))
            )
            for n in data["node"]
        )
        leaves = tuple(
            Leaf(
                i["symbol"],
                i["parent"],
                float(i.get("weight", 1)),
                int(i["direction"]),
                float(i["low"]),
                float(i["high"]),
                bool(i.get("ambiguous", False)),
                str(i.get("note", "")),
            )
            for i in data["indicator"]
        )
        bottom, top = (float(end) for end in data["scale"])
        framework = Framework(
            data["name"], str(data["version"]), bottom, top, float(data.get("flip", 0)), nodes, leaves
        )
    except KeyError as missing:
        raise ValueError(f"framework {name}: {missing} is missing") from None
    _check(framework, name)
    return framework


def _check(framework: Framework, name: str) -> None:
    names = {node.name for node in framework.nodes}
    roots = [node.name for node in framework.nodes if not node.parent]
    if len(roots) != 1:
        raise ValueError(f"framework {name}: {len(roots)} nodes without a parent; expected one")
    for node in framework.nodes:
        if node.aggregation not in MEANS:
            raise ValueError(f"framework {name}, {node.name}: no aggregation {node.aggregation!r}; choose from {MEANS}")
    children: list[Node | Leaf] = [*framework.nodes, *framework.leaves]
    for child in children:
        label = child.name if isinstance(child, Node) else child.symbol
        if child.parent and child.parent not in names:
            raise ValueError(f"framework {name}, {label}: its parent {child.parent!r} is not there")
        if not child.weight > 0:
            raise ValueError(f"framework {name}, {label}: a weight of {child.weight}; expected more than 0")
    for leaf in framework.leaves:
        if leaf.direction not in (1, -1) or not leaf.low < leaf.high:
            raise ValueError(f"framework {name}, {leaf.symbol}: expected a direction of 1 or -1 and low below high")
    if not 0 < framework.bottom < framework.top:
        raise ValueError(
            f"framework {name}: a scale from {framework.bottom} to {framework.top}; expected 0 < low < high"
        )

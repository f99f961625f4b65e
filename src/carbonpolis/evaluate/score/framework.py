"""A framework: a tree of indicators as data, and the scores it gives.

Every indicator is brought onto one scale between fixed goalposts, so that adding a city never moves another's score. A
missing indicator is left out and the weights beside it are scaled up; a city of which too little is observed is shown
but not ranked. Steps and terms: OECD/JRC Handbook on Composite Indicators 2008.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from carbonpolis.evaluate.score.checks import Array
from carbonpolis.evaluate.score.robust import rank_draws
from carbonpolis.evaluate.score.tree import MEANS, Branch, Leaf, Node, Shape, climb

PACKAGED = {"table-1": "table-1.toml", "domains": "domains.toml"}


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
        scaled = self._scaled(self._table(frame))
        branches = climb(scaled, self.tree)
        top, index = self.tree.root, frame.index
        root = branches[top.name]
        why = [_why_not(city, self.nodes, branches) for city in range(len(index))]
        ranked = np.array([not text for text in why], dtype=bool)
        total = pd.Series(root.value, index=index, name=top.name)
        # Rounded, so that equal scores reached by other sums share a rank.
        ranks = total.round(9).where(ranked).rank(ascending=False, method="min").astype("Int64")
        levels = {node.name: branches[node.name].value for node in self.nodes if node.parent}
        return Scores(
            total=total,
            levels=pd.DataFrame(levels, index=index),
            ranks=ranks.rename("rank"),
            contributions=pd.DataFrame(root.points, index=index, columns=self.symbols),
            normalised=pd.DataFrame(scaled, index=index, columns=self.symbols),
            ranked=pd.Series(ranked, index=index, name="ranked"),
            why_not=pd.Series(why, index=index, dtype=object, name="why_not"),
        )

    def uncertainty(self, frame: pd.DataFrame, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
        """How far ranks depend on choices: columns rank_mean, rank_low (5 %), rank_high (95 %), index city.

        Each draw takes its own weights (Dirichlet around the given), goalposts or percentile ranks as the scale, an
        arithmetic or a geometric mean in each branch, and turns each ambiguous direction with the chance `flip`. Ranks
        are among the ranked cities, as in `score`; the others stay NaN. Raises ValueError for less than one draw.
        Source of the practice: Saisana et al. 2005, J. R. Stat. Soc. A 168:307.
        """
        if draws < 1:
            raise ValueError(f"{draws} draws; expected at least 1")
        table = self._table(frame)
        ranked = self.score(frame).ranked.to_numpy()
        summary = np.full((len(frame), 3), np.nan)
        if ranked.any():
            scales = self._scaled(table)[ranked], self._percentiles(table[ranked])
            ranks = rank_draws(*scales, (self.bottom, self.top), self.flip, self.tree, draws, seed)
            summary[ranked] = np.column_stack([ranks.mean(axis=0), *np.percentile(ranks, [5, 95], axis=0)])
        return pd.DataFrame(summary, index=frame.index, columns=["rank_mean", "rank_low", "rank_high"])

    @property
    def tree(self) -> Shape:
        """Its branches and leaves, as arithmetic takes them."""
        return Shape(self.nodes, self.leaves)

    def _table(self, frame: pd.DataFrame) -> Array:
        if not frame.index.is_unique or not frame.columns.is_unique:
            raise ValueError("a city or a column stands in the frame twice")
        table = frame.reindex(columns=self.symbols).astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        bad = np.argwhere(np.isinf(table))
        if len(bad):
            row, column = bad[0]
            raise ValueError(
                f"{frame.index[row]}, {self.symbols[column]} is infinite; expected a number, or NaN for missing"
            )
        return table

    def _scaled(self, table: Array) -> Array:
        """Between the goalposts onto the scale, turned where less is better; NaN stays NaN."""
        low, high = (np.array([getattr(leaf, name) for leaf in self.leaves]) for name in ("low", "high"))
        sign = np.array([leaf.direction for leaf in self.leaves])
        share = np.clip((table - low) / (high - low), 0.0, 1.0)
        share = np.where(sign > 0, share, 1.0 - share)
        return np.asarray(self.bottom + share * (self.top - self.bottom))

    def _percentiles(self, table: Array) -> Array:
        sign = np.array([leaf.direction for leaf in self.leaves])
        share = pd.DataFrame(table * sign).rank(pct=True).to_numpy()
        return np.asarray(self.bottom + share * (self.top - self.bottom))


def _why_not(city: int, nodes: tuple[Node, ...], branches: dict[str, Branch]) -> str:
    """Why a city isn't ranked, the branches before the whole; empty when it is."""
    for node in sorted(nodes, key=lambda each: not each.parent):
        have = float(branches[node.name].observed[city])
        if have < node.observed - 1e-9:
            of = f" of {node.name}" if node.parent else ""
            return f"{have:.0%} of the weight{of} is observed; {node.observed:.0%} is needed"
    top = next(node for node in nodes if not node.parent)
    return "" if np.isfinite(branches[top.name].value[city]) else "nothing is observed in a branch that is needed"


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
    except (TypeError, ValueError) as problem:
        raise ValueError(f"framework {name}: {problem}") from None
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
        if not 0 <= node.observed <= 1:
            raise ValueError(f"framework {name}, {node.name}: observed is {node.observed}; expected 0 to 1")
    children: list[Node | Leaf] = [*framework.nodes, *framework.leaves]
    for child in children:
        label = child.name if isinstance(child, Node) else child.symbol
        if child.parent and child.parent not in names:
            raise ValueError(f"framework {name}, {label}: its parent {child.parent!r} is not there")
        if not child.weight > 0:
            raise ValueError(f"framework {name}, {label}: a weight of {child.weight}; expected more than 0")
    _check_tree(framework, name)
    for leaf in framework.leaves:
        if leaf.direction not in (1, -1) or not leaf.low < leaf.high:
            raise ValueError(f"framework {name}, {leaf.symbol}: expected a direction of 1 or -1 and low below high")
    if not 0 <= framework.flip <= 1:
        raise ValueError(f"framework {name}: flip is {framework.flip}; expected 0 to 1")
    if not 1 <= framework.bottom < framework.top:
        raise ValueError(
            f"framework {name}: a scale from {framework.bottom} to {framework.top}; expected 1 <= low < high"
        )


def _check_tree(framework: Framework, name: str) -> None:
    """Raises ValueError for a name used twice, a branch with nothing under it, or one that hangs in a circle."""
    labels = [node.name for node in framework.nodes] + framework.symbols
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise ValueError(f"framework {name}: {', '.join(twice)} stands in it twice")
    parent = {node.name: node.parent for node in framework.nodes}
    for node in framework.nodes:
        if node.name not in {*parent.values(), *(leaf.parent for leaf in framework.leaves)}:
            raise ValueError(f"framework {name}, {node.name}: nothing stands under it")
        above, steps = node.name, 0
        while above := parent.get(above, ""):
            steps += 1
            if steps > len(parent):
                raise ValueError(f"framework {name}, {node.name}: its parents go round in a circle")

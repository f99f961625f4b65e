"""A framework: a tree of indicators as data, and the scores it gives.

Every indicator is brought onto one scale between fixed goalposts, so that adding a city never moves another's score. A
missing indicator is left out and the weights beside it are scaled up; a city of which too little is observed is shown
but not ranked. Steps and terms: OECD/JRC Handbook on Composite Indicators 2008.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonpolis.evaluate.score.aggregate import SET_DEPENDENT
from carbonpolis.evaluate.score.layout import Choices, Layout, Variant, check, parsed
from carbonpolis.evaluate.score.leave_one_out import Ranking, removals
from carbonpolis.evaluate.score.prepare import GOALPOSTS, raw_table, scaled_table
from carbonpolis.evaluate.score.robust import MonteCarlo, Setting, monte_carlo
from carbonpolis.evaluate.score.sensitivity import sobol_of_choices
from carbonpolis.evaluate.score.tree import GIVEN, Branch, Leaf, Node, Shape, climb, points
from carbonpolis.evaluate.score.validation import Array
from carbonpolis.untrusted import Malformed, toml_of

PACKAGED = {"table-1": "table-1.toml", "domains": "domains.toml"}


@dataclass(frozen=True, slots=True)
class Scores:
    """Results, index city throughout.

    total: S. levels: a column a branch. ranks: 1 is best, <NA> where not ranked. contributions: points of S by
    indicator, which sum to S (in a geometric branch by shares of the logarithms). normalised: indicators on the scale.
    ranked, why_not: whether, and if not the reason in words. weights: of each branch's children, before anything is
    missing. notes: what a reader must know, such as that a method looks at all cities at once.
    """

    total: pd.Series[float]
    levels: pd.DataFrame
    ranks: pd.Series[Any]
    contributions: pd.DataFrame
    normalised: pd.DataFrame
    ranked: pd.Series[bool]
    why_not: pd.Series[str]
    weights: dict[str, dict[str, float]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Framework:
    """A tree of indicators. bottom, top: the scale; version: of the goalposts; variants: other readings of it;
    choices: what the Monte Carlo chooses from."""

    name: str
    version: str
    bottom: float
    top: float
    nodes: tuple[Node, ...]
    leaves: tuple[Leaf, ...]
    variants: tuple[Variant, ...] = ()
    choices: Choices = field(default_factory=Choices)

    @classmethod
    def load(cls, name: str | Path) -> Framework:
        """A packaged framework ("table-1", "domains") or a TOML file of the same layout.

        Raises ValueError naming what is wrong in the file.
        """
        if str(name) in PACKAGED:
            text = files("carbonpolis.data").joinpath(f"frameworks/{PACKAGED[str(name)]}").read_text(encoding="utf-8")
        elif Path(name).is_file():
            try:
                text = Path(name).read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as problem:
                raise ValueError(f"framework {name}: it can't be read as UTF-8 text ({problem})") from None
        else:
            raise ValueError(f"no framework {str(name)!r}; choose from {', '.join(PACKAGED)}, or name a TOML file")
        try:
            data = toml_of(text)
        except Malformed as problem:
            raise ValueError(f"framework {name}: {problem}") from None
        return cls._of(parsed(data, str(name)))

    @classmethod
    def _of(cls, layout: Layout) -> Framework:
        return cls(**{name: getattr(layout, name) for name in Layout.__dataclass_fields__})

    @property
    def symbols(self) -> list[str]:
        """Its indicators."""
        return [leaf.symbol for leaf in self.leaves]

    @property
    def columns(self) -> list[str]:
        """The columns that it reads, an indicator each: its symbol, or its other form."""
        return [leaf.column for leaf in self.leaves]

    @property
    def tree(self) -> Shape:
        """Its branches and leaves, as arithmetic takes them."""
        return Shape(self.nodes, self.leaves, self.bottom, self.top)

    def turned(self, *symbols: str) -> Framework:
        """The same with the directions of these indicators turned. Raises ValueError for one that is not there."""
        self._known(symbols)
        leaves = tuple(
            replace(leaf, direction=-leaf.direction) if leaf.symbol in symbols else leaf for leaf in self.leaves
        )
        return replace(self, leaves=leaves)

    def reformed(self, *symbols: str) -> Framework:
        """The same with these indicators in their other form, or, in a framework that has them so, back in their own.

        Raises ValueError for one that is not there or has one form only.
        """
        self._known(symbols)
        single = [leaf.symbol for leaf in self.leaves if leaf.symbol in symbols and not leaf.other]
        if single:
            raise ValueError(f"framework {self.name}: {', '.join(single)} has one form only")
        leaves = tuple(
            replace(leaf, reads="" if leaf.reads else leaf.other) if leaf.symbol in symbols else leaf
            for leaf in self.leaves
        )
        return replace(self, leaves=leaves)

    def without(self, *names: str) -> Framework:
        """The same without these indicators or branches; a branch that is left bare goes too.

        Raises ValueError for a name that is not there or when nothing would be left.
        """
        self._known(names)
        gone = set(names)
        while True:
            gone |= {node.name for node in self.nodes if node.parent in gone}
            gone |= {leaf.symbol for leaf in self.leaves if leaf.parent in gone}
            kept = {node.name for node in self.nodes} - gone
            bare = {
                name
                for name in kept
                if not any(n.parent == name and n.name in kept for n in self.nodes)
                and not any(leaf.parent == name and leaf.symbol not in gone for leaf in self.leaves)
            }
            if not bare:
                break
            gone |= bare
        if not kept:
            raise ValueError(f"framework {self.name}: nothing is left without {', '.join(names)}")
        return self._checked(
            replace(
                self,
                nodes=tuple(node for node in self.nodes if node.name not in gone),
                leaves=tuple(leaf for leaf in self.leaves if leaf.symbol not in gone),
                variants=(),
            )
        )

    def weighted(self, **weights: float) -> Framework:
        """The same with other weights, by indicator or branch. Raises ValueError for a name that is not there."""
        self._known(tuple(weights))
        nodes = tuple(replace(n, weight=float(weights.get(n.name, n.weight))) for n in self.nodes)
        leaves = tuple(replace(leaf, weight=float(weights.get(leaf.symbol, leaf.weight))) for leaf in self.leaves)
        return self._checked(replace(self, nodes=nodes, leaves=leaves))

    def variant(self, name: str) -> Framework:
        """One of its other readings. Raises ValueError that lists them."""
        found = next((each for each in self.variants if each.name == name), None)
        if found is None:
            known = ", ".join(repr(each.name) for each in self.variants) or "none"
            raise ValueError(f"framework {self.name} has no variant {name!r}; there are {known}")
        read = self.turned(*found.turn) if found.turn else self
        read = read.reformed(*found.other) if found.other else read
        return read.without(*found.leave_out) if found.leave_out else read

    def score(self, frame: pd.DataFrame) -> Scores:
        """Scores of cities. frame: index city, a column an indicator in its scored form, NaN where missing.

        A column that is not there counts as missing; columns that the framework does not know are passed over. Raises
        ValueError for a value that is infinite or no number.
        """
        scaled = scaled_table(raw_table(frame, self.leaves), self.leaves, (self.bottom, self.top))
        branches = climb(scaled, self.tree)
        top, index = self.tree.root, frame.index
        root = branches[top.name]
        why = self._why_not(branches, len(index))
        ranked = np.array([not text for text in why], dtype=bool)
        total = pd.Series(root.value, index=index, name=top.name)
        # Rounded, so that equal scores reached by other sums share a rank.
        ranks = total.round(9).where(ranked).rank(ascending=False, method="min").astype("Int64")
        levels = {node.name: branches[node.name].value for node in self.nodes if node.parent}
        return Scores(
            total=total,
            levels=pd.DataFrame(levels, index=index),
            ranks=ranks.rename("rank"),
            contributions=pd.DataFrame(points(branches, self.tree), index=index, columns=self.symbols),
            normalised=pd.DataFrame(scaled, index=index, columns=self.symbols),
            ranked=pd.Series(ranked, index=index, name="ranked"),
            why_not=pd.Series(why, index=index, dtype=object, name="why_not"),
            weights={node.name: self._named(node, branches[node.name].weights) for node in self.nodes},
            notes=self.notes(),
        )

    def monte_carlo(
        self,
        frame: pd.DataFrame,
        draws: int = 1000,
        seed: int = 0,
        *,
        sd: pd.DataFrame | None = None,
        groups: Sequence[Hashable] | None = None,
        choices: Choices | None = None,
        threads: int | None = None,
    ) -> MonteCarlo:
        """Ranks under all choices at once: weights, normalisation, treatment, aggregation, ambiguous directions,
        imputation, other forms of an indicator where the frame has them, and the error of the data.

        sd: standard deviation of each value, in its unit, index and columns as in `frame`; missing is none. groups: of
        the cities, for imputation by group. choices: default the framework's own. Ranks are among the cities that are
        ranked in `score`. The same for any number of threads. Raises ValueError for no draw or an sd below 0.
        """
        return monte_carlo(self._setting(frame, sd, groups, choices), draws, seed, threads)

    def uncertainty(self, frame: pd.DataFrame, draws: int = 1000, seed: int = 0, **how: Any) -> pd.DataFrame:
        """How far ranks depend on choices: columns rank_mean, rank_low (5 %), rank_high (95 %), index city.

        how: as in `monte_carlo`. Cities that are not ranked stay NaN.
        Source of the practice: Saisana et al. 2005, J. R. Stat. Soc. A 168:307.
        """
        return self.monte_carlo(frame, draws, seed, **how).intervals()

    def sensitivity(
        self,
        frame: pd.DataFrame,
        seed: int = 0,
        *,
        samples: int = 256,
        target: str = "rank_shift",
        sd: pd.DataFrame | None = None,
        groups: Sequence[Hashable] | None = None,
        choices: Choices | None = None,
        threads: int | None = None,
    ) -> pd.DataFrame:
        """Sobol indices: what part of the variance each choice makes, alone (first) and with all others (total).

        target "rank_shift": mean distance of ranks from those of `score`, index choice. "rank" or "score": of every
        city at once, index (city, choice). "top K" such as "top 10": whether a city is among them. samples: a power of
        two; the tree is run samples x (choices + 2) times. Columns first, total, and their standard errors. Raises
        ValueError for an unknown target.
        """
        return sobol_of_choices(self._setting(frame, sd, groups, choices), seed, samples, target, threads)

    def removals(self, frame: pd.DataFrame) -> pd.DataFrame:
        """How far ranks move when each indicator is taken away in turn, the one that moves them most first.

        Columns mean_shift (mean of the absolute shifts), largest_shift (of the city that moves most; positive: it falls
        without the indicator) and city (whose; none where nothing moves), compared (cities ranked both times, among
        which ranks are counted), no_longer_ranked, newly_ranked. Raises ValueError for a framework of one indicator.
        """

        def ranking(framework: Framework) -> Ranking:
            scores = framework.score(frame)
            return scores.total, scores.ranked

        return removals(ranking(self), lambda symbol: ranking(self.without(symbol)), self.symbols)

    def notes(self) -> tuple[str, ...]:
        """What a reader of its scores must know."""
        found = [
            f"{node.name} is joined by {node.aggregation}, which looks at all cities at once: a city added, even a "
            "copy, can turn the order of two others"
            for node in self.nodes
            if node.aggregation in SET_DEPENDENT
        ]
        found += [
            f"{node.name} has {node.weighting} weights, made from the cities looked at: a city added moves them"
            for node in self.nodes
            if node.weighting not in {GIVEN, "equal"}
        ]
        relative = [leaf.symbol for leaf in self.leaves if leaf.normalisation != GOALPOSTS and not leaf.options]
        if relative:
            found.append(f"{', '.join(relative)} stand relative to the cities looked at: a city added moves the others")
        return tuple(found)

    def _setting(
        self,
        frame: pd.DataFrame,
        sd: pd.DataFrame | None,
        groups: Sequence[Hashable] | None,
        choices: Choices | None,
    ) -> Setting:
        table = raw_table(frame, self.leaves)
        errors = np.zeros_like(table)
        if sd is not None:
            # The error of a ratio whose denominator is sure is the error of its numerator over the same.
            columns = {leaf.denominator: frame[leaf.denominator] for leaf in self.leaves if leaf.denominator}
            errors = raw_table(sd.reindex(index=frame.index).assign(**columns), self.leaves)
            if (errors < 0).any():
                row, column = np.argwhere(errors < 0)[0]
                raise ValueError(f"{frame.index[row]}, {self.symbols[column]}: a negative standard deviation")
        scores = self.score(frame)
        return Setting(
            tree=self.tree,
            cities=frame.index,
            ranked=scores.ranked.to_numpy(),
            table=table,
            sd=np.nan_to_num(errors),
            others=self._others(frame),
            groups=None if groups is None else list(groups),
            weights={node.name: np.array(list(scores.weights[node.name].values())) for node in self.nodes},
            reference=scores.ranks,
            choices=choices or self.choices,
        )

    def _others(self, frame: pd.DataFrame) -> dict[int, Array]:
        """Values in the form that is not read, by place of the leaf, where any city has one."""
        turned = self.reformed(*(leaf.symbol for leaf in self.leaves if leaf.other))
        there = [k for k, leaf in enumerate(turned.leaves) if leaf.other and leaf.column in frame]
        table = raw_table(frame, turned.leaves) if there else np.zeros((0, len(self.leaves)))
        return {place: table[:, place] for place in there if np.isfinite(table[:, place]).any()}

    def _named(self, node: Node, weights: Array) -> dict[str, float]:
        names = [self.leaves[place].symbol for place in self.tree.leaves_of(node)]
        names += [self.nodes[place].name for place in self.tree.nodes_of(node)]
        return dict(zip(names, (weights / weights.sum()).tolist(), strict=True))

    def _why_not(self, branches: dict[str, Branch], cities: int) -> list[str]:
        """Why each city isn't ranked, the branches before the whole; empty when it is."""
        top = self.tree.root
        why = [""] * cities

        def say(where: NDArray[np.bool_], words: Any) -> None:
            for city in np.flatnonzero(where):
                why[city] = why[city] or words(city)

        for node in sorted(self.nodes, key=lambda each: not each.parent):
            have, of = branches[node.name].observed, f" of {node.name}" if node.parent else ""
            needed = f"{node.observed:.0%} is needed"
            say(
                have < node.observed - 1e-9,
                lambda city, h=have, o=of, n=needed: f"{h[city]:.0%} of the weight{o} is observed; {n}",
            )
        say(~np.isfinite(branches[top.name].value), lambda _: "nothing is observed in a branch that is needed")
        return why

    def _known(self, names: Sequence[str]) -> None:
        there = {*self.symbols, *(node.name for node in self.nodes)}
        for name in names:
            if name not in there:
                raise ValueError(f"framework {self.name}: {name!r} is not there; there are {', '.join(sorted(there))}")

    def _checked(self, framework: Framework) -> Framework:
        check(Layout(**{name: getattr(framework, name) for name in Layout.__dataclass_fields__}), framework.name)
        return framework

"""How far ranks hang on choices that could as well have been made otherwise: Monte Carlo over all of them at once.

A run is a point in a unit cube with one side a choice; the Monte Carlo takes points at random, the sensitivity analysis
takes them in Saltelli's order, and both run the same tree. Whatever a point stands for is in the log.
Source of the practice: Saisana, Saltelli & Tarantola 2005, J. R. Stat. Soc. A 168:307-323.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from carbonpolis.evaluate.score import kernel, random_numbers
from carbonpolis.evaluate.score.impute import impute
from carbonpolis.evaluate.score.layout import LEAVE_OUT, Choices
from carbonpolis.evaluate.score.prepare import GOALPOSTS, scaled_errors, scaled_table
from carbonpolis.evaluate.score.quantiles import column_quantiles
from carbonpolis.evaluate.score.tree import MEANS, Shape, climb
from carbonpolis.evaluate.score.validation import Array

JOINS = {"arithmetic": kernel.ARITHMETIC, "geometric": kernel.GEOMETRIC, "harmonic": kernel.HARMONIC}
BANK = 1 << 14  # sets of weights that a branch's side of the cube is divided into
ERROR_STREAMS = 1 << 31


@dataclass(frozen=True, slots=True)
class Setting:
    """What is judged and what is open. table, sd: cities x leaves, in the leaves' units; ranked: who takes part;
    weights: of each branch's children, leaves first; reference: ranks without any of this; others: values in another
    form (cities), by leaf."""

    tree: Shape
    cities: pd.Index[Any]
    ranked: NDArray[np.bool_]
    table: Array
    sd: Array
    groups: list[Hashable] | None
    weights: Mapping[str, Array]
    reference: pd.Series[Any]
    choices: Choices
    others: Mapping[int, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scale:
    """One distinct way from raw values to the scale; other: leaves that are read in their other form."""

    imputation: str
    treatment: str
    normalisation: str
    other: frozenset[int] = frozenset()


@dataclass(frozen=True)
class MonteCarlo:
    """ranks: draws x ranked cities. log: what each draw ran, a row a draw; weights are shares inside their branch."""

    cities: pd.Index[Any]
    ranked: pd.Index[Any]
    ranks: NDArray[np.int32]
    log: pd.DataFrame

    def intervals(self, level: float = 0.9) -> pd.DataFrame:
        """Columns rank_mean, rank_low, rank_high: mean and the central interval, index city; NaN where not ranked."""
        found = pd.DataFrame(np.nan, index=self.cities, columns=["rank_mean", "rank_low", "rank_high"])
        if len(self.ranked):
            ends = column_quantiles(self.ranks, ((1 - level) / 2, (1 + level) / 2))
            found.loc[self.ranked] = np.column_stack([self.ranks.mean(axis=0), ends])
        return found

    def top(self, count: int) -> pd.Series[float]:
        """Probability of standing among the best `count`; NaN where not ranked."""
        share = pd.Series((self.ranks <= count).mean(axis=0), index=self.ranked)
        return share.reindex(self.cities).rename(f"top_{count}")

    def beats(self, one: str, other: str) -> float:
        """Probability that `one` stands above `other`; ties count half. Raises ValueError for a city not ranked."""
        places = self.ranked.get_indexer(pd.Index([one, other]))
        if (places < 0).any():
            raise ValueError(f"{one if places[0] < 0 else other} is not ranked")
        ahead = np.sign(self.ranks[:, places[1]].astype(np.int64) - self.ranks[:, places[0]])
        return float((ahead.mean() + 1.0) / 2.0)

    def duels(self) -> pd.DataFrame:
        """Probability that the city of the row stands above that of the column; ties count half; cities x cities."""
        found = np.full((len(self.ranked),) * 2, 0.5)
        for place in range(len(self.ranked)):
            ahead = np.sign(self.ranks - self.ranks[:, [place]])
            found[place] = (ahead.mean(axis=0) + 1.0) / 2.0
        return pd.DataFrame(found, index=self.ranked, columns=self.ranked)


def monte_carlo(setting: Setting, draws: int, seed: int, threads: int | None = None) -> MonteCarlo:
    """Ranks of the ranked cities in so many draws. Raises ValueError for less than one."""
    if draws < 1:
        raise ValueError(f"{draws} draws; expected at least 1")
    ranked = setting.cities[setting.ranked]
    if not len(ranked):
        return MonteCarlo(setting.cities, ranked, np.zeros((draws, 0), np.int32), pd.DataFrame(index=range(draws)))
    tables, scales = scale_tables(setting)
    factors = sides(setting, len(scales), bool((tables.errors > 0).any()))
    points = np.random.Generator(np.random.Philox(key=seed)).random((draws, len(factors)))
    runs = runs_at(setting, factors, len(scales), points, seed)
    ranks, _ = run(setting, tables, runs, threads=threads)
    return MonteCarlo(setting.cities, ranked, ranks, log_of(setting, scales, runs))


def scale_tables(setting: Setting) -> tuple[kernel.Tables, list[Scale]]:
    """Every distinct way to the scale, once: the tables that runs choose from, and what each is."""
    tree, chosen, ends = setting.tree, setting.choices, (setting.tree.bottom, setting.tree.top)
    values, errors, known, scales = [], [], [], []
    for other, imputation in product(_forms(setting), chosen.imputations):
        table, sd = _filled(setting, imputation, other)
        kept = np.isfinite(table)
        for normalisation, treatment in product(chosen.normalisations, chosen.treatments):
            if normalisation == GOALPOSTS and treatment != chosen.treatments[0]:
                continue  # goalposts hold outliers themselves
            scaled = scaled_table(table, tree.leaves, ends, normalisation, treatment)
            values.append(np.where(kept, scaled, tree.bottom).T)
            errors.append(np.where(kept, scaled_errors(table, sd, scaled, tree.leaves, ends, normalisation), 0.0).T)
            known.append(kept.T)
            treated = "none" if normalisation == GOALPOSTS else treatment
            scales.append(Scale(imputation, treated, normalisation, other))
    whole, unsure, there = (np.ascontiguousarray(np.array(each, np.float32)) for each in (values, errors, known))
    return kernel.Tables(whole, unsure, there, tree.bottom, tree.top), scales


def _forms(setting: Setting) -> list[frozenset[int]]:
    """Every set of leaves that may be read in their other form; which comes where is a number's bits."""
    places = sorted(setting.others)
    return [
        frozenset(place for bit, place in enumerate(places) if number >> bit & 1) for number in range(1 << len(places))
    ]


def _filled(setting: Setting, imputation: str, other: frozenset[int]) -> tuple[Array, Array]:
    """The ranked cities' table and standard deviations; a guess is as unsure as its spread says, another form as sure
    as the form that is read (relative to its size)."""
    table, sd = setting.table, setting.sd
    if other:
        table, sd = table.copy(), sd.copy()
        for place in other:
            own = table[:, place]
            size = np.abs(np.divide(setting.others[place], own, out=np.zeros_like(own), where=own != 0))
            table[:, place], sd[:, place] = setting.others[place], sd[:, place] * np.nan_to_num(size)
    if imputation != LEAVE_OUT and np.isnan(table[setting.ranked]).any():
        live = np.isfinite(table).any(axis=0)
        options = {"groups": setting.groups} if imputation == "group_median" else {}
        guess = impute(table[:, live], imputation, **options)
        table, sd = table.copy(), sd.copy()
        table[:, live] = guess.values
        sd[:, live] = np.where(guess.imputed, guess.sd, sd[:, live])
    return table[setting.ranked], sd[setting.ranked]


def sides(setting: Setting, scales: int, unsure: bool) -> list[str]:
    """Names of the choices that are open: the sides of the cube."""
    tree, chosen = setting.tree, setting.choices
    names = ["scale"] if scales >> len(setting.others) > 1 else []
    if len(chosen.aggregations) > 1:
        names += [f"aggregation {node.name}" for node in tree.nodes if node.aggregation in MEANS]
    names += [f"weights {name}" for name, weights in setting.weights.items() if len(weights) > 1]
    if chosen.flip > 0:
        names += [f"direction {leaf.symbol}" for leaf in tree.leaves if leaf.ambiguous]
        names += [f"form {tree.leaves[place].symbol}" for place in sorted(setting.others)]
    return names + (["data error"] if unsure else [])


def runs_at(setting: Setting, factors: Sequence[str], scales: int, points: Array, seed: int) -> kernel.Runs:
    """The runs that points (runs x factors, each 0 to 1) stand for."""
    tree, chosen, count = setting.tree, setting.choices, len(points)
    side = dict(zip(factors, points.T, strict=True))
    even = np.zeros(count)
    turned = np.zeros((count, len(tree.leaves)), np.uint8)
    for place, leaf in enumerate(tree.leaves):
        if f"direction {leaf.symbol}" in side:
            turned[:, place] = side[f"direction {leaf.symbol}"] < chosen.flip
    joins = np.zeros((count, len(tree.nodes)), np.int8)
    options = np.array([JOINS[name] for name in chosen.aggregations], np.int8)
    for place, node in enumerate(tree.nodes):
        if node.aggregation in MEANS:
            name = f"aggregation {node.name}"
            joins[:, place] = options[_choice(side[name], len(options))] if name in side else options[0]
    leaf_weights = np.ones((count, len(tree.leaves)), np.float32)
    node_weights = np.ones((count, len(tree.nodes)), np.float32)
    for place, node in enumerate(tree.nodes):
        drawn = _weights(setting, place, side.get(f"weights {node.name}", even), seed)
        leaves = tree.leaves_of(node)
        leaf_weights[:, leaves] = drawn[:, : len(leaves)]
        node_weights[:, tree.nodes_of(node)] = drawn[:, len(leaves) :]
    plain = scales >> len(setting.others)
    table = _choice(side.get("scale", even), plain)
    for bit, place in enumerate(sorted(setting.others)):
        name = f"form {tree.leaves[place].symbol}"
        if name in side:
            table = table + (plain << bit) * (side[name] < chosen.flip)
    keys = (side.get("data error", even) * ERROR_STREAMS).astype(np.uint64)
    return kernel.Runs(
        table=table.astype(np.int32),
        turned=turned,
        leaf_weights=leaf_weights,
        node_weights=node_weights,
        joins=joins,
        keys=keys + (np.uint64(seed) << np.uint64(32)),
    )


def run(
    setting: Setting, tables: kernel.Tables, runs: kernel.Runs, *, want_scores: bool = False, threads: int | None = None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Ranks and scores (runs x ranked cities): by the compiled tree, or one by one where a branch compares cities."""
    tree = setting.tree
    if any(node.aggregation not in MEANS for node in tree.nodes):
        return _one_by_one(tree, tables, runs)
    place = tree.place
    shape = kernel.Tree(
        leaf_parent=np.array([place[leaf.parent] for leaf in tree.leaves], np.int32),
        node_parent=np.array([place[node.parent] if node.parent else -1 for node in tree.nodes], np.int32),
        order=np.array(tree.upward(), np.int32),
    )
    return kernel.run_all(tables, shape, runs, want_scores=want_scores, threads=threads)


def _one_by_one(tree: Shape, tables: kernel.Tables, runs: kernel.Runs) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """What the compiled tree does, in float64 and with any joining."""
    names = {code: name for name, code in JOINS.items()}
    scores = np.empty((len(runs), tables.cities), np.float32)
    ranks = np.empty((len(runs), tables.cities), np.int32)
    noise = np.zeros((len(tree.leaves) + 1, tables.cities), np.float32)
    for draw, table in enumerate(runs.table):
        for leaf in range(0, len(tree.leaves), 2):
            random_numbers.normals(
                np.uint64(random_numbers.stream(runs.keys[draw], leaf)), 0, noise[leaf], noise[leaf + 1]
            )
        scaled = tables.values[table].astype(np.float64) + tables.errors[table] * noise[: len(tree.leaves)]
        scaled = np.clip(scaled, tree.bottom, tree.top)
        turned = runs.turned[draw].astype(bool)
        scaled[turned] = tree.bottom + tree.top - scaled[turned]
        scaled[tables.known[table] == 0] = np.nan
        joined = [
            replace(node, aggregation=names[runs.joins[draw, place]]) if node.aggregation in MEANS else node
            for place, node in enumerate(tree.nodes)
        ]
        given = {
            node.name: np.concatenate(
                [runs.leaf_weights[draw, tree.leaves_of(node)], runs.node_weights[draw, tree.nodes_of(node)]]
            ).astype(np.float64)
            for node in tree.nodes
        }
        root = climb(scaled.T, Shape(joined, tree.leaves, tree.bottom, tree.top), given)[tree.root.name]
        scores[draw] = root.value
        ranks[draw] = scipy.stats.rankdata(-np.nan_to_num(np.round(root.value, 9)), method="min")
    return ranks, scores


def log_of(setting: Setting, scales: Sequence[Scale], runs: kernel.Runs) -> pd.DataFrame:
    """What each run did, a row a run."""
    tree = setting.tree
    names = {code: name for name, code in JOINS.items()}
    columns: dict[str, Any] = {
        what: [getattr(scales[table], what) for table in runs.table]
        for what in ("imputation", "treatment", "normalisation")
    }
    for place, node in enumerate(tree.nodes):
        mean = node.aggregation in MEANS
        columns[f"aggregation {node.name}"] = [names[c] if mean else node.aggregation for c in runs.joins[:, place]]
    for place, leaf in enumerate(tree.leaves):
        if leaf.ambiguous:
            columns[f"turned {leaf.symbol}"] = runs.turned[:, place].astype(bool)
    for place in sorted(setting.others):
        read = [place in scales[table].other for table in runs.table]
        columns[f"other form {tree.leaves[place].symbol}"] = read
    for place, leaf in enumerate(tree.leaves):
        columns[f"weight {leaf.symbol}"] = runs.leaf_weights[:, place]
    for place, node in enumerate(tree.nodes):
        if node.parent:
            columns[f"weight {node.name}"] = runs.node_weights[:, place]
    columns["error key"] = runs.keys
    return pd.DataFrame(columns, index=pd.RangeIndex(len(runs), name="draw"))


def _choice(side: Array, options: int) -> NDArray[np.int64]:
    return np.minimum((side * options).astype(np.int64), options - 1)


def _weights(setting: Setting, place: int, side: Array, seed: int) -> NDArray[np.float32]:
    """Shares of a branch's children (runs x children), Dirichlet around the given, from a bank of them.

    Its concentration is `concentration` times the number of children, shared out by the given weights.
    """
    name = setting.tree.nodes[place].name
    given = setting.weights[name]
    if len(given) == 1:
        return np.ones((len(side), 1), np.float32)
    generator = np.random.Generator(np.random.Philox(key=[seed, place + 1]))
    shapes = setting.choices.concentration * len(given) * given / given.sum()
    bank = np.maximum(generator.standard_gamma(shapes, (min(BANK, max(1, len(side) * 16)), len(given))), 1e-12)
    drawn = bank[_choice(side, len(bank))]
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True), np.float32)

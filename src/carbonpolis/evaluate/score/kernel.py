"""Many runs of one tree of indicators at once, compiled: value of every city in every run, and its rank.

What doesn't change between runs (treated and normalised tables, one a distinct choice) comes in ready; a run only draws
its errors, turns and weighs what it chose to, climbs the tree, and sorts. Runs share nothing, so threads may take any
of them in any order. float32 inside; a score is told from another when they differ by a four-millionth of the run's
spread, a difference that float32 can still hold.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonpolis.evaluate.score import random_numbers
from carbonpolis.evaluate.score.random_numbers import F, compiled, exp, log

BLOCK = 1024  # cities that a core keeps in its first cache
LANES = 64  # cities are padded to a multiple, so that no loop has a remainder that is summed otherwise
DIGITS = 11  # bits a pass of the radix sort; two passes
ARITHMETIC, GEOMETRIC, HARMONIC = 0, 1, 2
RUNS_AT_ONCE = 8  # runs that a thread takes at a time


@dataclass(frozen=True, slots=True)
class Tables:
    """What runs choose from, float32: tables x leaves x cities each.

    values: on the scale, more is better. errors: standard deviations on the scale. known: 1 or 0, whether the value
    counts (elsewhere the weights beside it are scaled up). bottom, top: ends of the scale; bottom at least 1 where a
    run joins by logarithm or inverse.
    """

    values: NDArray[np.float32]
    errors: NDArray[np.float32]
    known: NDArray[np.float32]
    bottom: float
    top: float

    @property
    def cities(self) -> int:
        """How many."""
        return int(self.values.shape[2])


@dataclass(frozen=True, slots=True)
class Tree:
    """leaf_parent: node of each leaf. node_parent: node above each node, -1 for the root. order: children first."""

    leaf_parent: NDArray[np.int32]
    node_parent: NDArray[np.int32]
    order: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Runs:
    """What each run does: table (runs), turned (runs x leaves, 1 or 0), weights (runs x leaves, runs x nodes), joins
    (runs x nodes: ARITHMETIC, GEOMETRIC or HARMONIC), keys (runs, uint64: of its errors)."""

    table: NDArray[np.int32]
    turned: NDArray[np.uint8]
    leaf_weights: NDArray[np.float32]
    node_weights: NDArray[np.float32]
    joins: NDArray[np.int8]
    keys: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.table)


def run_all(
    tables: Tables, tree: Tree, runs: Runs, *, want_scores: bool = False, threads: int | None = None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Ranks (runs x cities, 1 is best, equal ones share the better) and scores (runs x cities, empty unless wanted).

    The answer is the same for any number of threads; default as many as there are processors.
    """
    count, cities = len(runs), tables.cities
    ranks = np.empty((count, cities), np.int32)
    scores = np.empty((count if want_scores else 0, cities), np.float32)
    ready = (
        _padded(tables.values, tables.bottom),
        _padded(tables.errors, 0.0),
        _padded(tables.known, 1.0),
        (tables.errors == 0).all(axis=2),
        (tables.known == 1).all(axis=2),
        F(tables.bottom),
        F(tables.top),
    )
    plan = (tree.leaf_parent, tree.node_parent, tree.order)
    what = (runs.table, runs.turned, runs.leaf_weights, runs.node_weights, runs.joins, runs.keys)

    def some(first: int) -> None:
        _run(first, min(count, first + RUNS_AT_ONCE), ready, plan, what, scores, ranks)

    parallel(some, range(0, count, RUNS_AT_ONCE), threads)
    return ranks, scores


def parallel(job: Any, tasks: Sequence[int], threads: int | None = None) -> None:
    """Do `job` for every task on threads; the first task alone, so that only one thread compiles."""
    if not tasks:
        return
    job(tasks[0])
    workers = threads or os.cpu_count() or 1
    if workers == 1 or len(tasks) == 1:
        for task in tasks[1:]:
            job(task)
        return
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(job, tasks[1:]):  # raises what a job raised
            pass


def _padded(table: NDArray[np.float32], fill: float) -> NDArray[np.float32]:
    cities = table.shape[2]
    width = -(-cities // LANES) * LANES
    padded = np.full((*table.shape[:2], width), fill, np.float32)
    padded[:, :, :cities] = table
    return padded


@compiled
def _run(first: Any, last: Any, ready: Any, plan: Any, what: Any, scores: Any, ranks: Any) -> None:
    values = ready[0]
    cities, width = ranks.shape[1], values.shape[2]
    nodes = plan[1].size
    score = np.empty((last - first, width), np.float32)
    sums = np.empty((nodes, BLOCK), np.float32)
    wholes = np.empty((nodes, BLOCK), np.float32)
    noise = np.zeros((2, BLOCK), np.float32)  # never garbage: what isn't drawn is still multiplied, by zero
    keyed = np.empty(cities, np.uint64)
    sorted_once = np.empty(cities, np.uint64)
    counts = np.empty((2, 1 << DIGITS), np.int32)
    for start in range(0, width, BLOCK):  # block by block, so that the tables of a block are read once for all runs
        stop = min(width, start + BLOCK)
        for run in range(first, last):
            _climb(run, start, stop, ready, plan, what, sums, wholes, noise, score[run - first])
    for run in range(first, last):
        if scores.shape[0] > 0:
            scores[run, :] = score[run - first, :cities]
        _rank(score[run - first], keyed, sorted_once, counts, ranks[run])


@compiled
def _climb(
    run: Any, start: Any, stop: Any, ready: Any, plan: Any, what: Any, sums: Any, wholes: Any, noise: Any, score: Any
) -> None:
    """The root's value of the cities start to stop in one run."""
    values, errors, known, exact, whole, bottom, top = ready
    leaf_parent, node_parent, order = plan
    tables, turned, leaf_weights, node_weights, joins, keys = what
    table, size = tables[run], stop - start
    for node in range(node_parent.size):
        certain = F(0)  # weight of the children that every city has
        for leaf in range(leaf_parent.size):
            if leaf_parent[leaf] == node and whole[table, leaf]:
                certain += leaf_weights[run, leaf]
        for child in range(node_parent.size):
            if node_parent[child] == node:
                certain += node_weights[run, child]
        sums[node, :size] = F(0)
        wholes[node, :size] = certain
    for leaf in range(leaf_parent.size):
        node = leaf_parent[leaf]
        if leaf % 2 == 0 and not (exact[table, leaf] and (leaf + 1 >= leaf_parent.size or exact[table, leaf + 1])):
            random_numbers.normals(random_numbers.stream(keys[run], leaf), start, noise[0, :size], noise[1, :size])
        _add_leaf(
            values[table, leaf, start:stop],
            errors[table, leaf, start:stop],
            known[table, leaf, start:stop],
            noise[leaf % 2, :size],
            (exact[table, leaf], whole[table, leaf], turned[run, leaf] > 0, joins[run, node]),
            leaf_weights[run, leaf],
            (bottom, top),
            sums[node, :size],
            wholes[node, :size],
        )
    for place in range(order.size):
        node = order[place]
        above = node_parent[node]
        value = sums[node, :size]
        _join(value, wholes[node, :size], joins[run, node])
        if above < 0:
            score[start:stop] = value
        else:
            _add(value, node_weights[run, node], joins[run, above], sums[above, :size])


@compiled
def _add_leaf(
    value: Any, error: Any, known: Any, noise: Any, how: Any, weight: Any, ends: Any, total: Any, whole: Any
) -> None:
    """Add a leaf's values, with their error, turned and transformed, to the sums of its node."""
    exact, complete, turned, join = how
    bottom, top = ends
    sign, floor = F(1), F(0)
    if turned:
        sign, floor = F(-1), bottom + top
    if exact and complete and join == ARITHMETIC:
        for i in range(value.size):
            total[i] += weight * (floor + sign * value[i])
    elif complete and join == ARITHMETIC:
        for i in range(value.size):
            total[i] += weight * (floor + sign * min(max(value[i] + error[i] * noise[i], bottom), top))
    elif complete and not exact and join == GEOMETRIC:
        for i in range(value.size):
            total[i] += weight * log(floor + sign * min(max(value[i] + error[i] * noise[i], bottom), top))
    else:
        spread = F(0) if exact else F(1)
        for i in range(value.size):
            x = floor + sign * min(max(value[i] + spread * error[i] * noise[i], bottom), top)
            w = weight * known[i]
            total[i] += w * (x if join == ARITHMETIC else (log(x) if join == GEOMETRIC else F(1) / x))
            whole[i] += F(0) if complete else w


@compiled
def _add(value: Any, weight: Any, join: Any, total: Any) -> None:
    """Add a branch's value, transformed, to the sums of the node above it."""
    if join == ARITHMETIC:
        for i in range(value.size):
            total[i] += weight * value[i]
    elif join == GEOMETRIC:
        for i in range(value.size):
            total[i] += weight * log(value[i])
    else:
        for i in range(value.size):
            total[i] += weight / value[i]


@compiled
def _join(total: Any, whole: Any, join: Any) -> None:
    """Turn a node's sums into its value, in place."""
    if join == ARITHMETIC:
        for i in range(total.size):
            total[i] = total[i] / whole[i]
    elif join == GEOMETRIC:
        for i in range(total.size):
            total[i] = exp(total[i] / whole[i])
    else:
        for i in range(total.size):
            total[i] = whole[i] / total[i]


@compiled
def _rank(score: Any, keyed: Any, sorted_once: Any, counts: Any, rank: Any) -> None:
    """Ranks, 1 is the highest, equal ones share the better: a radix sort of two passes over 22 bits."""
    cities = rank.size
    low, high = F(np.inf), F(-np.inf)
    for i in range(cities):
        if score[i] == score[i]:
            low, high = min(low, score[i]), max(high, score[i])
    most = np.int32((1 << (2 * DIGITS)) - 1)
    scale = F(most) / (high - low) if high > low else F(0)
    mask = np.int64((1 << DIGITS) - 1)
    counts[:, :] = 0
    for i in range(cities):
        # A city without a score, which callers leave out, would stand last rather than outside the buckets.
        digit = np.int64(np.int32((high - score[i]) * scale + F(0.5))) if score[i] == score[i] else np.int64(most)
        digit = min(max(digit, np.int64(0)), np.int64(most))
        keyed[i] = (np.uint64(digit) << np.uint64(32)) | np.uint64(i)
        counts[0, digit & mask] += 1
        counts[1, digit >> np.int64(DIGITS)] += 1
    before_0, before_1 = np.int32(0), np.int32(0)
    for bucket in range(counts.shape[1]):
        here_0, here_1 = counts[0, bucket], counts[1, bucket]
        counts[0, bucket], counts[1, bucket] = before_0, before_1
        before_0, before_1 = before_0 + here_0, before_1 + here_1
    for i in range(cities):
        digit = np.int64(keyed[i] >> np.uint64(32)) & mask
        sorted_once[counts[0, digit]] = keyed[i]
        counts[0, digit] += 1
    for i in range(cities):
        digit = np.int64(sorted_once[i] >> np.uint64(32 + DIGITS))
        keyed[counts[1, digit]] = sorted_once[i]
        counts[1, digit] += 1
    shared, last = 0, np.uint64(0xFFFFFFFFFFFFFFFF)
    for place in range(cities):
        here = keyed[place] >> np.uint64(32)
        if here != last:
            shared, last = place + 1, here
        rank[np.int64(keyed[place] & np.uint64(0xFFFFFFFF))] = shared

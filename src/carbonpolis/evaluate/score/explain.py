"""Why a score is what it is, and why it moved: shares that add up exactly, by averaging over every order of change.

Source: Shapley 1953; Shorrocks 2013, Journal of Economic Inequality 11:99-126 (decomposition by averaging over orders).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial

import numpy as np
import pandas as pd

from carbonpolis.evaluate.score.framework import Framework
from carbonpolis.evaluate.score.validation import Array

CAUSES = ("values", "weights", "peers")
MOST_EXACT = 6  # indicators that moved, beyond which orders are sampled
SAMPLED = 400


@dataclass(frozen=True, slots=True)
class Move:
    """Why a city moved between two periods.

    score, rank: from, to. causes: index values (its own), weights (of the framework), peers; columns score and rank,
    which add up to the changes. indicators: points of the change by values, by indicator; they add up to it.
    """

    score: tuple[float, float]
    rank: tuple[float, float]
    causes: pd.DataFrame
    indicators: pd.Series[float]


def why_moved(
    city: str,
    before: pd.DataFrame,
    after: pd.DataFrame,
    framework: Framework,
    framework_before: Framework | None = None,
) -> Move:
    """Why the score and rank of a city changed from one period's frame to the next.

    framework_before: that of the first period, default the same. A rank that is not there (NaN) leaves its causes NaN.
    Raises ValueError for a city that is not in both, or frameworks of other indicators.
    """
    frameworks = (framework_before or framework, framework)
    if city not in before.index or city not in after.index:
        raise ValueError(f"{city} is not in both periods")
    if frameworks[0].columns != framework.columns:
        raise ValueError("the frameworks of the two periods have other indicators; compare inside one")
    own = (before.loc[[city]], after.loc[[city]])
    peers = (before.drop(index=city), after.drop(index=city))

    def outcome(values: int, weights: int, others: int) -> Array:
        scores = frameworks[weights].score(pd.concat([own[values], peers[others]]))
        rank = scores.ranks[city]
        return np.array([scores.total[city], np.nan if pd.isna(rank) else float(rank)])

    found = {corner: outcome(*corner) for corner in np.ndindex(2, 2, 2)}
    causes = pd.DataFrame(
        _shapley(3, lambda set_: found[tuple(int(k in set_) for k in range(3))]), CAUSES, ["score", "rank"]
    )
    first, last = found[0, 0, 0], found[1, 1, 1]
    return Move(
        score=(float(first[0]), float(last[0])),
        rank=(float(first[1]), float(last[1])),
        causes=causes,
        indicators=_by_indicator(framework, own, float(np.asarray(causes)[0, 0])),
    )


def strengths(framework: Framework, frame: pd.DataFrame, city: str, peers: Iterable[str]) -> pd.DataFrame:
    """How a city stands against its peers, strongest first: columns value, peer_median (both on the scale), ahead
    (their difference), better_than (share of peers that have less, ties half), worth (points of the score that closing
    or losing the difference would move, weights as they are). Indicators not observed, here or there, are left out.
    """
    scores = framework.score(frame)
    others = scores.normalised.loc[[each for each in peers if each != city]]
    own = pd.Series(scores.normalised.loc[city].to_numpy(dtype=np.float64), scores.normalised.columns)
    middle = pd.Series(others.median().to_numpy(dtype=np.float64), others.columns)
    seen: pd.Series[bool] = own.notna() & middle.notna()
    level = framework.score(_raised(framework, frame.loc[[city]], own, middle, seen))
    less, same = (others < own).sum(), (others == own).sum()
    found = pd.DataFrame(
        {
            "value": own,
            "peer_median": middle,
            "ahead": own - middle,
            "better_than": (less + same / 2) / others.notna().sum(),
            "worth": pd.Series(scores.total[city] - level.total.to_numpy(), own.index[seen]).reindex(own.index),
        }
    )
    return found[seen].sort_values("ahead", ascending=False, kind="stable")


def _raised(
    framework: Framework, row: pd.DataFrame, own: pd.Series[float], middle: pd.Series[float], seen: pd.Series[bool]
) -> pd.DataFrame:
    """A row an observed indicator: the city with that one at its peers' median."""
    rows = []
    for leaf in framework.leaves:
        if seen[leaf.symbol]:
            values = row.reindex(columns=framework.columns).iloc[0].copy()
            share = (middle[leaf.symbol] - framework.bottom) / (framework.top - framework.bottom)
            share = share if leaf.direction > 0 else 1 - share
            values[leaf.column] = leaf.low + share * (leaf.high - leaf.low)
            rows.append(values)
    return pd.DataFrame(rows).set_axis(range(len(rows)))


def _by_indicator(framework: Framework, own: tuple[pd.DataFrame, pd.DataFrame], total: float) -> pd.Series[float]:
    """What each indicator's move did to the score, with the framework and peers of the second period; empty where
    cities hang on each other. Scaled to add up to `total`."""
    symbols = framework.symbols
    first, last = (each.reindex(columns=framework.columns).iloc[0].to_numpy(dtype=np.float64) for each in own)
    if framework.notes():
        return pd.Series(dtype=float)
    moved = [place for place in range(len(symbols)) if not np.array_equal(first[place], last[place], equal_nan=True)]
    found = pd.Series(0.0, index=symbols)
    if not moved:
        return found
    orders = _orders(len(moved))
    sets = sorted({frozenset(order[:k]) for order in orders for k in range(len(moved) + 1)}, key=sorted)
    rows = _corners(first, last, moved, sets)
    scores = dict(zip(sets, framework.score(pd.DataFrame(rows, columns=framework.columns)).total, strict=True))
    for order in orders:
        for k, which in enumerate(order):
            step = scores[frozenset(order[: k + 1])] - scores[frozenset(order[:k])]
            found.iloc[moved[which]] += step / len(orders)
    whole = found.sum()
    return found * (total / whole) if abs(whole) > 1e-12 else found


def _corners(first: Array, last: Array, moved: Sequence[int], sets: Sequence[frozenset[int]]) -> Array:
    rows = np.tile(first, (len(sets), 1))
    for row, chosen in zip(rows, sets, strict=True):
        places = [moved[k] for k in chosen]
        row[places] = last[places]
    return rows


def _orders(count: int) -> list[tuple[int, ...]]:
    """Every order of a few, or a fixed sample of them and their reverses."""
    if count <= MOST_EXACT:
        return list(permutations(range(count)))
    generator = np.random.Generator(np.random.Philox(key=count))
    drawn = [tuple(int(k) for k in generator.permutation(count)) for _ in range(SAMPLED // 2)]
    return [*drawn, *(order[::-1] for order in drawn)]


def _shapley(count: int, worth: Callable[[frozenset[int]], Array]) -> Array:
    """Players x outcomes: what each adds on average over all orders."""
    total = []
    for player in range(count):
        share = np.zeros_like(worth(frozenset()))
        for order in permutations(range(count)):
            ahead = frozenset(order[: order.index(player)])
            share = share + (worth(ahead | {player}) - worth(ahead)) / factorial(count)
        total.append(share)
    return np.array(total)

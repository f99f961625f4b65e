"""Whether indicators belong together: correlations, Cronbach's alpha, principal components, and what weights do.

Source: OECD/JRC 2008, step 4 (multivariate analysis) and step 7 of its quality checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carbonpolis.evaluate.score.framework import Framework
from carbonpolis.evaluate.score.importance import effective_weights
from carbonpolis.evaluate.score.tree import climb
from carbonpolis.evaluate.score.validation import Array

CLOSE, OPPOSED = 0.92, -0.4  # correlations that the JRC flags: the same thing twice; indicators that fight


@dataclass(frozen=True, slots=True)
class Together:
    """correlations: of indicators on the scale. within: by branch its children's mean correlation and Cronbach's alpha.
    between: correlations of branches. components: eigenvalue and share of variance. effective: by branch the given
    weight of each child and its share of influence. flags: in words, what deserves a second look."""

    correlations: pd.DataFrame
    within: pd.DataFrame
    between: pd.DataFrame
    components: pd.DataFrame
    effective: pd.DataFrame
    flags: tuple[str, ...]


def examine(framework: Framework, frame: pd.DataFrame) -> Together:
    """The checks on a framework and its cities. frame: as in `Framework.score`; needs three cities.

    Correlations are pairwise over what is observed; an indicator without spread has none (NaN).
    """
    if len(frame) < 3:
        raise ValueError(f"{len(frame)} cities; a correlation needs at least 3")
    scores = framework.score(frame)
    scaled = scores.normalised
    correlations = scaled.corr(min_periods=3)
    branches = climb(scaled.to_numpy(), framework.tree)
    within, effective = {}, []
    for node in framework.nodes:
        names = list(scores.weights[node.name])
        children = pd.DataFrame(
            {name: scaled[name] if name in scaled else branches[name].value for name in names}, index=frame.index
        )
        within[node.name] = {
            "children": len(names),
            "mean_correlation": _mean_off_diagonal(children.corr(min_periods=3).to_numpy()),
            "alpha": cronbach_alpha(children.to_numpy()),
        }
        whole = children.dropna()
        given = scores.weights[node.name]
        enough = len(whole) > 2
        influence = effective_weights(whole, list(given.values())) if enough else np.full(len(names), np.nan)
        effective += [(node.name, name, given[name], share) for name, share in zip(names, influence, strict=True)]
    levels = pd.concat([scores.total, scores.levels], axis=1)
    return Together(
        correlations=correlations,
        within=pd.DataFrame.from_dict(within, orient="index"),
        between=levels.corr(min_periods=3),
        components=components(scaled),
        effective=pd.DataFrame(effective, columns=["branch", "child", "weight", "influence"]),
        flags=_flags(framework, correlations),
    )


def cronbach_alpha(x: Array) -> float:
    """k / (k - 1) (1 - sum of variances / variance of the sum), over cities of which all is observed; NaN for none.

    x: cities x indicators, more is better. Source: Cronbach 1951, Psychometrika 16:297.
    """
    whole = x[np.isfinite(x).all(axis=1)]
    count = x.shape[1]
    if count < 2 or len(whole) < 2:
        return float("nan")
    total = whole.sum(axis=1).var(ddof=1)
    return float(count / (count - 1) * (1 - whole.var(axis=0, ddof=1).sum() / total)) if total > 0 else float("nan")


def components(scaled: pd.DataFrame) -> pd.DataFrame:
    """Principal components of the correlations: eigenvalue, share of variance, and the load of each indicator.

    Over cities of which every indicator that varies is observed; empty when there are fewer than three.
    """
    live = [name for name in scaled if scaled[name].nunique(dropna=True) > 1]
    whole = scaled[live].dropna()
    whole = whole.loc[:, whole.nunique() > 1]
    if len(whole) < 3 or whole.shape[1] < 2:
        return pd.DataFrame(columns=["eigenvalue", "share"])
    values, vectors = np.linalg.eigh(np.corrcoef(whole.to_numpy(), rowvar=False))
    order = np.argsort(values)[::-1]
    values, vectors = np.maximum(values[order], 0.0), vectors[:, order]
    vectors = vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)  # the sign of a component means nothing
    loads = pd.DataFrame((vectors * np.sqrt(values)).T, columns=whole.columns)
    found = pd.DataFrame({"eigenvalue": values, "share": values / values.sum()})
    return pd.concat([found, loads], axis=1).set_axis(pd.RangeIndex(1, len(values) + 1, name="component"))


def _mean_off_diagonal(correlation: Array) -> float:
    off = correlation[np.triu_indices(len(correlation), 1)]
    return float(np.nanmean(off)) if np.isfinite(off).any() else float("nan")


def _flags(framework: Framework, correlations: pd.DataFrame) -> tuple[str, ...]:
    parent = {leaf.symbol: leaf.parent for leaf in framework.leaves}
    symbols: Sequence[str] = framework.symbols
    pairs = correlations.to_numpy(dtype=np.float64)
    found = []
    for place, one in enumerate(symbols):
        for ahead, other in enumerate(symbols[place + 1 :]):
            value = float(pairs[place, place + 1 + ahead])
            if value > CLOSE:
                found.append(f"{one} and {other} tell nearly the same (correlation {value:.2f}): weighed twice")
            elif value < OPPOSED and parent[one] == parent[other]:
                found.append(f"{one} and {other} oppose each other in {parent[one]} (correlation {value:.2f})")
    silent = [symbol for symbol, known in zip(symbols, np.isfinite(np.diag(pairs)), strict=True) if not known]
    return (*found, *(f"{symbol} does not tell these cities apart, or is hardly observed" for symbol in silent))

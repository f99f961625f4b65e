"""What a weight does: the influence of each indicator on a composite, and weights that make it equal.

A weight of a quarter does not mean a quarter of the influence: an indicator that moves with others, or more than they,
counts for more. Source: Paruolo, Saisana & Saltelli 2013, J. R. Stat. Soc. A 176:609-634; Becker, Saisana, Paruolo &
Vandecasteele 2017, Ecological Indicators 80:12-22.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from carbonpolis.evaluate.score.validation import Array, shares, whole_table

CLOSE = 1e-9  # mean square difference of correlations at which influences count as equal
STARTS = 5


def effective_weights(x: ArrayLike, weights: ArrayLike) -> Array:
    """Squared correlation of each indicator with sum(w x), as shares: what part each has in telling cities apart.

    x: cities x indicators on one scale. No spread has no influence. Source: Paruolo et al. 2013, linear main effect.
    """
    table = whole_table(x, least_rows=2)
    given = shares(weights, table.shape[1])
    squared = _correlations(table, given) ** 2
    return squared / squared.sum() if squared.sum() > 0 else squared


def equal_importance(x: Array) -> Array:
    """Weights under which every indicator correlates alike with the composite, or as nearly as zero-or-more weights
    allow (an indicator that opposes the others can't be made to agree with them).

    Least squares of the differences of correlations, from a few fixed starts. Source: Becker et al. 2017, section 3.2.
    """
    table = whole_table(x, least_rows=2)
    live = np.ptp(table, axis=0) > 0
    found = np.zeros(table.shape[1])
    count = int(live.sum())
    if count < 2:
        found[live] = 1.0
        return found
    covariance = np.cov(table[:, live], rowvar=False)
    deviation = np.sqrt(np.diag(covariance))

    def apart(logs: Any) -> float:
        weights = np.exp(logs - logs.max())
        total = np.sqrt(max(float(weights @ covariance @ weights), 1e-300))
        correlation = covariance @ weights / (deviation * total)
        return float(((correlation - correlation.mean()) ** 2).sum())

    starts = np.zeros((STARTS, count))
    starts[0] = -np.log(deviation)
    starts[2:] = np.random.Generator(np.random.Philox(key=1)).normal(0, 0.5, (STARTS - 2, count)) - np.log(deviation)
    tries = []
    for start in starts:
        tries.append(scipy.optimize.minimize(apart, start, method="BFGS", options={"gtol": 1e-12, "maxiter": 500}))
        if tries[-1].fun < CLOSE * 1e-6:
            break
    best = min(tries, key=lambda each: float(each.fun)).x
    weights = np.exp(best - best.max())
    found[live] = weights / weights.sum()
    return found


def _correlations(table: Array, weights: Array) -> Array:
    """Of each indicator with the weighted sum; 0 where one has no spread."""
    centred = np.asarray(table - table.mean(axis=0))
    total = centred @ weights
    lengths = np.sqrt((centred**2).sum(axis=0)) * np.sqrt(float(total @ total))
    found: Array = np.divide(centred.T @ total, lengths, out=np.zeros(table.shape[1]), where=lengths > 1e-300)
    return found

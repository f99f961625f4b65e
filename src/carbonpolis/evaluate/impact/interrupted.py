"""Interrupted time series: level and slope before and after, with errors that may be autocorrelated.

Source: Wagner et al. 2002, J. Clin. Pharm. Ther. 27:299; standard errors of Newey & West 1987, Econometrica 55:703.
"""

from __future__ import annotations

from math import erfc, sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonpolis.evaluate.impact.effect import Effect

Matrix = NDArray[np.float64]


def interrupted(series: pd.Series[float], start: Any, season: int | None = None) -> Effect:
    """Effect on one series. series: equally spaced, index is time; season: length of a cycle (12 for months).

    y = a + b t + season + (c + d (t - start)) after start; the effect is c + d (t - start). Raises ValueError for a
    missing value, or fewer times on either side than there are terms.
    """
    values = series.to_numpy(dtype=float)
    if np.isnan(values).any():
        raise ValueError(f"{series.index[int(np.argmax(np.isnan(values)))]} has no value; fill the gap first")
    after = np.asarray(series.index >= start)
    base = _design(len(values), season)
    if after.sum() < 3 or (~after).sum() <= base.shape[1]:
        raise ValueError(
            f"{int((~after).sum())} times before {start} and {int(after.sum())} after; "
            f"expected more than {base.shape[1]} and at least 3"
        )
    since = np.where(after, np.arange(len(values)) - int(np.argmax(after)), 0.0)
    design = np.column_stack([base, after.astype(float), since])
    coefficients, *_ = np.linalg.lstsq(design, values, rcond=None)
    residual = values - design @ coefficients
    covariance = _newey_west(design, residual)
    change = np.zeros_like(design)
    change[:, -2:] = design[:, -2:]
    effect = change @ coefficients
    sd = np.sqrt(np.maximum(0.0, np.einsum("ij,jk,ik->i", change, covariance, change)))
    mean = change[after].mean(axis=0)
    se = float(np.sqrt(max(0.0, mean @ covariance @ mean)))
    att = float(effect[after].mean())
    path = pd.DataFrame(
        {
            "time": series.index.to_numpy(),
            "actual": values,
            "counterfactual": values - effect,
            "effect": effect,
            "lower": np.where(after, effect - 1.96 * sd, np.nan),
            "upper": np.where(after, effect + 1.96 * sd, np.nan),
        }
    )
    return Effect(
        method="interrupted time series",
        att=att,
        path=path,
        p_value=_two_sided(att / se) if se > 0 else None,
        pre_fit_rmse=float(np.sqrt((residual[~after] ** 2).mean())),
        start=start,
        se=se,
    )


def _design(n: int, season: int | None) -> Matrix:
    t = np.arange(n, dtype=float)
    columns = [np.ones(n), t]
    if season:
        columns += [(np.arange(n) % season == phase).astype(float) for phase in range(1, season)]
    return np.column_stack(columns)


def _newey_west(design: Matrix, residual: Matrix) -> Matrix:
    """Covariance of least squares with Bartlett weights and the lag 4 (n / 100)^(2/9)."""
    n = len(residual)
    lags = int(4 * (n / 100) ** (2 / 9))
    scores = design * residual[:, None]
    middle = scores.T @ scores
    for lag in range(1, lags + 1):
        shifted = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (lags + 1)) * (shifted + shifted.T)
    inverse = np.linalg.pinv(design.T @ design)
    covariance: Matrix = inverse @ middle @ inverse * n / max(1, n - design.shape[1])
    return covariance


def _two_sided(z: float) -> float:
    """Chance under the normal distribution of |Z| >= |z|."""
    return erfc(abs(z) / sqrt(2))

"""Synthetic control: the treated unit beside a weighted mean of donors that moved like it before.

Source: Abadie, Diamond & Hainmueller 2010, J. Am. Stat. Assoc. 105:493; weights on the outcomes before the policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from carbonpolis.evaluate.impact.effect import Effect

Matrix = NDArray[np.float64]
EXACT_FIT = 1e-6
_SUM_WEIGHT = 1e4  # how hard "weights sum to 1" is held, in units of the outcome's own scale


def synthetic_control(
    panel: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    treated: Any,
    start: Any,
    predictors: Sequence[str] | None = None,
) -> Effect:
    """Effect on one treated unit.

    panel: one row a unit and time; unit, time, outcome: its columns; start: first time under the policy. predictors:
    further columns whose means before start are matched too, scaled to the outcome's spread. Inference: every donor is
    treated in turn; p is the rank of the treated one's ratio of errors after to before. The interval comes from the
    placebo effects of all donors, so donors that can't be fitted make it wide.
    Raises ValueError for a unit that is not there, a missing cell, fewer than two donors, two times before, one after.
    """
    table = _table(panel, unit, time, outcome, treated)
    before = np.asarray(table.columns < start)
    if before.sum() < 2 or before.all():
        raise ValueError(f"{int(before.sum())} times before {start} and {int((~before).sum())} after; expected 2 and 1")
    names = [name for name in table.index if name != treated]
    if len(names) < 2:
        raise ValueError(f"{len(names)} donors beside {treated}; expected 2 at least, so that each can be a placebo")
    features = _features(panel, unit, time, table, before, start, predictors)
    gaps = {treated: _gap(table, features, treated, names)}
    weights = dict(zip(map(str, names), gaps[treated][1].tolist(), strict=True))
    for donor in names:
        gaps[donor] = _gap(table, features, donor, [name for name in names if name != donor])
    own = gaps[treated][0]
    scale = max(float(np.abs(table.to_numpy()).max()), 1e-300)
    others = np.array([gaps[name][0] for name in names])
    placebos = pd.Series(others[:, ~before].mean(axis=1), index=names)
    return Effect(
        method="synthetic control",
        att=float(own[~before].mean()),
        path=_path(table, treated, own, others, before),
        p_value=_rank(_ratio(own, before, scale), [_ratio(other, before, scale) for other in others]),
        pre_fit_rmse=_rmse(own[before]),
        start=start,
        placebos=placebos,
        weights=weights,
    )


def simplex_least_squares(donors: Matrix, target: Matrix) -> Matrix:
    """Weights w >= 0 with sum 1 that minimise |donors w - target|. donors: features x donors; target: features.

    Lawson-Hanson non-negative least squares with the sum as one heavy equation, then scaled to sum exactly to 1.
    """
    scale = max(float(np.abs(donors).max()), float(np.abs(target).max()), 1e-300)
    heavy = np.full((1, donors.shape[1]), _SUM_WEIGHT)
    found, _ = scipy.optimize.nnls(np.vstack([donors / scale, heavy]), np.append(target / scale, _SUM_WEIGHT))
    weights: Matrix = found / found.sum()
    return weights


def _table(panel: pd.DataFrame, unit: str, time: str, outcome: str, treated: Any) -> pd.DataFrame:
    for column in (unit, time, outcome):
        if column not in panel:
            raise ValueError(f"no column {column!r} in the panel; there are {', '.join(map(str, panel.columns))}")
    table = pd.DataFrame(panel.pivot(index=unit, columns=time, values=outcome).astype(float))
    if treated not in table.index:
        raise ValueError(f"no unit {treated!r} in column {unit!r}")
    missing = np.argwhere(table.isna().to_numpy())
    if len(missing):
        row, column = missing[0]
        raise ValueError(
            f"{table.index[row]} has no {outcome} at {table.columns[column]}; leave the unit out or fill it"
        )
    return table


def _features(
    panel: pd.DataFrame,
    unit: str,
    time: str,
    table: pd.DataFrame,
    before: Any,
    start: Any,
    predictors: Sequence[str] | None,
) -> pd.DataFrame:
    features = pd.DataFrame(table.loc[:, before])
    for name in predictors or ():
        means = panel[panel[time] < start].groupby(unit)[name].mean().reindex(table.index)
        spread = float(means.std()) or 1.0
        scaled = (means - means.mean()) / spread * float(features.to_numpy().std())
        features = pd.concat([features, scaled.rename(f"predictor {name}")], axis=1)
    return features


def _gap(table: pd.DataFrame, features: pd.DataFrame, treated: Any, donors: Sequence[Any]) -> tuple[Matrix, Matrix]:
    """Actual less synthetic at every time, and the donors' weights."""
    weights = simplex_least_squares(features.loc[list(donors)].to_numpy().T, features.loc[treated].to_numpy())
    synthetic = weights @ table.loc[list(donors)].to_numpy()
    return table.loc[treated].to_numpy() - synthetic, weights


def _path(table: pd.DataFrame, treated: Any, own: Matrix, others: Matrix, before: Any) -> pd.DataFrame:
    actual = table.loc[treated].to_numpy()
    high, low = np.quantile(others, [0.975, 0.025], axis=0)
    return pd.DataFrame(
        {
            "time": table.columns.to_numpy(),
            "actual": actual,
            "counterfactual": actual - own,
            "effect": own,
            "lower": np.where(before, np.nan, own - high),
            "upper": np.where(before, np.nan, own - low),
        }
    )


def _rmse(gap: Matrix) -> float:
    return float(np.sqrt((gap**2).mean()))


def _ratio(gap: Matrix, before: Any, scale: float) -> float:
    """Error after to error before. A fit exact but for rounding counts as 1e-6 of the outcome's size, not as noise."""
    return _rmse(gap[~before]) / max(_rmse(gap[before]), EXACT_FIT * scale)


def _rank(own: float, others: Sequence[float]) -> float:
    return (1 + sum(other >= own for other in others)) / (1 + len(others))

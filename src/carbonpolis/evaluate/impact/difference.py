"""Difference in differences: units under a policy, from whenever it began there, beside units never under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonpolis.evaluate.impact.effect import Effect

Matrix = NDArray[np.float64]
Z95 = 1.959964  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class Panel:
    """Outcome y (units x times), the times, and each unit's first time under the policy (infinite for never)."""

    y: Matrix
    times: Matrix
    starts: Matrix

    @property
    def under(self) -> Matrix:
        """1 where a unit is under the policy at a time."""
        return (self.times >= self.starts[:, None]).astype(np.float64)

    @property
    def never(self) -> NDArray[np.bool_]:
        """Units never under the policy."""
        return np.isinf(self.starts)


@dataclass(frozen=True, slots=True)
class Estimated:
    """Mean effect and its standard error; effect on the mean of the treated units by time, and its standard error."""

    att: float
    se: float
    by_time: Matrix
    se_by_time: Matrix


def did(
    panel: pd.DataFrame, unit: str, time: str, outcome: str, start_column: str, method: str = "callaway_santanna"
) -> Effect:
    """Mean effect on the treated, over the unit-times under the policy.

    panel: one row a unit and time, whole; times are numbers; start_column: first time under the policy, the same in all
    rows of a unit, missing for never. method: "callaway_santanna", or "twfe", which misleads where starts differ and
    effects grow (Goodman-Bacon 2021). The path is the mean of the treated units. pre_fit_rmse: how far the gap between
    treated and never treated strays from its mean before the first start.
    Raises ValueError for an unknown method, a gap, a start that changes, or no unit never treated.
    """
    if method not in METHODS:
        raise ValueError(f"no method {method!r}; choose from {', '.join(METHODS)}")
    data = _panel(panel, unit, time, outcome, start_column)
    found = METHODS[method](data)
    first = float(data.starts.min())
    actual = data.y[~data.never].mean(axis=0)
    after = data.times >= first
    gap = (actual - data.y[data.never].mean(axis=0))[~after]
    reach = np.where(after, Z95 * found.se_by_time, np.nan)
    path = pd.DataFrame(
        {
            "time": data.times,
            "actual": actual,
            "counterfactual": actual - found.by_time,
            "effect": found.by_time,
            "lower": found.by_time - reach,
            "upper": found.by_time + reach,
        }
    )
    return Effect(
        method=f"difference in differences, {method}",
        att=found.att,
        path=path,
        p_value=erfc(abs(found.att) / found.se / sqrt(2)) if found.se > 0 else None,
        pre_fit_rmse=float(np.sqrt(((gap - gap.mean()) ** 2).mean())),
        start=first,
        se=found.se,
    )


def callaway_santanna(panel: Panel) -> Estimated:
    """Effects by cohort and time beside the never treated, from the time before each start, weighted by cohort size.

    Standard errors from the influence functions, units independent, cohort sizes taken as given. Source: Callaway &
    Sant'Anna 2021, J. Econometrics 225:200-230, no covariates, equation 2.1 and the simple aggregate of section 3.
    """
    n, length = panel.y.shape
    treated = int((~panel.never).sum())
    by_time, influence = np.zeros(length), np.zeros((n, length))
    for start in np.unique(panel.starts[~panel.never]):
        cohort = panel.starts == start
        base = int(np.flatnonzero(panel.times < start)[-1])
        change = panel.y - panel.y[:, [base]]
        own, other = change[cohort].mean(axis=0), change[panel.never].mean(axis=0)
        after = panel.times >= start
        share = cohort.sum() / treated
        by_time += np.where(after, share * (own - other), 0.0)
        influence[cohort] += np.where(after, share * (change[cohort] - own) / cohort.sum(), 0.0)
        influence[panel.never] -= np.where(after, share * (change[panel.never] - other) / panel.never.sum(), 0.0)
    whole = panel.under.sum() / treated
    return Estimated(
        att=float(by_time.sum() / whole),
        se=float(np.sqrt((influence.sum(axis=1) ** 2).sum()) / whole),
        by_time=by_time,
        se_by_time=np.sqrt((influence**2).sum(axis=0)),
    )


def twfe(panel: Panel) -> Estimated:
    """Least squares with an effect for every unit and every time; errors clustered by unit.

    Source: Angrist & Pischke 2009, Mostly Harmless Econometrics, section 5.2; Liang & Zeger 1986 for the errors.
    """
    d, y = _within(panel.under), _within(panel.y)
    square = float((d**2).sum())
    att = float((d * y).sum()) / square
    scores = (d * (y - att * d)).sum(axis=1)
    n = len(scores)
    se = float(np.sqrt((scores**2).sum() * n / (n - 1))) / square
    share = panel.under[~panel.never].mean(axis=0)
    return Estimated(att, se, att * share, se * share)


METHODS: dict[str, Callable[[Panel], Estimated]] = {"callaway_santanna": callaway_santanna, "twfe": twfe}


def _within(table: Matrix) -> Matrix:
    """Less the means of its rows and columns."""
    centred: Matrix = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    return centred


def _panel(frame: pd.DataFrame, unit: str, time: str, outcome: str, start_column: str) -> Panel:
    for column in (unit, time, outcome, start_column):
        if column not in frame:
            raise ValueError(f"no column {column!r} in the panel; there are {', '.join(map(str, frame.columns))}")
    table = pd.DataFrame(frame.pivot(index=unit, columns=time, values=outcome).astype(float))
    missing = np.argwhere(table.isna().to_numpy())
    if len(missing):
        row, column = missing[0]
        raise ValueError(
            f"{table.index[row]} has no {outcome} at {table.columns[column]}; fill it or leave the unit out"
        )
    starts = frame.groupby(unit)[start_column]
    changing = starts.nunique(dropna=False)
    if (changing > 1).any():
        raise ValueError(f"{changing.index[changing > 1][0]} has more than one start in {start_column!r}")
    first = starts.first().reindex(table.index).astype("Float64").to_numpy(dtype=np.float64, na_value=np.inf)
    times = table.columns.to_numpy(dtype=np.float64)
    # A policy that begins after the last time has touched nobody yet.
    data = Panel(table.to_numpy(dtype=np.float64), times, np.where(first > times[-1], np.inf, first))
    if not data.never.any() or data.never.all():
        raise ValueError(
            f"{int(data.never.sum())} of {len(table)} units are never treated; expected some of both kinds"
        )
    if (data.starts <= times[0]).any():
        unit_name = table.index[int(np.argmin(data.starts))]
        raise ValueError(f"{unit_name} is under the policy from the first time on; it has no before: leave it out")
    return data

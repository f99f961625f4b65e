"""A policy before and after, as the report shows it."""

from __future__ import annotations

import math
from typing import Any

from carbonpolis.evaluate.impact import Effect, PolicyCase
from carbonpolis.report.year import shape
from carbonpolis.report.year.figures import figure


def policy_section(effect: Effect, case: PolicyCase) -> shape.PolicyReport:
    """The mean effect with its interval, the path and the donors.

    The interval is of 95 %, or of what so few placebos can tell: the range of n of them holds a further one with
    probability (n - 1) / (n + 1).
    """
    count = len(effect.placebos)
    level = 0.95 if effect.se is not None else min(0.95, (count - 1) / (count + 1))
    low, high = effect.interval(level)
    return shape.PolicyReport(
        name=case.name,
        what=case.what,
        method=case.method,
        start=float(case.start),
        unit=case.unit,
        att=figure(float(effect.att), case.unit),
        interval=[figure(float(low), case.unit), figure(float(high), case.unit)],
        level=level,
        p_value=None if effect.p_value is None else float(effect.p_value),
        pre_fit_rmse=figure(float(effect.pre_fit_rmse), case.unit),
        path=[_point(row) for row in effect.path.to_dict("records")],
        weights={str(name): float(weight) for name, weight in (effect.weights or {}).items() if weight > 0.0005},
        source=case.source,
    )


def _point(row: dict[Any, Any]) -> shape.EffectPoint:
    return shape.EffectPoint(
        time=float(row["time"]),
        actual=float(row["actual"]),
        counterfactual=float(row["counterfactual"]),
        effect=_known(row["effect"]),
        lower=_known(row["lower"]),
        upper=_known(row["upper"]),
    )


def _known(value: Any) -> float | None:
    return None if value is None or math.isnan(float(value)) else float(value)

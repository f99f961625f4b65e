"""What a policy changed: the effect, the path beside its counterfactual, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True)
class Effect:
    """An estimated effect.

    att: mean effect over the time from start on, in the outcome's unit. path: columns time, actual, counterfactual,
    effect, lower, upper (95 % of the effect; NaN where none is known). p_value: of no effect. placebos: mean effects of
    units that were not treated. weights: of the donors. pre_fit_rmse: before start. se: of att where the method has
    one, else the placebos give the interval.
    """

    method: str
    att: float
    path: pd.DataFrame
    p_value: float | None
    pre_fit_rmse: float
    start: Any
    placebos: pd.Series[float] = field(default_factory=lambda: pd.Series(dtype=float))
    weights: dict[str, float] | None = None
    se: float | None = None

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Interval of att: from its standard error, else att less the quantiles of the placebos' effects."""
        if not 0 < level < 1:
            raise ValueError(f"a level of {level}; expected more than 0 and less than 1")
        if self.se is not None:
            reach = NormalDist().inv_cdf(0.5 + level / 2) * self.se
            return self.att - reach, self.att + reach
        if len(self.placebos) < 2:
            return float("-inf"), float("inf")
        high, low = np.quantile(self.placebos, [0.5 + level / 2, 0.5 - level / 2])
        return float(self.att - high), float(self.att - low)

    def summary(self) -> str:
        """One paragraph in words."""
        low, high = self.interval(0.95)
        p = "" if self.p_value is None else f", p = {self.p_value:.3f}"
        return (
            f"{self.method}: mean effect from {self.start} on {self.att:,.3g} (95 % {low:,.3g} to {high:,.3g}){p}; "
            f"fit before {self.pre_fit_rmse:,.3g}"
        )

    def plot(self, path: str | Path | None = None) -> str:
        """Actual and counterfactual as SVG; written to `path` where given, and returned."""
        frame = self.path
        x = np.asarray(frame["time"], dtype=float)
        both = frame[["actual", "counterfactual"]].to_numpy(dtype=float)
        low, high = float(np.nanmin(both)), float(np.nanmax(both))
        across = 40 + 540 * (x - x.min()) / max(x.max() - x.min(), 1e-12)
        up = 260 - 220 * (both - low) / max(high - low, 1e-12)
        lines = [
            f'<polyline fill="none" stroke="{colour}" stroke-width="2"{dash} points="'
            + " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, up[:, column], strict=True))
            + '"/>'
            for column, colour, dash in ((0, "#1f4e79", ""), (1, "#a23b00", ' stroke-dasharray="6 4"'))
        ]
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 280" role="img">{"".join(lines)}</svg>'
        if path is not None:
            Path(path).write_text(svg, encoding="utf-8")
        return svg

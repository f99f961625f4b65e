"""Oracle: error propagation by brute force. Draw many times, compute each draw plainly, look at the spread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def spread(
    formula: Callable[..., np.ndarray], *inputs: tuple[float, float], draws: int = 200_000
) -> tuple[float, float]:
    """Mean and sd of a formula of independent normal inputs, each (mean, sd). IPCC 2006 vol. 1 ch. 3, approach 2."""
    random = np.random.default_rng(seed=5)
    drawn = formula(*(random.normal(mean, sd, draws) for mean, sd in inputs))
    return float(drawn.mean()), float(drawn.std())

"""Growth curves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def chapman_richards(age: ArrayLike, a: float, k: float, p: float) -> Any:
    """Stand volume (or biomass) at `age`: a (1 - e^(-k age))^p.

    age: years, 0 or more, any shape. a: asymptote, in the unit of the result. k: growth rate, 1/year, above 0.
    p: shape, above 0. Returns the unit of `a`, shape of `age`. Raises ValueError for values outside.
    Source: Richards 1959, J. Exp. Bot. 10:290-301; Chapman 1961.
    """
    years = np.asarray(age, dtype=np.float64)
    if np.any(years < 0):
        raise ValueError("an age below 0 years has no stand; expected 0 or more")
    if k <= 0 or p <= 0:
        raise ValueError(f"growth rate k = {k} and shape p = {p}; expected both above 0")
    grown = a * (1.0 - np.exp(-k * years)) ** p
    return grown if grown.ndim else float(grown)

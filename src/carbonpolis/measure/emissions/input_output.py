"""Input-output: what final demand causes upstream."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def leontief(A: ArrayLike, Y: ArrayLike, S: ArrayLike) -> NDArray[np.float64]:  # noqa: N803 the field's own letters
    """Footprints S (I - A)^-1 Y, impacts x demands, by solving instead of inverting.

    A: sectors x sectors, input per unit of output. Y: sectors x demands. S: impacts x sectors, impact per unit of
    output. Raises ValueError naming shapes that don't fit, or when I - A is singular.
    Source: Leontief 1970, Rev. Econ. Stat. 52:262-271; Miller & Blair 2009 ch. 2 and 10.
    """
    coefficients, demand, impact = (np.atleast_2d(np.asarray(each, dtype=np.float64)) for each in (A, Y, S))
    if np.ndim(Y) == 1:
        demand = demand.T
    n = coefficients.shape[0]
    if coefficients.shape != (n, n) or demand.shape[0] != n or impact.shape[1] != n:
        raise ValueError(
            f"A is {coefficients.shape}, Y {demand.shape}, S {impact.shape}; "
            "expected sectors x sectors, sectors x demands, impacts x sectors"
        )
    try:
        output = np.linalg.solve(np.eye(n) - coefficients, demand)
    except np.linalg.LinAlgError:
        raise ValueError("I - A is singular: some sector needs all of its own output; check A") from None
    return impact @ output

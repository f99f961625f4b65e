"""Input-output: what final demand causes upstream."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.measure.emissions.input_output.solving import Leontief


def leontief(A: ArrayLike, Y: ArrayLike, S: ArrayLike) -> NDArray[np.float64]:
    """Footprints S (I - A)^-1 Y, impacts x demands (impacts alone for one demand), by solving instead of inverting.

    A: sectors x sectors, input per unit of output. Y: sectors x demands (or one demand, sectors). S: impacts x
    sectors (or one impact, sectors), impact per unit of output. Raises ValueError naming shapes that don't fit,
    values that are no numbers, or an A with which no output can meet a demand.
    Source: Leontief 1970, Rev. Econ. Stat. 52:262-271; Miller & Blair 2009 ch. 2 and 10.
    """
    coefficients, demand, impact = (np.asarray(each, dtype=np.float64) for each in (A, Y, S))
    single = demand.ndim == 1
    demand = demand[:, np.newaxis] if single else demand
    impact = impact[np.newaxis, :] if impact.ndim == 1 else impact
    n = len(coefficients) if coefficients.ndim else 0
    shapes = (coefficients.shape, demand.shape[:1], impact.shape[1:])
    if shapes != ((n, n), (n,), (n,)) or demand.ndim != 2 or impact.ndim != 2 or n == 0:
        raise ValueError(
            f"A is {coefficients.shape}, Y {demand.shape}, S {impact.shape}; "
            "expected sectors x sectors, sectors x demands, impacts x sectors"
        )
    for name, each in (("A", coefficients), ("Y", demand), ("S", impact)):
        if not np.all(np.isfinite(each)):
            raise ValueError(f"{name} holds a value that is no number; expected finite ones, 0 where nothing flows")
    system = Leontief(coefficients)
    # Hawkins and Simon 1949: no sector may need more than it makes, else outputs would come out below 0.
    if np.all(coefficients >= 0) and np.any(system.outputs(np.ones((n, 1))) < 0):
        raise ValueError("A isn't productive: some sectors need more input than they make output; check its columns")
    few = len(impact) < demand.shape[1]
    footprints = np.asarray(system.multipliers(impact) @ demand if few else impact @ system.outputs(demand))
    return footprints[:, 0] if single else footprints

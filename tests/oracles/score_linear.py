"""Benefit of the doubt by a general solver, one programme a city."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog


def best_light(table: np.ndarray) -> np.ndarray:
    """Score of each city under the weights in which it looks best."""
    scaled = table / table.max(axis=0)
    return np.array([-linprog(-row, A_ub=scaled, b_ub=np.ones(len(scaled)), method="highs").fun for row in scaled])

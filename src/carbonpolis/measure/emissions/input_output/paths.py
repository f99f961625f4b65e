"""Structural path analysis: through which chain of suppliers a footprint comes about."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from carbonpolis.measure.emissions.input_output.solving import Leontief


@dataclass(frozen=True, slots=True)
class _Node:
    path: tuple[int, ...]
    flow: float  # output of the last sector that this chain asks for


def structural_paths(
    A: ArrayLike,
    y: ArrayLike,
    s: ArrayLike,
    *,
    top: int = 20,
    labels: Sequence[object] | None = None,
    longest: int = 30,
) -> pd.DataFrame:
    """The `top` paths of a footprint s (I - A)^-1 y, the greatest first.

    A path (j, i, ..., h) is final demand for j, met with input from i, ..., in which sector h emits; its value is
    s_h a_h. ... a_ij y_j, and over all paths they sum to the footprint (Treloar 1997; Peters & Hertwich 2006, Struct.
    Change Econ. Dyn. 17:155-181, eq. 5). What lies under a node of the tree is known beforehand, flow times multiplier,
    so the search opens the greatest first and stops when nothing unopened can still pass the last of the top.
    A, y, s: coefficients, final demand, impact per unit of output; not negative. Returns columns path (labels or
    positions, from the product bought to the emitter), steps, value, share (of the footprint).
    Raises ValueError for shapes that don't fit or values below 0.
    """
    matrix, demand, impact = (np.asarray(each, dtype=np.float64) for each in (A, y, s))
    n = len(demand)
    if matrix.shape != (n, n) or demand.shape != (n,) or impact.shape != (n,):
        raise ValueError(f"A is {matrix.shape}, y {demand.shape}, s {impact.shape}; expected n x n, n and n")
    if any(np.any(each < 0) or not np.all(np.isfinite(each)) for each in (matrix, demand, impact)):
        raise ValueError("A, y or s holds a value below 0 or no number; paths of opposite sign can't be ranked")
    under = Leontief(matrix).multipliers(impact[np.newaxis, :])[0]
    found = _search(matrix, demand, impact, under, top, longest)
    whole = float(under @ demand)
    names = list(range(n)) if labels is None else list(labels)
    rows = [
        {"path": tuple(names[i] for i in path), "steps": len(path) - 1, "value": value, "share": value / whole}
        for value, path in found
    ]
    return pd.DataFrame(rows, columns=["path", "steps", "value", "share"])


def _search(
    matrix: NDArray[np.float64],
    demand: NDArray[np.float64],
    impact: NDArray[np.float64],
    under: NDArray[np.float64],
    top: int,
    longest: int,
) -> list[tuple[float, tuple[int, ...]]]:
    order = count()  # ties go by order of opening, so that paths are never compared
    queue = [
        (-float(demand[i] * under[i]), next(order), _Node((int(i),), float(demand[i]))) for i in np.flatnonzero(demand)
    ]
    heapq.heapify(queue)
    best: list[tuple[float, int, tuple[int, ...]]] = []  # smallest of the top first
    while queue:
        bound, _, node = heapq.heappop(queue)
        if len(best) == top and -bound <= best[0][0]:
            break
        last = node.path[-1]
        value = node.flow * float(impact[last])
        if value > 0:
            keep = heapq.heappush if len(best) < top else heapq.heappushpop
            keep(best, (value, -next(order), node.path))
        if len(node.path) <= longest:
            flows = node.flow * matrix[:, last]
            bounds = flows * under
            least = best[0][0] if len(best) == top else 0.0
            for i in np.flatnonzero(bounds > least):
                heapq.heappush(queue, (-float(bounds[i]), next(order), _Node((*node.path, int(i)), float(flows[i]))))
    return [(value, path) for value, _, path in sorted(best, reverse=True)]

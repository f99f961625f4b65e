"""Solving (I - A) x = b many times from one factorisation: what the inverse would give, at a quarter of its work."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]
_FEW = 40  # right sides, or one for as many sectors, up to which refining costs less than factorising in double
_SMALL = 500  # sectors up to which there is nothing to save
_ROUNDS = 12
_CLOSE = 1e-13


class Leontief:
    """The Leontief matrix I - A, factorised when first asked: in single precision where refining reaches double.

    Solves are good to about 13 digits either way: single precision factors are refined on the residual in double
    precision until it no longer matters (Higham 2002, Accuracy and Stability of Numerical Algorithms ch. 12), and where
    that doesn't converge the matrix is factorised in double.
    """

    def __init__(self, a: Array) -> None:
        self._a = a
        self._factors: dict[str, Any] = {}

    def outputs(self, demand: Array) -> Array:
        """x with (I - A) x = demand: output of each sector, sectors x demands."""
        return self._solve(demand, transposed=False)

    def multipliers(self, impact: Array) -> Array:
        """M with M (I - A) = impact: impact of a unit of final demand, impacts x sectors."""
        return self._solve(np.ascontiguousarray(impact.T), transposed=True).T

    def _solve(self, right: Array, *, transposed: bool) -> Array:
        few = (
            right.shape[1] <= max(_FEW, len(self._a) // _FEW)
            and len(self._a) > _SMALL
            and "double" not in self._factors
        )
        if few and (refined := self._refined(right, transposed)) is not None:
            return refined
        return _solved(self._lu("double"), right, transposed)

    def _refined(self, right: Array, transposed: bool) -> Array | None:
        factors = self._lu("single")
        matrix = self._a.T if transposed else self._a
        solved = np.zeros_like(right)
        left = right.copy()
        size = np.maximum(np.abs(right).max(axis=0), np.finfo(np.float64).tiny)
        for _ in range(_ROUNDS):
            step = _solved(factors, (left / size).astype(np.float32), transposed)
            solved += step.astype(np.float64) * size
            left = right - (solved - matrix @ solved)
            if np.all(np.abs(left).max(axis=0) <= _CLOSE * np.maximum(size, np.abs(solved).max(axis=0))):
                return solved
        return None

    def _lu(self, precision: str) -> Any:
        if precision not in self._factors:
            matrix: Any = np.array(self._a, dtype=np.float32 if precision == "single" else np.float64, order="F")
            np.negative(matrix, out=matrix)
            matrix[np.diag_indices(len(matrix))] += 1.0
            with warnings.catch_warnings():
                warnings.simplefilter("error", scipy.linalg.LinAlgWarning)
                try:
                    self._factors[precision] = scipy.linalg.lu_factor(matrix, overwrite_a=True, check_finite=False)
                except scipy.linalg.LinAlgWarning:
                    raise ValueError("I - A is singular: some sector needs all of its own output; check A") from None
        return self._factors[precision]


def _solved(factors: Any, right: NDArray[Any], transposed: bool) -> NDArray[Any]:
    found: NDArray[Any] = scipy.linalg.lu_solve(factors, right, trans=1 if transposed else 0, check_finite=False)
    return found

"""Uncertainty of sums of products: by propagation (IPCC approach 1) and by drawing (approach 2).

A line is an amount times a factor. Lines that share a factor err together; amounts err on their own unless a matrix
says otherwise. Source: IPCC 2006 vol. 1 ch. 3: eq. 3.1 and 3.2, table 3.2 (approach 1), s. 3.2.3.2 (approach 2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from carbonpolis.measure.estimate import Estimate

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Shape = Literal["normal", "lognormal", "triangular"]
SHAPES: tuple[Shape, ...] = ("normal", "lognormal", "triangular")
_CELLS = 1 << 17  # numbers drawn at once: half a megabyte, which stays in a core's cache
_THREADS = 2


def of_product(*percent: float) -> float:
    """Uncertainty of a product, %: root of the sum of squares of its terms' (IPCC 2006 vol. 1 eq. 3.1)."""
    return math.sqrt(sum(each**2 for each in percent))


def of_sum(percent: ArrayLike, values: ArrayLike) -> float:
    """Uncertainty of a sum, % of it (IPCC 2006 vol. 1 eq. 3.2), from % of each value. ValueError for a sum of 0."""
    share, each = np.asarray(percent, dtype=np.float64), np.asarray(values, dtype=np.float64)
    whole = abs(float(each.sum()))
    if whole == 0:
        raise ValueError("the values sum to 0; an uncertainty in % of it has no meaning")
    return float(np.linalg.norm(share * each)) / whole


def propagate(
    mean: ArrayLike, sd: ArrayLike, unit: str, *, shared: ArrayLike | None = None, correlation: ArrayLike | None = None
) -> Estimate:
    """The sum of quantities of one unit and its sd.

    shared: for each quantity the number of what it shares with others (a factor), which then err fully together, or -1
    for one that errs on its own. correlation: a matrix of correlations instead. Neither: all err on their own, eq. 3.2.
    Raises ValueError for a matrix that is none of correlations.
    """
    means, sds = np.asarray(mean, dtype=np.float64), np.asarray(sd, dtype=np.float64)
    if correlation is not None:
        matrix = _correlations(correlation, len(means))
        return Estimate(float(means.sum()), math.sqrt(max(float(sds @ matrix @ sds), 0.0)), unit)
    if shared is None:
        return Estimate(float(means.sum()), float(np.sqrt(np.square(sds).sum())), unit)
    group = np.asarray(shared, dtype=np.int64)
    own = np.square(sds[group < 0]).sum()
    together = np.square(np.bincount(group[group >= 0], weights=sds[group >= 0])).sum()
    return Estimate(float(means.sum()), float(np.sqrt(own + together)), unit)


@dataclass(frozen=True, slots=True)
class Variables:
    """Uncertain quantities: mean and sd, arrays of one length; shape, one for all or one each.

    lognormal: of that mean and sd, above 0. triangular: symmetric, mean -+ sd times the root of 6, unless low and high
    are given; then its peak lies where the mean asks for it. correlation: of the underlying normal scores.
    """

    mean: Array
    sd: Array
    shape: Shape | Sequence[Shape] = "normal"
    low: Array | None = None
    high: Array | None = None
    correlation: Array | None = None

    def __post_init__(self) -> None:
        if np.shape(self.mean) != np.shape(self.sd) or np.ndim(self.mean) != 1:
            raise ValueError(
                f"means are {np.shape(self.mean)}, sds {np.shape(self.sd)}; expected two lists of one length"
            )
        if not (np.all(np.isfinite(self.mean)) and np.all(np.asarray(self.sd) >= 0) and np.all(np.isfinite(self.sd))):
            raise ValueError(
                "a mean is no number, or an sd is below 0 or none; expected finite means, sds of 0 or more"
            )
        if unknown := set(self.shapes().tolist()) - set(SHAPES):
            raise ValueError(f"no distribution {sorted(unknown)[0]!r}; choose from {', '.join(SHAPES)}")
        positive = np.asarray(self.mean)[(self.shapes() == "lognormal") & (np.asarray(self.sd) > 0)]
        if np.any(positive <= 0):
            raise ValueError("a lognormal quantity has a mean of 0 or less; take normal for it")

    def shapes(self) -> NDArray[np.str_]:
        """The distribution of each quantity."""
        return np.broadcast_to(np.asarray(self.shape), np.shape(self.mean))


@dataclass(frozen=True, slots=True)
class Simulated:
    """totals: one a draw; line_mean, line_sd; share: of each line in the variance of the total, summing to 1."""

    totals: Array
    line_mean: Array
    line_sd: Array
    share: Array
    unit: str

    @property
    def estimate(self) -> Estimate:
        """Mean and sd of the totals."""
        return Estimate(float(self.totals.mean()), float(self.totals.std(ddof=1)), self.unit)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The central interval of the totals drawn."""
        low, high = np.quantile(self.totals, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)


def simulate(
    amounts: Variables,
    factors: Variables | None = None,
    factor_of: ArrayLike | None = None,
    *,
    draws: int = 10_000,
    seed: int = 0,
    unit: str = "t CO2e",
) -> Simulated:
    """Draws sums of lines: amount i times factor `factor_of[i]`, which lines may share; without factors amounts alone.

    The same seed gives the same draws on any number of cores. Raises ValueError for fewer than 2 draws, or a factor_of
    that doesn't fit.
    """
    count = len(amounts.mean)
    each = np.arange(count) if factor_of is None else np.asarray(factor_of, dtype=np.int64)
    if draws < 2:
        raise ValueError(f"{draws} draws; a spread needs 2 or more, and is steady from some 10,000")
    if factors is not None and (
        each.shape != (count,) or (count and not 0 <= each.min() <= each.max() < len(factors.mean))
    ):
        raise ValueError(f"factor_of must give each of {count} lines one of {len(factors.mean)} factors, from 0")
    samplers = [_Sampler(amounts), *([_Sampler(factors)] if factors is not None else [])]
    centre = amounts.mean if factors is None else amounts.mean * factors.mean[each]
    middle = centre.astype(np.float32)
    alone = factors is not None and len(factors.mean) == count and bool(np.all(each == np.arange(count)))
    size = max(1, min(draws, _CELLS // max(count, 1)))
    starts = range(0, draws, size)
    seeds = np.random.SeedSequence(seed).spawn(len(starts))

    def part(number: int) -> tuple[Array, ...]:
        rng = np.random.Generator(np.random.SFC64(seeds[number]))
        rows = min(size, draws - starts[number])
        lines = samplers[0].draw(rng, rows)
        if len(samplers) > 1:
            drawn = samplers[1].draw(rng, rows)
            lines *= drawn if alone else drawn[:, each]
        lines -= middle  # deviations keep their digits where a total is large
        totals = lines.sum(axis=1)
        sums, squares = lines.sum(axis=0), np.einsum("ij,ij->j", lines, lines)
        return tuple(found.astype(np.float64) for found in (totals, sums, squares, totals @ lines))

    with ThreadPoolExecutor(_THREADS) as pool:
        parts = list(pool.map(part, range(len(starts))))
    deviations = np.concatenate([found[0] for found in parts])
    first, second, cross = (np.sum([found[k] for found in parts], axis=0) for k in (1, 2, 3))
    variance = float(deviations.var(ddof=1))
    covariance = (cross - first * deviations.mean()) / (draws - 1)
    share = covariance / variance if variance > 0 else np.zeros(count)
    line_sd = np.sqrt(np.maximum(second - first**2 / draws, 0.0) / (draws - 1))
    return Simulated(deviations + float(middle.sum(dtype=np.float64)), centre + first / draws, line_sd, share, unit)


class _Sampler:
    """Draws rows of quantities in single precision: seven digits, where ten thousand draws are good for two.

    Each shape fills its own block of columns, so that a block is one sweep; correlated ones share normal scores.
    """

    def __init__(self, of: Variables) -> None:
        mean, sd = np.asarray(of.mean, dtype=np.float64), np.asarray(of.sd, dtype=np.float64)
        shapes = np.where(sd == 0, "normal", of.shapes())
        self._blocks = [(shape, at) for shape in SHAPES if len(at := np.flatnonzero(shapes == shape))]
        self._matrix = None if of.correlation is None else _root(_correlations(of.correlation, len(mean)))
        normal, logs, flat = (np.flatnonzero(shapes == shape) for shape in SHAPES)
        log_sd = np.sqrt(np.log1p((sd[logs] / mean[logs]) ** 2))
        self._terms: dict[str, tuple[Single, ...]] = {
            "normal": _single(mean[normal], sd[normal]),
            "lognormal": _single(np.log(mean[logs]) - log_sd**2 / 2, log_sd),
            "triangular": _single(*_corners(of, flat)),
        }
        self._count = len(mean)

    def draw(self, rng: np.random.Generator, rows: int) -> Single:
        """Rows of draws, rows x quantities."""
        scores = None
        if self._matrix is not None:
            scores = rng.standard_normal((rows, self._count)) @ self._matrix.T
        if len(self._blocks) == 1:
            return self._block(rng, self._blocks[0][0], (rows, self._count), scores)
        drawn = np.empty((rows, self._count), dtype=np.float32)
        for shape, at in self._blocks:
            own = None if scores is None else scores[:, at]
            drawn[:, at] = self._block(rng, shape, (rows, len(at)), own)
        return drawn

    def _block(self, rng: np.random.Generator, shape: str, size: tuple[int, int], scores: Array | None) -> Single:
        terms = self._terms[shape]
        if shape == "triangular":
            uniform = (
                rng.random(size, dtype=np.float32) if scores is None else scipy.special.ndtr(scores).astype(np.float32)
            )
            return _triangular(uniform, *terms)
        middle, spread = terms
        drawn = rng.standard_normal(size, dtype=np.float32) if scores is None else scores.astype(np.float32)
        drawn *= spread
        drawn += middle
        return np.exp(drawn, out=drawn) if shape == "lognormal" else drawn


def _corners(of: Variables, which: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Low, peak and high of the triangular ones. Raises ValueError where the mean asks for a peak outside."""
    mean, reach = np.asarray(of.mean)[which], np.sqrt(6.0) * np.asarray(of.sd)[which]
    if of.low is None or of.high is None:
        return mean - reach, mean, mean + reach
    low, high = np.asarray(of.low, dtype=np.float64)[which], np.asarray(of.high, dtype=np.float64)[which]
    peak = 3 * mean - low - high
    if np.any((peak < low - 1e-9 * np.abs(low)) | (peak > high + 1e-9 * np.abs(high))):
        raise ValueError("no triangle from low to high has that mean; its peak would lie outside")
    return low, np.clip(peak, low, high), high


def _triangular(uniform: Single, low: Single, peak: Single, high: Single) -> Single:
    """Inverse distribution function of a triangle, width above 0."""
    width = high - low
    share = (peak - low) / width
    left = low + width * np.sqrt(uniform * share)
    right = high - width * np.sqrt((1 - uniform) * (1 - share))
    return np.where(uniform < share, left, right)


def _single(*arrays: Array) -> tuple[Single, ...]:
    return tuple(each.astype(np.float32) for each in arrays)


def _correlations(given: ArrayLike, count: int) -> Array:
    matrix = np.asarray(given, dtype=np.float64)
    if matrix.shape != (count, count) or not np.allclose(matrix, matrix.T) or not np.allclose(np.diag(matrix), 1.0):
        raise ValueError(
            f"correlations are {matrix.shape}; expected a symmetric {count} x {count} matrix with ones across"
        )
    if np.linalg.eigvalsh(matrix)[0] < -1e-8:
        raise ValueError("no quantities can be correlated so: the matrix has a negative eigenvalue")
    return matrix


def _root(matrix: Array) -> Array:
    """A matrix whose square is the given one; works also where some quantities move wholly together."""
    values, vectors = np.linalg.eigh(matrix)
    root: Array = vectors * np.sqrt(np.maximum(values, 0.0))
    return root

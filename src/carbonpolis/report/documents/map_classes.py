"""Classes of a map: few, with round bounds where that tells cities apart, else with as many cities in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isfinite, log10
from statistics import quantiles

COUNT = 5
LOPSIDED = 0.5  # share of the cities in one class beyond which equal steps hide the others


@dataclass(frozen=True, slots=True)
class Classes:
    """bounds: lowest first; a value at a bound is in the class above it, but for the last. counts: cities in each.
    equal: whether the steps are equal; otherwise each class holds a like share of the cities."""

    bounds: tuple[tuple[float, float], ...]
    counts: tuple[int, ...]
    equal: bool

    def of(self, value: float | None) -> int | None:
        """The class of a value, None for one that isn't known."""
        if value is None or not isfinite(value) or not self.bounds:
            return None
        return next((n for n, (_, high) in enumerate(self.bounds) if value < high), len(self.bounds) - 1)


def classes(values: Sequence[float | None]) -> Classes:
    """Five classes of equal, round width that hold all values; fifths of the cities where one class would hold more
    than half of them (fewer than five where values repeat). None without values."""
    known = sorted(value for value in values if value is not None and isfinite(value))
    if not known:
        return Classes((), (), True)
    found = _counted(_equal(known[0], known[-1]), known, equal=True)
    if len(known) >= 2 * COUNT and max(found.counts) > LOPSIDED * len(known):
        cuts = sorted({_digits(cut, round) for cut in quantiles(known, n=COUNT, method="inclusive")})
        low, high = _digits(known[0], floor), _digits(known[-1], ceil)
        ends = [low, *(cut for cut in cuts if low < cut < high), high]
        return _counted(list(pairwise(ends)), known, equal=False)
    return found


def _counted(bounds: Sequence[tuple[float, float]], known: Sequence[float], *, equal: bool) -> Classes:
    empty = Classes(tuple(bounds), (), equal)
    places = [empty.of(value) for value in known]
    return Classes(tuple(bounds), tuple(places.count(n) for n in range(len(bounds))), equal)


def _equal(low: float, high: float) -> list[tuple[float, float]]:
    rough = max((high - low) / COUNT, 1e-6)
    size = 10 ** floor(log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    start = floor(low / step) * step
    while start + COUNT * step < high:
        step = next(size * factor for factor in (1, 2, 5, 10, 20, 50) if size * factor > step)
        start = floor(low / step) * step
    return [(round(start + n * step, 9), round(start + (n + 1) * step, 9)) for n in range(COUNT)]


def _digits(value: float, way: Callable[[float], int]) -> float:
    """A value to three digits, to the nearest, down or up."""
    if value == 0:
        return 0.0
    size = 10.0 ** (floor(log10(abs(value))) - 2)
    return float(f"{way(round(value / size, 9)) * size:.3g}")

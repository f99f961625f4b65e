"""Why emissions changed: Kaya factors, and the logarithmic mean Divisia index, which leaves no residual."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
KAYA = ("population", "gdp_per_head", "energy_per_gdp", "emissions_per_energy")


def log_mean(a: ArrayLike, b: ArrayLike) -> Array:
    """Logarithmic mean (a - b) / (ln a - ln b), elementwise; a where a equals b, 0 where one of them is 0.

    Positive or 0 and of one shape after broadcasting. Source: Ang 2005, Energy Policy 33:867-871, eq. 5; limits at 0
    as Ang & Choi 1997, The Energy Journal 18(3):59-73.
    """
    one, other = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    low, high = np.minimum(one, other), np.maximum(one, other)
    apart = (low > 0) & (high > low)
    # log1p of the relative gap keeps its digits where the two lie close together
    gap = np.where(apart, (high - low) / np.where(low > 0, low, 1.0), 1.0)
    return np.where(apart, low * gap / np.log1p(gap), np.where(one == other, one, 0.0))


def lmdi(before: Mapping[str, ArrayLike], after: Mapping[str, ArrayLike]) -> dict[str, float]:
    """What each factor of a product added between two states: additive LMDI-I; the effects sum to the change exactly.

    before, after: the same factors by name, each a number or an array over groups (sectors, fuels, cities); the total
    is the sum over groups of the product of the factors. Returns the effect of each factor, in units of the product.
    A group that appears or vanishes has its whole change put to the factors that go to or from 0, in equal shares (the
    limit of small values, Ang & Liu 2007, Energy Policy 35:238-246, strategy "analytical limit").
    Raises ValueError for factors that differ, are negative or no number.
    Source: Ang 2005, Energy Policy 33:867-871, eq. 3 to 5; Ang 2015, Energy Policy 86:233-238, table 1.
    """
    start, end = _same(before, after)
    names = list(start)
    first, last = np.stack([start[name] for name in names]), np.stack([end[name] for name in names])
    whole_first, whole_last = first.prod(axis=0), last.prod(axis=0)
    steady = (whole_first > 0) & (whole_last > 0)
    ratio = np.where(steady, last, 1.0) / np.where(steady, first, 1.0)
    effects = log_mean(whole_last, whole_first) * np.log(ratio)
    crossing = (first == 0) != (last == 0)
    count = crossing.sum(axis=0)
    shares = np.where(count > 0, crossing / np.maximum(count, 1), 0.0)
    effects = np.where(steady, effects, shares * (whole_last - whole_first))
    return {name: float(effects[position].sum()) for position, name in enumerate(names)}


def kaya(population: ArrayLike, gdp: ArrayLike, energy: ArrayLike, emissions: ArrayLike) -> dict[str, Array]:
    """Kaya factors, whose product is the emissions: population, gdp_per_head, energy_per_gdp, emissions_per_energy.

    Numbers or arrays (years, cities) in units of your choice, all above 0 except emissions, 0 or more; `lmdi` takes two
    years of it. Raises ValueError for other values. Source: Kaya 1990; IPCC AR5 WG3 ch. 5 s. 5.3.
    """
    heads, product, used, emitted = (np.asarray(x, dtype=np.float64) for x in (population, gdp, energy, emissions))
    for name, values in (("population", heads), ("gdp", product), ("energy", used)):
        if not np.all((values > 0) & np.isfinite(values)):
            raise ValueError(f"{name} holds a value that isn't above 0; a Kaya factor divides by it")
    if not np.all((emitted >= 0) & np.isfinite(emitted)):
        raise ValueError("emissions hold a value below 0 or none; expected 0 or more")
    factors = (heads, product / heads, used / product, emitted / used)
    return dict(zip(KAYA, factors, strict=True))


def _same(before: Mapping[str, ArrayLike], after: Mapping[str, ArrayLike]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Both states as arrays of one shape; raises ValueError naming the factor that doesn't do."""
    if set(before) != set(after) or not before:
        raise ValueError(
            f"the factors before are {sorted(before)}, after {sorted(after)}; expected the same, one or more"
        )
    arrays = [np.asarray(state[name], dtype=np.float64) for state in (before, after) for name in before]
    for name, values in zip([*before, *before], arrays, strict=True):
        if not np.all((values >= 0) & np.isfinite(values)):
            raise ValueError(f"factor {name!r} holds a value below 0 or none; a logarithm can't take it")
    alike = np.broadcast_arrays(*arrays)
    return dict(zip(before, alike[: len(before)], strict=True)), dict(zip(before, alike[len(before) :], strict=True))

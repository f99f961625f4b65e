"""Which choice moves the result: Sobol's indices, of any target and of every city at once.

First: the part of the variance that goes when a choice alone is fixed. Total: the part that stays when all others are.
Sources: Sobol 1993, 2001; Saltelli et al. 2010, Computer Physics Communications 181:259-270 (sample and first index);
Jansen 1999 (total index).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import scipy

from carbonpolis.evaluate.score.robust import Setting, run, runs_at, scale_tables, sides
from carbonpolis.evaluate.score.validation import Array

COLUMNS = ["first", "total", "first_se", "total_se"]
RESAMPLES = 100  # of the bootstrap that gives standard errors


def sobol_points(factors: int, samples: int, seed: int = 0) -> Array:
    """Points in the unit cube, samples x (factors + 2) rows: all of A, all of B, then A with one column of B after the
    other. samples: a power of two, for Sobol's sequence (scrambled) is balanced only then. Raises ValueError if not."""
    if factors < 1 or samples < 2 or samples & (samples - 1):
        raise ValueError(f"{samples} samples of {factors} factors; expected a power of two, and a factor")
    both = scipy.stats.qmc.Sobol(2 * factors, scramble=True, rng=np.random.default_rng(seed)).random(samples)
    one, other = both[:, :factors], both[:, factors:]
    mixed = np.repeat(one[None], factors, axis=0)
    for factor in range(factors):
        mixed[factor, :, factor] = other[:, factor]
    return np.concatenate([one, other, mixed.reshape(-1, factors)])


def sobol_indices(y: Array, factors: int, seed: int = 0) -> Array:
    """First and total index and their bootstrap standard errors: targets x factors x 4.

    y: one row a point of `sobol_points`, one column a target. A target that doesn't vary has indices of 0. Raises
    ValueError for a number of rows that doesn't fit.
    """
    values = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
    samples, rest = divmod(len(values), factors + 2)
    if rest or samples < 2:
        raise ValueError(f"{len(values)} results don't fit {factors} factors; expected samples x {factors + 2}")
    spread = values.std(axis=0)
    values = np.divide(values - values.mean(axis=0), spread, out=np.zeros_like(values), where=spread > 1e-12)
    one, other = values[:samples], values[samples : 2 * samples]
    mixed = values[2 * samples :].reshape(factors, samples, -1)
    first, total = _estimates(one, other, mixed)
    generator = np.random.default_rng(seed)
    again = [_estimates(one[k], other[k], mixed[:, k]) for k in generator.integers(samples, size=(RESAMPLES, samples))]
    errors = [np.std([each[which] for each in again], axis=0) for which in (0, 1)]
    return np.stack([first, total, *errors], axis=-1).transpose(1, 0, 2)


def _estimates(one: Array, other: Array, mixed: Array) -> tuple[Array, Array]:
    """Factors x targets: first indices by Saltelli 2010 table 2 (b), total by Jansen 1999 (f)."""
    variance = np.concatenate([one, other]).var(axis=0)
    safe = np.where(variance > 0, variance, 1.0)
    first = (other * (mixed - one)).mean(axis=1) / safe
    total = 0.5 * ((one - mixed) ** 2).mean(axis=1) / safe
    return np.where(variance > 0, first, 0.0), np.where(variance > 0, total, 0.0)


def sobol_of_choices(setting: Setting, seed: int, samples: int, target: str, threads: int | None) -> pd.DataFrame:
    """Sobol indices of what is open in a framework; see `Framework.sensitivity`."""
    top = re.fullmatch(r"top (\d+)", target)
    if target not in {"rank_shift", "rank", "score"} and not top:
        raise ValueError(f"no target {target!r}; choose from rank_shift, rank, score, or 'top K'")
    ranked = setting.cities[setting.ranked]
    if not len(ranked):
        return pd.DataFrame(columns=COLUMNS, dtype=float)
    tables, scales = scale_tables(setting)
    factors = sides(setting, len(scales), bool((tables.errors > 0).any()))
    if not factors:
        raise ValueError("nothing is open: every choice has one option")
    runs = runs_at(setting, factors, len(scales), sobol_points(len(factors), samples, seed), seed)
    ranks, scores = run(setting, tables, runs, want_scores=target == "score", threads=threads)
    if target == "rank_shift":
        reference = setting.reference[setting.ranked].to_numpy(dtype=np.float64)
        shift = np.abs(ranks - reference).mean(axis=1)
        return pd.DataFrame(sobol_indices(shift, len(factors), seed)[0], pd.Index(factors, name="choice"), COLUMNS)
    y: Any = scores if target == "score" else ranks <= int(top[1]) if top else ranks
    found = sobol_indices(y, len(factors), seed)
    index = pd.MultiIndex.from_product([ranked, factors], names=["city", "choice"])
    return pd.DataFrame(found.reshape(-1, 4), index, COLUMNS)

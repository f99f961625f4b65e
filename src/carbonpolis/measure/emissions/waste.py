"""Waste: methane from landfills by first-order decay."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

CH4_PER_C = 16.0 / 12.0  # molar masses


def landfill(
    waste_t: ArrayLike,
    years: ArrayLike,
    doc: float,
    docf: float,
    mcf: float,
    k: float,
    f: float,
    ox: float,
    r: ArrayLike,
) -> NDArray[np.float64]:
    """Methane emitted in each of `years`, t CH4/year.

    waste_t: tonnes deposited by year, aligned with `years` (consecutive). doc: degradable organic carbon, share of
    wet waste. docf: share of it that decomposes. mcf: methane correction factor. k: decay rate, 1/year. f: methane
    share of landfill gas. ox: oxidised share. r: recovered, t CH4/year, a number or by year.
    IPCC 2006 vol. 5 ch. 3 eq. 3.1 to 3.6; decay begins on the first of January after deposit (delay of six months, eq.
    3.4 and 3.5 with month 13). Raises ValueError for unequal lengths, gaps in the years, or values out of range.
    """
    deposited, calendar = np.asarray(waste_t, dtype=np.float64), np.asarray(years)
    if deposited.ndim != 1 or deposited.shape != calendar.shape:
        raise ValueError(f"waste_t has shape {deposited.shape}, years {calendar.shape}; expected one amount a year")
    if len(calendar) > 1 and not np.all(np.diff(calendar) == 1):
        raise ValueError("the years have a gap; expected consecutive ones, 0 t where nothing was deposited")
    if np.any(deposited < 0) or not np.all(np.isfinite(deposited)):
        raise ValueError("waste_t holds an amount below 0 or none at all; expected tonnes, 0 or more")
    for name, share in (("doc", doc), ("docf", docf), ("mcf", mcf), ("f", f), ("ox", ox)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name} is {share}; expected a share from 0 to 1")
    if not 0 < k < np.inf:
        raise ValueError(f"k is {k}; expected a decay rate above 0 per year")
    recovered = np.asarray(r, dtype=np.float64)
    if recovered.shape not in ((), deposited.shape) or not np.all(recovered >= 0):
        raise ValueError(f"r is {r!r}; expected t CH4 recovered, 0 or more: a number, or one a year")
    degradable = deposited * doc * docf * mcf
    decomposed = np.zeros_like(degradable)
    stock = 0.0
    for position, fresh in enumerate(degradable):
        decomposed[position] = stock * (1.0 - np.exp(-k))
        stock = stock * np.exp(-k) + fresh
    generated = decomposed * f * CH4_PER_C
    emitted: NDArray[np.float64] = np.maximum(0.0, generated - recovered) * (1.0 - ox)
    return emitted

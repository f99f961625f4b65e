"""Harvested wood: carbon that stays in products after felling, and leaves them by first-order decay.

IPCC 2006 vol. 4 ch. 12 eq. 12.1, 2019 Refinement vol. 4 ch. 12 eq. 12.2 and 12.4, the flux within the boundary that the
caller draws. Nothing here says whose carbon it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.bounds import within
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import keys, parameter

EQUATION = "eq. 12.2"


@dataclass(frozen=True, slots=True)
class ProductPool:
    """stock: t C at the start of each year, one more than years, so that its differences are `change`, t C/year."""

    stock: NDArray[np.float64]
    change: NDArray[np.float64]


def decay_rate(half_life: Any) -> Any:
    """k = ln 2 / half-life, 1/year; half-life in years, above 0."""
    return np.log(2.0) / within(EQUATION, "half_life", half_life, "years", low=1e-9)


def product_pool(inflow: ArrayLike, half_life: float, *, initial: float = 0.0) -> ProductPool:
    """C(i+1) = e^-k C(i) + (1 - e^-k)/k Inflow(i), and dC(i) = C(i+1) - C(i), for a series of years.

    inflow: t C that enters use in each year. initial: C of the first year, t C; see `steady_stock`.
    """
    flow = np.atleast_1d(within(EQUATION, "inflow", inflow, "t C/year"))
    if flow.ndim != 1:
        raise ValueError(f"{EQUATION}: inflow has {flow.ndim} dimensions; expected one value a year")
    k = float(decay_rate(half_life))
    kept, fresh = np.exp(-k), -np.expm1(-k) / k
    stock = np.empty(len(flow) + 1)
    stock[0] = within(EQUATION, "initial", initial, "t C")
    for year, entered in enumerate(flow):
        stock[year + 1] = kept * stock[year] + fresh * entered
    return ProductPool(stock, np.diff(stock))


def steady_stock(inflow: ArrayLike, half_life: float) -> float:
    """C(t0) = mean inflow / k, t C: what decades of that inflow would have left (2019 eq. 12.4, mean of five years)."""
    flow = np.atleast_1d(within("eq. 12.4", "inflow", inflow, "t C/year"))
    return float(flow.mean() / decay_rate(half_life))


def products(volume: Any, product: str, years: Any) -> Estimate:
    """Yearly removal of a pool that takes in the same volume each year, in the year after `years` years of it.

    From eq. 12.2 with a steady inflow I and nothing before: dC = I (1 - e^-k)/k e^(-k years). It falls to nothing: a
    pool that loses what it takes in removes nothing more.
    """
    carbon = parameter("product_carbon", product)
    half_life = parameter("half_life", _group(product))
    k = np.log(2.0) / half_life.mean
    share = -np.expm1(-k) / k * np.exp(-k * years)
    # d(share)/dk by the product rule, times the spread of k that the spread of the half-life makes
    slope = np.exp(-k * years) * ((np.exp(-k) * (1 + k) - 1) / k**2 - years * -np.expm1(-k) / k)
    spread = np.abs(slope) * k * half_life.sd / half_life.mean
    stored = Estimate(carbon.mean, carbon.sd, "") * Estimate(share, spread, "") * volume * CO2_PER_C
    return Estimate(stored.mean, stored.sd, REMOVAL_UNIT)


def _group(product: str) -> str:
    if product == "paper":
        return "paper"
    return "sawnwood" if product.startswith("sawnwood") else "panels"


MODELS = (
    Model(
        "harvested_wood",
        "forest",
        (
            Input("volume", "m3/year (paper: t/year)", "products made each year from own wood, felled sustainably"),
            Input("product", "", "semi-finished product", default="sawnwood", choices=keys("product_carbon")),
            Input("years", "years", "for which as much has been made before; 0 in the first year", default=0.0),
        ),
        "IPCC 2006 Guidelines vol. 4 ch. 12 eq. 12.1; 2019 Refinement vol. 4 ch. 12 eq. 12.2, tables 12.1, 12.3",
        products,
    ),
)

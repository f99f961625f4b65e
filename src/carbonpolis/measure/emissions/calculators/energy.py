"""Energy: fuels burnt, electricity by place and by contract, grid losses, methane of mines (IPCC 2006 vol. 2)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from carbonpolis.measure.emissions.calculators.terms import Array, amounts, shares

CH4_DENSITY = 0.67e-3  # t/m3 at 20 degC and 1 atm: IPCC 2006 vol. 2 ch. 4 eq. 4.1.3


def combustion(fuel: ArrayLike, EF: ArrayLike) -> Array:
    """Emissions of a gas from fuels, by technology: fuel EF, in the mass of EF.

    fuel: TJ net (or any unit), EF: kg/TJ (or the like); arrays over fuels and technologies broadcast.
    IPCC 2006 vol. 2 ch. 2 eq. 2.1 (by fuel), 2.3 (by technology).
    """
    burnt, factor = amounts(fuel=fuel, EF=EF)
    return np.asarray(burnt * factor)


def carbon_factor(C: ArrayLike, OF: ArrayLike = 1.0) -> Array:
    """CO2 factor of a fuel, kg CO2/GJ: carbon content C (kg C/GJ) x oxidised share OF x 44/12; vol. 2 table 1.4."""
    (carbon,), (oxidised,) = amounts(C=C), shares(OF=OF)
    return np.asarray(carbon * oxidised * 44.0 / 12.0)


def grid_losses(consumption: ArrayLike, loss: ArrayLike, of: str = "output") -> Array:
    """Energy lost on the way to the consumer, in the unit of consumption.

    loss: share lost. of: "output" when it is a share of what was fed in (as energy balances state it): consumption
    loss / (1 - loss); "consumption" when a share of what arrived. GPC v1.1 ch. 6 s. 6.6: lost energy takes the grid's
    factor and stands in scope 3. Raises ValueError for another `of` or a loss that isn't below 1.
    """
    (used,), (lost,) = amounts(consumption=consumption), shares(loss=loss)
    if of not in ("output", "consumption"):
        raise ValueError(f"the loss is a share of {of!r}; expected output or consumption")
    if of == "output" and np.any(lost >= 1):
        raise ValueError(f"loss is {loss!r}; a grid that loses all it takes delivers nothing")
    return np.asarray(used * (lost / (1 - lost) if of == "output" else lost))


def with_losses(activities: pd.DataFrame, loss: float, of: str = "output") -> pd.DataFrame:
    """Activities, and for each line of grid energy (I.x.2, II.x.2) one of grid losses (I.x.3, II.x.3), same factor.

    What is noted instead of measured is noted so for its losses too. loss, of: as `grid_losses`.
    """
    grid = activities["gpc_ref"].astype("string").str.fullmatch(r"(I|II)\.[1-6]\.2").fillna(False)
    ways = activities["method"].fillna("") if "method" in activities else pd.Series("", activities.index)
    lost = activities[grid.astype(bool) & (ways != "market")].copy()
    numbers = pd.to_numeric(lost["amount"], errors="coerce")
    share = float(grid_losses(1.0, loss, of))
    lost["amount"] = (numbers.astype(float) * share).astype(object).where(numbers.notna(), lost["amount"])
    if "amount_sd" in lost:
        lost["amount_sd"] = pd.to_numeric(lost["amount_sd"], errors="coerce") * share
    lost["gpc_ref"] = lost["gpc_ref"].str.replace(r"\.2$", ".3", regex=True)
    return pd.concat([activities, lost], ignore_index=True)


def market_based(consumption: float, contracts: Iterable[tuple[float, float]], residual: float) -> float:
    """Scope 2 by the market-based method: what contracts cover at their factors, the rest at the residual mix.

    consumption: MWh. contracts: pairs of MWh and t CO2e/MWh. residual: t CO2e/MWh of what nobody has claimed (the
    location's average where no residual mix is known). Returns t CO2e. GHG Protocol Scope 2 Guidance 2015 ch. 4 and 6.
    Raises ValueError when contracts pass the consumption: a claim on more than is used is none.
    """
    held = list(contracts)
    covered = sum(energy for energy, _ in held)
    amounts(consumption=consumption, residual=residual, contracts=np.array(held, dtype=np.float64))
    if covered > consumption * (1 + 1e-12):
        raise ValueError(f"contracts cover {covered:g} MWh of {consumption:g} MWh used; expected no more than is used")
    return sum(energy * factor for energy, factor in held) + max(consumption - covered, 0.0) * residual


def coal_mine_methane(coal: ArrayLike, EF: ArrayLike, recovered: ArrayLike = 0.0) -> Array:
    """Methane of mining, t CH4: coal (t) EF (m3 CH4/t) 0.67 kg/m3 - recovered (t CH4). IPCC 2006 vol. 2 eq. 4.1.3.

    EF of underground mines 10, 18, 25, of surface mines 0.3, 1.2, 2.0 m3/t (low, average, high; eq. 4.1.3 and 4.1.7);
    what leaves the coal after mining comes on top (eq. 4.1.4 and 4.1.8); in the tables "coal mined", "coal handled".
    """
    mined, factor, kept = amounts(coal=coal, EF=EF, recovered=recovered)
    return np.asarray(np.maximum(0.0, mined * factor * CH4_DENSITY - kept))


def gas_system_losses(throughput: ArrayLike, leak: ArrayLike, methane: ArrayLike = 0.95) -> Array:
    """Methane leaked from gas pipes, t CH4: throughput (m3) x leak (share) x methane (share of volume) x 0.67 kg/m3.

    GPC v1.1 ch. 6 s. 6.8; IPCC 2006 vol. 2 ch. 4 eq. 4.2.1, with the leak as factor. The share of methane is ours.
    """
    (gas,) = amounts(throughput=throughput)
    lost, held = shares(leak=leak, methane=methane)
    return np.asarray(gas * lost * held * CH4_DENSITY)

"""Transport: by fuel sold and by distance, road, rail, water and air (IPCC 2006 vol. 2 ch. 3; GPC v1.1 ch. 7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from carbonpolis.measure.emissions.calculators.terms import Array, amounts, shares
from carbonpolis.measure.emissions.electric import drives

_HOME, _ROAD = "I.1.2", "II.1.2"  # a car that charges at home draws on the home's meter, another on the road's
_PLUG_IN = ", plug-in hybrid"


def fuel_sold(fuel: ArrayLike, EF: ArrayLike) -> Array:
    """Emissions by fuel sold: fuel EF, for road, rail and water alike (eq. 3.2.1, 3.4.1, 3.5.1), in the mass of EF."""
    sold, factor = amounts(fuel=fuel, EF=EF)
    return np.asarray(sold * factor)


def fuel_of_distance(vehicles: ArrayLike, distance: ArrayLike, consumption: ArrayLike) -> Array:
    """Fuel that vehicles use, by class: vehicles distance consumption (eq. 3.2.6, to hold against fuel sold).

    distance: km a vehicle and year. consumption: fuel per km.
    """
    number, driven, used = amounts(vehicles=vehicles, distance=distance, consumption=consumption)
    return np.asarray(number * driven * used)


def vehicle_km(distance: ArrayLike, EF: ArrayLike, starts: ArrayLike = 0.0, EF_cold: ArrayLike = 0.0) -> Array:
    """Emissions by distance and class: distance EF + starts EF_cold (eq. 3.2.5), in the mass of EF.

    distance: km. EF: per km, hot engine. starts: cold starts. EF_cold: what each adds.
    """
    driven, hot, cold, added = amounts(distance=distance, EF=EF, starts=starts, EF_cold=EF_cold)
    return np.asarray(driven * hot + cold * added)


def urea_catalyst(activity: ArrayLike, purity: ArrayLike = 0.325) -> Array:
    """CO2 of urea in catalysts, in the mass of the additive: activity 12/60 purity 44/12 (eq. 3.2.2; purity 32.5 %)."""
    (used,), (share,) = amounts(activity=activity), shares(purity=purity)
    return np.asarray(used * 12.0 / 60.0 * share * 44.0 / 12.0)


@dataclass(frozen=True, slots=True)
class Flights:
    """Emissions of flights by phase, in the mass of the factors."""

    lto: Array
    cruise: Array

    @property
    def total(self) -> Array:
        """Both phases."""
        return np.asarray(self.lto + self.cruise)


def aviation(
    LTO: ArrayLike, fuel: ArrayLike, fuel_per_LTO: ArrayLike, EF_LTO: ArrayLike, EF_cruise: ArrayLike
) -> Flights:
    """Aviation by tier 2: landing and take-off cycles and the rest of the fuel apart.

    LTO: cycles. fuel: all of it. fuel_per_LTO: fuel a cycle. EF_LTO: gas a cycle. EF_cruise: gas per unit of fuel.
    IPCC 2006 vol. 2 ch. 3 eq. 3.6.2 to 3.6.5. Raises ValueError where the cycles need more fuel than there was.
    """
    cycles, whole, each, at_field, aloft = amounts(
        LTO=LTO, fuel=fuel, fuel_per_LTO=fuel_per_LTO, EF_LTO=EF_LTO, EF_cruise=EF_cruise
    )
    if np.any(cycles * each > whole):
        raise ValueError("the landing and take-off cycles need more fuel than was used; check fuel and fuel_per_LTO")
    return Flights(np.asarray(cycles * at_field), np.asarray((whole - cycles * each) * aloft))


def induced(inside: ArrayLike, crossing: ArrayLike, share: ArrayLike = 0.5) -> tuple[Array, Array]:
    """Journeys that a city induces, as scope 1 and scope 3: those inside, and a share of those that cross its boundary.

    Distances or emissions. crossing: pair on the last axis, the part inside the boundary and the part beyond; half of
    journeys that begin or end here are the city's (GPC v1.1 ch. 7 s. 7.3.1, induced activity method). Passing through
    counts for nobody here. Raises ValueError for other shapes.
    """
    (own,), (parts,), (ours,) = amounts(inside=inside), amounts(crossing=crossing), shares(share=share)
    if parts.shape[-1:] != (2,):
        raise ValueError(f"crossing has shape {parts.shape}; expected pairs: the part inside, the part beyond")
    return np.asarray(own + ours * parts[..., 0]), np.asarray(ours * parts[..., 1])


def with_charging(activities: pd.DataFrame, home: float) -> pd.DataFrame:
    """Activities, with the electricity of cars that are plugged in where it is drawn: at home I.1.2, elsewhere II.1.2.

    Rows of battery-electric vehicles by distance become two, the share `home` at I.1.2 and the rest at II.1.2; rows of
    plug-in hybrids keep their tailpipe and get two rows of their electricity beside it. Factors are those of the city's
    own grid. Homes whose metered electricity is counted whole hold their charging already: leave home at 0 and count
    what is charged elsewhere alone. What is noted instead of measured is noted so for its electricity too. GPC v1.1 ch.
    7 (charging at home is residential where it can't be told apart). Raises ValueError for a share that is none.
    """
    shares(home=home)
    names, runs = activities["activity"].astype("string"), set(drives()["activity"])
    electric = names.isin([name for name in runs if name.endswith("battery electric")]).fillna(False).astype(bool)
    hybrid = (names.str.endswith(_PLUG_IN) & (names + ", electricity").isin(list(runs))).fillna(False).astype(bool)
    drawn = [activities[electric], activities[hybrid].assign(activity=names[hybrid] + ", electricity")]
    charged = [
        _share(pd.concat(drawn), share).assign(gpc_ref=reference)
        for reference, share in ((_HOME, home), (_ROAD, 1.0 - home))
        if share > 0
    ]
    return pd.concat([activities[~electric], *charged], ignore_index=True)


def _share(rows: pd.DataFrame, share: float) -> pd.DataFrame:
    """Rows with a share of their amounts and deviations; notation keys stay."""
    numbers = pd.to_numeric(rows["amount"], errors="coerce").astype(float)
    taken = rows.assign(amount=(numbers * share).astype(object).where(numbers.notna(), rows["amount"]))
    if "amount_sd" in taken:
        taken["amount_sd"] = pd.to_numeric(taken["amount_sd"], errors="coerce") * share
    return taken

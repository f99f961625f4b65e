"""What households buy, downscaling, and calculators' results, as activities that an inventory understands."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from carbonpolis.measure.emissions.calculators.terms import Array, amounts
from carbonpolis.measure.emissions.factors import BIOGENIC, potential

FOOTPRINTS = ("food", "clothing", "housing", "energy", "services")
_OUTSIDE = "VI.1"


def household(spending: ArrayLike, intensity: ArrayLike) -> Array:
    """Emissions of what households buy: spending times intensity, by product.

    spending: money a year at the intensity's prices. intensity: t CO2e per unit of money, as `System.multipliers` gives
    it (Miller & Blair 2009 ch. 10).
    """
    bought, each = amounts(spending=spending, intensity=intensity)
    return np.asarray(bought * each)


def emitted(
    city: str, year: int, gpc_ref: str, gases: Mapping[str, float], source: str, sd: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """What a calculator found, t of each gas, as activities: one row a gas, taken times its warming potential.

    sd: standard deviations, t, of those gases that have one. Raises ValueError for an unknown gas.
    """
    known = potential("AR6")
    for gas in gases:
        if gas not in known and gas != "CO2e":
            raise ValueError(f"no gas {gas!r}; choose from CO2, CH4, N2O, {BIOGENIC!r} or another of the IPCC's list")
    rows = [
        {
            "city": city, "year": year, "gpc_ref": gpc_ref, "activity": f"{gas} emitted", "unit": "t", "amount": amount,
            "amount_sd": (sd or {}).get(gas, float("nan")), "source": source,
        }
        for gas, amount in gases.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def footprint_activities(
    footprint: pd.Series, groups: Mapping[str, str], city: str, year: int, source: str
) -> pd.DataFrame:
    """A footprint by product, t CO2e, as activities of the paper's parts: food, clothing, housing, energy, services.

    footprint: by (region, sector) or sector. groups: which of the five each sector is; all must be named, so that none
    is lost. Production outside for local use (the first four) and indirect services stand under VI.1; what the city
    makes itself is in its direct emissions already, so leave its own region out where the system has one.
    Raises ValueError naming the sectors without a group.
    """
    sectors = footprint.index.get_level_values(-1)
    unnamed = [sector for sector in sectors.unique() if groups.get(sector) not in FOOTPRINTS]
    if unnamed:
        raise ValueError(f"no group for {', '.join(map(str, unnamed))}; choose from {', '.join(FOOTPRINTS)} for each")
    sums = footprint.groupby([groups[sector] for sector in sectors]).sum()
    kept = [group for group in FOOTPRINTS if group in sums.index]
    frame = pd.DataFrame(
        {"activity": [f"footprint of {group}" for group in kept], "amount": [float(sums[g]) for g in kept]}
    )
    return frame.assign(city=city, year=year, gpc_ref=_OUTSIDE, unit="t CO2e", source=source)


def downscaled(
    activities: pd.DataFrame, city: str, proxy: float, whole: float, name: str, sd_share: float = 0.3
) -> pd.DataFrame:
    """A country's activities brought down to a city by a proxy, and marked as such.

    Amounts times proxy / whole (as population of city over country; GPC v1.1 ch. 5, scaling, eq. 5.1). Each row
    is marked: quality "estimated", `downscaled_by` the proxy's name, its source says so; amount_sd is sd_share of it
    beside what the country's has. Notation keys stay. sd_share: 0.3, ours.
    Raises ValueError for a proxy that isn't between 0 and the whole.
    """
    if not 0 <= proxy <= whole or not 0 < whole < np.inf:
        raise ValueError(f"the proxy {name} is {proxy:g} of {whole:g}; expected a part of the whole, above 0")
    share = proxy / whole
    numbers = pd.to_numeric(activities["amount"], errors="coerce").astype(float)
    stated = activities["amount_sd"] if "amount_sd" in activities else pd.Series(0.0, activities.index)
    sd = np.hypot(pd.to_numeric(stated, errors="coerce").fillna(0.0) * share, numbers * share * sd_share)
    origin = activities["source"] if "source" in activities else pd.Series("", activities.index)
    mark = f"downscaled by {name}, {share:.4g} of the country"
    return activities.assign(
        city=city,
        amount=(numbers * share).astype(object).where(numbers.notna(), activities["amount"]),
        amount_sd=sd,
        quality="estimated",
        source=[f"{text}; {mark}" if text else mark for text in origin.fillna("").astype(str)],
        downscaled_by=name,
    )

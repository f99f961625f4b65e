"""The land ledger meets the inventory: one absorbed tonne is never counted in both the balance and a sale.

A city counts what its land takes up (GPC V.2); its projects certify part of the same removal as units. What others hold
or have used of those units is theirs, and comes off what the city may count as its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carbonpolis.ledger import Account, Purpose
from carbonpolis.quantity import Mass
from carbonpolis.registry.boundary import area_ha, shape_of
from carbonpolis.registry.linkage import Adjustment
from carbonpolis.registry.overlap import Plot
from carbonpolis.registry.units import Batch

LAND = frozenset(
    {"forest", "urban_trees", "wetland", "soil"}
)  # GPC v1.1, V.2: land; plants and wells are no part of it
GONE_OUT = frozenset({Purpose.EXPORTED})
_FREE = frozenset({Purpose.AVAILABLE, Purpose.RESERVED, Purpose.ESCROW, Purpose.COLLATERAL, Purpose.BUFFER})


@dataclass(frozen=True, slots=True)
class LandLine:
    """One city, one year, in kilograms. removals_kg: of the city's land by its inventory (V.2), positive = taken up.

    certified_kg: issued for its land projects of that vintage. over_kg: certified beyond what the inventory knows of.
    used_kg: certified units that the city's own parties retired, so that they count as covered emissions already.
    sold_kg: certified units held or used by others than the city's own parties. exported_kg: gone to other registries.
    adjusted_kg: given away by a corresponding adjustment though still here. deduct_kg: what comes off the inventory's
    removals. countable_kg: what is left for the city's balance, never below 0. steps: the arithmetic.
    """

    city: str
    year: int
    removals_kg: int
    certified_kg: int
    over_kg: int
    used_kg: int
    sold_kg: int
    exported_kg: int
    adjusted_kg: int
    deduct_kg: int
    countable_kg: int
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlotYear:
    """A plot and year that more than one project was certified for, or more than it removed."""

    year: int
    projects: tuple[str, ...]
    why: str


def reconcile(
    city: str,
    year: int,
    removals_kg: int,
    batches: Iterable[Batch],
    balances: Mapping[Account, int],
    adjustments: Mapping[str, Adjustment] | None = None,
) -> LandLine:
    """Set the units issued for a city's land in a year against its inventory's removals of that year.

    removals_kg: V.2 of the inventory as a removal; negative where the land emits. balances: the ledger's. Imported
    batches are other land and left out.
    """
    mine = [
        b for b in batches if b.city == city and b.vintage == year and b.sink_class in LAND and not b.foreign_serial
    ]
    names = {batch.id for batch in mine}
    certified = sum(batch.issued_kg for batch in mine)
    used, sold, exported = _used_and_gone(names, balances, city)
    given = sum(
        min(each.kg, _here(name, balances, city))
        for name, each in (adjustments or {}).items()
        if name in names and each.declaration == "committed"
    )
    over = max(0, certified - max(0, removals_kg))
    deduct = used + sold + exported + given
    countable = max(0, removals_kg - deduct)
    steps = (
        f"removals of {city} land in {year} by its inventory (GPC V.2): {Mass(removals_kg)}",
        f"certified as units for {len(mine)} batches: {Mass(certified)}; "
        + (f"{Mass(over)} more than the inventory knows of" if over else "the inventory holds all of it"),
        f"retired at home and counted as covered {Mass(used)} + held or used by others {Mass(sold)} + exported "
        f"{Mass(exported)} + adjusted away {Mass(given)} = {Mass(deduct)}",
        f"left for the city's balance: {Mass(removals_kg)} - {Mass(deduct)} = {Mass(countable)}, not below 0",
    )
    return LandLine(city, year, removals_kg, certified, over, used, sold, exported, given, deduct, countable, steps)


def plot_years(
    plots: Iterable[tuple[Plot, Batch]], measured_kg: Mapping[str, int], tolerance_ha: float
) -> list[PlotYear]:
    """Plot-years that are certified twice or beyond what was measured; empty when all is well.

    plots: each batch with the plot of its project. measured_kg: verified removal by batch id.
    """
    found: list[PlotYear] = []
    by_year: dict[int, list[tuple[Plot, Batch]]] = {}
    for plot, batch in plots:
        by_year.setdefault(batch.vintage, []).append((plot, batch))
        if batch.issued_kg > measured_kg.get(batch.id, batch.issued_kg):
            why = f"{Mass(batch.issued_kg)} issued, {Mass(measured_kg[batch.id])} removed"
            found.append(PlotYear(batch.vintage, (batch.project,), why))
    for year, pairs in by_year.items():
        found += _twice(year, [plot for plot, _ in pairs], tolerance_ha)
    return found


def _twice(year: int, plots: list[Plot], tolerance_ha: float) -> list[PlotYear]:
    found = []
    for index, one in enumerate(plots):
        for other in plots[index + 1 :]:
            if one.project == other.project:
                continue
            common = shape_of(one.geojson).intersection(shape_of(other.geojson))
            shared = sum(area_ha(part) for part in getattr(common, "geoms", [common]) if part.area > 0)
            if shared > tolerance_ha:
                found.append(PlotYear(year, (one.project, other.project), f"{shared:,.2f} ha certified for both"))
    return found


def _used_and_gone(names: set[str], balances: Mapping[Account, int], city: str) -> tuple[int, int, int]:
    used = sold = exported = 0
    for account, kg in balances.items():
        if account.asset not in names or kg <= 0:
            continue
        if account.purpose in GONE_OUT:
            exported += kg
        elif account.city != city:
            sold += kg
        elif account.purpose is Purpose.RETIRED:
            used += kg
    return used, sold, exported


def _here(name: str, balances: Mapping[Account, int], city: str) -> int:
    return sum(
        kg
        for account, kg in balances.items()
        if account.asset == name and kg > 0 and account.city == city and account.purpose in _FREE
    )

"""What an inventory counts twice: the same electricity, fuel or good in two parts, or by two methods."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pandas as pd

COLUMNS = ("city", "year", "good", "one", "other", "one_t", "other_t", "one_lines", "other_lines", "reason")
_SUPPLIED = "I.4.4"
_FOOTPRINT_GOODS = {
    "electricity and fuels": {"electricity", "heat", "natural gas", "LPG", "kerosene", "coal", "wood", "fuel oil"},
    "food": {"food"},
    "clothing": {"clothing"},
    "building materials": {"building materials", "cement", "steel"},
    "services": {"services"},
}


def overlaps(lines: pd.DataFrame) -> pd.DataFrame:
    """Pairs of references that hold the same thing, with the lines (positions in `lines`) and their emissions.

    lines: as `Inventory.lines`, with columns kind and good. Five rules: own generation supplied to the grid and grid
    energy used; burnt fuel sold and distance driven at one reference (GPC v1.1 ch. 7: one method a mode); waste burnt
    as waste and as fuel (ch. 8: with energy recovered it belongs to stationary energy); what a footprint of
    consumption holds and other lines hold too; the same good in two parts.
    """
    counted = lines[(lines["emissions_t"] > 0) & lines["counted"]]
    found: list[dict[str, object]] = []
    for (city, year), own in counted.groupby(["city", "year"], sort=False):
        for good, one, other, reason in _pairs(own):
            found.append({"city": city, "year": year, "good": good, **_sides(one, other), "reason": reason})
    return pd.DataFrame(found, columns=list(COLUMNS))


Pair = tuple[str, pd.DataFrame, pd.DataFrame, str]


def _pairs(own: pd.DataFrame) -> Iterator[Pair]:
    yield from _supplied(own)
    yield from _two_methods(own)
    yield from _burnt_waste(own)
    yield from _footprints(own)
    yield from _two_parts(own)


def _supplied(own: pd.DataFrame) -> Iterator[Pair]:
    supply = own[own["gpc_ref"] == _SUPPLIED]
    if len(supply):
        reason = "electricity made here and supplied to the grid is in both, as far as the city uses its own"
        for _, used in own[own["scope"] == 2].groupby("gpc_ref", sort=False):
            yield "electricity", supply, used, reason


def _two_methods(own: pd.DataFrame) -> Iterator[Pair]:
    for _, mode in own[own["gpc_ref"].str.startswith("II.")].groupby("gpc_ref", sort=False):
        fuel, driven = mode[mode["kind"] == "fuel"], mode[mode["kind"] == "distance"]
        if len(fuel) and len(driven):
            reason = "fuel sold and distance travelled are two methods for the same journeys; keep one for each mode"
            yield "transport fuel", fuel, driven, reason


def _burnt_waste(own: pd.DataFrame) -> Iterator[Pair]:
    waste = own[own["good"] == "municipal waste"]
    as_waste, as_fuel = waste[waste["gpc_ref"].str.startswith("III.3")], waste[waste["gpc_ref"].str.startswith("I.")]
    if len(as_waste) and len(as_fuel):
        yield (
            "municipal waste",
            as_waste,
            as_fuel,
            "waste burnt for energy is stationary energy; burnt without, it is waste",
        )


def _footprints(own: pd.DataFrame) -> Iterator[Pair]:
    footprints = own[own["kind"] == "footprint"]
    for good, held in footprints.groupby("good", sort=False):
        goods = _FOOTPRINT_GOODS.get(str(good), {str(good)})
        home = own["gpc_ref"].str.startswith("I.1.")  # a footprint of households holds what they burn and draw
        same = (
            own["good"].isin(goods) & (own["kind"] != "footprint") & (home | ~own["kind"].isin(["fuel", "electricity"]))
        )
        if same.any():
            yield str(good), held, own[same], "the footprint of consumption already holds what these lines count"


def _two_parts(own: pd.DataFrame) -> Iterator[Pair]:
    """One good in two parts; journeys beyond the boundary and waste sent away hold other fuel and other waste."""
    elsewhere = own["gpc_ref"].str.fullmatch(r"II\.\d\.3|III\..*|I\.4\.4")
    goods = own[(own["good"] != "") & (own["kind"] != "footprint") & ~elsewhere]
    for good, lines in goods.groupby("good", sort=False):
        parts = [part for _, part in lines.groupby("part", sort=False)]
        for one, other in pairwise(parts):
            yield str(good), one, other, "the same good is counted in two parts"


def _sides(one: pd.DataFrame, other: pd.DataFrame) -> dict[str, object]:
    return {
        "one": ", ".join(dict.fromkeys(one["gpc_ref"])),
        "other": ", ".join(dict.fromkeys(other["gpc_ref"])),
        "one_t": float(one["emissions_t"].sum()),
        "other_t": float(other["emissions_t"].sum()),
        "one_lines": tuple(int(position) for position in one.index),
        "other_lines": tuple(int(position) for position in other.index),
    }

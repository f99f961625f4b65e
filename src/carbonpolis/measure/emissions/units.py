"""Units of activity data: read by pint, converted once for each distinct unit, compared by dimension."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from carbonpolis.data import table

if TYPE_CHECKING:
    import pint

# three tons, two millions of Btu, and cubic metres of gas at unstated conditions are in use: say t, mmBtu, m3
_AMBIGUOUS = {"ton", "tons", "MBtu", "MBTU", "MMBTU", "Nm3", "Sm3"}
_POWER = re.compile(r"\b([a-zA-Z]*m)([23])\b")
_EMISSIONS = re.compile(r"(.+?)\s*CO2-?eq?")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as read: to_base (SI base units in one of it), dimension (its powers as text), kind (in words)."""

    name: str
    to_base: float
    dimension: str
    kind: str


@cache
def _registry() -> pint.UnitRegistry[float]:
    import pint  # with its definitions it takes a while: with the first unit that is read

    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    for definition in ("t_CO2e = [emissions]", "vehicle = [vehicle]", "passenger = [passenger]", "head = [head]"):
        registry.define(definition)
    registry.define("night = [night]")
    return registry


@cache
def named_units() -> dict[str, tuple[str, str]]:
    """Units that bear a name here: definition for pint, and kind of quantity (data/units.csv)."""
    return {row["unit"]: (row["definition"], row["dimension"]) for row in table("units")}


@cache
def _kinds() -> dict[str, str]:
    """Kind of quantity by dimension."""
    return {_measured(definition)[1]: kind for definition, kind in named_units().values()}


def _measured(definition: str) -> tuple[float, str]:
    quantity: Any = _registry().Quantity(definition).to_base_units()
    powers = ", ".join(f"{name}^{power:g}" for name, power in sorted(quantity.dimensionality.items()))
    return float(quantity.magnitude), powers or "none"


@cache
def unit(name: str) -> Unit | None:
    """The unit that a text names, as "MWh", "t CO2e", "short ton", "kg/m3"; None when it names none, or several.

    "ton" is refused, as it means three masses; so are temperatures, which don't only scale.
    """
    text = name.strip()
    if not text or text in _AMBIGUOUS:
        return None
    if text in named_units():
        size, dimension = _measured(named_units()[text][0])
    elif emitted := _EMISSIONS.fullmatch(text):
        mass = unit(emitted[1])
        if mass is None or mass.kind != "mass":
            return None
        size, dimension = mass.to_base / 1000.0, _measured("t_CO2e")[1]  # kg in the base, t of CO2e
    else:
        try:
            parsed = _registry().parse_units(_POWER.sub(r"\1**\2", text))
            size, dimension = _measured(str(parsed))
        except Exception:  # pint raises its own, the tokenizer's and arithmetic errors for what is no unit
            return None
    if "[temperature]" in dimension:
        return None
    return Unit(name, size, dimension, _kinds().get(dimension, dimension))


def legal_units(dimensions: set[str]) -> list[str]:
    """The named units of some dimensions, for a message."""
    return [name for name, (definition, _) in named_units().items() if _measured(definition)[1] in dimensions]


def convert(amount: float, found: str, wanted: str) -> float:
    """An amount in another unit. Raises ValueError naming both kinds of quantity when they differ."""
    one, other = unit(found), unit(wanted)
    for name, each in ((found, one), (wanted, other)):
        if each is None:
            raise ValueError(f"{name!r} is no unit; expected one such as {', '.join(list(named_units())[:6])}")
    assert one is not None
    assert other is not None
    if one.dimension != other.dimension:
        raise ValueError(f"{found!r} is a unit of {one.kind}, {wanted!r} of {other.kind}; they can't be converted")
    return amount * one.to_base / other.to_base

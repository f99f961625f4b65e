"""Units of indicators as data: text to dimensions and a scale, so that a formula can be checked before it is used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

# What a word of a unit means: its dimensions and its size in the base unit. CO2 and CO2e are one substance.
WORDS: Mapping[str, tuple[Mapping[str, int], float]] = {
    "kg": ({"mass": 1}, 1.0),
    "g": ({"mass": 1}, 1e-3),
    "t": ({"mass": 1}, 1e3),
    "kt": ({"mass": 1}, 1e6),
    "Mt": ({"mass": 1}, 1e9),
    "CO2": ({"carbon": 1}, 1.0),
    "CO2e": ({"carbon": 1}, 1.0),
    "year": ({"time": 1}, 1.0),
    "day": ({"time": 1}, 1 / 365.25),
    "person": ({"person": 1}, 1.0),
    "USD": ({"money": 1}, 1.0),
    "currency": ({"money": 1}, 1.0),
    "PPP": ({}, 1.0),
    "m2": ({"length": 2}, 1.0),
    "ha": ({"length": 2}, 1e4),
    "km2": ({"length": 2}, 1e6),
    "km": ({"length": 1}, 1e3),
    "GJ": ({"energy": 1}, 1.0),
    "TJ": ({"energy": 1}, 1e3),
    "MWh": ({"energy": 1}, 3.6),
    "GWh": ({"energy": 1}, 3.6e3),
    "%": ({}, 0.01),
    "share": ({}, 1.0),
    "ratio": ({}, 1.0),
    "points": ({}, 1.0),
    "count": ({}, 1.0),
    "1": ({}, 1.0),
    "thousand": ({}, 1e3),
    "million": ({}, 1e6),
    "billion": ({}, 1e9),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """dimensions: powers of mass, carbon, time, person, money, length, energy. scale: size in base units."""

    dimensions: Mapping[str, int] = field(default_factory=dict)
    scale: float = 1.0

    def __mul__(self, other: Unit) -> Unit:
        return Unit(_sum(self.dimensions, other.dimensions, 1), self.scale * other.scale)

    def __truediv__(self, other: Unit) -> Unit:
        return Unit(_sum(self.dimensions, other.dimensions, -1), self.scale / other.scale)

    def power(self, exponent: int) -> Unit:
        """Multiplied by itself so often."""
        return Unit({name: power * exponent for name, power in self.dimensions.items()}, self.scale**exponent)

    def __str__(self) -> str:
        words = [name + (f"^{power}" if power != 1 else "") for name, power in sorted(self.dimensions.items())]
        return " ".join(words) or "no dimension"


NUMBER = Unit()


def unit(text: str) -> Unit:
    """A unit such as "t CO2e/year/person": words multiplied, each "/" dividing by what follows it up to the next.

    Raises ValueError naming a word that is not known.
    """
    found = NUMBER
    for place, part in enumerate(text.strip().split("/")):
        one = NUMBER
        for word in part.split():
            name, power = re.fullmatch(r"(.*?)(?:\^(\d))?", word).groups()  # type: ignore[union-attr]
            if name not in WORDS:
                raise ValueError(f"no unit {name!r} (in {text!r}); there are {', '.join(WORDS)}")
            dimensions, scale = WORDS[name]
            one = one * Unit(dimensions, scale).power(int(power or 1))
        found = one if place == 0 else found / one
    return found


def _sum(one: Mapping[str, int], other: Mapping[str, int], sign: int) -> dict[str, int]:
    total = Counter(one)
    for name, power in other.items():
        total[name] += sign * power
    return {name: power for name, power in total.items() if power}

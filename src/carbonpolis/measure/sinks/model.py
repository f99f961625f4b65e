"""What every sink model is: named inputs with units and ranges, a source, and a function to a removal."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from carbonpolis.measure.estimate import Estimate

REMOVAL_UNIT = "t CO2/year"
CO2_PER_C = 44.0 / 12.0  # molar masses


@dataclass(frozen=True, slots=True)
class Input:
    """One input: a number in a unit between low and high, or one of `choices`. default None: it must be given."""

    name: str
    unit: str
    meaning: str
    low: float = 0.0
    high: float = math.inf
    default: float | str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A measurement model of one sink class.

    source: document, chapter, equation and tables. `removal` takes the inputs by name, numbers or arrays of one shape.
    """

    name: str
    sink_class: str
    inputs: tuple[Input, ...]
    source: str
    function: Callable[..., Estimate]

    def removal(self, **given: Any) -> Estimate:
        """Yearly removal, t CO2/year (CO2e where a model counts methane), with its standard deviation.

        Raises ValueError naming the input that is missing, unknown or outside its range, and what was expected.
        """
        known = {each.name: each for each in self.inputs}
        for name in given:
            if name not in known:
                raise ValueError(f"{self.name} has no input {name!r}; expected {', '.join(known)}")
        values = {name: _checked(self.name, each, given.get(name, each.default)) for name, each in known.items()}
        return self.function(**values)


def _checked(model: str, expected: Input, value: Any) -> Any:
    if value is None:
        raise ValueError(f"{model} needs {expected.name} ({expected.meaning}, {expected.unit or 'a word'})")
    if expected.choices:
        if not isinstance(value, str) or value not in expected.choices:
            raise ValueError(f"{model}: {expected.name} is {value!r}; expected one of {', '.join(expected.choices)}")
        return value
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{model}: {expected.name} is {value!r}; expected a number in {expected.unit}") from None
    if not np.all(np.isfinite(numbers) & (numbers >= expected.low) & (numbers <= expected.high)):
        bound = f"{expected.low:g} or more" if math.isinf(expected.high) else f"{expected.low:g} to {expected.high:g}"
        raise ValueError(f"{model}: {expected.name} is {value!r}; expected {bound} {expected.unit}")
    return numbers if numbers.ndim else float(numbers)

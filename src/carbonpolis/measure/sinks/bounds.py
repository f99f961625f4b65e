"""What a quantity may be: the one refusal that every equation of the sinks uses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from carbonpolis.measure.estimate import Estimate


def within(where: str, name: str, value: Any, unit: str, low: float = 0.0, high: float = math.inf) -> Any:
    """`value` as float64 (a number stays a float, an estimate stays one), finite and from `low` to `high`.

    where: the model or equation. Raises ValueError naming it, the input, the first value outside (and its position in
    an array), the unit and what was expected.
    """
    if isinstance(value, Estimate):
        within(where, name, value.mean, unit, low, high)
        return value
    try:
        if np.asarray(value).dtype.kind in "bc":
            raise TypeError
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{where}: {name} is {value!r}; expected a number in {unit}") from None
    with np.errstate(invalid="ignore"):
        wrong = ~(np.isfinite(numbers) & (numbers >= low) & (numbers <= high))
    if np.any(wrong):
        raise ValueError(f"{where}: {name} is {_first(numbers, wrong)}; expected {span(low, high)} {unit}".rstrip())
    return numbers if numbers.ndim else float(numbers)


def span(low: float, high: float) -> str:
    """A range in words: "0 or more", "0 to 1"."""
    if math.isinf(low):
        return "any number" if math.isinf(high) else f"at most {high:g}"
    return f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"


def _first(numbers: Any, wrong: Any) -> str:
    if not numbers.ndim:
        return repr(float(numbers))
    at = np.flatnonzero(wrong)
    others = f" and {len(at) - 1:,} more" if len(at) > 1 else ""
    return f"{float(numbers.ravel()[at[0]])!r} at position {at[0]:,}{others}"

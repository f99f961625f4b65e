"""What every sink model is: named inputs with units and ranges, a source, and a function to a removal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.bounds import within

REMOVAL_UNIT = "t CO2/year"
CO2_PER_C = 44.0 / 12.0  # molar masses


@dataclass(frozen=True, slots=True)
class Input:
    """One input: a number in a unit between low and high, one of `choices`, or free text. default None: must be given.

    text: any words, or an array of them, that the model itself reads (a species).
    """

    name: str
    unit: str
    meaning: str
    low: float = 0.0
    high: float = math.inf
    default: float | str | None = None
    choices: tuple[str, ...] = ()
    text: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """A measurement model of one sink class.

    source: document, chapter, equation and tables. `removal` takes the inputs by name: numbers or arrays of one shape,
    and single words or arrays of them for the choices.
    """

    name: str
    sink_class: str
    inputs: tuple[Input, ...]
    source: str
    function: Callable[..., Estimate]

    def removal(self, **given: Any) -> Estimate:
        """Yearly removal, t CO2/year (CO2e where a model counts methane), with its standard deviation.

        Arrays give an estimate of arrays, element by element; nothing is summed (`measure.total` sums what is
        independent). Below zero where the sink emits. Raises ValueError naming the input that is missing, unknown or
        outside its range, its value, and what was expected.
        """
        known = {each.name: each for each in self.inputs}
        for name in given:
            if name not in known:
                raise ValueError(f"{self.name} has no input {name!r}; expected {', '.join(known)}")
        values = {name: _checked(self.name, each, given.get(name, each.default)) for name, each in known.items()}
        _one_shape(self.name, values)
        words = {each.name for each in self.inputs if each.choices and isinstance(values[each.name], np.ndarray)}
        return _by_word(self.function, values, words) if words else self.function(**values)


def _checked(model: str, expected: Input, value: Any) -> Any:
    if value is None:
        raise ValueError(f"{model} needs {expected.name} ({expected.meaning}, {expected.unit or 'a word'})")
    if expected.text:
        return value
    if not expected.choices:
        return within(model, expected.name, value, expected.unit, expected.low, expected.high)
    words = [value] if isinstance(value, str) else list(np.ravel(np.asarray(value, dtype=object)))
    for word in words:
        if not isinstance(word, str) or word not in expected.choices:
            raise ValueError(f"{model}: {expected.name} is {word!r}; expected one of {', '.join(expected.choices)}")
    return value if isinstance(value, str) else np.asarray(value, dtype=object)


def _one_shape(model: str, values: Mapping[str, Any]) -> None:
    shapes = {name: np.shape(value) for name, value in values.items() if np.shape(value)}
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        told = ", ".join(f"{name} {' x '.join(map(str, shape))}" for name, shape in shapes.items())
        raise ValueError(f"{model}: arrays of different lengths ({told}); expected one shape") from None


def _by_word(function: Callable[..., Estimate], values: Mapping[str, Any], words: set[str]) -> Estimate:
    """The function once for each combination of words that occurs, its results put back in place."""
    shape = np.broadcast_shapes(*(np.shape(value) for value in values.values()))
    spread = {name: np.broadcast_to(np.asarray(value), shape) for name, value in values.items() if np.shape(value)}
    mean, sd = np.empty(shape), np.empty(shape)
    for here, chosen in _combinations({name: spread[name] for name in words}):
        numbers = {name: value[here] for name, value in spread.items() if name not in words}
        part = function(**{**values, **numbers, **chosen})
        mean[here], sd[here] = part.mean, part.sd
    return Estimate(mean, sd, REMOVAL_UNIT)


def _combinations(words: Mapping[str, NDArray[Any]]) -> Iterator[tuple[NDArray[np.bool_], dict[str, str]]]:
    rows = np.stack([each.ravel() for each in words.values()], axis=1)
    shape = next(iter(words.values())).shape
    for row in dict.fromkeys(map(tuple, rows)):
        here = np.ones(shape, dtype=bool)
        for each, word in zip(words.values(), row, strict=True):
            here &= each == word
        yield here, dict(zip(words, row, strict=True))

"""Formulas as text, safe to take from a file: a few kinds of arithmetic, checked for units, nothing else can be run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonpolis.indicators.units import NUMBER, Unit, unit

Array = NDArray[np.float64]
LONGEST, DEEPEST = 500, 30  # characters and nested brackets of a formula

OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
# Functions of any unit that keep it, and functions of a bare number.
KEEPING: Mapping[str, Callable[..., Any]] = {"min": np.minimum, "max": np.maximum, "abs": np.abs}
BARE: Mapping[str, Callable[..., Any]] = {"log": np.log, "exp": np.exp, "sqrt": np.sqrt}


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression of named inputs. inputs: their units. result: the unit that it is to be told in."""

    text: str
    inputs: Mapping[str, Unit]
    result: Unit
    tree: ast.expr

    @classmethod
    def parse(cls, text: str, inputs: Mapping[str, str], result: str) -> Formula:
        """Check that the formula uses only its inputs and + - * / ** min max abs log exp sqrt, and that units fit.

        Raises ValueError naming what is not allowed, an input that is not there, or units that don't fit.
        """
        if len(text) > LONGEST:
            raise ValueError(f"a formula of {len(text)} characters; expected at most {LONGEST}")
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, MemoryError, RecursionError):
            raise ValueError(f"{text!r} is no formula") from None
        known = {name: unit(given) for name, given in inputs.items()}
        found = _unit_of(tree, known, DEEPEST)
        wanted = unit(result)
        if found.dimensions != wanted.dimensions:
            raise ValueError(f"{text!r} comes out as {found}; the unit {result!r} is {wanted}")
        return cls(text, known, wanted, tree)

    def __call__(self, **values: Any) -> Array:
        """The result in its unit; values in the units of the inputs, numbers or arrays. NaN where an input is missing
        or the formula has no value (division by zero, logarithm of zero). Raises ValueError for an input not given."""
        missing = [name for name in self.inputs if name not in values]
        if missing:
            raise ValueError(f"{self.text!r} needs {', '.join(missing)}")
        base = {name: np.asarray(values[name], dtype=np.float64) * self.inputs[name].scale for name in self.inputs}
        with np.errstate(all="ignore"):
            found = np.asarray(_value(self.tree, base), dtype=np.float64) / self.result.scale
        return np.where(np.isfinite(found), found, np.nan)


def _unit_of(node: ast.expr, inputs: Mapping[str, Unit], depth: int) -> Unit:
    if depth == 0:
        raise ValueError(f"more than {DEEPEST} brackets inside each other")
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return NUMBER
        case ast.Name(id=name):
            if name not in inputs:
                raise ValueError(f"no input {name!r}; there are {', '.join(inputs) or 'none'}")
            return inputs[name]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _unit_of(operand, inputs, depth - 1)
        case ast.BinOp(left=left, op=op, right=right):
            return _joined(op, left, right, inputs, depth - 1)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if args:
            return _called(name, [_unit_of(each, inputs, depth - 1) for each in args])
    raise ValueError(f"{ast.unparse(node)!r} is not allowed in a formula")


def _joined(op: ast.operator, left: ast.expr, right: ast.expr, inputs: Mapping[str, Unit], depth: int) -> Unit:
    one = _unit_of(left, inputs, depth)
    if isinstance(op, ast.Pow):
        if not (isinstance(right, ast.Constant) and isinstance(right.value, int) and 0 < right.value < 10):
            raise ValueError(f"{ast.unparse(right)!r} is no power from 1 to 9")
        return Unit(one.power(right.value).dimensions)
    other = _unit_of(right, inputs, depth)
    if isinstance(op, ast.Mult):
        return Unit((one * other).dimensions)
    if isinstance(op, ast.Div):
        return Unit((one / other).dimensions)
    if isinstance(op, ast.Add | ast.Sub):
        if one.dimensions != other.dimensions:
            raise ValueError(
                f"{ast.unparse(left)!r} is {one} and {ast.unparse(right)!r} is {other}; they can't be added"
            )
        return one
    raise ValueError(f"the operation {type(op).__name__} is not allowed in a formula")


def _called(name: str, arguments: list[Unit]) -> Unit:
    if name in KEEPING:
        if any(each.dimensions != arguments[0].dimensions for each in arguments):
            raise ValueError(f"{name} compares values of different units")
        if (name == "abs") != (len(arguments) == 1):
            raise ValueError(f"{name} takes {'one value' if name == 'abs' else 'two or more'}")
        return arguments[0]
    if name in BARE:
        if len(arguments) != 1 or arguments[0].dimensions:
            raise ValueError(f"{name} takes one value without a unit")
        return NUMBER
    raise ValueError(f"no function {name!r}; there are {', '.join([*KEEPING, *BARE])}")


def _value(node: ast.expr, inputs: Mapping[str, Array]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return inputs[name]
        case ast.UnaryOp(op=op, operand=operand):
            inner = _value(operand, inputs)
            return -inner if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATIONS[type(op)](_value(left, inputs), _value(right, inputs))
        case ast.Call(func=ast.Name(id=name), args=args):
            values = [_value(each, inputs) for each in args]
            if name in BARE or name == "abs":
                return (BARE.get(name) or KEEPING[name])(values[0])
            found = values[0]
            for each in values[1:]:
                found = KEEPING[name](found, each)
            return found
    raise AssertionError(f"{ast.unparse(node)!r} passed the check")

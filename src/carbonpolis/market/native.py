"""Functions over whole-number arrays, compiled to machine code by Numba with their Python types kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def native(function: Function) -> Function:
    """Compile at the first call; the machine code is kept on disk where a folder can be written to."""
    try:
        return cast(Function, njit(cache=True)(function))
    except RuntimeError:  # no folder can be written to: compile in every process
        return cast(Function, njit(function))

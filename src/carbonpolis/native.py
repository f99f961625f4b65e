"""Functions over whole-number arrays, compiled to machine code by Numba with their Python types kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, update_wrapper
from types import FunctionType
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


def native(function: Function) -> Function:
    """Compile at the first call; the machine code is kept on disk where a folder can be written to.

    The compiler too is imported with the first call, so that importing what is compiled does not wait for it.
    """
    return cast(Function, _Native(cast(FunctionType, function)))


class _Native:
    def __init__(self, function: FunctionType) -> None:
        self._function = function
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        return self._compiled(*arguments)

    @cached_property
    def _compiled(self) -> Callable[..., Any]:
        from numba import njit

        plain, around = self._function, self._function.__globals__
        parts = {name: around[name] for name in plain.__code__.co_names if isinstance(around.get(name), _Native)}
        # Compiled code calls compiled code: what else of this kind the function names stands compiled in its globals.
        linked = FunctionType(
            plain.__code__, {**around, **{name: part._compiled for name, part in parts.items()}}, plain.__name__
        )
        linked.__qualname__ = plain.__qualname__
        try:
            return cast(Callable[..., Any], njit(cache=True)(linked))
        except RuntimeError:  # no folder can be written to: compile in every process
            return cast(Callable[..., Any], njit(linked))

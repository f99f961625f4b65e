"""Kernels compiled to machine code by Numba, with their Python types kept for the reader and for mypy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """`kernel` compiled at its first call and kept on disk beside its module; integers in, no Python objects."""
    fast: Kernel = njit(cache=True)(kernel)
    return fast

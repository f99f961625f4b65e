"""Chance inside compiled loops: a counter-based generator and the few functions that it needs, in float32.

A number is a hash of what it is for (key of the run, city), never of what was drawn before; so a run gives the same
numbers on any number of threads and any city can be drawn alone. Loops without branches, which the compiler turns into
vector instructions.
Sources: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3 (the idea); C. Wellons, hash-prospector (the
mixing steps "lowbias32", twice with half of the key each); Steele, Lea & Flood 2014 (SplitMix64, for keys); Box &
Muller 1958 (normal numbers).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit, types
from numba.core.types import float32, int32
from numba.extending import intrinsic

F = np.float32
U = np.uint32

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """A function compiled at its first call, which other threads may run beside."""
    quick = njit(nogil=True, cache=True, fastmath={"contract", "nsz", "arcp"}, error_model="numpy")(loop)
    return cast("Loop", quick)


def _as_integer(_context: Any, number: Any) -> Any:
    """The bits of a float32 as int32."""

    def build(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int32))

    return (int32(float32), build) if number == float32 else None


def _as_float(_context: Any, number: Any) -> Any:
    """The float32 that has the bits of an int32."""

    def build(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return (float32(int32), build) if number == int32 else None


_bits: Any = intrinsic(_as_integer)
_from_bits: Any = intrinsic(_as_float)


@compiled
def log(x: Any) -> Any:
    """Natural logarithm of a float32 above zero, to about 1e-7 of its size.

    The exponent by its bits, the rest in [0.71, 1.41) by the polynomial of Cephes (Moshier 1992, logf).
    """
    bits = np.int32(_bits(x) - np.int32(0x3F3504F3))
    exponent = np.int32(bits >> np.int32(23))
    m = _from_bits(np.int32(np.int32(bits & np.int32(0x007FFFFF)) + np.int32(0x3F3504F3)))
    f = m - F(1)
    t = f * f
    series = F(-1.1514610310e-1) + f * F(7.0376836292e-2)
    series = F(-1.2420140846e-1) + f * (F(1.1676998740e-1) + f * series)
    series = F(-1.6668057665e-1) + f * (F(1.4249322787e-1) + f * series)
    series = F(-2.4999993993e-1) + f * (F(2.0000714765e-1) + f * series)
    series = F(3.3333331174e-1) + f * series
    return F(exponent) * F(0.6931471805599453) + (f - F(0.5) * t + f * t * series)


@compiled
def exp(x: Any) -> Any:
    """e to a float32 between -80 and 80, to about 2e-7 of its size: a power of two times a Taylor series."""
    y = x * F(1.4426950408889634)
    whole = np.int32(np.floor(y + F(0.5)))
    f = (y - F(whole)) * F(0.6931471805599453)
    series = F(1) + f * (
        F(1) + f * (F(0.5) + f * (F(1 / 6) + f * (F(1 / 24) + f * (F(1 / 120) + f * (F(1 / 720) + f * F(1 / 5040))))))
    )
    return series * _from_bits(np.int32(np.int32(whole + np.int32(127)) << np.int32(23)))


@compiled
def stream(key: Any, part: Any) -> Any:
    """A 64-bit key for one part of a run: SplitMix64 of key and part."""
    z = np.uint64(key) + np.uint64(0x9E3779B97F4A7C15) * (np.uint64(part) + np.uint64(1))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def _mixed(counter: Any, first: Any, second: Any) -> Any:
    """32 bits by counter and two halves of a key."""
    x = U(U(counter * U(0x9E3779B9)) + first)
    x = U(U(x ^ U(x >> U(16))) * U(0x21F0AAAD))
    x = U(U(x ^ U(x >> U(15))) * U(0x735A2D97))
    x = U(U(x ^ U(x >> U(15))) + second)
    x = U(U(x ^ U(x >> U(16))) * U(0x21F0AAAD))
    x = U(U(x ^ U(x >> U(15))) * U(0x735A2D97))
    return U(x ^ U(x >> U(15)))


@compiled
def normals(key: Any, start: Any, one: Any, other: Any) -> None:
    """Fill two float32 arrays with independent standard normal numbers for the cities from `start` on.

    Box & Muller: a radius from a hash, an angle from its next step; beyond 5.8 standard deviations there is nothing.
    """
    both, rest = stream(key, 1), stream(key, 2)
    first, second = U(both >> np.uint64(32)), U(both & np.uint64(0xFFFFFFFF))
    third = U(rest >> np.uint64(32))
    begin = U(start)
    for i in range(one.size):
        counter = U(begin + U(i))
        r = _mixed(counter, first, second)
        u = (F(np.int32(U(r >> U(8)))) + F(0.5)) * F(2.0**-24)
        radius = np.sqrt(F(-2) * log(u))
        h = U(U(U(r ^ U(r >> U(16))) ^ third) * U(0x21F0AAAD))
        h = U(h ^ U(h >> U(15)))
        quarter = U(h >> U(30))
        f = (F(np.int32(U(U(h >> U(6)) & U(0x00FFFFFF)))) * F(2.0**-24) - F(0.5)) * F(1.5707963267948966)
        t = f * f
        sine = f * (F(1) + t * (F(-1 / 6) + t * (F(1 / 120) + t * F(-1 / 5040))))
        cosine = F(1) + t * (F(-0.5) + t * (F(1 / 24) + t * (F(-1 / 720) + t * F(1 / 40320))))
        swap = (quarter & U(1)) == U(1)
        sign = F(1) - F(2) * F(np.int32(U(quarter >> U(1))))
        one[i] = radius * sign * (sine if swap else cosine)
        other[i] = radius * sign * (-cosine if swap else sine)

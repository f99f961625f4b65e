"""Functions compiled to machine code: how, and where the result is kept from one process to the next.

Compiling the order book takes seconds, so the machine code is cached beside the source, or in Numba's own folder of the
user where that can't be written to, or not at all where nothing can be. Numba renews its cache when the file of a
function changed, but not when another file did that the function calls into; here every file of the kernel counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.core import types as numba_types
from numba.extending import intrinsic

Int = Any  # an integer of compiled code: Numba tells its width, mypy can't
Records = Any  # a structured array: mypy knows none of its fields
Function = TypeVar("Function", bound=Callable[..., Any])

SOURCES = (
    "matching/types.py",
    *(f"matching/{name}.py" for name in ("jit", "price_levels", "order_queues", "engine", "views")),
    *(f"continuous/{name}.py" for name in ("best_quotes", "routing_kernel")),
)


def _stamp() -> str:
    folder = Path(__file__).parents[1]
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in SOURCES)).hexdigest()


STAMP = _stamp()

# No kernel allocates; saying so (_nrt) spares counting references to the arrays at each step, which took nine tenths
# of the time.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}


def compiled(function: Function) -> Function:
    """Compile an entry: called from Python, its machine code cached."""
    try:
        dispatcher = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # no folder can be written to: compile in every process
        return cast(Function, numba.njit(**_OPTIONS)(function))
    index: Any = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if not hasattr(index, "_source_stamp"):  # another Numba keeps it elsewhere: rather slow than stale
        return cast(Function, numba.njit(**_OPTIONS)(function))
    index._source_stamp = STAMP
    return cast(Function, dispatcher)


def inlined(function: Function) -> Function:
    """Compile a part of an entry into whatever calls it."""
    return cast(Function, numba.njit(forceinline=True, **_OPTIONS)(function))


def outlined(function: Function) -> Function:
    """Compile a part of an entry that is called seldom, so that it does not burden the common way."""
    return cast(Function, numba.njit(**_OPTIONS)(function))


@intrinsic  # type: ignore[untyped-decorator]
def _highest(typing_context: Any, word: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word_type = arguments[0].type
        zeros = builder.ctlz(arguments[0], cgutils.false_bit)
        return builder.sub(word_type(63), zeros)

    return numba_types.int64(numba_types.int64), codegen


@intrinsic  # type: ignore[untyped-decorator]
def _prefetch(typing_context: Any, array: Any, index: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type, _ = signature.args
        view = context.make_array(array_type)(context, builder, arguments[0])
        place = cgutils.get_item_pointer2(
            context,
            builder,
            data=view.data,
            shape=cgutils.unpack_tuple(builder, view.shape),
            strides=cgutils.unpack_tuple(builder, view.strides),
            layout="C",
            inds=[arguments[1]],
        )
        pointer = builder.bitcast(place, cgutils.voidptr_t)
        number = cgutils.int32_t
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        hint = builder.module.declare_intrinsic("llvm.prefetch", [cgutils.voidptr_t], kind)
        builder.call(hint, [pointer, number(0), number(3), number(1)])  # to read, keep, data
        return context.get_dummy_value()

    return numba_types.void(array, numba_types.int64), codegen


# For compiled code only. highest_bit: place of the highest bit set in an int64, 0 to 63, -1 for 0. prefetch: asks for
# the cache line of array[index] and changes nothing.
highest_bit = cast(Callable[[Any], Any], _highest)
prefetch = cast(Callable[[Any, Any], None], _prefetch)

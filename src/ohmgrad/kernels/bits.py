"""Reading a float's bits as an integer and back, the same in Python, NumPy and compiled loops.

The elementary functions need the exponent of a float. Numba has no bit cast of its own, so this one is written as an
LLVM ``bitcast``; interpreted code (and the CUDA simulator) takes the `struct` path.
"""

from __future__ import annotations

import struct
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload


def float_from_bits(bits: int) -> float:
    """Float64 whose IEEE-754 bits are the int64 `bits`.

    >>> float_from_bits(1023 << 52)
    1.0
    """
    return struct.unpack("<d", struct.pack("<q", bits))[0]  # type: ignore[no-any-return]


def bits_from_float(x: float) -> int:
    """Int64 holding the IEEE-754 bits of the float64 `x`.

    >>> bits_from_float(1.0) >> 52
    1023
    """
    return struct.unpack("<q", struct.pack("<d", x))[0]  # type: ignore[no-any-return]


@intrinsic
def _cast_to_float(_ctx: Any, _bits: Any) -> Any:
    def codegen(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), codegen


@intrinsic
def _cast_to_int(_ctx: Any, _x: Any) -> Any:
    def codegen(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), codegen


@overload(float_from_bits, inline="always")
def _float_from_bits(bits):  # type: ignore[no-untyped-def]
    return lambda bits: _cast_to_float(bits)  # type: ignore[call-arg]


@overload(bits_from_float, inline="always")
def _bits_from_float(x):  # type: ignore[no-untyped-def]
    return lambda x: _cast_to_int(x)  # type: ignore[call-arg]

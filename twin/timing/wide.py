"""The product of two words of 64 bits, which has 128: one instruction, for which neither Python nor numba has words."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np


def high_product(one: Any, other: Any) -> Any:
    """The upper half of the product; compiled functions may call it once numba has been told (`tell_numba`)."""
    return np.uint64(int(one) * int(other) >> 64)


@cache
def tell_numba() -> None:
    """Let numba put the instruction where a compiled function names `high_product`."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic, overload

    def code(_context: Any, builder: Any, _signature: Any, words: Any) -> Any:
        wide, narrow = ir.IntType(128), ir.IntType(64)
        product = builder.mul(*(builder.zext(word, wide) for word in words))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), narrow)

    @intrinsic  # type: ignore[untyped-decorator]
    def upper(_typing: Any, one: Any, other: Any) -> Any:
        return types.uint64(types.uint64, types.uint64), code

    overload(high_product)(lambda one, other: lambda one, other: upper(one, other))

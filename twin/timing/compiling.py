"""The decorator of functions that numba compiles where it is installed, and that are plain Python where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    from numba import config, njit
except ImportError:
    COMPILES = False

    def compiled(function: Function) -> Function:
        """The function as it is: numba is not installed."""
        return function

else:
    COMPILES = not config.DISABLE_JIT
    compiled = njit(cache=True, nogil=True)

unsigned: Any = np.uint32 if COMPILES else int  # an index that is never negative: compiled code need not check for that

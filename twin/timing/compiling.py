"""Functions that numba compiles where it is installed, and that are plain Python where it is not, or for a single day.

Loading what was compiled earlier takes half a second: for one day plain Python is through before (`plainly`). Both give the same bits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, update_wrapper
from importlib.util import find_spec
from typing import Any, TypeVar, cast

import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])

INSTALLED = find_spec("numba") is not None and os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"


unsigned: Any = np.uint32 if INSTALLED else int  # an index that is never negative: compiled code need not check for that


class _Mode:
    """Whether functions are called compiled or plain."""

    plain = not INSTALLED


class Compiled:
    """A function, and what numba makes of it when it is first called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        update_wrapper(self, function)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self.function(*arguments, **named) if _Mode.plain else self.dispatcher(*arguments, **named)

    @cached_property
    def dispatcher(self) -> Any:
        """The same function as numba has it."""
        from numba import njit

        _known_to_numba()
        return njit(cache=True, nogil=True)(self.function)


def compiled(function: Function) -> Function:
    """Let numba compile the function; it may call others of its kind."""
    return cast(Function, Compiled(function))


def compiles() -> bool:
    """Whether functions are called compiled now."""
    return not _Mode.plain


@contextmanager
def plainly() -> Iterator[None]:
    """Call every function as plain Python meanwhile."""
    before, _Mode.plain = _Mode.plain, True
    try:
        yield
    finally:
        _Mode.plain = before


_known: list[bool] = []


def _known_to_numba() -> None:
    """Let numba take a `Compiled` for its own dispatcher where one function names another."""
    if _known:
        return
    from numba.core import types
    from numba.extending import typeof_impl

    @typeof_impl.register(Compiled)  # type: ignore[untyped-decorator]
    def typeof_compiled(value: Compiled, context: Any) -> Any:
        return types.Dispatcher(value.dispatcher)

    _known.append(True)

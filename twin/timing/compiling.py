"""Functions that numba compiles where it is installed, and that are plain Python where it is not, or for a single day.

Loading what was compiled earlier takes half a second: for one day plain Python is through before (`plainly`). Both give the same bits.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property, update_wrapper
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from caixue.lang import tr

Function = TypeVar("Function", bound=Callable[..., Any])

INSTALLED = find_spec("numba") is not None and os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"

unsigned: Any = np.uint32 if INSTALLED else int  # an index that is never negative: compiled code need not check for that


class _Mode:
    """Whether functions are called compiled or plain."""

    plain = not INSTALLED


class Compiled:
    """A function, and what numba makes of it when it is first called."""

    def __init__(self, function: Callable[..., Any], *, counts: bool = True) -> None:
        self.function = function
        self.counts = counts  # who else holds an array
        update_wrapper(self, function)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self.function(*arguments, **named) if _Mode.plain else self.dispatcher(*arguments, **named)

    @cached_property
    def dispatcher(self) -> Any:
        """The same function as numba has it."""
        from numba import config, njit
        from numba.core.options import DefaultOptions

        _known_to_numba()
        counting = {} if self.counts or not hasattr(DefaultOptions, "_nrt") else {"_nrt": False}
        before, config.CACHE_DIR = config.CACHE_DIR, _cache_folder(config.CACHE_DIR)
        try:
            made = njit(cache=bool(config.CACHE_DIR), nogil=True, **counting)(self.function)
        finally:
            config.CACHE_DIR = before
        _guard(made)
        return made


def compiled(function: Function) -> Function:
    """Let numba compile the function; it may call others of its kind."""
    return cast(Function, Compiled(function))


def lent(function: Function) -> Function:
    """The same for a function that makes no array and gives none back: they belong to the caller, so that nobody need count who holds them.

    One that makes an array numba refuses; one that gives any back, or a part of it, would have it freed while it is in use.
    """
    return cast(Function, Compiled(function, counts=False))


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


@cache
def _known_to_numba() -> None:
    """Let numba take a `Compiled` for its own dispatcher where one function names another."""
    _load_without_scipy()
    from numba.core import types
    from numba.extending import typeof_impl

    @typeof_impl.register(Compiled)  # type: ignore[untyped-decorator]
    def typeof_compiled(value: Compiled, context: Any) -> Any:
        return types.Dispatcher(value.dispatcher)


def _load_without_scipy() -> None:
    """Let numba not find scipy.linalg as it loads: reading that takes a tenth of a second, and only np.convolve would be quicker for it."""
    if "scipy.linalg" not in sys.modules:
        sys.modules["scipy.linalg"] = cast(Any, None)
        try:
            import numba.np.arraymath  # noqa: F401
        finally:
            del sys.modules["scipy.linalg"]


@cache
def _cache_folder(wished: str) -> str:
    """Where compiled code is kept, empty for nowhere: in `wished`, beside the sources, or with the user's other caches.

    A folder for each state of the sources: numba looks at the file of a function alone, not at those of the functions that it calls.
    """
    here = Path(__file__).parent
    sources = sorted([*here.glob("*.py"), *here.parent.glob("engines/compiled*.py"), *here.parent.glob("peers/dice.py")])
    state = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    local = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for folder in [Path(wished)] if wished else [here / "__pycache__", Path(local, "caixue")]:
        try:
            (folder / state).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder / state, os.W_OK):
            return str(folder / state)
    return ""


def _guard(dispatcher: Any) -> None:
    """What cannot be read, such as a file that a power cut has left half written, is compiled again; who waits for that is told."""
    kept = getattr(dispatcher, "_cache", None)
    load = getattr(kept, "load_overload", None)
    if kept is None or load is None:
        return

    def load_or_not(*arguments: Any) -> Any:
        try:
            found = load(*arguments)
        except Exception:  # whatever a broken file does when it is read
            found = None
        if found is None:
            _tell()
        return found

    kept.load_overload = load_or_not


@cache
def _tell() -> None:
    print(tr("首次运行要编译，约半分钟，以后不必", "compiling, about half a minute, the first time only"), file=sys.stderr, flush=True)

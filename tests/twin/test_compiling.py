"""Compiled functions: plain Python gives the same, and what was kept badly is compiled again."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pytest

import twin.engines
import twin.timing
from twin.timing.arrays import Numbers
from twin.timing.compiling import Compiled, compiles, lent, plainly

numba = pytest.importorskip("numba")

PROGRAM = """
import numpy as np
from twin.timing.kernels import place
print(place(np.array([5, 3, 9, 1], np.int64), 0, 3, 2))
"""


def program(cache: Path) -> subprocess.CompletedProcess[str]:
    import os

    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, encoding="utf-8", check=True)


def test_plain_python_lasts_as_long_as_it_is_asked_for() -> None:
    with plainly():
        assert not compiles()
    assert compiles()


@lent
def doubled(values: Numbers) -> int:
    total = 0
    for value in values:
        total += 2 * value
    return total


@lent
def copied(values: Numbers) -> int:
    return len(values.copy())


def test_what_is_lent_may_read_arrays_but_not_make_any() -> None:
    assert doubled(np.arange(4)) == 12
    with pytest.raises(numba.core.errors.NumbaError, match="NRT required"):
        copied(np.arange(4))


def test_what_is_lent_gives_no_array_back() -> None:
    """Numba lets it, and frees the array under whoever reads it."""
    names = [f"{package.__name__}.{each.name}" for package in (twin.timing, twin.engines) for each in iter_modules(package.__path__)]
    found = [one for name in names for one in vars(import_module(name)).values() if isinstance(one, Compiled) and not one.counts]
    given = {one.function.__name__: one.function.__annotations__["return"] for one in found}
    assert {"live", "stretch"} < given.keys()
    words = {word for returns in given.values() for word in re.findall(r"[\w.]+", returns)}
    assert words <= {"int", "bool", "float", "None", "tuple", "np.uint64"}


def test_whoever_waits_for_the_first_compilation_is_told_once_and_files_that_were_cut_short_are_made_again(tmp_path: Path) -> None:
    first, second = program(tmp_path), program(tmp_path)
    kept = list(tmp_path.rglob("*.nbc"))
    for path in kept:
        path.write_bytes(b"")
    third = program(tmp_path)
    assert first.stdout == second.stdout == third.stdout == "5\n"
    assert kept
    assert ["编译" in one.stderr for one in (first, second, third)] == [True, False, True]
    assert "编译" not in program(tmp_path).stderr

"""The C loop, compiled by the machine's own C compiler into a folder of its own, and called through ctypes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from twin.peers.shop import Morning
from twin.timing.arrays import Numbers

SOURCE = Path(__file__).with_name("loop.c")
FLAGS = ("-O3", "-march=native", "-shared", "-fPIC")
COLUMNS = 4  # called, ended, received, window


class Sum(ctypes.Structure):
    """What the loop counts."""

    _fields_ = (("ended_us", ctypes.c_int64), ("wait_us", ctypes.c_int64), ("events", ctypes.c_int64))


class CDay(NamedTuple):
    """The columns of one day and its counts."""

    called_us: Numbers
    ended_us: Numbers
    received_us: Numbers
    window: Numbers
    last_us: int
    events: int


def compiler() -> str:
    """The C compiler of this machine; empty where there is none."""
    return next((found for name in ("gcc", "clang", "cc") if (found := shutil.which(name))), "")


class CLoop:
    """The compiled loop. Raises OSError or CalledProcessError where it cannot be built."""

    def __init__(self, folder: Path) -> None:
        library = folder / ("loop.dll" if sys.platform == "win32" else "loop.so")
        subprocess.run([compiler(), *FLAGS, str(SOURCE), "-o", str(library)], check=True, capture_output=True)
        self._days = ctypes.CDLL(str(library)).days
        self._days.argtypes = [ctypes.c_int64, ctypes.c_int64, *[ctypes.c_void_p] * 10, ctypes.POINTER(Sum)]
        self._days.restype = None

    def run(self, day: Morning, times: int = 1) -> CDay:
        """That day, `times` times over."""
        patients = len(day.arrived_us)
        columns, line, total = np.full((COLUMNS, patients), -1, np.int64), np.empty(patients, np.int32), Sum()
        given = [np.ascontiguousarray(each, np.int64) for each in day]
        self._days(times, patients, *(each.ctypes.data for each in (*given, *columns, line)), ctypes.byref(total))
        called_us, ended_us, received_us, window = columns
        return CDay(called_us, ended_us, received_us, window, total.ended_us, total.events)

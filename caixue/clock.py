"""The clock seam: the only way production code learns the time, waits, or takes a lock."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
US_PER_S = 1_000_000


class Clock(Protocol):
    """Time in one world, real or virtual."""

    def now(self) -> datetime:
        """The aware wall-clock time that people see."""

    def monotonic_us(self) -> int:
        """Microseconds since a fixed origin; never steps back."""

    def sleep(self, duration_s: float) -> None:
        """Wait `duration_s` seconds (rounded up to a microsecond)."""

    def lock(self) -> AbstractContextManager[object]:
        """A new lock for one port; it serves waiters first come, first served, and never re-enters."""


class SystemClock:
    """The computer's own clock."""

    def __init__(self) -> None:
        self._origin_ns = time.monotonic_ns()

    def now(self) -> datetime:
        return datetime.now(SHANGHAI)

    def monotonic_us(self) -> int:
        return (time.monotonic_ns() - self._origin_ns) // 1000

    def sleep(self, duration_s: float) -> None:
        time.sleep(max(0.0, duration_s))

    def lock(self) -> AbstractContextManager[object]:
        return threading.Lock()

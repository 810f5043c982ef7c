"""The clock seam: the only way production code learns the time, waits, or takes a lock."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
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


class FairLock:
    """A lock for threads: first come, first served; raises RuntimeError when its owner takes it again.

    A waiter that is interrupted leaves the queue; one that was granted the lock meanwhile passes it on.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._owner: int | None = None
        self._queue: deque[tuple[int, threading.Event]] = deque()

    def __enter__(self) -> FairLock:
        caller, turn = threading.get_ident(), threading.Event()
        with self._guard:
            if self._owner is None:
                self._owner = caller
                return self
            if self._owner == caller:
                raise RuntimeError("a port's lock was taken twice by one caller")
            self._queue.append((caller, turn))
        try:
            turn.wait()
        except BaseException:
            self._give_up(caller, turn)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._queue:
            self._owner, turn = self._queue.popleft()
            turn.set()
        else:
            self._owner = None

    def _give_up(self, caller: int, turn: threading.Event) -> None:
        with self._guard:
            if turn.is_set():
                self._pass_on()
            else:
                self._queue.remove((caller, turn))


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
        return FairLock()


class RecordClock:
    """The time line of a record that began at `start` and may have been written by earlier processes.

    Microseconds count from `start`. While the process runs, only the clock's steady count moves them, so that a wall clock
    that is set does no harm; they never begin before `last_us`, the latest instant in the record, nor fall behind what others add to it.
    """

    def __init__(self, clock: Clock, start: datetime, last_us: int = 0) -> None:
        self.start = start
        self._clock = clock
        wall_us = (clock.now() - start) // timedelta(microseconds=1)
        self.behind_us = max(0, last_us - wall_us)  # how far the computer's clock stands before what is already recorded
        self._offset_us = max(wall_us, last_us) - clock.monotonic_us()

    def now(self) -> datetime:
        return self.start + timedelta(microseconds=self.monotonic_us())

    def wall(self) -> datetime:
        """What the computer's clock says."""
        return self._clock.now()

    def monotonic_us(self) -> int:
        return self._clock.monotonic_us() + self._offset_us

    def reach(self, us: int) -> None:
        """Another process has recorded something at `us`: from now on it is not earlier here."""
        self._offset_us += max(0, us - self.monotonic_us())

    def sleep(self, duration_s: float) -> None:
        self._clock.sleep(duration_s)

    def lock(self) -> AbstractContextManager[object]:
        return self._clock.lock()

"""Real time for lines and models: the timeline of an asyncio event loop, in integer microseconds."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from caixue.clock import SystemClock

BATCH = 200  # functions called before the loop may look at its sockets again


class LoopTimeline:
    """Calls functions when their time comes, those of one instant in the order in which they were asked for.

    While one is called, `now_us` is the time for which it was asked, so that a timer that fires late delays nothing after it:
    a request and its reply lose one wake-up of the operating system, not one for each of their steps.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._origin_s = loop.time()
        self._queue: list[tuple[int, int, Callable[..., object], tuple[Any, ...]]] = []
        self._numbers = itertools.count()
        self._handle: asyncio.TimerHandle | None = None
        self._armed_us = 0
        self._called_us: int | None = None

    @property
    def now_us(self) -> int:
        """Microseconds since the start; within a called function, the time for which it was asked."""
        return self._real_us() if self._called_us is None else self._called_us

    def at(self, at_us: int, function: Callable[..., object], *arguments: Any) -> None:
        """Call `function` at `at_us`, or soon where that has passed; it cannot be cancelled."""
        heappush(self._queue, (at_us, next(self._numbers), function, arguments))
        if self._called_us is None and (self._handle is None or at_us < self._armed_us):
            self._arm(at_us)

    def stop(self) -> None:
        """Call nothing any more."""
        self._queue.clear()
        if self._handle is not None:
            self._handle.cancel()

    def _real_us(self) -> int:
        return int((self._loop.time() - self._origin_s) * 1_000_000)

    def _arm(self, at_us: int) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._armed_us = at_us
        self._handle = self._loop.call_at(self._origin_s + at_us / 1_000_000, self._run)

    def _run(self) -> None:
        self._handle = None
        real_us, left = self._real_us() + 1, BATCH  # a microsecond for the float's own error
        try:
            while left and self._queue and self._queue[0][0] <= real_us:
                self._called_us, _, function, arguments = heappop(self._queue)
                left -= 1
                function(*arguments)
        finally:
            self._called_us = None
            if self._queue:
                self._arm(self._queue[0][0])


class LoopClock(SystemClock):
    """The computer's clock, counting from the start of a timeline: what the journal of a bench is stamped with."""

    def __init__(self, timeline: LoopTimeline) -> None:
        super().__init__()
        self._timeline = timeline

    def monotonic_us(self) -> int:
        """Microseconds since the timeline's start."""
        return self._timeline.now_us

"""The time of the reference engine: SimPy's, in whole microseconds, with events in the order of (time, rank, key)."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from heapq import heappop
from typing import Any

from simpy.events import Event

from twin.timing.arrays import FAR, Status, What
from twin.world import Kernel

RANKED = 2  # SimPy's own priorities are 0 and 1


class Rank(IntEnum):
    """Which of several timed events at one instant comes first; the key decides between those of one rank."""

    OVER = 0  # by job: what an engineer does, or a cause that ends by itself
    PHASE = 1  # by position
    CAUSE = 2  # by cause: it begins, or its call for the engineer
    OPEN = What.OPEN  # by position
    CLOSE = What.CLOSE
    NURSES = What.NURSES
    ENGINEERS = What.ENGINEERS
    ARRIVAL = 7  # by visit
    PATIENCE = 8  # by visit
    LOADED = 9


class Refused(Exception):
    """The day cannot go on: an array that was drawn beforehand is too small. Its only argument is the `Status`."""

    @property
    def status(self) -> Status:
        """Which one."""
        return Status(self.args[0])


class Timeline(Kernel):
    """Timed events, each with all that it causes without delay; what SimPy itself does takes no time and comes first."""

    def __init__(self) -> None:
        super().__init__(0)
        self.events = 0  # timed ones that have happened
        self.coincident = 0  # those at the instant of the one before
        self.last_us = -1
        self.refused: Status | None = None  # why the day stops, where it is known before it does

    def after(self, delay_us: int, rank: Rank, key: int, action: Callable[..., object], *arguments: Any) -> Event:
        """Do something `delay_us` from now, unless `call_off` is told before."""
        event = self.ranked(self.now_us + delay_us, rank, key)
        event.callbacks.append(lambda _event: action(*arguments))
        return event

    def pause(self, delay_us: int, rank: Rank, key: int) -> Event:
        """What a process yields to go on `delay_us` from now."""
        return self.ranked(self.now_us + delay_us, rank, key)

    @staticmethod
    def call_off(event: Event) -> None:
        """`event` does not come: nobody waits for it any more."""
        event.callbacks.clear()

    def next_us(self) -> int:
        """When the next timed event comes, FAR if there is none. What has been called off is none."""
        queue = self._queue
        while queue and not queue[0][3].callbacks:
            heappop(queue)
        return int(queue[0][0]) if queue else FAR

    def happen(self) -> None:
        """The next timed event, and all that it causes without delay. `next_us` has been asked before."""
        self.now_us = int(self._queue[0][0])
        self.events += 1
        self.coincident += self.now_us == self.last_us
        self.last_us = self.now_us
        self.step()
        self.settle()

    def settle(self) -> None:
        """Let SimPy's own events of this instant happen: starts of processes, and those who wait for something that has happened."""
        while self._queue and self._queue[0][1] < RANKED:
            self.step()

"""Virtual time: a SimPy kernel in integer microseconds in which ordinary blocking driver code runs in greenlets.

A driver call is one greenlet (`World.call`). Every wait of the driver — a sleep, a read, a lock — parks that greenlet and
goes back to the kernel; each wait carries a ticket, so that a late wake-up can never resume a later wait. Events of one
instant run in this order: SimPy's own and the drivers' as they were scheduled, then the room's by (rank, key).
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

import simpy
from greenlet import getcurrent, greenlet
from simpy.core import StopSimulation
from simpy.events import Event

if TYPE_CHECKING:
    from twin.line import Line

US = 1_000_000
EVENTS_IN_ONE_INSTANT = 200_000  # more means that something spins without time passing
_FIRST_RANK = 2  # SimPy's own priorities are 0 and 1


def whole_us(duration_s: float) -> int:
    """Seconds as microseconds, rounded up and at least 1, so that no wait can be endless by rounding to nothing."""
    return max(1, math.ceil(duration_s * US - 0.001))  # a nanosecond is the float's own error


class TwinStuck(RuntimeError):
    """Too many events without time passing: two parties call each other for ever."""


class Callback:
    """A plain function in the event queue: all that drivers and lines need, and five times cheaper than a SimPy event."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        self.function = function
        self.arguments = arguments


class Kernel(simpy.Environment):
    """SimPy's environment with cheap callbacks, ranked events and a watchdog."""

    _now: int
    now_us: int = 0  # SimPy's `_now` under the name that every timeline has

    def at(self, at_us: int, function: Callable[..., object], *arguments: Any) -> None:
        """Call `function` at `at_us`; it cannot be cancelled."""
        heappush(self._queue, (at_us, 1, next(self._eid), Callback(function, arguments)))  # type: ignore[misc, arg-type]

    def ranked(self, at_us: int, rank: int, key: int) -> Event:
        """A room event at `at_us`; those of one instant happen by rank, then key, whatever was scheduled first."""
        event = Event(self)
        event._ok, event._value = True, None
        heappush(self._queue, (at_us, _FIRST_RANK + rank, (key << 40) | next(self._eid), event))  # type: ignore[misc]
        return event

    def run(self, until: Any = None) -> Any:
        """Run until the event `until` has happened; returns its value."""
        queue, now, same = self._queue, self._now, 0
        if until.callbacks is None:
            raise RuntimeError("what this run should wait for has already happened")
        until.callbacks.append(StopSimulation.callback)
        try:
            while queue:
                at_us, _, _, item = heappop(queue)
                if at_us > now:
                    self._now = self.now_us = now = at_us
                    same = 0
                else:
                    assert at_us == now, f"something was scheduled for {at_us} us when it was {now} us"
                    same += 1
                    if same > EVENTS_IN_ONE_INSTANT:
                        raise TwinStuck(f"{same} events at {now} us without time passing")
                if item.__class__ is Callback:
                    item.function(*item.arguments)  # type: ignore[attr-defined]
                    continue
                callbacks, item.callbacks = item.callbacks, None  # type: ignore[assignment]
                for callback in callbacks:
                    callback(item)
                if not item._ok and not getattr(item, "_defused", False):
                    raise item._value
        except StopSimulation as stop:
            return stop.args[0]
        raise TwinStuck(f"nothing left to happen at {now} us, and the run is not over")


class Task(greenlet):
    """One driver call in progress. `ticket` numbers its waits."""

    ticket: int = 0


class Lock:
    """A port's lock in virtual time: first come, first served, never re-entered.

    An interrupted waiter leaves the queue; one that was granted the lock but interrupted before it ran passes it on.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._owner: greenlet | None = None
        self._queue: deque[Task] = deque()

    def __enter__(self) -> Lock:
        task = getcurrent()
        if self._owner is None:
            self._owner = task
        elif self._owner is task:
            raise RuntimeError("a port's lock was taken twice by one caller")
        else:
            self._wait(self._world.current_task())
        return self

    def __exit__(self, *_: object) -> None:
        self._pass_on()

    def _wait(self, task: Task) -> None:
        self._queue.append(task)
        task.ticket += 1
        try:
            task.parent.switch()
        except BaseException:
            if self._owner is task:
                self._pass_on()
            else:
                self._queue.remove(task)
            raise

    def _pass_on(self) -> None:
        if self._queue:
            self._owner = task = self._queue.popleft()
            self._world.kernel.at(self._world.kernel._now, self._world.wake, task, task.ticket, None)
        else:
            self._owner = None


class WorldClock:
    """The Clock seam in virtual time."""

    def __init__(self, world: World, start: datetime) -> None:
        self._world = world
        self._kernel = world.kernel
        self._start = start

    def now(self) -> datetime:
        return self._start + timedelta(microseconds=self._kernel._now)

    def monotonic_us(self) -> int:
        return self._kernel._now  # type: ignore[return-value]

    def sleep(self, duration_s: float) -> None:
        kernel, task = self._kernel, self._world.current_task()
        task.ticket += 1
        kernel.at(kernel._now + whole_us(duration_s), self._world.wake, task, task.ticket, None)  # type: ignore[arg-type]
        task.parent.switch()

    def lock(self) -> Lock:
        return Lock(self._world)


class World:
    """One virtual world: its kernel, its clock, its lines, and the driver calls in progress."""

    _numbers = itertools.count(1)
    by_id: ClassVar[WeakValueDictionary[str, World]] = WeakValueDictionary()

    def __init__(self, start: datetime) -> None:
        self.id = f"w{next(World._numbers)}"
        World.by_id[self.id] = self
        self.kernel = Kernel(0)
        self.clock = WorldClock(self, start)
        self.lines: dict[str, Line] = {}
        self.on_overlap: Callable[[str], None] = lambda port: None
        self._tasks: dict[Task, None] = {}  # in the order in which they began
        self._processes: dict[int, simpy.Process] = {}

    @property
    def now_us(self) -> int:
        """Microseconds since the start."""
        return self.kernel._now  # type: ignore[return-value]

    def url(self, device: str) -> str:
        """The pyserial URL of the port that leads to `device`."""
        return f"twin://{self.id}/{device}"

    def process(self, generator: Generator[Any, Any, Any]) -> simpy.Process:
        """Start a SimPy process that `close` will also end."""
        process = self.kernel.process(generator)
        self._processes[id(process)] = process
        process.callbacks.append(lambda _event: self._processes.pop(id(process), None))
        return process

    def call(self, function: Callable[..., Any], *arguments: Any) -> Generator[Event, Any, Any]:
        """Run blocking code from a process: `result = yield from world.call(driver.status)`.

        An interrupt of the process ends the code at the wait it is in; its `finally` blocks run, but may not wait again.
        """
        done = self.kernel.event()
        failure: list[Exception] = []

        def body() -> None:
            value = None
            try:
                value = function(*arguments)
            except Exception as error:  # raised again below, as itself: SimPy would raise a copy
                failure.append(error)
            done.succeed(value)

        task = Task(body)
        self._tasks[task] = None
        try:
            task.switch()
            value = yield done
        finally:
            self._tasks.pop(task, None)
            self._end(task)
            if failure:
                raise failure[0]
        return value

    def current_task(self) -> Task:
        """The driver call that is running now."""
        task = getcurrent()
        if not isinstance(task, Task):
            raise RuntimeError("blocking code runs in virtual time only inside World.call")
        return task

    def wake(self, task: Task, ticket: int, value: object) -> None:
        """Resume `task` if it is still in the wait that `ticket` stands for; every wait takes a new ticket."""
        if task.ticket == ticket and not task.dead:
            task.switch(value)

    def close(self) -> None:
        """End every process and driver call, so that their `finally` blocks run and nothing stays behind.

        What goes wrong in one of them does not spare the others; the first error is raised when all have ended.
        """
        ends: list[Callable[[], object]] = [process._generator.close for process in self._processes.values()]
        ends += [partial(self._end, task) for task in self._tasks]
        self._processes.clear()
        self._tasks.clear()
        errors: list[Exception] = []
        for end in ends:
            try:
                end()
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]

    @staticmethod
    def _end(task: Task) -> None:
        if task.dead:
            return
        task.throw()
        if not task.dead:
            task.throw()  # out of that wait too, or it would stay behind for ever
            raise RuntimeError("a driver waited again while it was being interrupted")

"""A clock that tests move by hand, and a port that follows a script of bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from caixue.clock import SHANGHAI, US_PER_S
from caixue.events import Event
from caixue.journal import Recorder
from caixue.link.arming import UNGUARDED
from caixue.link.port import Port

START = datetime(2026, 11, 23, 7, 0, tzinfo=SHANGHAI)


class FakeLock:
    """A lock for one thread: taking it twice would hang for ever, so it fails instead."""

    def __init__(self) -> None:
        self.held = False
        self.taken = 0

    def __enter__(self) -> FakeLock:
        assert not self.held, "a port's lock was taken twice by one caller"
        self.held = True
        self.taken += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.held = False


class FakeClock:
    """Virtual time: a sleep is over at once, after the timers that fall into it have run."""

    def __init__(self) -> None:
        self.now_us = 0
        self.locks: list[FakeLock] = []
        self.sleeps: list[float] = []
        self._timers: list[tuple[int, int, Callable[..., object], tuple[Any, ...]]] = []
        self._numbers = count()

    def now(self) -> datetime:
        return START + timedelta(microseconds=self.now_us)

    def monotonic_us(self) -> int:
        return self.now_us

    def sleep(self, duration_s: float) -> None:
        self.sleeps.append(duration_s)
        self.advance_to(self.now_us + max(1, round(duration_s * US_PER_S)))

    def lock(self) -> FakeLock:
        self.locks.append(FakeLock())
        return self.locks[-1]

    def call_later(self, after_us: int, function: Callable[..., object], *arguments: Any) -> None:
        """Run `function` when time has come that far."""
        assert after_us >= 0
        heappush(self._timers, (self.now_us + after_us, next(self._numbers), function, arguments))

    def next_timer_us(self) -> int | None:
        """When the next timer is due, if there is one."""
        return self._timers[0][0] if self._timers else None

    def advance_to(self, at_us: int) -> None:
        """Let time pass, with all timers on the way in their order."""
        while self._timers and self._timers[0][0] <= at_us:
            self.now_us, _, function, arguments = heappop(self._timers)
            function(*arguments)
        self.now_us = max(self.now_us, at_us)

    def run_out(self, most: int = 100_000) -> None:
        """Let time pass until no timer is left; fails when they never end."""
        for _ in range(most):
            due_us = self.next_timer_us()
            if due_us is None:
                return
            self.advance_to(due_us)
        raise AssertionError(f"still not quiet after {most} timers")


class ScriptedPort(Port):
    """A port whose other end is a list of (bytes that must be written, bytes that come back).

    None instead of a reply is silence, an exception is raised by the write. Every read that gets too little takes its whole
    timeout. `finished` is True when nothing of the script is left and nothing was received unread.
    """

    def __init__(
        self,
        script: Sequence[tuple[bytes, bytes | Exception | None]] = (),
        clock: FakeClock | None = None,
        *,
        name: str = "port",
        baudrate: int = 19200,
        received: bytes = b"",
    ) -> None:
        self.fake_clock = clock if clock is not None else FakeClock()
        super().__init__("scripted://", self.fake_clock, name=name, baudrate=baudrate, arming=UNGUARDED)
        self.script = deque(script)
        self.received = bytearray(received)
        self.written: list[bytes] = []

    @property
    def finished(self) -> bool:
        return not self.script and not self.received

    def write(self, data: bytes, moves: bool = False) -> None:
        assert self.script, f"nothing more was expected, but {data.hex(' ')} was written"
        expected, reply = self.script.popleft()
        assert data == expected, f"expected {expected.hex(' ')}, but {data.hex(' ')} was written"
        self.written.append(data)
        if isinstance(reply, Exception):
            raise reply
        self.received += reply or b""

    def read(self, size: int, timeout_s: float) -> bytes:
        if len(self.received) < size:
            self.fake_clock.advance_to(self.fake_clock.now_us + round(timeout_s * US_PER_S))
        data = bytes(self.received[:size])
        del self.received[:size]
        return data

    def waiting(self) -> int:
        return len(self.received)

    def close(self) -> None:
        """Nothing to give back."""


class Notes:
    """The simplest journal: a list."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, event: Event) -> None:
        self.events.append(event)

    def next_seq(self) -> int:
        return len(self.events)

    @property
    def kinds(self) -> list[str]:
        """The kinds of all events, in order."""
        return [event.kind for event in self.events]


def recorder(clock: FakeClock) -> tuple[Recorder, Notes]:
    """A recorder for a driver under test, and the list it writes to."""
    notes = Notes()
    return Recorder(notes, clock), notes

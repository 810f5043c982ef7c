"""Two benches for drivers that ask and hear: a script of bytes on a real Port, and a driver coupled with its model in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from caixue.clock import SHANGHAI
from caixue.events import Event
from caixue.journal import Recorder
from caixue.link.port import Port
from twin.devices.base import DeviceModel
from twin.line import Line
from twin.protocol_twin import register
from twin.world import World

START = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)


class KeptJournal:
    """A journal that is a list."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, event: Event) -> None:
        self.events.append(event)

    def next_seq(self) -> int:
        return len(self.events)

    def kinds(self) -> list[str]:
        """Kinds of the events so far."""
        return [event.kind for event in self.events]


class HandClock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now_us = 0

    def now(self) -> datetime:
        return START

    def monotonic_us(self) -> int:
        return self.now_us

    def sleep(self, duration_s: float) -> None:
        self.now_us += round(duration_s * 1_000_000)

    def lock(self) -> nullcontext:
        return nullcontext()


class ScriptedLine:
    """What stands behind a Port: for each expected write, pieces of answer as (seconds from then, bytes)."""

    def __init__(self, clock: HandClock, script: list[tuple[bytes, list[tuple[float, bytes]]]]) -> None:
        self.timeout = 1.0  # as Port opens it
        self.script = list(script)
        self._clock = clock
        self._coming: list[tuple[int, int]] = []  # (time, one byte)

    def write(self, data: bytes) -> None:
        expected, pieces = self.script.pop(0)
        assert data == expected
        for after_s, piece in pieces:
            self._coming += [(self._clock.now_us + round(after_s * 1_000_000), byte) for byte in piece]

    @property
    def in_waiting(self) -> int:
        return sum(at_us <= self._clock.now_us for at_us, _ in self._coming)

    def read(self, size: int) -> bytes:
        end_us = self._clock.now_us + round(self.timeout * 1_000_000)
        taken, self._coming = self._coming[:size], self._coming[size:]
        in_time = [item for item in taken if item[0] <= end_us]
        self._coming = taken[len(in_time) :] + self._coming
        if len(in_time) < size:
            self._clock.now_us = max(self._clock.now_us, end_us)
        elif in_time:
            self._clock.now_us = max(self._clock.now_us, in_time[-1][0])
        return bytes(byte for _, byte in in_time)

    def close(self) -> None:
        """Nothing to give back."""


class Script:
    """A driver on a real Port with a script behind it."""

    def __init__(self, driver_type: type, script: list[tuple[bytes, list[tuple[float, bytes]]]], **options: Any) -> None:
        self.clock = HandClock()
        self.journal = KeptJournal()
        self.line = ScriptedLine(self.clock, script)
        port = Port("scripted", self.clock, name="bench", baudrate=driver_type.card.baudrate)
        port._serial = self.line
        self.driver = driver_type("bench", port, self.clock, Recorder(self.journal, self.clock), **options)


class Coupled:
    """A driver and a model at the two ends of a twin line, in virtual time."""

    def __init__(self, driver_type: type, model: DeviceModel) -> None:
        register()
        self.world = World(START)
        self.model = model
        self.journal = KeptJournal()
        self.line = Line(self.world, model.name, model, driver_type.card.baudrate)
        clock = self.world.clock
        self.port = Port(self.world.url(model.name), clock, name=model.name, baudrate=driver_type.card.baudrate)
        self.driver = driver_type(model.name, self.port, clock, Recorder(self.journal, clock))

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call blocking code and let time pass until it returns."""
        return self.world.kernel.run(self.world.process(self.world.call(function, *arguments)))

    def pass_time(self, duration_s: float) -> None:
        """Let time pass."""
        self.run(self.world.clock.sleep, duration_s)

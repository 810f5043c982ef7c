"""pyserial's handler for `twin://WORLD/DEVICE`: a serial port whose waits pass in virtual time.

pyserial finds it because the package `twin` is in `serial.protocol_handler_packages` (see `register`).
"""

from __future__ import annotations

from typing import Any

import serial
from serial.serialutil import PortNotOpenError, SerialException

from caixue.link.virtual import VirtualSerial
from twin.world import Task, World, whole_us


def register() -> None:
    """Teach pyserial the scheme `twin://`."""
    if __package__ not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(__package__)


class Serial(VirtualSerial):
    """One end of a twin line. A read waits for all its bytes or its deadline; one lazy timer serves every deadline."""

    def open(self) -> None:
        """Connect to the line; raises SerialException when it is down or taken."""
        world_id, _, device = self.portstr.removeprefix("twin://").partition("/")
        world = World.by_id.get(world_id)
        line = world.lines.get(device) if world is not None else None
        if world is None or line is None:
            raise SerialException(2, f"no such line: {device}")
        if line.down:
            raise SerialException(19, f"the line is down: {device}")
        if line.receive is not None:
            raise SerialException(16, f"the line is in use: {device}")
        self._world, self._line, self._kernel = world, line, world.kernel
        self._received = bytearray()
        self._reader: Task | None = None
        self._wanted = self._deadline_us = self._ticket = 0
        self._timer_us: int | None = None
        self._ear = line.receive = self._receive
        self.is_open = True

    def close(self) -> None:
        """Free the line, unless it was lost and belongs to another port by now."""
        if self.is_open:
            self.is_open = False
            if self._line.receive is self._ear:
                self._line.receive = None

    @property
    def in_waiting(self) -> int:
        self._check()
        return len(self._received)

    def write(self, data: Any) -> int:
        """Put bytes on the line at once; they travel at its baud rate."""
        self._check()
        if self._reader is not None:
            self._world.on_overlap(self._line.name)
        self._line.from_host(bytes(data))
        return len(data)

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes before the timeout."""
        self._check()
        received = self._received
        if len(received) < size and self._timeout != 0:
            self._wait(size)
        data = bytes(received[:size])
        del received[:size]
        return data

    def reset_input_buffer(self) -> None:
        self._received.clear()

    def _check(self) -> None:
        if not self.is_open:
            raise PortNotOpenError()
        if self._line.receive is not self._ear:
            raise SerialException("the device is disconnected")

    def _wait(self, size: int) -> None:
        task = self._world.current_task()
        if self._reader is not None:
            self._world.on_overlap(self._line.name)
            self._kernel.at(self._kernel._now, self._world.wake, self._reader, self._ticket, None)
        if self._timeout is not None:
            self._deadline_us = deadline_us = self._kernel._now + whole_us(self._timeout)
            if self._timer_us is None or self._timer_us > deadline_us:
                self._arm(deadline_us)
        task.ticket += 1
        self._reader, self._wanted, self._ticket = task, size, task.ticket
        try:
            task.parent.switch()
        finally:
            if self._reader is task:
                self._reader = None
        self._check()

    def _arm(self, at_us: int) -> None:
        self._timer_us = at_us
        self._kernel.at(at_us, self._tick, at_us)

    def _tick(self, at_us: int) -> None:
        if self._timer_us != at_us:
            return
        self._timer_us = None
        reader = self._reader
        if reader is None or self._timeout is None:
            return
        if self._deadline_us <= at_us:
            self._reader = None
            self._world.wake(reader, self._ticket, None)
        else:
            self._arm(self._deadline_us)

    def _receive(self, data: bytes) -> None:
        self._received += data
        reader = self._reader
        if reader is not None and (len(self._received) >= self._wanted or not data):
            self._reader = None
            self._world.wake(reader, self._ticket, None)

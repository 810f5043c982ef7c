"""One wire between a port and a device model: baud rate, direction by direction, and the link faults on it."""

from __future__ import annotations

from collections.abc import Callable

from twin.devices.base import DeviceModel
from twin.world import World

# One link fault on one direction: takes the bytes of one write, gives (extra delay in us, bytes) pieces.
Disturbance = Callable[[bytes], list[tuple[int, bytes]]]


class Line:
    """A duplex wire. Bytes arrive whole at the end of their last character, in integer microseconds."""

    def __init__(self, world: World, name: str, model: DeviceModel, baudrate: int) -> None:
        self.name = name
        self.model = model
        self.character_us = -(-10_000_000 // baudrate)
        self.receive: Callable[[bytes], None] | None = None  # the open port
        self.down = False
        self.to_device: list[Disturbance] = []
        self.to_host: list[Disturbance] = []
        self._kernel = world.kernel
        self._to_device_free_us = 0
        self._to_host_free_us = 0
        model.send = self.from_device
        model.call_later = self._call_later
        world.lines[name] = self

    def from_host(self, data: bytes) -> None:
        """Bytes that the port writes."""
        kernel = self._kernel
        start_us = max(kernel._now, self._to_device_free_us)
        self._to_device_free_us = end_us = start_us + len(data) * self.character_us
        if not self.to_device:
            kernel.at(end_us, self._feed, data)
            return
        for extra_us, piece in _disturb(self.to_device, data):
            kernel.at(end_us + extra_us, self._feed, piece)

    def from_device(self, data: bytes, after_us: int = 0) -> None:
        """Bytes that the model sends, the first of them `after_us` from now."""
        kernel = self._kernel
        start_us = max(kernel._now + after_us, self._to_host_free_us)
        self._to_host_free_us = end_us = start_us + len(data) * self.character_us
        if not self.to_host:
            kernel.at(end_us, self._deliver, data)
            return
        for extra_us, piece in _disturb(self.to_host, data):
            kernel.at(end_us + extra_us, self._deliver, piece)

    def drop(self) -> None:
        """The cable comes out: the open port is lost, and who waits on it learns it in this instant."""
        self.down = True
        port, self.receive = self.receive, None
        if port is not None:
            self._kernel.at(self._kernel._now, port, b"")

    def restore(self) -> None:
        """The cable is back; the port must be opened again."""
        self.down = False

    def _feed(self, data: bytes) -> None:
        if not self.down and self.model.powered:
            self.model.feed(data)

    def _deliver(self, data: bytes) -> None:
        if not self.down and self.receive is not None:
            self.receive(data)

    def _call_later(self, after_us: int, function: Callable[..., object], *arguments: object) -> None:
        self._kernel.at(self._kernel._now + after_us, function, *arguments)


def _disturb(disturbances: list[Disturbance], data: bytes) -> list[tuple[int, bytes]]:
    pieces = [(0, data)]
    for disturb in disturbances:
        pieces = [(delay + extra, out) for delay, piece in pieces for extra, out in disturb(piece) if out]
    return pieces

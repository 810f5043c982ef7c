"""One wire between a port and a device model: baud rate, direction by direction, and the link faults on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

# One link fault on one direction: takes the bytes of one write, gives (extra delay in us, bytes) pieces.
Disturbance = Callable[[bytes], list[tuple[int, bytes]]]
TO_HOST, TO_DEVICE = "to-host", "to-device"


class Timeline(Protocol):
    """Where a line's time comes from, in integer microseconds: the kernel of a virtual world, or an event loop in real time."""

    @property
    def now_us(self) -> int:
        """Microseconds since the start; within a function called by `at`, the time for which it was asked."""

    def at(self, at_us: int, function: Callable[..., object], *arguments: object) -> None:
        """Call `function` at `at_us`; those of one instant in the order in which they came."""


class Timed(Protocol):
    """A world that has time."""

    @property
    def kernel(self) -> Timeline:
        """Its time."""


class Wired(Timed, Protocol):
    """A world that has lines."""

    @property
    def lines(self) -> dict[str, Line]:
        """Its lines, by name."""


class Device(Protocol):
    """What stands at the device's end of a line: a model, or whoever passes bytes on to one."""

    powered: bool
    send: Callable[..., None]
    call_later: Callable[..., None]

    def feed(self, data: bytes) -> None:
        """Take bytes from the host."""


class Line:
    """A duplex wire. Bytes arrive whole at the end of their last character, in integer microseconds, and never overtake one another.

    A baud rate of 0 is a network: bytes take no time of their own.
    """

    def __init__(self, world: Wired, name: str, model: Device, baudrate: int) -> None:
        self.name = name
        self.model = model
        self.character_us = character_us(baudrate)
        self.receive: Callable[[bytes], None] | None = None  # the open port
        self.down = False
        self.to_device: list[Disturbance] = []
        self.to_host: list[Disturbance] = []
        self._kernel = world.kernel
        self._to_device_free_us = 0
        self._to_host_free_us = 0
        self._to_device_last_us = 0  # when the last disturbed bytes arrive: no later ones overtake them
        self._to_host_last_us = 0
        self._drops = 0
        self._keep_us: dict[str, int] = {}  # direction → how long its receiving end keeps what arrives next
        self._kept: dict[str, bytearray] = {}
        model.send = self.from_device
        model.call_later = self._call_later
        world.lines[name] = self

    def from_host(self, data: bytes) -> None:
        """Bytes that the port writes."""
        kernel = self._kernel
        start_us = max(kernel.now_us, self._to_device_free_us)
        self._to_device_free_us = end_us = start_us + len(data) * self.character_us
        if not self.to_device:
            kernel.at(max(end_us, self._to_device_last_us), self._feed, data)
            return
        for extra_us, piece in _disturb(self.to_device, data):
            self._to_device_last_us = max(end_us + extra_us, self._to_device_last_us)
            kernel.at(self._to_device_last_us, self._late, self._drops, self._feed, piece)

    def from_device(self, data: bytes, after_us: int = 0) -> None:
        """Bytes that the model sends, the first of them `after_us` from now."""
        kernel = self._kernel
        start_us = max(kernel.now_us + after_us, self._to_host_free_us)
        self._to_host_free_us = end_us = start_us + len(data) * self.character_us
        if not self.to_host:
            kernel.at(max(end_us, self._to_host_last_us), self._deliver, data)
            return
        for extra_us, piece in _disturb(self.to_host, data):
            self._to_host_last_us = max(end_us + extra_us, self._to_host_last_us)
            kernel.at(self._to_host_last_us, self._late, self._drops, self._deliver, piece)

    @property
    def now_us(self) -> int:
        """The time on this line."""
        return self._kernel.now_us

    def arrival_us(self, direction: str) -> int:
        """When the last byte sent so far in `direction` arrives, faults aside."""
        return self._to_host_free_us if direction == TO_HOST else self._to_device_free_us

    def call_later(self, after_us: int, function: Callable[..., object], *arguments: object) -> None:
        """Call `function` `after_us` from now."""
        self._call_later(after_us, function, *arguments)

    def keep(self, direction: str, within_us: int) -> None:
        """The receiving end keeps what arrives next for `within_us`, and hands it on in one piece with all that came meanwhile."""
        self._keep_us[direction] = within_us

    def drop(self) -> None:
        """The cable comes out: the open port is lost, and who waits on it learns it in this instant."""
        self.down = True
        self._drops += 1
        self._to_device_last_us = self._to_host_last_us = 0
        self._kept.clear()
        port, self.receive = self.receive, None
        if port is not None:
            self._kernel.at(self._kernel.now_us, port, b"")

    def restore(self) -> None:
        """The cable is back; the port must be opened again."""
        self.down = False

    def _feed(self, data: bytes) -> None:
        if (self._keep_us or self._kept) and self._keeps(TO_DEVICE, data):
            return
        if not self.down and self.model.powered:
            self.model.feed(data)

    def _deliver(self, data: bytes) -> None:
        if (self._keep_us or self._kept) and self._keeps(TO_HOST, data):
            return
        if self.receive is not None:
            self.receive(data)

    def _late(self, drops: int, arrive: Callable[[bytes], None], data: bytes) -> None:
        """Bytes that were disturbed arrive, unless their connection has gone meanwhile."""
        if drops == self._drops:
            arrive(data)

    def _keeps(self, direction: str, data: bytes) -> bool:
        within_us = self._keep_us.pop(direction, 0)
        if direction in self._kept:
            self._kept[direction] += data
            return True
        if within_us:
            self._kept[direction] = bytearray(data)
            self._call_later(within_us, self._hand_on, direction)
        return bool(within_us)

    def _hand_on(self, direction: str) -> None:
        data, after_them_us = bytes(self._kept.pop(direction, b"")), self._keep_us.pop(direction, 0)
        if data:
            (self._deliver if direction == TO_HOST else self._feed)(data)
        if after_them_us:
            self._keep_us[direction] = after_them_us

    def _call_later(self, after_us: int, function: Callable[..., object], *arguments: object) -> None:
        self._kernel.at(self._kernel.now_us + after_us, function, *arguments)


def character_us(baudrate: int) -> int:
    """How long a character of ten bits takes, rounded up; 0 on a network, which has no baud rate."""
    return -(-10_000_000 // baudrate) if baudrate else 0


def _disturb(disturbances: list[Disturbance], data: bytes) -> list[tuple[int, bytes]]:
    pieces = [(0, data)]
    for disturb in disturbances:
        pieces = [(delay + extra, out) for delay, piece in pieces for extra, out in disturb(piece) if out]
    return pieces

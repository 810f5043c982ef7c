"""What the ends that clients hold have in common: read without ever having much in hand, and write without ever waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from twin.line import TO_DEVICE
from twin.live.hub import Hub

# How much one client may ask of a device: assumed, docs/assumptions.md A-70.
BLOCK = 256  # bytes taken from one client at a time
AHEAD_US = 100_000  # how much a client may have on the wire before no more is taken from it
NETWORK_US = 10  # a byte from the network counts as much time when clients flood: 100 kB/s each, so that none starves the others


class ClientEnd:
    """One client's end of a line to a device; subclasses read and write one kind of descriptor."""

    powered = True  # it stands where a device would; the hub asks the model itself
    send: Callable[..., None]
    call_later: Callable[..., None]

    def __init__(self, loop: asyncio.AbstractEventLoop, hub: Hub, baudrate: int) -> None:
        self._loop = loop
        self.hub = hub
        self.line = hub.join(self, baudrate)
        self.line.receive = self._write
        self.open = True

    def feed(self, data: bytes) -> None:
        """Bytes of the client have passed the line."""
        self.hub.feed(self, data)

    def answer(self, data: bytes, after_us: int) -> None:
        """Bytes of the device to this client."""
        self.line.from_device(data, after_us)

    def cut(self) -> None:
        """The cable comes out."""

    def plug_in(self) -> None:
        """The cable is back."""
        self.line.receive = self._write

    def _listen(self) -> None:
        if self.open:
            self._loop.add_reader(self._fileno(), self._readable)

    def _readable(self) -> None:
        try:
            data = self._read()
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        now_us = self.hub.now_us
        self.line.from_host(data)
        busy_us = max(self.line.arrival_us(TO_DEVICE), now_us + len(data) * NETWORK_US)
        if len(data) == BLOCK or busy_us > now_us + AHEAD_US:
            self._loop.remove_reader(self._fileno())
            self.hub.kernel.at(busy_us, self._listen)

    def _fileno(self) -> int:
        raise NotImplementedError

    def _read(self) -> bytes:
        raise NotImplementedError

    def _write(self, data: bytes) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Give everything back."""
        raise NotImplementedError

"""The port seam: one pyserial URL, opened late, reopened after a loss, used by one caller at a time."""

from __future__ import annotations

from collections.abc import Callable

import serial

from caixue.clock import Clock
from caixue.errors import LinkLost, UsageError

# name of the port, ">" to the device or "<" from it, the bytes
Tap = Callable[[str, str, bytes], None]


class Port:
    """A byte stream to one device; the only owner of its file descriptor.

    Take `lock` around every exchange (`with port.lock: …`): two users of one port would read each other's replies.
    Reads return what came before the timeout, possibly nothing; a vanished port raises LinkLost, and the next
    call opens it again.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        name: str,
        baudrate: int = 9600,
        timeout_s: float = 1.0,
        tap: Tap | None = None,
    ) -> None:
        self.url = url
        self.clock = clock
        self.name = name
        self.baudrate = baudrate
        self.lock = clock.lock()
        self.tap = tap
        self._timeout_s = timeout_s
        self._serial: serial.SerialBase | None = None

    @property
    def character_s(self) -> float:
        """Seconds one character takes on the wire (start, eight data and stop bits)."""
        return 10 / self.baudrate

    def write(self, data: bytes) -> None:
        """Send `data`; raises LinkLost when the port cannot be opened or has gone."""
        line = self._serial or self._open()
        if self.tap is not None:
            self.tap(self.name, ">", data)
        try:
            line.write(data)
        except OSError as error:
            raise self._lost(error) from None

    def read(self, size: int, timeout_s: float) -> bytes:
        """Up to `size` bytes, waiting at most `timeout_s` for the last of them."""
        line = self._serial or self._open()
        try:
            if timeout_s != self._timeout_s:
                line.timeout = self._timeout_s = timeout_s
            data: bytes = line.read(size)
        except OSError as error:
            raise self._lost(error) from None
        if data and self.tap is not None:
            self.tap(self.name, "<", data)
        return data

    def waiting(self) -> int:
        """How many received bytes can be read without waiting."""
        line = self._serial or self._open()
        try:
            return int(line.in_waiting)
        except OSError as error:
            raise self._lost(error) from None

    def read_some(self, timeout_s: float) -> bytes:
        """Whatever has come, waiting at most `timeout_s` for the first byte."""
        first = self.read(1, timeout_s)
        more = self.waiting() if first else 0
        return first + self.read(more, timeout_s) if more else first

    def discard(self) -> None:
        """Throw away what has been received and not read."""
        while count := self.waiting():  # `socket://` never counts more than one
            self.read(count, self._timeout_s)

    def close(self) -> None:
        """Give the file descriptor back; a later call opens the port again."""
        line, self._serial = self._serial, None
        if line is not None:
            line.close()

    def _open(self) -> serial.SerialBase:
        try:
            self._serial = serial.serial_for_url(self.url, baudrate=self.baudrate, timeout=self._timeout_s)
        except ValueError as error:
            raise UsageError(f"{self.name}: the URL {self.url!r} cannot be used: {error}") from None
        except OSError as error:
            raise LinkLost(f"cannot open the port: {error}", device=self.name) from None
        return self._serial

    def _lost(self, error: OSError) -> LinkLost:
        self.close()
        return LinkLost(f"the port has gone: {error}", device=self.name)

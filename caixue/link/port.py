"""The port seam: one pyserial URL, opened late, reopened after a loss, used by one caller at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import serial

from caixue.clock import Clock
from caixue.errors import LinkLost, UsageError
from caixue.link.arming import DISARMED, Guard, can_move

# name of the port, ">" to the device or "<" from it, the bytes
Tap = Callable[[str, str, bytes], None]

serial.protocol_handler_packages.append("caixue.link")  # replay:// is there


@dataclass(slots=True)
class SharedLine:
    """What all ports on one line share; whoever holds their lock may change it."""

    timeout_s: float
    serial: serial.SerialBase | None = None
    quiet_until_us: int = 0  # a reply that nobody waits for any more may come until then; 0: none can
    transaction: int = 0  # the last Modbus TCP transaction


class Port:
    """A byte stream to one device; the only owner of its file descriptor, with those that stand `beside` it.

    Take `lock` around every exchange (`with port.lock: …`): two users of one port would read each other's replies.
    Reads return what came before the timeout, possibly nothing; a vanished port raises LinkLost, and the next
    call opens it again. Devices of one line (RS-485 multidrop, units behind one gateway) have ports beside one another:
    one lock, one file descriptor, and a name and a tap for each.
    `arming` is asked before anything that moves or prints leaves for a real device; without one nothing of the kind leaves.
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
        beside: Port | None = None,
        arming: Guard | None = None,
    ) -> None:
        self._url = url
        self.clock = clock
        self.name = name
        self.baudrate = baudrate
        self.lock: AbstractContextManager[object] = clock.lock() if beside is None else beside.lock
        self.tap = tap
        self.line: SharedLine = SharedLine(timeout_s) if beside is None else beside.line
        real = can_move(url) or (beside is not None and can_move(beside.url))
        self._guard = (arming or DISARMED) if real else None

    @property
    def url(self) -> str:
        """Where the port leads; fixed, because it decides whether arming is needed."""
        return self._url

    @property
    def character_s(self) -> float:
        """Seconds one character takes on the wire (start, eight data and stop bits)."""
        return 10 / self.baudrate

    def require_armed(self, data: bytes) -> None:
        """Raise NotArmed unless `data`, which moves or prints, may leave now; for what must be settled before `write`, which asks again."""
        if self._guard is not None:
            self._guard.check(self.name, data)

    def write(self, data: bytes, moves: bool = False) -> None:
        """Send `data`. `moves`: a device moves, prints, beeps or changes its settings for it, now or when the rest has come.

        Raises LinkLost when the port cannot be opened or has gone, and NotArmed, with nothing sent, for what moves on a
        real port that is not armed.
        """
        if moves and self._guard is not None:
            self._guard.check(self.name, data)
        line = self.line.serial or self._open()
        if self.tap is not None:
            self.tap(self.name, ">", data)
        try:
            line.write(data)
        except OSError as error:
            raise self._lost(error) from None

    def read(self, size: int, timeout_s: float) -> bytes:
        """Up to `size` bytes, waiting at most `timeout_s` for the last of them."""
        line = self.line.serial or self._open()
        try:
            if timeout_s != self.line.timeout_s:
                line.timeout = self.line.timeout_s = timeout_s
            data: bytes = line.read(size)
        except OSError as error:
            raise self._lost(error) from None
        if data and self.tap is not None:
            self.tap(self.name, "<", data)
        return data

    def waiting(self) -> int:
        """How many received bytes can be read without waiting."""
        line = self.line.serial or self._open()
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
            self.read(count, self.line.timeout_s)

    def close(self) -> None:
        """Give the file descriptor back; a later call opens the port again."""
        line, self.line.serial = self.line.serial, None
        if line is not None:
            line.close()

    def _open(self) -> serial.SerialBase:
        try:
            opened = serial.serial_for_url(self._url, baudrate=self.baudrate, timeout=self.line.timeout_s, exclusive=True)
        except ValueError as error:
            raise UsageError(f"{self.name}: the URL {self.url!r} cannot be used: {error}") from None
        except OSError as error:
            raise LinkLost(f"cannot open the port: {error}", device=self.name) from None
        self.line.serial = opened
        return opened

    def _lost(self, error: OSError) -> LinkLost:
        self.close()
        return LinkLost(f"the port has gone: {error}", device=self.name)

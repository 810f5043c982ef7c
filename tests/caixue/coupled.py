"""A driver and a device model joined by a short wire in one thread: real bytes both ways, time moved by whoever waits."""

from __future__ import annotations

from caixue.clock import US_PER_S
from caixue.link.arming import UNGUARDED, Guard
from caixue.link.port import Port
from tests.caixue.scripted import FakeClock
from twin.devices.base import DeviceModel


class LoopPort(Port):
    """A port whose other end is `model`, connected at `baudrate`.

    Bytes arrive at the end of their last character, in whole pieces, or one by one with `piecewise`. A read lets time pass,
    timer by timer, until it has its bytes or its timeout is over. `replies` keeps all that the model sent, with its time.
    """

    def __init__(self, model: DeviceModel, clock: FakeClock, *, baudrate: int | None = None, piecewise: bool = False, arming: Guard = UNGUARDED) -> None:
        super().__init__("loop://", clock, name=model.name, baudrate=baudrate or model.card.baudrate, arming=arming)
        self.fake_clock = clock
        self.model = model
        self.piecewise = piecewise
        self.received = bytearray()
        self.written: list[bytes] = []
        self.moving: list[bytes] = []  # those of the written that move or print
        self.replies: list[tuple[int, bytes]] = []
        self._character_us = -(-10 * US_PER_S // self.baudrate)
        self._to_device_free_us = self._to_host_free_us = 0
        model.send = self._from_device
        model.call_later = clock.call_later

    def write(self, data: bytes, moves: bool = False) -> None:
        if moves:
            self.require_armed(data)
            self.moving.append(data)
        self.written.append(data)
        for piece in (data[at : at + 1] for at in range(len(data))) if self.piecewise else (data,):
            now_us = self.fake_clock.now_us
            self._to_device_free_us = max(now_us, self._to_device_free_us) + len(piece) * self._character_us
            self.fake_clock.call_later(self._to_device_free_us - now_us, self._to_device, piece)

    def read(self, size: int, timeout_s: float) -> bytes:
        clock = self.fake_clock
        deadline_us = clock.now_us + max(1, round(timeout_s * US_PER_S))
        while len(self.received) < size and clock.now_us < deadline_us:
            due_us = clock.next_timer_us()
            clock.advance_to(deadline_us if due_us is None else min(due_us, deadline_us))
        data = bytes(self.received[:size])
        del self.received[:size]
        return data

    def waiting(self) -> int:
        return len(self.received)

    def close(self) -> None:
        """Nothing to give back."""

    def _to_device(self, data: bytes) -> None:
        if self.model.powered:
            self.model.feed(data)

    def _from_device(self, data: bytes, after_us: int = 0) -> None:
        now_us = self.fake_clock.now_us
        self._to_host_free_us = max(now_us + after_us, self._to_host_free_us) + len(data) * self._character_us
        self.fake_clock.call_later(self._to_host_free_us - now_us, self._to_host, data)

    def _to_host(self, data: bytes) -> None:
        self.replies.append((self.fake_clock.now_us, data))
        self.received += data

"""Replay: a recording as the other end of a port, byte by byte, without waiting unless told to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from math import ceil
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote
from weakref import WeakValueDictionary

from caixue.clock import US_PER_S, FairLock
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.link.recording import Header, Recorded, Transfer, read_traffic
from caixue.wire.explain import Names, explainer

_MOST_SHOWN = 32  # bytes of a request in a message


class NotRecorded(UsageError):
    """The recording does not hold what was written to the replayed port, or not at this place."""


class ReplayClock:
    """The Clock of a replay: sleeping costs nothing, and time passes only by sleeping. For one thread."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._now_us = 0

    def now(self) -> datetime:
        return self._start + timedelta(microseconds=self._now_us)

    def monotonic_us(self) -> int:
        return self._now_us

    def sleep(self, duration_s: float) -> None:
        self._now_us += max(1, ceil(duration_s * US_PER_S - 0.001))  # a nanosecond is the float's own error

    def lock(self) -> FairLock:
        return FairLock()


class Replay:
    """A recording whose devices share one clock: hand `clock` and `url(device)` to drivers.

    Times are then those of the recording, late replies come late, and no second of wall time is spent waiting.
    Strict unless `any_order`: see `Tape`. The URLs are good as long as this object lives.
    """

    _numbers = count(1)
    by_id: ClassVar[WeakValueDictionary[str, Replay]] = WeakValueDictionary()

    def __init__(self, path: str | Path, *, any_order: bool = False) -> None:
        self.path = Path(path)
        self.header, self.transfers = read_traffic(path)
        self.clock = ReplayClock(self.header.start)
        self.any_order = any_order
        self._tapes: dict[str, Tape] = {}
        self.id = f"r{next(Replay._numbers)}"
        Replay.by_id[self.id] = self

    def url(self, device: str) -> str:
        """The URL of one device's port; raises UsageError when the recording has no such device."""
        self.header.device(device)
        return f"replay://{self.path}?device={quote(device)}&replay={self.id}"

    def close(self) -> None:
        """The URLs are good no longer."""
        Replay.by_id.pop(self.id, None)

    def tape(self, device: str) -> Tape:
        """The device's tape; it runs on when its port is closed and opened again."""
        if device not in self._tapes:
            self._tapes[device] = Tape(self.header, self.transfers, device, any_order=self.any_order)
        return self._tapes[device]


@dataclass(slots=True)
class _Turn:
    """What was written in one go, and what was read after it."""

    at_us: int
    request: bytes
    replies: list[tuple[int, bytes]]  # microseconds after the request


class Tape:
    """One device's traffic as its other end would act: requests go in, the recorded replies come out with their delays.

    Strict: the bytes written must be the recorded ones, in any chunking; raises NotRecorded at the first other byte.
    In any order: a request may come at any time and as often as one likes; it gets the reply of its next recording.
    What was recorded before the first request comes at its own time, as a device that speaks unasked would.
    """

    def __init__(self, header: Header, transfers: Iterable[Transfer], device: str, *, any_order: bool = False) -> None:
        self._device = header.device(device)
        self._turns: list[_Turn] = _turns(transfers, device)
        self._any_order = any_order
        self._next = 1  # the turn whose request is awaited; turn 0 is what came unasked
        self._partial = b""

    @property
    def unasked(self) -> Sequence[tuple[int, bytes]]:
        """What the device said before anybody asked, with its times."""
        return self._turns[0].replies

    @property
    def finished(self) -> bool:
        """Whether every recorded request has come."""
        return self._next >= len(self._turns)

    def write(self, data: bytes) -> list[tuple[int, bytes]] | None:
        """Take bytes; gives (delay in microseconds, bytes) of the replies once a request is complete, None before."""
        self._partial += data
        return self._any() if self._any_order else self._in_order()

    def _in_order(self) -> list[tuple[int, bytes]] | None:
        replies: list[tuple[int, bytes]] | None = None
        while self._partial:
            if self.finished:
                raise self._unexpected(b"")
            turn = self._turns[self._next]
            if len(self._partial) < len(turn.request) and turn.request.startswith(self._partial):
                return replies
            if not self._partial.startswith(turn.request):
                raise self._unexpected(turn.request)
            self._partial = self._partial[len(turn.request) :]
            self._next += 1
            replies = [*(replies or []), *turn.replies]
        return replies

    def _any(self) -> list[tuple[int, bytes]] | None:
        order: list[int] = [*range(self._next, len(self._turns)), *range(1, min(self._next, len(self._turns)))]
        for index in order:
            if self._turns[index].request == self._partial:
                self._partial = b""
                self._next = index + 1
                return self._turns[index].replies
        if not any(self._turns[index].request.startswith(self._partial) for index in order):
            raise self._unexpected(self._turns[order[0]].request if order else b"")
        return None

    def _unexpected(self, expected: bytes) -> NotRecorded:
        got, self._partial = self._partial, b""
        wanted = self._words(expected) if expected else tr("记录到此为止", "the recording ends here")
        at = next((at for at, (one, other) in enumerate(zip(expected, got, strict=False)) if one != other), min(len(expected), len(got)))
        place = tr(f"第 {self._next} 个请求，从第 {at + 1} 个字节起不同", f"request {self._next}, different from byte {at + 1} on")
        lines = [f"{self._device.name}: {place}", tr("  应为 ", "  expected ") + wanted, tr("  实为 ", "  got ") + self._words(got)]
        return NotRecorded("\n".join(lines))

    def _words(self, data: bytes) -> str:
        """Hex and meaning; the hex of printed text is left out, since it may be somebody's name."""
        device: Recorded = self._device
        said = explainer(device.protocol, Names(), framing=device.framing)(">", data)
        words = "; ".join(one.text for one in said)
        if any(one.private for one in said) and device.protocol:
            return tr(f"{len(data)} 字节：{words}", f"{len(data)} bytes: {words}")
        more = " …" if len(data) > _MOST_SHOWN else ""
        return f"{data[:_MOST_SHOWN].hex(' ')}{more} ({words})"


def _turns(transfers: Iterable[Transfer], device: str) -> list[_Turn]:
    """The transfers of one device, request by request; the first turn is what came before any request."""
    turns = [_Turn(0, b"", [])]
    for transfer in transfers:
        if transfer.device != device or not transfer.data:
            continue
        if transfer.direction == ">":
            turns.append(_Turn(transfer.at_us, transfer.data, []))
        else:
            turns[-1].replies.append((max(0, transfer.at_us - turns[-1].at_us), transfer.data))
    return turns


class Incoming:
    """Bytes on their way from a replayed device: each comes at its time."""

    def __init__(self) -> None:
        self._coming: deque[tuple[int, bytes]] = deque()

    def replace(self, pieces: Iterable[tuple[int, bytes]], now_us: int) -> None:
        """A new request: forget what was not read before, as the recorded reader did, and expect these."""
        self._coming = deque((now_us + delay_us, data) for delay_us, data in pieces)

    def count(self, now_us: int) -> int:
        """How many bytes have come."""
        return sum(len(data) for at_us, data in self._coming if at_us <= now_us)

    def due_us(self, size: int) -> int | None:
        """When `size` bytes will have come; None when so many never will."""
        total = 0
        for at_us, data in self._coming:
            total += len(data)
            if total >= size:
                return at_us
        return None

    def take(self, size: int, now_us: int) -> bytes:
        """Up to `size` of the bytes that have come."""
        taken = b""
        while self._coming and self._coming[0][0] <= now_us and len(taken) < size:
            at_us, data = self._coming.popleft()
            wanted = size - len(taken)
            taken += data[:wanted]
            if data[wanted:]:
                self._coming.appendleft((at_us, data[wanted:]))
        return taken

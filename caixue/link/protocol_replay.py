"""pyserial's handler for `replay://FILE?device=NAME`: a port that answers as the recorded device did.

`&match=any` takes requests in any order and number; `&pace=recorded` also takes the recorded time to answer. Without it
nothing waits: a reply is there at once, and a read for which none was recorded in its timeout comes back empty at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any
from urllib.parse import parse_qs

from serial.serialutil import PortNotOpenError

from caixue.clock import US_PER_S, Clock, SystemClock
from caixue.errors import UsageError
from caixue.link.recording import read_traffic
from caixue.link.replaying import Incoming, Replay, ReplayClock, Tape
from caixue.link.virtual import VirtualSerial

SCHEME = "replay://"
_OPTIONS = {"device", "match", "pace", "replay"}


class Serial(VirtualSerial):
    """The host's end of a replayed line."""

    def open(self) -> None:
        """Load the recording; raises UsageError for a bad URL, an unknown device or a damaged file."""
        path, _, query = self.portstr.removeprefix(SCHEME).rpartition("?")
        options = {key: values[-1] for key, values in parse_qs(query).items()}
        if not path or "device" not in options or options.keys() - _OPTIONS:
            raise UsageError(f"write {SCHEME}FILE?device=NAME, then &match=any or &pace=recorded; not {self.portstr}")
        self._clock, self._tape = _running(options) or _fresh(path, options)
        self._incoming = Incoming()
        self._incoming.replace(self._tape.unasked, self._clock.monotonic_us())
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    @property
    def in_waiting(self) -> int:
        self._check()
        return self._incoming.count(self._clock.monotonic_us())

    def write(self, data: Any) -> int:
        """Take bytes; raises NotRecorded for those that the recording does not have."""
        self._check()
        replies = self._tape.write(bytes(data))
        if replies is not None:
            self._incoming.replace(replies, self._clock.monotonic_us())
        return len(data)

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes, as many as were recorded within the timeout."""
        self._check()
        now_us = self._clock.monotonic_us()
        deadline_us = None if self._timeout is None else now_us + ceil(self._timeout * US_PER_S - 0.001)
        due_us = self._incoming.due_us(size)
        until_us = min((at_us for at_us in (due_us, deadline_us) if at_us is not None), default=now_us)
        if until_us > now_us:
            self._clock.sleep((until_us - now_us) / US_PER_S)
        return self._incoming.take(size, max(until_us, self._clock.monotonic_us()))

    def reset_input_buffer(self) -> None:
        self._incoming.take(self.in_waiting, self._clock.monotonic_us())

    def _check(self) -> None:
        if not self.is_open:
            raise PortNotOpenError()


def _running(options: Mapping[str, str]) -> tuple[Clock, Tape] | None:
    """Clock and tape of a `Replay` that is going on."""
    replay = Replay.by_id.get(options.get("replay", ""))
    return (replay.clock, replay.tape(options["device"])) if replay is not None else None


def _fresh(path: str, options: Mapping[str, str]) -> tuple[Clock, Tape]:
    header, transfers = read_traffic(path)
    clock = SystemClock() if options.get("pace") == "recorded" else ReplayClock(header.start)
    return clock, Tape(header, transfers, options["device"], any_order=options.get("match") == "any")

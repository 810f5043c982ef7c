"""One client's Modbus bytes on a network, cut into whole requests: RTU, or with the header of Modbus TCP."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from caixue.wire.mbap import HEADER, LONGEST_BODY, body_size, tcp_reply
from caixue.wire.modbus import Reply, parse_request, reply_frame, request_size

Framed = Callable[[Reply], bytes]


class Frames:
    """Takes the bytes of one connection and gives whole requests: unit, function and data, and how to frame the reply.

    Half a frame of one client so never meets the bytes of another. Which framing a client speaks is seen from its first frame.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._tcp: bool | None = None

    @property
    def unfinished(self) -> int:
        """Bytes of a frame that has begun and not ended."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self._buffer += data

    def forget(self) -> None:
        """Drop an RTU frame that was not finished; one with a header keeps waiting, as its length is known."""
        if not self._tcp:
            self._buffer = b""

    def take(self) -> tuple[bytes, Framed] | None:
        """The next whole request; None until there is one."""
        at, found = 0, None
        while found is None and at < len(self._buffer):
            found, used = self._first(self._buffer[at : at + HEADER + LONGEST_BODY])
            if not used:
                break
            at += used
        self._buffer = self._buffer[at:]
        return found

    def _first(self, start: bytes) -> tuple[tuple[bytes, Framed] | None, int]:
        """The request at the start and its size; None and how many bytes are no frame, 0 while more must come."""
        rtu, tcp = self._rtu_size(start), self._tcp_size(start)
        if rtu and len(start) >= rtu and parse_request(start[:rtu]) is not None:
            self._tcp = False
            return (start[: rtu - 2], reply_frame), rtu
        if tcp and len(start) >= tcp:
            self._tcp = True
            return (start[HEADER:tcp], partial(tcp_reply, transaction=int.from_bytes(start[:2], "big"))), tcp
        more = any(size == 0 or (size is not None and size > len(start)) for size in (rtu, tcp))
        return None, 0 if more else 1

    def _rtu_size(self, start: bytes) -> int | None:
        return None if self._tcp else request_size(start)

    def _tcp_size(self, start: bytes) -> int | None:
        """The size of a frame with a header; 0 while it cannot be known, None when this is none."""
        if self._tcp is False:
            return None
        if len(start) < HEADER:
            return 0 if start[2:4] == b"\0\0"[: len(start[2:4])] else None
        size = body_size(start[:HEADER])
        return None if size is None else HEADER + size

"""Tracing: taps that see every byte that passes a port."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from caixue.link.port import Tap

_BLOCK = 4096


def both(first: Tap | None, second: Tap) -> Tap:
    """One tap that tells two, in this order."""
    if first is None:
        return second

    def tap(port: str, direction: str, data: bytes) -> None:
        first(port, direction, data)
        second(port, direction, data)

    return tap


class TraceHash:
    """A SHA-256 over time, port, direction and bytes of every transfer, and over any text added beside it.

    Equal worlds give equal digests, on every machine and under every hash seed. Lines are hashed in blocks for speed.
    """

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._hash = hashlib.sha256()
        self._block: list[tuple[int, str, str, bytes] | str] = []
        self.exchanges = 0  # how often somebody wrote to a port

    def tap(self, port: str, direction: str, data: bytes) -> None:
        """Take one transfer; hand this method to a Port."""
        if direction == ">":
            self.exchanges += 1
        self._block.append((self._now_us(), port, direction, data))
        if len(self._block) >= _BLOCK:
            self._flush()

    def add(self, line: str) -> None:
        """Take one line of text, such as an event."""
        self._block.append(line)

    def hexdigest(self) -> str:
        """The digest of all that came so far."""
        self._flush()
        return self._hash.hexdigest()

    def _flush(self) -> None:
        lines = [entry if isinstance(entry, str) else f"{entry[0]} {entry[1]}{entry[2]} {entry[3].hex()}" for entry in self._block]
        self._hash.update("\n".join([*lines, ""]).encode())
        self._block.clear()

"""Tracing: taps that see every byte that passes a port."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

_BLOCK = 4096


class TraceHash:
    """A SHA-256 over time, port, direction and bytes of every transfer, and over any text added beside it.

    Equal worlds give equal digests, on every machine and under every hash seed. Lines are hashed in blocks for speed.
    """

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._hash = hashlib.sha256()
        self._lines: list[str] = []
        self.transfers = 0
        self.requests = 0  # how often somebody wrote to a port: one exchange each

    def tap(self, port: str, direction: str, data: bytes) -> None:
        """Take one transfer; hand this method to a Port."""
        self.transfers += 1
        if direction == ">":
            self.requests += 1
        self._add(f"{self._now_us()} {port}{direction} {data.hex()}")

    def add(self, line: str) -> None:
        """Take one line of text, such as an event."""
        self._add(line)

    def hexdigest(self) -> str:
        """The digest of all that came so far."""
        self._flush()
        return self._hash.hexdigest()

    def _add(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) >= _BLOCK:
            self._flush()

    def _flush(self) -> None:
        self._lines.append("")
        self._hash.update("\n".join(self._lines).encode())
        self._lines.clear()

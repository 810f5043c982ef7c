"""One deadline for everything that a probe does: resolving, connecting, handshake, sending and reading share what is left of it."""

from __future__ import annotations

from caixue.clock import US_PER_S, Clock
from caixue.errors import ReplyTimeout
from caixue.lang import tr


class Deadline:
    """So many microseconds from now, by the given clock."""

    def __init__(self, clock: Clock, timeout_us: int) -> None:
        self.clock = clock
        self.began_us = clock.monotonic_us()
        self.ends_us = self.began_us + timeout_us

    @property
    def spent_us(self) -> int:
        """Microseconds since it began."""
        return self.clock.monotonic_us() - self.began_us

    def left_us(self) -> int:
        """What is left, at least 1. Raises ReplyTimeout when nothing is."""
        left = self.ends_us - self.clock.monotonic_us()
        if left <= 0:
            raise self.late()
        return left

    def left_s(self) -> float:
        """The same in seconds, for those who wait."""
        return self.left_us() / US_PER_S

    def share(self, of: int) -> Deadline:
        """A deadline of its own for the next of `of` things that are still to be done. Raises ReplyTimeout when nothing is left."""
        return Deadline(self.clock, max(1, self.left_us() // of))

    def late(self, while_zh: str = "等应答", while_en: str = "waiting for the answer") -> ReplyTimeout:
        """The error of whoever did not make it."""
        limit = f"{round((self.ends_us - self.began_us) / US_PER_S, 1):g} s"  # a share of it is told as what was asked for
        return ReplyTimeout(tr(f"{limit} 内没有完（{while_zh}）", f"not done within {limit} ({while_en})"))

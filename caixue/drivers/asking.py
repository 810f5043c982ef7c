"""Devices that answer one short question at a time with a byte or a line: the part that their drivers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from caixue.clock import Clock
from caixue.drivers.base import Driver
from caixue.errors import GarbledReply, LinkError, ReplyTimeout
from caixue.journal import Recorder
from caixue.link.port import Port
from caixue.wire.lines import LONGEST_REPLY, reply_text

GAP_S = 0.06  # a silence this long ends a reply; USB adapters and Windows were seen to pause 30 ms inside one
DRAIN_READS = 64  # a line that babbles longer than this is given up on

Answer = TypeVar("Answer")


class AskingDriver(Driver):
    """Base of drivers that ask and hear. The card's `limits["read_retries"]` says how often a question is repeated.

    After a failed reply the line must be silent for a while before the next question, so that a late answer is not
    taken for the next one.
    """

    def __init__(self, name: str, port: Port, clock: Clock, recorder: Recorder) -> None:
        super().__init__(name, port, clock, recorder)
        self._retries = int(self.card.limits["read_retries"])
        self._quiet_s = 0.0

    def _ask(self, question: bytes, hear: Callable[[], Answer]) -> Answer:
        """One exchange under the port's lock, repeated while it fails; only for questions, which change nothing.

        Raises the last attempt's LinkError; every failed attempt is journaled.
        """
        for attempt in range(self._retries + 1):
            try:
                with self.port.lock:
                    self._clean_line()
                    self.port.write(question)
                    return hear()
            except LinkError as error:
                self._trouble(error)
                if attempt == self._retries:
                    raise
        raise AssertionError("unreachable")

    def _hear_byte(self) -> int:
        """A reply of exactly one byte."""
        data = self.port.read(1, self.card.reply_timeout_s)
        if not data:
            raise self._silence()
        if self.port.waiting():
            raise self._garbled(f"more than one byte, the first {data[0]:02x}")
        return data[0]

    def _hear_line(self) -> str:
        """A reply of one line of printable ASCII that ends with CR."""
        data = self.port.read_some(self.card.reply_timeout_s)
        if not data:
            raise self._silence()
        while b"\r" not in data and len(data) <= LONGEST_REPLY:
            more = self.port.read_some(GAP_S)
            if not more:
                break
            data += more
        try:
            return reply_text(data)
        except GarbledReply as error:
            raise self._garbled(str(error)) from None

    def _clean_line(self) -> None:
        if not self._quiet_s:
            if self.port.waiting():
                self.port.discard()
            return
        quiet_s, self._quiet_s = self._quiet_s, 0.0
        for _ in range(DRAIN_READS):
            if not self.port.read_some(quiet_s):
                break
            quiet_s = GAP_S

    def _silence(self) -> ReplyTimeout:
        self._quiet_s = self.card.reply_timeout_s
        return ReplyTimeout(f"no reply within {self.card.reply_timeout_s:g} s", device=self.name)

    def _garbled(self, what: str) -> GarbledReply:
        self._quiet_s = GAP_S
        return GarbledReply(what, device=self.name)

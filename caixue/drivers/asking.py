"""Devices that answer one short question at a time with a byte or a line: the part that their drivers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from caixue.clock import US_PER_S, Clock
from caixue.drivers.base import Driver
from caixue.errors import GarbledReply, LinkError, ReplyTimeout
from caixue.journal import Recorder
from caixue.link.port import Port
from caixue.wire.lines import LONGEST_REPLY, reply_text

GAP_S = 0.06  # a silence this long ends a reply; USB adapters and Windows were seen to pause 30 ms inside one
SHORTEST_LINE = 3  # fewer bytes are noise before a line that is late

Answer = TypeVar("Answer")


class AskingDriver(Driver):
    """Base of drivers that ask and hear. The card's `limits["read_retries"]` says how often a question is repeated.

    After a missing reply, an interrupted call or a lost port nothing is asked until two reply times after the question, so
    that a late answer is not taken for the next one, whatever noise comes meanwhile.
    """

    def __init__(self, name: str, port: Port, clock: Clock, recorder: Recorder) -> None:
        super().__init__(name, port, clock, recorder)
        self._retries = int(self.card.limits["read_retries"])
        self._quiet_until_us = 0  # an answer that nobody waits for any more may come until then; 0: none can

    def _ask(self, question: bytes, hear: Callable[[], Answer]) -> Answer:
        """One exchange under the port's lock, repeated while it fails; only for questions, which change nothing.

        Raises the last attempt's LinkError; every failed attempt is journaled.
        """
        for attempt in range(self._retries + 1):
            try:
                return self._exchange(question, hear)
            except LinkError as error:
                self._trouble(error)
                if attempt == self._retries:
                    raise
        raise AssertionError("unreachable")

    def _exchange(self, question: bytes, hear: Callable[[], Answer]) -> Answer:
        """One question and its answer under the port's lock, tried once."""
        with self.port.lock:
            self._clean_line()
            self._stay_quiet(2 * self.card.reply_timeout_s)  # also when this call is interrupted or loses the port
            self.port.write(question)
            answer = hear()
            self._quiet_until_us = 0
            return answer

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
            raise self._garbled(str(error), late=len(data) < SHORTEST_LINE) from None

    def _clean_line(self) -> None:
        """Throw away what comes until the quiet time is over and the line silent; a babbling line costs at most three reply times."""
        port, now_us = self.port, self.clock.monotonic_us
        wait_s = (self._quiet_until_us - now_us()) / US_PER_S
        if wait_s <= 0:
            if port.waiting():
                port.discard()
            return
        end_us = now_us() + int(3 * self.card.reply_timeout_s * US_PER_S)
        while port.read_some(wait_s) and now_us() < end_us:
            wait_s = max(GAP_S, (self._quiet_until_us - now_us()) / US_PER_S)

    def _stay_quiet(self, duration_s: float) -> None:
        self._quiet_until_us = self.clock.monotonic_us() + int(duration_s * US_PER_S)

    def _silence(self) -> ReplyTimeout:
        return ReplyTimeout(f"no reply within {self.card.reply_timeout_s:g} s", device=self.name)

    def _garbled(self, what: str, *, late: bool = False) -> GarbledReply:
        """An answer that is none; `late`: the real one may still come."""
        if not late:
            self._stay_quiet(GAP_S)
        return GarbledReply(what, device=self.name)

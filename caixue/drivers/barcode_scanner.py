"""Barcode scanner (条码扫描器): one trigger, one line of text, or the word that says it read nothing; or codes that it sends unasked."""

from __future__ import annotations

from collections.abc import Mapping

from caixue.clock import US_PER_S, Clock
from caixue.drivers.asking import GAP_S, AskingDriver
from caixue.drivers.base import Reading
from caixue.drivers.card import DeviceCard
from caixue.errors import LinkError
from caixue.journal import Recorder
from caixue.link.port import Port
from caixue.wire.lines import LONGEST_REPLY, reply_text

NO_READ = "NOREAD"
READY = "OK"
TRIGGER, STATUS = b"\x16T\r", b"\x16S\r"
_PROFILE = "assumed: docs/assumptions.md A-50"
_NO_VALUES: Mapping[str, int] = {}
_TURN_S = 0.25  # a wait for a code gives the line free this often, so that a monitor can ask between

CARD = DeviceCard(
    kind="barcode-scanner",
    zh="条码扫描器",
    en="barcode scanner",
    protocol="ASCII lines",
    baudrate=9600,
    reply_timeout_s=0.6,  # the 0.3 s after which it gives up, 64 characters at 9600 baud, and as much again
    source=_PROFILE,
    commands={"scan": TRIGGER, "status": STATUS},
    durations_s={"read": 0.08, "no-read": 0.3},
    limits={"read_retries": 2},
    capabilities=("scan", "presentation", "status"),
)


class BarcodeScanner(AskingDriver):
    """Reads what stands before it. What came in unasked, or too late, is thrown away before each question."""

    card = CARD

    def __init__(self, name: str, port: Port, clock: Clock, recorder: Recorder) -> None:
        super().__init__(name, port, clock, recorder)
        self._heard = b""  # sent unasked and not yet given to anybody

    def scan(self) -> str | None:
        """What the scanner reads now, or None when it sees nothing that it can read.

        The text is as it came: the caller compares it with the serial it expects, character by character. Raises LinkError
        when no proper line came back, after bounded retries: looking twice does no harm.
        """
        self._heard = b""
        text = self._ask(TRIGGER, self._hear_line)
        self._keep("ready", (), _NO_VALUES)
        return None if text == NO_READ else text

    def wait_for_code(self, timeout_s: float) -> str | None:
        """The next code that the scanner, in presentation mode, sends by itself, or None when none came in `timeout_s` seconds.

        Codes that come faster than they are fetched are kept in order; one that comes during a question is lost, and a question
        throws away what is kept: the card is shown again. Raises GarbledReply for what is no line of text, LinkLost.
        """
        end_us = self.clock.monotonic_us() + int(timeout_s * US_PER_S)
        try:
            self._let_late_answers_pass()
            while b"\r" not in self._heard:
                left_s = (end_us - self.clock.monotonic_us()) / US_PER_S
                if not self._heard and left_s <= 0:
                    return None
                self._overhear(min(left_s, _TURN_S))
            line, _, self._heard = self._heard.partition(b"\r")
            code = reply_text(line + b"\r")
        except LinkError as error:
            self._trouble(error)
            raise
        self._good()
        return code

    def _let_late_answers_pass(self) -> None:
        """What a trigger asked for and did not get in time is no code that somebody shows now."""
        if self._quiet_until_us > self.clock.monotonic_us():
            with self.port.lock:
                self._clean_line()
        self._quiet_until_us = 0

    def _overhear(self, patience_s: float) -> None:
        """Take in what comes; half a code with nothing after it is no code, and must not become the beginning of the next."""
        with self.port.lock:
            more = self.port.read_some(GAP_S if self._heard else patience_s)
        self._heard += more
        if self._heard and b"\r" not in self._heard and (not more or len(self._heard) > LONGEST_REPLY):
            half, self._heard = self._heard, b""
            raise self._garbled(f"not one line of text: {half[:80]!r}")

    def status(self) -> Reading:
        """Whether the scanner answers. Raises LinkError when it does not, or answers anything but OK."""
        self._ask(STATUS, self._hear_ready)
        return self._keep("ready", (), _NO_VALUES)

    def _hear_ready(self) -> None:
        text = self._hear_line()
        if text != READY:
            raise self._garbled(f"{text!r} instead of {READY}")

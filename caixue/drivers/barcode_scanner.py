"""Barcode scanner (条码扫描器): one trigger, one line of text, or the word that says it read nothing."""

from __future__ import annotations

from collections.abc import Mapping

from caixue.drivers.asking import AskingDriver
from caixue.drivers.base import Reading
from caixue.drivers.card import DeviceCard

NO_READ = "NOREAD"
READY = "OK"
TRIGGER, STATUS = b"\x16T\r", b"\x16S\r"
_PROFILE = "assumed: docs/assumptions.md A-50"
_NO_VALUES: Mapping[str, int] = {}

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
    capabilities=("scan", "status"),
)


class BarcodeScanner(AskingDriver):
    """Reads what stands before it. What came in unasked, or too late, is thrown away before each question."""

    card = CARD

    def scan(self) -> str | None:
        """What the scanner reads now, or None when it sees nothing that it can read.

        The text is as it came: the caller compares it with the serial it expects, character by character. Raises LinkError
        when no proper line came back, after bounded retries: looking twice does no harm.
        """
        text = self._ask(TRIGGER, self._hear_line)
        self._keep("ready", (), _NO_VALUES)
        return None if text == NO_READ else text

    def status(self) -> Reading:
        """Whether the scanner answers. Raises LinkError when it does not, or answers anything but OK."""
        self._ask(STATUS, self._hear_ready)
        return self._keep("ready", (), _NO_VALUES)

    def _hear_ready(self) -> None:
        text = self._hear_line()
        if text != READY:
            raise self._garbled(f"{text!r} instead of {READY}")

"""Model of a label printer: ZPL in, labels out; the mechanics are those of every label printer here.

A stopped printer does not answer ~HS (`silent_status`, as the guide says) or tells why in its flags, as other models do. One with
old firmware (`tells_errors` off) does not know ~HQES either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from caixue.drivers.zpl_label_printer import CARD
from caixue.wire import tspl, zpl
from caixue.wire.zpl_stream import Command, CommandStream
from twin.devices.label_mechanism import Image, LabelMechanism, faults
from twin.faults.catalogue import GENERAL, Fault

REWINDER_FULL = 0x100  # a bit of `status` beside those of the mechanics, and a flag of ~HQES: Oki LE850 technical reference p. 96
_NAME = b"\x02CX-ZPL,V1.0.0,8,8192KB\x03\r\n"  # as the guide prints it, with a name of ours
_DOTS_A_MM = 8
_NORMAL, _INVERTED = b"N", b"I"

FAULTS = (
    *faults(CARD.kind),
    Fault("rewinder-full", CARD.kind, "rewinder-full", "底纸收卷已满", "liner rewinder full", GENERAL, 120.0, 30.0,
          "guide, ~HS; repair judged in docs/assumptions.md A-54"),
)  # fmt: skip

# Bits of the mechanics and the error flags that tell of them.
_FLAGS = (
    (tspl.PAPER_OUT, zpl.MEDIA_OUT),
    (tspl.RIBBON_OUT, zpl.RIBBON_OUT),
    (tspl.HEAD_OPEN, zpl.HEAD_OPEN),
    (tspl.OVER_TEMPERATURE, zpl.HEAD_HOT),
    (tspl.PAPER_JAM, zpl.FEED_ERROR),
    (tspl.PAUSED, zpl.PAUSED),
    (REWINDER_FULL, REWINDER_FULL),
)
_STOPPED = tspl.PAPER_OUT | tspl.RIBBON_OUT | tspl.HEAD_OPEN | tspl.OVER_TEMPERATURE | tspl.PAPER_JAM | REWINDER_FULL


class ZplLabelPrinterModel(LabelMechanism):
    """A ZPL printer with a peel plate."""

    card = CARD

    def __init__(self, name: str, *, silent_status: bool = True, tells_errors: bool = True, **mechanism: Any) -> None:
        super().__init__(name, **mechanism)
        self.silent_status = silent_status
        self.tells_errors = tells_errors
        self.rewinder_full = False
        self._stream = CommandStream()
        self._format: _Format | None = None

    @property
    def status(self) -> int:
        return super().status | (REWINDER_FULL if self.rewinder_full else 0)

    def feed(self, data: bytes) -> None:
        if not self.powered:
            return
        if data == zpl.HOST_STATUS and not self._stream.partial:  # nine of ten exchanges
            self._say_host_status()
            return
        for command in self._stream.feed(data):
            self._obey(command)
            if not self.powered:  # that was a reset: what follows is lost
                self._stream.clear()
                return

    def power_off(self) -> None:
        super().power_off()
        self._stream.clear()
        self._format = None

    def _obey(self, command: Command) -> None:
        action = _CONTROL.get(command.name)
        if action is not None:
            action(self)
        elif command.name == b"^XA":
            self._format = _Format()
        elif command.name == b"^XZ":
            self._end_format()
        elif self._format is not None:
            self._format.obey(command)

    def _end_format(self) -> None:
        ended, self._format = self._format, None
        if ended is None:
            return
        if ended.reprint is not None:
            self.reprint = ended.reprint
        if ended.prints:
            self._order(ended.image, ended.count)

    def _cancel_all(self) -> None:
        self._format = None
        self._drop_jobs()

    def _say_host_status(self) -> None:
        status = self.status
        self._let_see(status)
        if self.silent_status and status & _STOPPED:
            return
        self._reply(zpl.host_status_reply(self._host_status(status)))

    def _host_status(self, status: int) -> zpl.HostStatus:
        waiting = len(self._queue) + (self._current is not None and not self._printing)
        return zpl.HostStatus(
            paper_out=bool(status & (tspl.PAPER_OUT | tspl.PAPER_JAM | REWINDER_FULL)),  # no flag is nearer to a jam or a full rewinder
            paused=bool(status & tspl.PAUSED),
            partial=self._format is not None,
            over_temperature=bool(status & tspl.OVER_TEMPERATURE),
            head_up=bool(status & tspl.HEAD_OPEN),
            ribbon_out=bool(status & tspl.RIBBON_OUT),
            formats=min(waiting, 999),
            remaining=int(self._printing),
            label_dots=round(self.feed_mm) * _DOTS_A_MM,
        )

    def _let_see(self, status: int) -> None:
        super()._let_see(status)
        if status & REWINDER_FULL:
            self.effect("rewinder-full")

    def _say_errors(self) -> None:
        if self.tells_errors:
            status = self.status
            self._let_see(status)
            self._reply(zpl.error_reply(sum(flag for bit, flag in _FLAGS if status & bit)))

    def _say_name(self) -> None:
        self._reply(_NAME)

    def _say_odometer(self) -> None:
        if self.tells_errors:
            self._reply(zpl.odometer_reply(self.head_km))

    def begin_rewinder_full(self) -> None:
        """The liner has filled its rewinder: no new label begins, and no flag says why."""
        self.rewinder_full = True

    def end_rewinder_full(self) -> None:
        """A person has taken the liner away."""
        self.rewinder_full = False
        self._pump()


class _Format:
    """One label as far as it has been described: between ^XA and ^XZ."""

    def __init__(self) -> None:
        self.image = Image()
        self.count = 1
        self.reprint: bool | None = None
        self._fields = self._commands = 0
        self._left, self._narrow = 0, 2
        self._bars: bytes | None = None  # orientation of the bar code whose data comes next
        self._hex = False

    @property
    def prints(self) -> bool:
        """Whether a label comes out: of an empty format too, but not of one that only changes settings."""
        return self._fields > 0 or not self._commands

    def obey(self, command: Command) -> None:
        """One format command; what is damaged or unknown changes nothing."""
        self._commands += 1
        setting = _FORMAT.get(command.name)
        if setting is not None:
            setting(self, command.data)

    def _place(self, data: bytes) -> None:
        self._left = _number(data, self._left)

    def _module(self, data: bytes) -> None:
        narrow = _number(data, self._narrow)
        self._narrow = narrow if 1 <= narrow <= 10 else self._narrow

    def _bar_code(self, data: bytes) -> None:
        self._bars = data[:1] or _NORMAL

    def _hexadecimal(self, data: bytes) -> None:
        self._hex = data[:1] in (b"", b"_")

    def _field(self, data: bytes) -> None:
        self._fields += 1
        if self._hex:
            data = zpl.unescaped(data)
        if self._bars is not None:
            text = data.removeprefix(b">;").removeprefix(b">:").decode("ascii", "replace")
            if text.isascii() and text.isprintable():
                self.image = Image(text, self._left, self._narrow, self._bars in (_NORMAL, _INVERTED))

    def _end_field(self, _: bytes) -> None:
        self._bars, self._hex = None, False

    def _quantity(self, data: bytes) -> None:
        self.count = max(1, _number(data, 1))

    def _reprint(self, data: bytes) -> None:
        if data[:1] in (b"Y", b"N"):
            self.reprint = data[:1] == b"Y"


def _number(data: bytes, otherwise: int) -> int:
    """The first parameter."""
    text = data.partition(b",")[0].strip()
    return int(text) if text.isdigit() and len(text) <= 8 else otherwise


# What the model understands of ZPL; all else is taken without complaint, as printers do.
_CONTROL: Mapping[bytes, Callable[[ZplLabelPrinterModel], None]] = {
    zpl.HOST_STATUS: ZplLabelPrinterModel._say_host_status,
    zpl.ERROR_STATUS: ZplLabelPrinterModel._say_errors,
    zpl.IDENTIFICATION: ZplLabelPrinterModel._say_name,
    zpl.ODOMETER: ZplLabelPrinterModel._say_odometer,
    zpl.CANCEL_ALL: ZplLabelPrinterModel._cancel_all,
    zpl.RESET: ZplLabelPrinterModel._reset,
    zpl.PAUSE: ZplLabelPrinterModel._pause,
    zpl.RESUME: ZplLabelPrinterModel._resume,
}
_FORMAT: Mapping[bytes, Callable[[_Format, bytes], None]] = {
    b"^FO": _Format._place,
    b"^BY": _Format._module,
    b"^BC": _Format._bar_code,
    b"^FH": _Format._hexadecimal,
    b"^FD": _Format._field,
    b"^FS": _Format._end_field,
    b"^PQ": _Format._quantity,
    b"^JZ": _Format._reprint,
}

"""Model of a label printer: TSPL in, labels out.

Commands are carried out in order, but an image takes a moment to build. Until the label moves, the status byte says that
nothing is going on, as on real printers: whoever asks right after a job is told "ready". Immediate commands overtake all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from caixue.drivers.label_printer import CARD
from caixue.wire import tspl
from twin.devices.label_mechanism import Image, LabelMechanism, PrintedLabel, faults
from twin.faults.catalogue import GENERAL, Fault

__all__ = ["FAULTS", "LabelPrinterModel", "PrintedLabel"]

_STATUS_BYTES = [bytes([status]) for status in range(256)]

FAULTS = (
    *faults(CARD.kind),
    Fault("cover-open", CARD.kind, "cover-open", "机盖打开", "cover left open", GENERAL, 60.0, 30.0, "judgement in docs/assumptions.md A-49",
          nurse_clears=True),
)  # fmt: skip


class LabelPrinterModel(LabelMechanism):
    """A TSPL printer with a peel plate."""

    card = CARD

    def __init__(self, name: str, **mechanism: Any) -> None:
        super().__init__(name, **mechanism)
        self._stream = tspl.CommandStream()
        self._image = Image()

    def feed(self, data: bytes) -> None:
        if not self.powered:
            return
        if data == tspl.STATUS_QUERY and not self._stream.escape:  # nine of ten exchanges
            self._say_status()
            return
        for item in self._stream.feed(data):
            if isinstance(item, int):
                action = _IMMEDIATE.get(item)
                if action is not None:
                    action(self)
            else:
                command = _COMMANDS.get(item.partition(b" ")[0])
                if command is not None:
                    command(self, item)
            if not self.powered:  # that was a reset: what follows is lost
                self._stream.clear()
                return

    def power_off(self) -> None:
        super().power_off()
        self._stream.clear()
        self._image = Image()

    def _say_status(self) -> None:
        status = self.status
        self._let_see(status)
        self._reply(_STATUS_BYTES[status])

    def _say_long_status(self) -> None:
        self._reply(tspl.long_status(self.status))

    def _say_mileage(self, line: bytes) -> None:
        if not self.status:
            self._reply(b"%d\r" % int(self.head_km))

    def _clear_image(self, line: bytes) -> None:
        self._image = Image()

    def _set(self, line: bytes) -> None:
        setting = tspl.parse_line(line).arguments
        if setting in ((b"REPRINT OFF",), (b"REPRINT ON",)):
            self.reprint = setting == (b"REPRINT ON",)

    def _bar_code(self, line: bytes) -> None:
        try:
            left, _, _, _, _, rotation, narrow, *_, text = tspl.parse_line(line).arguments
            image = Image(text.decode("ascii"), int(left), int(narrow), int(rotation) % 180 == 0)
        except ValueError:  # a damaged command prints nothing
            return
        if image.serial.isprintable() and 1 <= image.narrow <= 10:
            self._image = image

    def _print(self, line: bytes) -> None:
        numbers = tspl.parse_line(line).arguments
        if numbers and all(number.isdigit() for number in numbers):
            count = int(numbers[0]) * (int(numbers[1]) if len(numbers) > 1 else 1)
            self._order(self._image, count)

    def begin_cover_open(self) -> None:
        """Somebody leaves the cover open, also in the middle of a label."""
        self.cover_is_open = True
        if self._printing:
            self._stop()

    def end_cover_open(self) -> None:
        """The cover is shut."""
        self.cover_is_open = False
        self._freed()


# What the model understands of TSPL; all else is taken without complaint, as printers do.
_IMMEDIATE: Mapping[int, Callable[[LabelPrinterModel], None]] = {
    tspl.STATUS_QUERY[2]: LabelPrinterModel._say_status,
    tspl.LONG_STATUS_QUERY[2]: LabelPrinterModel._say_long_status,
    tspl.CANCEL[2]: LabelPrinterModel._drop_jobs,
    tspl.RESET[2]: LabelPrinterModel._reset,
    tspl.PAUSE[2]: LabelPrinterModel._pause,
    tspl.RESUME[2]: LabelPrinterModel._resume,
}
_COMMANDS: Mapping[bytes, Callable[[LabelPrinterModel, bytes], None]] = {
    b"BARCODE": LabelPrinterModel._bar_code,
    b"PRINT": LabelPrinterModel._print,
    b"CLS": LabelPrinterModel._clear_image,
    b"SET": LabelPrinterModel._set,
    tspl.MILEAGE_QUERY: LabelPrinterModel._say_mileage,
}

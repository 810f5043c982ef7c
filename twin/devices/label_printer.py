"""Model of a label printer: TSPL in, labels out.

Commands are carried out in order, but an image takes a moment to build. Until the label moves, the status byte says that
nothing is going on, as on real printers: whoever asks right after a job is told "ready". Immediate commands overtake all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from caixue.drivers.label_printer import CARD
from caixue.wire import tspl
from twin.devices.base import Surroundings
from twin.devices.label_mechanism import RIBBON_MM, Image, LabelMechanism, PrintedLabel
from twin.faults.catalogue import GENERAL, Fault

__all__ = ["FAULTS", "LabelPrinterModel", "PrintedLabel"]

_RESTART_US = 3_000_000  # assumed: docs/assumptions.md A-42
_TURNAROUND_US = 2_000  # assumed: docs/assumptions.md A-42
_MOST_LABELS = 9999  # that wait at once
_STATUS_BYTES = [bytes([status]) for status in range(256)]
_ROOM = "judgement in docs/assumptions.md A-49"

FAULTS = (
    Fault("print-head-dead-dots", "label-printer", "dead-dots", "打印头坏点", "dead dots in the print head", GENERAL, 1080.0, 240.0,
          f"LP04: wear, Weibull shape 3, scale 30 km, hence mean 26.8 km; repair {_ROOM}", per="km", mean_between=26.8, part="print-head"),
    Fault("label-paper-out", "label-printer", "paper-out", "标签纸用完", "out of labels", GENERAL, 120.0, 30.0, f"LP01: by roll; {_ROOM}",
          detail={"remaining_mm": 10.0}),
    Fault("label-jam", "label-printer", "jam", "标签卡纸或缠胶辊", "label jammed or round the platen", GENERAL, 450.0, 120.0, f"LP03; {_ROOM}",
          per="label", mean_between=5_000.0),
    Fault("head-open", "label-printer", "head-open", "打印头未合上", "print head open", GENERAL, 120.0, 60.0, f"LP05: rare, 2 min; {_ROOM}",
          nurse_clears=True),
    Fault("power-cycle-mid-label", "label-printer", "power-cycle", "打印中途断电重启", "loses power in the middle of a label", GENERAL, 60.0, 15.0, _ROOM,
          detail={"reprint": True, "off_s": 5.0}),
    Fault("silence", "label-printer", "silence", "打印机无应答", "printer does not answer", GENERAL, 600.0, 180.0, _ROOM, mean_between=20_000.0),
)  # fmt: skip


class LabelPrinterModel(LabelMechanism):
    """A TSPL printer with a peel plate."""

    card = CARD

    def __init__(self, name: str, **mechanism: Any) -> None:
        super().__init__(name, **mechanism)
        self._stream = tspl.CommandStream()
        self._image = Image()
        self._silent = False

    @classmethod
    def build(cls, name: str, unit: int, around: Surroundings) -> LabelPrinterModel:
        labels = around.site.labels
        model = cls(
            name,
            feed_mm=labels.feed_mm,
            roll_labels=labels.per_roll,
            near_end_labels=labels.near_end,
            ribbon_mm=RIBBON_MM if labels.ribbon else None,
        )
        around.station.take_label = model.take_label
        return model

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

    def _reply(self, data: bytes) -> None:
        if self._silent:
            self.effect("silence")
        else:
            self.send(data, _TURNAROUND_US)

    def _say_status(self) -> None:
        status = self.status
        if self.effects:
            for bit, symptom in ((tspl.HEAD_OPEN, "head-open"), (tspl.PAPER_OUT, "paper-out")):
                if status & bit:
                    self.effect(symptom)
        self._reply(_STATUS_BYTES[status])

    def _say_long_status(self) -> None:
        self._reply(tspl.long_status(self.status))

    def _pause(self) -> None:
        self.paused = True

    def _resume(self) -> None:
        self.paused = False
        self._pump()

    def _reset(self) -> None:
        self.power_off()
        self.call_later(_RESTART_US, self.power_on)

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
            self._queue.extend([self._image] * min(count, _MOST_LABELS - len(self._queue)))
            self._pump()

    def begin_silence(self) -> None:
        """The printer goes on printing, but its answers no longer arrive."""
        self._silent = True

    def end_silence(self) -> None:
        """The answers arrive again."""
        self._silent = False


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

"""Model of a verify scanner: looks at the label on the tube at the station and says in one line what it reads."""

from __future__ import annotations

from collections.abc import Callable

from caixue.drivers.barcode_scanner import CARD, NO_READ, READY, STATUS, TRIGGER
from caixue.wire.lines import LineSplitter
from twin.devices.base import DeviceModel, Surroundings
from twin.faults.catalogue import GENERAL, LARGER, Fault
from twin.things import Label

_READ_US = round(CARD.durations_s["read"] * 1_000_000)
_NO_READ_US = round(CARD.durations_s["no-read"] * 1_000_000)
_TURNAROUND_US = 2_000
_NOTHING = NO_READ.encode("ascii")
_TRIGGER, _STATUS = TRIGGER.rstrip(b"\r"), STATUS.rstrip(b"\r")
_READY_LINE = READY.encode("ascii") + b"\r"
_ROOM = "judgement in docs/assumptions.md A-53"

FAULTS = (
    Fault("scanner-blind", "barcode-scanner", "no-read", "扫描窗脏污，读不出码", "dirty window, reads nothing", GENERAL, 300.0, 90.0, _ROOM,
          mean_between=2_000.0),
    Fault("stale-reply", "barcode-scanner", "stale-reply", "扫描器返回上一管的条码", "answers with the code of the scan before", LARGER, 900.0, 240.0,
          _ROOM, part="scanner"),
    Fault("silence", "barcode-scanner", "silence", "扫描器无应答", "scanner does not answer", GENERAL, 900.0, 240.0,
          f"SC02: 70,000 h, 15 min; {_ROOM}", mean_between=70_000.0, part="scanner"),
)  # fmt: skip


class BarcodeScannerModel(DeviceModel):
    """Reads what is physically there: `target` gives the label in view, or None."""

    card = CARD

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.target: Callable[[], Label | None] = lambda: None
        self.scans = 0
        self._lines = LineSplitter()
        self._before = _NOTHING
        self._blind = self._stale = self._silent = False

    @classmethod
    def build(cls, name: str, unit: int, around: Surroundings) -> BarcodeScannerModel:
        model = cls(name)
        model.target = around.station.label_in_view
        return model

    def feed(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            if line == _TRIGGER:
                self._scan()
            elif line == _STATUS:
                self._reply(_READY_LINE, _TURNAROUND_US)

    def present(self, label: Label) -> None:
        """Somebody holds `label` before the scanner, which in presentation mode sends what it reads unasked; nothing when it reads nothing."""
        text = label.readable
        if text is None or not self.powered:
            return
        if self._blind:
            self.effect("no-read")
        else:
            self._reply(text.encode("ascii", "replace") + b"\r", _READ_US)

    def _scan(self) -> None:
        self.scans += 1
        text = self._look()
        said = self._before if self._stale else text
        self._before = text
        if said != text:
            self.effect("stale-reply")
        self._reply(said + b"\r", _NO_READ_US if said == _NOTHING else _READ_US)

    def _look(self) -> bytes:
        label = self.target()
        text = label.readable if label is not None else None
        if text is None:
            return _NOTHING
        if self._blind:
            self.effect("no-read")
            return _NOTHING
        return text.encode("ascii", "replace")

    def _reply(self, data: bytes, after_us: int) -> None:
        if self._silent:
            self.effect("silence")
        else:
            self.send(data, after_us)

    def begin_no_read(self) -> None:
        """The window is too dirty to see through."""
        self._blind = True

    def end_no_read(self) -> None:
        """The window has been cleaned."""
        self._blind = False

    def begin_stale_reply(self) -> None:
        """From the next scan on, each answer is the text of the scan before: a buffer that lags by one."""
        self._stale = True

    def end_stale_reply(self) -> None:
        """The scanner has been replaced."""
        self._stale = False

    def begin_silence(self) -> None:
        """The scanner hears, but its answers no longer arrive."""
        self._silent = True

    def end_silence(self) -> None:
        """The answers arrive again."""
        self._silent = False

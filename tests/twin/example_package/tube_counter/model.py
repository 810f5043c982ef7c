"""Model of the tube counter, and what can go wrong with it."""

from __future__ import annotations

from caixue.wire.lines import LineSplitter
from tube_counter.driver import CARD
from twin.devices.base import DeviceModel
from twin.faults.catalogue import GENERAL, Fault

FAULTS = (
    Fault("dirty", "tube-counter", "dirty", "光电脏污", "light barrier dirty", GENERAL, 60.0, 10.0, "invented for this example"),
    Fault("silence", "tube-counter", "silence", "无应答", "does not answer", GENERAL, 60.0, 10.0, "invented for this example"),
)


class TubeCounterModel(DeviceModel):
    """Answers `?` with the count and whether its light barrier is dirty."""

    card = CARD

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.count = 0
        self._dirty = self._silent = False
        self._lines = LineSplitter()

    def feed(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            if line != b"?":
                continue
            if self._silent:
                self.effect("silence")
                continue
            if self._dirty:
                self.effect("dirty")
            self.send(b"%d,%d\r" % (self.count, self._dirty), 2_000)

    def begin_dirty(self) -> None:
        """Dust settles on the lens."""
        self._dirty = True

    def end_dirty(self) -> None:
        """Somebody wipes it."""
        self._dirty = False

    def begin_silence(self) -> None:
        """Its power supply fails."""
        self._silent = True

    def end_silence(self) -> None:
        """It has power again."""
        self._silent = False

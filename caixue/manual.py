"""The manual fallback station: one label printer, one scanner and a nurse's hands, for when a window is down.

The labels live the same life as at a window: nothing leaves that was not read back.
"""

from __future__ import annotations

from typing import Protocol

from caixue.clock import Clock
from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.label_jobs import LabelDriver
from caixue.errors import DeviceError
from caixue.journal import Recorder
from caixue.labelling import LabellingStation, Order
from caixue.tubes import PlannedTube, SerialNumbers


class Hands(Protocol):
    """What the nurse does by hand, told step by step on the screen; each call returns when it is done."""

    def take_and_stick(self, tube_kind: str) -> None:
        """Take a tube of this kind from the rack and stick the printed label on it."""

    def put_into_tray(self) -> None:
        """Lay the verified tube into the tray."""

    def throw_away(self) -> None:
        """Throw tube and label into the reject bin, and any label left on the printer."""


class ManualStation(LabellingStation):
    """The workflow of the manual station."""

    def __init__(
        self,
        name: str,
        *,
        label_printer: LabelDriver,
        scanner: BarcodeScanner,
        hands: Hands,
        serials: SerialNumbers,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        super().__init__(name, label_printer=label_printer, scanner=scanner, serials=serials, recorder=recorder, clock=clock)
        self.hands = hands

    def restart(self) -> None:
        self.label_printer.purge()
        self.hands.throw_away()
        blocking = self.label_printer.blocking_alarms.intersection(self.label_printer.status().alarms)
        if blocking:
            raise DeviceError(f"still reports {', '.join(sorted(blocking))}", device=self.label_printer.name, alarm=min(blocking))

    def _try_tube(self, order: Order, tube: PlannedTube) -> str:
        label = self._create(order, tube)
        self._print(label)
        self.hands.take_and_stick(tube.kind)
        self.recorder.note("label.applied", label.serial, device=self.name)
        self._verify(label.serial)
        self.hands.put_into_tray()
        return label.serial

    def _put_aside(self, serial: str, reason: str) -> None:
        self.hands.throw_away()
        self.recorder.note("tube.rejected", self.name, serial=serial, reason=reason)

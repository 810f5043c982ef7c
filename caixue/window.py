"""One patient's tubes through one window's devices (contract G1): pick, print, apply, scan back, tray, receipt."""

from __future__ import annotations

from collections.abc import Mapping

from caixue.clock import Clock
from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.base import Driver
from caixue.drivers.collection_host import CollectionHost
from caixue.drivers.label_jobs import LabelDriver
from caixue.drivers.thermal_printer import ThermalPrinter
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.errors import DeviceError, LinkError
from caixue.journal import Recorder
from caixue.labelling import LabellingStation, Order, Tray
from caixue.tubes import TUBE_KINDS, PlannedTube, SerialNumbers


class Window(LabellingStation):
    """The workflow of one window over its five drivers."""

    def __init__(
        self,
        name: str,
        *,
        host: CollectionHost,
        dispenser: TubeDispenser,
        label_printer: LabelDriver,
        thermal_printer: ThermalPrinter,
        scanner: BarcodeScanner,
        lanes: Mapping[int, str],
        serials: SerialNumbers,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        super().__init__(name, label_printer=label_printer, scanner=scanner, serials=serials, recorder=recorder, clock=clock)
        self.host = host
        self.dispenser = dispenser
        self.thermal_printer = thermal_printer
        self._lanes: dict[str, list[int]] = {}
        for lane, kind in lanes.items():
            self._lanes.setdefault(kind, []).append(lane)

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """Every driver of the window, in the order in which a round reads them."""
        return (self.host, self.dispenser, self.label_printer, self.thermal_printer, self.scanner)

    def prepare(self, order: Order) -> Tray:
        """Prepare, verify and hand over the tray, then print the patient's slip. Raises HelpNeeded like every station."""
        tray = super().prepare(order)
        try:
            self._receipt(order, tray)
        except BaseException:  # broken off from outside: the tray that came out is nobody's now
            for serial, _ in tray.labels:
                self.recorder.note("label.void", serial, reason="interrupted")
            raise
        return tray

    def restart(self) -> None:
        self.host.reset()
        self.dispenser.reset()
        self.label_printer.purge()
        self.host.clear()
        for driver in (self.dispenser, self.label_printer, self.scanner):
            blocking = driver.blocking_alarms.intersection(driver.status().alarms)
            if blocking:
                raise DeviceError(f"still reports {', '.join(sorted(blocking))}", device=driver.name, alarm=min(blocking))

    def _try_tube(self, order: Order, tube: PlannedTube) -> str:
        lane = self._pick(tube.kind)
        label = self._create(order, tube)
        self.recorder.note("tube.picked", self.dispenser.name, lane=lane, tube=tube.kind, serial=label.serial)
        self._print(label)
        self.host.apply_label()
        self.recorder.note("label.applied", label.serial, device=self.host.name)
        self._verify(label.serial)
        self.host.release()
        return label.serial

    def _hand_over(self) -> None:
        self.host.present_tray()

    def _put_aside(self, serial: str, reason: str) -> None:
        self.host.reject()
        self.recorder.note("tube.rejected", self.host.name, serial=serial, reason=reason)

    def _pick(self, kind: str) -> int:
        """Dispense a tube of `kind` from the first lane that can, and look at the colour that came out."""
        lanes = self._lanes.get(kind, [])
        for lane in sorted(lanes, key=lambda lane: not self.dispenser.usable(lane)):
            try:
                picked = self.dispenser.dispense(lane)
            except DeviceError as error:
                if error.alarm in ("lane-empty", "lane-locked"):
                    continue
                raise
            if picked.colour == TUBE_KINDS[kind].colour:
                return lane
            self._wrong_kind(lane, kind, picked.colour)
        self.recorder.note("consumable.stockout", self.dispenser.name, item=kind)
        raise DeviceError(f"no lane with {kind}", device=self.dispenser.name, alarm="lane-empty")

    def _wrong_kind(self, lane: int, kind: str, colour: int) -> None:
        """A tube of another kind lay in the lane: away with it, and nobody uses that lane until a person has looked."""
        found = next((name for name, row in TUBE_KINDS.items() if row.colour == colour), "unknown")
        self.recorder.note("tube.wrong-kind", self.dispenser.name, lane=lane, expected=kind, found=found)
        self.dispenser.lock_lane(lane)
        self._put_aside("", "wrong-kind")

    def _receipt(self, order: Order, tray: Tray) -> None:
        """Print the patient's slip. Without one the patient is still served; the driver has journaled why."""
        lines = [
            "采血回执",
            f"{order.shown}  {self.name}",
            f"{self.clock.now():%Y-%m-%d %H:%M}",
            *(f"{serial} {TUBE_KINDS[kind].zh}" for serial, kind in tray.labels),
        ]
        try:
            self.thermal_printer.print_receipt(lines)
        except (DeviceError, LinkError):
            return
        self.recorder.note("receipt.printed", self.thermal_printer.name, patient=order.patient)

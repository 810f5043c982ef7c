"""A label's life while its tube is being prepared (contract G1): created, printed, read back, or void.

CREATED → SENT → PRINTED → APPLIED → VERIFIED → HANDED_OVER → DRAWN → RECEIVED, or VOID; UNKNOWN is the state of a label
whose print was interrupted, and it always becomes VOID. Bytes written are never success: only a label that a scanner
reads back from the tube, character by character, lets that tube go to the nurse. A serial is used once.
"""

from __future__ import annotations

from dataclasses import dataclass

from caixue.clock import Clock
from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.base import Driver
from caixue.drivers.label_jobs import LabelDriver
from caixue.errors import DeviceError, LinkError
from caixue.journal import Recorder
from caixue.tubes import TUBE_KINDS, LabelContent, PlannedTube, SerialNumbers, in_order_of_draw

TRIES_PER_TUBE = 3
SCANS_PER_TUBE = 2


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be collected from one patient. `shown` is what may be printed, such as a masked name."""

    patient: str
    shown: str
    tubes: tuple[PlannedTube, ...]


@dataclass(frozen=True, slots=True)
class Tray:
    """Verified tubes handed to the nurse: (serial, tube kind) in the order of draw."""

    patient: str
    labels: tuple[tuple[str, str], ...]


class HelpNeeded(Exception):
    """The station cannot go on by itself: a person must look at `device`."""

    def __init__(self, device: str, symptom: str, detail: str) -> None:
        super().__init__(f"{device}: {symptom}: {detail}")
        self.device = device
        self.symptom = symptom


class TubeRejected(Exception):
    """This tube must not be used; another may succeed."""

    def __init__(self, device: str, symptom: str) -> None:
        super().__init__(symptom)
        self.device = device
        self.symptom = symptom


class LabellingStation:
    """Base of every place where tubes are labelled; subclasses say how one tube is picked, stuck and put away."""

    def __init__(
        self,
        name: str,
        *,
        label_printer: LabelDriver,
        scanner: BarcodeScanner,
        serials: SerialNumbers,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        self.name = name
        self.label_printer = label_printer
        self.scanner = scanner
        self.recorder = recorder
        self.clock = clock
        self._serials = serials
        self._open_labels: list[str] = []  # labels of the present patient that would have to be voided

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """Every driver of the station, in the order in which a round reads them."""
        return (self.label_printer, self.scanner)

    def prepare(self, order: Order) -> Tray:
        """Prepare and verify all tubes of `order` and hand over the tray.

        Raises HelpNeeded when a device stops the work; every label of the patient is void then, and `restart` must succeed
        before the next patient.
        """
        self._open_labels = []
        try:
            labels = tuple((self._tube(order, tube), tube.kind) for tube in in_order_of_draw(order.tubes))
            self._hand_over()
        except TubeRejected as rejected:
            self._void_all(rejected.symptom)
            raise HelpNeeded(rejected.device, rejected.symptom, f"{TRIES_PER_TUBE} tubes in a row") from None
        except DeviceError as error:
            self._void_all(error.alarm or "refused")
            raise HelpNeeded(error.device, error.alarm or "refused", str(error)) from None
        except LinkError as error:
            self._void_all("link")
            raise HelpNeeded(error.device, "no-answer", str(error)) from None
        except BaseException:  # broken off from outside: the patient goes elsewhere, and so must nothing of this
            self._void_all("interrupted")
            raise
        for serial, _ in labels:
            self.recorder.note("label.handed-over", serial, window=self.name, patient=order.patient)
        self._open_labels = []
        return Tray(order.patient, labels)

    def restart(self) -> None:
        """Bring the station back to a clean start after trouble; raises DeviceError or LinkError while it is not healed."""
        raise NotImplementedError

    def _try_tube(self, order: Order, tube: PlannedTube) -> str:
        """Prepare one tube and give its verified serial, or raise TubeRejected."""
        raise NotImplementedError

    def _hand_over(self) -> None:
        """Give the finished tubes to the nurse."""

    def _put_aside(self, serial: str, reason: str) -> None:
        """Move the tube that failed out of the way."""

    def _tube(self, order: Order, tube: PlannedTube) -> str:
        rejected: TubeRejected | None = None
        for _ in range(TRIES_PER_TUBE):
            try:
                return self._try_tube(order, tube)
            except TubeRejected as error:
                rejected = error
        assert rejected is not None
        raise rejected

    def _create(self, order: Order, tube: PlannedTube) -> LabelContent:
        serial = self._serials.next()
        self._open_labels.append(serial)
        self.recorder.note("label.created", serial, window=self.name, patient=order.patient, tube=tube.kind)
        return LabelContent(serial, (order.shown, TUBE_KINDS[tube.kind].zh))

    def _print(self, content: LabelContent) -> None:
        try:
            self.label_printer.print_label(content)
        except BaseException:  # refused, silent, or broken off from outside: the printer may have the job
            if self.label_printer.last_sent == content.serial:
                self.recorder.note("label.unknown", content.serial, reason="print-interrupted")
            raise

    def _verify(self, serial: str) -> None:
        """Scan the label back from the tube. Anything but the exact serial voids the label and puts the tube aside.

        A label that cannot be read is looked at once more; one that reads as another is not: whoever is wrong, scanner or label,
        cannot be trusted with this tube.
        """
        for _ in range(SCANS_PER_TUBE):
            read = self.scanner.scan()
            if read == serial:
                self.recorder.note("label.verified", serial, device=self.scanner.name, printer=self.label_printer.name)
                return
            if read is not None:
                self.recorder.note("scan.mismatch", self.scanner.name, serial=serial, read=read, printer=self.label_printer.name)
                raise self._rejected(serial, self.scanner.name, "mismatch")
            self.recorder.note("scan.no-read", self.scanner.name, serial=serial, printer=self.label_printer.name)
        raise self._rejected(serial, self.label_printer.name, "no-read")

    def _rejected(self, serial: str, suspect: str, symptom: str) -> TubeRejected:
        self._void(serial, symptom)
        self._put_aside(serial, symptom)
        return TubeRejected(suspect, symptom)

    def _void(self, serial: str, reason: str) -> None:
        self._open_labels.remove(serial)
        self.recorder.note("label.void", serial, reason=reason)

    def _void_all(self, reason: str) -> None:
        for serial in list(self._open_labels):
            self._void(serial, reason)

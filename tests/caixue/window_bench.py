"""A window and a manual station over coupled models: real bytes, one thread, time moved by whoever waits."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from caixue.drivers.base import Driver
from caixue.drivers.jobs import JobDriver
from caixue.labelling import Order
from caixue.manual import ManualStation
from caixue.opening import driver_classes, make_window
from caixue.site import DeviceSpec, load_site
from caixue.tubes import PlannedTube, SerialNumbers, plan
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, recorder
from twin.devices.barcode_scanner import BarcodeScannerModel
from twin.devices.base import DeviceModel, Surroundings
from twin.devices.collection_host import CollectionHostModel
from twin.devices.label_printer import LabelPrinterModel
from twin.devices.thermal_printer import ThermalPrinterModel
from twin.devices.tube_dispenser import TubeDispenserModel
from twin.plant import model_classes
from twin.things import Station, Tube, TubeFactory

Model = TypeVar("Model", bound=DeviceModel)
BLUE, YELLOW, PURPLE, GREY = "coagulation", "liver", "blood-count", "glucose"  # one test for each of four kinds of tube


class Bench:
    """The devices of one place, their drivers, what is in people's hands, and the journal."""

    place = "window-1"

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.recorder, self.notes = recorder(self.clock)
        self.site = load_site("eight-window")
        self.crowded: list[int] = []
        self.things = Station(crowded=lambda: self.crowded.append(self.clock.now_us))
        self.factory = TubeFactory()
        self.models: dict[str, DeviceModel] = {}
        self.drivers: dict[str, Driver] = {}
        self.ports: dict[str, LoopPort] = {}
        for spec in self.site.devices.values():
            if spec.window == self.place:
                self._connect(spec)
        self.serials = SerialNumbers("261123")

    def _connect(self, spec: DeviceSpec) -> None:
        model = model_classes()[spec.kind].build(spec.name, spec.unit, Surroundings(self.things, self.factory, self.site))
        port = LoopPort(model, self.clock)
        driver = driver_classes()[spec.kind]
        unit: dict[str, Any] = {"unit": spec.unit} if issubclass(driver, JobDriver) else {}
        self.models[spec.name], self.ports[spec.name] = model, port
        self.drivers[spec.name] = driver(spec.name, port, self.clock, self.recorder, **unit)

    def model(self, kind: type[Model]) -> Model:
        """The model of this class."""
        return next(model for model in self.models.values() if isinstance(model, kind))

    def steps(self, serial: str) -> list[str]:
        """The steps of one label's life."""
        return [event.kind.removeprefix("label.") for event in self.notes.events if event.subject == serial]

    def serials_made(self) -> list[str]:
        """All serials that were given, in order."""
        return [event.subject for event in self.notes.events if event.kind == "label.created"]

    def last_steps(self) -> dict[str, str]:
        """Serial → the last step of its life."""
        return {serial: self.steps(serial)[-1] for serial in self.serials_made()}

    def reasons(self, kind: str) -> list[str]:
        """The reasons in the events of this kind."""
        return [event.data["reason"] for event in self.notes.events if event.kind == kind]


class WindowBench(Bench):
    """window-1 of the default site with its five devices."""

    def __init__(self) -> None:
        super().__init__()
        spec = next(window for window in self.site.windows if window.name == self.place)
        self.window = make_window(self.site, spec, self.drivers, self.serials, self.recorder, self.clock)
        self.host = self.model(CollectionHostModel)
        self.dispenser = self.model(TubeDispenserModel)
        self.printer = self.model(LabelPrinterModel)
        self.slips = self.model(ThermalPrinterModel)
        self.scanner = self.model(BarcodeScannerModel)


class Hands:
    """A nurse's hands: they do what the screen says and keep count."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.did: list[str] = []

    def take_and_stick(self, tube_kind: str) -> None:
        self.did.append(f"stick {tube_kind}")
        tube = self.bench.factory.make(tube_kind)
        label = self.bench.things.take_label()
        tube.labels.extend([label] if label is not None else [])
        self.bench.things.arrive(tube)

    def put_into_tray(self) -> None:
        self.did.append("tray")
        self.bench.things.nurse.append(self.bench.things.cradle.pop(0))

    def throw_away(self) -> None:
        self.did.append("bin")
        while self.bench.things.take_label() is not None:
            pass
        self.bench.things.bin.extend(self.bench.things.cradle)
        self.bench.things.cradle.clear()


class ManualBench(Bench):
    """The manual station of the default site: a label printer, a scanner and hands."""

    place = "manual-1"

    def __init__(self) -> None:
        super().__init__()
        self.printer = self.model(LabelPrinterModel)
        self.scanner = self.model(BarcodeScannerModel)
        self.hands = Hands(self)
        self.station = ManualStation(
            self.place,
            label_printer=cast(Any, self.drivers[f"{self.place}.label-printer"]),
            scanner=cast(Any, self.drivers[f"{self.place}.barcode-scanner"]),
            hands=self.hands,
            serials=self.serials,
            recorder=self.recorder,
            clock=self.clock,
        )


def order(*tests: str, patient: str = "patient-00001") -> Order:
    """What is to be collected for these tests."""
    return Order(patient, "王**", plan(tests))


def order_of(*kinds: str, patient: str = "patient-00001") -> Order:
    """An order for these kinds of tube, in this order."""
    return Order(patient, "王**", tuple(PlannedTube(kind, ()) for kind in kinds))


def read_off(tube: Tube) -> list[str | None]:
    """What a scanner reads on a tube."""
    return [label.readable for label in tube.labels]

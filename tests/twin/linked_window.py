"""One window of the default site in virtual time, its five devices on lines that can be disturbed, and what its nurse must never get."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from caixue.clock import SHANGHAI
from caixue.drivers.base import Driver
from caixue.errors import DeviceError, LinkError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.labelling import HelpNeeded, Order, Tray
from caixue.opening import make_driver, make_window
from caixue.site import load_site
from caixue.tubes import PlannedTube, SerialNumbers
from tests.twin.link_storms import weather
from twin.devices.base import DeviceModel, Surroundings
from twin.devices.collection_host import CollectionHostModel
from twin.devices.tube_dispenser import TubeDispenserModel
from twin.line import Line
from twin.plant import model_classes
from twin.protocol_twin import register
from twin.things import Station, TubeFactory
from twin.world import World

Model = TypeVar("Model", bound=DeviceModel)
START = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)
KINDS = ("citrate-blue", "serum-yellow", "edta-purple")


class LinkedWindow:
    """window-1 of the default site."""

    def __init__(self) -> None:
        register()
        self.world = World(START)
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, self.world.clock)
        self.site = load_site("eight-window")
        self.crowded: list[int] = []
        self.things = Station(crowded=lambda: self.crowded.append(self.world.now_us))
        self.factory = TubeFactory()
        self.models: dict[str, DeviceModel] = {}
        self.lines: dict[str, Line] = {}
        self.drivers: dict[str, Driver] = {}
        self.exchanges = 0
        for spec in self.site.devices.values():
            if spec.window == "window-1":
                model = model_classes()[spec.kind].build(spec.name, spec.unit, Surroundings(self.things, self.factory, self.site))
                self.models[spec.kind] = model
                self.lines[spec.kind] = Line(self.world, spec.name, model, spec.baudrate or model.card.baudrate)
                self.drivers[spec.name] = make_driver(spec, self.world.clock, self.recorder, url=self.world.url(spec.name), tap=self._tap)
        window = next(window for window in self.site.windows if window.name == "window-1")
        self.serials = SerialNumbers("261123")
        self.window = make_window(self.site, window, self.drivers, self.serials, self.recorder, self.world.clock)

    def _tap(self, port: str, direction: str, data: bytes) -> None:
        self.exchanges += direction == ">"

    def driver(self, kind: str) -> Any:
        """The driver of this kind of device."""
        return self.drivers[f"window-1.{kind}"]

    def model(self, kind: type[Model]) -> Model:
        """The model of this class."""
        return next(model for model in self.models.values() if isinstance(model, kind))

    @property
    def dispensed(self) -> int:
        """Tubes that physically came out of the dispenser."""
        return self.model(TubeDispenserModel).dispensed

    @property
    def cycles(self) -> int:
        """Movements of the host."""
        return self.model(CollectionHostModel).cycles

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call blocking code and let time pass until it returns."""
        return self.world.kernel.run(self.world.process(self.world.call(function, *arguments)))

    def storm(self, seed: int, late_up_to_s: float, fired: Callable[[], None] = lambda: None) -> None:
        """Bad weather on all five lines, both ways; replies late by up to `late_up_to_s`."""
        for kind, line in self.lines.items():
            line.to_host += weather(random.Random(f"{seed} {kind} to-host"), late_up_to_s, line, "to-host", fired)
            line.to_device += weather(random.Random(f"{seed} {kind} to-device"), 0.0, line, "to-device", fired)

    def calm(self) -> None:
        """No faults any more."""
        for line in self.lines.values():
            line.to_host.clear()
            line.to_device.clear()
            line.restore()

    def serve(self, patient: int) -> Tray | None:
        """Prepare one patient's tubes; None when the window needed help. Blocking, for use within `run`."""
        order = Order(f"patient-{patient:05}", "王**", tuple(PlannedTube(kind, ()) for kind in KINDS))
        try:
            return self.window.prepare(order)
        except HelpNeeded:
            return None

    def heal(self, tries: int = 50) -> bool:
        """Restart the window until it succeeds. Blocking."""
        for _ in range(tries):
            try:
                self.window.restart()
                return True
            except (DeviceError, LinkError):
                self.world.clock.sleep(5)
        return False

    def wrong_tubes(self, tray: Tray) -> int:
        """How many of the tubes that the nurse now holds are not what the tray says; they are taken away."""
        tubes, self.things.nurse[:] = list(self.things.nurse), []
        wrong = abs(len(tubes) - len(tray.labels))
        for tube, (serial, kind) in zip(tubes, tray.labels, strict=False):
            wrong += tube.kind != kind or not tube.labels or tube.labels[-1].readable != serial
        return wrong

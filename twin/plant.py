"""The room's machines: models, lines and drivers of every device of a site, wired window by window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import cast

import twin.devices
from caixue.discovery import classes_by_kind
from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.base import Driver
from caixue.drivers.label_jobs import LabelDriver
from caixue.errors import UsageError
from caixue.journal import Recorder
from caixue.labelling import LabellingStation
from caixue.link.port import Tap
from caixue.manual import ManualStation
from caixue.opening import by_part, make_drivers, make_window
from caixue.site import DeviceSpec, Site
from caixue.site_model import by_url
from caixue.tubes import SerialNumbers
from twin.bus import Bus
from twin.devices.base import DeviceModel, Surroundings
from twin.devices.modbus import JobModel, ModbusModel
from twin.devices.tube_dispenser import TubeDispenserModel
from twin.invariants import Invariants
from twin.line import Line
from twin.position import Position
from twin.protocol_twin import register
from twin.things import Station, TubeFactory
from twin.world import World

STICK_S = 12.0  # a nurse takes a tube and sticks the label by hand; docs/assumptions.md A-65


@cache
def model_classes() -> Mapping[str, type[DeviceModel]]:
    """Every device model class by the kind on its card."""
    return classes_by_kind(twin.devices, "caixue.models", DeviceModel)


@dataclass
class Plant:
    """All machines of one world."""

    site: Site
    factory: TubeFactory
    serials: SerialNumbers
    stations: dict[str, Station] = field(default_factory=dict)
    models: dict[str, DeviceModel] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    drivers: dict[str, Driver] = field(default_factory=dict)
    positions: list[Position] = field(default_factory=list)

    @property
    def machines(self) -> list[JobModel]:
        """Models that take jobs."""
        return [model for model in self.models.values() if isinstance(model, JobModel)]

    @property
    def shared(self) -> list[Driver]:
        """Drivers of the devices that belong to no window."""
        return [driver for name, driver in self.drivers.items() if not self.site.devices[name].window]

    @property
    def stores(self) -> list[TubeDispenserModel]:
        """Models that hold tubes."""
        return [model for model in self.models.values() if isinstance(model, TubeDispenserModel)]


def build(world: World, site: Site, recorder: Recorder, invariants: Invariants, tap: Tap) -> Plant:
    """Models, lines, drivers and positions for `site`; without devices, bare positions."""
    register()
    serials = SerialNumbers(f"{world.clock.now():%y%m%d}")
    plant = Plant(site, invariants.factory, serials)
    plant.stations = make_stations(site, invariants.crowded)
    specs = site.devices.values()
    plant.models = {spec.name: make_model(spec, plant.stations, plant.factory, site) for spec in specs}
    for together in by_url(specs):
        _connect(world, plant, together)
    plant.drivers = make_drivers(specs, world.clock, recorder, url_of=lambda spec: world.url(plant.lines[spec.name].name), tap=tap)
    for index, window in enumerate(site.windows):
        station = make_window(site, window, plant.drivers, serials, recorder, world.clock) if window.devices else None
        plant.positions.append(Position(window.name, index, station, plant.stations[window.name]))
    if len(plant.stations) > len(site.windows):
        plant.positions.append(_manual_position(world, plant, serials, recorder))
    invariants.stations, invariants.stores, invariants.machines = plant.stations, plant.stores, plant.machines
    return plant


def make_stations(site: Site, crowded: Callable[[str], None] = lambda place: None) -> dict[str, Station]:
    """The station of every window, and of the manual station where there is one; `crowded` hears where a second tube arrived."""
    manual = [site.manual_station.name] if site.manual_station.devices and site.devices else []
    return {place: Station(crowded=partial(crowded, place)) for place in (*(window.name for window in site.windows), *manual)}


def make_model(spec: DeviceSpec, stations: Mapping[str, Station], factory: TubeFactory, site: Site) -> DeviceModel:
    """The model of one device of a site, at its station. Raises UsageError for a kind that the twin does not know."""
    model_class = model_classes().get(spec.kind)
    if model_class is None:
        raise UsageError(f"{spec.name}: the twin has no model for kind {spec.kind!r}")
    around = Surroundings(stations.get(spec.window) or Station(), factory, site)  # the second: a device that stands at no window
    model = model_class.build(spec.name, spec.unit, around)
    if isinstance(model, ModbusModel) and spec.registers is not None:
        model.show_as(spec.registers)
    return model


def _connect(world: World, plant: Plant, specs: Sequence[DeviceSpec]) -> None:
    """One line for the devices of one URL."""
    models = [plant.models[spec.name] for spec in specs]
    # A network has no baud rate: docs/assumptions.md A-93.
    baudrate = 0 if specs[0].framing == "mbap" else specs[0].baudrate or models[0].card.baudrate
    line = Line(world, specs[0].name, models[0] if len(models) == 1 else Bus(models, baudrate), baudrate)
    for spec, model in zip(specs, models, strict=True):
        plant.lines[spec.name] = line
        if spec.framing == "mbap" and isinstance(model, ModbusModel):
            model.speak_tcp()


def _manual_position(world: World, plant: Plant, serials: SerialNumbers, recorder: Recorder) -> Position:
    manual = plant.site.manual_station
    by_kind = by_part(plant.drivers, manual.devices)
    things = plant.stations[manual.name]
    station: LabellingStation = ManualStation(
        manual.name,
        label_printer=cast(LabelDriver, by_kind["label-printer"]),
        scanner=cast(BarcodeScanner, by_kind["barcode-scanner"]),
        hands=NurseHands(world, things, plant.factory),
        serials=serials,
        recorder=recorder,
        clock=world.clock,
    )
    return Position(manual.name, len(plant.site.windows), station, things, factor=manual.factor, fallback=True)


class NurseHands:
    """A nurse at the manual station: takes tubes from a rack, sticks labels, and puts tubes where they belong."""

    def __init__(self, world: World, things: Station, factory: TubeFactory) -> None:
        self._world = world
        self._things = things
        self._factory = factory

    def take_and_stick(self, tube_kind: str) -> None:
        self._world.clock.sleep(STICK_S)
        tube = self._factory.make(tube_kind)
        label = self._things.take_label()
        if label is not None:
            tube.labels.append(label)
        self._things.arrive(tube)

    def put_into_tray(self) -> None:
        self._things.nurse.append(self._things.cradle.pop(0))

    def throw_away(self) -> None:
        things = self._things
        while things.take_label() is not None:
            pass
        things.bin.extend(things.cradle + things.nurse)
        things.cradle.clear()
        things.nurse.clear()

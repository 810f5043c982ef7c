"""Where consumables are loaded (contract C2.1.2, C2.1.3, S4): each lane of a dispenser, each roll of a printer, with its capacity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import caixue.drivers
from caixue.discovery import classes_by_kind
from caixue.drivers.base import Driver
from caixue.drivers.label_jobs import LabelDriver
from caixue.drivers.queue_kiosk import QueueKiosk
from caixue.drivers.thermal_printer import ThermalPrinter
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.site_model import DeviceSpec, Site

OK, LOW, EMPTY = "ok", "low", "empty"  # what a device itself says of a slot
ROLL = "roll"
LABEL_ROLL, THERMAL_ROLL, KIOSK_ROLL = "label-roll", "thermal-roll", "kiosk-roll"

Key = tuple[str, str]  # device, slot


@dataclass(frozen=True, slots=True)
class Slot:
    """One place that is refilled. Levels are counted in `unit`: tubes, labels or slips; a roll has `mm` a piece of it."""

    device: str
    slot: str  # "lane-3", "roll"
    item: str  # what the store calls it
    capacity: int
    low: int  # at or below: it is said to be low
    unit: str  # "tube", "label", "slip"
    place: int  # along the walk through the room, from 0
    mm: float = 0.0  # length that one of `unit` takes; tubes: 0
    tells: bool = True  # whether the device says that it is low; a TSPL printer says only that it is out

    @property
    def key(self) -> Key:
        """Its name: device and slot."""
        return self.device, self.slot

    @property
    def roll(self) -> bool:
        """Whether it holds one roll, which is changed as a whole; else pieces are put in one by one."""
        return self.slot == ROLL

    @property
    def piece(self) -> int:
        """How many of `unit` one piece of the store holds."""
        return self.capacity if self.roll else 1

    def metres(self, count: int) -> float:
        """The length of so many labels or slips, in m; 0 for tubes."""
        return count * self.mm / 1000


def lane_slot(lane: int) -> str:
    """The slot's name of a lane."""
    return f"lane-{lane}"


def lane_of(slot: str) -> int:
    """The lane of such a slot."""
    return int(slot.removeprefix("lane-"))


@cache
def _classes() -> Mapping[str, type[Driver]]:
    return classes_by_kind(caixue.drivers, "caixue.drivers", Driver)


def slots_of(site: Site) -> tuple[Slot, ...]:
    """Every slot of the site, in walking order: windows by their row, then what stands elsewhere."""
    places = {window.name: window.index for window in site.windows}
    specs = sorted(site.devices.values(), key=lambda spec: places.get(spec.window, len(places)))  # stable: the file's order within
    return tuple(slot for spec in specs for slot in _slots(site, spec, places.get(spec.window, len(places))))


def _slots(site: Site, spec: DeviceSpec, place: int) -> Iterator[Slot]:
    driver = _classes().get(spec.kind)
    if driver is None:
        return
    if issubclass(driver, TubeDispenser):
        tubes = site.tubes
        for lane, kind in tubes.lanes:
            yield Slot(spec.name, lane_slot(lane), kind, tubes.lane_capacity, tubes.lane_low, "tube", place)
    elif issubclass(driver, LabelDriver):
        labels = site.labels
        yield Slot(spec.name, ROLL, LABEL_ROLL, labels.per_roll, labels.near_end, "label", place, labels.feed_mm, tells=False)
    elif issubclass(driver, ThermalPrinter):
        yield _paper(site, spec.name, driver, place)


def _paper(site: Site, device: str, driver: type[ThermalPrinter], place: int) -> Slot:
    """A paper roll: the windows' as the site says, a kiosk's as its card says; the near-end sensor sits where the card says."""
    kiosk, limits, slip_mm = issubclass(driver, QueueKiosk), driver.card.limits, site.thermal_paper.slip_mm
    roll_mm = limits["roll_mm"] if kiosk else site.thermal_paper.roll_mm
    item = KIOSK_ROLL if kiosk else THERMAL_ROLL
    return Slot(device, ROLL, item, int(roll_mm // slip_mm), int(limits["near_end_mm"] // slip_mm), "slip", place, slip_mm)


def told_by(driver: Driver) -> dict[str, str]:
    """What the last reading of `driver` says of its slots: slot → ok, low or empty; nothing where it does not tell.

    A label printer says only that it is out: its roll runs low unseen, and is counted (`Slot.tells`).
    """
    reading = driver.reading
    if reading is None:
        return {}
    if isinstance(driver, TubeDispenser):
        low, empty = int(reading.values["low"]), int(reading.values["empty"])
        return {lane_slot(lane): _lane_state(lane, low, empty) for lane in range(1, int(driver.card.limits["lanes"]) + 1)}
    if isinstance(driver, ThermalPrinter):
        state = {"near-end": LOW, "out": EMPTY, "plenty": OK}.get(driver.paper)
        return {} if state is None else {ROLL: state}
    return {ROLL: EMPTY} if isinstance(driver, LabelDriver) and "paper-out" in reading.alarms else {}


def _lane_state(lane: int, low: int, empty: int) -> str:
    bit = 1 << (lane - 1)
    return EMPTY if empty & bit else LOW if low & bit else OK

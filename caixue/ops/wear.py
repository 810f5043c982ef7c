"""Wear as devices count it: what a counter has run in all, and since the part that it wears was put in (contract C2.1.4, C2.1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

from caixue.drivers.base import Driver
from caixue.drivers.label_printer import CARD as LABEL_PRINTER
from caixue.drivers.thermal_printer import CARD as THERMAL_PRINTER
from caixue.errors import DeviceError, LinkError, UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.units import US_PER_DAY

KINDS = ("wear.read", "part.replaced")
_ASSUMED = "assumed: docs/assumptions.md A-108"
_KEPT = 30  # readings of one counter from which its use per day is told


@dataclass(frozen=True, slots=True)
class Life:
    """How long a part of one kind of device lasts, by one of the device's counters."""

    part: str
    kind: str
    counter: str
    limit: float
    source: str


LIVES: tuple[Life, ...] = (
    Life("print-head", "label-printer", "printed-km", LABEL_PRINTER.limits["head_life_km"], LABEL_PRINTER.source),
    Life("print-head", "zpl-label-printer", "printed-km", LABEL_PRINTER.limits["head_life_km"], LABEL_PRINTER.source),
    Life("platen-roller", "label-printer", "printed-km", 60.0, _ASSUMED),
    Life("platen-roller", "zpl-label-printer", "printed-km", 60.0, _ASSUMED),
    Life("cutter", "thermal-printer", "cuts", THERMAL_PRINTER.limits["cuts"], THERMAL_PRINTER.source),
    Life("cutter", "queue-kiosk", "cuts", THERMAL_PRINTER.limits["cuts"], THERMAL_PRINTER.source),
    Life("suction-cup", "collection-host", "labels", 1_500_000.0, _ASSUMED),
    Life("belt", "conveyor", "tubes", 5_000_000.0, _ASSUMED),
)


def life_of(kind: str, part: str) -> Life | None:
    """The life of that part in that kind of device; None where no counter tells it."""
    return next((life for life in LIVES if (life.kind, life.part) == (kind, part)), None)


@dataclass(frozen=True, slots=True)
class Restart:
    """A counter that went back: the device was exchanged, or its counter set to 0. The wear goes on from what was known."""

    device: str
    counter: str
    before: float
    after: float
    at_us: int

    def __str__(self) -> str:
        return tr(
            f"{self.device} 的 {self.counter} 从 {self.before:g} 退到 {self.after:g}：设备换过或计数清过零，磨损接着已知的累计",
            f"{self.device}: {self.counter} went back from {self.before:g} to {self.after:g}: exchanged or reset; wear goes on from what was known",
        )


@dataclass(frozen=True, slots=True)
class Meter:
    """One counter of one device. `run` is all that it is known to have counted; it never falls."""

    run: float = 0.0
    last: float | None = None  # what it said when it was read last
    renewed: bool = False  # a part was put in since: a counter that starts again surprises nobody
    history: tuple[tuple[int, float], ...] = ()  # (at_us, run) of the last readings

    def read(self, value: float, at_us: int) -> Meter:
        """The meter after the counter said `value`. What a counter that went back says now has been counted since."""
        went_on = self.last is not None and value >= self.last
        run = self.run + (value - self.last if went_on and self.last is not None else value)
        return Meter(run, value, False, (*self.history, (at_us, run))[-_KEPT:])

    def goes_back(self, value: float) -> bool:
        """Whether `value` is less than what it said before, and no new part explains it."""
        return self.last is not None and value < self.last and not self.renewed

    @property
    def per_day(self) -> float | None:
        """How much it counts a day, by the last readings; None where they lie within one day."""
        if not self.history:
            return None
        (first_us, first), (last_us, last) = self.history[0], self.history[-1]
        return (last - first) * US_PER_DAY / (last_us - first_us) if last_us - first_us >= US_PER_DAY else None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A part that is built in, and what each counter of its device had run then."""

    part: str
    serial: str
    lot: str
    at_us: int
    runs: Mapping[str, float] = field(default_factory=dict)


class Wear:
    """What the counters of a site's devices say. Its state is what its events say."""

    def __init__(self, recorder: Recorder, followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.meters: dict[tuple[str, str], Meter] = {}  # by device and counter
        self.parts: dict[tuple[str, str], Fitted] = {}  # by device and part: the one that is built in
        self.restarts: list[Restart] = []
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def run(self, device: str, counter: str) -> float | None:
        """What a counter has run in all; None when it was never read."""
        meter = self.meters.get((device, counter))
        return None if meter is None else meter.run

    def of_part(self, device: str, part: str, counter: str) -> float | None:
        """What `counter` has run since the part was put in, or since the device was made; never below 0; None when it was never read."""
        run, fitted = self.run(device, counter), self.parts.get((device, part))
        return None if run is None else run - (fitted.runs.get(counter, 0.0) if fitted is not None else 0.0)

    def where(self, serial: str) -> str:
        """The device in which the part with that serial number is built in; empty when it is in none."""
        return next((device for (device, _), fitted in self.parts.items() if fitted.serial == serial), "")

    def serial(self, device: str, part: str) -> str:
        """The serial number of the part that is built in; empty when it was built in before the record began."""
        fitted = self.parts.get((device, part))
        return fitted.serial if fitted is not None else ""

    def note(self, readings: Mapping[str, Mapping[str, float]], units: Mapping[str, str], *, by: str, op: str = "") -> list[Event]:
        """Note what counters say: device → counter → value; `units`: counter → unit. Raises UsageError for a value that none can have."""
        drafts = [_reading(device, name, value, units) for device, counters in readings.items() for name, value in counters.items()]
        return self.recorder.note_all(drafts, actor=by, op=op) if drafts else []

    def hear(self, event: Event) -> None:
        """Take one event."""
        if event.kind == "wear.read":
            self._read(event.subject, event.data["counter"], event.data["value"], event.at_us)
        elif event.kind == "part.replaced":
            self._replaced(event)

    def _read(self, device: str, counter: str, value: float, at_us: int) -> None:
        meter = self.meters.get((device, counter), Meter())
        if meter.goes_back(value) and meter.last is not None:
            self.restarts.append(Restart(device, counter, meter.last, value, at_us))
        first, self.meters[device, counter] = meter.last is None, meter.read(value, at_us)
        if first:
            self._begin(device, counter)

    def _begin(self, device: str, counter: str) -> None:
        """A counter is read for the first time: parts that were put in before count from here, for nothing else is known."""
        run = self.meters[device, counter].run
        for key, fitted in self.parts.items():
            if key[0] == device:
                self.parts[key] = replace(fitted, runs={counter: run, **fitted.runs})

    def _replaced(self, event: Event) -> None:
        device, data = event.subject, event.data
        if data.get("counter") and data.get("wear_at") is not None:
            self._read(device, data["counter"], data["wear_at"], event.at_us)
        mine = {counter: meter for (of, counter), meter in self.meters.items() if of == device}
        for counter, meter in mine.items():
            self.meters[device, counter] = replace(meter, renewed=True)
        runs = {counter: meter.run for counter, meter in mine.items()}
        self.parts[device, data["part"]] = Fitted(data["part"], data["new_serial"], data["lot"], event.at_us, runs)


def _reading(device: str, counter: str, value: float, units: Mapping[str, str]) -> Draft:
    if not isfinite(value) or value < 0:
        raise UsageError(tr(f"{device} 的 {counter} 不能是 {value}", f"{counter} of {device} cannot be {value}"))
    return Draft("wear.read", device, {"counter": counter, "value": value, "unit": units[counter]})


def units_of(drivers: Iterable[Driver]) -> dict[str, str]:
    """The unit of every counter that these devices keep."""
    return {name: counter.unit for driver in drivers for name, counter in driver.card.counters.items()}


def read_wear(drivers: Iterable[Driver]) -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """Ask every device for its counters: what they say, and why the others did not. Blocks as long as the devices take."""
    found: dict[str, dict[str, int]] = {}
    failed: dict[str, str] = {}
    for driver in drivers:
        if not driver.card.counters:
            continue
        try:
            found[driver.name] = dict(driver.wear())
        except (DeviceError, LinkError) as error:
            failed[driver.name] = str(error)
    return {device: counters for device, counters in found.items() if counters}, failed

"""From a site file to working drivers: finds the driver class of each kind of device and connects it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import cast

import caixue.drivers
from caixue.clock import Clock, SystemClock
from caixue.discovery import classes_by_kind
from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.base import Driver
from caixue.drivers.collection_host import CollectionHost
from caixue.drivers.label_jobs import LabelDriver
from caixue.drivers.modbus_device import ModbusDriver
from caixue.drivers.thermal_printer import ThermalPrinter
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.errors import UsageError
from caixue.journal import Journal, Recorder
from caixue.journal.memory import MemoryJournal
from caixue.lease import Leases, arm_by_lease, moving_ports
from caixue.link.arming import Arming, Guard, grant
from caixue.link.port import Port, Tap
from caixue.link.recording import Recorded, TrafficRecorder
from caixue.link.tracing import both
from caixue.site import DeviceSpec, Site, WindowSpec, load_site
from caixue.tubes import SerialNumbers
from caixue.units import nearest
from caixue.window import Window

WINDOW_KINDS = ("collection-host", "tube-dispenser", "label-printer", "thermal-printer", "barcode-scanner")


@cache
def driver_classes() -> Mapping[str, type[Driver]]:
    """Every driver class by the kind on its card."""
    return classes_by_kind(caixue.drivers, "caixue.drivers", Driver)


def make_driver(
    spec: DeviceSpec,
    clock: Clock,
    recorder: Recorder,
    *,
    url: str | None = None,
    tap: Tap | None = None,
    arming: Guard | None = None,
    beside: Port | None = None,
) -> Driver:
    """The driver for one device of a site; `url` replaces the site's. The port is opened at the first exchange.

    On a real port it moves and prints nothing unless `arming` allows it. `beside` is a port that leads to the same line.

    Raises UsageError for a kind that no driver knows, for Modbus framing of a device that does not speak Modbus, and for
    another baud rate than the line has.
    """
    classes = driver_classes()
    driver = classes.get(spec.kind)
    if driver is None:
        raise UsageError(f"{spec.name}: no driver for kind {spec.kind!r}{nearest(spec.kind, classes)}")
    card = driver.card
    baudrate = spec.baudrate or card.baudrate
    if beside is not None and beside.baudrate != baudrate:
        both_rates = f"{beside.baudrate} and {baudrate}"
        raise UsageError(f"{beside.name} and {spec.name} share a line, at {both_rates} baud: write the same baudrate for both")
    port = Port(
        url or spec.url, clock, name=spec.name, baudrate=baudrate, timeout_s=card.reply_timeout_s, tap=tap, arming=arming, beside=beside
    )
    if issubclass(driver, ModbusDriver):
        return driver(spec.name, port, clock, recorder, unit=spec.unit, framing=spec.framing or "rtu", registers=spec.registers)
    if spec.framing:
        raise UsageError(f'{spec.name}: a {spec.kind} does not speak Modbus; leave out framing = "{spec.framing}"')
    return driver(spec.name, port, clock, recorder)


def make_drivers(
    specs: Iterable[DeviceSpec],
    clock: Clock,
    recorder: Recorder,
    *,
    url_of: Callable[[DeviceSpec], str] | None = None,
    tap: Tap | None = None,
    arming: Guard | None = None,
) -> dict[str, Driver]:
    """The driver of every device by name; those that `url_of` (default: the site) leads to one URL share its line."""
    drivers: dict[str, Driver] = {}
    lines: dict[str, Port] = {}
    for spec in specs:
        url = url_of(spec) if url_of is not None else spec.url
        driver = make_driver(spec, clock, recorder, url=url, tap=tap, arming=arming, beside=lines.get(url))
        lines.setdefault(url, driver.port)
        drivers[spec.name] = driver
    return drivers


def by_part(drivers: Mapping[str, Driver], names: Iterable[str]) -> dict[str, Driver]:
    """These drivers by the part they play at a window: their kind; any label printer, whatever its language, is the "label-printer"."""
    own = [drivers[name] for name in names]
    return {"label-printer" if isinstance(driver, LabelDriver) else driver.card.kind: driver for driver in own}


def make_window(site: Site, window: WindowSpec, drivers: Mapping[str, Driver], serials: SerialNumbers, recorder: Recorder, clock: Clock) -> Window:
    """The workflow of one window over its drivers. Raises UsageError when the window lacks a kind that the workflow needs."""
    by_kind = by_part(drivers, window.devices)
    missing = [kind for kind in WINDOW_KINDS if kind not in by_kind]
    if missing:
        raise UsageError(f"{window.name} has no {missing[0]}; the window workflow needs {', '.join(WINDOW_KINDS)}")
    return Window(
        window.name,
        host=cast(CollectionHost, by_kind["collection-host"]),
        dispenser=cast(TubeDispenser, by_kind["tube-dispenser"]),
        label_printer=cast(LabelDriver, by_kind["label-printer"]),
        thermal_printer=cast(ThermalPrinter, by_kind["thermal-printer"]),
        scanner=cast(BarcodeScanner, by_kind["barcode-scanner"]),
        lanes=dict(site.tubes.lanes),
        serials=serials,
        recorder=recorder,
        clock=clock,
    )


@dataclass(frozen=True, slots=True)
class OpenSite:
    """A site with its drivers. `windows` holds the workflow of every window that has all its devices.

    On real ports nothing moves or prints until a named person arms devices; what was intended is in `arming.intended`.
    """

    site: Site
    drivers: Mapping[str, Driver]
    windows: Mapping[str, Window]
    recorder: Recorder
    arming: Arming

    def arm(self, person: str, devices: str | Iterable[str], until: datetime, reason: str = "") -> None:
        """Let `devices` (names, * allowed) move until `until`, in this process; `arming.disarm()` ends it.

        Raises UsageError without a person, for unknown devices and for a time that is not ahead or more than 12 hours off,
        and NotArmed while somebody else holds a lease of one of their ports.
        """
        given = grant(person, devices, until, self.drivers, self.recorder.clock.now(), reason)
        ports = moving_ports({name: self.drivers[name].port.url for name in given.devices})
        Leases(self.recorder.clock).refuse_taken(ports.values())
        self.arming.arm_with(given)

    def arm_by_lease(self, token: str | None = None) -> None:
        """Arm by a lease, by default the one under which `caixue arm` started this program. Raises NotArmed when none stands."""
        urls = {name: driver.port.url for name, driver in self.drivers.items()}
        arm_by_lease(self.arming, urls, Leases(self.recorder.clock), token)


def open_site(
    path: str | Path,
    *,
    clock: Clock | None = None,
    journal: Journal | None = None,
    url_of: Callable[[DeviceSpec], str] | None = None,
    tap: Tap | None = None,
    record: str | Path | None = None,
    arming: Guard | None = None,
) -> OpenSite:
    """The site in `path` (or a built-in name) with a driver for each device; events go to `journal` (default: memory).

    `tap` sees every byte of every port; `record` names a new file that keeps them all. Real devices move and print once
    `OpenSite.arm` has been called, or as `arming` allows where it is given. Raises UsageError for a bad site.
    """
    site = load_site(path)
    clock = clock or SystemClock()
    recorder = Recorder(journal or MemoryJournal(), clock)
    if record is not None:
        tap = both(tap, TrafficRecorder(record, clock, site=site.name, devices=recorded_devices(site, url_of)).tap)
    own = arming if isinstance(arming, Arming) else Arming(site.name, site.devices, recorder)
    drivers = make_drivers(site.devices.values(), clock, recorder, url_of=url_of, tap=tap, arming=arming or own)
    serials = SerialNumbers(f"{clock.now():%y%m%d}")
    windows = {window.name: make_window(site, window, drivers, serials, recorder, clock) for window in site.windows if window.devices}
    return OpenSite(site, drivers, windows, recorder, own)


def recorded_devices(site: Site, url_of: Callable[[DeviceSpec], str] | None = None) -> list[Recorded]:
    """What a recording of this site says of its devices."""
    return [_recorded(spec, url_of(spec) if url_of else spec.url) for spec in site.devices.values()]


def _recorded(spec: DeviceSpec, url: str) -> Recorded:
    driver = driver_classes().get(spec.kind)
    protocol, baudrate = (driver.card.protocol, driver.card.baudrate) if driver is not None else ("", 0)
    return Recorded(spec.name, spec.kind, url, spec.baudrate or baudrate, protocol, spec.framing, spec.unit)

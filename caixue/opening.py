"""From a site file to working drivers: finds the driver class of each kind of device and connects it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import caixue.drivers
from caixue.clock import Clock, SystemClock
from caixue.discovery import classes_by_kind
from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.base import Driver
from caixue.drivers.collection_host import CollectionHost
from caixue.drivers.jobs import JobDriver
from caixue.drivers.label_printer import LabelPrinter
from caixue.drivers.thermal_printer import ThermalPrinter
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.errors import UsageError
from caixue.journal import Journal, Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link.port import Port, Tap
from caixue.site import DeviceSpec, Site, WindowSpec, load_site
from caixue.tubes import SerialNumbers
from caixue.units import nearest
from caixue.window import Window

WINDOW_KINDS = ("collection-host", "tube-dispenser", "label-printer", "thermal-printer", "barcode-scanner")


@cache
def driver_classes() -> Mapping[str, type[Driver]]:
    """Every driver class by the kind on its card."""
    return classes_by_kind(caixue.drivers, Driver)


def make_driver(spec: DeviceSpec, clock: Clock, recorder: Recorder, *, url: str | None = None, tap: Tap | None = None) -> Driver:
    """The driver for one device of a site; `url` replaces the site's. The port is opened at the first exchange.

    Raises UsageError for a kind that no driver knows, and for Modbus framing that its driver does not speak.
    """
    classes = driver_classes()
    driver = classes.get(spec.kind)
    if driver is None:
        raise UsageError(f"{spec.name}: no driver for kind {spec.kind!r}{nearest(spec.kind, classes)}")
    card = driver.card
    port = Port(url or spec.url, clock, name=spec.name, baudrate=spec.baudrate or card.baudrate, timeout_s=card.reply_timeout_s, tap=tap)
    if issubclass(driver, JobDriver):
        if spec.framing not in ("", "rtu"):
            raise UsageError(f'{spec.name}: framing "{spec.framing}" is not supported by this driver; write framing = "rtu"')
        return driver(spec.name, port, clock, recorder, unit=spec.unit)
    return driver(spec.name, port, clock, recorder)


def make_window(site: Site, window: WindowSpec, drivers: Mapping[str, Driver], serials: SerialNumbers, recorder: Recorder, clock: Clock) -> Window:
    """The workflow of one window over its drivers. Raises UsageError when the window lacks a kind that the workflow needs."""
    by_kind = {drivers[name].card.kind: drivers[name] for name in window.devices}
    missing = [kind for kind in WINDOW_KINDS if kind not in by_kind]
    if missing:
        raise UsageError(f"{window.name} has no {missing[0]}; the window workflow needs {', '.join(WINDOW_KINDS)}")
    return Window(
        window.name,
        host=cast(CollectionHost, by_kind["collection-host"]),
        dispenser=cast(TubeDispenser, by_kind["tube-dispenser"]),
        label_printer=cast(LabelPrinter, by_kind["label-printer"]),
        thermal_printer=cast(ThermalPrinter, by_kind["thermal-printer"]),
        scanner=cast(BarcodeScanner, by_kind["barcode-scanner"]),
        lanes=dict(site.tubes.lanes),
        serials=serials,
        recorder=recorder,
        clock=clock,
    )


@dataclass(frozen=True, slots=True)
class OpenSite:
    """A site with its drivers. `windows` holds the workflow of every window that has all its devices."""

    site: Site
    drivers: Mapping[str, Driver]
    windows: Mapping[str, Window]
    recorder: Recorder


def open_site(
    path: str | Path, *, clock: Clock | None = None, journal: Journal | None = None, url_of: Callable[[DeviceSpec], str] | None = None
) -> OpenSite:
    """The site in `path` (or a built-in name) with a driver for each device; events go to `journal` (default: memory).

    Operations of these drivers move and print on whatever the URLs lead to. Raises UsageError for a bad site.
    """
    site = load_site(path)
    clock = clock or SystemClock()
    recorder = Recorder(journal or MemoryJournal(), clock)
    drivers = {spec.name: make_driver(spec, clock, recorder, url=url_of(spec) if url_of else None) for spec in site.devices.values()}
    serials = SerialNumbers(f"{clock.now():%y%m%d}")
    windows = {window.name: make_window(site, window, drivers, serials, recorder, clock) for window in site.windows if window.devices}
    return OpenSite(site, drivers, windows, recorder)

"""Calibrations (contract C2.1.4): what is measured against which reference, within which tolerance, and how a driver measures it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.base import Driver
from caixue.drivers.collection_host import CollectionHost
from caixue.drivers.conveyor import CARD as CONVEYOR
from caixue.drivers.conveyor import Conveyor
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.tubes import TUBE_KINDS

_ASSUMED = "assumed: docs/assumptions.md A-107"
SCANS = 20  # of one test tube, all of which must read: docs/assumptions.md A-107
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """One quantity of one kind of device; `tolerance` is how far from `reference` it may be, in `unit`."""

    quantity: str
    kind: str
    zh: str
    en: str
    unit: str
    reference: float
    tolerance: float
    source: str = _ASSUMED

    def passed(self, after: float, reference: float) -> bool:
        """Whether the value after adjusting lies within the tolerance."""
        return abs(after - reference) <= self.tolerance + _ROUNDING


CALIBRATIONS: tuple[Calibration, ...] = (
    Calibration("belt-speed", "conveyor", "传送带速度", "belt speed", "mm/s", CONVEYOR.limits["usual_mm_s"], 6.0),
    Calibration("colour-sensor", "tube-dispenser", "颜色传感器判对的比例", "share of tubes whose colour is told right", "share", 1.0, 0.0),
    Calibration("label-placement", "label-printer", "贴标位置偏差", "offset of the label on the tube", "mm", 0.0, 1.0),
    Calibration("label-placement", "zpl-label-printer", "贴标位置偏差", "offset of the label on the tube", "mm", 0.0, 1.0),
    Calibration("first-read", "barcode-scanner", "一次读出的比例", "share of scans that read at once", "share", 1.0, 0.0),
)


def calibration_of(kind: str, quantity: str) -> Calibration:
    """The row for that quantity of that kind of device. Raises UsageError where there is none, naming those that exist."""
    for row in CALIBRATIONS:
        if (row.kind, row.quantity) == (kind, quantity):
            return row
    known = ", ".join(row.quantity for row in CALIBRATIONS if row.kind == kind)
    raise UsageError(
        tr(f"{kind} 没有校准项 {quantity!r}；有的是：{known or '无'}", f"{kind} has no calibration {quantity!r}; it has: {known or 'none'}")
    )


def belt_speed(conveyor: Conveyor, speed_mm_s: float) -> float:
    """Let the belt run at `speed_mm_s` and give its speed by the encoder. Raises DeviceError, LinkError, NotArmed."""
    conveyor.set_speed(speed_mm_s)
    return float(conveyor.status().values["speed"])


def colours_right(dispenser: TubeDispenser, host: CollectionHost, lanes: Sequence[tuple[int, str]]) -> float:
    """Take one tube from each usable lane, whose kind is known, and give the share whose colour the sensor told right.

    The tubes go into the reject bin, and are told as used. Raises UsageError when no lane can be used, and what the drivers raise.
    """
    dispenser.status()
    known = [(lane, kind) for lane, kind in lanes if dispenser.usable(lane)]
    if not known:
        raise UsageError(tr(f"{dispenser.name}：没有可用的料道", f"{dispenser.name}: no lane can be used"))
    right = 0
    for lane, kind in known:
        right += dispenser.dispense(lane).colour == TUBE_KINDS[kind].colour
        dispenser.recorder.note("tube.picked", dispenser.name, lane=lane, tube=kind, serial="")
        host.reject()
        host.recorder.note("tube.rejected", host.name, serial="", reason="calibration")
    return right / len(known)


def first_reads(scanner: BarcodeScanner, expected: str, scans: int = SCANS) -> float:
    """Scan the test tube before the scanner `scans` times and give the share that read `expected`. Raises LinkError."""
    return sum(scanner.scan() == expected for _ in range(scans)) / scans


@dataclass(frozen=True, slots=True)
class Bench:
    """What a measurement needs beside the device: its neighbours' drivers by kind, the site's lanes, the reference, a test tube's code."""

    near: Mapping[str, Driver]
    lanes: Sequence[tuple[int, str]]
    reference: float
    code: str = ""


# Quantity → how drivers measure it; what is not listed is measured by hand.
MEASURES: Mapping[str, Callable[[Any, Bench], float]] = {
    "belt-speed": lambda conveyor, bench: belt_speed(conveyor, bench.reference),
    "colour-sensor": lambda dispenser, bench: colours_right(dispenser, _host(bench.near), bench.lanes),
    "first-read": lambda scanner, bench: first_reads(scanner, bench.code),
}


def _host(near: Mapping[str, Driver]) -> CollectionHost:
    host = near.get("collection-host")
    if not isinstance(host, CollectionHost):
        raise UsageError(tr("旁边没有采血主机来收试管", "there is no collection host beside it to take the tubes"))
    return host


def measured(driver: Driver, quantity: str, bench: Bench) -> float:
    """What the drivers measure. Raises UsageError for a quantity that only a person with a gauge can measure, else what the drivers raise."""
    measure = MEASURES.get(quantity)
    if measure is None:
        raise UsageError(tr(f"{quantity} 要用量具量，不能由设备读出", f"{quantity} is measured by hand; no device tells it"))
    return measure(driver, bench)

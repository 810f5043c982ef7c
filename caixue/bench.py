"""Benches: a set of working drivers for tests, on real ports, on a recording, or on whatever an entry point offers.

The entry-point group `caixue.benches` holds, by name, classes like `twin.bench_plugin:TwinBench`, so that a test run says
`--bench twin` and this package never imports the twin.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Protocol

from caixue.clock import Clock, SystemClock
from caixue.conformance import Provoke, Subject
from caixue.drivers.base import Driver
from caixue.errors import UsageError
from caixue.journal import Journal, Recorder
from caixue.journal.memory import MemoryJournal
from caixue.lang import tr
from caixue.lease import TOKEN
from caixue.link.arming import can_move
from caixue.link.port import Tap
from caixue.link.recording import Direction, Header, Recorded, TrafficRecorder, Transfer
from caixue.link.replaying import Replay
from caixue.link.tracing import both
from caixue.opening import by_part, make_driver, open_site, recorded_devices
from caixue.site import DeviceSpec, Site, load_site
from caixue.transcript import as_text, transcribe
from caixue.window import Window

GROUP = "caixue.benches"
REPLAY = "replay"
_KEPT = 4000  # transfers kept in memory
_SHOWN = 200  # lines of a transcript in a report


class Ear:
    """Remembers the last traffic of a bench, for the report of a test that fails."""

    def __init__(self) -> None:
        self.count = 0
        self.now_us: Callable[[], int] = lambda: 0
        self._kept: deque[Transfer] = deque(maxlen=_KEPT)

    def tap(self, port: str, direction: str, data: bytes) -> None:
        """Take one transfer."""
        way: Direction = ">" if direction == ">" else "<"
        self._kept.append(Transfer(self.now_us(), port, way, data))
        self.count += 1

    def since(self, count: int) -> list[Transfer]:
        """What passed since `count` transfers had passed, as far as it is kept."""
        kept = [*self._kept]
        return kept[max(0, len(kept) - (self.count - count)) :]


@dataclass
class Bench:
    """Drivers that a test may use, on ports that exist, as long as the bench is open."""

    name: str
    header: Header
    drivers: Mapping[str, Driver]
    windows: Mapping[str, Window]
    clock: Clock
    journal: Journal
    ear: Ear
    simulated: bool = False  # nothing real can move
    provoke: Provoke | None = None
    on_close: list[Callable[[], None]] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)  # those that have used it

    def driver(self, kind: str, window: str = "") -> Driver:
        """The driver of the first device of `kind`, at `window` if one is named; raises UsageError when there is none.

        A label printer of any language is a "label-printer".
        """
        for name, driver in self.drivers.items():
            at_window = name.startswith(f"{window}." if window else "")
            if at_window and (driver.card.kind == kind or kind in by_part(self.drivers, [name])):
                return driver
        raise UsageError(tr(f"试验台 {self.name} 没有 {kind}", f"bench {self.name} has no {kind}") + (f" at {window}" if window else ""))

    def subject(self, device: str, *, may_actuate: bool = False) -> Subject:
        """A device as the conformance suite takes it."""
        known = self.header.device(device)
        units = frozenset(each.unit for each in self.header.devices if each.url == known.url)
        return Subject(self.drivers[device], may_actuate or self.simulated, self.provoke, units, known.framing)

    def transcript(self, count: int) -> list[str]:
        """What passed since `count` transfers had passed, in words; the last lines when there are many."""
        lines = [as_text(line, self.header.start) for line in transcribe(self.header, self.ear.since(count))]
        return lines[-_SHOWN:]

    def close(self) -> None:
        """Give the ports back."""
        for driver in self.drivers.values():
            driver.port.close()
        for close in reversed(self.on_close):
            close()


class Opener(Protocol):
    """What an entry point of the group offers."""

    simulated: bool

    def __call__(self, argument: str, ear: Ear, record: Path | None) -> Bench:
        """Open the bench; `argument` is what follows the colon of `--bench name:argument`."""

    def site(self, argument: str) -> Site:
        """The site that `argument` stands for."""

    def judge(self, path: Path) -> Judged:
        """Run a scenario file."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a scenario: its verdict row by row, and the command that repeats it."""

    passed: bool
    lines: tuple[str, ...]
    again: str
    properties: tuple[tuple[str, str], ...] = ()


def opener(where: str) -> Opener | None:
    """What an installed package offers under the name in `where`, the part before a colon."""
    name = where.partition(":")[0]
    found = next(iter(metadata.entry_points(group=GROUP, name=name)), None)
    if found is None:
        return None
    made: Opener = found.load()()
    return made


def is_simulated(where: str) -> bool:
    """Whether nothing real can move there."""
    found = opener(where)
    return where.startswith(f"{REPLAY}:") or (found is not None and found.simulated)


def is_armed(where: str) -> bool:
    """Whether drivers may move what is there: nothing of it is real, or `caixue arm` has started this program."""
    return is_simulated(where) or TOKEN in os.environ or not any(can_move(device.url) for device in devices_of(where))


def open_bench(where: str, record: Path | None = None) -> Bench:
    """The bench in `where`: a name of the entry-point group, `replay:FILE`, or a site file. `record` keeps its traffic in a new file.

    Real devices are armed by the lease under which `caixue arm` started this program, and not otherwise. Raises UsageError
    for a bad site or recording, NotArmed for a lease that does not stand or is for another bench.
    """
    ear = Ear()
    name, _, argument = where.partition(":")
    found = opener(where)
    if found is not None:
        bench = found(argument, ear, record)
    elif name == REPLAY and argument:
        bench = _recorded(argument, ear)
    else:
        bench = _real(where, ear, record)
    ear.now_us = bench.clock.monotonic_us
    return bench


def devices_of(where: str) -> list[Recorded]:
    """The devices of a bench, known without opening it."""
    name, _, argument = where.partition(":")
    found = opener(where)
    if found is not None:
        return recorded_devices(found.site(argument))
    if name == REPLAY and argument:
        return list(Replay(argument).header.devices)
    return recorded_devices(load_site(where))


def _real(where: str, ear: Ear, record: Path | None) -> Bench:
    clock, journal = SystemClock(), MemoryJournal()
    tap, on_close = recording_tap(record, clock, load_site(where), ear)
    opened = open_site(where, clock=clock, journal=journal, tap=tap)
    if TOKEN in os.environ:
        opened.arm_by_lease()
    header = Header(opened.site.name, clock.now(), tuple(recorded_devices(opened.site)))
    return Bench(where, header, opened.drivers, opened.windows, clock, journal, ear, on_close=on_close)


def recording_tap(record: Path | None, clock: Clock, site: Site, ear: Ear) -> tuple[Tap, list[Callable[[], None]]]:
    """The tap of a bench that may be recorded, and what closes the recording."""
    if record is None:
        return ear.tap, []
    recorder = TrafficRecorder(record, clock, site=site.name, devices=recorded_devices(site))
    return both(ear.tap, recorder.tap), [recorder.close]


def _recorded(path: str, ear: Ear) -> Bench:
    """Every device of a recording; requests are answered in any order."""
    replay, journal = Replay(path, any_order=True), MemoryJournal()
    recorder = Recorder(journal, replay.clock)
    drivers = {
        device.name: make_driver(_spec(device), replay.clock, recorder, url=replay.url(device.name), tap=ear.tap)
        for device in replay.header.devices
    }
    return Bench(f"{REPLAY}:{path}", replay.header, drivers, {}, replay.clock, journal, ear, simulated=True, on_close=[lambda: replay.close()])


def _spec(device: Recorded) -> DeviceSpec:
    framing = device.framing if device.framing in ("rtu", "mbap") else ""
    return DeviceSpec(device.name, device.kind, device.url, framing, device.unit, device.baudrate or None, "", {})  # type: ignore[arg-type]

"""The twin as a bench for tests: real drivers over real bytes in virtual time, in which the test itself is a driver call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from greenlet import getcurrent
from simpy.events import Event

from caixue.bench import Bench, Ear, Judged, recording_tap
from caixue.clock import SHANGHAI
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link.recording import Header
from caixue.opening import recorded_devices
from caixue.site import Site, load_site
from twin.devices.base import DeviceModel
from twin.faults.catalogue import Fault, catalogue
from twin.invariants import Invariants
from twin.plant import build
from twin.world import Kernel, Task, World

START = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)  # a Monday; any fixed moment gives the same bytes again
SITE = "eight-window"


class Outside:
    """Whoever calls drivers from outside the world's own greenlets: while it waits, virtual time passes."""

    dead = False

    def __init__(self, kernel: Kernel) -> None:
        self.ticket = 0
        self.parent = _Pump(kernel)

    def switch(self, value: object) -> None:
        """The wait is over."""
        assert self.parent.over is not None
        self.parent.over.succeed(value)


class _Pump:
    """Where the test waits: the kernel runs until the wait is over."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.over: Event | None = None

    def switch(self) -> Any:
        self.over = self._kernel.event()
        return self._kernel.run(self.over)


class BenchWorld(World):
    """A world in which blocking code runs anywhere: test functions, fixtures and their finalizers."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._outside = Outside(self.kernel)

    def current_task(self) -> Task:
        """The driver call that is running now, or the test."""
        task = getcurrent()
        return task if isinstance(task, Task) else self._outside  # type: ignore[return-value]


class TwinBench:
    """Opens the twin of a site: `--bench twin`, or `--bench twin:SITE` with a built-in name or a site file."""

    simulated = True

    def __call__(self, argument: str, ear: Ear, record: Path | None) -> Bench:
        site, world, journal = self.site(argument), BenchWorld(START), MemoryJournal()
        recorder = Recorder(journal, world.clock)
        tap, on_close = recording_tap(record, world.clock, site, ear)
        invariants = Invariants(recorder, lambda check: world.kernel.at(world.now_us, check))
        plant = build(world, site, recorder, invariants, tap)
        header = Header(site.name, world.clock.now(), tuple(recorded_devices(site)))
        windows = {position.name: position.station for position in plant.positions if position.name in site_windows(site)}
        return Bench(
            f"twin:{argument}" if argument else "twin",
            header,
            plant.drivers,
            windows,  # type: ignore[arg-type]
            world.clock,
            journal,
            ear,
            simulated=True,
            provoke=partial(provoke, plant.models),
            on_close=[*on_close, world.close],
        )

    @staticmethod
    def site(argument: str) -> Site:
        """The site of that name or file."""
        return load_site(argument or SITE)

    @staticmethod
    def judge(path: Path) -> Judged:
        """Run a scenario once at its own seed. Raises UsageError with every mistake of the file."""
        from caixue.cli import command_line
        from twin.experiment import run
        from twin.printed import reasons

        result = run(str(path))
        again = command_line(["caixue", "run", str(path), "--seed", str(result.scenario.seed)])
        properties = tuple((name, str(result.data[name])) for name in ("seed", "verdict", "trace_sha256"))
        return Judged(result.exit_code == 0, tuple(reasons(result.verdict)), again, properties)


def site_windows(site: Site) -> frozenset[str]:
    """Names of the windows that have devices."""
    return frozenset(window.name for window in site.windows if window.devices)


def provoke(models: dict[str, DeviceModel], device: str, alarm: str) -> Callable[[], None] | None:
    """Bring `alarm` about by the fault row that leads to it; gives what repairs it, None where no row does."""
    model = models[device]
    row = next((row for row in catalogue().values() if row.device == model.card.kind and _leads_to(row, alarm)), None)
    if row is None:
        return None
    model.begin(row.symptom, **row.detail)
    return partial(model.end, row.symptom)


def _leads_to(row: Fault, alarm: str) -> bool:
    """A row is named after its alarm: label-paper-out, or jam for paper-jam."""
    return row.kind == alarm or row.kind.endswith(f"-{alarm}") or alarm.endswith(f"-{row.symptom}")

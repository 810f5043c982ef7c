"""One replication of a scenario in virtual time: real drivers over real bytes where the site has devices, bare windows where not."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from caixue.day import DayRecord
from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.base import Driver
from caixue.drivers.call_display import CallDisplay
from caixue.drivers.queue_kiosk import QueueKiosk
from caixue.drivers.ups import Ups, UpsOptions
from caixue.events import Event
from caixue.folding import Folder
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link.tracing import TraceHash
from caixue.metrics import Basis, figure_value
from caixue.ops.incidents import Incidents
from caixue.ops.monitor import Monitor
from caixue.ops.power import MAINS, PowerGuard, fed_by
from caixue.reception import Reception
from caixue.site import Site
from caixue.sla import Deadlines
from caixue.verdict import FaultTimes
from twin.arrivals import ArrivalLog
from twin.belt import Belt
from twin.breakdowns import schedule_breakdowns
from twin.chance import Chance
from twin.devices.conveyor import ConveyorModel
from twin.devices.sorter import SorterModel
from twin.engineer import Engineers, nurse_tries
from twin.faults.catalogue import Fault, catalogue
from twin.faults.injector import Injector, Place
from twin.hall import Hall
from twin.hours import Hours
from twin.invariants import Invariants
from twin.laboratory import Laboratory
from twin.mains import Mains
from twin.plant import build
from twin.position import Position
from twin.room import Room
from twin.scenario_checks import names_of
from twin.scenario_model import Fault as FaultLine
from twin.scenario_model import Scenario
from twin.things import Tube
from twin.workload import Patient, patients
from twin.world import US, World

NURSE_TRIES_US = 40 * US  # how long a nurse works on a jam before she calls; docs/assumptions.md A-09
SETTLE_US = 120 * US  # after everything is over, so that the monitor has seen every device once more
GRACE_US = 6 * 3600 * US  # the room must be empty this long after the last arrival and the last fault
PROGRESS_US = 60 * US

Progress = Callable[[int, int], None]  # simulated microseconds so far, and the expected end


@dataclass(frozen=True, slots=True)
class Replication:
    """What one replication left behind."""

    events: list[Event]
    lines: list[str]  # the events as canonical JSON
    day: DayRecord
    faults: tuple[FaultTimes, ...]
    broken: tuple[str, ...]
    not_steady: str  # which [[steady]] row failed; empty when none
    trace_sha256: str
    exchanges: int
    simulated_us: int


def basis_for(scenario: Scenario, site: Site) -> Basis:
    """What the figures rest on beside the record."""
    return Basis.of(
        Deadlines.of(site), scenario.start, slot_us=scenario.load.slot_us, load_us=scenario.duration_us, engineers=scenario.staff.engineers
    )


def run_replication(scenario: Scenario, site: Site, log: ArrivalLog | None, replication: int = 0, progress: Progress | None = None) -> Replication:
    """Run one replication to its end. The same arguments give the same bytes."""
    day = _Day(scenario, site, log, replication)
    try:
        return day.run(progress)
    finally:
        day.world.close()


class _Day:
    """Everything of one replication, wired together."""

    def __init__(self, scenario: Scenario, site: Site, log: ArrivalLog | None, replication: int) -> None:
        self.scenario, self.site, self.log = scenario, site, log
        self.chance = Chance(scenario.seed, replication)
        self.world = World(scenario.start)
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, self.world.clock)
        self.trace = TraceHash(self.world.clock.monotonic_us)
        self.lines: list[str] = []
        self.folder = Folder()
        self.invariants = Invariants(self.recorder, lambda check: self.world.kernel.at(self.world.now_us, check))
        self.world.on_overlap = self.invariants.overlap
        self.plant = build(self.world, site, self.recorder, self.invariants, self.trace.tap)
        self.laboratory = Laboratory(self.world, self.recorder, self.chance, site.transport.mean_us)
        self.hours = Hours(scenario, site, log)
        self.room = self._room()
        self.invariants.room = self.room
        self.belt = self._belt()
        self.mains = self._mains()
        self.hall = self._hall()
        self.injector = Injector(
            self.world,
            self.recorder,
            self.chance,
            self.plant.models,
            self.plant.lines,
            self._places(),
        )
        self.incidents = Incidents(self.recorder, self.world.clock, Deadlines.of(site))
        self.engineers = Engineers(
            self.world,
            self.room,
            self.recorder,
            self.chance,
            self.incidents,
            self.injector,
            self.plant.models,
            self.plant.drivers,
            {item.item: item.on_hand for item in site.stock},
            count=scenario.staff.engineers,
            walk_us=site.walking.engineer_us,
        )
        self.incidents.on_open = self.engineers.take
        self.monitors = self._monitors()
        self.over = False
        self.not_steady = ""
        self.end = self.world.kernel.event()
        self._listen()

    # wiring

    def _listen(self) -> None:
        for hear in (self._keep, self.folder.add, self.invariants.hear, self.injector.hear, self.laboratory.hear):
            self.journal.subscribe(hear)
        watching = {driver.name: monitor for monitor in self.monitors for driver in monitor.drivers}

        def tell(event: Event) -> None:
            monitor = watching.get(event.subject)
            if monitor is not None:
                monitor.on_event(event)

        self.journal.subscribe(tell)
        self.journal.subscribe(self.incidents.hear)
        if self.hall is not None:
            self.journal.subscribe(self.hall.hear)

    def _keep(self, event: Event) -> None:
        line = event.to_json()
        self.lines.append(line)
        self.trace.add(line)

    def _room(self) -> Room:
        return Room(
            self.world,
            self.recorder,
            self.plant.positions,
            nurses=self.hours.nurses,
            approach_us=self.site.walking.approach_us,
            call_for_help=lambda position, help_needed: self._help(position, help_needed),
            specimens=self._send_specimens,
            check_tray=self.invariants.tray_leaves,
        )

    def _belt(self) -> Belt | None:
        """The belt behind the windows, where the site has one."""
        shared = [self.plant.models[driver.name] for driver in self.plant.shared]
        conveyor = next((model for model in shared if isinstance(model, ConveyorModel)), None)
        sorter = next((model for model in shared if isinstance(model, SorterModel)), None)
        if conveyor is None:
            return None
        return Belt(self.world, self.room, self.recorder, self.laboratory, self.site.transport, conveyor, sorter)

    def _mains(self) -> Mains | None:
        """The supply of the room, where a UPS tells of it."""
        fed = {driver.name: fed_by(self.site, driver.name) for driver in self.plant.shared if isinstance(driver, Ups)}
        return Mains(self.world, self.site, self.room, self.plant.models, self.plant.shared, fed, self.invariants) if fed else None

    def _hall(self) -> Hall | None:
        """Kiosks and displays, where the site has them."""
        kiosks = [driver for driver in self.plant.shared if isinstance(driver, QueueKiosk)]
        shared = [driver for driver in self.plant.shared if isinstance(driver, CallDisplay)]
        own = {self.site.devices[driver.name].window: driver for driver in self._own_displays()}
        if not (kiosks or shared or own):
            return None
        places = {window.name: f"{window.index + 1}号窗口" for window in self.site.windows} | {self.site.manual_station.name: "人工台"}
        return Hall(self.world, self.room, Reception(kiosks, shared, own, places, self.recorder))

    def _own_displays(self) -> list[CallDisplay]:
        drivers = self.plant.drivers.items()
        return [driver for name, driver in drivers if isinstance(driver, CallDisplay) and self.site.devices[name].window]

    def _places(self) -> dict[str, Place]:
        """What a fault can stop that is no device."""
        places: dict[str, Place] = {position.name: position for position in self.plant.positions}
        return places | ({MAINS: self.mains} if self.mains is not None else {})

    def _send_specimens(self, patient: Patient, tubes: list[Tube]) -> None:
        self.invariants.lost(len(tubes))
        if self.belt is None:
            self.laboratory.send(patient, tubes)
        else:
            self.belt.send(next(position for position in self.plant.positions if position.patient is patient), patient, tubes)

    def _help(self, position: Position, help_needed: Any) -> Generator[Any, Any, None]:
        if self.mains is not None and self.mains.off:
            return  # it is dark: nobody calls the engineer for each device
        yield from nurse_tries(self.world, self.room, self.injector, self._report, NURSE_TRIES_US)(position, help_needed)

    def _report(self, position: Position, device: str, symptom: str, occurred_us: int) -> None:
        lost, caller = self._lost(position, position.name), f"nurse at {position.name}"
        self.incidents.report(device, symptom, window=position.name, windows_lost=lost, by=caller, occurred_us=occurred_us)

    def _monitors(self) -> list[Monitor]:
        """One for the devices of each window, then one for each device that all windows share."""
        watched: list[tuple[str, Sequence[Driver], Callable[[str], int]]] = [
            (position.name, position.station.drivers, partial(self._lost, position))
            for position in self.plant.positions
            if position.station is not None
        ]
        watched += [(self.site.devices[driver.name].window, (driver,), lambda _: 0) for driver in self._own_displays()]
        watched += [("", (driver,), partial(self._lost_to, driver.name)) for driver in self.plant.shared if not isinstance(driver, Ups)]
        return [
            *(
                Monitor(place, drivers, self.world.clock, self.incidents, windows_lost=lost, refill=self.engineers.refill)
                for place, drivers, lost in watched
            ),
            *(self._guard(driver) for driver in self.plant.shared if isinstance(driver, Ups)),
        ]

    def _guard(self, ups: Ups) -> PowerGuard:
        """The watch over one UPS; the first one speaks for the mains."""
        assert self.mains is not None
        fed = fed_by(self.site, ups.name)
        on_mains = [driver for name, driver in self.plant.drivers.items() if not self.mains.held(name) and name != ups.name]
        guard = PowerGuard(
            ups,
            UpsOptions.of(self.site.devices[ups.name].options, ups.name),
            self.world.clock,
            self.incidents,
            fed=[self.plant.drivers[name] for name in fed],
            witnesses=[driver for driver in on_mains if isinstance(driver, BarcodeScanner)],
            windows_lost=lambda _: self.room.windows_blocked(),
            refill=self.engineers.refill,
        )
        if self.mains.guard is None:
            self.mains.guard = guard
            self.engineers.procedures[MAINS] = self.mains.attend
        return guard

    @staticmethod
    def _lost(position: Position, window: str) -> int:
        return int(bool(position.blocks) and not position.fallback)

    def _lost_to(self, device: str, _: str) -> int:
        """How many windows a shared device keeps from calling patients."""
        return self.belt.windows_stopped() if self.belt is not None and device == self.belt.name else 0

    # the run

    def run(self, progress: Progress | None) -> Replication:
        """From the first event to the last."""
        scenario = self.scenario
        opening = [list(span) for span in sorted(set(self.hours.spans.values()))]
        names = [window.name for window in self.site.windows]
        start = scenario.start.isoformat()
        self.recorder.note("record.started", self.site.name, start=start, title=scenario.title, windows=names, opening=opening, seed=scenario.seed)
        self.hours.schedule(self.world, self.room)
        self.room.expect(patients(scenario, self.site, self.chance, self.log))
        self._schedule_faults()
        for index, monitor in enumerate(self.monitors):
            self.world.process(self._watch(monitor, index))
        self.world.process(self._finish())
        if progress is not None:
            self._tell(progress)
        self.world.kernel.run(self.end)
        self.over = True
        self.invariants.check_all()
        self.recorder.note("record.ended", self.site.name)
        return self._result()

    def _watch(self, monitor: Monitor, index: int) -> Generator[Any, Any, None]:
        interval_s = min(driver.card.poll_s for driver in monitor.drivers)
        offset_s = 0.1 + index * interval_s / len(self.plant.positions)  # not all windows at once
        yield from self.world.call(monitor.run, offset_s, interval_s, lambda: self.over)

    def _schedule_faults(self) -> None:
        faults = [(line, self._row(line)) for line in self.scenario.faults]
        if faults and self.scenario.steady:
            self.world.kernel.at(min(line.at_us for line, _ in faults), self._check_steady)
        self.injector.schedule(faults)
        schedule_breakdowns(self.world, self.chance, self.scenario, self.plant.positions, lambda: self.over)

    def _row(self, line: FaultLine) -> Fault:
        target = line.target
        kind = "link" if line.link is not None else names_of(self.site)[target]
        return catalogue()[kind, line.kind]

    def _check_steady(self) -> None:
        day, basis = self.folder.day(self.world.now_us), basis_for(self.scenario, self.site)
        for row in self.scenario.steady:
            wanted = row.expectation()
            actual = wanted.one_number(figure_value(day, basis, row.figure))
            if actual is None or not wanted.holds(actual):
                self.not_steady = f"{row.figure} {row.limit.text}: {actual}"
                self.end.succeed()
                return

    def _finish(self) -> Generator[Any, Any, None]:
        """Wait until patients, specimens, faults and incidents are through, then a little longer."""
        kernel, scenario = self.world.kernel, self.scenario
        last_fault_us = max((line.at_us + (line.for_us or 0) for line in scenario.faults), default=0)
        latest_us = max(scenario.duration_us, last_fault_us) + GRACE_US
        if not self.room.expected:
            self.room.drained.succeed()
        yield self.room.drained | kernel.timeout(latest_us)
        while self._unfinished() and self.world.now_us < latest_us:
            yield kernel.timeout(10 * US)
        self.invariants.room_must_be_empty()
        if self.plant.models:
            yield kernel.timeout(SETTLE_US)
        if not self.end.triggered:
            self.end.succeed()

    def _unfinished(self) -> bool:
        waits = self.injector.records and (not self.injector.quiet or self.engineers.busy)
        return bool(waits or self._under_way or self.world.now_us < self.scenario.duration_us)

    @property
    def _under_way(self) -> int:
        return self.laboratory.under_way + (self.belt.under_way if self.belt is not None else 0)

    def _tell(self, progress: Progress) -> None:
        progress(self.world.now_us, self.scenario.duration_us)
        if not self.over:
            self.world.kernel.at(self.world.now_us + PROGRESS_US, self._tell, progress)

    def _result(self) -> Replication:
        records = [
            FaultTimes(
                f"{record.target} {record.row.kind}",
                record.armed_us,
                record.fired_us,
                record.seen_us,
                record.recovered_us,
                record.absorbed,
                record.firings if record.line.link is not None else None,
            )
            for record in self.injector.records
        ]
        day = self.folder.day(self.world.now_us)
        broken = (*self.invariants.broken, *day.contradictions)
        return Replication(
            self.journal.events,
            self.lines,
            day,
            tuple(records),
            broken,
            self.not_steady,
            self.trace.hexdigest(),
            self.trace.exchanges,
            self.world.now_us,
        )

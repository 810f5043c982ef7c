"""Everything of one replication, wired together: the only place that knows all parts of the room."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.base import Driver
from caixue.drivers.call_display import CallDisplay
from caixue.drivers.queue_kiosk import QueueKiosk
from caixue.drivers.ups import Ups, UpsOptions
from caixue.events import Event, belongs_in_ledger
from caixue.folding import Folder
from caixue.journal import Recorder
from caixue.link.tracing import TraceHash
from caixue.ops.gauges import Gauges
from caixue.ops.incidents import KINDS as INCIDENT_KINDS
from caixue.ops.incidents import Incidents
from caixue.ops.leave import Leave
from caixue.ops.monitor import KINDS as WATCHED_KINDS
from caixue.ops.monitor import Monitor
from caixue.ops.power import MAINS, PowerGuard, fed_by
from caixue.ops.readings import KINDS as READING_KINDS
from caixue.ops.readings import Measures
from caixue.ops.sequencing import Sequencer
from caixue.reception import Reception
from caixue.site import Site
from caixue.sla import Deadlines
from twin.arrivals import ArrivalLog
from twin.belt import Belt
from twin.books import Books
from twin.chance import Chance
from twin.course import Course
from twin.crew import staffed
from twin.days import Day, clinic_days
from twin.desk_truth import Staffed
from twin.devices.conveyor import ConveyorModel
from twin.devices.sorter import SorterModel
from twin.driver_service import Services
from twin.duties import Duties
from twin.engineer import Engineers, nurse_tries
from twin.faults.injector import Injector, Place
from twin.hall import KINDS as HALL_KINDS
from twin.hall import Hall
from twin.hands import Hands
from twin.hours import Hours
from twin.invariants import Invariants
from twin.laboratory import KINDS as LABORATORY_KINDS
from twin.laboratory import Laboratory
from twin.mains import Mains
from twin.off_site import OffSite
from twin.office import Office
from twin.office_acts import AtHand, DeskActs, Evidence
from twin.plant import build
from twin.position import Position
from twin.record import Pages, RunJournal, Sink
from twin.room import Room
from twin.roster import all_spans
from twin.scenario_model import Scenario
from twin.supply import Supply
from twin.things import Tube
from twin.truth import Call, Truth
from twin.unfilled import Unfilled
from twin.workload import Patient, patients
from twin.world import US, World

DAY = timedelta(days=1)
NURSE_TRIES_US = 40 * US  # how long a nurse works on a jam before she calls; docs/assumptions.md A-09


class Wiring:
    """Everything of one replication, wired together."""

    def __init__(
        self,
        scenario: Scenario,
        site: Site,
        log: ArrivalLog | None,
        replication: int,
        sink: Sink | None = None,
        shown: int | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        self.scenario, self.site, self.log = scenario, site, log
        self.days = clinic_days(scenario, site)
        self.chance = Chance(scenario.seed, replication)
        self.world = World(scenario.start)
        self.journal = RunJournal()
        self.pages = Pages(self.journal, shown)
        self.recorder = Recorder(self.journal, self.world.clock)
        self.trace = TraceHash(self.world.clock.monotonic_us)
        self.lines: list[str] = []
        self.operations: list[Event] = []
        self.sinks = [self.trace.add, *([] if sink is None else [sink]), *([] if len(self.days) > 1 else [self.lines.append])]
        self.folder = Folder()
        self.invariants = Invariants(self.recorder, lambda check: self.world.kernel.at(self.world.now_us, check))
        self.world.on_overlap = self.invariants.overlap
        self.plant = build(self.world, site, self.recorder, self.invariants, self.trace.tap)
        self.laboratory = Laboratory(self.world, self.recorder, self.chance, site.transport.mean_us)
        self.hours = Hours(scenario, site, log, self.days[0])
        self.room = self._room()
        self.invariants.room = self.room
        self.room.on_down = lambda position: self.truth.window_down(position.name, self.world.now_us)
        self.room.on_up = lambda position: self.truth.window_up(position.name, self.world.now_us)
        self.belt = self._belt()
        self.mains = self._mains()
        self.hall = self._hall()
        self.services = Services(site, self.plant.lines)
        self.places = self._places()
        self.injector = Injector(
            self.world,
            self.recorder,
            self.chance,
            self.plant.models,
            self.plant.lines,
            self.places,
        )
        self.incidents = Incidents(self.recorder, self.world.clock, Deadlines.of(site))
        self.truth = Truth.of(site.stock)
        self.books = Books(site, self.recorder, self.journal, scenario.start)
        self.engineers = Engineers(
            self.world,
            self.room,
            self.recorder,
            self.chance,
            self.incidents,
            self.injector,
            self.plant.models,
            self.plant.drivers,
            Hands(self.world, self.plant.models, self.books, self.truth),
            count=scenario.staff.engineers,
            walk_us=site.walking.engineer_us,
        )
        self.incidents.on_open = self.engineers.take
        if self.engineers.names:
            away = {name: (name,) for name in self.engineers.names} | {"engineer": self.engineers.names}
            self.places |= {name: OffSite(self.world, self.engineers, self.incidents, name, who) for name, who in away.items()}
        self.supply: Supply | None = None
        self.desk: DeskActs | None = None
        self.evidence = evidence
        self.places["store"] = Unfilled(self.plant.models, self.books, lambda: self.supply)
        self.course = self._course()
        self.gauges = self._gauges()
        self.monitors = self._monitors()
        self.over = False
        self.people = 0  # who have been expected so far
        self.not_steady = ""
        self.end = self.world.kernel.event()
        self._listen()

    # wiring

    def _listen(self) -> None:
        for hear in (self._keep, self.folder.add, self.invariants.hear, self.injector.hear):
            self.journal.subscribe(hear)
        self.journal.subscribe(self.laboratory.hear, LABORATORY_KINDS)
        watching = {driver.name: monitor for monitor in self.monitors for driver in monitor.drivers}

        def tell(event: Event) -> None:
            monitor = watching.get(event.subject)
            if monitor is not None:
                monitor.on_event(event)

        self.journal.subscribe(tell, WATCHED_KINDS)
        self.journal.subscribe(self.gauges.hear, {*READING_KINDS, "reading.noted", "reading.out-of-limit"})
        self.journal.subscribe(self.incidents.hear, INCIDENT_KINDS)
        if self.hall is not None:
            self.journal.subscribe(self.hall.hear, HALL_KINDS)
        if self.scenario.staff.desk:
            self.journal.subscribe(self._count_label, {"label.applied"})
            self.journal.subscribe(self._count_hours, Staffed.KINDS)

    def _count_label(self, event: Event) -> None:
        self.truth.desk.lines[event.kind] += 1

    def _count_hours(self, event: Event) -> None:
        self.truth.desk.staffed.change(event.subject, event.kind.rpartition(".")[2], event.at_us)

    def _keep(self, event: Event) -> None:
        line = event.to_json()
        for sink in self.sinks:
            sink(line)
        if self._audited and belongs_in_ledger(event.kind):
            self.operations.append(event)
            self.truth.desk.lines[event.kind] += 1

    def _course(self) -> Course:
        course = Course(
            self.world,
            self.room,
            self.hours,
            self.recorder,
            self.site,
            self.days,
            people=self._expect,
            under_way=lambda: self._under_way,
            must_be_empty=self.invariants.room_must_be_empty,
        )
        if self._with_duties():
            duties = self._duties()
            course.mornings.append(duties.morning)
            course.evenings.append(duties.evening)
            if self.scenario.staff.desk:
                office = self._office()
                duties.desk = office.afternoon
                course.mornings.insert(0, office.morning)
                course.evenings.append(office.evening)
                course.endings.append(office.after_all)
                course.on_watch = office.watch
        if len(self.days) > 1:
            course.on_day_over = self.pages.turn
        course.on_shift = self.engineers.come
        self.engineers.on_duty = course.staffed
        return course

    def _with_duties(self) -> bool:
        """Whether the engineers do the duties of the day; bare windows have none."""
        wanted = len(self.days) > 1 if self.scenario.staff.duties is None else self.scenario.staff.duties
        return bool(wanted and self.site.devices and self.engineers.names)

    @property
    def _audited(self) -> bool:
        """Whether the run keeps a ledger."""
        return bool(self.course.evenings)

    def _duties(self) -> Duties:
        """The engineer's day."""
        drivers, models = self.plant.drivers, self.plant.models
        supply = self.supply = Supply(self.world, self.books, self.truth, self.days[0].midnight_us)
        supply.on_part = self.engineers.part_came
        self.engineers.on_missing = lambda part: supply.order_part(part, self.engineers.first)
        sequencer = Sequencer(self.site, drivers, self.recorder, self.journal)
        return Duties(
            self.world,
            self.site,
            self.books,
            sequencer,
            self.engineers,
            self.incidents,
            self.room,
            models,
            drivers,
            supply,
            self.truth,
            self.mains.held if self.mains is not None else lambda device: False,
            self.services,
        )

    def _office(self) -> Office:
        """The engineer's desk."""
        site = staffed(self.scenario, self.site)
        leaves = [Leave(row.person, self._midnight_us(row.first), self._midnight_us(row.last + DAY), row.substitute) for row in self.scenario.leaves]
        self.desk = DeskActs(
            self.world,
            site,
            self.recorder,
            self.journal,
            self.chance,
            AtHand(self.plant.drivers, self.injector),
            self.truth.desk,
            tuple(leaves),
            self.evidence,
        )
        return Office(
            self.world,
            site,
            self.days,
            self.recorder,
            self.journal,
            self.operations,
            self.engineers,
            self.incidents,
            self.books,
            self.room,
            self.desk,
            opening=lambda day: all_spans(self.hours.spans(day)),
            today=lambda: self.journal.events,
        )

    def _midnight_us(self, day: date) -> int:
        """When that day begins."""
        return self.scenario.midnight_us + (day - self.scenario.start.date()) // timedelta(microseconds=1)

    def close(self) -> None:
        """Nothing stays behind: no process, no file."""
        try:
            self.world.close()
        finally:
            if self.desk is not None:
                self.desk.disk.close()

    @property
    def _under_way(self) -> int:
        return self.laboratory.under_way + (self.belt.under_way if self.belt is not None else 0)

    def _expect(self, day: Day) -> None:
        """The people of that day, and the serials of its labels."""
        coming = patients(self.scenario, self.site, self.chance, self.log, day, people_before=self.people, tickets_before=self.room.tickets)
        self.people += len(coming)
        self.plant.serials.begin(f"{self.world.clock.now():%y%m%d}")
        self.room.expect(coming)

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
        return places | self.services.places() | ({MAINS: self.mains} if self.mains is not None else {})

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
        incident = self.incidents.report(device, symptom, window=position.name, windows_lost=lost, by=caller, occurred_us=occurred_us)
        self.truth.calls.append(Call(incident.number, self.world.now_us))

    def _gauges(self) -> Gauges:
        """The readings of C2.1, and their limits."""
        window_of = {name: self.site.devices[name].window for name in self.plant.drivers}
        return Gauges(self.recorder, Measures({name: driver.card for name, driver in self.plant.drivers.items()}, window_of))

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
                Monitor(place, drivers, self.world.clock, self.incidents, windows_lost=lost, refill=self.engineers.refill, gauges=self.gauges)
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

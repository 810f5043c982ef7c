"""One replication of a scenario in virtual time: real drivers over real bytes where the site has devices, bare windows where not."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from caixue.day import DayRecord
from caixue.events import Event
from caixue.metrics import figure_value
from caixue.ops.monitor import Monitor
from caixue.site import Site
from caixue.verdict import FaultTimes
from twin.arrivals import ArrivalLog
from twin.basis import basis_for as basis_for
from twin.breakdowns import schedule_breakdowns
from twin.course import SETTLE_US
from twin.days import GRACE_US
from twin.engines.wiring import Wiring
from twin.faults.catalogue import Fault, catalogue
from twin.office_acts import Evidence
from twin.random_faults import RandomFaults, sources
from twin.record import Shown, Sink
from twin.roster import all_spans
from twin.scenario_checks import names_of
from twin.scenario_model import Fault as FaultLine
from twin.scenario_model import Scenario
from twin.truth import Truth
from twin.world import US

PROGRESS_US = 60 * US

Progress = Callable[[int, int], None]  # simulated microseconds so far, and the expected end


@dataclass(frozen=True, slots=True)
class Replication:
    """What one replication left behind. Of several days only one keeps its events; the lines have gone out one by one."""

    events: list[Event]
    lines: list[str]  # the events as canonical JSON; none of a run of several days
    shown: Shown | None  # of several days the one for the replay
    day: DayRecord
    faults: tuple[FaultTimes, ...]
    broken: tuple[str, ...]
    not_steady: str  # which [[steady]] row failed; empty when none
    trace_sha256: str
    exchanges: int
    simulated_us: int
    operations: list[Event]  # what belongs in a ledger; none of a run without the duties of a day
    truth: Truth


def run_replication(
    scenario: Scenario,
    site: Site,
    log: ArrivalLog | None,
    replication: int = 0,
    progress: Progress | None = None,
    *,
    sink: Sink | None = None,
    shown: int | None = None,
    evidence: Evidence | None = None,
) -> Replication:
    """Run one replication to its end. The same arguments give the same bytes.

    `sink` takes each line of the journal as it is written. Of several days, the replay shows number `shown` (from 0; default:
    the day with the longest P90 wait). `evidence` runs another scenario for its result.json, where a patch or a drill asks for a
    verdict; without it no patch is approved.
    """
    run = Run(scenario, site, log, replication, sink, shown, evidence)
    try:
        return run.run(progress)
    finally:
        run.close()


class Run(Wiring):
    """One replication on its way from the first event to the last."""

    def run(self, progress: Progress | None) -> Replication:
        """From the first event to the last."""
        scenario = self.scenario
        opening = [list(span) for day in self.days for span in all_spans(self.hours.spans(day))]
        names = [window.name for window in self.site.windows]
        start = scenario.start.isoformat()
        self.recorder.note("record.started", self.site.name, start=start, title=scenario.title, windows=names, opening=opening, seed=scenario.seed)
        if self.site.devices:
            self.books.open()
        self.course.begin()
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
        while not self.over:
            yield from self.world.call(monitor.run, offset_s, interval_s, lambda: self.over or self.course.resting)
            yield self.course.watching

    def _schedule_faults(self) -> None:
        faults = [(line, self._row(line)) for line in self.scenario.faults]
        if faults and self.scenario.steady:
            self.world.kernel.at(min(line.at_us for line, _ in faults), self._check_steady)
        self.injector.schedule(faults)
        if self.scenario.random_faults.enabled:
            self._let_faults_come(self.scenario.random_faults.scale)
        schedule_breakdowns(self.world, self.chance, self.scenario, self.plant.positions, lambda: self.over)

    def _let_faults_come(self, scale: float) -> None:
        """At the catalogue's own rates, times `scale`."""
        rows = tuple(sources(self.site, self.plant.models, self.chance, scale))
        self.injector.random_until_us = self.days[-1].end_us
        coming = RandomFaults(self.world, self.injector, self.days, rows)
        coming.begin()
        self.world.process(coming.watch(lambda: self.over, lambda: self.course.resting, lambda: self.course.watching))

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
        kernel = self.world.kernel
        yield from self.course.to_the_last_day()
        last_fault_us = max((line.at_us + (line.for_us or 0) for line in self.scenario.faults), default=0)
        latest_us = max(self.days[-1].end_us, last_fault_us) + GRACE_US
        self.room.check_drained()
        yield self.room.drained | kernel.timeout(latest_us - self.world.now_us)
        while self._unfinished() and self.world.now_us < latest_us:
            yield kernel.timeout(10 * US)
        self.invariants.room_must_be_empty()
        yield from self.course.end()
        if self.plant.models and len(self.days) == 1:
            yield kernel.timeout(SETTLE_US)
        if not self.end.triggered:
            self.end.succeed()

    def _unfinished(self) -> bool:
        waits = self.injector.records and (not self.injector.quiet or self.engineers.busy)
        return bool(waits or self._under_way or self.world.now_us < self.days[-1].end_us)

    def _tell(self, progress: Progress) -> None:
        progress(self.world.now_us, self.days[-1].end_us)
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
                record.random,
            )
            for record in self.injector.records
        ]
        if len(self.days) > 1:
            self.pages.turn(self.days[-1])
        day = self.folder.day(self.world.now_us)
        self._see_how_it_is()
        broken = (*self.invariants.broken, *day.contradictions)
        return Replication(
            self.journal.events if self.pages.shown is None else self.pages.shown.events,
            self.lines,
            self.pages.shown,
            day,
            tuple(records),
            broken,
            self.not_steady,
            self.trace.hexdigest(),
            self.trace.exchanges,
            self.world.now_us,
            self.operations,
            self.truth,
        )

    def _see_how_it_is(self) -> None:
        """What was wrong, and what is left in the devices."""
        self.truth.saw(self.injector.records)
        if self.desk is not None:
            self.truth.desk.archives, self.truth.desk.versions = self.desk.disk.archives(), self.desk.disk.versions()
        self.truth.levels = {key: self.plant.models[key[0]].level(key[1]) for key in self.books.consumables.levels}

"""A scenario run for a verdict in timing: many days, figures as means over them, and the first day for replay, faults and steady state."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray

from caixue import __version__
from caixue.day import DayRecord
from caixue.lang import tr
from caixue.metrics import FIGURES, Basis, Value, figure_value
from caixue.verdict import Expectation, FaultTimes, Row, conclude, exit_code
from twin.commit import commit
from twin.engines.timing import engine
from twin.pools import cores, open_pool, quick_start
from twin.replications import Batch, Done, do_batch
from twin.result import Progress, Result
from twin.scenario_model import Fault, Scenario
from twin.sums import Sums
from twin.timing.arrays import EVERYWHERE, NEVER, Course
from twin.timing.compiling import plainly
from twin.timing.courses import cut
from twin.timing.design import Design, design_of
from twin.timing.figures import Drawn, Figures, Wanted
from twin.timing.record import calls_of, day_record
from twin.timing.retelling import events_of
from twin.timing.untold import Untold

BATCH = 500  # days that are handed out at once, at most
SHARES = 4  # each worker gets what is left in so many batches at least: towards the end they are small, and all are through together
LEAST = 40  # days in a batch but the last, where `BATCH` allows: beginning one takes as long as three days
POOL_FROM = 500  # days; for fewer, processes take longer to start than they save
_BY_SLOT = "queue.length.by_slot"
_TOLD = 5  # numbers of replications in a message


def run_days(
    scenario: Scenario,
    clock: Callable[[], float],
    *,
    replications: int = 1,
    first: int = 0,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    workers: int | None = None,
    batch: int = BATCH,
) -> Result:
    """Run so many days, beginning with number `first`; the same result for any `workers` (default: the cores) and any `batch`.

    `clock` gives real seconds. `stop` is asked between batches: when it says so, or when the user interrupts, the verdict is over
    the days that are done, which are the first ones. Raises UsageError for what timing cannot simulate, KeyboardInterrupt when not
    even one day is done.
    """
    started_s = clock()
    design = design_of(scenario)
    days = _Days(design, first, replications, progress)
    with plainly() if replications == 1 else nullcontext():
        days.begin()
        not_steady = _not_steady(days)
        if not not_steady:
            days.go_on(_workers(replications, workers), batch, stop)
        return _result(days, not_steady, clock, started_s)


def _workers(replications: int, workers: int | None) -> int:
    count = cores() if workers is None else workers
    return count if replications > POOL_FROM or workers is not None else 1


class _Days:
    """The days of one run on their way: sums of what is wanted of each, in the order of their numbers."""

    def __init__(self, design: Design, first: int, count: int, progress: Callable[[Progress], None] | None) -> None:
        self.design, self.first, self.count = design, first, count
        self.limits = [row.expectation() for row in design.scenario.expectations]
        self.columns = _Columns(self.limits, -(-design.scenario.duration_us // design.scenario.load.slot_us), design.untold)
        self.sums = Sums(len(self.columns.wanted) + len(self.limits))
        self.breaches = np.zeros(len(self.limits), np.int64)
        self.done = self.simulated_us = 0
        self.unfinished = 0  # days on which people were left
        self.left_first: list[int] = []  # the numbers of the first of them
        self._progress = progress
        self.plain: Drawn
        self.record: DayRecord
        self.basis: Basis

    def begin(self) -> None:
        """The first day: it owns the record."""
        done = do_batch(Batch(self.design, self.first, 1, self.columns.wanted, keep=True))
        assert done.kept is not None
        self.plain = done.kept
        self.basis = Figures(self.design, ()).rules.basis
        self.record = day_record(self.design, *self.plain)
        self._count(done)

    def go_on(self, workers: int, size: int, stop: Callable[[], bool]) -> None:
        """The other days, in batches, until they are done or somebody has had enough."""
        try:
            if self.done == self.count or stop():
                return
            with open_pool(workers, start=quick_start()) as pool:
                for done in pool.ordered(do_batch, self._batches(size, pool.workers)):
                    self._count(done)
                    if stop():
                        return
        except KeyboardInterrupt:
            return

    def _batches(self, most: int, workers: int) -> Iterator[Batch]:
        place = 1
        while place < self.count:
            left = self.count - place
            size = min(left, most, max(LEAST, left // (SHARES * workers)))
            yield Batch(self.design, self.first + place, size, self.columns.wanted)
            place += size

    def _count(self, done: Done) -> None:
        judged = self.columns.judged(done.values)
        self.sums.add(np.concatenate((done.values, judged), axis=1))
        self.breaches += self.columns.breaches(judged)
        self.unfinished += len(done.unfinished)
        self.left_first += done.unfinished[: _TOLD - len(self.left_first)]
        self.done += len(done.values)
        self.simulated_us += done.simulated_us
        if self._progress is not None:
            self._progress(Progress(self.done - 1, self.count, done.simulated_us, done.simulated_us, together=True))


class _Columns:
    """What is wanted of every day: all figures, the queue slot by slot, and what the limits need besides."""

    def __init__(self, limits: Sequence[Expectation], slots: int, untold: Untold) -> None:
        self._limits, self.untold = limits, untold
        plain = [Wanted(name) for name, row in FIGURES.items() if row.unit != "list" and not untold.hides(name)]
        by_slot = [Wanted(_BY_SLOT, slot=slot) for slot in range(slots)]
        narrowed = [Wanted(limit.figure, limit.where) for limit in limits if limit.where and not untold.hides(limit.figure, limit.where)]
        self.wanted = tuple(dict.fromkeys((*plain, *by_slot, *narrowed)))
        self._place = {wanted: place for place, wanted in enumerate(self.wanted)}
        self.slots = [self._place[wanted] for wanted in by_slot]

    def judged(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The number that each limit judges, a column for each; NaN where there is none."""
        columns = [self._judged(limit, values) for limit in self._limits]
        return np.column_stack(columns) if columns else np.empty((len(values), 0))

    def breaches(self, judged: NDArray[np.float64]) -> NDArray[np.int64]:
        """How many days break each limit."""
        held = [
            sum(not limit.holds(value) for value in column if value == value)
            for limit, column in zip(self._limits, judged.T.tolist(), strict=True)
        ]
        return np.array(held, np.int64)

    def place(self, figure: str) -> int | None:
        """The column of a figure of the whole day; None where timing does not simulate it."""
        return self._place.get(Wanted(figure))

    def _judged(self, limit: Expectation, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.untold.hides(limit.figure, limit.where):
            return np.full(len(values), np.nan)
        if limit.figure == _BY_SLOT:
            worst = np.max if limit.operator in ("<=", "<") else np.min
            return np.asarray(worst(values[:, self.slots], axis=1))
        return values[:, self._place[Wanted(limit.figure, limit.where)]]


def _not_steady(days: _Days) -> str:
    """Which [[steady]] row did not hold just before the first fault of the first day; empty when all did."""
    scenario = days.design.scenario
    if not scenario.faults or not scenario.steady:
        return ""
    before = _before(days, min(fault.at_us for fault in scenario.faults))
    for row in scenario.steady:
        wanted = row.expectation()
        actual = wanted.one_number(figure_value(before, days.basis, row.figure))
        if actual is None or not wanted.holds(actual):
            return f"{row.figure} {row.limit.text}: {actual}"
    return ""


def _before(days: _Days, at_us: int) -> DayRecord:
    """The first day as it was just before that instant: run again until then, as what comes later rewrites who was called when."""
    workload = days.plain.workload._replace(end_us=max(0, at_us - 1))
    course = engine()[1](workload)._replace(end_us=at_us)
    return day_record(days.design, workload, cut(course, at_us), days.plain.kinds)


def _result(days: _Days, not_steady: str, clock: Callable[[], float], started_s: float) -> Result:
    scenario, site = days.design.scenario, days.design.site
    rows = [_row(days, place) for place in range(len(days.limits))]
    broken = [tr("首个故障前未处于稳态：", "not in steady state before the first fault: ") + not_steady] if not_steady else []
    verdict = conclude(rows, _faults(days), [*broken, *_left_over(days)])
    log = days.design.log
    data = {
        "schema": 1,
        "scenario": scenario.name,
        "scenario_sha256": scenario.digest,
        "title": scenario.title,
        "start": scenario.start.isoformat(),
        "seed": scenario.seed,
        "fidelity": scenario.fidelity,
        "engine": engine()[0],
        "replications": days.done,
        **verdict.to_json(),
        "figures": {name: _figure(days, name) for name in FIGURES},
        "trace_sha256": trace_of(days.plain.course),
        "software": {"caixue": __version__, "commit": commit()},
        "wall_s": round(clock() - started_s, 3),
        "simulated_s": days.simulated_us / 1e6,
        "exchanges": 0,
        "unrecorded_lines": list(log.unrecorded) if log is not None and scenario.load.service.distribution == "recorded" else [],
    }
    events = events_of(days.design, days.record)
    windows = [window.name for window in site.windows]
    code = exit_code(verdict, steady=not not_steady)
    return Result(data, verdict, events, [event.to_json() for event in events], None, windows, scenario, site, [], 0, code)


def _row(days: _Days, place: int) -> Row:
    limit, column = days.limits[place], len(days.columns.wanted) + place
    mean, interval, n = days.sums.mean(column), days.sums.interval(column), int(days.sums.n[column])
    if mean is None or interval is None:
        untold, asked = days.design.untold, (limit.figure, limit.where)
        return Row(limit, None, None, None, 0, None, "no-data", simulated=not untold.hides(*asked), why=untold.why(*asked))
    return Row(limit, mean, *interval, n, int(days.breaches[place]) / n, "pass" if limit.holds(mean) else "fail")


def _figure(days: _Days, name: str) -> Value:
    if name == _BY_SLOT:
        means = [days.sums.mean(place) for place in days.columns.slots]
        return [mean for mean in means if mean is not None] or None
    place = days.columns.place(name)
    return None if place is None else days.sums.mean(place)


def _left_over(days: _Days) -> list[str]:
    """That people were still there when some days were broken off."""
    if not days.unfinished:
        return []
    count = days.unfinished
    numbers = ", ".join(map(str, days.left_first)) + (", ..." if count > _TOLD else "")
    return [tr(f"{count} 次重复到最后仍有人没走（第 {numbers} 次）", f"people were left at the end of {count} replications ({numbers})")]


def _faults(days: _Days) -> list[FaultTimes]:
    """The times of each [[fault]] row on the first day."""
    return [_fault_times(days, fault) for fault in days.design.scenario.faults]


def _fault_times(days: _Days, fault: Fault) -> FaultTimes:
    """A fault is seen when it is felt; one that costs no time, or ends by itself unfelt, was absorbed if anything happened there meanwhile."""
    course, name = days.plain.course, f"{fault.target} {fault.kind}"
    causes = [b for b, one in enumerate(days.design.troubles) if (one.device, one.kind, one.row) == (fault.target, fault.kind, None)]
    stopped = [int(us) for b in causes for us in course.stopped_us[b] if us != NEVER]
    restored = [int(us) for b in causes for us in course.restored_us[b] if us != NEVER]
    if not stopped and (not causes or not fault.until_repaired):
        fired = _met(days, fault)
        return FaultTimes(
            name, fault.at_us, fault.at_us if fired else None, None, fault.at_us + (fault.for_us or 0) if fired else None, absorbed=True
        )
    return FaultTimes(
        name, fault.at_us, fault.at_us if stopped or _met(days, fault) else None, min(stopped, default=None), max(restored, default=None)
    )


def _met(days: _Days, fault: Fault) -> bool:
    """Whether somebody was served while the fault lasted, at its window, or anywhere where all share the device."""
    course, until_us = days.plain.course, days.plain.course.end_us if fault.for_us is None else fault.at_us + fault.for_us
    place, calls = _place(days.design, fault.target), calls_of(days.plain.workload, course)
    there = (calls != NEVER) & ((course.window == place) if place != EVERYWHERE else True)
    meanwhile = (calls <= until_us) & ((course.ended_us >= fault.at_us) | (course.ended_us == NEVER))
    return bool((there & meanwhile).any())


def _place(design: Design, target: str) -> int:
    """The position of a device, or of a window itself; EVERYWHERE for what all share."""
    spec = design.site.devices.get(target)
    window = target if spec is None else spec.window
    return design.positions.index(window) if window in design.positions else EVERYWHERE


def trace_of(course: Course) -> str:
    """The SHA-256 of a course: all of its times, in the order of its fields."""
    digest = hashlib.sha256()
    for part in course:
        digest.update(np.ascontiguousarray(part, "<i8").tobytes())
    return digest.hexdigest()

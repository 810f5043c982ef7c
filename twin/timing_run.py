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
from twin.timing.arrays import NEVER, Course
from twin.timing.compiling import plainly
from twin.timing.courses import cut
from twin.timing.design import Design, design_of
from twin.timing.figures import Drawn, Figures, Wanted
from twin.timing.record import NOT_SIMULATED, day_record
from twin.timing.retelling import events_of

BATCH = 200  # days that are handed out at once
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
        self.columns = _Columns(self.limits, -(-design.scenario.duration_us // design.scenario.load.slot_us))
        self.sums = Sums(len(self.columns.wanted) + len(self.limits))
        self.breaches = np.zeros(len(self.limits), np.int64)
        self.done = self.simulated_us = 0
        self.unfinished: list[int] = []
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
                for done in pool.ordered(do_batch, self._batches(size)):
                    self._count(done)
                    if stop():
                        return
        except KeyboardInterrupt:
            return

    def _batches(self, size: int) -> Iterator[Batch]:
        for place in range(1, self.count, size):
            yield Batch(self.design, self.first + place, min(size, self.count - place), self.columns.wanted)

    def _count(self, done: Done) -> None:
        judged = self.columns.judged(done.values)
        self.sums.add(np.concatenate((done.values, judged), axis=1))
        self.breaches += self.columns.breaches(judged)
        self.unfinished += done.unfinished
        self.done += len(done.values)
        self.simulated_us += done.simulated_us
        if self._progress is not None:
            self._progress(Progress(self.done - 1, self.count, done.simulated_us, done.simulated_us, together=True))


class _Columns:
    """What is wanted of every day: all figures, the queue slot by slot, and what the limits need besides."""

    def __init__(self, limits: Sequence[Expectation], slots: int) -> None:
        self._limits = limits
        plain = [Wanted(name) for name, row in FIGURES.items() if row.unit != "list" and name not in NOT_SIMULATED]
        by_slot = [Wanted(_BY_SLOT, slot=slot) for slot in range(slots)]
        narrowed = [Wanted(limit.figure, limit.where) for limit in limits if limit.where and limit.figure not in NOT_SIMULATED]
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
        if limit.figure in NOT_SIMULATED:
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
    plain, at_us = days.plain, min(fault.at_us for fault in scenario.faults)
    before = day_record(days.design, plain.workload, cut(plain.course, at_us), plain.kinds)
    for row in scenario.steady:
        wanted = row.expectation()
        actual = wanted.one_number(figure_value(before, days.basis, row.figure))
        if actual is None or not wanted.holds(actual):
            return f"{row.figure} {row.limit.text}: {actual}"
    return ""


def _result(days: _Days, not_steady: str, clock: Callable[[], float], started_s: float) -> Result:
    scenario, site = days.design.scenario, days.design.site
    rows = [_row(days, place) for place in range(len(days.limits))]
    broken = [tr("首个故障前未处于稳态：", "not in steady state before the first fault: ") + not_steady] if not_steady else []
    verdict = conclude(rows, _faults(days), [*broken, *_left_over(days)])
    log = days.design.log
    data = {
        "schema": 1,
        "scenario": scenario.name,
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
        return Row(limit, None, None, None, 0, None, "no-data", simulated=limit.figure not in NOT_SIMULATED)
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
    numbers = ", ".join(map(str, days.unfinished[:_TOLD])) + (", ..." if len(days.unfinished) > _TOLD else "")
    count = len(days.unfinished)
    return [tr(f"{count} 次重复到最后仍有人没走（第 {numbers} 次）", f"people were left at the end of {count} replications ({numbers})")]


def _faults(days: _Days) -> list[FaultTimes]:
    """The times of each [[fault]] row on the first day."""
    return [_fault_times(days, fault) for fault in days.design.scenario.faults]


def _fault_times(days: _Days, fault: Fault) -> FaultTimes:
    """A fault fires at its time and is seen when it is felt; one that costs no time, or ends by itself unfelt, was absorbed."""
    course, name = days.plain.course, f"{fault.target} {fault.kind}"
    causes = [b for b, one in enumerate(days.design.troubles) if (one.device, one.kind, one.row) == (fault.target, fault.kind, None)]
    stopped = [int(us) for b in causes for us in course.stopped_us[b] if us != NEVER]
    restored = [int(us) for b in causes for us in course.restored_us[b] if us != NEVER]
    if not stopped and (not causes or not fault.until_repaired):
        return FaultTimes(name, fault.at_us, fault.at_us, None, fault.at_us + (fault.for_us or 0), absorbed=True)
    return FaultTimes(name, fault.at_us, fault.at_us, min(stopped, default=None), max(restored, default=None))


def trace_of(course: Course) -> str:
    """The SHA-256 of a course: all of its times, in the order of its fields."""
    digest = hashlib.sha256()
    for part in course:
        digest.update(np.ascontiguousarray(part, "<i8").tobytes())
    return digest.hexdigest()

"""Figures of one day of timing, quickly: the same numbers as `caixue.metrics` finds in its day record, to the last bit.

What the kernels do not cover is computed from the record itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from caixue.contract import deadline_row
from caixue.day import DayRecord
from caixue.intervals import intersection, intervals, union
from caixue.metrics import Basis, Value, figure, figure_value
from caixue.ops.symptoms import CLASSES
from caixue.where import FIELDS, Condition, parse_where
from twin.basis import basis_for
from twin.timing import kernels
from twin.timing.arrays import MOST_PRIORITY, NEVER, Course, Numbers, Workload
from twin.timing.cases import Case, cases
from twin.timing.courses import blocked_spans, shown
from twin.timing.design import Design
from twin.timing.record import calls_of, counted_of, day_record, due_of, hidden_of, incident_table, opening_of, tolerance_of

ALL = np.zeros(0, np.bool_)  # no choice: every row
WITHIN, CALENDAR = 0, 1  # how the deadline of a class is found


@dataclass(frozen=True, slots=True)
class Wanted:
    """One figure of a day; of a list the element `slot`, or by default the one that is worst."""

    figure: str
    where: str = ""
    slot: int | None = None


class Drawn(NamedTuple):
    """One day of timing as it was drawn and as it went; `kinds` is the class of each visit."""

    workload: Workload
    course: Course
    kinds: Numbers


class Deadlines(NamedTuple):
    """When the deadlines of the classes fall: so long after the start (WITHIN), or not before an instant (CALENDAR)."""

    of_case: Numbers
    kind: Numbers
    us: Numbers


class Rules:
    """What the figures of every day of a design rest on."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.basis = basis_for(design.scenario, design.site)
        self.cases = cases(design)
        self.counted, self.hidden_us = counted_of(self.cases), hidden_of(self.cases)
        self.opening = union(opening_of(design))
        self.closes_us = int(self.opening[:, 1].max(initial=0))
        self.windows = len(design.site.windows)
        self.edges = _edges(self.basis)
        self.deadlines = _deadlines(self.cases, self.basis)
        self.recorded = bool(design.site.devices)  # on bare windows nobody's work is recorded


class Day:
    """One day, and what several of its figures share."""

    __slots__ = ("_calls", "_incidents", "_record", "course", "kinds", "opening", "rules", "workload")

    def __init__(self, rules: Rules, drawn: Drawn) -> None:
        self.rules = rules
        self.workload, self.course, self.kinds = drawn
        end_us = self.course.end_us  # nothing is open after it
        self.opening = rules.opening if end_us >= rules.closes_us else intersection(rules.opening, intervals([(0, end_us)]))
        self._record: DayRecord | None = None
        self._calls: Numbers | None = None
        self._incidents: Numbers | None = None

    @property
    def record(self) -> DayRecord:
        """The day record."""
        if self._record is None:
            self._record = day_record(self.rules.design, self.workload, self.course, self.kinds)
        return self._record

    @property
    def calls(self) -> Numbers:
        """When each visit was called to where it ended or still is."""
        if self._calls is None:
            self._calls = calls_of(self.workload, self.course)
        return self._calls

    @property
    def incidents(self) -> Numbers:
        """A row for each incident."""
        if self._incidents is None:
            rules = self.rules
            self._incidents = incident_table(rules.design, rules.hidden_us, rules.counted, self.workload, self.course)
        return self._incidents


Block = Callable[[Day, NDArray[np.bool_], NDArray[np.float64]], bool]


def _patients(day: Day, chosen: NDArray[np.bool_], out: NDArray[np.float64]) -> bool:
    course = day.course
    return kernels.patients(course.arrived_us, course.called_us, course.ended_us, course.outcome, chosen, out)


def _queue(day: Day, chosen: NDArray[np.bool_], out: NDArray[np.float64]) -> bool:
    course = day.course
    return kernels.queue(course.arrived_us, day.calls, course.ended_us, day.workload.arrivals, day.rules.edges, course.end_us, out)


def _staff(day: Day, chosen: NDArray[np.bool_], out: NDArray[np.float64]) -> bool:
    course, positions = day.course, len(day.workload.fallback)
    return kernels.staff(
        *(shown(course.log, positions, course.end_us), day.calls, course.ended_us, course.window, course.outcome),
        *(course.jobs if day.rules.recorded else course.jobs[:0], course.log, day.opening, positions),
        *(day.rules.basis.engineers or 1, course.end_us, out),
    )


def _incidents(day: Day, chosen: NDArray[np.bool_], out: NDArray[np.float64]) -> bool:
    return kernels.incidents(day.incidents, chosen, *day.rules.deadlines, day.course.end_us, out)


def _usable(day: Day, chosen: NDArray[np.bool_], out: NDArray[np.float64]) -> bool:
    rules, end_us = day.rules, day.course.end_us
    return kernels.usable(
        *(blocked_spans(day.course.log, day.workload.fallback, end_us), day.incidents, *rules.deadlines, rules.windows, day.opening),
        *(rules.basis.usable_within_us, rules.basis.windows_required, end_us, out),
    )


def _transport(day: Day, chosen: NDArray[np.bool_], out: NDArray[np.float64]) -> bool:
    course = day.course
    return kernels.transport(course.ended_us, course.received_us, course.outcome, day.workload.tubes, out)


def _returns(day: Day, chosen: NDArray[np.bool_], out: NDArray[np.float64]) -> bool:
    if day.workload.arrivals == len(day.workload.again):  # nobody comes back
        return True
    due_us = due_of(day.workload, day.course)
    back = (due_us != NEVER) & chosen if len(chosen) else due_us != NEVER
    if back.any():
        drawn_us = np.where((day.calls != NEVER) & (day.course.drawn_us >= day.calls), day.course.drawn_us, NEVER)
        late_us = np.abs(drawn_us - due_us)
        in_time = back & (drawn_us != NEVER) & (late_us <= tolerance_of(day.rules.design, day.workload, day.kinds))
        out[0] = int(np.count_nonzero(in_time)) / int(np.count_nonzero(back))
    return True


# what a block computes → its figures, in order
_BLOCKS: tuple[tuple[Block, tuple[str, ...]], ...] = (
    (_patients, kernels.PATIENT_FIGURES),
    (_queue, kernels.QUEUE_FIGURES),
    (_staff, kernels.STAFF_FIGURES),
    (_incidents, kernels.INCIDENT_FIGURES),
    (_usable, kernels.USABLE_FIGURES),
    (_transport, kernels.TRANSPORT_FIGURES),
    (_returns, ("return.on_time.share",)),
)
_PLACES = {name: (block, place) for block, names in _BLOCKS for place, name in enumerate(names)}
_SIZES = {block: len(names) for block, names in _BLOCKS}
_BY_SLOT = "queue.length.by_slot"
_CHOOSING = (_patients, _incidents, _returns)  # blocks that take a choice of rows


@dataclass(frozen=True, slots=True)
class _Group:
    """Wanted figures that one block computes from the same rows: `places` of the wanted ones."""

    block: Block
    conditions: tuple[Condition, ...]
    cases: NDArray[np.bool_] | None  # of incidents: which jobs are chosen, the same every day
    columns: slice  # where the block writes among those of all groups
    places: list[int]

    def chosen(self, day: Day) -> NDArray[np.bool_]:
        """Which rows are chosen on that day; an empty choice is all."""
        if self.cases is not None:
            return self.cases
        masks = [_of_patients(day, condition) for condition in self.conditions]
        return np.asarray(np.all(masks, axis=0), np.bool_) if masks else ALL


class Figures:
    """Reads wanted figures off the days of one design. Raises UsageError for an unknown figure and a `where` that does not fit."""

    def __init__(self, design: Design, wanted: Sequence[Wanted]) -> None:
        self.rules = Rules(design)
        self.wanted = tuple(wanted)
        self._slots = len(self.rules.edges) - 1
        self._groups: dict[tuple[Block, str], _Group] = {}
        self._slow: list[int] = []  # places of those that come from the record
        self._width = 1  # columns of all groups, and before them one without a number
        self._columns = np.zeros(len(self.wanted), np.int64)  # of the wanted ones
        for place, each in enumerate(self.wanted):
            self._plan(place, each)

    def values(self, drawn: Drawn) -> NDArray[np.float64]:
        """Each wanted figure of that day, NaN without samples and for what timing does not simulate; times in seconds."""
        day, every, slow = Day(self.rules, drawn), np.full(self._width, nan), self._slow
        for group in self._groups.values():
            if not group.block(day, group.chosen(day), every[group.columns]):
                slow = [*slow, *group.places]
        found = every.take(self._columns)
        for place in slow:
            each = self.wanted[place]
            found[place] = one_number(figure_value(day.record, self.rules.basis, each.figure, each.where), each)
        return found

    def _plan(self, place: int, wanted: Wanted) -> None:
        conditions = parse_where(wanted.where, figure(wanted.figure).table)
        if self.rules.design.untold.hides(wanted.figure, wanted.where):
            return
        block, column = _PLACES.get(wanted.figure, (None, 0))
        if wanted.figure == _BY_SLOT and wanted.slot is not None:
            block, column = _queue, len(kernels.QUEUE_FIGURES) + wanted.slot
        if block is None or (conditions and block not in _CHOOSING):
            self._slow.append(place)
            return
        cases = None if block is not _incidents else self._chosen_cases(conditions) if conditions else ALL
        if (block, wanted.where) not in self._groups:
            first, self._width = self._width, self._width + _SIZES[block] + self._slots
            self._groups[block, wanted.where] = _Group(block, conditions, cases, slice(first, self._width), [])
        group = self._groups[block, wanted.where]
        group.places.append(place)
        self._columns[place] = group.columns.start + column

    def _chosen_cases(self, conditions: Sequence[Condition]) -> NDArray[np.bool_]:
        fields = FIELDS["incidents"]
        columns = [
            np.array([getattr(case, fields[condition.field]) for case in self.rules.cases], dtype=object) for condition in conditions
        ]
        masks = [condition.holds(column) for condition, column in zip(conditions, columns, strict=True)]
        return np.asarray(np.all(masks, axis=0), np.bool_)


def one_number(value: Value, wanted: Wanted) -> float:
    """The number that stands for a value: of a list the element that is wanted, else the worst one; NaN for none."""
    if isinstance(value, list):
        if wanted.slot is not None:
            return value[wanted.slot]
        return max(value) if figure(wanted.figure).direction == "low" else min(value)
    return nan if value is None else float(value)


def _of_patients(day: Day, condition: Condition) -> NDArray[np.bool_]:
    """For which visits the condition holds; `day.kinds` and the others are places in short lists of words."""
    design = day.rules.design
    words, places = {
        "class": (design.class_names, day.kinds),
        "priority": (range(MOST_PRIORITY + 1), day.workload.priority),
        "window": ((*design.positions, ""), np.where(day.calls == NEVER, len(design.positions), day.course.window)),
    }[condition.field]
    return np.asarray(condition.holds(np.array(words, dtype=object))[places])


def _edges(basis: Basis) -> Numbers:
    """The slots of the load, as `caixue.measures.patients` cuts them."""
    assert basis.load_us is not None
    return np.array([*range(0, basis.load_us, basis.slot_us), basis.load_us], np.int64)


def _deadlines(known: Sequence[Case], basis: Basis) -> Deadlines:
    """By class: clock time is so long after the start; of working days, the deadline of a clock that starts at once is the earliest."""
    within_us = [deadline_row(name).within_us for name in CLASSES]
    kind = np.array([CALENDAR if us is None else WITHIN for us in within_us], np.int64)
    us = np.array([basis.deadline_us(name, 0) if us is None else us for name, us in zip(CLASSES, within_us, strict=True)], np.int64)
    return Deadlines(np.array([CLASSES.index(case.class_) if case.class_ else 0 for case in known], np.int64), kind, us)

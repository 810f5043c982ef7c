"""The timing engine that numba compiles: the same course as `twin.engines.reference`, to the last bit, by the rules of docs/timing.md.

Here the arrays of a day are made, `compiled_loop` is the day, and `compiled_stretch` its quickest part. Without numba the same code
runs as plain Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import US_PER_DAY
from twin.engines.compiled_loop import live
from twin.engines.compiled_parts import (
    ASKED,
    CLOCK,
    COUNT,
    ENGINEER,
    FIRST_OVER,
    JOBS,
    NEVER_ASKED,
    NO_VISIT,
    OVER,
    PATIENT,
    POSITION_BITS,
    POSITION_MASK,
    POSITION_ROWS,
    SLOT_NEVER,
    TIMER,
    VISIT_BITS,
    Own,
)
from twin.timing.arrays import ANYONE, FAR, LATEST_US, NEVER, Course, Numbers, What, Workload
from twin.timing.compiling import compiled, lent

ENGINEERS = int(What.ENGINEERS)
RARE = -1  # for a status
COLUMNS = len(Course._fields[: Course._fields.index("stopped_us")])  # of a course, a number for each visit
BUMPS = Course._fields.index("bumps")


def run(workload: Workload) -> Course:
    """The course of that day. Raises UsageError for more positions than a timer can name, and for a day longer than a place in the queue can tell."""
    if len(workload.fallback) > POSITION_MASK:
        most = tr(f"最多 {POSITION_MASK} 个窗口", f"{POSITION_MASK} windows at most")
        raise UsageError(f"{len(workload.fallback)}: {most}")
    if workload.end_us >= LATEST_US:
        days = LATEST_US // US_PER_DAY
        raise UsageError(f"{workload.end_us} us: " + tr(f"一次最长 {days} 天", f"{days} days at most"))
    course = _course(workload, None) or _course(workload, True)
    assert course is not None
    return course


def _course(workload: Workload, rare: bool | None) -> Course | None:
    """The course; None where `rare` is None and the day has what few days have."""
    columns = tuple(workload)  # numba takes a plain tuple in half the time
    visits, causes = len(workload.arrived_us), len(workload.cause_kind)
    log_rows, job_rows = (8 if rare else 2) * visits + 256, visits // 4 + 4 * causes + 64
    while True:
        table, troubles, log, jobs, end_us, status, logged, begun = _day(columns, rare, log_rows, job_rows)
        if status == RARE:
            return None
        if logged <= log_rows and begun <= job_rows:
            return Course._make([*table[:, :visits], *troubles, log[:logged], jobs[:begun], end_us, status])
        log_rows, job_rows = max(log_rows, logged), max(job_rows, begun)


@compiled
def _day(
    columns: tuple[Any, ...], rare: bool | None, log_rows: int, job_rows: int
) -> tuple[Numbers, Numbers, Numbers, Numbers, int, int, int, int]:
    """The columns of the visits, the times of the causes, log and jobs; the end and the status, and how many rows log and jobs would have.

    `rare` None leaves out, when this is compiled, whatever few days have; on a day that has it the status is RARE and the rest says nothing.
    """
    w = Workload(*columns)
    visits, positions, causes = len(w.arrived_us), len(w.fallback), len(w.cause_kind)
    if rare is None and has_rare(w):
        nothing = np.empty((0, 0), np.int64)
        return nothing, np.empty((0, 0, 0), np.int64), nothing, nothing, 0, RARE, 0, 0
    table = np.empty((COLUMNS, visits + 1), np.int64)
    table[:BUMPS] = NEVER
    table[BUMPS:] = 0
    table[0, : w.arrivals] = w.arrived_us[: w.arrivals]  # of those who never come it is forgotten at the end
    table[0, visits] = FAR  # nobody: later than all who come
    at = np.zeros((POSITION_ROWS, positions), np.int64)
    at[TIMER], at[PATIENT] = SLOT_NEVER << POSITION_BITS, NEVER

    # who waits: those who come by themselves in order, a line for each lane and priority; and a heap of those who come back
    lanes, top, tubes, few = 1, 0, 0, 0 if rare is None else visits
    for i in range(visits):
        top = max(top, w.priority[i])
        tubes += w.tubes[i]
        if rare is not None and w.lane[i] != ANYONE:
            lanes = 1 + positions
    first, behind = np.full((lanes, top + 1), visits, np.int64), np.empty(visits, np.int64)
    for i in range(w.arrivals - 1, -1, -1):
        h = 0 if rare is None or w.lane[i] == ANYONE else 1 + w.lane[i]
        behind[i] = first[h, w.priority[i]]
        first[h, w.priority[i]] = i
    queued = np.zeros(visits, np.int64)
    queued[: w.arrivals] = 1  # once they have come
    impatient, hasty = np.full(few + 1, NO_VISIT, np.int64), 0
    if rare is not None:
        for i in range(w.arrivals):
            if w.patience_us[i] != NEVER:
                impatient[hasty] = ((w.arrived_us[i] + w.patience_us[i]) << VISIT_BITS) | i
                hasty += 1
        if hasty:
            impatient[:hasty].sort()

    # causes, engineers and their jobs
    cause_due = np.empty(causes, np.int64)
    for b in range(causes):
        cause_due[b] = min(w.up_us[b, 0], SLOT_NEVER)
    engineers = 0
    for row in range(len(w.calendar_us)):
        if w.calendar_what[row] == ENGINEERS and w.calendar_value[row] > engineers:
            engineers = w.calendar_value[row]
    job = np.empty((COUNT, causes + 2 * positions), np.int64)
    job[ASKED], job[OVER], job[ENGINEER] = NEVER_ASKED, SLOT_NEVER, NEVER
    clock = np.zeros(CLOCK, np.int64)
    clock[FIRST_OVER] = SLOT_NEVER

    own = Own(
        table=table,
        troubles=np.full((2, *w.up_us.shape), NEVER, np.int64),
        log=np.empty((log_rows, 4), np.int64),
        jobs=np.empty((job_rows, 5), np.int64),
        at=at,
        level=w.level.copy(),
        queued=queued,
        missed=np.zeros(few, np.int64),
        jammed=np.zeros(few, np.int64),
        left_us=np.full(visits, NEVER, np.int64),
        first_over=np.full(few, NEVER, np.int64),
        first=first,
        behind=behind,
        queue=np.empty((lanes, visits + 1), np.int64),
        queue_size=np.zeros(lanes, np.int64),
        later=np.full(few + 1, NO_VISIT, np.int64),
        impatient=impatient,
        line=np.empty(visits, np.int64),
        cause_due=cause_due,
        cause_number=np.zeros(causes, np.int64),
        calling=np.zeros(causes, np.int64),
        engineer=np.zeros(engineers, np.int64),
        job=job,
        clock=clock,
    )
    end_us, status, logged = live(w, own, rare, tubes >= w.tray)
    return own.table, own.troubles, own.log, own.jobs, end_us, status, logged, own.clock[JOBS]


@lent
def has_rare(w: Workload) -> bool:
    """Whether any visit has what on most days none has: a lane, several nurses, patience, a jam, a missed call, another visit."""
    found = False
    lane, nurses, patience_us, jam, missed_us, again = w.lane, w.nurses, w.patience_us, w.jam, w.missed_us, w.again
    for i in range(len(lane)):
        found |= (lane[i] != ANYONE) | (nurses[i] > 1) | (patience_us[i] != NEVER)
        found |= (jam[i] != 0) | (missed_us[i] != NEVER) | (again[i] != NEVER)
    return found

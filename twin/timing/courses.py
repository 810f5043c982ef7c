"""What a course tells between its lines: who is at a window, when windows were staffed and blocked, and which troubles were incidents.

The day record and the quick figures both rest on this. Everything is cut at `end_us`; what goes on, goes on until then.
"""

from __future__ import annotations

import numpy as np

from caixue.day import Outcome
from twin.timing.arrays import NEVER, Course, Numbers, Track
from twin.timing.compiling import compiled, lent

LEFT, WAITING = int(Outcome.LEFT), int(Outcome.WAITING)
OPEN, STAFFED, BLOCKED = int(Track.OPEN), int(Track.STAFFED), int(Track.BLOCKED)
JOB, OCCURRED, OPENED, BEGUN, ON_SITE, RESTORED, COLUMNS = range(7)  # of an incident


@compiled
def last_calls(
    arrived_us: Numbers,
    called_us: Numbers,
    ended_us: Numbers,
    window: Numbers,
    outcome: Numbers,
    patience_us: Numbers,
    abandons: Numbers,
    positions: int,
) -> Numbers:
    """When each visit was called to where it ended, or still is; NEVER for who was last seen in the queue.

    A course keeps the last call of those who were sent back, too. Who left is taken to have left the queue unless the
    workload says that the visit abandons; of those who are not through, the last one called at a position is there.
    """
    found = called_us.copy()
    there = np.full(positions, NEVER, np.int64)
    for i in range(len(called_us)):
        if called_us[i] == NEVER:
            continue
        p = window[i]
        if there[p] == NEVER or called_us[i] >= called_us[there[p]]:
            there[p] = i
    for i in range(len(called_us)):
        if called_us[i] == NEVER:
            continue
        if outcome[i] == LEFT:
            impatient = i < len(patience_us) and patience_us[i] != NEVER and ended_us[i] == arrived_us[i] + patience_us[i]
            if not abandons[i] or impatient:
                found[i] = NEVER
        elif outcome[i] == WAITING and there[window[i]] != i:
            found[i] = NEVER
    return found


@compiled
def shown(log: Numbers, positions: int, end_us: int) -> Numbers:
    """When each position began (1) or ceased (0) to be open with a nurse: rows of (when, position, 1 or 0), in order of time."""
    rows, count = np.empty((len(log) + positions, 3), np.int64), 0
    state, now = np.zeros((positions, 2), np.int64), np.zeros(positions, np.int64)
    for row in range(len(log)):
        what = log[row, 2]
        if what != OPEN and what != STAFFED:
            continue
        p = log[row, 1]
        state[p, 0 if what == OPEN else 1] = log[row, 3]
        both = state[p, 0] * state[p, 1]
        if both != now[p]:
            now[p] = both
            rows[count, 0], rows[count, 1], rows[count, 2] = log[row, 0], p, both
            count += 1
    for p in range(positions):
        if now[p]:
            rows[count, 0], rows[count, 1], rows[count, 2] = end_us, p, 0
            count += 1
    return rows[:count]


@compiled
def blocked_spans(log: Numbers, fallback: Numbers, end_us: int) -> Numbers:
    """When windows were blocked: rows of (position, start, end), those of one window in order of time, as long as can be."""
    positions = len(fallback)
    rows, count = np.empty((len(log) + positions, 3), np.int64), 0
    since, last = np.full(positions, NEVER, np.int64), np.full(positions, NEVER, np.int64)
    for row in range(len(log) + positions):
        if row < len(log):
            if log[row, 2] != BLOCKED:
                continue
            now, p, begins = log[row, 0], log[row, 1], log[row, 3]
        else:
            now, p, begins = end_us, row - len(log), 0
        if fallback[p]:
            continue
        if begins:
            since[p] = now
        elif since[p] != NEVER:
            if last[p] != NEVER and rows[last[p], 2] == since[p]:
                rows[last[p], 2] = now
            elif since[p] < now:
                last[p] = count
                rows[count, 0], rows[count, 1], rows[count, 2] = p, since[p], now
                count += 1
            since[p] = NEVER
    return rows[:count]


@compiled
def incident_rows(
    log: Numbers,
    jobs: Numbers,
    stopped_us: Numbers,
    cause_call_us: Numbers,
    cause_itself: Numbers,
    hidden_us: Numbers,
    counted: np.ndarray,
    positions: int,
    walk_us: int,
    end_us: int,
) -> Numbers:
    """The troubles that an engineer was called for: rows of (job, occurred, opened, begun, on site, restored), in order of opening.

    `counted` says which jobs are incidents. A cause has occurred `hidden_us` before it was felt; a jam when its window was blocked.
    What nobody has begun yet counts if it is known: a cause whose time to call has come.
    """
    causes = len(cause_call_us)
    rows, count = np.full((len(jobs) + causes, COLUMNS), NEVER, np.int64), 0
    number = np.zeros(causes, np.int64)
    for row in range(len(jobs)):
        job = jobs[row, 4]
        opened, begun, over = jobs[row, 0], jobs[row, 1], jobs[row, 2]
        if job < causes:
            number[job] += 1
        if not counted[job]:
            continue
        occurred = _blocked_since(log, job - causes - positions, opened)
        if job < causes:
            occurred = max(0, stopped_us[job, number[job] - 1] - hidden_us[job])
        rows[count, JOB], rows[count, OCCURRED], rows[count, OPENED], rows[count, BEGUN] = job, occurred, opened, begun
        on_site = min(begun + walk_us, over)
        if on_site <= end_us:
            rows[count, ON_SITE] = on_site
        if over <= end_us:
            rows[count, RESTORED] = over
        count += 1
    for b in range(causes):
        k = number[b]
        if not counted[b] or cause_itself[b] or k >= stopped_us.shape[1] or stopped_us[b, k] == NEVER:
            continue
        opened = stopped_us[b, k] + cause_call_us[b]
        if opened <= end_us:
            rows[count, JOB], rows[count, OCCURRED], rows[count, OPENED] = b, max(0, stopped_us[b, k] - hidden_us[b]), opened
            count += 1
    return _in_order(rows[:count])


@lent
def _blocked_since(log: Numbers, position: int, until_us: int) -> int:
    """When that position was blocked last, at `until_us` or before; `until_us` if it never was."""
    found = until_us
    for row in range(len(log)):
        if log[row, 0] > until_us:
            break
        if log[row, 1] == position and log[row, 2] == BLOCKED and log[row, 3]:
            found = log[row, 0]
    return found


@compiled
def _in_order(rows: Numbers) -> Numbers:
    """The same incidents in order of (opened, job)."""
    for row in range(1, len(rows)):
        one = rows[row].copy()
        at = row
        while at > 0 and (rows[at - 1, OPENED] > one[OPENED] or (rows[at - 1, OPENED] == one[OPENED] and rows[at - 1, JOB] > one[JOB])):
            rows[at] = rows[at - 1]
            at -= 1
        rows[at] = one
    return rows


def cut(course: Course, at_us: int) -> Course:
    """The same day as it was just before `at_us`: what came then or later has not happened yet."""
    ended_us = _before(course.ended_us, at_us)
    return course._replace(
        arrived_us=_before(course.arrived_us, at_us),
        called_us=_before(course.called_us, at_us),
        drawn_us=_before(course.drawn_us, at_us),
        ended_us=ended_us,
        received_us=_before(course.received_us, at_us),
        outcome=np.where(ended_us == NEVER, WAITING, course.outcome),
        stopped_us=_before(course.stopped_us, at_us),
        restored_us=_before(course.restored_us, at_us),
        log=course.log[course.log[:, 0] < at_us],
        jobs=course.jobs[course.jobs[:, 1] < at_us],
        end_us=min(at_us, course.end_us),
    )


def _before(times_us: Numbers, at_us: int) -> Numbers:
    return np.where(times_us < at_us, times_us, NEVER)

"""Small parts of the compiled engine: heaps of whole numbers, and the engineers with their jobs.

A heap is an array and its size; a job is a column of a table.
"""

from __future__ import annotations

from typing import NamedTuple

from twin.timing.arrays import FAR, NEVER, Numbers
from twin.timing.compiling import lent

NEVER_ASKED = FAR
SLOT_NEVER = 1 << 50  # later than any day: a timer that is not set
POSITION_BITS = 10  # below a time, where the first of several is looked for
POSITION_MASK = (1 << POSITION_BITS) - 1

# rows of the table of positions: the phase and when it is over (with the position), who is there, how many nurses they hold,
# whether it is open, staffed and ready (staffed, without a patient and not blocked), how often blocked; whether a slot was found
# short and the tray full, tubes in the tray, whether a refill has been asked for and how many were begun, how much slower it is
PHASE, TIMER, PATIENT, HELD, OPENED, STAFFED, READY, BLOCKS, EMPTY, FULL, IN_TRAY, REFILL, REFILLED, SLOW = range(14)
USABLE, PREPARED, DRAWS, FREES, BRINGS, POSITION_ROWS = range(14, 20)  # and what a stretch notes there for itself
# phases of a position
FREE, MISSED, ASSISTED, PREPARE, APPROACH, DRAW, TRYING = range(7)
NO_REFILL = 0  # has been asked for at a position
VISIT_BITS = 19
NO_VISIT = 1 << 62  # behind every arrival

# rows of the table of jobs
ASKED, SOON, LASTS, REQUESTED, OVER, ENGINEER, COUNT = range(7)
# places in the small array that the engineers share with the loop: when the next job is over, how many are on duty and busy,
# how many jobs wait, how many have been asked for, how many rows of `Course.jobs` there are, whether refills were asked for that nobody drew
FIRST_OVER, ON_DUTY, BUSY, WAITING, NUMBER, JOBS, REFILLS_OUT, CLOCK = range(8)


class Own(NamedTuple):
    """The arrays of one day that are not its workload: V visits, P positions, L lanes, B causes."""

    table: Numbers  # the first columns of the course, and one column more: nobody, who comes later than all
    troubles: Numbers  # 2 × B × K: when they stopped, when that was over
    log: Numbers
    jobs: Numbers
    at: Numbers  # the table of positions
    level: Numbers  # P × S
    queued: Numbers  # V; 1: in the queue, if they have come
    missed: Numbers  # V; 1: has missed a call
    jammed: Numbers  # V; 1: the jam has happened
    left_us: Numbers  # V; what is left of a draw that was broken off
    first_over: Numbers  # V; the end of the person's first visit
    first: Numbers  # L × priorities: the first of those who come by themselves; V: nobody
    behind: Numbers  # V; who comes behind, in the same line
    queue: Numbers  # L heaps of those who were sent back or come back
    queue_size: Numbers  # L
    later: Numbers  # heap: who comes when, after a call that was missed or for another visit
    impatient: Numbers  # whose patience ends when, in order
    line: Numbers  # of visits whose tubes wait for the belt
    cause_due: Numbers  # B
    cause_number: Numbers  # B; how often it was over
    calling: Numbers  # B; 1: what is due is the call for the engineer
    engineer: Numbers  # 1: busy
    job: Numbers
    clock: Numbers


@lent
def push(heap: Numbers, size: int, value: int) -> int:
    """Put `value` into the heap; gives its size."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[above] < value:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = value
    return size + 1


@lent
def pop(heap: Numbers, size: int) -> int:
    """Take the smallest value out of the heap; gives its size."""
    size -= 1
    value = heap[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if value < heap[below]:
            break
        heap[at] = heap[below]
        at = below
    heap[at] = value
    return size


@lent
def note(log: Numbers, logged: int, now: int, position: int, track: int, value: int) -> int:
    """Write a row of the log, if there is room; gives how many rows there are, so that whoever reads it sees when there was none."""
    if logged < len(log):
        log[logged, 0], log[logged, 1], log[logged, 2], log[logged, 3] = now, position, track, value
    return logged + 1


@lent
def lacks(level: Numbers, position: int, need: Numbers, visit: int) -> bool:
    """Whether a slot of the position holds less than the visit needs."""
    short = False
    for slot in range(need.shape[1]):
        short = short or level[position, slot] < need[visit, slot]
    return short


@lent
def take_out(level: Numbers, low: Numbers, position: int, need: Numbers, visit: int) -> bool:
    """Take what the visit needs out of the slots of the position; gives whether one runs low."""
    runs_low = False
    for slot in range(need.shape[1]):
        level[position, slot] -= need[visit, slot]
        runs_low = runs_low or level[position, slot] <= low[position, slot]
    return runs_low


@lent
def drawn_refill(refill_us: Numbers, position: int, number: int) -> int:
    """How long refill `number` of the position takes; NEVER where nobody drew it."""
    return refill_us[position, number] if number < refill_us.shape[1] else NEVER


@lent
def first_job_over(job: Numbers, clock: Numbers) -> int:
    """The lowest job that is over at the first such instant."""
    for number in range(job.shape[1]):
        if job[OVER, number] == clock[FIRST_OVER]:
            return number
    return NEVER


@lent
def ask(number: int, soon: int, lasts: int, now: int, job: Numbers, jobs: Numbers, engineer: Numbers, clock: Numbers) -> None:
    """Ask for a job (rule 21); an idle engineer begins it at once."""
    job[ASKED, number] = clock[NUMBER]
    clock[NUMBER] += 1
    job[SOON, number], job[LASTS, number], job[REQUESTED, number] = soon, lasts, now
    clock[WAITING] += 1
    begin_waiting(now, job, jobs, engineer, clock)


@lent
def free_engineer(number: int, now: int, job: Numbers, jobs: Numbers, engineer: Numbers, clock: Numbers) -> None:
    """Engineer `number` (NEVER: it was nobody's job) is idle; what waits is begun while somebody can."""
    if number != NEVER:
        engineer[number] = 0
        clock[BUSY] -= 1
    _look_again(job, clock)
    begin_waiting(now, job, jobs, engineer, clock)


@lent
def begin_waiting(now: int, job: Numbers, jobs: Numbers, engineer: Numbers, clock: Numbers) -> None:
    """Begin what waits, the most urgent first, while an engineer on duty is idle."""
    while clock[WAITING] > 0 and clock[BUSY] < clock[ON_DUTY]:
        best = NEVER
        for number in range(job.shape[1]):
            if job[ASKED, number] != NEVER_ASKED and (
                best == NEVER
                or job[SOON, number] < job[SOON, best]
                or (job[SOON, number] == job[SOON, best] and job[ASKED, number] < job[ASKED, best])
            ):
                best = number
        if job[LASTS, best] == NEVER:
            clock[REFILLS_OUT] = 1  # the run must end
            break
        idle = 0
        while engineer[idle]:
            idle += 1
        engineer[idle] = 1
        clock[BUSY] += 1
        clock[WAITING] -= 1
        job[ASKED, best] = NEVER_ASKED
        job[ENGINEER, best] = idle
        job[OVER, best] = min(now + job[LASTS, best], SLOT_NEVER)
        row = clock[JOBS]
        if row < len(jobs):  # whoever reads the count sees when there was no room
            jobs[row, 0], jobs[row, 1], jobs[row, 2], jobs[row, 3], jobs[row, 4] = job[REQUESTED, best], now, now + job[LASTS, best], idle, best
        clock[JOBS] += 1
        clock[FIRST_OVER] = min(clock[FIRST_OVER], job[OVER, best])


@lent
def _look_again(job: Numbers, clock: Numbers) -> None:
    """Find out when the next job is over."""
    first = SLOT_NEVER
    for number in range(job.shape[1]):
        if job[OVER, number] < first:
            first = job[OVER, number]
    clock[FIRST_OVER] = first

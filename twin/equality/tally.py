"""Many random days through both engines, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields

import numpy as np

from caixue.errors import UsageError
from caixue.lang import tr
from twin.engines.reference import Counts, counted
from twin.equality.comparing import Difference, difference
from twin.equality.days import GRIDS_S, random_day
from twin.timing.arrays import Course, Status, Track, Workload

BATCH = 50  # days a task of a pool


@dataclass(frozen=True, slots=True)
class Unequal:
    """A day on which the engines differ."""

    day: int
    difference: Difference


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened on the days that were compared. Counted on the reference's courses."""

    days: int = 0
    patients: int = 0  # who came
    bumps: int = 0
    jobs: int = 0  # of engineers
    stock_outs: int = 0
    unfinished: int = 0  # days broken off with people still there
    refused: int = 0  # days that could not go on: more was needed than had been drawn
    events: int = 0
    coincident: int = 0  # at the instant of the event before
    unequal: tuple[Unequal, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))


def both_engines() -> tuple[Callable[[Workload], tuple[Course, Counts]], Callable[[Workload], Course]]:
    """The reference, which counts its events, and the compiled engine. Raises UsageError without numba."""
    try:
        from twin.engines.compiled import run as run_compiled
    except ImportError:
        raise UsageError(tr('没有安装 numba：pip install "caixue[fast]"', 'numba is missing: pip install "caixue[fast]"')) from None
    return counted, run_compiled


def day_of(seed: int, day: int) -> Workload:
    """Day `day` of `seed`: the grids take turns."""
    grids = len(GRIDS_S)
    return random_day(seed, day // grids, GRIDS_S[day % grids])


def compare_day(seed: int, day: int) -> Tally:
    """One day through both engines."""
    first, second = both_engines()
    workload = day_of(seed, day)
    course, counts = first(workload)
    return tally_of(course, counts, day, difference(course, second(workload)))


def tally_of(course: Course, counts: Counts, day: int, found: Difference | None) -> Tally:
    """One day as it is counted."""
    return Tally(
        days=1,
        patients=int(np.count_nonzero(course.arrived_us >= 0)),
        bumps=int(course.bumps.sum()),
        jobs=len(course.jobs),
        stock_outs=int(np.count_nonzero(course.log[:, 2] == Track.STOCKOUT)),
        unfinished=int(course.status == Status.UNFINISHED),
        refused=int(course.status > Status.UNFINISHED),
        events=counts.events,
        coincident=counts.coincident,
        unequal=() if found is None else (Unequal(day, found),),
    )


def compare_days(task: tuple[int, int, int]) -> Tally:
    """The days from `first` to before `end` of a seed: (seed, first, end)."""
    seed, first, end = task
    return total(compare_day(seed, day) for day in range(first, end))


def tasks(seed: int, days: int) -> Iterator[tuple[int, int, int]]:
    """All days in batches."""
    for first in range(0, days, BATCH):
        yield seed, first, min(days, first + BATCH)


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum."""
    whole = Tally()
    for tally in tallies:
        whole += tally
    return whole

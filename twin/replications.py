"""Many days of one design in timing: what is wanted of each day, the same numbers on any machine and in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caixue.errors import UsageError
from caixue.lang import tr
from twin.engines.timing import Engine, engine
from twin.timing.arrays import Course, Status
from twin.timing.design import Design
from twin.timing.figures import Drawn, Figures, Wanted
from twin.timing.sampling import draw_day
from twin.timing.visits import Row

__all__ = ["Batch", "Done", "Drawn", "Wanted", "course_of", "do_batch", "drawn_day", "replications"]

_REFUSED = {
    Status.REFILLS_DRAWN: ("补充次数超过抽好的次数", "more refills of a position than were drawn"),
    Status.CAUSES_DRAWN: ("故障次数超过抽好的次数", "a cause of trouble came more often than was drawn"),
}


def drawn_day(design: Design, number: int, run: Engine | None = None) -> Drawn:
    """Replication `number` as it was drawn and as it went. Raises UsageError, naming the replication, where the engine refuses."""
    visits, workload = draw_day(design, number)
    course = (run or engine()[1])(workload)
    if course.status in _REFUSED:
        what = tr(*_REFUSED[Status(course.status)])
        raise UsageError(f"{design.scenario.path}: --rep {number}: {what}")
    return Drawn(workload, course, visits.row(Row.KIND))


def course_of(design: Design, number: int) -> Course:
    """What happens in replication `number`."""
    return drawn_day(design, number).course


@dataclass(frozen=True, slots=True)
class Batch:
    """Replications `first` to `first + count - 1` of a design; `keep` asks for the last of these days itself."""

    design: Design
    first: int
    count: int
    wanted: tuple[Wanted, ...]
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a batch: a row for each replication; how long they lasted, and on which somebody was left at the end."""

    values: NDArray[np.float64]
    simulated_us: int
    unfinished: list[int]
    kept: Drawn | None = None


def do_batch(batch: Batch) -> Done:
    """Do one batch; for pools. Raises as `replications`."""
    figures, values = Figures(batch.design, batch.wanted), np.empty((batch.count, len(batch.wanted)), np.float64)
    simulated_us, unfinished, day, run = 0, [], None, engine()[1]
    for place in range(batch.count):
        day = drawn_day(batch.design, batch.first + place, run)
        values[place] = figures.values(day)
        simulated_us += day.course.end_us
        if day.course.status == Status.UNFINISHED:
            unfinished.append(batch.first + place)
    return Done(values, simulated_us, unfinished, day if batch.keep else None)


def replications(design: Design, numbers: Sequence[int], wanted: Sequence[Wanted]) -> NDArray[np.float64]:
    """A row for each replication, a column for each wanted figure: NaN where a day has no samples, times in seconds.

    Raises UsageError for an unknown figure, a `where` that does not fit, and a day that the engine refuses.
    """
    figures, rows = Figures(design, wanted), np.empty((len(numbers), len(wanted)), np.float64)
    run = engine()[1]
    for place, number in enumerate(numbers):
        rows[place] = figures.values(drawn_day(design, number, run))
    return rows

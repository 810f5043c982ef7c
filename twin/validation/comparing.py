"""Rows run on an engine: the estimate of each, the same course from both engines, and Little's law on every path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caixue.day import Outcome
from twin.chance import Chance
from twin.engines.timing import Engine
from twin.timing.arrays import NEVER, Course, Numbers, Status, Workload
from twin.validation.estimates import LIMIT, Estimate, estimate
from twin.validation.heads import CountedDay
from twin.validation.rooms import Dice
from twin.validation.rows import Row, Size

SEED = 20261123
PATIENTS_FOR_BOTH = 1500  # what the reference is given of each row


@dataclass(frozen=True, slots=True)
class Compared:
    """A row and what came out."""

    row: Row
    estimate: Estimate
    alike: bool | None = None  # whether both engines gave the same course; None: not asked

    @property
    def passed(self) -> bool:
        """The estimate is not too far off, and the engines agree."""
        return abs(self.estimate.z) < LIMIT and self.alike is not False


def compare(row: Row, engine: Engine, size: Size | None = None, other: Engine | None = None) -> Compared:
    """Run the row's replications; and one short one on the `other` engine, too."""
    size = size or row.size
    found = []
    for replication in range(size.replications):
        workload = row.draw(dice_of(row, replication), size.visits)
        found.append(row.measure(workload, finished(row, engine(workload)), size.cut))
    same = None if other is None else alike(row, engine, other)
    return Compared(row, estimate(found, row.exact), same)


def dice_of(row: Row, replication: int) -> Dice:
    """The dice of that replication of that row, and of no other."""
    return Chance(SEED, replication).numpy_stream(f"validation.{row.group}.{row.name}")


def finished(row: Row, course: Course) -> Course:
    """The course itself; a run that broke off would bias what is measured. Raises AssertionError then."""
    assert course.status == Status.DONE, f"{row.name}: {Status(course.status).name}"
    return course


def alike(row: Row, engine: Engine, other: Engine) -> bool:
    """Whether both engines give the same course of a short replication, to the last bit."""
    workload = row.draw(dice_of(row, 0), PATIENTS_FOR_BOTH)
    pairs: Iterable[tuple[Any, Any]] = zip(engine(workload), other(workload), strict=True)
    return all(np.array_equal(ours, theirs) for ours, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Path:
    """One path of a day by Little's law: the area under the heads counted on it, and the sum of all stays on it, in whole microseconds.

    The heads are counted in the reference engine while the day goes on; the stays are sums over the course of the engine that is judged.
    """

    name: str
    passed: int
    most: int  # at a time
    area_us: int
    stays_us: int


def paths(workload: Workload, course: Course) -> list[Path]:
    """Room, queue, windows, belt, calls for the engineer, repairs, and causes of trouble of one day that is done.

    "queue" and "windows" are of those who were served and never sent back: of the others the course keeps the last call alone.
    """
    plain = (course.outcome == Outcome.SERVED) & (course.bumps == 0)
    begun = set(zip(course.jobs[:, 0].tolist(), course.jobs[:, 4].tolist(), strict=True))
    counts = CountedDay(workload, set(np.flatnonzero(plain).tolist()), begun).counted()
    stays = stays_us(workload, course, plain)
    return [Path(name, len(stays[name]), count.most, count.area_us, int(stays[name].sum())) for name, count in counts.items()]


def stays_us(workload: Workload, course: Course, plain: NDArray[np.bool_]) -> dict[str, Numbers]:
    """How long everybody and everything was on each path, by the course."""
    came, carried, began = course.arrived_us != NEVER, course.received_us != NEVER, course.stopped_us != NEVER
    missed = (workload.missed_us != NEVER) & (course.called_us != NEVER)
    vain_us, away_us = np.where(missed, workload.missed_us, 0), np.where(missed, workload.missed_back_us, 0)
    restored_us = np.where(course.restored_us == NEVER, course.end_us, course.restored_us)
    jobs = np.minimum(course.jobs[:, :3], course.end_us)
    return {
        "room": (course.ended_us - course.arrived_us - away_us)[came],
        "queue": (course.called_us - course.arrived_us - vain_us - away_us)[plain],
        "windows": (course.ended_us - course.called_us + vain_us)[plain],
        "belt": (course.received_us - workload.way_us - course.ended_us)[carried],
        "engineer.called": jobs[:, 1] - jobs[:, 0],
        "engineer.repairs": jobs[:, 2] - jobs[:, 1],
        "window.down": (restored_us - course.stopped_us)[began],
    }

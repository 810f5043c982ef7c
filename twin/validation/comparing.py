"""Rows run on an engine: the estimate of each, the same course from both engines, and Little's law on every path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.chance import Chance
from twin.engines.timing import Engine
from twin.timing.arrays import NEVER, Course, Numbers, Status, Workload
from twin.validation.estimates import LIMIT, Estimate, estimate
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
    """One path of a day by Little's law: the area under the number on it, and the sum of all stays on it, in whole microseconds."""

    name: str
    passed: int
    most: int  # at a time
    area_us: int
    stays_us: int


def paths(workload: Workload, course: Course) -> list[Path]:
    """Queue, windows, belt, calls for the engineer, repairs, and causes of trouble of one day."""
    served, carried = (course.called_us != NEVER) & (course.ended_us != NEVER), course.received_us != NEVER
    lifted_us = course.received_us - workload.way_us
    stopped = (course.stopped_us != NEVER) & (course.restored_us != NEVER)
    return [
        path("queue", course.arrived_us[served], course.called_us[served]),
        path("windows", course.called_us[served], course.ended_us[served]),
        path("belt", course.ended_us[carried], lifted_us[carried]),
        path("engineer.called", course.jobs[:, 0], course.jobs[:, 1]),
        path("engineer.repairs", course.jobs[:, 1], course.jobs[:, 2]),
        path("window.down", course.stopped_us[stopped], course.restored_us[stopped]),
    ]


def path(name: str, from_us: Numbers, to_us: Numbers) -> Path:
    """One path from when everybody came on it and when they left it."""
    steps = np.concatenate((from_us, to_us))
    changes = np.concatenate((np.ones(len(from_us), np.int64), -np.ones(len(to_us), np.int64)))
    order = np.lexsort((changes, steps))  # who leaves at an instant goes before who comes
    on_it = np.cumsum(changes[order])
    area_us = int(np.sum(on_it[:-1] * np.diff(steps[order]))) if len(steps) else 0
    return Path(name, len(from_us), int(on_it.max(initial=0)), area_us, int(np.sum(to_us - from_us)))

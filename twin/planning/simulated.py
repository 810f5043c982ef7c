"""Days of a scenario with another staffing, simulated: what `twin.planning.trials` asks for, from the timing engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.planning.approximation import Demand, demand_of, waits
from twin.planning.documents import Document, parsed, staffed
from twin.planning.goals import Goal
from twin.planning.staffing import SLOT_US, Slots, Staffing, full
from twin.planning.trials import nurses_a_minute
from twin.pools import Pool
from twin.replications import Batch, Wanted, do_batch
from twin.timing.design import Design, design_of
from twin.timing.sampling import sample

Floats = NDArray[np.float64]

SERVED, PER_H = Wanted("patient.served"), Wanted("throughput.per_h")
DAYS_A_TASK = 60
GUESSED_FROM = 100  # days whose people the approximation is built from


@dataclass(frozen=True, slots=True)
class Days:
    """One task for a pool: these figures of days `first` to `last - 1` of a design."""

    design: Design
    first: int
    last: int
    wanted: tuple[Wanted, ...]


def run_days(task: Days) -> Floats:
    """The figures of those days, and in the last column whether the day was broken off with people still waiting."""
    done = do_batch(Batch(task.design, task.first, task.last - task.first, task.wanted))
    return np.column_stack((done.values, np.isin(np.arange(task.first, task.last), done.unfinished)))


@dataclass(slots=True)
class Room:
    """A scenario whose staffing is left open: its document, its half hours, and how many windows its site may have."""

    document: Document
    path: Path  # where the document would stand: paths in it are relative to its folder
    slots: Slots
    windows: int
    counted: bool  # the number of windows can be chosen
    start_us: int  # of the run, after midnight
    minutes: int  # of arrivals
    _designs: dict[Staffing, Design] = field(default_factory=dict)

    @property
    def open_us(self) -> int:
        """From the first opening to the end of the last half hour."""
        return len(self.slots.open) * SLOT_US

    def with_seed(self, seed: int) -> Room:
        """The same room on other days."""
        return self.changed({"seed": seed})

    def changed(self, tables: Document) -> Room:
        """The room with other tables or values in its document."""
        return replace(self, document={**self.document, **tables}, _designs={})

    def opened(self, slot: int) -> Room:
        """The room opening with that half hour."""
        return replace(self, slots=self.slots.opened(slot), _designs={})

    def with_windows(self, windows: int) -> Room:
        """The room with so many windows."""
        return replace(self, windows=windows, _designs={})

    def people(self) -> float:
        """How many come by themselves on an average day."""
        design = self.design(full(self.slots, self.windows))
        return sum(sample(design, number).arrivals for number in range(GUESSED_FROM)) / GUESSED_FROM

    def design(self, staffing: Staffing) -> Design:
        """The room with that staffing; raises ScenarioError where it cannot be."""
        if staffing not in self._designs:
            document = staffed(self.document, staffing, self.slots, count=self.counted)
            self._designs[staffing] = design_of(parsed(document, self.path))
        return self._designs[staffing]

    def demand(self) -> Demand:
        """Who comes on an average day, from its first days."""
        design = self.design(full(self.slots, self.windows))
        return demand_of([sample(design, number) for number in range(GUESSED_FROM)], self.minutes)

    def evaluate(self, pool: Pool, goals: Sequence[Goal], done: Callable[[int], None]) -> Callable[[Staffing, range], Floats]:
        """What tries a staffing on days of this room; `done` is told how many days each answer had."""
        wanted = tuple(dict.fromkeys([*(Wanted(goal.figure, goal.where) for goal in goals), SERVED, PER_H]))
        places = [wanted.index(Wanted(goal.figure, goal.where)) for goal in goals]

        def evaluate(staffing: Staffing, numbers: range) -> Floats:
            answers = []
            for answer in pool.ordered(run_days, self._tasks(staffing, numbers, wanted)):
                answers.append(answer)
                done(len(answer))
            rows = np.concatenate(answers)
            overtime = self._overtime_h(rows[:, wanted.index(SERVED)], rows[:, wanted.index(PER_H)])
            return np.column_stack((rows[:, places], np.where(rows[:, -1] > 0, np.inf, overtime)))

        return evaluate

    def _tasks(self, staffing: Staffing, numbers: range, wanted: tuple[Wanted, ...]) -> Iterator[Days]:
        design = self.design(staffing)
        for first in range(numbers.start, numbers.stop, DAYS_A_TASK):
            yield Days(design, first, min(first + DAYS_A_TASK, numbers.stop), wanted)

    def _overtime_h(self, served: Floats, per_h: Floats) -> Floats:
        """How long after the last half hour the last one was served, in hours: from the first opening on, served over throughput."""
        opened_us = max(0, self.slots.start_us + self.slots.first * SLOT_US - self.start_us)
        planned_us = self.slots.start_us + self.slots.count * SLOT_US - self.start_us
        with np.errstate(divide="ignore", invalid="ignore"):
            lasted = np.where(per_h > 0, served / per_h, 0.0)
        return np.maximum(0.0, lasted - (planned_us - opened_us) / 3.6e9)

    def guess(self, demand: Demand) -> Callable[[Staffing], tuple[float, float, float]]:
        """The approximation for this room."""

        def guess(staffing: Staffing) -> tuple[float, float, float]:
            told = waits(demand, nurses_a_minute(staffing, self.slots, self.minutes, self.start_us))
            return told.percentile_s(0.9), told.longest_s, told.mean_s

        return guess

"""Trying a staffing on simulated days: few where the answer is plain, more where it is not, always the same days (common random numbers)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.planning.goals import Goal, Held, Measured, measured
from twin.planning.staffing import SLOT_US, Slots, Staffing

Floats = NDArray[np.float64]
# staffing, numbers of the days → a row for each day: the goals' figures, then how long after the last half hour the last one was served, in hours;
# infinite on a day that was broken off with people still waiting
Evaluate = Callable[[Staffing, range], Floats]

STRICT = 0.999  # confidence of an answer before all days are done: such an answer is asked for several times
STAGES = (60, 240, 960)  # days after which an answer is looked for


@dataclass(frozen=True, slots=True)
class Trial:
    """What the days tried so far say of a staffing."""

    staffing: Staffing
    rows: tuple[Measured, ...]
    overtime_h: float
    days: int
    held: Held
    unfinished: int = 0  # days that were broken off with people still waiting: with one of them nothing holds

    @property
    def nurse_hours(self) -> float:
        """Planned hours, and what those of the last half hour work on until the room is empty."""
        return self.staffing.nurse_hours + self.staffing.nurses[-1] * self.overtime_h

    def of(self, figure: str) -> Measured | None:
        """What was measured of a figure over everybody."""
        return next((row for row in self.rows if row.goal.figure == figure and not row.goal.where), None)


@dataclass(slots=True)
class Trials:
    """Tries staffings and remembers every day of each."""

    evaluate: Evaluate
    goals: Sequence[Goal]
    confidence: float
    most_days: int
    stages: Sequence[int] = STAGES
    tell: Callable[[Trial], None] = lambda trial: None
    done: dict[Staffing, Floats] = field(default_factory=dict)
    days_run: int = 0

    def decide(self, staffing: Staffing) -> Trial:
        """Whether the goals hold: early where that is plain at `STRICT`, else at the stated confidence with all days."""
        for days in (*(stage for stage in self.stages if stage < self.most_days), self.most_days):
            trial = self.after(staffing, days) if days >= self.most_days else self._early(staffing, days)
            self.tell(trial)
            if trial.held is not Held.OPEN:
                break
        return trial

    def after(self, staffing: Staffing, days: int) -> Trial:
        """What at least so many days say at the stated confidence."""
        return self._trial(staffing, days, self.goals, lambda row: row.held(self.confidence))

    def against(self, staffing: Staffing, days: int, goals: Sequence[Goal]) -> Trial:
        """What they say to other limits of the same figures, in the same order."""
        return self._trial(staffing, days, goals, lambda row: row.held(self.confidence))

    def _early(self, staffing: Staffing, days: int) -> Trial:
        """What few days say: no more than what is plain. A clause of each day is given the benefit of the doubt until all days are done."""

        def held(row: Measured) -> Held:
            found = row.held(STRICT, self.confidence)
            return Held.HOLDS if row.goal.daily and found is Held.OPEN else found

        return self._trial(staffing, days, self.goals, held)

    def _trial(self, staffing: Staffing, days: int, goals: Sequence[Goal], held: Callable[[Measured], Held]) -> Trial:
        samples = self._samples(staffing, days)
        rows = tuple(measured(goal, samples[:, place]) for place, goal in enumerate(goals))
        overtime = samples[:, len(goals)]
        ended = overtime[np.isfinite(overtime)]
        unfinished = int(np.isposinf(overtime).sum())
        together = Held.FAILS if unfinished else _together([held(row) for row in rows])
        return Trial(staffing, rows, float(ended.mean()) if len(ended) else 0.0, len(samples), together, unfinished)

    def _samples(self, staffing: Staffing, days: int) -> Floats:
        known = self.done.get(staffing)
        have = 0 if known is None else len(known)
        if have < days:
            new = self.evaluate(staffing, range(have, days))
            self.days_run += days - have
            known = new if known is None else np.concatenate((known, new))
            self.done[staffing] = known
        assert known is not None
        return known


def _together(held: Sequence[Held]) -> Held:
    if Held.FAILS in held:
        return Held.FAILS
    return Held.OPEN if Held.OPEN in held else Held.HOLDS


def nurses_a_minute(staffing: Staffing, slots: Slots, minutes: int, start_us: int) -> Floats:
    """The nurses of a staffing in each minute from the start of the run, `start_us` after midnight."""
    at_us = np.arange(minutes, dtype=np.int64) * 60_000_000 + start_us - slots.start_us
    return np.asarray(staffing.nurses, np.float64)[np.clip(at_us // SLOT_US, 0, slots.count - 1)]

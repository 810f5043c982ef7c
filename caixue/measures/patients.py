"""Figures of the patients: how many, how long they waited and stayed, how long the queue was.

What each figure means is said once, in the table of `caixue.metrics`; the same holds for the other modules here.
"""

from __future__ import annotations

import numpy as np

from caixue.day import NEVER, DayRecord, Outcome
from caixue.intervals import Steps, intervals, maximum, mean, steps
from caixue.measures.statistics import Basis, Samples, between


def waits_us(day: DayRecord, basis: Basis) -> Samples:
    """One wait for each patient who was served: last call minus arrival."""
    served = day.patients.only(day.patients.outcome == Outcome.SERVED)
    return between(served.arrived_us, served.called_us)


def stays_us(day: DayRecord, basis: Basis) -> Samples:
    """One stay for each patient who was served."""
    served = day.patients.only(day.patients.outcome == Outcome.SERVED)
    return between(served.arrived_us, served.ended_us)


def patient_count(day: DayRecord, basis: Basis) -> float:
    return float(len(day.patients))


def served_count(day: DayRecord, basis: Basis) -> float:
    return float(np.count_nonzero(day.patients.outcome == Outcome.SERVED))


def left_count(day: DayRecord, basis: Basis) -> float:
    return float(np.count_nonzero(day.patients.outcome == Outcome.LEFT))


def _queue(day: DayRecord) -> Steps:
    """How many have arrived and have neither had their last call nor left."""
    people = day.patients
    out = np.where(people.called_us != NEVER, people.called_us, np.where(people.ended_us != NEVER, people.ended_us, day.end_us))
    return steps(intervals(np.column_stack((people.arrived_us, out))[people.arrived_us != NEVER]))


def queue_mean(day: DayRecord, basis: Basis) -> float | None:
    return mean(_queue(day), intervals([(0, day.end_us)]))


def queue_max(day: DayRecord, basis: Basis) -> float | None:
    longest = maximum(_queue(day), intervals([(0, day.end_us)]))
    return None if longest is None else float(longest)


def queue_by_slot(day: DayRecord, basis: Basis) -> list[float] | None:
    load_us = basis.load_us if basis.load_us is not None else int(day.opening[-1, 1]) if len(day.opening) else day.end_us
    edges = np.array([*range(0, load_us, basis.slot_us), load_us], dtype=np.int64)
    areas = np.diff(_queue(day).area_until(edges))
    return [area / length for area, length in zip(areas.tolist(), np.diff(edges).tolist(), strict=True)] or None

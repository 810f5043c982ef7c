"""Figures of the patients (contract G3): how many, how long they waited and stayed, how long the queue was.

What each figure means is said once, in the table of `caixue.metrics`; the same holds for the other modules here.
"""

from __future__ import annotations

import numpy as np

from caixue.day import NEVER, DayRecord, Outcome
from caixue.intervals import Steps, intersection, intervals, maximum, mean, steps
from caixue.measures.statistics import Basis, Samples, between


def waits_us(day: DayRecord, basis: Basis) -> Samples:
    """One wait for each patient who was served: last call minus arrival."""
    served = day.patients.only(day.patients.outcome == Outcome.SERVED)
    return between(served.arrived_us, served.called_us)


def stays_us(day: DayRecord, basis: Basis) -> Samples:
    """One stay for each patient who was served."""
    served = day.patients.only(day.patients.outcome == Outcome.SERVED)
    return between(served.arrived_us, served.ended_us)


def on_time_share(day: DayRecord, basis: Basis) -> float | None:
    """Of those who came back for a timed draw: how many of the draws began within the tolerance of their time."""
    due = day.patients.only(day.patients.due_us != NEVER)
    if not len(due):
        return None
    late_us = np.abs(due.draw_start_us - due.due_us)
    return int(np.count_nonzero((due.draw_start_us != NEVER) & (late_us <= due.tolerance_us))) / len(due)


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
    return mean(_queue(day), day.spans)


def queue_max(day: DayRecord, basis: Basis) -> float | None:
    longest = maximum(_queue(day), intervals([(0, day.end_us)]))
    return None if longest is None else float(longest)


def queue_by_slot(day: DayRecord, basis: Basis) -> list[float] | None:
    """The mean queue in each slot; over several days, in the same slot of each, counted from the first opening of the day."""
    queue, hours = _queue(day), _hours(day)
    load_us = basis.load_us if basis.load_us is not None else max(end_us - start_us for start_us, end_us in hours)
    edges = np.array([*range(0, load_us, basis.slot_us), load_us], dtype=np.int64)
    areas = sum((np.diff(queue.area_until(edges + start_us)) for start_us, _ in hours), start=np.zeros(len(edges) - 1, np.int64))
    return [area / (length * len(hours)) for area, length in zip(areas.tolist(), np.diff(edges).tolist(), strict=True)] or None


def _hours(day: DayRecord) -> list[tuple[int, int]]:
    """From when the slots count, and until when: the record's start to its last opening, or the opening hours of each of its days."""
    if not day.days:
        return [(0, int(day.opening[-1, 1]) if len(day.opening) else day.end_us)]
    opened = [intersection(day.opening, intervals([span])) for span in day.spans.tolist()]
    return [(int(spans[0, 0]), int(spans[-1, 1])) for spans in opened if len(spans)] or [(0, day.end_us)]

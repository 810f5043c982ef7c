"""The course of an average day with a staffing, half hour by half hour: who comes, how long they wait, how busy the nurses are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caixue.day import Outcome
from caixue.measures.statistics import nearest_rank
from twin.planning.simulated import Room
from twin.planning.staffing import SLOT_US, Staffing
from twin.replications import drawn_day

DAYS = 200


@dataclass(frozen=True, slots=True)
class Half:
    """One half hour: `arrivals` a day, and the waits in seconds of those who come in it over all days; None where nobody does."""

    arrivals: float
    wait_mean_s: float | None
    wait_p90_s: float | None


def halves(room: Room, staffing: Staffing, days: int = DAYS) -> tuple[Half, ...]:
    """Each half hour of the plan, over the first days of the room."""
    design, shift_us = room.design(staffing), room.start_us - room.slots.start_us
    came, waited = [], []
    for number in range(days):
        course = drawn_day(design, number).course
        served = course.outcome == Outcome.SERVED
        came.append(course.arrived_us[served])
        waited.append(course.called_us[served] - course.arrived_us[served])
    slot, waits_us = (np.concatenate(came) + shift_us) // SLOT_US, np.concatenate(waited)
    last = room.slots.count - 1  # who comes back later counts with the last half hour
    return tuple(_half(waits_us[np.minimum(slot, last) == place], days) for place in range(room.slots.count))


def _half(waits_us: np.ndarray, days: int) -> Half:
    p90_us = nearest_rank(waits_us, 90)
    mean_s = float(waits_us.mean()) / 1e6 if len(waits_us) else None
    return Half(len(waits_us) / days, mean_s, None if p90_us is None else p90_us / 1e6)

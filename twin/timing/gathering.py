"""Who comes together, and who comes by appointment: other times of arrival for people who were drawn already.

How is assumed: docs/assumptions.md A-122.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.chance import Chance
from twin.people import Numbers, draw
from twin.scenario_tables import Appointments
from twin.timing.arrays import NEVER
from twin.timing.compiling import compiled


def in_batches(arrived_us: Numbers, kind: Numbers, batches: Sequence[int]) -> Numbers:
    """The members of a class come in groups of its size, each with the first of the group; the last group may be smaller."""
    if max(batches) == 1:
        return arrived_us
    arrived_us = arrived_us.copy()
    for place, size in enumerate(batches):
        if size > 1:
            members = np.flatnonzero(kind == place)
            arrived_us[members] = arrived_us[members[::size]].repeat(size)[: len(members)]
    return arrived_us


def by_appointment(wanted: Appointments, chance: Chance, arrived_us: Numbers, alone: NDArray[np.bool_], end_us: int) -> Numbers:
    """When those come who have an appointment; NEVER for those who stay away. Only people who come `alone` make any.

    In the order of their natural arrival they get the nearest slot that is still free; those who get none come without.
    """
    count = len(arrived_us)
    having = (chance.numpy_stream("appointment").random(count) < wanted.share) & alone
    booked = np.flatnonzero(having)
    slots = nearest_free(arrived_us[booked], wanted.slot_us, max(1, -(-end_us // wanted.slot_us)), wanted.capacity)
    booked, slots = booked[slots != NEVER], slots[slots != NEVER]
    early = _early(wanted, chance, count)[booked]
    away = chance.numpy_stream("no-show").random(count)[booked] < wanted.no_show
    came = arrived_us.copy()
    came[booked] = np.where(away, NEVER, np.maximum(0, slots * wanted.slot_us - early))
    return came


def _early(wanted: Appointments, chance: Chance, count: int) -> Numbers:
    """How long before their slots people come."""
    if wanted.punctuality is None:
        return np.zeros(count, np.int64)
    return np.rint(draw(wanted.punctuality, chance.numpy_stream("punctuality"), count)).astype(np.int64)


@compiled
def nearest_free(at_us: Numbers, slot_us: int, slots: int, capacity: int) -> Numbers:
    """The slot of each, in order: the one that begins nearest and has room, of two as near the earlier; NEVER where all are full."""
    taken = np.zeros(slots, np.int64)
    found = np.full(len(at_us), NEVER, np.int64)
    for index in range(len(at_us)):
        low = min(slots - 1, at_us[index] // slot_us)
        high = low + 1
        while low >= 0 and taken[low] == capacity:
            low -= 1
        while high < slots and taken[high] == capacity:
            high += 1
        if low < 0 and high == slots:
            break
        early = high == slots or (low >= 0 and at_us[index] - low * slot_us <= high * slot_us - at_us[index])
        found[index] = low if early else high
        taken[found[index]] += 1
    return found

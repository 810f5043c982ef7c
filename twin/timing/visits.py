"""Everybody of one day of timing: the people whom `twin.people` draws, gathered and appointed as the scenario says, and their later visits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from twin.chance import Chance
from twin.people import KINDS, Crowd, Numbers, people
from twin.timing.arrays import NEVER
from twin.timing.design import Design
from twin.timing.gathering import by_appointment, in_batches
from twin.timing.quick_orders import count_tubes
from twin.timing.quick_people import quick_arrivals, quick_some

MISSED_US = 25_000_000  # how long a window waits for somebody who does not come; docs/assumptions.md A-120
MISSED_BACK_US = (300_000_000, 900_000_000)  # after that they are back in the queue; docs/assumptions.md A-121


class Row(IntEnum):
    """Rows of the table of visits; below them one for each of KINDS of tube, on sites with devices."""

    ARRIVED = 0  # microseconds after the start; NEVER for those who come back
    KIND = 1  # place among the classes of the design
    PRIORITY = 2
    SERVICE = 3
    PATIENCE = 4  # NEVER: as long as it takes
    LEAVES = 5  # 1: gone once the tubes are labelled
    MISSED = 6  # how long the first call waits in vain, or NEVER
    BACK = 7
    AGAIN = 8  # the visit for which the same person comes back, or NEVER
    AGAIN_AFTER = 9  # when this visit begins, after the end of the person's first one


ROWS = len(Row)


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """A column for each visit: first the `arrivals` who come by themselves, in order of time, then those who come back."""

    arrivals: int
    table: Numbers  # Row and KINDS × V

    def __len__(self) -> int:
        return self.table.shape[1]

    def row(self, row: Row) -> Numbers:
        """One number of every visit."""
        return self.table[row]

    @property
    def tubes(self) -> Numbers:
        """KINDS × V: how many tubes of each kind; no rows on bare windows."""
        return self.table[ROWS:]


def visits_of(design: Design, chance: Chance) -> Visits:
    """The visits of one day; `chance` is that day's."""
    table = _first_visits(design.crowd, chance, design.classes.missed_share)
    if design.recorded_tubes is not None:
        np.copyto(table[ROWS:], design.recorded_tubes.T, where=design.recorded_tubes.T != NEVER)
    if design.gathered:
        table = _gathered(design, chance, table)
    return _with_returns(design, table)


def _first_visits(crowd: Crowd, chance: Chance, missed_share: tuple[float, ...]) -> Numbers:
    drawn = people(crowd, chance, ordering=False, come=quick_arrivals, choose=quick_some)
    ordering = len(crowd.weights) > 0
    table = np.empty((ROWS + (len(KINDS) if ordering else 0), len(drawn.kind)), np.int64)
    table[Row.ARRIVED], table[Row.KIND], table[Row.PRIORITY] = drawn.arrived_us, drawn.kind, drawn.priority
    table[Row.SERVICE], table[Row.PATIENCE], table[Row.LEAVES] = drawn.service_us, drawn.patience_us, drawn.leaves
    table[Row.MISSED : Row.AGAIN_AFTER] = NEVER
    table[Row.AGAIN_AFTER] = 0
    if ordering:
        count_tubes(crowd, chance, drawn.kind, table[ROWS:])
    if any(missed_share):
        _miss_calls(table, chance, np.array(missed_share))
    return table


def _miss_calls(table: Numbers, chance: Chance, share: NDArray[np.float64]) -> None:
    """Some do not hear their first call, and are back after a while."""
    count = table.shape[1]
    missed = chance.numpy_stream("missed-call").random(count) < share[table[Row.KIND]]
    back_us = np.rint(chance.numpy_stream("missed-back").uniform(*MISSED_BACK_US, count)).astype(np.int64)
    table[Row.MISSED] = np.where(missed, MISSED_US, NEVER)
    table[Row.BACK] = np.where(missed, back_us, NEVER)


def _gathered(design: Design, chance: Chance, table: Numbers) -> Numbers:
    """With the groups that come besides, at the times at which people come together or by appointment; who stays away is not there."""
    table = np.concatenate([table, *(_group(design, chance.under(one.streams), one.crowd, one.place) for one in design.groups)], axis=1)
    came_us = in_batches(table[Row.ARRIVED], table[Row.KIND], design.classes.batch)
    if design.appointments is not None:
        came_us = by_appointment(design.appointments, chance, came_us, design.classes.alone[table[Row.KIND]], design.load_us)
    table[Row.ARRIVED] = came_us
    order = np.argsort(came_us, kind="stable")
    return table[:, order[np.searchsorted(came_us[order], 0) :]]


def _group(design: Design, chance: Chance, crowd: Crowd, place: int) -> Numbers:
    """People of one class who come together, drawn from streams of their own."""
    table = _first_visits(crowd, chance, design.classes.missed_share[place : place + 1])
    table[Row.KIND] = place
    return table


def _with_returns(design: Design, table: Numbers) -> Visits:
    """Later visits are like the first one, but nobody has patience then, or misses a call."""
    arrivals, every = table.shape[1], design.classes.returns_us
    coming = [(np.flatnonzero(table[Row.KIND] == place), returns_us) for place, returns_us in enumerate(every) if returns_us]
    if not coming:
        return Visits(arrivals, table)
    whole, free = np.empty((len(table), arrivals + sum(len(who) * len(times) for who, times in coming)), np.int64), arrivals
    whole[:, :arrivals] = table
    for who, returns_us in coming:
        before = who
        for after_us in returns_us:
            now = np.arange(free, free + len(who))
            whole[:, now] = table[:, who]
            whole[[[Row.ARRIVED], [Row.PATIENCE], [Row.MISSED], [Row.BACK]], now] = NEVER
            whole[Row.AGAIN, before], whole[Row.AGAIN_AFTER, now] = now, after_us
            before, free = now, free + len(who)
    return Visits(arrivals, whole)

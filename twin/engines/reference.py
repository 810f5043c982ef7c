"""The reference engine: the rules of docs/timing.md on SimPy, one after the other, to be read as their specification.

Queue and nurses are in `reference_room`, a visit from its call to its end in `reference_service`, what both are made of in
`reference_people`; what goes wrong in `reference_trouble`, who repairs it in `reference_engineers`, the belt in `reference_belt`, and
the order of events in `reference_time`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

import numpy as np
from simpy.events import Event

from twin.engines.reference_belt import Belt
from twin.engines.reference_engineers import Engineers
from twin.engines.reference_room import Room
from twin.engines.reference_service import Service
from twin.engines.reference_time import Rank, Refused, Timeline
from twin.engines.reference_trouble import Causes, Supplies
from twin.timing.arrays import Course, Numbers, Status, What, Workload


def run(workload: Workload) -> Course:
    """The course of one day. It depends on `workload` alone; a day that cannot go on says why in `Course.status`."""
    return counted(workload)[0]


def counted(workload: Workload) -> tuple[Course, Counts]:
    """The course of one day, and how many events it took."""
    day = Day(workload)
    try:
        end_us, status = day.to_the_end()
    except Refused as refused:
        end_us, status = workload.end_us, day.timeline.refused or refused.status
    return day.course(end_us, status), Counts(day.timeline.events, day.timeline.coincident)


class Counts(NamedTuple):
    """Timed events of one day (rule 25)."""

    events: int
    coincident: int  # at the instant of the one before


class Day:
    """One day on its way from the first event to the last."""

    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        self.timeline = Timeline()
        self.room = Room(workload, self.timeline)
        self.engineers = Engineers(self.timeline)
        self.belt = Belt(workload.tray, self.timeline, self.room)
        self.causes = Causes(workload, self.timeline, self.room, self.engineers, self.belt)
        self.room.supplies = Supplies(workload, self.room, self.engineers)
        self.room.service = Service(workload, self.timeline, self.room, self.causes, self.room.supplies, self.belt)
        self.timeline.process(self._arrivals())
        self.timeline.process(self._calendar())

    def _arrivals(self) -> Generator[Event, None, None]:
        """The people who come by themselves."""
        for visit, at_us in zip(self.room.visits, self.workload.arrived_us[: self.workload.arrivals].tolist(), strict=False):
            yield self.timeline.ranked(at_us, Rank.ARRIVAL, visit.number)
            self.room.arrive(visit)

    def _calendar(self) -> Generator[Event, None, None]:
        """Opening hours and shifts (rules 17, 18)."""
        w = self.workload
        rows = zip(w.calendar_us.tolist(), w.calendar_what.tolist(), w.calendar_who.tolist(), w.calendar_value.tolist(), strict=True)
        for at_us, what, who, value in rows:
            yield self.timeline.ranked(at_us, what, who)
            if what == What.NURSES:
                self.room.staff()
            elif what == What.ENGINEERS:
                self.engineers.on_duty(value)
            else:
                self.room.opens(self.room.positions[who], what == What.OPEN)

    def to_the_end(self) -> tuple[int, Status]:
        """Let the day happen (rule 24): when it ended, and how."""
        w, timeline = self.workload, self.timeline
        timeline.settle()
        while True:
            next_us = timeline.next_us()
            through = not self.room.to_come and self.belt.idle
            if through and next_us > w.load_us:
                return max(w.load_us, timeline.now_us), Status.DONE
            if next_us > w.end_us:
                return w.end_us, Status.DONE if through else Status.UNFINISHED
            self.happen()

    def happen(self) -> None:
        """The next event of the day."""
        self.timeline.happen()

    def course(self, end_us: int, status: Status) -> Course:
        """What happened, as arrays."""
        visits, causes = self.room.visits, self.causes
        return Course(
            arrived_us=_numbers([visit.arrived_us for visit in visits]),
            called_us=_numbers([visit.called_us for visit in visits]),
            drawn_us=_numbers([visit.drawn_us for visit in visits]),
            ended_us=_numbers([visit.ended_us for visit in visits]),
            received_us=_numbers([visit.received_us for visit in visits]),
            window=_numbers([visit.window for visit in visits]),
            bumps=_numbers([visit.bumps for visit in visits]),
            outcome=_numbers([visit.outcome for visit in visits]),
            stopped_us=_numbers(causes.stopped_us).reshape(self.workload.up_us.shape),
            restored_us=_numbers(causes.restored_us).reshape(self.workload.up_us.shape),
            log=_numbers(self.room.log).reshape(-1, 4),
            jobs=_numbers(self.engineers.rows).reshape(-1, 5),
            end_us=end_us,
            status=status,
        )


def _numbers(values: Sequence[object]) -> Numbers:
    return np.array(values, np.int64)

"""Causes of trouble, jams and supplies of the reference engine (rules 8, 11, 12, 19, 20 and 22 of docs/timing.md)."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

from simpy.events import Event

from twin.engines.reference_belt import Belt
from twin.engines.reference_engineers import Engineers, Job
from twin.engines.reference_people import Phase, Position, Visit
from twin.engines.reference_room import Room
from twin.engines.reference_time import Rank, Refused, Timeline
from twin.timing.arrays import EVERYWHERE, FAR, NEVER, URGENT, Cause, Jam, Status, Workload, urgency_of_refill


class Causes:
    """What stops positions and the belt, or makes preparation slower; and jams."""

    def __init__(self, workload: Workload, timeline: Timeline, room: Room, engineers: Engineers, belt: Belt) -> None:
        w = workload
        self._time = timeline
        self._room = room
        self._engineers = engineers
        self._belt = belt
        self._kind: list[int] = w.cause_kind.tolist()
        self._at: list[int] = w.cause_at.tolist()
        self._slow_us: list[int] = w.cause_slow_us.tolist()
        self._urgency: list[int] = w.cause_urgency.tolist()
        self._call_us: list[int] = w.cause_call_us.tolist()
        self._itself: list[int] = w.cause_itself.tolist()
        self._up_us: list[list[int]] = w.up_us.tolist()
        self._down_us: list[list[int]] = w.down_us.tolist()
        self._last: set[int] = set()  # SLOW causes that last now
        self.lasting: set[int] = set()  # causes of any kind that last now
        self._jammed: dict[Position, Visit] = {}
        self.stopped_us = [[NEVER] * len(row) for row in self._up_us]
        self.restored_us = [[NEVER] * len(row) for row in self._up_us]
        for cause in range(len(self._kind)):
            timeline.process(self._come_and_go(cause))

    def _come_and_go(self, cause: int) -> Generator[Event, None, None]:
        """One cause, all day."""
        for k, (up_us, down_us) in enumerate(zip(self._up_us[cause], self._down_us[cause], strict=True)):
            if up_us == FAR:
                return
            yield self._time.pause(up_us, Rank.CAUSE, cause)
            self.stopped_us[cause][k] = self._time.now_us
            self._begin(cause)
            if self._itself[cause]:
                yield self._time.pause(down_us, Rank.OVER, cause)
            else:
                if self._call_us[cause]:
                    yield self._time.pause(self._call_us[cause], Rank.CAUSE, cause)
                yield self._engineers.ask(cause, self._urgency[cause], partial(int, down_us)).over
            self.restored_us[cause][k] = self._time.now_us
            self._end(cause)
        self._time.refused = Status.CAUSES_DRAWN  # SimPy hands on what a process raises only after what else this event does
        raise Refused(Status.CAUSES_DRAWN)

    def _begin(self, cause: int) -> None:
        self.lasting.add(cause)
        match self._kind[cause]:
            case Cause.STOP:
                for position in self._stopped_by(cause):
                    self._room.block(position)
                    self._break_off(position)
            case Cause.BELT:
                self._belt.stop()
            case Cause.SLOW:
                self._last.add(cause)

    def _end(self, cause: int) -> None:
        self.lasting.remove(cause)
        match self._kind[cause]:
            case Cause.STOP:
                for position in self._stopped_by(cause):
                    self._room.unblock(position)
            case Cause.BELT:
                self._belt.go_on()
            case Cause.SLOW:
                self._last.remove(cause)

    def _stopped_by(self, cause: int) -> list[Position]:
        positions = self._room.positions
        at = self._at[cause]
        return [position for position in positions if not position.fallback] if at == EVERYWHERE else [positions[at]]

    def _break_off(self, position: Position) -> None:
        """The patient goes elsewhere, unless blood is drawn with devices, or about to be; on bare positions what is left of the draw is kept."""
        visit = position.patient
        if visit is None or position.phase not in ((Phase.NURSES, Phase.DRAW) if self._room.bare else (Phase.NURSES, Phase.PREPARE)):
            return
        if position.phase is Phase.DRAW:
            visit.left_us = position.phase_over_us - self._time.now_us
        self._room.service.back(position)

    def slower_us(self, position: Position) -> int:
        """How much longer a preparation takes that begins there now."""
        concerns = {position.number} if position.fallback else {position.number, EVERYWHERE}
        return sum(self._slow_us[cause] for cause in self._last if self._at[cause] in concerns)

    # jams

    def jam(self, position: Position, visit: Visit) -> None:
        """The preparation for `visit` has jammed at `position`."""
        self._jammed[position] = visit

    def jam_tried(self, position: Position) -> None:
        """The nurse has cleared it, or asks the engineer."""
        visit = self._jammed.pop(position)
        if visit.jam == Jam.NURSE:
            self._room.unblock(position)
            return
        number = len(self._kind) + len(self._room.positions) + position.number
        job = self._engineers.ask(number, URGENT, lambda: visit.jam_engineer_us)
        job.over.callbacks.append(lambda _event: self._room.unblock(position))


class Supplies:
    """What preparation uses up, and refills."""

    def __init__(self, workload: Workload, room: Room, engineers: Engineers) -> None:
        self._room = room
        self._engineers = engineers
        self._refill_us = workload.refill_us
        self._first_job = len(workload.cause_kind)
        self._begun = [0] * len(room.positions)
        self._asked: dict[int, Job] = {}  # by position

    @staticmethod
    def enough(position: Position, visit: Visit) -> bool:
        """Whether every slot of `position` holds what the preparation for `visit` takes."""
        return all(level >= need for level, need in zip(position.level, visit.need, strict=True))

    def take(self, position: Position, visit: Visit) -> None:
        """Out of the slots; ask for a refill where one is low."""
        position.level = [level - need for level, need in zip(position.level, visit.need, strict=True)]
        if any(level <= low for level, low in zip(position.level, position.low, strict=True)):
            self.ask(position, empty=False)

    def ask(self, position: Position, *, empty: bool) -> None:
        """Have all slots filled, once at a time; a refill that waits becomes urgent and keeps its place in time."""
        job = self._asked.get(position.number)
        if job is None:
            job = self._engineers.ask(self._first_job + position.number, urgency_of_refill(empty=empty), lambda: self._lasts_us(position))
            job.over.callbacks.append(lambda _event: self._filled(position))
            self._asked[position.number] = job
        elif job.waits and empty:
            job.urgency = urgency_of_refill(empty=True)

    def _lasts_us(self, position: Position) -> int:
        """How long the refill lasts that begins now."""
        drawn, k = self._refill_us[position.number], self._begun[position.number]
        if k == len(drawn):
            raise Refused(Status.REFILLS_DRAWN)
        self._begun[position.number] += 1
        return int(drawn[k])

    def _filled(self, position: Position) -> None:
        del self._asked[position.number]
        position.level = list(position.capacity)
        if position.empty:
            position.empty = False
            self._room.unblock(position)

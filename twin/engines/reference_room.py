"""The room of the reference engine: queue, positions and nurses. Rule numbers are those of docs/timing.md."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING

from caixue.day import Outcome
from twin.engines.reference_people import Place, Position, Visit, positions_of, visits_of
from twin.engines.reference_time import Rank, Timeline
from twin.timing.arrays import ANYONE, NEVER, Track, What, Workload

if TYPE_CHECKING:
    from twin.engines.reference_service import Service
    from twin.engines.reference_trouble import Supplies


class Room:
    """Who waits, who is called where, and where the nurses are. `service` and `supplies` are set before the first event."""

    service: Service
    supplies: Supplies

    def __init__(self, workload: Workload, timeline: Timeline) -> None:
        self.time = timeline
        self.bare = bool(workload.resumes)
        self.visits = visits_of(workload)
        self.positions = positions_of(workload)
        self.log: list[tuple[int, int, int, int]] = []
        self.to_come = workload.arrivals  # and who is here
        self.queue: list[tuple[Place, Visit]] = []  # in the order in which they stand
        self.assisting: Position | None = None  # where somebody waits for more nurses
        rows = workload.calendar_what == What.NURSES
        self._roster_us: list[int] = workload.calendar_us[rows].tolist()
        self._roster: list[int] = [0, *workload.calendar_value[rows].tolist()]

    # who comes, waits and leaves: rules 5, 9

    def arrive(self, visit: Visit) -> None:
        """First, or again."""
        visit.arrived_us = self.time.now_us
        if visit.patience_us != NEVER:
            self.time.after(visit.patience_us, Rank.PATIENCE, visit.number, self.lose_patience, visit)
        self.line_up(visit)

    def line_up(self, visit: Visit) -> None:
        """Into the queue, at the place that this visit has."""
        insort(self.queue, (visit.place, visit))
        self.dispatch()

    def lose_patience(self, visit: Visit) -> None:
        """Who waits in the queue leaves; elsewhere nothing happens."""
        if (visit.place, visit) in self.queue:
            self.queue.remove((visit.place, visit))
            self.end(visit, Outcome.LEFT)

    def end(self, visit: Visit, outcome: Outcome) -> None:
        """This visit is through."""
        visit.outcome = outcome
        visit.ended_us = self.time.now_us
        self.to_come -= 1

    # who is called where: rules 6, 7, 8

    def dispatch(self) -> None:
        """Call people to the positions that are ready, in the order of the positions."""
        any_empty = False
        for position in self.positions:
            visit = self.first_for(position) if position.ready else None
            if visit is None or (visit.nurses > 1 and self.assisting is not None):
                continue
            if not self.bare and not self.supplies.enough(position, visit):
                self.run_out(position)
                any_empty = True
                continue
            self.queue.remove((visit.place, visit))
            self.service.call(position, visit)
            if visit.nurses > 1:
                self.staff()
                return
        if any_empty:
            self.staff()

    def first_for(self, position: Position) -> Visit | None:
        """Who stands first among those whom `position` may serve."""
        return next((visit for _, visit in self.queue if self.may_serve(position, visit)), None)

    def may_serve(self, position: Position, visit: Visit) -> bool:
        """Whose lane cannot be used now is served anywhere."""
        return visit.lane in (ANYONE, position.number) or not self.positions[visit.lane].usable

    def run_out(self, position: Position) -> None:
        """Nobody can be called to `position` for want of supplies."""
        self.note(position, Track.STOCKOUT, True)
        position.empty = True
        self.add_block(position)  # `staff` comes at the end of the dispatch
        self.supplies.ask(position, empty=True)

    # nurses and windows: rules 15 to 18

    def on_duty(self) -> int:
        """How many nurses are there: a row counts from its instant on."""
        return self._roster[bisect_right(self._roster_us, self.time.now_us)]

    def staff(self) -> None:
        """Nurses to who waits for more of them, then to the positions; nobody walks away from a patient."""
        on_duty = self.on_duty()
        free = on_duty - sum(position.held for position in self.positions)
        if self.assisting is not None:
            free -= self.assist(self.assisting, on_duty, free)
        lost = any(position.blocks for position in self.positions if not position.fallback)
        for position in self.positions:
            busy = position.patient is not None
            if position.fallback:
                self.set_open(position, lost or busy)
            takes_one = not busy and free > 0 and position.usable
            free -= takes_one
            self.set_staffed(position, busy or takes_one)
        self.dispatch()

    def assist(self, position: Position, on_duty: int, free: int) -> int:
        """How many more nurses go to the patient who waits there for them: all, or none."""
        visit = position.patient
        assert visit is not None
        extra = min(visit.nurses, max(1, on_duty)) - 1
        if free < extra:
            return 0
        self.assisting = None
        position.held += extra
        self.service.begin(position, visit)
        return extra

    def block(self, position: Position) -> None:
        """One thing more keeps `position` out of service."""
        self.add_block(position)
        self.staff()

    def add_block(self, position: Position) -> None:
        """As `block`; the nurses come later."""
        position.blocks += 1
        if position.blocks == 1:
            self.note(position, Track.BLOCKED, True)

    def unblock(self, position: Position) -> None:
        """One thing less."""
        position.blocks -= 1
        if not position.blocks:
            self.note(position, Track.BLOCKED, False)
            self.staff()

    def opens(self, position: Position, is_open: bool) -> None:
        """By the calendar. Who is at the window is still served."""
        self.set_open(position, is_open)
        self.staff()

    def set_open(self, position: Position, is_open: bool) -> None:
        """Log what changes."""
        if position.open != is_open:
            position.open = is_open
            self.note(position, Track.OPEN, is_open)

    def set_staffed(self, position: Position, staffed: bool) -> None:
        """Log what changes."""
        if position.staffed != staffed:
            position.staffed = staffed
            self.note(position, Track.STAFFED, staffed)

    def note(self, position: Position, track: Track, value: bool) -> None:
        """One row of the log."""
        self.log.append((self.time.now_us, position.number, track, int(value)))

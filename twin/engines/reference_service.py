"""One visit at a position of the reference engine, from the call to its end (rules 10 to 14 of docs/timing.md)."""

from __future__ import annotations

from caixue.day import Outcome
from twin.engines.reference_belt import Belt
from twin.engines.reference_people import Phase, Position, Visit
from twin.engines.reference_room import Room
from twin.engines.reference_time import Rank, Timeline
from twin.engines.reference_trouble import Causes, Supplies
from twin.timing.arrays import NEVER, Jam, Workload


class Service:
    """What happens to a patient who has been called."""

    def __init__(self, workload: Workload, timeline: Timeline, room: Room, causes: Causes, supplies: Supplies, belt: Belt) -> None:
        self._time = timeline
        self._room = room
        self._causes = causes
        self._supplies = supplies
        self._belt = belt
        self._bare = bool(workload.resumes)
        self._approach_us = workload.approach_us

    def call(self, position: Position, visit: Visit) -> None:
        """`visit` goes to `position`."""
        visit.called_us = self._time.now_us
        visit.window = position.number
        position.patient = visit
        position.held = 1
        if visit.missed_us != NEVER and not visit.has_missed:
            self.begin_phase(position, Phase.MISSED, visit.missed_us)
        elif visit.nurses > 1:
            position.phase = Phase.NURSES
            self._room.assisting = position
        else:
            self.begin(position, visit)

    def begin(self, position: Position, visit: Visit) -> None:
        """Patient and nurses are there."""
        if self._bare:
            self.begin_draw(position, visit)
            return
        self._supplies.take(position, visit)
        if self.jams(visit):
            self.begin_phase(position, Phase.PREPARE, visit.jam_at_us)
        else:
            self.begin_phase(position, Phase.PREPARE, visit.prepare_us[position.fallback] + self._causes.slower_us(position))

    @staticmethod
    def jams(visit: Visit) -> bool:
        """Whether the next preparation for `visit` ends in a jam."""
        return visit.jam != Jam.NONE and not visit.has_jammed

    def begin_draw(self, position: Position, visit: Visit) -> None:
        """From the beginning, or from where it was broken off."""
        visit.drawn_us = self._time.now_us
        self.begin_phase(position, Phase.DRAW, visit.draw_us[position.fallback] if visit.left_us == NEVER else visit.left_us)

    def begin_phase(self, position: Position, phase: Phase, duration_us: int) -> None:
        """`phase` ends `duration_us` from now."""
        position.phase = phase
        position.phase_over_us = self._time.now_us + duration_us
        position.phase_over = self._time.after(duration_us, Rank.PHASE, position.number, self.phase_over, position)

    def phase_over(self, position: Position) -> None:
        """What follows."""
        phase, visit = position.phase, position.patient
        position.phase, position.phase_over = Phase.NONE, None
        if visit is None:
            assert phase is Phase.TRYING
            self._causes.jam_tried(position)
        elif phase is Phase.MISSED:
            self.missed(position, visit)
        elif phase is Phase.PREPARE and self.jams(visit):
            self.jammed(position, visit)
        elif phase is Phase.PREPARE and self._time.now_us < visit.called_us + self._approach_us:
            self.begin_phase(position, Phase.APPROACH, visit.called_us + self._approach_us - self._time.now_us)
        elif phase is Phase.DRAW:
            self.served(position, visit)
        else:
            self.prepared(position, visit)

    def missed(self, position: Position, visit: Visit) -> None:
        """The call was in vain; they come back later and keep their place."""
        visit.has_missed = True
        self.free(position)
        self._time.after(visit.missed_back_us, Rank.ARRIVAL, visit.number, self._room.line_up, visit)
        self._room.staff()

    def jammed(self, position: Position, visit: Visit) -> None:
        """The patient goes elsewhere, and the nurse tries to clear it."""
        visit.has_jammed = True
        self._room.block(position)
        self.back(position)
        self._causes.jam(position, visit)
        self.begin_phase(position, Phase.TRYING, visit.jam_nurse_us)

    def prepared(self, position: Position, visit: Visit) -> None:
        """Tubes and patient are there."""
        if visit.abandons:
            self._room.end(visit, Outcome.LEFT)
            self.free(position)
            self._room.staff()
        else:
            self.begin_draw(position, visit)

    def served(self, position: Position, visit: Visit) -> None:
        """Blood is drawn."""
        self._room.end(visit, Outcome.SERVED)
        if visit.again != NEVER:
            self.comes_again(visit, self._room.visits[visit.again])
        if not self._bare:
            self._belt.put(position, visit)
        self.free(position)
        self._room.staff()

    def comes_again(self, visit: Visit, again: Visit) -> None:
        """The person of `visit` returns, counted from the end of the first one."""
        again.first_ended_us = visit.ended_us if visit.first_ended_us == NEVER else visit.first_ended_us
        at_us = max(self._time.now_us, again.first_ended_us + again.again_us)
        self._room.to_come += 1
        self._time.after(at_us - self._time.now_us, Rank.ARRIVAL, again.number, self._room.arrive, again)

    def back(self, position: Position) -> None:
        """The patient is sent back to the queue."""
        visit = position.patient
        assert visit is not None
        self.free(position)
        visit.bumps += 1
        self._room.line_up(visit)
        self._room.staff()

    def free(self, position: Position) -> None:
        """Nobody is there any more."""
        if position.phase_over is not None:
            self._time.call_off(position.phase_over)
        if self._room.assisting is position:
            self._room.assisting = None
        position.patient, position.held = None, 0
        position.phase, position.phase_over = Phase.NONE, None

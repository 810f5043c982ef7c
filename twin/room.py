"""The room: people, queue, windows and nurses, on SimPy. It serves real days and bare windows alike.

There is one seam, `Position.station`: at a window with devices the production workflow prepares the tubes over real
bytes; on bare windows nothing is prepared and the service time is the whole visit. Events of one instant happen in the
order of their rank (`twin.position`), then by window or ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any

import simpy

from caixue.errors import DeviceError, LinkError
from caixue.journal import Recorder
from caixue.labelling import HelpNeeded, LabellingStation, Order, Tray
from twin.position import Position, Rank, Steps
from twin.things import Station, Tube
from twin.workload import Patient
from twin.world import World


class Room:
    """Everything between the door and the nurse's needle."""

    def __init__(
        self,
        world: World,
        recorder: Recorder,
        positions: Sequence[Position],
        *,
        nurses: Callable[[int], int],
        approach_us: int,
        call_for_help: Callable[[Position, HelpNeeded], Steps],
        specimens: Callable[[Patient, list[Tube]], None],
        check_tray: Callable[[str, str, list[Tube]], None],
    ) -> None:
        self.world = world
        self.recorder = recorder
        self.positions = positions
        self._nurses = nurses
        self._approach_us = approach_us
        self._call_for_help = call_for_help
        self._specimens = specimens
        self._check_tray = check_tray
        self._queue: list[tuple[int, int, int, Patient]] = []  # by priority, then arrival; a bumped patient keeps the old place
        self._remaining_us: dict[int, int] = {}  # of broken-off visits, by ticket
        self._gone: set[int] = set()  # tickets of people who left the queue and are still in the heap
        self._counts = {"arrived": 0, "served": 0, "left": 0}
        self._waiting = 0
        self.tickets = 0  # given so far, to those who come back too
        self.expected = 0  # people still to arrive
        self.on_down: Callable[[Position], None] = lambda position: None  # told when a position can no longer be used, and when it can again
        self.on_up: Callable[[Position], None] = lambda position: None
        self.drained = world.kernel.event()
        for position in positions:
            position.room = self

    # people

    def expect(self, patients: Sequence[Patient]) -> None:
        """Let these people come at their times."""
        if patients and self.drained.triggered:
            self.drained = self.world.kernel.event()
        self.expected += len(patients)
        self.tickets += sum(1 + len(patient.returns_us) for patient in patients)
        for patient in patients:
            self._schedule_arrival(patient)

    def headcount(self) -> tuple[int, int, int, int, int]:
        """Arrived, waiting, at a window, served, left."""
        at_window = sum(position.patient is not None for position in self.positions)
        return self._counts["arrived"], self._waiting, at_window, self._counts["served"], self._counts["left"]

    def waiting(self) -> int:
        """How many people wait."""
        return self._waiting

    def _schedule_arrival(self, patient: Patient) -> None:
        event = self.world.kernel.ranked(patient.arrived_us, Rank.ARRIVAL, patient.ticket)
        event.callbacks.append(lambda _event: self._arrive(patient))

    def _arrive(self, patient: Patient) -> None:
        self.expected -= 1
        self._counts["arrived"] += 1
        tubes = [tube.kind for tube in patient.tubes]
        timed = {} if patient.due_us is None else {"due_us": patient.due_us, "tolerance_us": patient.tolerance_us}
        self._note("patient.arrived", patient, class_=patient.kind, priority=patient.priority, tubes=tubes, **timed)
        if patient.patience_us is not None:
            event = self.world.kernel.ranked(self.world.now_us + patient.patience_us, Rank.PATIENCE, patient.ticket)
            event.callbacks.append(lambda _event: self._lose_patience(patient))
        self._line_up(patient)

    def _line_up(self, patient: Patient) -> None:
        heappush(self._queue, (-patient.priority, patient.arrived_us, patient.ticket, patient))
        self._waiting += 1
        self._dispatch()

    def _lose_patience(self, patient: Patient) -> None:
        if any(entry[-1] is patient for entry in self._queue):
            self._gone.add(patient.ticket)
            self._waiting -= 1
            self._leave(patient, "patience", "")

    def _leave(self, patient: Patient, reason: str, window: str) -> None:
        self._counts["left"] += 1
        self._note("patient.left", patient, reason=reason, window=window)
        self.check_drained()

    def _dispatch(self) -> None:
        """Call waiting people to ready positions, the lowest first."""
        for position in self.positions:
            if not self._queue:
                return
            if position.ready:
                patient = self._next_patient()
                if patient is None:
                    return
                position.patient = patient
                position.visit = self.world.process(self._visit(position, patient))

    def _next_patient(self) -> Patient | None:
        while self._queue:
            patient = heappop(self._queue)[-1]
            if patient.ticket in self._gone:
                self._gone.discard(patient.ticket)
                continue
            self._waiting -= 1
            return patient
        return None

    # one visit

    def _visit(self, position: Position, patient: Patient) -> Steps:
        self._note("patient.called", patient, window=position.name)
        try:
            if position.station is None:
                yield from self._serve_bare(position, patient)
            else:
                yield from self._serve(position, patient)
        except simpy.Interrupt as interrupt:
            self._bump(position, patient, str(interrupt.cause))
        except HelpNeeded as help_needed:
            self.block(position, help_needed.device, help_needed.symptom)
            self._bump(position, patient, help_needed.symptom)
            self.ask_for_help(position, help_needed)

    def _serve_bare(self, position: Position, patient: Patient) -> Steps:
        """The whole visit is one service time; a visit that was broken off goes on where it stopped."""
        start_us = self.world.now_us
        service_us = self._remaining_us.pop(patient.ticket, patient.service_us)
        self._note("draw.started", patient, window=position.name)
        try:
            yield self.world.kernel.ranked(start_us + service_us, Rank.PHASE_DONE, position.index)
        except simpy.Interrupt:
            self._remaining_us[patient.ticket] = start_us + service_us - self.world.now_us
            raise
        self._finish(position, patient)

    def _serve(self, position: Position, patient: Patient) -> Steps:
        """Tubes are prepared while the patient walks to the window and is identified; then the draw."""
        assert position.station is not None and position.things is not None
        called_us = self.world.now_us
        order = Order(patient.name, patient.shown, patient.tubes)
        tray: Tray = yield from self.world.call(position.station.prepare, order)
        position.drawing = True
        tubes = list(position.things.nurse)
        self._check_tray(position.name, patient.name, tubes)
        if called_us + self._approach_us > self.world.now_us:
            yield self._phase(position, called_us + self._approach_us)
        if patient.leaves_after_labelling:
            self._abandon(position, patient, tray)
            return
        self._note("draw.started", patient, window=position.name)
        yield self._phase(position, self.world.now_us + round(patient.service_us * position.factor))
        for serial, _ in tray.labels:
            self.recorder.note("label.drawn", serial, actor="nurse", patient=patient.name)
        position.things.nurse.clear()
        self._specimens(patient, tubes)
        self._finish(position, patient)

    def _phase(self, position: Position, until_us: int) -> simpy.Event:
        return self.world.kernel.ranked(until_us, Rank.PHASE_DONE, position.index)

    def _abandon(self, position: Position, patient: Patient, tray: Tray) -> None:
        """The patient has gone; labelled tubes that were never drawn expire at once and go to the bin."""
        assert position.things is not None
        for serial, _ in tray.labels:
            self.recorder.note("label.void", serial, actor="nurse", reason="patient-left")
        _throw_away_the_tray(position.things)
        self._free(position)
        self._leave(patient, "after-labelling", position.name)
        self.staff()

    def _finish(self, position: Position, patient: Patient) -> None:
        self._counts["served"] += 1
        self._note("patient.served", patient, window=position.name)
        if patient.returns_us:
            self._come_back(patient)
        self._free(position)
        self.check_drained()
        self.staff()

    def _come_back(self, patient: Patient) -> None:
        """A timed patient returns for the next draw, counted from the first one's end."""
        now_us = self.world.now_us
        again = patient.coming_back(now_us if patient.first_us is None else patient.first_us, now_us)
        self.expected += 1
        self._schedule_arrival(again)

    def _bump(self, position: Position, patient: Patient, reason: str) -> None:
        self._free(position)
        self._note("patient.bumped", patient, window=position.name, reason=reason)
        self._line_up(patient)
        self.staff()

    def _free(self, position: Position) -> None:
        position.patient = position.visit = None
        position.drawing = False

    # windows and nurses

    def open_window(self, position: Position) -> None:
        """The opening hours of `position` begin."""
        if not position.open:
            position.open = True
            self.recorder.note("window.opened", position.name, actor="room")
        self.staff()

    def close_window(self, position: Position) -> None:
        """The opening hours of `position` end; a patient at the window is still served."""
        if position.open:
            position.open = False
            self.recorder.note("window.closed", position.name, actor="room")
        self.staff()

    def block(self, position: Position, device: str, reason: str) -> None:
        """`position` is out of service because of `device`."""
        if not position.blocks:
            self.on_down(position)
            self.recorder.note("window.blocked", position.name, actor="room", device=device, reason=reason)
        position.blocks.append(reason)
        self.staff()

    def unblock(self, position: Position) -> None:
        """`position` is back in service, unless something outside its devices still stops it."""
        if position.blocks and not position.stopped:
            position.blocks.clear()
            self.on_up(position)
            if position.things is not None and not position.drawing:
                _throw_away_the_tray(position.things)  # it came out for somebody who has gone elsewhere: its labels are void
            self.recorder.note("window.restored", position.name, actor="room")
        self.staff()

    def ask_for_help(self, position: Position, help_needed: HelpNeeded) -> None:
        """Somebody must look at `position`."""
        self.world.process(self._call_for_help(position, help_needed))

    def come_back(self, position: Position) -> None:
        """Bring `position` back into service, through its drivers where it has any; if that fails, ask for help."""
        if position.station is None:
            self.unblock(position)
        else:
            self.world.process(self._restart(position, position.station))

    def _restart(self, position: Position, station: LabellingStation) -> Steps:
        try:
            yield from self.world.call(station.restart)
        except (DeviceError, LinkError) as error:
            self.ask_for_help(position, HelpNeeded(error.device, getattr(error, "alarm", "") or "no-answer", str(error)))
        else:
            self.unblock(position)

    def windows_blocked(self) -> int:
        """How many windows are out of service now; the manual station is none."""
        return sum(bool(position.blocks) for position in self.positions if not position.fallback)

    def staff(self) -> None:
        """Put the nurses who are there to the positions that can be used, the lowest first; nobody walks away from a patient."""
        lost = self.windows_blocked() > 0
        free = self._nurses(self.world.now_us) - sum(position.patient is not None for position in self.positions)
        for position in self.positions:
            if position.fallback:
                position.open = lost or position.patient is not None
            wanted = position.patient is not None
            if not wanted and free > 0 and position.open and not position.blocks:
                wanted = True
                free -= 1
            self._set_staffed(position, wanted)
        self._dispatch()

    def _set_staffed(self, position: Position, staffed: bool) -> None:
        if staffed != position.staffed:
            position.staffed = staffed
            self.recorder.note("window.staffed" if staffed else "window.unstaffed", position.name, actor="room")

    # the end

    def check_drained(self) -> None:
        """Say so if everybody who was expected has come and gone."""
        nobody = not self.expected and not self._waiting and all(position.patient is None for position in self.positions)
        if nobody and not self.drained.triggered:
            self.drained.succeed()

    def _note(self, kind: str, patient: Patient, **data: Any) -> None:
        self.recorder.note(kind, patient.name, actor="room", **data)


def _throw_away_the_tray(things: Station) -> None:
    things.bin.extend(things.nurse)
    things.nurse.clear()

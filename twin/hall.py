"""The hall of the twin: arriving patients queue at the kiosks for a ticket, and calls go to the displays; nobody waits for either."""

from __future__ import annotations

from typing import Any

import simpy

from caixue.drivers.queue_kiosk import QueueKiosk
from caixue.events import Event
from caixue.reception import Reception
from twin.position import Steps
from twin.room import Room
from twin.world import World

KINDS = ("patient.arrived", "patient.called", "power.lost", "startup.finished")  # what the hall follows

class Hall:
    """Listens to the journal of the room, and works its reception. Without power it stands still."""

    def __init__(self, world: World, room: Room, reception: Reception) -> None:
        self._world = world
        self._room = room
        self._reception = reception
        self._open = True
        self._line: Any = simpy.Store(world.kernel)  # (patient, tries) before the kiosks
        self._calls: Any = simpy.Store(world.kernel)  # (window, patient)
        for kiosk in reception.kiosks:
            world.process(self._print(kiosk))
        if reception.has_displays:
            world.process(self._show())

    def hear(self, event: Event) -> None:
        """Listen to the journal."""
        if event.kind == "patient.arrived" and self._open and self._reception.kiosks:
            self._line.put((event.subject, 0))
        elif event.kind == "patient.called" and self._open and self._reception.has_displays:
            self._calls.put((event.data["window"], event.subject))
        elif event.kind in ("power.lost", "startup.finished"):
            self._open = event.kind == "startup.finished"

    def _print(self, kiosk: QueueKiosk) -> Steps:
        """One kiosk: the first in line gets a ticket; where none came out, it is tried once more, at another kiosk if that is free."""
        while True:
            patient, tries = yield self._line.get()
            if not self._open:
                continue
            ahead = max(0, self._room.waiting() - 1)
            done = yield from self._world.call(self._reception.ticket, kiosk, patient, number_of(patient), ahead)
            if not done and not tries:
                self._line.put((patient, 1))

    def _show(self) -> Steps:
        while True:
            window, patient = yield self._calls.get()
            if self._open and window in self._reception.windows:
                yield from self._world.call(self._reception.call, window, patient, number_of(patient))


def number_of(patient: str) -> str:
    """The number that stands on a patient's ticket: no name, and not the pseudonym of the record either."""
    return f"A{int(''.join(filter(str.isdigit, patient)) or 0) % 1000:03d}"

"""What must hold in every simulated second: the physical world against the journal, never the journal against itself.

Cheap checks run at the event that could break them; a full count of all tubes and people runs now and then and at the end.
A broken invariant is journaled, once per place, and fails the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from caixue.events import Event
from caixue.journal import Recorder
from twin.devices.modbus import JobModel
from twin.things import Station, Tube, TubeFactory

FULL_CHECK_EVERY = 5_000  # events


class Headcount(Protocol):
    """Where the people are."""

    def headcount(self) -> tuple[int, int, int, int, int]:
        """Arrived, waiting, at a window, served, left."""


class Stock(Protocol):
    """A model that holds tubes."""

    def held(self) -> int:
        """How many tubes it holds."""


class Invariants:
    """The checks of one run."""

    def __init__(self, recorder: Recorder, soon: Callable[[Callable[[], None]], None]) -> None:
        self._recorder = recorder
        self._soon = soon  # runs a function between two events, when nothing is half done
        self.broken: list[str] = []
        self.room: Headcount | None = None
        self.factory = TubeFactory()
        self.stations: Mapping[str, Station] = {}
        self.stores: Sequence[Stock] = ()
        self.machines: Sequence[JobModel] = ()
        self._bindings: dict[str, tuple[str, str]] = {}  # serial → patient, tube kind, as journaled
        self._states: dict[str, str] = {}
        self._verified: set[str] = set()
        self._at_window: dict[str, str] = {}  # window → patient, as journaled
        self._gone: set[str] = set()  # serials that have left a window on a tube
        self._drawn = 0  # tubes that left with a patient's blood
        self._events = 0

    def hear(self, event: Event) -> None:
        """Listen to the journal."""
        kind = event.kind
        if kind.startswith("label."):
            self._label(kind.removeprefix("label."), event)
        elif kind.startswith("patient."):
            self._visit(event)
        self._events += 1
        if self._events % FULL_CHECK_EVERY == 0:
            self._soon(self.check_all)

    def crowded(self, where: str) -> None:
        """Two tubes stand at one station."""
        self._break("one-tube", where, "two tubes at the station: something was dispensed twice")

    def overlap(self, port: str) -> None:
        """Two users of one port at once."""
        self._break("one-exchange", port, "two exchanges at once on one port")

    def tray_leaves(self, window: str, patient: str, tubes: Iterable[Tube]) -> None:
        """Check every tube that a nurse gets: one readable label, verified, of this patient and kind, used for the first time."""
        for tube in tubes:
            labels = [label for label in tube.labels if label.readable is not None]
            if len(tube.labels) != 1 or not labels:
                self._break("one-label", window, f"a tube leaves with {len(tube.labels)} labels, {len(labels)} of them readable")
                continue
            self._check_label(window, patient, tube, labels[0].readable or "")

    def lost(self, tubes: int) -> None:
        """`tubes` left the room, with a patient's blood or thrown away by hand."""
        self._drawn += tubes

    def battery_ended(self, ups: str) -> None:
        """The battery of `ups` ended under load: what it fed was not laid down in order (C2.1.1)."""
        self._break("ordered-shutdown", ups, "the battery ended before the ordered shutdown did")

    def check_all(self) -> None:
        """The full count."""
        self._count_people()
        self._count_tubes()
        for machine in self.machines:
            if machine.most_in_flight > 1:
                self._break("one-command", machine.name, f"{machine.most_in_flight} commands in flight at once")

    def room_must_be_empty(self) -> None:
        """After the last fault has ended the room must drain."""
        assert self.room is not None
        _, waiting, at_window, _, _ = self.room.headcount()
        if waiting or at_window:
            self._break("drains", "room", f"{waiting} waiting and {at_window} at windows when everything was long over")

    def _label(self, state: str, event: Event) -> None:
        serial = event.subject
        if state == "created":
            if serial in self._bindings:
                self._break("serial-once", serial, "a serial was given twice")
            self._bindings[serial] = (event.data["patient"], event.data["tube"])
        elif state == "verified":
            self._verified.add(serial)
        self._states[serial] = state

    def _visit(self, event: Event) -> None:
        window = event.data.get("window", "")
        if event.kind == "patient.called":
            there = self._at_window.setdefault(window, event.subject)
            if there != event.subject:
                self._break("one-patient", window, f"{event.subject} is called while {there} is there")
        elif self._at_window.get(window) == event.subject:
            del self._at_window[window]

    def _check_label(self, window: str, patient: str, tube: Tube, serial: str) -> None:
        bound = self._bindings.get(serial)
        if bound is None:
            self._break("never-crossed", window, f"serial {serial} was never given")
        elif bound != (patient, tube.kind):
            self._break("never-crossed", window, f"{serial} belongs to {bound[0]}, {bound[1]}; it is on a {tube.kind} for {patient}")
        if serial not in self._verified or self._states.get(serial) != "handed-over":
            self._break("verified", window, f"{serial} leaves in state {self._states.get(serial)}, {'' if serial in self._verified else 'un'}verified")
        if serial in self._gone:
            self._break("serial-once", serial, "a second tube with this serial leaves")
        self._gone.add(serial)

    def _count_people(self) -> None:
        if self.room is None:
            return
        arrived, waiting, at_window, served, left = self.room.headcount()
        if arrived != waiting + at_window + served + left:
            self._break("people", "room", f"{arrived} arrived, but {waiting} + {at_window} + {served} + {left} are accounted for")

    def _count_tubes(self) -> None:
        held = sum(store.held() for store in self.stores)
        placed = sum(len(place.cradle) + len(place.tray) + len(place.bin) + len(place.nurse) for place in self.stations.values())
        if self.factory.made != held + placed + self._drawn:
            self._break("tubes", "room", f"{self.factory.made} tubes came, {held} + {placed} + {self._drawn} are accounted for")

    def _break(self, name: str, where: str, detail: str) -> None:
        text = f"{name} at {where}: {detail}"
        if text not in self.broken:
            self.broken.append(text)
            self._recorder.note("twin.invariant-broken", name, actor="twin", detail=f"{where}: {detail}")

"""The invariants themselves: what each lets pass, what it catches, and that a broken one is told once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from tests.caixue.scripted import FakeClock
from twin.invariants import Invariants
from twin.things import Station, Tube


@dataclass
class Label:
    serial: str
    readable: str | None
    complete: bool = True


class People:
    """A room that says what it is told to say."""

    def __init__(self, *counts: int) -> None:
        self.counts = counts

    def headcount(self) -> tuple[int, int, int, int, int]:
        arrived, waiting, at_window, served, left = self.counts
        return arrived, waiting, at_window, served, left


class Rack:
    """A place that holds tubes."""

    def __init__(self, count: int) -> None:
        self.count = count

    def held(self) -> int:
        return self.count


class Watched:
    """Invariants that listen to a journal, and the journal."""

    def __init__(self) -> None:
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, FakeClock())
        self.invariants = Invariants(self.recorder, lambda check: check())
        self.journal.subscribe(self.invariants.hear)

    @property
    def broken(self) -> list[str]:
        """The names of what broke, in order."""
        return [text.split()[0] for text in self.invariants.broken]

    def prepare(self, serial: str, patient: str = "patient-1", tube: str = "serum-yellow", *, steps: str = "verified handed-over") -> None:
        """Journal one label's life."""
        self.recorder.note("label.created", serial, patient=patient, tube=tube, window="window-1")
        for step in steps.split():
            self.recorder.note(f"label.{step}", serial)

    def leave(self, *labels: Label, kind: str = "serum-yellow", patient: str = "patient-1") -> None:
        """One tube with these labels leaves window-1."""
        self.invariants.tray_leaves("window-1", patient, [Tube(1, kind, list(labels))])


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_verified_tube_of_the_right_patient_and_kind_may_leave(watched: Watched) -> None:
    watched.prepare("1")
    watched.leave(Label("1", "1"))
    assert watched.broken == []


@pytest.mark.parametrize(
    ("labels", "broken"),
    [
        pytest.param([], ["one-label"], id="no label"),
        pytest.param([Label("1", "1"), Label("1", "1")], ["one-label"], id="two labels"),
        pytest.param([Label("1", None)], ["one-label"], id="a label that cannot be read"),
        pytest.param([Label("1", "7")], ["never-crossed", "verified"], id="a serial that was never given"),
        pytest.param([Label("2", "2")], ["never-crossed"], id="another patient's label"),
        pytest.param([Label("3", "3")], ["never-crossed"], id="the label of another kind of tube"),
        pytest.param([Label("4", "4")], ["verified"], id="a label that was never scanned back"),
        pytest.param([Label("5", "5")], ["verified"], id="a label that is void"),
        pytest.param([Label("6", "6")], ["verified"], id="a label that was verified and not handed over"),
    ],
)
def test_a_wrong_tube_does_not_leave_unseen(watched: Watched, labels: list[Label], broken: list[str]) -> None:
    watched.prepare("1")
    watched.prepare("2", patient="patient-2")
    watched.prepare("3", tube="edta-purple")
    watched.prepare("4", steps="applied handed-over")
    watched.prepare("5", steps="verified void")
    watched.prepare("6", steps="verified")
    watched.leave(*labels)
    assert watched.broken == broken


def test_a_second_tube_with_one_serial_does_not_leave_unseen(watched: Watched) -> None:
    watched.prepare("1")
    watched.leave(Label("1", "1"))
    watched.leave(Label("1", "1"))
    assert watched.broken == ["serial-once"]


def test_a_serial_given_twice_is_seen_when_it_is_given(watched: Watched) -> None:
    watched.prepare("1")
    watched.prepare("1")
    assert watched.broken == ["serial-once"]


def test_a_window_with_a_patient_calls_nobody(watched: Watched) -> None:
    note = watched.recorder.note
    note("patient.called", "patient-1", window="window-1")
    note("patient.served", "patient-1", window="window-1")
    note("patient.called", "patient-2", window="window-1")
    note("patient.bumped", "patient-2", window="window-1")
    note("patient.called", "patient-3", window="window-1")
    note("patient.called", "patient-2", window="window-2")
    assert watched.broken == []
    note("patient.called", "patient-4", window="window-1")
    assert watched.broken == ["one-patient"]


@pytest.mark.parametrize(
    ("counts", "broken"), [((10, 3, 2, 4, 1), []), ((10, 3, 2, 4, 0), ["people"]), ((9, 3, 2, 4, 1), ["people"])], ids=["right", "one lost", "one too many"]
)
def test_people_are_counted(watched: Watched, counts: tuple[int, ...], broken: list[str]) -> None:
    watched.invariants.room = People(*counts)
    watched.invariants.check_all()
    assert watched.broken == broken


def test_tubes_are_counted_wherever_they_are(watched: Watched) -> None:
    tubes = [watched.invariants.factory.make("serum-yellow") for _ in range(9)]
    watched.invariants.stores = [Rack(3)]
    watched.invariants.stations = {"window-1": Station(cradle=tubes[:1], tray=tubes[1:2], bin=tubes[2:3], nurse=tubes[3:4])}
    watched.invariants.lost(2)
    watched.invariants.check_all()
    assert watched.broken == []
    watched.invariants.stations["window-1"].bin.pop()
    watched.invariants.check_all()
    assert watched.broken == ["tubes"]


def test_a_room_that_is_not_empty_in_the_end_has_not_drained(watched: Watched) -> None:
    watched.invariants.room = People(5, 0, 0, 5, 0)
    watched.invariants.room_must_be_empty()
    assert watched.broken == []
    watched.invariants.room = People(5, 1, 0, 4, 0)
    watched.invariants.room_must_be_empty()
    assert watched.broken == ["drains"]


def test_what_broke_is_journaled_once_a_place(watched: Watched) -> None:
    for where in ("window-1", "window-1", "window-2"):
        watched.invariants.crowded(where)
    watched.invariants.overlap("window-1.label-printer")
    told = [(event.kind, event.subject, event.data["detail"].split(":")[0]) for event in watched.journal.events]
    expected = [("one-tube", "window-1"), ("one-tube", "window-2"), ("one-exchange", "window-1.label-printer")]
    assert told == [("twin.invariant-broken", name, where) for name, where in expected]


def test_everything_is_counted_now_and_then_while_events_come(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.invariants.FULL_CHECK_EVERY", 10)
    watched.invariants.room = People(1, 0, 0, 0, 0)
    for _ in range(9):
        watched.recorder.note("window.opened", "window-1")
    assert watched.broken == []
    watched.recorder.note("window.closed", "window-1")
    assert watched.broken == ["people"]

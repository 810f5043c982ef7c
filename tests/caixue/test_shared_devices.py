"""Devices that belong to no window: the class of their incidents, and the rule that makes one 重大 once a window stops."""

from __future__ import annotations

import pytest

from caixue.events import Event
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.incidents import GENERAL, LARGER, MAJOR, Incident, Incidents, severity
from caixue.site import load_site
from caixue.sla import Deadlines
from tests.caixue.scripted import FakeClock

MIN = 60_000_000


class Register:
    """Incidents of the default site that listen to their own journal."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, self.clock)
        self.incidents = Incidents(self.recorder, self.clock, Deadlines.of(load_site("eight-window")))
        self.journal.subscribe(self.incidents.hear)

    def belt(self, symptom: str = "belt-blocked", windows_lost: int = 0) -> Incident:
        return self.incidents.report("conveyor-1", symptom, window="", windows_lost=windows_lost, by="monitor")

    def block(self, window: str, device: str = "conveyor-1") -> None:
        self.recorder.note("window.blocked", window, device=device, reason="tray-full")

    def changes(self) -> list[Event]:
        return [event for event in self.journal.events if event.kind == "incident.reclassified"]


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.mark.parametrize(
    ("symptom", "windows_lost", "expected"),
    [
        ("belt-blocked", 0, GENERAL),  # usually five minutes
        ("belt-stopped", 0, LARGER),  # usually longer than ten
        ("belt-slip", 0, LARGER),
        ("sorter-jam", 0, GENERAL),
        ("lane-mismatch", 0, LARGER),
        ("no-answer", 0, GENERAL),
        ("belt-blocked", 1, MAJOR),
        ("belt-stopped", 1, MAJOR),
        ("belt-blocked", 8, MAJOR),
    ],
)
def test_a_shared_device_is_major_only_when_a_window_stops(symptom: str, windows_lost: int, expected: str) -> None:
    assert severity(symptom, windows_lost, shared=True) == expected


def test_a_window_that_the_belt_stops_makes_its_open_incident_major_by_rule_with_a_reason(register: Register) -> None:
    incident = register.belt()
    deadline_us = incident.deadline_us
    register.clock.advance_to(8 * MIN)
    register.block("window-3")
    (change,) = register.changes()
    assert (change.actor, change.subject, change.data["class"]) == ("rule", incident.number, MAJOR)
    assert "window-3" in change.data["reason"]
    assert (incident.severity, incident.deadline_us > deadline_us) == (MAJOR, True)


def test_the_rule_speaks_once_however_many_windows_stop(register: Register) -> None:
    register.belt()
    for number in range(1, 9):
        register.block(f"window-{number}")
    assert len(register.changes()) == 1


def test_a_window_that_stops_after_the_deadline_does_not_move_it(register: Register) -> None:
    incident = register.belt()
    deadline_us = incident.deadline_us
    register.clock.advance_to(31 * MIN)
    register.block("window-3")
    assert (incident.severity, incident.deadline_us) == (MAJOR, deadline_us)


def test_the_belt_is_major_at_once_when_windows_stand_already(register: Register) -> None:
    assert register.belt(windows_lost=1).severity == MAJOR
    register.block("window-2")
    assert register.changes() == []


def test_other_windows_other_devices_and_closed_incidents_leave_the_class_alone(register: Register) -> None:
    incident = register.belt()
    register.incidents.report("window-1.label-printer", "paper-jam", window="window-1", windows_lost=1, by="nurse")
    register.block("window-1", "window-1.label-printer")
    register.block("window-2", "sorter-1")
    for state in ("acknowledged", "on-site", "diagnosed", "restored", "closed"):
        register.incidents.advance(incident, state, by="engineer-1")
    register.block("window-3")
    assert register.changes() == []

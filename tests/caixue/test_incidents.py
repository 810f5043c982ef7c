"""Incidents: one a device and episode, states in order, a class by rule, and a deadline that never moves once it has passed."""

from __future__ import annotations

import pytest

from caixue.errors import UsageError
from caixue.ops.incidents import GENERAL, LARGER, MAJOR, STATES, SYMPTOMS, Incident, Incidents, severity
from caixue.site import load_site
from caixue.sla import Deadlines
from tests.caixue.scripted import FakeClock, recorder

MINUTE_US = 60_000_000
THIRTY_MINUTES_US = 30 * MINUTE_US


class Desk:
    """A register of incidents with its clock and journal; FakeClock starts at 07:00 on a Monday."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.recorder, self.notes = recorder(self.clock)
        self.told: list[Incident] = []
        self.incidents = Incidents(self.recorder, self.clock, Deadlines.of(load_site("eight-window")), self.told.append)

    def report(
        self, symptom: str = "no-answer", *, device: str = "printer", lost: int = 0, by: str = "monitor", occurred_us: int | None = None
    ) -> Incident:
        """Report trouble at window-1."""
        return self.incidents.report(device, symptom, window="window-1", windows_lost=lost, by=by, occurred_us=occurred_us)

    def close(self, incident: Incident) -> None:
        """Take it through all its states."""
        for state in STATES[1:]:
            self.incidents.advance(incident, state, by="engineer-1")

    def last(self) -> dict[str, object]:
        """The data of the last event."""
        return dict(self.notes.events[-1].data)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_incident_of_the_monitor_was_detected_and_not_reported(desk: Desk) -> None:
    desk.clock.advance_to(5 * MINUTE_US)
    incident = desk.report("no-answer", occurred_us=4 * MINUTE_US)
    assert desk.last() == {
        "device": "printer",
        "window": "window-1",
        "class": GENERAL,
        "symptom": "no-answer",
        "occurred_us": 4 * MINUTE_US,
        "reported_us": None,
        "detected_us": 5 * MINUTE_US,
        "deadline_us": 5 * MINUTE_US + THIRTY_MINUTES_US,
    }
    assert desk.told == [incident] and incident.state == "open"


def test_an_incident_that_somebody_calls_in_has_the_time_of_the_call(desk: Desk) -> None:
    desk.clock.advance_to(5 * MINUTE_US)
    desk.report(by="nurse at window-1")
    assert desk.last()["reported_us"] == 5 * MINUTE_US and desk.notes.events[-1].actor == "nurse at window-1"


def test_numbers_are_given_once_and_in_order(desk: Desk) -> None:
    assert [desk.report(device=f"device-{number}").number for number in range(3)] == ["incident-0001", "incident-0002", "incident-0003"]


def test_states_follow_one_another_and_none_can_be_left_out_or_repeated(desk: Desk) -> None:
    incident = desk.report()
    for place, state in enumerate(STATES[1:], 1):
        for wrong in (*STATES[:place], *STATES[place + 1 :]):
            with pytest.raises(UsageError, match=incident.number):
                desk.incidents.advance(incident, wrong, by="engineer-1")
        desk.incidents.advance(incident, state, by="engineer-1")
    with pytest.raises(UsageError, match="closed"):
        desk.incidents.advance(incident, "closed", by="engineer-1")
    assert desk.notes.kinds == ["incident.opened", *(f"incident.{state}" for state in STATES[1:])]


def test_a_second_symptom_of_the_same_device_joins_the_open_incident(desk: Desk) -> None:
    incident = desk.report("no-answer")
    assert desk.report("link-noisy") is incident
    assert desk.report("link-noisy") is incident and desk.report("no-answer") is incident
    assert desk.notes.kinds == ["incident.opened", "incident.merged"]
    assert desk.last() == {"device": "printer", "symptom": "link-noisy", "reported_us": None}
    assert desk.told == [incident]


def test_the_first_call_about_what_the_monitor_found_keeps_its_time(desk: Desk) -> None:
    incident = desk.incidents.report("printer", "paper-jam", window="window-1", windows_lost=0, by="monitor")
    assert desk.last()["reported_us"] is None
    desk.clock.sleep(30)
    for _ in range(2):
        assert desk.incidents.report("printer", "paper-jam", window="window-1", windows_lost=1, by="nurse-1") is incident
    assert desk.notes.kinds == ["incident.opened", "incident.merged"]
    assert desk.last()["reported_us"] == desk.clock.monotonic_us()


def test_another_device_has_an_incident_of_its_own(desk: Desk) -> None:
    assert desk.report(device="printer") is not desk.report(device="scanner")


def test_a_device_that_fails_again_after_the_incident_was_closed_has_a_new_one(desk: Desk) -> None:
    first = desk.report()
    desk.close(first)
    assert desk.report() is not first and len(desk.incidents.open) == 1


@pytest.mark.parametrize(
    ("symptom", "lost", "expected"),
    [
        ("tube-jam", 0, GENERAL),
        ("tube-jam", 1, GENERAL),  # five minutes: the window is soon back
        ("no-answer", 1, GENERAL),  # ten minutes, and not longer
        ("no-read", 0, GENERAL),
        ("no-read", 1, LARGER),  # a print head takes 18 minutes
        ("motor-fault", 0, GENERAL),
        ("motor-fault", 1, LARGER),
        ("mismatch", 0, LARGER),  # identity hazards, whatever the window does
        ("wrong-kind", 0, LARGER),
        ("lane-locked", 0, LARGER),
        ("tube-jam", 2, MAJOR),
        ("mismatch", 3, MAJOR),
        ("never heard of", 0, GENERAL),
        ("never heard of", 1, LARGER),  # unknown: not counted on to be short
    ],
)
def test_the_class_follows_from_the_symptom_and_the_windows_lost(symptom: str, lost: int, expected: str) -> None:
    assert severity(symptom, lost) == expected


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_more_windows_lost_never_make_a_class_milder(symptom: str) -> None:
    order = [GENERAL, LARGER, MAJOR]
    classes = [order.index(severity(symptom, lost)) for lost in range(4)]
    assert classes == sorted(classes) and classes[-1] == order.index(MAJOR)


def test_every_row_says_what_the_symptom_is_how_long_it_takes_and_who_says_so() -> None:
    assert all(row.name == name and row.zh and row.expected_repair_s > 0 and row.source for name, row in SYMPTOMS.items())


def test_the_deadline_is_the_contracts(desk: Desk) -> None:
    desk.report("tube-jam", device="one")
    assert desk.last()["deadline_us"] == THIRTY_MINUTES_US
    desk.report("mismatch", device="two")
    due_at = Deadlines.of(load_site("eight-window")).deadline(LARGER, desk.clock.now()).at
    assert desk.last()["deadline_us"] == (due_at - desk.clock.now()).total_seconds() * 1e6


@pytest.mark.parametrize(("severity", "reason"), [(LARGER, ""), (LARGER, "   "), ("serious", "it looks so"), ("", "why")])
def test_an_override_needs_a_class_of_the_contract_and_a_reason(desk: Desk, severity: str, reason: str) -> None:
    incident = desk.report()
    with pytest.raises(UsageError, match="override"):
        desk.incidents.override(incident, severity, by="head of department", reason=reason)
    assert incident.severity == GENERAL and desk.notes.kinds == ["incident.opened"]


def test_an_override_in_time_brings_the_deadline_of_the_new_class_counted_from_the_start(desk: Desk) -> None:
    incident = desk.report("mismatch")
    desk.clock.advance_to(10 * MINUTE_US)
    desk.incidents.override(incident, GENERAL, by="head of department", reason="a torn label, seen by two people")
    assert desk.last() == {"class": GENERAL, "reason": "a torn label, seen by two people", "deadline_us": THIRTY_MINUTES_US}


def test_a_deadline_that_has_passed_never_moves(desk: Desk) -> None:
    incident = desk.report("tube-jam")
    desk.clock.advance_to(THIRTY_MINUTES_US + 1)
    for class_ in (LARGER, MAJOR, GENERAL, LARGER):
        desk.incidents.override(incident, class_, by="head of department", reason="second thoughts")
        assert desk.last()["class"] == class_ and desk.last()["deadline_us"] == THIRTY_MINUTES_US
        desk.clock.advance_to(desk.clock.now_us + MINUTE_US)


def test_the_very_instant_of_the_deadline_is_still_in_time(desk: Desk) -> None:
    incident = desk.report("tube-jam")
    desk.clock.advance_to(THIRTY_MINUTES_US)
    desk.incidents.override(incident, LARGER, by="head of department", reason="the window is lost")
    assert int(str(desk.last()["deadline_us"])) > THIRTY_MINUTES_US


def test_everything_is_journaled_with_who_did_it(desk: Desk) -> None:
    desk.close(desk.report(by="nurse at window-1"))
    assert [event.actor for event in desk.notes.events] == ["nurse at window-1", *["engineer-1"] * 5]
    assert {event.subject for event in desk.notes.events} == {"incident-0001"}

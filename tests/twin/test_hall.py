"""The hall in a whole day: every arrival gets a ticket and every call is shown, and no patient waits for either."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.twin.small_scenarios import Ran, assert_clean, fault, in_order, ran, small
from twin.hall import number_of

FULL = {"site": "eight-window-full", "duration": "20 min", "per_h": "60", "seed": 2}  # at seed 1 the battery is empty before the repair is done


@pytest.fixture(scope="module")
def calm() -> Ran:
    return ran(small(**FULL))


def test_every_arrival_gets_a_ticket_and_every_call_is_shown(calm: Ran) -> None:
    assert_clean(calm)
    arrived, called = calm.events("patient.arrived"), calm.events("patient.called")
    assert sorted(event.data["patient"] for event in calm.events("ticket.printed")) == sorted(event.subject for event in arrived)
    shown = [(event.data["patient"], event.data["window"]) for event in calm.events("call.shown")]
    assert shown == [(event.subject, event.data["window"]) for event in called]


def test_a_call_is_shown_within_a_second(calm: Ran) -> None:
    shown = {event.data["patient"]: event.at_us for event in calm.events("call.shown")}
    assert all(shown[event.subject] - event.at_us < 1_000_000 for event in calm.events("patient.called")), calm


def test_the_people_of_the_day_are_those_of_a_room_without_a_hall(calm: Ran) -> None:
    bare = ran(small(**{**FULL, "site": "eight-window"}))
    figures = ("patient.count", "patient.served", "patient.wait.mean", "patient.stay.max")
    assert [calm.figure(name) for name in figures] == [bare.figure(name) for name in figures]


@pytest.mark.parametrize(
    ("device", "kind"),
    [
        ("kiosk-1", "paper-out"),
        ("kiosk-1", "cutter-jam"),
        ("kiosk-1", "silence"),
        ("waiting-display", "black-screen"),
        ("waiting-display", "stale-call"),
        ("waiting-display", "silence"),
        ("ups-room", "input-lost"),
        ("ups-room", "overload"),
    ],
)
def test_a_fault_in_the_hall_or_at_the_ups_is_seen_and_repaired_and_holds_nobody_up(device: str, kind: str, calm: Ran) -> None:
    one = ran(small(fault(device, kind), **FULL))
    assert_clean(one)
    assert in_order(one.faults[0]), f"{one.faults} in{one!r}"
    assert [event.data["device"] for event in one.events("incident.opened")] == [device], one
    assert one.figure("patient.wait.max") == calm.figure("patient.wait.max"), one
    assert one.events("window.blocked") == [], one


def test_a_patient_whose_kiosk_fails_is_tried_at_the_other_one() -> None:
    one = ran(small(fault("kiosk-1", "silence", at="+1 min"), **FULL))
    missing = {event.subject for event in one.events("patient.arrived")} - {event.data["patient"] for event in one.events("ticket.printed")}
    assert len(missing) <= 2, one


def test_a_number_shows_neither_name_nor_pseudonym() -> None:
    assert [number_of(name) for name in ("patient-00042", "patient-01042", "patient-00042-r")] == ["A042", "A042", "A042"]


def test_a_display_at_a_window_shows_the_calls_of_that_window_alone(tmp_path: Path) -> None:
    path = tmp_path / "own-display.toml"
    display = '{ name = "window-2.call-display", kind = "call-display", url = "twin://window-2.call-display" }'
    path.write_text(f'schema = 1\nextends = "eight-window-full"\nname = "own-display"\ndevice = [{display}]\n', encoding="utf-8")
    one = ran(small(fault("window-2.call-display", "black-screen"), **{**FULL, "site": path.as_posix()}))
    assert_clean(one)
    called = [event.subject for event in one.events("patient.called") if event.data["window"] == "window-2"]
    assert called and [event.data["patient"] for event in one.events("call.shown")] == called, one
    assert not one.events("ticket.printed"), one
    assert [event.data["device"] for event in one.events("incident.opened")] == ["window-2.call-display"], one

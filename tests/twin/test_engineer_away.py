"""The engineer is off site: the telephone, a nurse who is told how, and the way to the hospital."""

from __future__ import annotations

import pytest

from caixue.events import Event
from tests.twin.small_scenarios import Ran, assert_clean, fault, ran, small

MIN = 60_000_000


@pytest.fixture(scope="module")
def away() -> Ran:
    return ran("engineer-away")


def of(one: Ran, device: str) -> dict[str, Event]:
    """The last event of each kind of the device's incident."""
    number = next(event.subject for event in one.events("incident.opened") if event.data["device"] == device)
    return {event.kind: event for event in one.result.events if event.subject == number}


def test_the_shipped_scenario_passes(away: Ran) -> None:
    assert_clean(away)


def test_every_trouble_is_a_call_that_is_answered_in_a_minute_and_names_its_incident(away: Ran) -> None:
    calls = away.events("call.received")
    assert [event.data["incident"] for event in calls] == [event.subject for event in away.events("incident.opened")]
    assert {event.data["answered_us"] - event.data["rang_us"] for event in calls} == {MIN}


def test_the_nurse_clears_the_jam_as_she_is_told_and_nobody_is_called_out_for_it(away: Ran) -> None:
    jam = of(away, "window-5.tube-dispenser")
    assert "incident.called-out" not in jam
    assert jam["incident.on-site"].actor == jam["incident.restored"].actor == "nurse at window-5"
    assert jam["incident.diagnosed"].actor == "engineer-1"


def test_he_is_called_out_for_the_others_and_is_there_45_minutes_after_the_first_call(away: Ran) -> None:
    motor, head = of(away, "window-2.collection-host"), of(away, "window-7.label-printer")
    assert motor["incident.on-site"].at_us == head["incident.on-site"].at_us == motor["incident.called-out"].at_us + 45 * MIN
    assert head["incident.called-out"].at_us > motor["incident.called-out"].at_us
    assert {event["incident.on-site"].actor for event in (motor, head)} == {"engineer-1"}


def test_he_works_at_nothing_before_he_is_there(away: Ran) -> None:
    there_us = of(away, "window-2.collection-host")["incident.on-site"].at_us
    assert min(event.at_us for event in away.events("engineer.started")) >= there_us


def test_his_absence_is_seen_at_the_call_and_over_when_he_is_there(away: Ran) -> None:
    absence = away.faults[0]
    assert absence["name"] == "engineer-1 off-site"
    assert absence["seen_at"] * 1_000_000 == of(away, "window-2.collection-host")["incident.called-out"].at_us
    assert absence["recovered_at"] * 1_000_000 == of(away, "window-2.collection-host")["incident.on-site"].at_us


def test_an_absence_that_ends_by_itself_needs_no_call() -> None:
    one = ran(
        small(
            fault("engineer", "off-site", at="+1 min", end='for = "5 min"', travel="50 min"),
            fault("window-1.tube-dispenser", "tube-jam", at="+8 min"),
        )
    )
    assert not one.events("call.received")
    assert {event.actor for event in one.events("incident.on-site")} == {"engineer-1"}

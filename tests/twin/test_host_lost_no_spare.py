"""A host is lost and the store has no spare part: the manual station, the maker, the delivery, the repair of the next morning."""

from __future__ import annotations

import pytest

from caixue.events import Event, from_json
from tests.twin.small_scenarios import read
from twin.experiment import Result, run
from twin.scenario import scenario_site

H = 3_600_000_000
HOST = "window-4.collection-host"
# The first two hours of the same two mornings.
SHORT = ("duration=2 h", "staff.nurses={'07:00-09:00'=9}")


@pytest.fixture(scope="module")
def lost() -> tuple[Result, list[Event]]:
    lines: list[str] = []
    result = run(read("host-lost-no-spare", *SHORT), sink=lines.append)
    return result, [from_json(line) for line in lines]


def first(events: list[Event], kind: str, **data: str) -> Event:
    return next(event for event in events if event.kind == kind and data.items() <= event.data.items())


def test_the_store_of_the_scenario_has_no_motor_and_one_comes_within_a_day() -> None:
    scenario = read("host-lost-no-spare")
    [motor] = [item for item in scenario_site(scenario).stock if item.item == "motor"]
    assert (motor.on_hand, motor.lead_time_us) == (0, 18 * H)


def test_its_limits_hold(lost: tuple[Result, list[Event]]) -> None:
    breached = [row.expectation.figure for row in lost[0].verdict.rows if row.verdict != "pass"]
    assert breached == []


def test_the_manual_station_serves_within_ten_minutes(lost: tuple[Result, list[Event]]) -> None:
    blocked = first(lost[1], "window.blocked", device=HOST)
    called = first(lost[1], "patient.called", window="manual-1")
    assert blocked.at_us < called.at_us <= blocked.at_us + H // 6


def test_the_maker_is_told_as_soon_as_the_part_is_known_to_be_missing(lost: tuple[Result, list[Event]]) -> None:
    diagnosed = first(lost[1], "incident.diagnosed", missing="motor")
    told = first(lost[1], "incident.escalated", to="maker")
    assert told.subject == diagnosed.subject and told.at_us == diagnosed.at_us


def test_the_part_comes_the_next_morning_and_the_incident_is_over_in_its_time(lost: tuple[Result, list[Event]]) -> None:
    opened = first(lost[1], "incident.opened", device=HOST)
    restored = next(event for event in lost[1] if event.kind == "incident.restored" and event.subject == opened.subject)
    received = next(event for event in lost[1] if event.kind == "stock.received" and event.subject == "motor")
    assert received.at_us // (24 * H) == 1
    assert received.at_us < restored.at_us < opened.data["deadline_us"]


def test_the_window_is_closed_all_that_time_and_works_again_afterwards(lost: tuple[Result, list[Event]]) -> None:
    blocked = first(lost[1], "window.blocked", device=HOST)
    restored = next(
        event for event in lost[1] if event.kind == "window.restored" and event.subject == "window-4" and event.at_us > blocked.at_us
    )
    calls = [event.at_us for event in lost[1] if event.kind == "patient.called" and event.data["window"] == "window-4"]
    assert not [at_us for at_us in calls if blocked.at_us < at_us < restored.at_us]

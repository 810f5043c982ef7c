"""A month of operations: the shipped scenario as it is written, and a small month of the same kind to its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caixue.events import Event, from_json
from tests.twin.small_scenarios import read
from twin.days import clinic_days
from twin.experiment import Result, run
from twin.scenario import scenario_site

# Six days of few people and many faults: it takes seconds.
SMALL = ("days=6", "load.scale=0.06", "duration=2 h", "random_faults.scale=12", "staff.nurses={'07:00-13:00'=8}")


@pytest.fixture(scope="module")
def month() -> tuple[Result, list[Event]]:
    lines: list[str] = []
    result = run(read("month-of-operations", *SMALL), sink=lines.append)
    return result, [from_json(line) for line in lines]


def test_the_month_has_twenty_two_days_that_begin_with_start_up() -> None:
    scenario = read("month-of-operations")
    days = clinic_days(scenario, scenario_site(scenario))
    assert (len(days), scenario.fidelity, scenario.random_faults.enabled) == (22, "wire", True)
    assert [day.start_us - day.morning_us for day in days] == [30 * 60 * 1_000_000] * 22


def test_its_last_day_ends_a_month_that_can_be_closed_on_the_next_working_morning() -> None:
    scenario = read("month-of-operations")
    site = scenario_site(scenario)
    last = clinic_days(scenario, site)[-1].date
    assert (last + timedelta(days=1)).month != last.month
    assert scenario.staff.desk and [row.substitute for row in scenario.leaves] == ["engineer-2"]
    assert "engineer-2" not in {person.name for person in site.people}


def test_its_limits_name_their_clauses() -> None:
    rows = read("month-of-operations").expectations
    assert {"C2.1", "R3"} <= {row.clause for row in rows}


def test_a_small_month_keeps_every_promise(month: tuple[Result, list[Event]]) -> None:
    result, _ = month
    assert result.verdict.reasons == ()
    for name in ("label.crossed", "label.duplicate", "label.unverified"):
        assert result.data["figures"][name] == 0


def test_every_day_of_it_drains(month: tuple[Result, list[Event]]) -> None:
    here = 0
    for event in month[1]:
        here += {"patient.arrived": 1, "patient.served": -1, "patient.left": -1}.get(event.kind, 0)
        if event.kind == "day.ended":
            assert here == 0, event
    assert [row["figures"]["patient.count"] > 0 for row in month[0].data["days"]] == [True] * 6


def test_every_incident_of_it_is_one_episode_of_one_device(month: tuple[Result, list[Event]]) -> None:
    opened: dict[str, str] = {}
    for event in month[1]:
        if event.kind == "incident.opened":
            assert event.data["device"] not in opened.values()
            opened[event.subject] = event.data["device"]
        elif event.kind == "incident.closed":
            del opened[event.subject]
    assert month[0].data["figures"]["incident.count"] > 5


def test_no_invariant_breaks_on_any_of_its_days(month: tuple[Result, list[Event]]) -> None:
    """Among them that no tube and no person is lost or made, overnight or by day."""
    assert not [event for event in month[1] if event.kind == "twin.invariant-broken"]

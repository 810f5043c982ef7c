"""`caixue run bad-patch`: a patch takes the driver service of three windows away; the start-up check finds it, and the version before is back in time."""

from __future__ import annotations

import pytest

from caixue.errors import UsageError
from tests.twin.small_scenarios import Ran, assert_clean, ran

OPENS_US = 30 * 60_000_000  # 07:00, half an hour after the start
WINDOWS = ("window-1", "window-2", "window-3")


@pytest.fixture(scope="module")
def day() -> Ran:
    """The scenario as it ships."""
    return ran("bad-patch")


@pytest.fixture(scope="module", params=[1, 2], ids=lambda seed: f"seed {seed}")
def other(request: pytest.FixtureRequest) -> Ran:
    """The same morning at another seed."""
    return ran("bad-patch", f"seed={request.param}", "duration=1 h")


def test_the_day_passes_at_its_own_seed(day: Ran) -> None:
    assert_clean(day)


def test_it_is_found_by_the_start_up_check_before_the_doors_open_and_set_right_within_half_an_hour(day: Ran, other: Ran) -> None:
    for one in (day, other):
        failed = [event for event in one.events("sequence.step") if event.data["result"] == "failed" and "driver-service@" in event.data["step"]]
        assert {event.data["step"].partition("@")[2] for event in failed} == set(WINDOWS), one
        assert all(event.at_us < OPENS_US for event in failed), one
        assert all(fault["seen_at"] < 1800 and fault["recovered_at"] - fault["seen_at"] < 1800 for fault in one.faults), one


def test_each_window_has_one_incident_whatever_its_devices_say_besides(day: Ran, other: Ran) -> None:
    for one in (day, other):
        opened = [(event.data["device"], event.data["symptom"]) for event in one.events("incident.opened")]
        assert [row for row in opened if row[1] in ("service-missing", "no-answer")] == [
            (f"{window}.driver-service", "service-missing") for window in WINDOWS
        ], one


def test_devices_of_a_window_without_its_service_are_not_started(day: Ran) -> None:
    steps = [event for event in day.events("sequence.step") if event.subject.startswith("startup")]
    done = {event.data["step"] for event in steps if event.data["result"] == "done"}
    assert not any(f"@{window}" in step for step in done for window in WINDOWS), day
    assert "test-label@window-4" in done, day


def test_a_service_that_nobody_misses_fails_the_run() -> None:
    one = ran("bad-patch", "staff.duties=false", "duration=40 min", "staff.engineers=0")
    assert one.exit_code == 99, one


def test_the_names_of_the_services_are_known_only_where_the_site_names_one() -> None:
    with pytest.raises(UsageError, match=r"window-1\.driver-service"):
        ran("bad-patch", "site=eight-window")

"""The scenario network-lost: belt and sorter are out of reach for 12 minutes, and the windows go on (C5)."""

from __future__ import annotations

import pytest

import twin
from twin.experiment import Result


@pytest.fixture(scope="module")
def result() -> Result:
    return twin.run("network-lost")


def test_the_network_incident_is_found_and_removed_within_its_limits(result: Result) -> None:
    assert (result.exit_code, result.verdict.reasons) == (0, ())
    assert {fault.name: fault.seen_us is not None and fault.recovered_us is not None for fault in result.verdict.faults} == {
        "conveyor-1 silence": True,
        "sorter-1 silence": True,
    }


def test_what_is_told_is_about_the_network_and_nothing_at_the_windows(result: Result) -> None:
    lost = {event.subject for event in result.events if event.kind == "link.lost" or event.kind == "link.timeout"}
    assert lost == {"conveyor-1", "sorter-1"}
    assert not [event for event in result.events if event.kind == "window.blocked"]
    assert {event.data["device"] for event in result.events if event.kind == "incident.opened"} <= {"conveyor-1", "sorter-1"}

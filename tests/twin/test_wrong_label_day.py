"""`caixue run wrong-label-day`: four ways in which a wrong label could come to a tube, and none that leaves a window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caixue.ops.incidents import LARGER, MAJOR, SYMPTOMS
from tests.twin.small_scenarios import Ran, assert_clean, in_order, ran

# The same four faults within half an hour, and more people.
SHORT = ("duration=30 min", "fault.0.at=+3 min", "fault.1.at=+6 min", "fault.2.at=+9 min", "fault.3.at=+12 min", "load.scale=1.5")
SEEDS = (1, 2, 3, 4, 5, 6)


@pytest.fixture(scope="module")
def day() -> Ran:
    """The scenario as it ships."""
    return ran("wrong-label-day")


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def short_day(request: pytest.FixtureRequest) -> Iterator[Ran]:
    """The shortened day at another seed."""
    yield ran("wrong-label-day", *SHORT, f"seed={request.param}")


def test_the_day_passes_at_its_own_seed_and_every_fault_was_seen_and_recovered(day: Ran) -> None:
    assert_clean(day)
    assert len(day.faults) == 4 and all(in_order(fault) for fault in day.faults), f"{day.faults} in{day!r}"


def test_no_wrong_label_leaves_a_window(day: Ran) -> None:
    assert _wrong_labels(day) == [0, 0, 0], day


def test_no_wrong_label_leaves_a_window_at_other_seeds(short_day: Ran) -> None:
    assert short_day.reasons == () and _wrong_labels(short_day) == [0, 0, 0], f"{short_day.reasons} in{short_day!r}"


def test_a_label_that_read_as_another_never_left_on_its_tube(day: Ran, short_day: Ran) -> None:
    for one in (day, short_day):
        mismatched = [event.data["serial"] for event in one.events("scan.mismatch")]
        assert mismatched, one
        assert all(one.of_serial(serial)[-1] == "void" for serial in mismatched), one
        assert all("handed-over" not in one.of_serial(serial) for serial in mismatched), one


def test_a_mis_loaded_lane_is_locked_after_one_wrong_tube(day: Ran, short_day: Ran) -> None:
    for one in (day, short_day):
        assert len(one.events("tube.wrong-kind")) == 1, one
        assert one.events("tube.wrong-kind")[0].data == {"lane": 3, "expected": "edta-purple", "found": "citrate-blue"}, one


def test_nothing_is_picked_from_the_locked_lane_until_the_engineer_has_been_there(day: Ran) -> None:
    wrong = day.events("tube.wrong-kind")[0]
    repaired_us = next(event.at_us for event in day.events("twin.fault-ended") if event.data["kind"] == "wrong-rack")
    picked = [event for event in day.events("tube.picked") if event.subject == wrong.subject and event.data["lane"] == wrong.data["lane"]]
    assert not [event for event in picked if wrong.at_us <= event.at_us <= repaired_us], day
    assert [event for event in picked if event.at_us > repaired_us], day


def test_every_identity_hazard_is_an_incident_of_a_higher_class(day: Ran, short_day: Ran) -> None:
    for one in (day, short_day):
        hazards = [event for event in one.events("incident.opened") if SYMPTOMS[event.data["symptom"]].identity_hazard]
        assert {event.data["device"] for event in hazards} == {"window-1.tube-dispenser", "window-7.barcode-scanner"}, one
        assert {event.data["class"] for event in hazards} <= {LARGER, MAJOR}, one


def test_a_print_that_power_cut_short_is_unknown_then_void_and_its_serial_is_not_used_again(day: Ran, short_day: Ran) -> None:
    for one in (day, short_day):
        cut = one.events("label.unknown")
        assert cut, one
        assert all(one.of_serial(event.subject) == ["created", "sent", "unknown", "void"] for event in cut), one


def _wrong_labels(one: Ran) -> list[float]:
    return [one.figure(f"label.{how}") for how in ("crossed", "duplicate", "unverified")]

"""The main job: `caixue run peak-monday`, a faulty Monday morning that the room survives, and a busier one that it does not."""

from __future__ import annotations

import pytest

from caixue.events import Event
from tests.twin.small_scenarios import Ran, assert_clean, in_order, occupants, ran, read

FAULTS = [
    "window-3.label-printer print-head-dead-dots",
    "window-6.tube-dispenser lane-empty",
    "window-5.tube-dispenser tube-jam",
    "window-2.tube-dispenser bad-crc",
]


@pytest.fixture(scope="module")
def monday() -> Ran:
    """The scenario as it ships."""
    return ran("peak-monday")


@pytest.fixture(scope="module")
def calm_monday() -> Ran:
    """The same people on the same morning, and nothing breaks."""
    return ran("peak-monday", "fault=[]", "steady=[]")


def test_the_morning_passes_at_its_own_seed(monday: Ran) -> None:
    assert_clean(monday)
    assert {row.verdict for row in monday.result.verdict.rows} == {"pass"}, monday


def test_about_900_patients_come_and_nobody_is_lost(monday: Ran) -> None:
    assert 850 <= monday.figure("patient.count") <= 950, monday
    assert monday.figure("patient.served") + monday.figure("patient.left") == monday.figure("patient.count"), monday


@pytest.mark.parametrize("place", range(4), ids=FAULTS)
def test_each_fault_is_armed_fired_seen_and_recovered_in_that_order(monday: Ran, place: int) -> None:
    assert monday.faults[place]["name"] == FAULTS[place]
    assert in_order(monday.faults[place]), f"{monday.faults[place]} in{monday!r}"


def test_every_injected_fault_fires_soon_after_it_is_armed(monday: Ran) -> None:
    assert all(fault["fired_at"] - fault["armed_at"] < 300 for fault in monday.faults), f"{monday.faults} in{monday!r}"


def test_no_wrong_label_leaves_a_window_on_a_faulty_morning(monday: Ran) -> None:
    assert [monday.figure(f"label.{how}") for how in ("crossed", "duplicate", "unverified")] == [0, 0, 0], monday


def test_only_the_broken_devices_have_incidents_and_all_are_closed(monday: Ran) -> None:
    devices = {event.data["device"] for event in monday.events("incident.opened")}
    assert devices <= {name.split()[0] for name in FAULTS}, monday
    assert len(monday.events("incident.closed")) == len(monday.events("incident.opened")) >= 3, monday


def test_a_clear_failure_at_a_fifth_more_load() -> None:
    busy = ran("peak-monday", f"load.scale={read('peak-monday').load.scale * 1.2}")
    rows = {row.expectation.figure: row for row in busy.result.verdict.rows}
    assert busy.exit_code == 99, busy
    assert rows["patient.wait.p90"].verdict == "fail", busy
    assert (rows["patient.wait.p90"].actual or 0) > 1.5 * rows["patient.wait.p90"].expectation.value, busy
    assert [name for name, row in rows.items() if row.verdict != "pass"] == ["patient.wait.p90"], busy


def test_the_same_people_come_on_the_same_seed_whether_or_not_something_breaks(monday: Ran, calm_monday: Ran) -> None:
    assert _people(monday) == _people(calm_monday)


def test_on_the_same_seed_the_faults_cost_time(monday: Ran, calm_monday: Ran) -> None:
    assert calm_monday.reasons == (), calm_monday
    assert monday.figure("patient.wait.mean") > calm_monday.figure("patient.wait.mean"), monday
    assert monday.figure("window.usable.mean") < calm_monday.figure("window.usable.mean") == 8, monday


def test_without_faults_nothing_looks_like_one(calm_monday: Ran) -> None:
    trouble = calm_monday.events(
        "link.garbled", "link.timeout", "link.lost", "device.refused", "scan.no-read", "scan.mismatch", "incident.opened"
    )
    assert trouble == [], calm_monday


def test_no_two_patients_are_at_one_window_at_once(monday: Ran) -> None:
    free_us: dict[str, int] = {}
    for window, patient, called_us, gone_us in sorted(occupants(monday), key=lambda row: row[2]):
        assert called_us >= free_us.get(window, 0), f"{patient} at {window} in{monday!r}"
        free_us[window] = gone_us


def test_every_tube_that_reaches_the_laboratory_was_verified_drawn_and_handed_over(monday: Ran) -> None:
    lives = _lives(monday.events())
    received = monday.events("specimen.received")
    assert len(received) > 2000, monday
    steps = ["created", "sent", "printed", "applied", "verified", "handed-over", "drawn"]
    assert all(lives[event.subject] == steps for event in received), monday


def test_every_label_ends_received_or_void(monday: Ran) -> None:
    lives, received = _lives(monday.events()), {event.subject for event in monday.events("specimen.received")}
    assert all((serial in received) != (life[-1] == "void") for serial, life in lives.items()), monday


def test_the_day_goes_over_real_bytes(monday: Ran) -> None:
    tubes = monday.figure("tube.labelled")
    assert monday.result.exchanges > 12 * tubes > 25_000, monday  # a dozen exchanges a tube: job, polls, print, scan


def _people(one: Ran) -> list[tuple[int, str, object]]:
    return [(event.at_us, event.subject, dict(event.data)) for event in one.events("patient.arrived")]


def _lives(events: list[Event]) -> dict[str, list[str]]:
    lives: dict[str, list[str]] = {}
    for event in events:
        if event.kind.startswith("label."):
            lives.setdefault(event.subject, []).append(event.kind.removeprefix("label."))
    return lives

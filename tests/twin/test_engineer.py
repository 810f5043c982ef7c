"""The resident engineer: told by caixue alone, the most urgent first, and not gone before the device works again."""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.events import Event
from tests.twin.small_scenarios import Ran, assert_clean, fault, ran, small

STEPS = ["opened", "acknowledged", "on-site", "diagnosed", "restored", "closed"]
JAM = fault("window-1.tube-dispenser", "tube-jam")
PRINTER = fault("window-2.label-printer", "print-head-dead-dots", at="+4 min")
RECEIPTS = fault("window-2.thermal-printer", "cutter-jam", at="+2 min")


@pytest.fixture(scope="module")
def jam() -> Ran:
    """One jam in a small room."""
    return ran(small(JAM))


def test_an_incident_goes_through_all_its_states_in_order(jam: Ran) -> None:
    assert [event.kind.removeprefix("incident.") for event in _of(jam, "incident-0001")] == STEPS, jam


def test_the_engineer_needs_a_minute_to_come(jam: Ran) -> None:
    times = _times(jam, "incident-0001")
    assert times["on-site"] - times["acknowledged"] == 60_000_000, jam
    assert jam.figure("incident.response.max") == (times["on-site"] - times["opened"]) / 1e6, jam


def test_a_device_is_restored_only_after_it_has_worked_again(jam: Ran) -> None:
    fault_ended = jam.events("twin.fault-ended")[0]
    restored = next(event for event in jam.events("incident.restored"))
    assert fault_ended.at_us < restored.at_us, jam  # the restart through the drivers lies between
    assert jam.events("window.restored")[0].at_us == restored.at_us, jam


def test_one_engineer_does_one_thing_at_a_time() -> None:
    one = ran(small(JAM, PRINTER, RECEIPTS))
    assert_clean(one)
    assert len(one.events("incident.opened")) >= 3, one
    at_work = 0
    for event in one.events("engineer.started", "engineer.finished"):
        at_work += 1 if event.kind == "engineer.started" else -1
        assert at_work in (0, 1), one


def test_two_engineers_share_the_work() -> None:
    one = ran(small(JAM, PRINTER, RECEIPTS, "[staff]\nengineers = 2"))
    assert_clean(one)
    assert {event.subject for event in one.events("engineer.started")} == {"engineer-1", "engineer-2"}, one
    assert len(one.events("engineer.started")) == len({event.data["incident"] for event in one.events("engineer.started")}), one


def test_a_lost_window_goes_before_a_printer_of_slips() -> None:
    """While the engineer is busy, a cutter jam comes first and a lost window second; the window is served first."""
    slips = fault("window-2.thermal-printer", "cutter-jam", at="+10 s")
    busy = fault("window-3.tube-dispenser", "tube-jam", at="+10 s")
    lost = fault("window-1.label-printer", "print-head-dead-dots", at="+10 s")
    one = ran(small(slips, busy, lost, windows=3, per_h="150", seed=4))
    opened = {event.data["device"]: event for event in one.events("incident.opened")}
    started = [event.data["incident"] for event in one.events("engineer.started")]
    window, printer = (opened[device].subject for device in ("window-1.label-printer", "window-2.thermal-printer"))
    assert opened["window-1.label-printer"].data["class"] == "较大" and opened["window-2.thermal-printer"].data["class"] == "一般", one
    assert started.index(window) < started.index(printer), one


def test_a_refill_is_done_once_though_it_is_asked_for_at_every_look() -> None:
    one = ran(small(windows=1, duration="100 min", per_h="50"))
    steps = [event.kind for event in one.events("alarm.raised", "consumable.low", "consumable.refilled", "alarm.cleared")]
    assert steps and steps == ["alarm.raised", "consumable.low", "consumable.refilled", "alarm.cleared"] * (len(steps) // 4), one
    assert one.events("incident.opened", "consumable.stockout") == [], one


def test_a_spare_part_that_is_not_there_leaves_the_incident_open_and_the_window_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.engines.wire.GRACE_US", 3_600_000_000)
    site = tmp_path / "no-spares.toml"
    site.write_text('schema = 1\nextends = "eight-window"\nname = "no-spares"\nstock = []\n', encoding="utf-8")
    one = ran(small(PRINTER, site=site.as_posix(), per_h="120"))
    assert [event.kind.removeprefix("incident.") for event in _of(one, "incident-0001")] == ["opened", "acknowledged", "on-site", "diagnosed", "escalated"], one
    assert "window-2" not in {event.subject for event in one.events("window.restored")}, one
    assert one.figure("patient.served") == one.figure("patient.count"), one  # the other window and the manual station served everybody


def test_a_part_that_was_used_is_named_in_the_record() -> None:
    one = ran(small(PRINTER, per_h="120"))
    assert [event.data["part"] for event in one.events("incident.restored")] == ["print-head"], one


def test_a_brief_jam_is_cleared_by_the_nurse_before_an_engineer_could_come() -> None:
    one = ran(small(fault("window-1.tube-dispenser", "brief-jam")))
    assert_clean(one)
    blocked, restored = one.events("window.blocked")[0], one.events("window.restored")[0]
    assert 40_000_000 <= restored.at_us - blocked.at_us < 60_000_000, one


def test_without_an_engineer_a_broken_window_stays_broken_and_the_others_serve() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twin.engines.wire.GRACE_US", 3_600_000_000)
        one = ran(small(PRINTER, "[staff]\nengineers = 0", per_h="90"))
    assert one.events("engineer.started") == [], one
    assert one.figure("patient.served") == one.figure("patient.count"), one
    assert one.faults[0]["recovered_at"] is None, one


def test_the_monitors_alarm_and_the_nurses_call_are_one_incident() -> None:
    one = ran(small(fault("window-1.label-printer", "silence", at="+2 min"), per_h="30", seed=6))
    devices = [event.data["device"] for event in one.events("incident.opened")]
    assert devices.count("window-1.label-printer") == 1, one


def _of(one: Ran, incident: str) -> list[Event]:
    return [event for event in one.events() if event.subject == incident and event.kind != "incident.merged"]


def _times(one: Ran, incident: str) -> dict[str, int]:
    return {event.kind.removeprefix("incident."): event.at_us for event in _of(one, incident)}


def test_a_repair_that_no_patient_waits_for_is_left_for_one_that_they_do_and_goes_on_with_the_same_part() -> None:
    battery = fault("ups-room", "battery-worn", at="+2 min")
    jam = fault("window-1.tube-dispenser", "tube-jam", at="+15 min")
    one = ran(small(battery, jam, site="eight-window-full", duration="40 min"))
    assert_clean(one)
    opened = {event.data["device"]: event.subject for event in one.events("incident.opened")}
    closed = [event.subject for event in one.events("incident.closed")]
    assert closed.index(opened["window-1.tube-dispenser"]) < closed.index(opened["ups-room"]), one
    assert [event.data["item"] for event in one.events("spare.issued")] == ["ups-battery"], one

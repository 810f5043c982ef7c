"""The injector tells nobody: what a fault does not do to bytes or things, nobody sees, and the run fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import twin.engines.wire
from caixue.events import Event
from caixue.opening import WINDOW_KINDS
from tests.twin.small_scenarios import Ran, assert_clean, assert_fails, fault, in_order, never_fired, never_seen, ran, small
from twin.devices.base import DeviceModel
from twin.faults.catalogue import catalogue
from twin.faults.injector import FaultRecord
from twin.line import Disturbance
from twin.position import Position
from twin.scenario_model import Fault as FaultLine

# The faults of the shipped scenarios, each alone in a small room: kind → its table.
SHIPPED = {
    "print-head-dead-dots": fault("window-1.label-printer", "print-head-dead-dots"),
    "lane-empty": fault("window-1.tube-dispenser", "lane-empty", lane=5),
    "tube-jam": fault("window-1.tube-dispenser", "tube-jam"),
    "bad-crc": fault("link:window-1.tube-dispenser", "bad-crc", end='for = "10 min"', every=7),
    "power-cycle-mid-label": fault("window-1.label-printer", "power-cycle-mid-label", reprint=True),
    "wrong-rack": fault("window-1.tube-dispenser", "wrong-rack", lane=3, loaded="citrate-blue"),
    "stale-reply": fault("window-1.barcode-scanner", "stale-reply"),
    "out-of-service": fault("window-1", "out-of-service"),
}
SHORT = ("duration=30 min", "fault.0.at=+3 min", "fault.1.at=+6 min", "fault.2.at=+9 min", "fault.3.at=+12 min")
SCENARIOS = {"peak-monday": (*SHORT, "staff.nurses={'07:00-13:00'=8}"), "wrong-label-day": SHORT}
# What this small room has, and every fault of it that a driver does not swallow. A dirty scanner is seen and not repaired:
# what cannot be read is blamed on the printer.
LINK_KINDS = ("bad-crc", "corrupt", "dropped-byte", "noise", "lost-reply", "latency", "silence")
ROOM_FAULTS = [
    key
    for key in catalogue()
    if (key[0] in (*WINDOW_KINDS, "window") and key[1] != "scanner-blind") or (key[0] == "link" and key[1] in LINK_KINDS)
]
DETAIL: dict[str, dict[str, Any]] = {
    "corrupt": {"probability": 0.05},
    "dropped-byte": {"probability": 0.05},
    "noise": {"probability": 0.05},
    "lost-reply": {"every": 10},
    "latency": {"delay": "700 ms"},
}


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose faults nobody repairs ends ten minutes after its last arrival."""
    monkeypatch.setattr(twin.engines.wire, "GRACE_US", 600_000_000)


@pytest.fixture
def no_effect(monkeypatch: pytest.MonkeyPatch, short_grace: None) -> None:
    """Faults still say that they fired, and change neither a thing nor a byte."""
    monkeypatch.setattr(DeviceModel, "begin", lambda model, symptom, **detail: model.effect(symptom))
    monkeypatch.setattr(DeviceModel, "end", lambda model, symptom: None)
    monkeypatch.setattr(Position, "stop", lambda position, reason: None)
    monkeypatch.setattr(Position, "resume", lambda position, **how: None)
    monkeypatch.setattr("twin.faults.injector.disturbance", _harmless)


def _harmless(kind: str, dice: object, fired: Callable[[], None], **detail: object) -> Disturbance:
    def disturb(data: bytes) -> list[tuple[int, bytes]]:
        fired()
        return [(0, data)]

    return disturb


@pytest.mark.parametrize("kind", SHIPPED)
def test_a_fault_is_seen_and_repaired_by_what_it_does(kind: str) -> None:
    one = _room(SHIPPED[kind])
    assert_clean(one)
    assert in_order(one.faults[0]), f"{one.faults} in{one!r}"


@pytest.mark.parametrize("kind", SHIPPED)
def test_without_its_effect_nobody_sees_the_fault_and_the_run_fails(kind: str, no_effect: None) -> None:
    one = _room(SHIPPED[kind])
    assert_fails(one, never_seen(one.faults[0]["name"]))
    assert one.events("incident.opened", "window.blocked") == [], one


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_shipped_day_fails_for_each_fault_whose_effect_is_taken_away(scenario: str, no_effect: None) -> None:
    one = ran(scenario, *SCENARIOS[scenario])
    assert_fails(one, *(never_seen(times["name"]) for times in one.faults))
    assert len(one.faults) == 4, one


def test_a_lane_that_runs_low_by_itself_is_no_sign_of_a_jam_that_is_not_there(no_effect: None) -> None:
    """By the end of a morning every dispenser has reported a low lane; that must not pass for having seen the fault."""
    one = ran(small(SHIPPED["tube-jam"], windows=1, duration="100 min", per_h="50"))
    assert "lane-low" in [event.data["alarm"] for event in one.events("alarm.raised")], one
    assert_fails(one, never_seen(one.faults[0]["name"]))


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(fault("link:window-2.tube-dispenser", "bad-crc", end='for = "5 min"', every=100_000), id="every 100,000th reply"),
        pytest.param(fault("window-2.tube-dispenser", "wrong-rack", lane=2, loaded="edta-purple"), id="a lane that nobody needs"),
        pytest.param(fault("window-1.label-printer", "print-head-dead-dots"), id="a closed window's printer"),
        pytest.param(fault("window-1.tube-dispenser", "tube-jam", end='for = "5 min"'), id="a closed window's dispenser, ended by itself"),
        pytest.param(fault("manual-1.label-printer", "label-jam"), id="a fallback station that nobody falls back on"),
    ],
)
def test_a_fault_that_cannot_fire_fails_the_run_and_says_so(table: str, short_grace: None) -> None:
    one = ran(small(table, duration="15 min"), "windows.open={'2'='07:00-12:00'}")
    assert_fails(one, never_fired(one.faults[0]["name"]))
    assert one.faults[0]["armed_at"] == 180 and one.faults[0]["seen_at"] is None, one


@pytest.mark.parametrize("key", ROOM_FAULTS, ids=lambda key: " ".join(key))
def test_every_fault_of_the_catalogue_fires_is_seen_and_goes_away(key: tuple[str, str]) -> None:
    device, kind = key
    one = _room(fault(_target(device, kind), kind, end=_end(device), **DETAIL.get(kind, {})))
    assert_clean(one)
    assert in_order(one.faults[0]), f"{one.faults} in{one!r}"


def test_a_fault_that_caixue_has_not_seen_has_not_recovered_either() -> None:
    key = ("tube-dispenser", "tube-jam")
    record = FaultRecord(
        "fault-1", "dispenser", catalogue()[key], FaultLine.model_validate({"at": "1 s", "device": "dispenser", "kind": "tube-jam"})
    )
    record.armed_us, record.fired_us, record.ended_us = 10, 20, 30
    for at_us, kind in ((40, "tube.picked"), (50, "device.refused"), (60, "link.timeout"), (70, "tube.picked"), (80, "label.printed")):
        record.hear(Event(0, at_us, kind, "dispenser"))
    assert (record.seen_us, record.recovered_us) == (50, 70)


def test_a_link_is_clean_again_when_its_fault_has_ended() -> None:
    one = _room(SHIPPED["bad-crc"])
    ended_us = one.events("twin.fault-ended")[0].at_us
    garbled = [event.at_us for event in one.events("link.garbled")]
    assert len(garbled) > 5 and max(garbled) < ended_us, one


def test_two_faults_of_one_device_are_told_apart() -> None:
    one = _room(fault("window-1.thermal-printer", "cover-open"), fault("window-1.thermal-printer", "paper-out", at="+12 min"))
    assert_clean(one)
    assert all(in_order(times) for times in one.faults), f"{one.faults} in{one!r}"
    assert one.faults[0]["recovered_at"] < one.faults[1]["armed_at"], one


def _target(device: str, kind: str) -> str:
    """Where this room puts a fault; noise goes to a printer, because a Modbus client reads past it."""
    if device == "link":
        return "link:window-1.label-printer" if kind == "noise" else "link:window-1.tube-dispenser"
    return "window-1" if device == "window" else f"window-1.{device}"


def _end(device: str) -> str:
    return 'for = "10 min"' if device == "link" else 'until = "repaired"'


def _room(*tables: str) -> Ran:
    return ran(small(*tables, duration="40 min", seed=2))

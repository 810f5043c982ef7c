"""C2.1: all hardware is stable; performance, state, alarms, label placement (条码贴管规范) and specimen transport speed are monitored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caixue.agent.overhearing import Overheard
from caixue.agent.report import report
from caixue.events import Event
from caixue.journal.file import FileJournal
from tests.caixue.watched_room import WatchedRoom, watched_room

HOST, SCANNER, PRINTER, BELT = "window-1.collection-host", "window-1.barcode-scanner", "window-1.label-printer", "conveyor-1"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[WatchedRoom]:
    with watched_room(tmp_path) as made:
        yield made


def readings(room: WatchedRoom, subject: str) -> dict[str, float]:
    return {each.row.reading: each.value for each in room.agent.duties.gauges.measures.values(room.now_us) if each.subject == subject}


def label(room: WatchedRoom, serial: str, *, read: bool = True) -> None:
    if read:
        room.say("label.verified", serial, device=SCANNER, printer=PRINTER)
        room.say("label.drawn", serial, patient="patient-1")
        return
    for _ in range(2):
        room.say("scan.no-read", SCANNER, serial=serial, printer=PRINTER)
    room.say("label.void", serial, reason="no-read")


def test_the_five_readings_are_there_for_every_device_that_answers(room: WatchedRoom) -> None:
    for serial in range(50):
        label(room, f"S{serial}")
    for _ in range(60):
        room.answers(HOST, took_s=0.05, state="busy")
        room.answers(BELT, took_s=0.05, commanded=200, speed=198)
        room.wait(5)
    room.say("label.received", "S7")
    room.wait(1)
    assert {"answer.p50", "answer.p95", "answer.errors"} <= readings(room, HOST).keys()  # performance
    device = next(row for row in report(room.agent, "running")["devices"] if row["name"] == HOST)
    assert device["state"] == "busy"  # state
    assert readings(room, HOST)["alarms.per_h"] == 0.0  # alarms
    assert readings(room, "window-1")["label.first-scan"] == 1.0  # label placement
    assert (readings(room, BELT)["belt.set"], readings(room, BELT)["belt.speed"]) == (200.0, 198.0)  # transport speed
    assert readings(room, "specimens")["transport.p95"] == 300.0


def test_labels_of_a_window_program_are_read_along_in_its_journal(room: WatchedRoom, tmp_path: Path) -> None:
    path = tmp_path / "window-1.jsonl"
    room.agent._overheard = (Overheard(path),)
    with FileJournal(path) as written:
        for number in range(120):
            written.append(Event(number, 0, "label.verified", f"S{number}", data={"device": SCANNER, "printer": PRINTER}))
    room.wait(2)
    assert readings(room, "window-1") == {"label.first-scan": 1.0, "label.rejects": 0.0}


def test_an_alarm_that_stands_becomes_one_incident_with_its_window_and_its_clock(room: WatchedRoom) -> None:
    room.say("alarm.raised", HOST, alarm="motor-fault")
    room.wait(9)
    assert not room.events("incident.opened")
    room.wait(60)
    (opened,) = room.events("incident.opened")
    assert (opened.data["device"], opened.data["window"], opened.data["class"], opened.actor) == (HOST, "window-1", "较大", "monitor")
    assert opened.data["deadline_us"] > opened.at_us


def test_a_device_that_falls_silent_becomes_an_incident_and_the_night_of_silence_two_entries(room: WatchedRoom) -> None:
    for _ in range(300):
        room.silent(HOST)
        room.wait(1)
    assert [event.data["symptom"] for event in room.events("incident.opened")] == ["no-answer"]
    room.say("device.recovered", HOST)
    room.wait(1)
    assert [event.kind for event in room.events("link.timeout", "device.recovered")] == ["link.timeout", "device.recovered"]


def test_labels_that_are_put_on_worse_and_worse_are_an_incident_before_anything_fails(room: WatchedRoom) -> None:
    for serial in range(200):
        label(room, f"S{serial}", read=serial % 12 != 0)
    room.wait(601)
    noted = {event.data["reading"]: event.data for event in room.events("reading.out-of-limit")}
    assert noted["label.first-scan"]["value"] < noted["label.first-scan"]["limit"] == 0.97
    assert noted["label.rejects"]["value"] > noted["label.rejects"]["limit"] == 10.0
    (opened,) = room.events("incident.opened")
    assert (opened.data["window"], opened.data["symptom"]) == ("window-1", "label-quality")
    assert not room.events("alarm.raised")


def test_a_belt_that_slows_down_is_noted_before_its_own_alarm(room: WatchedRoom) -> None:
    for _ in range(120):
        room.answers(BELT, commanded=200, speed=172)  # its own alarm comes below 160
        room.wait(5)
    (noted,) = room.events("reading.out-of-limit")
    assert (noted.subject, noted.data["reading"], noted.data["value"]) == (BELT, "belt.ratio", 0.86)


def test_specimens_that_take_long_are_noted_with_what_was_allowed(room: WatchedRoom) -> None:
    for serial in range(30):
        label(room, f"S{serial}")
    room.wait(1900, step_s=60)
    for serial in range(30):
        room.say("label.received", f"S{serial}")
    room.wait(600, step_s=60)
    (noted,) = room.events("reading.out-of-limit")
    assert noted.subject == "specimens" and noted.data["value"] > noted.data["limit"] == 1800.0 and noted.data["unit"] == "s"


def test_no_patient_and_no_label_comes_into_the_ledger(room: WatchedRoom) -> None:
    for serial in range(20):
        label(room, f"S{serial}", read=serial % 2 == 0)
    room.wait(5)
    assert not [event.kind for event in room.ledger.events() if event.kind.startswith(("label.", "scan.", "patient."))]


def test_after_a_restart_nothing_is_told_twice(room: WatchedRoom) -> None:
    room.say("alarm.raised", HOST, alarm="motor-fault")
    for serial in range(200):
        label(room, f"S{serial}", read=serial % 12 != 0)
    room.wait(601)
    before = [event.subject for event in room.events("incident.opened", "window.blocked", "reading.out-of-limit")]
    assert len(before) == 5  # two incidents, one window, two readings
    agent = room.again()
    assert set(agent.duties.gauges.out) == {("window-1", "label.first-scan"), ("window-1", "label.rejects")}
    assert agent.duties.watches[HOST].alarms == ("motor-fault",) and agent.drivers[HOST]._standing == ("motor-fault",)
    room.say("alarm.raised", HOST, alarm="motor-fault")  # a driver that did not know would say so again
    room.wait(601)
    assert [event.subject for event in room.events("incident.opened", "window.blocked", "reading.out-of-limit")] == before
    assert len(room.events("alarm.raised")) == 1


def test_an_incident_that_a_person_closed_while_the_alarm_stands_is_not_opened_again_by_a_restart(room: WatchedRoom) -> None:
    room.say("alarm.raised", HOST, alarm="motor-fault")
    room.wait(30)
    incidents = room.agent.duties.incidents
    engineer = next(person.name for person in room.site.people if person.role == "engineer")
    for state in ("acknowledged", "on-site", "diagnosed", "restored", "closed"):
        incidents.advance(incidents.named("1"), state, by=engineer)
    room.wait(30)
    room.again()
    room.wait(30)
    assert len(room.events("incident.opened")) == 1
    room.say("alarm.cleared", HOST, alarm="motor-fault")
    room.wait(5)
    room.say("alarm.raised", HOST, alarm="motor-fault")
    room.wait(30)
    assert len(room.events("incident.opened")) == 2  # a new episode


def test_while_the_mains_are_out_one_incident_stands_for_all_and_the_hospital_lets_it_go_on(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(
        'schema = 1\nextends = "eight-window"\n[[device]]\nname = "ups-1"\nkind = "ups"\nurl = "socket://127.0.0.1:1"\noptions = { feeds = ["window-1.*"] }\n',
        encoding="utf-8",
    )
    (tmp_path / "ledger").mkdir()
    with watched_room(tmp_path / "ledger", str(file)) as room:
        room.say("alarm.raised", HOST, alarm="motor-fault")
        room.wait(30)
        room.say("alarm.raised", "ups-1", alarm="on-battery")
        for device in room.site.devices:
            if device not in ("ups-1", HOST) and not device.startswith("window-1."):
                room.silent(device)
        room.wait(120)
        assert [event.data["symptom"] for event in room.events("incident.opened")] == ["motor-fault", "mains-off"]
        assert len(room.events("power.lost")) == 1
        paused = {event.subject for event in room.events("incident.paused")}
        assert paused == {event.subject for event in room.events("incident.opened")}
        room.again()  # the server's own battery ended, too
        room.wait(60)
        assert len(room.events("incident.opened")) == 2 and room.agent.duties.incidents.on_hold
        room.say("alarm.cleared", "ups-1", alarm="on-battery")
        room.wait(5)
        assert len(room.events("power.restored")) == 1
        head = next(person.name for person in room.site.people if person.role == "head")
        room.agent.duties.recorder.note("hospital.released", room.site.name, actor=head, person=head)
        assert not room.agent.duties.incidents.on_hold

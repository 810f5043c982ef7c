"""The scenario `power-cut`: an ordered shutdown before the battery ends, no doubtful label, and a start-up after the release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal.file import FileJournal, read_events
from tests.twin.small_scenarios import Ran, assert_clean, assert_fails, fault, in_order, never_seen, occupants, ran, small
from twin.mains import Mains

US, MINUTE_US = 1_000_000, 60_000_000
CUT_US, BACK_US, RELEASED_US = 75 * MINUTE_US, 100 * MINUTE_US, 105 * MINUTE_US
BATTERY_US = 15 * MINUTE_US
SHORT = ("duration=40 min", "fault.0.at=+10 min")
SEEDS = (2, 3, 4)


@pytest.fixture(scope="module")
def day() -> Ran:
    """The scenario as it ships."""
    return ran("power-cut")


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def short_day(request: pytest.FixtureRequest) -> Iterator[Ran]:
    """The same outage in a shorter morning at another seed; whether a tray is under way at the cut is chance."""
    yield ran("power-cut", *SHORT, f"seed={request.param}", "expect=[]")


def first(one: Ran, kind: str) -> Event:
    return one.events(kind)[0]


def test_the_day_passes_at_its_own_seed_and_the_cut_was_seen_and_recovered(day: Ran) -> None:
    assert_clean(day)
    assert {row.verdict for row in day.result.verdict.rows} == {"pass"}, day
    assert len(day.faults) == 1 and in_order(day.faults[0]), f"{day.faults} in{day!r}"


def test_other_seeds_survive_the_cut_too(short_day: Ran) -> None:
    assert_clean(short_day)
    assert [short_day.figure(f"label.{how}") for how in ("crossed", "duplicate", "unverified")] == [0, 0, 0], short_day


def test_the_cut_is_noticed_from_the_bytes_of_the_ups(day: Ran) -> None:
    lost = first(day, "power.lost")
    assert CUT_US < lost.at_us <= CUT_US + 30 * US and lost.data["device"] == "ups-room", day
    raised = next(event for event in day.events("alarm.raised") if event.subject == "ups-room")
    assert raised.data["alarm"] == "on-battery" and CUT_US <= raised.at_us <= lost.at_us, day


def test_the_ordered_shutdown_is_done_before_the_battery_ends(day: Ran, short_day: Ran) -> None:
    for one in (day, short_day):
        cut_us = first(one, "twin.fault-fired").at_us
        finished = first(one, "shutdown.finished")
        assert finished.data["failed"] == [] and finished.at_us < cut_us + BATTERY_US, one
        assert first(one, "shutdown.started").at_us < finished.at_us, one


def test_every_label_of_a_broken_off_tray_ends_void(day: Ran) -> None:
    created = {event.subject: event.at_us for event in day.events("label.created") if event.at_us <= CUT_US + 30 * US}
    ends = {serial: day.of_serial(serial)[-1] for serial in created}
    assert Counter(ends.values()).keys() <= {"void", "specimen.received"}, day
    broken_off = [serial for serial in created if day.of_serial(serial)[-1] == "void" and created[serial] > CUT_US - MINUTE_US]
    assert len(broken_off) >= 3, day


def test_the_label_in_print_at_the_cut_is_unknown_then_void(day: Ran) -> None:
    (unknown,) = day.events("label.unknown")
    assert CUT_US < unknown.at_us < CUT_US + 30 * US, day
    assert day.of_serial(unknown.subject) == ["created", "sent", "unknown", "void"], day


def test_nobody_is_called_in_the_dark_and_whoever_was_being_drawn_is_finished(day: Ran) -> None:
    assert not [event for event in day.events("patient.called") if CUT_US < event.at_us < RELEASED_US], day
    drawing = [event.subject for event in day.events("draw.started") if event.at_us <= CUT_US]
    bumped = {event.subject for event in day.events("patient.bumped") if event.at_us > CUT_US}
    assert bumped and not bumped.intersection(drawing), day
    assert day.figure("patient.served") + day.figure("patient.left") == day.figure("patient.count"), day
    assert [gone_us for _, _, called_us, gone_us in occupants(day) if called_us <= CUT_US < gone_us], day


def test_an_outage_is_one_incident_however_many_devices_are_silent(day: Ran) -> None:
    opened = [event for event in day.events("incident.opened") if CUT_US <= event.at_us < RELEASED_US]
    assert [(event.data["device"], event.data["symptom"], event.data["class"]) for event in opened] == [("mains", "mains-off", "重大")], day
    assert [event.kind.split(".")[1] for event in day.events() if event.subject == opened[0].subject] == [
        "opened", "paused", "acknowledged", "on-site", "diagnosed", "escalated", "resumed", "restored", "closed"
    ], day  # fmt: skip


def test_the_clock_stands_from_the_cut_to_the_release_in_a_persons_name(day: Ran) -> None:
    paused, resumed = first(day, "incident.paused"), first(day, "incident.resumed")
    assert paused.data == {"reason": "mains-or-network-of-hospital", "person": "facilities-1"}, day
    assert resumed.at_us == first(day, "hospital.released").at_us and resumed.data["person"], day
    assert day.figure("incident.repair.max") < (RELEASED_US - CUT_US) / US, day


def test_nothing_comes_back_before_the_release_though_the_mains_do(day: Ran, short_day: Ran) -> None:
    for one in (day, short_day):
        released_us = first(one, "hospital.released").at_us
        assert first(one, "power.restored").at_us < released_us, one
        cut_us = first(one, "twin.fault-fired").at_us
        assert not [event for event in one.events("window.restored", "startup.started") if cut_us < event.at_us < released_us], one


def test_all_windows_are_back_within_a_quarter_of_an_hour_of_the_release(day: Ran, short_day: Ran) -> None:
    for one in (day, short_day):
        released_us, finished = first(one, "hospital.released").at_us, first(one, "startup.finished")
        assert finished.data["failed"] == [] and finished.at_us - released_us <= BATTERY_US, one
        windows = {event.subject for event in one.events("window.restored") if event.at_us > released_us}
        assert {f"window-{number}" for number in range(1, 9)} <= windows, one


def test_tickets_and_calls_go_on_after_the_start_up(day: Ran) -> None:
    for kind in ("ticket.printed", "call.shown"):
        times = [event.at_us for event in day.events(kind)]
        assert [at_us for at_us in times if at_us < CUT_US] and [at_us for at_us in times if at_us > RELEASED_US], day
        assert not [at_us for at_us in times if CUT_US + 30 * US < at_us < RELEASED_US], day


def test_no_record_acknowledged_before_the_output_went_off_is_lost(day: Ran, tmp_path: Path) -> None:
    off_us = first(day, "shutdown.finished").at_us + MINUTE_US
    acknowledged = [event for event in day.events() if CUT_US - MINUTE_US <= event.at_us <= off_us][-150:]
    journal = FileJournal(tmp_path / "events.jsonl")  # never closed: its power goes
    for seq, event in enumerate(acknowledged):
        journal.append(replace(event, seq=seq))
    again = read_events(tmp_path / "events.jsonl")
    assert [(event.at_us, event.kind, event.subject) for event in again] == [
        (event.at_us, event.kind, event.subject) for event in acknowledged
    ]
    assert len(again) == 150


def test_a_line_that_the_power_cut_short_was_never_acknowledged_and_costs_no_other(day: Ran, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    journal = FileJournal(path)
    for seq, event in enumerate(day.events()[:20]):
        journal.append(replace(event, seq=seq))
    with path.open("ab") as file:
        file.write(b'{"seq":20,"at_us":1')
    with pytest.raises(UsageError, match="the events before it are whole"):
        read_events(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"\n") + 1])
    assert len(read_events(path)) == 20


def test_an_ups_that_says_nothing_leaves_the_cut_unseen_and_fails_the_run() -> None:
    silent = fault("ups-room", "silence", at="+1 min", end='for = "50 min"')
    cut = fault("mains", "power-off", at="+5 min", end='for = "10 min"')
    one = ran(small(silent, cut, site="eight-window-full", duration="20 min", per_h="20"))
    assert_fails(one, never_seen("mains power-off"))


def test_a_worn_battery_is_laid_down_at_once_and_in_order() -> None:
    worn = fault("ups-room", "battery-worn", at="+1 min", end='for = "50 min"')
    cut = fault("mains", "power-off", at="+5 min", end='for = "10 min"')
    one = ran(small(worn, cut, site="eight-window-full", duration="20 min", per_h="20"))
    assert_clean(one)
    assert first(one, "shutdown.finished").at_us - 5 * MINUTE_US < 2 * MINUTE_US, one


def test_a_battery_that_ends_under_load_breaks_the_promise_and_fails_the_run() -> None:
    worn = fault("ups-room", "battery-worn", at="+1 min", end='for = "50 min"', capacity=0.005)
    cut = fault("mains", "power-off", at="+5 min", end='for = "10 min"')
    one = ran(small(worn, cut, site="eight-window-full", duration="20 min", per_h="20"))
    assert_fails(one, "ordered-shutdown")


def test_a_room_without_a_ups_cannot_be_told_of_a_cut() -> None:
    with pytest.raises(UsageError, match=r"UPS|不间断电源"):
        ran(small(fault("mains", "power-off", end='for = "10 min"')))


def test_the_engineer_drops_a_long_repair_to_start_the_room_and_goes_on_with_it_afterwards() -> None:
    motor = fault("window-1.collection-host", "motor-fault", at="+5 min")
    cut = fault("mains", "power-off", at="+10 min", end='for = "12 min"')
    one = ran(small(motor, cut, site="eight-window-full", windows=3, duration="30 min", per_h="80"))
    assert_clean(one)
    started, released = first(one, "startup.started"), first(one, "hospital.released")
    assert started.at_us - released.at_us < MINUTE_US, one
    assert first(one, "startup.finished").data["failed"] == ["window-1"], one
    assert one.events("incident.restored")[-1].data["part"] == "motor" and one.events("window.restored")[-1].subject == "window-1", one


def test_a_cut_that_takes_no_power_is_never_seen_and_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Mains, "stop", lambda mains, reason, **detail: None)
    monkeypatch.setattr(Mains, "resume", lambda mains, **how: None)
    one = ran(small(fault("mains", "power-off", end='for = "10 min"'), site="eight-window-full", per_h="20"))
    assert_fails(one, never_seen("mains power-off"))


def test_a_blink_that_no_ups_tells_of_stops_the_room_only_until_the_release() -> None:
    blink = fault("mains", "power-off", at="+121 s", end='for = "1 s"', release_after="2 min")
    one = ran(small(blink, site="eight-window-full", per_h="60"))
    assert one.figure("patient.served") == one.figure("patient.count"), one
    assert len(one.events("window.restored")) >= 2 and not one.events("power.lost"), one
    assert_fails(one, never_seen("mains power-off"))

"""The power guard: when the mains are out and when not, what is laid down in which order, and that nothing comes back by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from caixue.clock import US_PER_S
from caixue.drivers.base import Driver, Reading
from caixue.drivers.call_display import CARD as DISPLAY
from caixue.drivers.card import DeviceCard
from caixue.drivers.collection_host import CARD as HOST
from caixue.drivers.queue_kiosk import CARD as KIOSK
from caixue.drivers.tube_dispenser import CARD as DISPENSER
from caixue.drivers.ups import Ups, UpsOptions
from caixue.errors import DeviceError, NotArmed, ReplyTimeout, UsageError
from caixue.ops.incidents import MAJOR, Incidents
from caixue.ops.power import PAUSE, PowerGuard, fed_by, ordered_shutdown, start_up
from caixue.site import load_site
from caixue.sla import Deadlines
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, ScriptedPort, recorder
from twin.devices.ups import UpsModel

FED = {"window-1.collection-host": HOST, "kiosk-1": KIOSK, "waiting-display": DISPLAY, "window-1.tube-dispenser": DISPENSER}


class Fed(Driver):
    """A device on the UPS that keeps what it was asked to do."""

    def __init__(self, name: str, card: DeviceCard, room: Room, said: list[tuple[str, str]]) -> None:
        self.card = card  # type: ignore[misc]
        super().__init__(name, ScriptedPort((), room.clock), room.clock, room.recorder)
        self.said = said
        self.broken = False

    def status(self) -> Reading:
        if self.broken:
            raise ReplyTimeout("no reply", device=self.name)
        self.said.append((self.name, "status"))
        return self._keep("ready", (), {})

    def clear(self) -> None:
        self.said.append((self.name, "clear"))

    def show(self, row: int, text: str) -> None:
        self.said.append((self.name, f"show {row}"))


class Room:
    """A guard over a UPS model, with two witnesses on the mains and four devices on the UPS."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.recorder, self.notes = recorder(self.clock)
        self.incidents = Incidents(self.recorder, self.clock, Deadlines.of(load_site("eight-window")))
        self.model = UpsModel("ups-room")
        self.ups = Ups("ups-room", LoopPort(self.model, self.clock), self.clock, self.recorder)
        self.said: list[tuple[str, str]] = []
        self.fed = [Fed(name, card, self, self.said) for name, card in FED.items()]
        self.witnesses = [Fed(f"window-{number}.barcode-scanner", replace(HOST, kind="barcode-scanner"), self, []) for number in (1, 2)]
        self.guard = PowerGuard(
            self.ups,
            UpsOptions(),
            self.clock,
            self.incidents,
            fed=self.fed,
            witnesses=self.witnesses,
            windows_lost=lambda _: 8,
            refill=lambda *_: None,
        )

        keep = self.notes.append
        self.notes.append = lambda event: (keep(event), self.guard.on_event(event))[0]  # type: ignore[method-assign]

    def cut(self) -> None:
        """The mains fail."""
        self.model.mains_off()
        for witness in self.witnesses:
            witness.broken = True

    def rounds(self, minutes: float) -> None:
        """The guard makes its rounds for so long."""
        end_us = self.clock.now_us + round(minutes * 60 * US_PER_S)
        while self.clock.now_us < end_us:
            self.guard.round()
            self.clock.sleep(5)

    def noted(self, prefix: str) -> list[str]:
        return [kind for kind in self.notes.kinds if kind.startswith(prefix)]


@pytest.fixture
def room() -> Room:
    return Room()


def test_on_mains_nothing_happens(room: Room) -> None:
    room.rounds(10)
    assert room.notes.events == [] and room.said == []


def test_a_cut_is_one_incident_of_the_highest_class_and_its_clock_stands(room: Room) -> None:
    room.cut()
    room.rounds(1)
    (incident,) = room.incidents.open.values()
    assert (incident.device, incident.symptom, incident.severity) == ("mains", "mains-off", MAJOR)
    assert incident.paused_since_us is not None
    paused = next(event for event in room.notes.events if event.kind == "incident.paused")
    assert paused.data == {"reason": PAUSE, "person": "facilities-1"}
    assert room.noted("power.") == ["power.lost"] and room.incidents.on_hold


def test_while_something_on_the_mains_answers_it_is_the_ups_alone(room: Room) -> None:
    room.model.begin_input_lost()
    room.rounds(1)
    assert room.noted("power.") == [] and not room.incidents.on_hold
    assert [(incident.device, incident.symptom) for incident in room.incidents.open.values()] == [("ups-room", "on-battery")]


def test_clocks_of_incidents_that_were_open_before_stand_too(room: Room) -> None:
    before = room.incidents.report("window-1.label-printer", "paper-jam", window="window-1", windows_lost=0, by="monitor")
    room.cut()
    room.rounds(1)
    assert before.paused_since_us is not None


def test_what_the_ups_feeds_is_laid_down_in_order_people_first_and_the_ups_last(room: Room) -> None:
    room.cut()
    room.rounds(6)
    assert room.said == [
        ("waiting-display", "show 1"),
        ("kiosk-1", "status"),
        ("window-1.tube-dispenser", "status"),
        ("window-1.collection-host", "status"),
        ("window-1.collection-host", "clear"),
    ]
    steps = [event.subject for event in room.notes.events if event.kind == "shutdown.step"]
    assert steps == ["waiting-display", "kiosk-1", "window-1.tube-dispenser", "window-1.collection-host", "ups-room"]
    assert room.noted("shutdown.")[0] == "shutdown.started" and room.noted("shutdown.")[-1] == "shutdown.finished"


def test_the_shutdown_begins_after_five_minutes_on_battery_and_ends_before_the_battery(room: Room) -> None:
    room.cut()
    cut_us = room.clock.now_us
    room.rounds(16)
    times = {event.kind: event.at_us - cut_us for event in room.notes.events}
    assert 300 * US_PER_S <= times["shutdown.started"] <= 310 * US_PER_S
    assert times["shutdown.finished"] < 15 * 60 * US_PER_S
    assert not room.model.output and not room.model.ran_flat


def test_a_low_battery_does_not_wait_for_the_five_minutes(room: Room) -> None:
    room.model.begin_battery_worn(0.15)
    room.cut()
    cut_us = room.clock.now_us
    room.rounds(2)
    started = next(event for event in room.notes.events if event.kind == "shutdown.started")
    assert started.at_us - cut_us < 60 * US_PER_S and started.data["reason"] == "battery-low"
    assert not room.model.ran_flat


def test_mains_that_come_back_in_time_stop_no_device(room: Room) -> None:
    room.cut()
    room.rounds(4)
    room.model.mains_on()
    room.rounds(4)
    assert room.noted("power.") == ["power.lost", "power.restored"] and room.noted("shutdown.") == []


def test_a_device_that_fails_its_step_holds_nothing_up(room: Room) -> None:
    room.fed[1].broken = True
    room.cut()
    room.rounds(6)
    finished = next(event for event in room.notes.events if event.kind == "shutdown.finished")
    assert finished.data == {"failed": ["kiosk-1"]} and ("window-1.collection-host", "clear") in room.said


def test_a_device_that_nobody_has_armed_is_named_and_holds_nothing_up(room: Room) -> None:
    def clear() -> None:
        raise NotArmed("window-1.collection-host is not armed")

    room.fed[0].clear = clear  # type: ignore[method-assign]
    assert ordered_shutdown(room.ups, room.fed, room.clock, room.recorder, reason="drill") == ("window-1.collection-host",)
    assert [event.subject for event in room.notes.events if event.kind == "shutdown.step"][-1] == "ups-room"


def test_a_device_that_never_rests_is_given_up_and_named(room: Room) -> None:
    busy = room.fed[3]
    busy.status = lambda: Reading(busy.name, 0, "busy", (), {})  # type: ignore[method-assign]
    assert ordered_shutdown(room.ups, [busy], room.clock, room.recorder, reason="drill") == ("window-1.tube-dispenser",)


def test_the_return_of_the_mains_starts_nothing_and_no_clock(room: Room) -> None:
    room.cut()
    room.rounds(2)
    room.model.mains_on()
    for witness in room.witnesses:
        witness.broken = False
    room.rounds(10)
    assert room.noted("startup.") == [] and room.incidents.on_hold
    assert room.incidents.open["mains"].paused_since_us is not None


def test_the_release_lets_all_clocks_run_in_a_persons_name(room: Room) -> None:
    room.cut()
    room.rounds(2)
    room.guard.released("eight-window", "head-of-department")
    resumed = [event.data["person"] for event in room.notes.events if event.kind == "incident.resumed"]
    assert resumed == ["head-of-department"] and room.incidents.open["mains"].paused_since_us is None
    room.guard.back()
    assert not room.incidents.on_hold


class Window:
    """A window that starts, or does not."""

    def __init__(self, error: DeviceError | None = None) -> None:
        self.error = error

    def restart(self) -> None:
        if self.error is not None:
            raise self.error


def test_a_start_up_goes_window_by_window_and_names_those_that_do_not_come(room: Room) -> None:
    wrong = DeviceError("motor fault", device="window-2.collection-host", alarm="motor-fault")
    told: list[tuple[str, object]] = []
    back: Callable[[str, object], None] = lambda name, error: told.append((name, error))  # noqa: E731
    stations = {"window-1": Window(), "window-2": Window(wrong), "window-3": Window()}
    assert start_up("here", stations, room.fed[:1], room.clock, room.recorder, back) == ("window-2",)  # type: ignore[arg-type]
    assert told == [("window-1", None), ("window-2", wrong), ("window-3", None)]
    assert room.said == [("window-1.collection-host", "status")]
    assert room.noted("startup.") == ["startup.started", "startup.finished"]


def test_a_name_that_the_ups_cannot_feed_is_refused_with_the_nearest() -> None:
    site = load_site("eight-window-full")
    assert "kiosk-1" in fed_by(site, "ups-room") and "window-1.label-printer" not in fed_by(site, "ups-room")
    ups = replace(site.devices["ups-room"], options={"feeds": ["kiosk-9"]})
    with pytest.raises(UsageError, match="kiosk-9"):
        fed_by(replace(site, devices={**site.devices, "ups-room": ups}), "ups-room")

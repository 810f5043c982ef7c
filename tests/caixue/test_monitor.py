"""The monitor: what a Watch concludes from the journal, and what the rounds do with it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.drivers.base import Driver, Reading
from caixue.drivers.card import DeviceCard
from caixue.errors import GarbledReply, ReplyTimeout
from caixue.events import Event
from caixue.ops.incidents import Incidents
from caixue.ops.monitor import DEBOUNCE_US, NOISY_COUNT, NOISY_WITHIN_US, NURSE_CLEARS_WITHIN_US, Alert, Monitor, Watch
from caixue.site import load_site
from caixue.sla import Deadlines
from tests.caixue.scripted import FakeClock, ScriptedPort, recorder

S = 1_000_000


def hear(watch: Watch, at_us: int, kind: str, alarm: str = "") -> None:
    """Let the watch take one event of its device."""
    watch.add(Event(0, at_us, kind, watch.device, data={"alarm": alarm} if alarm else {}))


def told(watch: Watch, now_us: int) -> list[str]:
    """The symptoms of the new alerts."""
    return [alert.symptom for alert in watch.alerts(now_us)]


@pytest.fixture
def watch() -> Watch:
    return Watch("printer")


def test_an_alarm_is_told_when_the_debounce_time_is_over_and_not_before(watch: Watch) -> None:
    hear(watch, 5 * S, "alarm.raised", "paper-out")
    assert watch.alerts(5 * S + DEBOUNCE_US - 1) == []
    assert watch.alerts(5 * S + DEBOUNCE_US) == [Alert("printer", "paper-out", 5 * S)]


def test_an_alarm_that_clears_in_time_is_never_told(watch: Watch) -> None:
    hear(watch, 5 * S, "alarm.raised", "tube-jam")
    hear(watch, 5 * S + DEBOUNCE_US - 1, "alarm.cleared", "tube-jam")
    assert told(watch, 100 * S) == []


def test_an_alarm_is_told_once_an_episode(watch: Watch) -> None:
    hear(watch, 0, "alarm.raised", "paper-out")
    assert told(watch, 20 * S) == ["paper-out"]
    assert told(watch, 50 * S) == []
    hear(watch, 60 * S, "alarm.cleared", "paper-out")
    hear(watch, 70 * S, "alarm.raised", "paper-out")
    assert watch.alerts(90 * S) == [Alert("printer", "paper-out", 70 * S)]


def test_an_alarm_raised_again_while_it_is_up_keeps_its_first_time(watch: Watch) -> None:
    hear(watch, 0, "alarm.raised", "paper-out")
    hear(watch, 9 * S, "alarm.raised", "paper-out")
    assert watch.alerts(DEBOUNCE_US) == [Alert("printer", "paper-out", 0)]


def test_two_alarms_are_two_alerts(watch: Watch) -> None:
    hear(watch, 0, "alarm.raised", "paper-out")
    hear(watch, 5 * S, "alarm.raised", "head-open")
    assert told(watch, 10 * S) == ["paper-out"] and told(watch, 15 * S) == ["head-open"]


@pytest.mark.parametrize("kind", ["link.timeout", "link.lost"])
def test_a_device_that_stays_silent_is_told_from_its_first_missing_answer(watch: Watch, kind: str) -> None:
    hear(watch, 2 * S, kind)
    hear(watch, 8 * S, kind)
    assert watch.alerts(2 * S + DEBOUNCE_US) == [Alert("printer", "no-answer", 2 * S)]
    assert told(watch, 60 * S) == []


def test_a_device_that_answers_again_in_time_is_never_told_and_later_silence_is_a_new_episode(watch: Watch) -> None:
    hear(watch, 0, "link.timeout")
    hear(watch, 5 * S, "device.recovered")
    assert told(watch, 30 * S) == []
    hear(watch, 40 * S, "link.timeout")
    assert watch.alerts(50 * S) == [Alert("printer", "no-answer", 40 * S)]
    hear(watch, 60 * S, "device.recovered")
    hear(watch, 70 * S, "link.timeout")
    assert watch.alerts(80 * S) == [Alert("printer", "no-answer", 70 * S)]


def test_eight_garbled_replies_within_ten_minutes_are_a_noisy_link(watch: Watch) -> None:
    for number in range(NOISY_COUNT - 1):
        hear(watch, number * 60 * S, "link.garbled")
    assert told(watch, 420 * S) == []
    hear(watch, 420 * S, "link.garbled")
    assert watch.alerts(421 * S) == [Alert("printer", "link-noisy", 0)]
    assert told(watch, 500 * S) == []


def test_garbled_replies_that_come_now_and_then_are_no_noisy_link(watch: Watch) -> None:
    for number in range(50):
        hear(watch, number * 90 * S, "link.garbled")
        assert told(watch, number * 90 * S) == []


def test_a_link_that_was_clean_for_a_while_and_is_noisy_again_is_told_again(watch: Watch) -> None:
    for number in range(NOISY_COUNT):
        hear(watch, number * S, "link.garbled")
    assert told(watch, 10 * S) == ["link-noisy"]
    assert told(watch, 10 * S + NOISY_WITHIN_US) == []
    for number in range(NOISY_COUNT):
        hear(watch, 2000 * S + number * S, "link.garbled")
    assert told(watch, 2010 * S) == ["link-noisy"]


def test_a_jam_is_the_nurses_for_a_minute_and_then_the_engineers(watch: Watch) -> None:
    hear(watch, 0, "alarm.raised", "tube-jam")
    assert told(watch, NURSE_CLEARS_WITHIN_US - 1) == []
    assert told(watch, NURSE_CLEARS_WITHIN_US) == ["tube-jam"]


def test_other_events_of_the_device_mean_nothing(watch: Watch) -> None:
    for kind in ("device.refused", "tube.picked", "consumable.low", "receipt.printed", "scan.no-read"):
        hear(watch, 0, kind)
    assert told(watch, 1000 * S) == []


STEPS = st.tuples(st.integers(0, 15), st.sampled_from(("alarm.raised", "alarm.cleared", "link.timeout", "device.recovered", "look")))


@given(st.lists(STEPS, max_size=40))
def test_nothing_is_told_twice_an_episode_and_nothing_that_lasts_is_missed(steps: list[tuple[int, str]]) -> None:
    watch, now_us = Watch("printer"), 0
    since: dict[str, int | None] = {"paper-out": None, "no-answer": None}
    known: dict[str, bool] = {"paper-out": False, "no-answer": False}
    for wait_s, kind in steps:
        now_us += wait_s * S
        symptom = "paper-out" if kind.startswith("alarm") else "no-answer"
        if kind == "look":
            for alert in watch.alerts(now_us):
                assert since[alert.symptom] == alert.since_us and now_us - alert.since_us >= DEBOUNCE_US
                assert not known[alert.symptom]
                known[alert.symptom] = True
            assert all(known[name] for name, start in since.items() if start is not None and now_us - start >= DEBOUNCE_US)
            continue
        hear(watch, now_us, kind, "paper-out" if symptom == "paper-out" else "")
        if kind in ("alarm.raised", "link.timeout"):
            since[symptom] = now_us if since[symptom] is None else since[symptom]
        else:
            since[symptom], known[symptom] = None, False


class Gauge(Driver):
    """A device whose answers a test chooses: alarms that are up, or an error."""

    card = DeviceCard("gauge", "表", "gauge", "none", 9600, 1.0, "test", poll_s=30.0)
    alarms: tuple[str, ...] = ()
    error: Exception | None = None
    asked = 0

    def status(self) -> Reading:
        self.asked += 1
        self.clock.sleep(0.01)
        if isinstance(self.error, (ReplyTimeout, GarbledReply)):
            self._trouble(self.error)
            raise self.error
        return self._keep("fault" if self.alarms else "ready", self.alarms, {})


class Room:
    """A window with two devices, a monitor, and what came of it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.recorder, self.notes = recorder(self.clock)
        self.gauges = [Gauge(f"window-1.gauge-{number}", ScriptedPort(clock=self.clock), self.clock, self.recorder) for number in (1, 2)]
        self.refills: list[tuple[str, str]] = []
        self.lost = 0
        self.incidents = Incidents(self.recorder, self.clock, Deadlines.of(load_site("eight-window")))
        self.monitor = Monitor(
            "window-1",
            self.gauges,
            self.clock,
            self.incidents,
            windows_lost=lambda window: self.lost,
            refill=lambda device, item: self.refills.append((device, item)),
        )
        self._heard = 0

    def rounds(self, count: int) -> None:
        """So many rounds, 30 s apart, each followed by what the journal got from it."""
        for _ in range(count):
            self.monitor.round()
            self.clock.sleep(30)
            for event in self.notes.events[self._heard :]:
                self.monitor.on_event(event)
            self._heard = len(self.notes.events)

    @property
    def opened(self) -> list[tuple[str, str, str]]:
        """Device, symptom and class of every incident."""
        return [
            (event.data["device"], event.data["symptom"], event.data["class"])
            for event in self.notes.events
            if event.kind == "incident.opened"
        ]


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_healthy_window_is_read_every_round_and_nothing_is_journaled(room: Room) -> None:
    room.rounds(10)
    assert [gauge.asked for gauge in room.gauges] == [10, 10] and room.notes.events == []


def test_an_alarm_that_stays_becomes_one_incident(room: Room) -> None:
    room.gauges[0].alarms = ("motor-fault",)
    room.rounds(5)
    assert room.opened == [("window-1.gauge-1", "motor-fault", "一般")]


def test_an_incident_knows_whether_the_window_is_lost_when_it_opens(room: Room) -> None:
    room.gauges[0].alarms, room.lost = ("motor-fault",), 1
    room.rounds(5)
    assert room.opened == [("window-1.gauge-1", "motor-fault", "较大")]


def test_the_incident_of_an_alarm_occurred_when_the_alarm_came_up(room: Room) -> None:
    room.rounds(2)
    room.gauges[1].alarms = ("motor-fault",)
    room.rounds(3)
    raised = next(event.at_us for event in room.notes.events if event.kind == "alarm.raised")
    opened = next(event for event in room.notes.events if event.kind == "incident.opened")
    assert opened.data["occurred_us"] == raised and opened.data["detected_us"] >= raised + DEBOUNCE_US


@pytest.mark.parametrize("symptom", ["lane-low", "paper-near-end"])
def test_what_runs_low_is_a_refill_and_no_incident(room: Room, symptom: str) -> None:
    room.gauges[0].alarms = (symptom,)
    room.rounds(5)
    assert room.refills == [("window-1.gauge-1", symptom)] and room.opened == []


def test_a_lane_that_is_empty_is_both(room: Room) -> None:
    room.gauges[0].alarms = ("lane-empty",)
    room.rounds(5)
    assert room.refills == [("window-1.gauge-1", "lane-empty")]
    assert room.opened == [("window-1.gauge-1", "lane-empty", "一般")]


def test_a_silent_device_is_an_incident_and_the_others_are_still_read(room: Room) -> None:
    room.gauges[0].error = ReplyTimeout("no reply", device="window-1.gauge-1")
    room.rounds(4)
    assert room.opened == [("window-1.gauge-1", "no-answer", "一般")]
    assert room.gauges[1].asked == 4


def test_a_device_that_answers_in_garbles_is_a_noisy_link(room: Room) -> None:
    room.gauges[0].error = GarbledReply("nonsense", device="window-1.gauge-1")
    room.rounds(NOISY_COUNT + 2)
    assert room.opened == [("window-1.gauge-1", "link-noisy", "一般")]


def test_events_of_other_windows_are_not_this_monitors(room: Room) -> None:
    room.monitor.on_event(Event(0, 0, "alarm.raised", "window-2.gauge-1", data={"alarm": "motor-fault"}))
    room.rounds(3)
    assert room.opened == []


def test_rounds_keep_their_interval_however_long_the_reading_takes() -> None:
    room = Room()
    starts: list[int] = []
    status = Gauge.status

    def slow(gauge: Gauge) -> Reading:
        if gauge is room.gauges[0]:
            starts.append(room.clock.now_us)
        gauge.clock.sleep(7)
        return status(gauge)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gauge, "status", slow)
        room.monitor.run(5.0, 30.0, lambda: room.clock.now_us > 200 * S)
    assert [(after - before) // S for before, after in itertools.pairwise(starts)] == [30] * (len(starts) - 1) and starts[0] == 5 * S

"""The five readings of C2.1 and their limits: what is measured, when it is too much, and that a restart forgets no limit that was passed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.drivers.base import Reading
from caixue.drivers.card import DeviceCard
from caixue.drivers.conveyor import CARD as CONVEYOR
from caixue.events import Event
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.opening import driver_classes
from caixue.ops.gauges import CHECK_EVERY_US, NOTE_EVERY_US, Gauges
from caixue.ops.readings import SPECIMENS, Answer, Measures, Value, percentile
from caixue.ops.thresholds import HOUR_US, THRESHOLDS
from tests.caixue.scripted import FakeClock

S = 1_000_000
CARD = DeviceCard("label-printer", "标签打印机", "label printer", "TSPL", 19200, 0.5, "test")
SCANNER = DeviceCard("barcode-scanner", "扫描器", "scanner", "lines", 9600, 0.6, "test")


def measures() -> Measures:
    cards = {"printer": CARD, "scanner": SCANNER, "belt": CONVEYOR}
    return Measures(cards, {"printer": "window-1", "scanner": "window-1", "belt": ""})


def answer(device: str = "printer", at_us: int = 0, took_s: float = 0.1, state: str = "ready", **values: float) -> Answer:
    return Answer(device, at_us, int(took_s * S), Reading(device, at_us, state, (), values))


def silence(at_us: int, device: str = "printer") -> Answer:
    return Answer(device, at_us, 500_000, None)


def label(of: Measures, number: int, *scans: str, at_us: int = 0) -> None:
    """One label's life at the scanner: "no-read", "mismatch" or "ok" for each look."""
    serial = f"S{number}"
    for scan in scans:
        kind = "label.verified" if scan == "ok" else f"scan.{scan}"
        data = {"device": "scanner", "printer": "printer"} if scan == "ok" else {"serial": serial, "printer": "printer"}
        of.hear(Event(0, at_us, kind, serial if scan == "ok" else "scanner", data=data))
    if scans[-1] != "ok":
        of.hear(Event(0, at_us, "label.void", serial, data={"reason": scans[-1]}))


def value(of: Measures, subject: str, reading: str, now_us: int = 0) -> Value:
    return next(each for each in of.values(now_us) if (each.subject, each.row.reading) == (subject, reading))


# What is measured.


def test_answer_times_are_nearest_rank_over_the_last_hour() -> None:
    of = measures()
    of.answered(answer(at_us=0, took_s=9.0))  # too old soon
    for number in range(100):
        of.answered(answer(at_us=HOUR_US // 2 + number, took_s=(number + 1) / 1000))
    now_us = HOUR_US + 1
    assert value(of, "printer", "answer.p50", now_us).value == 0.05
    assert value(of, "printer", "answer.p95", now_us).value == 0.095
    assert value(of, "printer", "answer.p95", now_us).count == 100


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=50), st.integers(1, 100))
def test_a_percentile_is_a_sample_that_so_many_do_not_exceed(samples: list[int], percent: int) -> None:
    found = percentile(samples, percent)
    assert found in samples
    assert 100 * sum(each <= found for each in samples) >= percent * len(samples)
    assert 100 * sum(each < found for each in samples) < percent * len(samples)


def test_failures_fault_time_jobs_and_alarms_are_counted() -> None:
    of = measures()
    for second in range(10):
        of.answered(silence(second) if second < 2 else answer(at_us=second, state="fault" if second < 6 else "ready"))
    of.hear(Event(0, 5, "alarm.raised", "printer", data={"alarm": "paper-out"}))
    of.hear(Event(0, 6, "label.printed", "S1", data={"device": "printer"}))
    of.hear(Event(0, 6, "alarm.raised", "somebody else's", data={"alarm": "paper-out"}))
    assert value(of, "printer", "answer.errors").value == 0.2
    assert value(of, "printer", "state.fault").value == 0.5
    assert value(of, "printer", "alarms.per_h").value == 1.0
    assert value(of, "printer", "jobs.per_h").value == 1.0


def test_labels_are_read_at_once_on_a_second_look_or_their_tubes_are_sent_away() -> None:
    of = measures()
    for number in range(7):
        label(of, number, "ok")
    label(of, 7, "no-read", "ok")
    label(of, 8, "no-read", "no-read")
    label(of, 9, "mismatch")
    of.hear(Event(0, 0, "label.void", "S99", data={"reason": "patient-left"}))  # says nothing of how it was put on
    assert value(of, "window-1", "label.first-scan").value == 0.7
    assert value(of, "window-1", "label.rejects").value == 200.0
    assert value(of, "window-1", "label.rejects").count == 10


def test_the_belts_speed_is_told_as_set_and_as_measured() -> None:
    of = measures()
    of.answered(answer("belt", commanded=200, speed=170))
    told = {each.row.reading: each.value for each in of.values(0) if each.subject == "belt"}
    assert (told["belt.set"], told["belt.speed"], told["belt.ratio"]) == (200.0, 170.0, 0.85)
    of.answered(answer("belt", at_us=1, commanded=0, speed=0))  # a belt that shall stand is not slow
    assert value(of, "belt", "belt.ratio").count == 1


def test_transport_runs_from_the_draw_or_else_from_the_hand_over() -> None:
    of = measures()
    for serial, drawn in (("S1", True), ("S2", False), ("S3", True)):
        of.hear(Event(0, 0, "label.handed-over", serial))
        if drawn:
            of.hear(Event(0, 60 * S, "label.drawn", serial))
    of.hear(Event(0, 100 * S, "label.void", "S3", data={"reason": "x"}))
    for serial in ("S1", "S2", "S3", "S4"):
        of.hear(Event(0, 600 * S, "label.received", serial))
    assert (value(of, SPECIMENS, "transport.p95", 600 * S).value, value(of, SPECIMENS, "transport.p95", 600 * S).count) == (600.0, 2)


def test_a_position_is_known_only_where_a_device_tells_one() -> None:
    of = measures()
    of.answered(answer("scanner"))
    assert not [each for each in of.values(0) if each.row.reading == "label.offset"]
    of.answered(answer("scanner", label_offset_mm=-1.5))
    assert value(of, "scanner", "label.offset").value == 1.5


# Their limits.


@pytest.mark.parametrize("row", THRESHOLDS.values(), ids=THRESHOLDS)
def test_every_limit_has_a_source_and_a_good_side(row: Any) -> None:
    assert row.clause == "C2.1" and row.zh and row.en and row.unit
    if row.limit is not None:
        assert row.source and row.least >= 1
        assert row.good < row.limit if row.worse == "above" else row.good > row.limit
        assert row.exceeded(row.limit + (1 if row.worse == "above" else -1), CARD)
        assert not row.exceeded(row.limit_on(CARD) or 0.0, CARD)  # on the limit is still good


def test_every_card_gives_the_limits_that_are_shares_of_it() -> None:
    for driver in driver_classes().values():
        for row in THRESHOLDS.values():
            assert row.limit is None or (row.limit_on(driver.card) or 0) > 0


class Bench:
    """Gauges over a journal in memory."""

    def __init__(self) -> None:
        self.journal, self.clock = MemoryJournal(), FakeClock()
        self.reported: list[str] = []
        self.gauges = Gauges(Recorder(self.journal, self.clock), measures(), lambda value, since_us: self.reported.append(value.subject))
        self.journal.subscribe(self.gauges.hear)

    def minutes(self, first: int, last: int, took_s: float) -> None:
        for minute in range(first, last):
            self.clock.now_us = minute * 60 * S
            self.gauges.measures.answered(answer(at_us=self.clock.now_us, took_s=took_s))
            self.gauges.check(self.clock.now_us)

    @property
    def noted(self) -> list[tuple[str, str, str]]:
        return [(event.kind, event.subject, event.data["reading"]) for event in self.journal.events if event.kind.startswith("reading")]


def test_answers_that_grow_slow_are_noted_once_before_any_is_lost_and_again_when_they_are_good() -> None:
    bench = Bench()
    bench.minutes(0, 40, took_s=0.1)
    assert bench.noted == []
    bench.minutes(40, 120, took_s=0.45)  # the card gives up after 0.5 s
    assert bench.noted == [("reading.out-of-limit", "printer", "answer.p95")]
    event = next(event for event in bench.journal.events if event.kind == "reading.out-of-limit")
    assert event.data == {"reading": "answer.p95", "value": 0.45, "limit": 0.4, "unit": "s"} and event.actor == "monitor"
    bench.minutes(120, 240, took_s=0.1)
    assert bench.noted[1:] == [("reading.noted", "printer", "answer.p95")]
    assert not bench.gauges.out and not bench.reported


def test_between_the_limit_and_the_good_side_nothing_changes() -> None:
    bench = Bench()
    bench.minutes(0, 60, took_s=0.45)
    bench.minutes(60, 180, took_s=0.35)
    assert len(bench.noted) == 1


def test_a_few_samples_say_nothing() -> None:
    bench = Bench()
    bench.minutes(0, THRESHOLDS["answer.p95"].least - 1, took_s=0.45)
    assert bench.noted == []


def test_poor_labels_open_an_incident_of_their_window() -> None:
    bench = Bench()
    for number in range(200):
        label(bench.gauges.measures, number, *(("no-read", "no-read") if number % 20 == 0 else ("ok",)))
    bench.gauges.check(CHECK_EVERY_US)
    assert {row[2] for row in bench.noted} == {"label.first-scan", "label.rejects"}
    assert set(bench.reported) == {"window-1"}


def test_every_four_hours_all_readings_are_noted_at_one_instant() -> None:
    bench = Bench()
    bench.gauges.measures.answered(answer(at_us=NOTE_EVERY_US))
    for now_us in (0, NOTE_EVERY_US - 1, NOTE_EVERY_US, NOTE_EVERY_US + 1):
        bench.clock.now_us = now_us
        bench.gauges.note_now_and_then(now_us)
    assert {event.at_us for event in bench.journal.events} == {NOTE_EVERY_US}
    assert "answer.p50" in {row[2] for row in bench.noted}


@given(st.lists(st.tuples(st.sampled_from([0.05, 0.35, 0.45]), st.integers(1, 90)), max_size=6))
def test_what_is_out_of_limit_is_known_from_the_events_alone(stretches: list[tuple[float, int]]) -> None:
    bench, minute = Bench(), 0
    for took_s, length in stretches:
        bench.minutes(minute, minute + length, took_s)
        minute += length
    again = Gauges(Recorder(MemoryJournal(), FakeClock()), measures())
    for event in bench.journal.events:
        again.hear(event)
    assert again.out == bench.gauges.out

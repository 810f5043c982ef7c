"""The UPS model through its driver: a battery that drains under load, a shutdown that comes when it was told, faults that show."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.clock import US_PER_S
from caixue.drivers.ups import CARD, Ups
from caixue.errors import ReplyTimeout
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, recorder
from twin.devices.ups import FAULTS, UpsModel

MINUTE_US = 60 * US_PER_S


class Bench:
    """A model, its driver, and what the output did: (microseconds, on)."""

    def __init__(self, piecewise: bool = False) -> None:
        self.clock = FakeClock()
        self.model = UpsModel("ups-room")
        self.port = LoopPort(self.model, self.clock, piecewise=piecewise)
        self.driver = Ups("ups-room", self.port, self.clock, recorder(self.clock)[0])
        self.output: list[tuple[int, bool]] = []
        self.model.on_output = lambda on: self.output.append((self.clock.now_us, on))

    def after(self, minutes: float) -> tuple[str, ...]:
        """The alarms that the driver sees when it is so late."""
        self.clock.advance_to(round(minutes * MINUTE_US))
        return self.driver.status().alarms


def test_on_mains_it_is_well_and_charged() -> None:
    bench = Bench()
    reading = bench.driver.status()
    assert reading.alarms == () and reading.values["battery_v"] == 2.27 and reading.values["load_percent"] == 50


def test_without_mains_the_battery_holds_a_quarter_of_an_hour_under_the_usual_load() -> None:
    bench = Bench()
    bench.model.mains_off()
    bench.clock.advance_to(14 * MINUTE_US)
    assert bench.output == [] and bench.model.on_battery
    bench.clock.advance_to(16 * MINUTE_US)
    assert bench.output == [(15 * MINUTE_US, False)] and bench.model.ran_flat


def test_half_the_load_lasts_twice_as_long() -> None:
    bench = Bench()
    bench.model.load_w /= 2
    bench.model.mains_off()
    bench.clock.advance_to(31 * MINUTE_US)
    ((ended_us, on),) = bench.output
    assert not on and abs(ended_us - 30 * MINUTE_US) <= US_PER_S


def test_the_battery_says_that_it_is_low_before_it_ends() -> None:
    bench = Bench()
    bench.model.mains_off()
    assert bench.after(1) == ("on-battery",)
    assert bench.after(13) == ("on-battery", "battery-low")


def test_a_flat_ups_is_silent_and_comes_back_with_the_mains() -> None:
    bench = Bench()
    bench.model.mains_off()
    bench.clock.advance_to(20 * MINUTE_US)
    with pytest.raises(ReplyTimeout):
        bench.driver.status()
    since_us = bench.clock.now_us
    bench.model.mains_on()
    bench.clock.advance_to(since_us + 11 * US_PER_S)
    assert bench.output[-1] == (since_us + 10 * US_PER_S, True)
    assert bench.driver.status().alarms == ("battery-low",)


def test_a_battery_charges_again_in_eight_hours() -> None:
    bench = Bench()
    bench.model.mains_off()
    bench.clock.advance_to(10 * MINUTE_US)
    bench.model.mains_on()
    bench.clock.advance_to(9 * 60 * MINUTE_US)
    assert bench.model.charge_wh == pytest.approx(bench.model.capacity_wh)
    assert bench.clock.next_timer_us() is None


def test_a_shutdown_takes_the_output_away_when_it_was_told_and_not_before() -> None:
    bench = Bench()
    bench.model.mains_off()
    bench.driver.shut_down(60)
    told_us = bench.clock.now_us
    bench.clock.advance_to(told_us + 59 * US_PER_S)
    assert bench.output == []
    bench.clock.advance_to(told_us + 61 * US_PER_S)
    assert [on for _, on in bench.output] == [False] and not bench.model.ran_flat and not bench.model.powered


def test_with_mains_a_shut_down_ups_switches_on_again_by_itself() -> None:
    bench = Bench()
    bench.driver.shut_down(12)
    bench.clock.advance_to(MINUTE_US)
    assert [on for _, on in bench.output] == [False, True]
    assert bench.driver.status().alarms == ()


def test_a_cancelled_shutdown_never_comes() -> None:
    bench = Bench()
    bench.driver.shut_down(12)
    bench.driver.cancel_shutdown()
    bench.clock.advance_to(MINUTE_US)
    assert bench.output == []


def test_a_battery_test_runs_for_ten_seconds_and_takes_a_little_charge() -> None:
    bench = Bench()
    bench.driver.test()
    bench.clock.advance_to(5 * US_PER_S)
    reading = bench.driver.status()
    assert reading.state == "busy" and reading.alarms == ()
    bench.clock.advance_to(15 * US_PER_S)
    assert bench.driver.status().state == "ready"
    assert 0 < bench.model.new_wh - bench.model.charge_wh < 4


def test_a_worn_battery_holds_its_share_and_no_longer() -> None:
    bench = Bench()
    bench.model.begin_battery_worn(0.2)
    bench.model.mains_off()
    bench.clock.advance_to(5 * MINUTE_US)
    assert bench.output == [(3 * MINUTE_US, False)]


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.kind)
def test_every_fault_shows_at_the_next_status_and_is_over_after_the_repair(row) -> None:
    bench, shown = Bench(), []
    bench.model.effects[row.symptom] = lambda: shown.append(row.kind)
    bench.model.begin(row.symptom, **row.detail)
    if row.kind == "silence":
        with pytest.raises(ReplyTimeout):
            bench.driver.status()
    else:
        assert bench.driver.status().alarms
    assert shown == [row.kind]
    bench.model.end(row.symptom)
    assert bench.driver.status().alarms == ()


def test_every_alarm_of_the_card_is_reached_by_a_fault() -> None:
    seen: set[str] = set()
    for row in FAULTS:
        bench = Bench()
        bench.model.begin(row.symptom, **row.detail)
        if row.kind != "silence":
            seen.update(bench.driver.status().alarms)
    assert seen == {alarm.name for alarm in CARD.alarms.values()}


COMMANDS = [b"Q1\r", b"F\r", b"T\r", b"C\r", b"S.2\r", b"S01\r", b"S99\r", b"I\r", b"\r", b"Q", b"1", b"\n", b"\xff\x00"]


@given(st.lists(st.sampled_from(COMMANDS), max_size=15))
@settings(max_examples=60, deadline=None)
def test_any_chunks_of_the_same_bytes_are_answered_the_same(parts: list[bytes]) -> None:
    data, said = b"".join(parts), []
    for piecewise in (False, True):
        model, answers = UpsModel("ups-room"), []
        model.send, model.call_later = lambda data, after_us=0, answers=answers: answers.append(data), lambda *_: None
        for piece in (data[at : at + 1] for at in range(len(data))) if piecewise else (data,):
            model.feed(piece)
        said.append(answers)
    assert said[0] == said[1]


def test_an_unknown_command_comes_back_as_it_is() -> None:
    bench = Bench()
    bench.port.write(b"XYZ\r")
    bench.clock.run_out()
    assert bench.port.replies[-1][1] == b"XYZ\r"

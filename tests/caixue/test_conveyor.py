"""The conveyor's driver: exchanges byte for byte, what it reports of the belt, and what it refuses to send."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from caixue.drivers.conveyor import CARD, Conveyor
from caixue.errors import DeviceError, LinkError, UsageError
from tests.caixue.modbus_bench import Bench, lose, once
from tests.caixue.scripted import ScriptedPort, recorder
from twin.devices.conveyor import ConveyorModel

# Exchanges of the open profile caixue-conveyor/1, written out: docs/assumptions.md A-80.
STATUS = "01 04 00 00 00 0C F0 0F"
# ready, last job 17 done; 200 mm/s commanded and measured, 1042 tubes in, 1030 out, eye clear, motor at 60 %
RUNNING = "01 04 18 00 00 00 00 00 11 00 11 00 01 00 C8 00 C8 04 12 04 06 00 00 00 3C 00 00 1C 41"
SLIPPING = "01 04 18 00 00 00 00 00 11 00 11 00 01 00 C8 00 50 04 12 04 06 00 00 00 3C 00 02 4A E2"  # 80 mm/s, warning bit 1
SET_150_AS_18 = "01 10 00 00 00 03 06 00 01 00 96 00 12 BB 61"
CONFIRMED = "01 10 00 00 00 03 80 08"
RUNNING_150 = "01 04 18 00 00 00 00 00 12 00 12 00 01 00 96 00 96 04 13 04 07 00 00 00 3C 00 00 56 92"
BLOCKED_18 = "01 04 18 00 02 00 01 00 12 00 12 00 02 00 96 00 00 04 13 04 07 00 00 00 B4 00 00 FF 9B"  # motor at 180 %


def scripted(*exchanges: tuple[str, str | None]) -> tuple[Conveyor, ScriptedPort, list[str]]:
    port = ScriptedPort([(bytes.fromhex(sent), None if reply is None else bytes.fromhex(reply)) for sent, reply in exchanges])
    events, notes = recorder(port.fake_clock)
    return Conveyor("conveyor-1", port, port.clock, events), port, notes


class ConveyorBench(Bench):
    """A belt of 10 m and its driver."""

    def __init__(self) -> None:
        super().__init__(ConveyorModel("device", 10_000.0), baudrate=CARD.baudrate)
        self.driver = Conveyor("device", self.port, self.world.clock, self.recorder)


@pytest.fixture
def bench() -> Iterator[ConveyorBench]:
    made = ConveyorBench()
    yield made
    made.world.close()


# Byte for byte


def test_the_status_is_these_bytes_and_holds_the_specimen_speed():
    driver, port, notes = scripted((STATUS, RUNNING))
    assert driver.specimen_speed_mm_s is None
    reading = driver.status()
    assert (reading.state, reading.alarms, driver.specimen_speed_mm_s) == ("ready", (), 200)
    assert [reading.values[name] for name in ("commanded", "entered", "left", "eye", "load")] == [200, 1042, 1030, 0, 60]
    assert port.finished and notes.kinds == []


def test_a_change_of_speed_is_these_bytes_and_is_over_when_the_card_says():
    driver, port, _ = scripted((STATUS, RUNNING), (SET_150_AS_18, CONFIRMED), (STATUS, RUNNING_150))
    driver.set_speed(150)
    assert port.finished and driver.specimen_speed_mm_s == 150
    assert port.fake_clock.sleeps == [CARD.durations_s["set-speed"]]


def test_a_blocked_belt_is_these_bytes_and_the_alarm_of_the_card():
    driver, port, notes = scripted((STATUS, RUNNING), (SET_150_AS_18, CONFIRMED), (STATUS, BLOCKED_18))
    with pytest.raises(DeviceError, match="belt blocked") as caught:
        driver.set_speed(150)
    assert (caught.value.alarm, caught.value.code, port.finished) == ("belt-blocked", 1, True)
    assert notes.kinds == ["alarm.raised", "device.refused"]


def test_a_slipping_belt_is_these_bytes_and_goes_on_working():
    driver, _, _ = scripted((STATUS, SLIPPING))
    reading = driver.status()
    assert (reading.state, reading.alarms, driver.specimen_speed_mm_s) == ("ready", ("belt-slip",), 80)
    assert "belt-slip" not in driver.blocking_alarms


def test_a_lost_confirmation_is_decided_by_reading_back_and_not_sent_again():
    driver, port, notes = scripted((STATUS, RUNNING), (SET_150_AS_18, None), (STATUS, RUNNING_150), (STATUS, RUNNING_150))
    driver.set_speed(150)
    assert port.finished and "link.timeout" in notes.kinds


def test_a_speed_that_never_reached_the_belt_is_written_again():
    driver, port, _ = scripted((STATUS, RUNNING), (SET_150_AS_18, None), (STATUS, RUNNING), (SET_150_AS_18, CONFIRMED), (STATUS, RUNNING_150))
    driver.set_speed(150)
    assert port.finished and driver.specimen_speed_mm_s == 150


# With the model at the other end of the line


@pytest.mark.parametrize("speed_mm_s", [-1, -0.001, 300.1, 70_000, math.inf, math.nan])
def test_a_speed_outside_the_cards_limits_is_a_usage_error_and_nothing_is_sent(bench: ConveyorBench, speed_mm_s: float):
    with pytest.raises(UsageError):
        bench.run(bench.driver.set_speed, speed_mm_s)
    assert bench.sent == []


@pytest.mark.parametrize("speed_mm_s", [0, 1, 149.6, 300])
def test_the_belt_runs_at_the_commanded_speed_when_the_call_returns(bench: ConveyorBench, speed_mm_s: float):
    bench.run(bench.driver.set_speed, speed_mm_s)
    assert (bench.model.speed_mm_s, bench.driver.specimen_speed_mm_s) == (round(speed_mm_s), round(speed_mm_s))


def test_a_speed_may_be_commanded_twice(bench: ConveyorBench):
    bench.run(bench.driver.set_speed, 120)
    bench.run(bench.driver.set_speed, 120)
    assert bench.model.speed_mm_s == 120


def test_a_lost_reply_changes_neither_the_speed_nor_the_number_of_jobs(bench: ConveyorBench):
    bench.run(bench.driver.set_speed, 100)
    bench.line.to_host.append(once(lose))
    bench.run(bench.driver.set_speed, 250)
    assert (bench.model.speed_mm_s, bench.model.accepted) == (250, 2)


@pytest.mark.parametrize(
    ("symptom", "detail", "alarm"),
    [("jam", {}, "belt-blocked"), ("slip", {"share": 0.4}, "belt-slip"), ("stopped", {}, "belt-stopped"), ("eye-dirty", {}, "exit-blocked")],
)
def test_every_alarm_comes_within_seconds_and_goes_with_its_cause(bench: ConveyorBench, symptom: str, detail: dict[str, float], alarm: str):
    bench.model.begin(symptom, **detail)
    bench.pass_time(5)
    assert bench.run(bench.driver.status).alarms == (alarm,)
    bench.model.end(symptom)
    assert bench.run(bench.driver.status).alarms == ()
    bench.pass_time(5)
    assert bench.run(bench.driver.status).values["speed"] == 200
    assert bench.kinds() == ["alarm.raised", "alarm.cleared"]


def test_silence_is_a_link_error(bench: ConveyorBench):
    bench.model.begin("silence")
    with pytest.raises(LinkError):
        bench.run(bench.driver.status)


def test_after_a_restart_the_belt_runs_at_the_speed_commanded_last(bench: ConveyorBench):
    bench.run(bench.driver.set_speed, 150)
    bench.model.begin("jam")
    bench.pass_time(5)
    bench.model.end("jam")
    bench.run(bench.driver.restart)
    assert (bench.model.speed_mm_s, bench.driver.reading.alarms) == (150, ())


def test_a_restart_while_the_tube_is_still_wedged_is_refused(bench: ConveyorBench):
    bench.model.begin("jam")
    bench.pass_time(5)
    with pytest.raises(DeviceError) as caught:
        bench.run(bench.driver.restart)
    assert caught.value.alarm == "belt-blocked"

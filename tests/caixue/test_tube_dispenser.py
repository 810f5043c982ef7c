"""The dispenser's driver: one exchange byte for byte, what it reports, and what it refuses to ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caixue.drivers.tube_dispenser import CARD, LANES, Picked, TubeDispenser, lanes_in
from caixue.errors import DeviceError, ReplyTimeout, UsageError
from caixue.tubes import TUBE_KINDS
from tests.caixue.modbus_bench import DispenserBench
from tests.caixue.scripted import ScriptedPort, recorder

# One exchange of the open profile caixue-job/1, written out: docs/assumptions.md A-04.
STATUS = "01 04 00 00 00 09 30 0C"
STANDING_AT_17 = "01 04 12 00 00 00 00 00 11 00 11 00 01 00 05 00 00 00 00 00 00 73 88"  # ready, last job 17 done, last tube purple
DISPENSE_3_AS_18 = "01 10 00 00 00 03 06 00 01 00 03 00 12 AB 4D"
CONFIRMED = "01 10 00 00 00 03 80 08"
DONE_18_YELLOW = "01 04 12 00 00 00 00 00 12 00 12 00 01 00 03 00 04 00 00 00 00 EE CF"  # lane 3 has become low
JAMMED_18 = "01 04 12 00 02 00 01 00 12 00 12 00 02 00 00 00 00 00 00 00 00 58 9F"


def scripted(*exchanges: tuple[str, str | None]) -> tuple[TubeDispenser, ScriptedPort, list[str]]:
    port = ScriptedPort([(bytes.fromhex(sent), None if reply is None else bytes.fromhex(reply)) for sent, reply in exchanges], baudrate=9600)
    events, notes = recorder(port.fake_clock)
    return TubeDispenser("window-1.tube-dispenser", port, port.clock, events), port, notes


@pytest.fixture
def bench() -> Iterator[DispenserBench]:
    made = DispenserBench(capacity=3, low=1)
    yield made
    made.world.close()


# Byte for byte


def test_one_dispense_is_these_bytes():
    driver, port, _ = scripted((STATUS, STANDING_AT_17), (DISPENSE_3_AS_18, CONFIRMED), (STATUS, DONE_18_YELLOW))
    assert driver.dispense(3) == Picked(3, TUBE_KINDS["serum-yellow"].colour)
    assert port.finished
    assert driver.low_lanes() == (3,)
    assert driver.reading is not None and driver.reading.state == "ready"


def test_the_driver_sleeps_the_cards_duration_before_it_looks():
    driver, port, _ = scripted((STATUS, STANDING_AT_17), (DISPENSE_3_AS_18, CONFIRMED), (STATUS, DONE_18_YELLOW))
    driver.dispense(3)
    assert port.fake_clock.sleeps == [CARD.durations_s["dispense"]]


def test_a_jam_is_these_bytes_and_the_alarm_of_the_card():
    driver, port, notes = scripted((STATUS, STANDING_AT_17), (DISPENSE_3_AS_18, CONFIRMED), (STATUS, JAMMED_18))
    with pytest.raises(DeviceError, match="tube jammed") as caught:
        driver.dispense(3)
    assert port.finished
    assert (caught.value.alarm, caught.value.code) == ("tube-jam", 1)
    assert driver.reading is not None and driver.reading.state == "fault"
    assert notes.kinds == ["alarm.raised", "device.refused"]


def test_a_lost_confirmation_is_decided_by_these_bytes():
    driver, port, notes = scripted((STATUS, STANDING_AT_17), (DISPENSE_3_AS_18, None), (STATUS, DONE_18_YELLOW), (STATUS, DONE_18_YELLOW))
    assert driver.dispense(3).colour == 3
    assert port.finished
    assert "link.timeout" in notes.kinds


def test_silence_costs_three_reply_times_and_the_quiet_times_between():
    driver, port, notes = scripted(*[(STATUS, None)] * 3)
    with pytest.raises(ReplyTimeout):
        driver.status()
    assert port.fake_clock.now_us == 5 * CARD.reply_timeout_s * 1_000_000
    assert notes.kinds == ["link.timeout"] * 3


# With the model at the other end of the line


def test_what_comes_out_is_what_the_sensor_saw(bench: DispenserBench):
    assert bench.run(bench.driver.dispense, 1) == Picked(1, TUBE_KINDS["serum-yellow"].colour)
    assert bench.run(bench.driver.dispense, 2) == Picked(2, TUBE_KINDS["edta-purple"].colour)
    assert [tube.kind for tube in bench.station.cradle] == ["serum-yellow", "edta-purple"]


def test_a_wrong_rack_is_visible_to_the_caller(bench: DispenserBench):
    bench.model.begin("wrong-rack", lane=1, loaded="citrate-blue")
    assert bench.run(bench.driver.dispense, 1).colour == TUBE_KINDS["citrate-blue"].colour


@pytest.mark.parametrize("lane", [0, -1, LANES + 1, 1000])
def test_a_lane_that_no_dispenser_has_is_a_usage_error_and_nothing_is_sent(bench: DispenserBench, lane: int):
    for operation in (bench.driver.dispense, bench.driver.lock_lane, bench.driver.unlock_lane):
        with pytest.raises(UsageError):
            bench.run(operation, lane)
    assert bench.sent == []


def test_an_empty_lane_is_refused_by_its_name_and_no_longer_usable(bench: DispenserBench):
    assert bench.driver.usable(1)  # nothing is known yet
    for _ in range(3):
        bench.run(bench.driver.dispense, 1)
    with pytest.raises(DeviceError) as caught:
        bench.run(bench.driver.dispense, 1)
    assert caught.value.alarm == "lane-empty"
    assert not bench.driver.usable(1)
    assert bench.driver.usable(2)


def test_a_locked_lane_is_refused_by_its_name_until_it_is_unlocked(bench: DispenserBench):
    bench.run(bench.driver.lock_lane, 1)
    bench.run(bench.driver.lock_lane, 1)
    assert not bench.driver.usable(1)
    with pytest.raises(DeviceError) as caught:
        bench.run(bench.driver.dispense, 1)
    assert caught.value.alarm == "lane-locked"
    bench.run(bench.driver.unlock_lane, 1)
    assert bench.driver.usable(1)
    assert bench.run(bench.driver.dispense, 1).lane == 1


def test_lanes_are_reported_low_and_then_empty_each_once(bench: DispenserBench):
    for _ in range(3):
        bench.run(bench.driver.dispense, 1)
        bench.run(bench.driver.status)
    raised = [event.data["alarm"] for event in bench.journal.events if event.kind == "alarm.raised"]
    assert raised == ["lane-low", "lane-empty"]
    assert bench.driver.low_lanes() == (1,)


def test_a_refill_clears_the_alarms(bench: DispenserBench):
    for _ in range(3):
        bench.run(bench.driver.dispense, 1)
    bench.model.refill()
    bench.run(bench.driver.status)
    assert bench.driver.reading.alarms == ()
    assert sorted(event.data["alarm"] for event in bench.journal.events if event.kind == "alarm.cleared") == ["lane-empty", "lane-low"]


def test_nothing_is_known_about_low_lanes_before_the_first_reading(bench: DispenserBench):
    assert bench.driver.low_lanes() == ()


@pytest.mark.parametrize(("mask", "lanes"), [(0, ()), (1, (1,)), (0b1000_0001, (1, 8)), (0xFF00, ())])
def test_a_mask_names_lanes_from_its_lowest_bit(mask: int, lanes: tuple[int, ...]):
    assert lanes_in(mask) == lanes

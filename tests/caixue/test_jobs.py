"""Numbered jobs on a bad line: each is carried out once or refused, and what the driver believes is what happened."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from caixue.drivers.jobs import LAST_JOB
from caixue.drivers.tube_dispenser import CARD
from caixue.errors import DeviceError, LinkError, LinkLost, ReplyTimeout, UncertainOutcome
from caixue.link.modbus import ModbusClient
from tests.caixue.modbus_bench import Bench, DispenserBench, drop, flip, late, lose, once
from twin.devices.tube_dispenser import TubeDispenserModel
from twin.faults.link import disturbance
from twin.line import Disturbance
from twin.world import US

WRITE_FUNCTION = b"\x10"


@pytest.fixture
def bench() -> Iterator[DispenserBench]:
    made = DispenserBench()
    made.run(made.driver.reset)  # job 1: from here on the driver knows the numbers
    made.sent.clear()
    yield made
    assert made.overlaps == []
    assert made.model.most_in_flight <= 1
    made.world.close()


def writes(bench: Bench) -> list[bytes]:
    return [frame for _, frame in bench.sent if frame[1:2] == WRITE_FUNCTION]


def numbers(bench: Bench) -> list[int]:
    """The job numbers that were written."""
    return [int.from_bytes(frame[11:13], "big") for frame in writes(bench)]


# The course of a job


def test_a_job_is_one_write_and_one_look_after_its_usual_time(bench: DispenserBench):
    bench.run(bench.driver.dispense, 1)
    assert [frame[1] for _, frame in bench.sent] == [16, 4]
    assert bench.model.dispensed == 1


def test_a_job_that_takes_longer_is_polled_until_it_is_done(bench: DispenserBench):
    bench.model.call_later = slower(bench, 0.5)
    bench.run(bench.driver.dispense, 1)
    assert [frame[1] for _, frame in bench.sent] == [16, 4, 4, 4, 4]


def slower(bench: Bench, by_s: float):
    """The model's timers, all longer."""
    return lambda after_us, function, *arguments: bench.line._call_later(after_us + round(by_s * US), function, *arguments)


def test_a_job_that_never_completes_raises_after_the_cards_limit(bench: DispenserBench):
    bench.model.call_later = lambda *_: None
    before_us = bench.world.now_us
    with pytest.raises(ReplyTimeout, match="dispense not finished after 5 s"):
        bench.run(bench.driver.dispense, 1)
    took_s = (bench.world.now_us - before_us) / US
    polls = CARD.limits["job_s"] / CARD.durations_s["poll"]
    assert CARD.limits["job_s"] <= took_s < CARD.limits["job_s"] + CARD.durations_s["dispense"] + (polls + 2) * 0.05 + 0.2
    assert bench.kinds() == ["link.timeout"]


def test_a_refused_job_is_a_device_error_with_its_alarm(bench: DispenserBench):
    bench.model.begin("jam")
    with pytest.raises(DeviceError) as caught:
        bench.run(bench.driver.dispense, 1)
    assert (caught.value.alarm, caught.value.code, caught.value.device) == ("tube-jam", 1, "device")
    assert bench.kinds() == ["alarm.raised", "device.refused"]


def test_after_the_cause_is_gone_a_reset_clears_the_alarm_and_work_goes_on(bench: DispenserBench):
    bench.model.begin("jam")
    for _ in range(2):
        with pytest.raises(DeviceError):
            bench.run(bench.driver.dispense, 1)
    bench.model.end("jam")
    bench.run(bench.driver.reset)
    bench.run(bench.driver.dispense, 1)
    assert bench.model.dispensed == 1
    assert [kind for kind in bench.kinds() if kind.startswith("alarm")] == ["alarm.raised", "alarm.cleared"]


def test_a_reset_does_not_help_while_the_cause_is_there(bench: DispenserBench):
    bench.model.begin("jam")
    bench.run(bench.driver.reset)
    with pytest.raises(DeviceError):
        bench.run(bench.driver.dispense, 1)


def test_a_third_command_while_one_waits_is_refused_as_busy(bench: DispenserBench):
    client = bench.client(reply_timeout_s=0.5)

    def hurry() -> None:
        for job in (101, 102, 103):
            client.write(0, (1, 1, job))

    with pytest.raises(DeviceError, match="device busy") as caught:
        bench.run(hurry)
    assert caught.value.code == 6
    bench.pass_time(5)
    assert bench.model.dispensed == 2
    bench.model.most_in_flight = 0


# Job numbers


def test_numbers_run_to_250_and_start_again_at_1():
    bench = DispenserBench(capacity=300)

    def many() -> None:
        for _ in range(LAST_JOB + 3):
            bench.driver.dispense(1)

    bench.run(many)
    assert numbers(bench) == [*range(1, LAST_JOB + 1), 1, 2, 3]
    assert len(bench.station.cradle) == LAST_JOB + 3


@pytest.mark.parametrize(("last", "following"), [(0, 1), (17, 18), (249, 250), (250, 1)])
def test_after_a_restart_numbers_go_on_where_the_device_stands(last: int, following: int):
    bench = DispenserBench()
    bench.model.accepted = bench.model.completed = last
    bench.run(bench.driver.dispense, 1)
    assert bench.model.accepted == following


def test_a_number_is_not_used_again_after_a_restart(bench: DispenserBench):
    bench.run(bench.driver.dispense, 1)
    restarted = bench.new_driver()
    bench.run(restarted.dispense, 2)
    assert numbers(bench) == [2, 3]
    assert [tube.kind for tube in bench.station.cradle] == ["serum-yellow", "edta-purple"]


# Read-back decides


@pytest.mark.parametrize("change", [lose, flip(60), flip(3), drop(4), late(0.7)], ids=["lost", "crc", "first-byte", "short", "late"])
def test_a_job_whose_confirmation_is_lost_is_read_back_and_not_sent_again(bench: DispenserBench, change: Disturbance):
    bench.line.to_host.append(once(change))
    picked = bench.run(bench.driver.dispense, 1)
    assert picked.lane == 1
    assert len(writes(bench)) == 1
    assert bench.model.dispensed == 1
    assert bench.kinds()[-1] == "device.recovered"


@pytest.mark.parametrize("change", [lose, flip(60), drop(4)], ids=["lost", "crc", "short"])
def test_a_job_that_never_arrived_is_read_back_and_sent_again_under_its_number(bench: DispenserBench, change: Disturbance):
    bench.line.to_device.append(once(change))
    bench.run(bench.driver.dispense, 1)
    first, second = writes(bench)
    assert first == second
    assert bench.model.dispensed == 1


def test_when_reading_back_fails_too_the_outcome_is_uncertain_and_nothing_is_sent_again(bench: DispenserBench):
    bench.line.to_host.append(lose)
    with pytest.raises(UncertainOutcome):
        bench.run(bench.driver.dispense, 1)
    bench.line.to_host.clear()
    bench.pass_time(5)
    assert len(writes(bench)) == 1
    assert bench.model.dispensed == 1


def test_the_job_after_an_uncertain_one_has_a_number_of_its_own(bench: DispenserBench):
    bench.model.silent = True
    with pytest.raises(UncertainOutcome):
        bench.run(bench.driver.dispense, 1)
    bench.model.silent = False
    bench.run(bench.driver.dispense, 2)
    assert [tube.kind for tube in bench.station.cradle] == ["edta-purple"]
    assert numbers(bench) == [2, 3]


def test_a_device_that_never_takes_the_job_is_asked_three_times_and_then_uncertain(bench: DispenserBench):
    bench.line.to_device.append(lambda data: [] if data[1:2] == WRITE_FUNCTION else [(0, data)])
    with pytest.raises(UncertainOutcome):
        bench.run(bench.driver.dispense, 1)
    assert len(writes(bench)) == 3
    assert bench.model.dispensed == 0


def test_a_lost_port_in_mid_job_is_a_lost_link_and_the_job_is_not_repeated(bench: DispenserBench):
    bench.world.kernel.at(bench.world.now_us + 500_000, bench.line.drop)
    with pytest.raises(LinkLost):
        bench.run(bench.driver.dispense, 1)
    bench.line.restore()
    bench.run(bench.driver.status)
    assert bench.model.dispensed == 1
    assert bench.kinds() == ["link.lost"] * 3 + ["device.recovered"]


# What the driver tells


def test_the_first_good_exchange_after_trouble_is_told_once(bench: DispenserBench):
    bench.line.to_host += [once(flip(90))]
    for _ in range(3):
        bench.run(bench.driver.status)
    assert bench.kinds() == ["link.garbled", "device.recovered"]


def test_an_unchanged_status_is_a_new_reading(bench: DispenserBench):
    first = bench.run(bench.driver.status)
    bench.pass_time(30)
    second = bench.run(bench.driver.status)
    assert second.values == first.values
    assert second.at_us - first.at_us > 30 * US
    assert bench.driver.reading is second


def test_the_monitor_may_ask_while_the_workflow_works(bench: DispenserBench):
    def watch() -> None:
        for _ in range(200):
            bench.driver.status()
            bench.world.clock.sleep(0.013)

    def work() -> None:
        for lane in (1, 2) * 5:
            bench.driver.dispense(lane)

    bench.together(watch, work, watch)
    assert bench.model.dispensed == 10


# Sixty days of bad luck: 12,000 transactions, with 1 % each of flipped bits, lost bytes, noise and lost replies, 3 % late replies, and requests
# that suffer too. Late means up to 0.9 s, within reply time and quiet time together (wire.md 4: that is what RTU can bear).


class NumberedDispenser(TubeDispenserModel):
    """Has one more input register, 9: the number of this answer, so that nobody can take an old answer for a new one unseen."""

    answers = 0
    told: tuple[int, ...] = ()

    def read_inputs(self) -> list[int]:
        self.answers += 1
        self.told = (*super().read_inputs(), self.answers)
        return list(self.told)


@dataclass
class Toll:
    """What went wrong in a storm."""

    dispensed: int = 0  # jobs that the driver reported done
    broken_off: int = 0  # jobs that raised
    uncertain: int = 0  # of these, with an outcome that reading back could not tell
    doubles: int = 0  # tubes too many, as counted in the cradle
    missing: int = 0  # tubes reported and not there
    wrong: int = 0  # readings that were not the device's newest answer, and colours that were not the tube's
    failed_reads: int = 0
    troubles: int = 0  # disturbed exchanges that caixue noticed


def storm_of(dice: random.Random, late_up_to_s: float) -> Disturbance:
    kinds = [disturbance(kind, dice, lambda: None) for kind in ("corrupt", "dropped-byte", "noise", "lost-reply")]

    def suffer(data: bytes) -> list[tuple[int, bytes]]:
        luck = dice.random()
        for place, disturb in enumerate(kinds):
            if luck < 0.01 * (place + 1):
                return disturb(data)
        return [(round(dice.uniform(0, late_up_to_s) * US), data)] if luck < 0.07 else [(0, data)]

    return suffer


def storm(seed: int, client_class: type[ModbusClient] = ModbusClient, *, late_up_to_s: float = 0.9, transactions: int = 200) -> Toll:
    dice, toll = random.Random(f"storm {seed}"), Toll()
    bench = DispenserBench(capacity=transactions, model_class=NumberedDispenser)
    model, driver = bench.model, bench.driver
    driver.client = client_class(bench.port, reply_timeout_s=CARD.reply_timeout_s, on_trouble=driver._trouble)
    bench.line.to_host.append(storm_of(dice, late_up_to_s))
    bench.line.to_device.append(storm_of(dice, 0.0))

    def dispense(lane: int) -> None:
        before = len(bench.station.cradle)
        try:
            picked = driver.dispense(lane)
            toll.dispensed += 1
            toll.wrong += picked.colour != {1: 3, 2: 5}[lane]
        except LinkError as error:
            toll.broken_off += 1
            toll.uncertain += isinstance(error, UncertainOutcome)
            bench.world.clock.sleep(10)
            toll.missing -= len(bench.station.cradle) == before
        came = len(bench.station.cradle) - before
        toll.doubles += max(0, came - 1)
        toll.missing += came == 0

    def status_is_newest() -> bool:
        return tuple(driver.status().values.values()) == model.told[:9]

    def number_is_newest() -> bool:
        return driver.client.read_inputs(9, 1) == (model.answers,)

    def look() -> None:
        before = model.answers
        try:
            newest = status_is_newest() if dice.random() < 0.5 else number_is_newest()
            toll.wrong += not newest or model.answers == before
        except LinkError:
            toll.failed_reads += 1

    def work() -> None:
        for step in range(transactions):
            dispense(1 + step // 10 % 2) if step % 10 == 0 else look()
            bench.world.clock.sleep(0.05)

    bench.run(work)
    toll.troubles = sum(kind.startswith("link.") for kind in bench.kinds())
    bench.world.close()
    return toll


def total(tolls: list[Toll]) -> Toll:
    return Toll(**{name: sum(getattr(toll, name) for toll in tolls) for name in Toll.__dataclass_fields__})


def test_no_storm_dispenses_twice_reads_wrong_or_leaves_a_job_undecided():
    toll = total([storm(seed) for seed in range(60)])
    assert (toll.doubles, toll.missing, toll.wrong, toll.uncertain) == (0, 0, 0, 0)
    assert toll.dispensed + toll.broken_off == 1200
    assert toll.troubles > 1000  # it was a storm
    assert toll.broken_off <= 5 and toll.failed_reads <= 15


def test_the_same_seed_is_the_same_storm():
    assert storm(7) == storm(7)
    assert storm(7) != storm(8)


class BlindClient(ModbusClient):
    """A planted mistake: it sends an unconfirmed write again."""

    def write(self, address, values):
        for _ in range(self.retries):
            try:
                return super().write(address, values)
            except UncertainOutcome:
                pass
        return super().write(address, values)


def test_a_client_that_repeats_writes_is_caught_dispensing_twice():
    assert total([storm(seed, BlindClient) for seed in range(30)]).doubles > 0


class HastyClient(ModbusClient):
    """A planted mistake: it keeps no quiet time."""

    def _drain(self) -> None:
        self.port.discard()


def test_a_client_without_a_quiet_time_is_caught_reading_wrong():
    assert total([storm(seed, HastyClient) for seed in range(30)]).wrong > 0


def test_replies_later_than_reply_time_and_quiet_time_are_what_the_promise_excludes():
    assert total([storm(seed, late_up_to_s=2.5) for seed in range(30)]).wrong > 0

"""The Modbus client on disturbed lines: it repeats reads, never writes, takes no answer that is not its own, and gives up in time."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.errors import DeviceError, GarbledReply, LinkError, LinkLost, ReplyTimeout, UncertainOutcome, UsageError
from caixue.link.modbus import GAP_S, ModbusClient
from caixue.wire.modbus import LONGEST_FRAME, READ_INPUT, WRITE, Reply, reply_frame
from tests.caixue.modbus_bench import CHARACTER_US, TURNAROUND_US, Bench, Registers, before, behind, drop, flip, late, lose, once, split
from twin.line import Disturbance
from twin.world import US

TIMEOUT_S = 0.5
TIMEOUT_US = 500_000
GAP_US = 60_000
REQUEST = 8  # bytes of a read request
UNDISTURBED_US = (REQUEST + 5 + 2 * 4) * CHARACTER_US + TURNAROUND_US  # a read of four registers
READ_4 = (8, 4)
FOUR = (1008, 1009, 1010, 1011)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    assert made.overlaps == []
    made.world.close()


@pytest.fixture
def client(bench: Bench) -> ModbusClient:
    return bench.client(reply_timeout_s=TIMEOUT_S)


def disturbed(*changes: Disturbance) -> tuple[Bench, ModbusClient]:
    bench = Bench()
    bench.line.to_host += changes
    return bench, bench.client(reply_timeout_s=TIMEOUT_S)


def fails(bench: Bench, client: ModbusClient, error: type[Exception]) -> float:
    """Seconds of virtual time until a read of four registers raises `error`."""
    before_us = bench.world.now_us
    with pytest.raises(error):
        bench.run(client.read_inputs, *READ_4)
    return (bench.world.now_us - before_us) / US


# A quiet line


def test_a_read_costs_its_two_frames_and_the_devices_turnaround(bench: Bench, client: ModbusClient):
    assert bench.cost_us(client.read_inputs, *READ_4) == UNDISTURBED_US
    assert bench.run(client.read_inputs, *READ_4) == FOUR


def test_holding_registers_are_read_and_written(bench: Bench, client: ModbusClient):
    bench.run(client.write, 2, (5, 6))
    assert bench.run(client.read_holdings, 0, 3) == (0, 0, 0)
    assert bench.model.written == [(2, (5, 6))]


@pytest.mark.parametrize("call", [("read_inputs", 0, 0), ("read_inputs", 0, 126), ("read_holdings", 70_000, 1), ("write", 0, ()), ("write", 0, (65_536,))])
def test_what_modbus_cannot_say_is_a_usage_error_and_nothing_is_sent(bench: Bench, client: ModbusClient, call: tuple):
    name, *arguments = call
    with pytest.raises(UsageError):
        bench.run(getattr(client, name), *arguments)
    assert bench.sent == []
    assert bench.cost_us(client.read_inputs, *READ_4) == UNDISTURBED_US


@pytest.mark.parametrize("code", [1, 2, 3, 4, 6, 8, 11, 99, 255])
def test_an_exception_reply_is_a_device_error_with_its_code_and_is_not_repeated(code: int):
    bench, client = disturbed(lambda data: [(0, reply_frame(Reply(1, data[1], error=code)))])
    for call in (lambda: client.read_inputs(*READ_4), lambda: client.write(0, (1,))):
        with pytest.raises(DeviceError) as caught:
            bench.run(call)
        assert caught.value.code == code
    assert len(bench.sent) == 2


def test_an_exception_reply_costs_no_more_than_its_own_frame(bench: Bench, client: ModbusClient):
    with pytest.raises(DeviceError):
        bench.run(client.read_inputs, 99, 2)
    assert bench.world.now_us == (REQUEST + 5) * CHARACTER_US + TURNAROUND_US


def test_registers_that_do_not_exist_are_refused_by_the_device(bench: Bench, client: ModbusClient):
    with pytest.raises(DeviceError, match="illegal data address"):
        bench.run(client.read_inputs, 99, 2)


# One disturbance


def test_any_flipped_bit_is_seen_and_the_read_repeated_in_less_than_a_timeout():
    for bit in range(8 * 13):
        bench, client = disturbed(once(flip(bit)))
        before_us = bench.world.now_us
        assert bench.run(client.read_inputs, *READ_4) == FOUR
        assert len(bench.sent) == 2
        assert bench.world.now_us - before_us < TIMEOUT_US
        bench.world.close()


@pytest.mark.parametrize("place", range(13))
def test_a_lost_byte_costs_less_than_a_timeout(place: int):
    bench, client = disturbed(once(drop(place)))
    assert bench.cost_us(client.read_inputs, *READ_4) < TIMEOUT_US
    assert len(bench.sent) == 2


@pytest.mark.parametrize("call", ["read", "write"])
def test_one_noise_byte_before_a_reply_costs_neither_a_repetition_nor_more_than_its_own_time(call: str):
    for noise in range(256):
        bench, client = disturbed(once(before(bytes([noise]))))
        cost_us = bench.cost_us(client.write, 0, (1, 2)) if call == "write" else bench.cost_us(client.read_inputs, *READ_4)
        assert len(bench.sent) == 1
        assert cost_us <= UNDISTURBED_US + GAP_US
        bench.world.close()


@given(st.binary(min_size=1, max_size=40))
@settings(max_examples=60)
def test_noise_before_a_reply_costs_no_repetition(noise: bytes):
    bench, client = disturbed(before(noise))
    assert bench.run(client.read_inputs, *READ_4) == FOUR
    assert len(bench.sent) == 1
    bench.world.close()


@given(st.binary(min_size=1, max_size=40))
@settings(max_examples=60)
def test_noise_behind_a_reply_harms_neither_it_nor_the_next(noise: bytes):
    bench, client = disturbed(behind(noise))

    def read_three() -> list[tuple[int, ...]]:
        return [client.read_inputs(0, 3) for _ in range(3)]

    assert bench.run(read_three) == [(1, 1001, 1002), (2, 1001, 1002), (3, 1001, 1002)]
    bench.world.close()


def test_a_reply_that_comes_twice_is_not_taken_for_the_next():
    bench, client = disturbed(lambda data: [(0, data), (30_000, data)])
    assert_own_answers(bench, client, pause_s=0.1)


@pytest.mark.parametrize("gap_s", [0.005, 0.03, 0.05])
def test_a_reply_may_pause_anywhere_for_less_than_the_gap_that_ends_a_frame(gap_s: float):
    for place in range(1, 13):
        bench, client = disturbed(split(place, gap_s))
        assert bench.run(client.read_inputs, *READ_4) == FOUR
        assert len(bench.sent) == 1
        bench.world.close()


def test_a_reply_may_come_byte_by_byte():
    bench, client = disturbed(lambda data: [(20_000 * place, data[place : place + 1]) for place in range(len(data))])
    assert bench.run(client.read_inputs, *READ_4) == FOUR
    assert len(bench.sent) == 1


# Bounds. One good exchange of four registers takes 26 ms.


def test_a_silent_device_costs_a_timeout_for_each_try_and_a_quiet_time_between_them(bench: Bench, client: ModbusClient):
    bench.model.silent = True
    assert fails(bench, client, ReplyTimeout) == 5 * TIMEOUT_S
    assert len(bench.sent) == 3


def test_a_crc_that_is_always_wrong_costs_less_than_half_a_second():
    bench, client = disturbed(flip(100))
    assert fails(bench, client, GarbledReply) < 3 * (UNDISTURBED_US / US + GAP_S) + 2 * GAP_S + 0.01 < 0.5
    assert len(bench.sent) == 3


def test_a_reply_that_is_always_a_byte_short_costs_less_than_six_tenths_of_a_second():
    bench, client = disturbed(drop(3))
    assert fails(bench, client, GarbledReply) < 0.6


def babble(bench: Bench, byte: bytes | None) -> None:
    """Send one byte after another for ever: always the same, or any."""
    dice = random.Random(1)

    def go_on() -> None:
        bench.line.from_device(byte or dice.randbytes(1))
        bench.world.kernel.at(bench.world.now_us + CHARACTER_US, go_on)

    bench.run(bench.port.waiting)
    go_on()


any_babble = pytest.mark.parametrize("byte", [b"\x00", b"\x01", b"\x04", b"\xff", None], ids=["00", "01", "04", "ff", "random"])


@any_babble
def test_a_line_that_babbles_for_ever_is_given_up_in_five_seconds(bench: Bench, client: ModbusClient, byte: bytes | None):
    bench.model.silent = True
    babble(bench, byte)
    bound_s = 3 * (LONGEST_FRAME + 1) * CHARACTER_US / US + 2 * (3 * TIMEOUT_S + GAP_S)
    assert fails(bench, client, GarbledReply) < bound_s < 5


@any_babble
def test_an_answer_amid_babble_is_found(bench: Bench, client: ModbusClient, byte: bytes | None):
    babble(bench, byte)
    assert bench.run(client.read_inputs, *READ_4) == FOUR
    assert len(bench.sent) == 1


def test_the_number_of_tries_is_the_callers(bench: Bench):
    bench.model.silent = True
    assert fails(bench, bench.client(reply_timeout_s=TIMEOUT_S, retries=0), ReplyTimeout) == TIMEOUT_S


def test_every_failed_exchange_is_told_also_those_that_a_repetition_hides():
    bench = Bench()
    bench.line.to_host += [once(flip(90)), once(lose)]
    told: list[LinkError] = []
    client = bench.client(reply_timeout_s=TIMEOUT_S, on_trouble=told.append)
    bench.run(client.read_inputs, *READ_4)
    assert [type(error) for error in told] == [ReplyTimeout]
    bench.line.to_host[:] = [once(flip(90))]
    bench.run(client.read_inputs, *READ_4)
    assert [type(error) for error in told] == [ReplyTimeout, GarbledReply]


# Writes


@pytest.mark.parametrize(
    "change",
    [lose, flip(3), flip(60), drop(0), drop(7), late(TIMEOUT_S), lambda data: [(0, reply_frame(Reply(1, WRITE, address=9, count=3)))]],
    ids=["lost", "first-byte", "crc", "short-front", "short-end", "late", "echo-of-another"],
)
def test_a_write_without_a_valid_reply_is_uncertain_and_was_carried_out_exactly_once(change: Disturbance):
    bench, client = disturbed(once(change))
    with pytest.raises(UncertainOutcome):
        bench.run(client.write, 0, (1, 2, 3))
    bench.pass_time(10)
    assert bench.model.written == [(0, (1, 2, 3))]
    assert len(bench.sent) == 1
    bench.run(client.write, 0, (4, 5, 6))
    assert bench.model.written[1:] == [(0, (4, 5, 6))]


def test_a_request_damaged_on_its_way_is_not_carried_out(bench: Bench, client: ModbusClient):
    bench.line.to_device.append(once(flip(70)))
    with pytest.raises(UncertainOutcome):
        bench.run(client.write, 0, (1, 2, 3))
    assert bench.model.written == []


# Late replies


@pytest.mark.parametrize("delay_s", [0.3, 0.48, 0.5, 0.52, 0.6, 0.75, 0.9, 0.95])
@pytest.mark.parametrize("pause_s", [0.0, 0.05, 0.4])
def test_a_reply_late_by_less_than_timeout_and_quiet_time_is_never_taken_for_the_next(delay_s: float, pause_s: float):
    bench, client = disturbed(once(late(delay_s)))
    assert_own_answers(bench, client, pause_s)


@pytest.mark.parametrize("noise_at_s", [[0.2], [0.55], [0.2, 0.55, 0.7], [0.01, 0.02, 0.03, 0.04, 0.05, 0.06]], ids=str)
def test_noise_before_a_late_reply_does_not_end_the_quiet_time(bench: Bench, client: ModbusClient, noise_at_s: list[float]):
    bench.line.to_host.append(once(late(0.9)))
    for at_s in noise_at_s:
        bench.world.kernel.at(round(at_s * US), bench.line._deliver, b"\x55")
    assert_own_answers(bench, client)


def test_after_a_missing_reply_nothing_is_sent_before_the_line_has_been_silent(bench: Bench, client: ModbusClient):
    bench.line.to_host.append(once(lose))
    for at_ms in range(900, 1351, 50):
        bench.world.kernel.at(at_ms * 1000, bench.line._deliver, b"\x55")
    bench.run(client.read_inputs, *READ_4)
    assert [at_us for at_us, _ in bench.sent] == [0, 1_350_000 + GAP_US]


def assert_own_answers(bench: Bench, client: ModbusClient, pause_s: float = 0.0) -> None:
    """Reads, each of which must bring an answer that the device gave since it was asked, and the newest."""

    def read() -> None:
        for _ in range(40):
            before = bench.model.answers
            assert client.read_inputs(0, 2)[0] == bench.model.answers > before
            if pause_s:
                bench.world.clock.sleep(pause_s)

    bench.run(read)


def test_the_answer_to_an_interrupted_call_is_not_taken_for_the_next_callers(bench: Bench, client: ModbusClient):
    """A patient is bumped while the window reads; the monitor is the next to use the port."""

    def bumped() -> Iterator[simpy.Event]:
        try:
            yield from bench.world.call(client.read_inputs, 50, 2)
        except simpy.Interrupt:
            return

    for after_us in range(1000, 40_000, 3000):
        process = bench.world.process(bumped())
        bench.world.kernel.at(bench.world.now_us + after_us, lambda process=process: process.is_alive and process.interrupt())
        bench.world.kernel.run(process)
        assert_own_answers(bench, client)


def test_an_answer_that_was_under_way_when_the_port_was_lost_is_not_taken_for_another(bench: Bench, client: ModbusClient):
    def flicker() -> None:
        bench.line.drop()
        bench.line.restore()

    for after_us in range(1000, 40_000, 3000):
        bench.world.kernel.at(bench.world.now_us + after_us, flicker)
        assert bench.run(client.read_inputs, 50, 2) == (1050, 1051)
        assert_own_answers(bench, client)
        bench.pass_time(1)


# Units


def test_a_foreign_unit_gets_no_answer(bench: Bench):
    assert fails(bench, bench.client(unit=2, reply_timeout_s=TIMEOUT_S), ReplyTimeout) == 5 * TIMEOUT_S
    assert bench.model.answers == 0


def test_an_answer_of_a_foreign_unit_is_not_taken():
    bench, client = disturbed(lambda data: [(0, reply_frame(Reply(7, READ_INPUT, FOUR)))])
    fails(bench, client, GarbledReply)


def test_two_units_share_one_line():
    bench = Bench()
    clients = [bench.client(unit=unit, reply_timeout_s=TIMEOUT_S) for unit in (1, 7)]
    second = Registers("second", 7)
    second.send = bench.line.from_device
    feed = bench.model.feed
    bench.model.feed = lambda data: (feed(data), second.feed(data))  # type: ignore[method-assign]

    def poll(client: ModbusClient, unit: Registers) -> None:
        for _ in range(20):
            assert client.read_inputs(0, 2)[0] == unit.answers

    bench.together(lambda: poll(clients[0], bench.model), lambda: poll(clients[1], second))
    assert bench.overlaps == []


# Several callers


def poll(bench: Bench, client: ModbusClient, address: int) -> int:
    """Fifty reads of one address; gives how many brought something else."""
    wrong = 0
    for _ in range(50):
        wrong += client.read_inputs(address, 2) != (1000 + address, 1001 + address)
        bench.world.clock.sleep(0.001)
    return wrong


def test_several_callers_share_one_client(bench: Bench, client: ModbusClient):
    wrong: list[int] = []
    bench.together(*(lambda address=address: wrong.append(poll(bench, client, address)) for address in (10, 20, 30)))
    assert wrong == [0, 0, 0]


def test_a_lock_that_re_enters_is_caught():
    """All callers are one thread, so that `threading.RLock` lets every one of them in."""
    bench = Bench()
    client = bench.client(reply_timeout_s=TIMEOUT_S)
    bench.port.lock = threading.RLock()
    wrong: list[int] = []

    def use(address: int) -> None:
        try:
            wrong.append(poll(bench, client, address))
        except LinkError:
            wrong.append(1)

    bench.together(lambda: use(10), lambda: use(20))
    assert bench.overlaps
    assert sum(wrong) > 0


# A port that vanishes


def test_a_vanished_port_is_reported_at_once_and_found_again(bench: Bench, client: ModbusClient):
    bench.world.kernel.at(10_000, bench.line.drop)
    assert fails(bench, client, LinkLost) == 0.01
    assert fails(bench, client, LinkLost) == 0
    bench.line.restore()
    assert bench.run(client.read_inputs, *READ_4) == FOUR


def test_a_port_that_comes_back_between_two_tries_costs_the_quiet_time(bench: Bench, client: ModbusClient):
    bench.world.kernel.at(10_000, lambda: (bench.line.drop(), bench.line.restore()))
    assert bench.cost_us(client.read_inputs, *READ_4) == 2 * TIMEOUT_US + UNDISTURBED_US


def test_a_quiet_time_that_has_passed_meanwhile_costs_nothing(bench: Bench, client: ModbusClient):
    bench.line.to_host.append(once(late(0.9)))
    with pytest.raises(UncertainOutcome):
        bench.run(client.write, 0, (1,))
    bench.pass_time(1)
    assert bench.cost_us(client.read_inputs, *READ_4) == UNDISTURBED_US


def test_a_write_into_a_vanished_port_is_uncertain(bench: Bench, client: ModbusClient):
    bench.run(client.read_inputs, *READ_4)
    bench.line.drop()
    with pytest.raises(UncertainOutcome):
        bench.run(client.write, 0, (1,))

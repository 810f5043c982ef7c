"""Ports by the URL `twin://WORLD/DEVICE`: pyserial's own interface in virtual time, with exact deadlines and honest losses."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
import serial
import simpy
from hypothesis import given
from hypothesis import strategies as st
from serial.serialutil import SerialException

from caixue.errors import LinkLost, UsageError
from caixue.link.port import Port
from tests.caixue.modbus_bench import BAUD, CHARACTER_US, Bench
from twin.devices.base import DeviceModel
from twin.world import US


class Speaker(DeviceModel):
    """Says what the test tells it to; keeps what it is fed."""

    def __init__(self) -> None:
        super().__init__("device")
        self.heard = b""

    def feed(self, data: bytes) -> None:
        self.heard += data


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench(Speaker())
    yield made
    made.world.close()


def say(bench: Bench, data: bytes, at_us: int) -> None:
    """Let `data` arrive whole at `at_us` from now."""
    bench.model.send(data, at_us - len(data) * CHARACTER_US)


def opened(bench: Bench, timeout: float | None = 1.0) -> Any:
    """What pyserial gives for the bench's URL."""
    return serial.serial_for_url(bench.world.url("device"), baudrate=BAUD, timeout=timeout)


# pyserial's own interface


def test_pyserial_opens_the_url_and_reads_and_writes(bench: Bench):
    port = opened(bench)
    assert port.is_open and port.name.startswith("twin://")

    def talk() -> bytes:
        assert port.write(b"ping") == 4
        say(bench, b"pong\n", 20_000)
        return port.readline()

    assert bench.run(talk) == b"pong\n"
    assert bench.model.heard == b"ping"


def test_in_waiting_counts_what_has_arrived_and_reset_throws_it_away(bench: Bench):
    port = opened(bench)
    say(bench, b"abc", 10_000)
    assert port.in_waiting == 0
    bench.pass_time(0.02)
    assert port.in_waiting == 3
    port.reset_input_buffer()
    port.reset_output_buffer()
    port.flush()
    assert port.in_waiting == 0


def test_a_changed_timeout_counts_from_the_next_read(bench: Bench):
    port = opened(bench, timeout=5.0)
    port.timeout = 0.25
    assert bench.cost_us(port.read, 1) == 250_000
    port.timeout = 0.5
    assert bench.cost_us(port.read, 1) == 500_000


def test_a_timeout_of_zero_does_not_wait(bench: Bench):
    port = opened(bench, timeout=0)
    say(bench, b"abc", 10_000)
    assert port.read(10) == b""
    bench.pass_time(0.02)
    assert port.read(10) == b"abc"


def test_without_a_timeout_a_read_waits_for_ever(bench: Bench):
    port = opened(bench, timeout=None)
    say(bench, b"abc", 3600 * US)
    assert bench.run(port.read, 3) == b"abc"
    assert bench.world.now_us == 3600 * US


def test_a_port_can_be_used_in_a_with_statement_and_closed_twice(bench: Bench):
    with opened(bench) as port:
        pass
    port.close()
    with pytest.raises(SerialException):
        port.write(b"x")
    assert opened(bench).is_open


def test_modem_lines_may_be_set_and_do_nothing(bench: Bench):
    port = opened(bench)
    port.dtr = port.rts = False
    port.baudrate = 19200


def test_a_line_has_one_port_at_a_time(bench: Bench):
    first = opened(bench)
    with pytest.raises(SerialException, match="in use"):
        opened(bench)
    first.close()
    opened(bench)


@pytest.mark.parametrize("url", ["twin://nowhere/device", "twin://{world}/window-9.printer", "twin://{world}", "twin://"])
def test_a_line_that_does_not_exist_cannot_be_opened(bench: Bench, url: str):
    with pytest.raises(SerialException, match="no such line"):
        serial.serial_for_url(url.format(world=bench.world.id))
    port = Port(url.format(world=bench.world.id), bench.world.clock, name="device")
    with pytest.raises(LinkLost):
        port.write(b"x")


def test_a_foreign_scheme_is_a_mistake_in_the_call(bench: Bench):
    with pytest.raises(UsageError, match="gopher"):
        Port("gopher://x", bench.world.clock, name="device").write(b"x")


# When reads return


@pytest.mark.parametrize("timeout_s", [0.06, 0.5, 1.0, 0.000_001])
def test_a_read_of_silence_returns_exactly_at_its_deadline(bench: Bench, timeout_s: float):
    assert bench.cost_us(bench.port.read, 5, timeout_s) == round(timeout_s * US)


def test_a_short_read_after_a_long_one_has_its_own_deadline(bench: Bench):
    def read() -> list[int]:
        times = []
        for timeout_s in (10.0, 0.1, 3.0, 0.1):
            bench.port.read(1, timeout_s)
            times.append(bench.world.now_us)
        return times

    assert bench.run(read) == [10_000_000, 10_100_000, 13_100_000, 13_200_000]


def test_a_read_that_was_answered_leaves_no_deadline_behind(bench: Bench):
    def read() -> int:
        bench.port.waiting()
        say(bench, b"a", 10_000)
        bench.port.read(1, 1.0)  # would have ended at 1.0 s
        bench.world.clock.sleep(0.9)
        bench.port.read(1, 1.0)
        return bench.world.now_us

    assert bench.run(read) == 10_000 + 900_000 + 1_000_000


def test_a_read_wakes_once_with_all_its_bytes(bench: Bench):
    def read() -> tuple[bytes, int]:
        bench.port.waiting()
        for at_us, data in ((10_000, b"ab"), (20_000, b"cd"), (30_000, b"ef")):
            say(bench, data, at_us)
        return bench.port.read(5, 1.0), bench.world.now_us

    assert bench.run(read) == (b"abcde", 30_000)
    assert bench.received == [(30_000, b"abcde")]
    assert bench.port.waiting() == 1


def test_a_read_gives_what_it_has_when_its_time_is_over(bench: Bench):
    def read() -> bytes:
        bench.port.waiting()
        say(bench, b"ab", 10_000)
        say(bench, b"cd", 600_000)
        return bench.port.read(4, 0.5)

    assert bench.run(read) == b"ab"
    assert bench.world.now_us == 500_000
    assert bench.run(bench.port.read, 2, 0.5) == b"cd"


def test_what_has_already_come_is_read_without_waiting(bench: Bench):
    bench.port.waiting()
    say(bench, b"abcd", 10_000)
    bench.pass_time(0.02)
    assert bench.cost_us(bench.port.read, 4, 1.0) == 0


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 6)), max_size=8),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 100)), min_size=1, max_size=6),
)
def test_a_read_returns_at_its_last_byte_or_its_deadline_whatever_comes(pieces: list[tuple[int, int]], reads: list[tuple[int, int]]):
    bench = Bench(Speaker())
    arrivals: list[int] = []
    for gap_ms, size in pieces:
        at_us = (arrivals[-1] if arrivals else 0) + gap_ms * 1000 + size * CHARACTER_US
        bench.world.kernel.at(at_us, lambda data: bench.line._deliver(data), b"x" * size)
        arrivals += [at_us] * size

    def read() -> None:
        bench.port.waiting()
        taken = 0
        for size, timeout_ms in reads:
            began_us, deadline_us = bench.world.now_us, bench.world.now_us + timeout_ms * 1000
            data = bench.port.read(size, timeout_ms / 1000)
            here = sum(at_us <= deadline_us for at_us in arrivals[taken:])
            assert len(data) == min(size, here)
            if here >= size:
                assert bench.world.now_us == max([began_us, *arrivals[taken : taken + size]])
            else:
                assert bench.world.now_us == deadline_us
            taken += len(data)

    bench.run(read)
    bench.world.close()


# A cable that comes out


def test_a_lost_cable_wakes_a_waiting_reader_at_once(bench: Bench):
    bench.world.kernel.at(30_000, bench.line.drop)
    with pytest.raises(LinkLost):
        bench.run(bench.port.read, 5, 10.0)
    assert bench.world.now_us == 30_000


def test_a_cable_may_be_pulled_by_blocking_code_too(bench: Bench):
    caught: list[int] = []

    def read() -> None:
        with pytest.raises(LinkLost):
            bench.port.read(5, 10.0)
        caught.append(bench.world.now_us)

    def pull() -> None:
        bench.world.clock.sleep(0.03)
        bench.line.drop()
        bench.world.clock.sleep(1)
        caught.append(bench.world.now_us)

    bench.together(read, pull)
    assert caught == [30_000, 1_030_000]


def test_the_next_call_opens_the_port_again_once_the_cable_is_back(bench: Bench):
    bench.port.write(b"a")
    bench.line.drop()
    bench.pass_time(1)
    for _ in range(2):
        with pytest.raises(LinkLost):
            bench.port.write(b"b")
    bench.line.restore()
    bench.port.write(b"c")
    bench.pass_time(1)
    assert bench.model.heard == b"c"


def test_a_port_does_not_survive_a_cable_that_was_out_only_for_a_moment(bench: Bench):
    port = opened(bench)
    bench.line.drop()
    bench.line.restore()
    for use in (lambda: port.write(b"x"), lambda: port.read(1), lambda: port.in_waiting):
        with pytest.raises(SerialException):
            use()


def test_a_lost_port_that_is_thrown_away_does_not_take_the_line_from_the_new_one(bench: Bench):
    old = opened(bench)
    bench.line.drop()
    bench.line.restore()
    new = opened(bench)
    old.close()
    del old
    gc.collect()
    say(bench, b"hello", 10_000)
    assert bench.run(new.read, 5) == b"hello"


def test_a_loss_reads_the_same_in_every_world():
    def story() -> str:
        bench = Bench(Speaker())
        bench.line.drop()
        with pytest.raises(LinkLost) as caught:
            bench.port.write(b"x")
        return str(caught.value)

    assert story() == story()


def test_a_changed_timeout_outlives_a_new_opening(bench: Bench):
    bench.run(bench.port.read, 1, 0.25)
    bench.line.drop()
    bench.line.restore()
    with pytest.raises(LinkLost):
        bench.port.waiting()
    assert bench.cost_us(bench.port.read, 1, 0.25) == 250_000


# Several users


def test_a_write_while_another_waits_for_an_answer_is_reported(bench: Bench):
    def write() -> None:
        bench.world.clock.sleep(0.1)
        bench.port.write(b"x")

    bench.together(lambda: bench.port.read(1, 1.0), write)
    assert bench.overlaps == ["device"]


def test_two_readers_at_once_are_reported_and_neither_hangs(bench: Bench):
    got: list[tuple[str, bytes, int]] = []

    def read(name: str) -> None:
        data = bench.port.read(2, 1.0)
        got.append((name, data, bench.world.now_us))

    def second() -> None:
        bench.world.clock.sleep(0.1)
        say(bench, b"ab", 200_000)
        read("second")

    bench.port.waiting()
    bench.together(lambda: read("first"), second)
    assert bench.overlaps == ["device"]
    assert got == [("first", b"", 100_000), ("second", b"ab", 300_000)]


def test_users_who_take_the_lock_never_overlap(bench: Bench):
    def use() -> None:
        for _ in range(3):
            with bench.port.lock:
                bench.port.write(b"x")
                bench.port.read(1, 0.1)

    bench.together(use, use, use)
    assert bench.overlaps == []
    assert bench.world.now_us == 900_000


def test_an_interrupted_reader_is_forgotten(bench: Bench):
    def visit() -> Any:
        try:
            yield from bench.world.call(bench.port.read, 5, 100.0)
        except simpy.Interrupt:
            return "bumped"

    process = bench.world.process(visit())
    bench.world.kernel.at(10_000, process.interrupt)
    assert bench.world.kernel.run(process) == "bumped"
    assert bench.cost_us(bench.port.read, 5, 0.5) == 500_000
    assert bench.overlaps == []

"""The wire between port and model: exact times, faults on it, and a cable that comes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.clock import SHANGHAI
from twin.devices.base import DeviceModel
from twin.line import Line
from twin.world import US, World

START = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)


class Parrot(DeviceModel):
    """Keeps what it is fed, with the time."""

    def __init__(self, world: World) -> None:
        super().__init__("parrot")
        self.world = world
        self.heard: list[tuple[int, bytes]] = []

    def feed(self, data: bytes) -> None:
        self.heard.append((self.world.now_us, data))


class Wire:
    """A line with a parrot at one end and a list at the other."""

    def __init__(self, baudrate: int = 9600) -> None:
        self.world = World(START)
        self.model = Parrot(self.world)
        self.line = Line(self.world, "parrot", self.model, baudrate)
        self.received: list[tuple[int, bytes]] = []
        self.plug_in()

    def plug_in(self) -> None:
        self.line.receive = lambda data: self.received.append((self.world.now_us, data))

    def run_until(self, at_s: float) -> None:
        end = self.world.kernel.event()
        self.world.kernel.at(round(at_s * US), end.succeed)
        self.world.kernel.run(end)


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.world.close()


@pytest.mark.parametrize(("baudrate", "character_us"), [(9600, 1042), (19200, 521), (115200, 87), (1_000_000, 10)])
def test_bytes_arrive_when_their_last_character_is_over_in_whole_microseconds(baudrate: int, character_us: int):
    wire = Wire(baudrate)
    wire.line.from_host(b"12345678")
    wire.line.from_device(b"123")
    wire.run_until(1)
    assert wire.model.heard == [(8 * character_us, b"12345678")]
    assert wire.received == [(3 * character_us, b"123")]


def test_a_reply_begins_when_the_device_says(wire: Wire):
    wire.line.from_device(b"abc", 4000)
    wire.run_until(1)
    assert wire.received == [(4000 + 3 * 1042, b"abc")]


def test_what_is_sent_while_the_line_is_busy_follows_at_once(wire: Wire):
    wire.line.from_host(b"aaaa")
    wire.line.from_host(b"bb")
    wire.line.from_device(b"cccc", 100)
    wire.line.from_device(b"dd")
    wire.run_until(1)
    assert wire.model.heard == [(4 * 1042, b"aaaa"), (6 * 1042, b"bb")]
    assert wire.received == [(100 + 4 * 1042, b"cccc"), (100 + 6 * 1042, b"dd")]


def test_the_two_directions_do_not_wait_for_each_other(wire: Wire):
    wire.line.from_host(b"x" * 100)
    wire.line.from_device(b"y")
    wire.run_until(1)
    assert wire.received == [(1042, b"y")]


def test_a_quiet_line_starts_anew(wire: Wire):
    wire.line.from_host(b"a")
    wire.run_until(0.5)
    wire.line.from_host(b"b")
    wire.run_until(1)
    assert wire.model.heard[1] == (500_000 + 1042, b"b")


@given(st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=9)), min_size=1, max_size=12))
def test_a_line_is_never_faster_than_its_baud_rate_and_keeps_the_order(writes: list[tuple[int, bytes]]):
    wire = Wire()
    for at_us, data in writes:
        wire.world.kernel.at(at_us, wire.line.from_host, data)
    wire.run_until(10)
    assert b"".join(data for _, data in wire.model.heard) == b"".join(data for _, data in sorted(writes, key=lambda write: write[0]))
    free_us = 0
    for at_us, data in wire.model.heard:
        assert at_us >= free_us + 1042 * len(data)
        free_us = at_us


def test_disturbances_act_one_after_another_on_the_pieces_of_the_one_before(wire: Wire):
    wire.line.to_host += [
        lambda data: [(0, data[:2]), (5000, data[2:])],
        lambda data: [(100, data + b"!")],
        lambda data: [(0, data)] if data != b"ab!" else [],
    ]
    wire.line.from_device(b"abcd")
    wire.run_until(1)
    assert wire.received == [(4 * 1042 + 5100, b"cd!")]


def test_a_disturbed_reply_never_becomes_an_empty_one(wire: Wire):
    wire.line.to_host.append(lambda data: [(0, b""), (10, data)])
    wire.line.to_device.append(lambda data: [(0, b"")])
    wire.line.from_device(b"a")
    wire.line.from_host(b"b")
    wire.run_until(1)
    assert wire.received == [(1052, b"a")]
    assert wire.model.heard == []


def test_a_disturbance_of_requests_leaves_replies_alone(wire: Wire):
    wire.line.to_device.append(lambda data: [(7, data[::-1])])
    wire.line.from_host(b"ab")
    wire.line.from_device(b"ab")
    wire.run_until(1)
    assert wire.model.heard == [(2 * 1042 + 7, b"ba")]
    assert wire.received == [(2 * 1042, b"ab")]


def test_the_port_learns_of_a_lost_cable_in_the_same_instant(wire: Wire):
    wire.world.kernel.at(5000, wire.line.drop)
    wire.run_until(1)
    assert wire.received == [(5000, b"")]


def test_nothing_passes_while_the_cable_is_out(wire: Wire):
    wire.line.from_host(b"under way")
    wire.line.from_device(b"under way")
    wire.line.drop()
    wire.line.from_host(b"lost")
    wire.line.from_device(b"lost")
    wire.run_until(1)
    assert wire.model.heard == []
    assert wire.received == [(0, b"")]


def test_a_lost_port_stays_lost_until_somebody_opens_one(wire: Wire):
    wire.line.drop()
    wire.line.restore()
    wire.line.from_device(b"to nobody")
    wire.run_until(0.5)
    wire.plug_in()
    wire.line.from_device(b"hello")
    wire.run_until(1)
    assert [data for _, data in wire.received] == [b"", b"hello"]


def test_a_device_without_power_hears_nothing(wire: Wire):
    wire.model.powered = False
    wire.line.from_host(b"hello")
    wire.run_until(0.5)
    wire.model.powered = True
    wire.line.from_host(b"again")
    wire.run_until(1)
    assert [data for _, data in wire.model.heard] == [b"again"]


def test_a_model_gets_its_timers_from_the_line(wire: Wire):
    calls: list[tuple[int, str]] = []
    wire.model.call_later(2500, lambda word: calls.append((wire.world.now_us, word)), "done")
    wire.run_until(1)
    assert calls == [(2500, "done")]

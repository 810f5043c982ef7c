"""Modbus over TCP: the header of every frame, and exchanges that take no reply but their own."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.clock import SystemClock
from caixue.drivers.tube_dispenser import CARD, Picked, TubeDispenser
from caixue.errors import DeviceError, GarbledReply, LinkError, ReplyTimeout, UncertainOutcome
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link.arming import UNGUARDED
from caixue.link.modbus import ModbusClient
from caixue.link.port import Port
from caixue.opening import make_driver
from caixue.site import DeviceSpec
from caixue.tubes import TUBE_KINDS
from caixue.wire.mbap import LAST_TRANSACTION, Frame, body_size, take_frame, tcp_reply, tcp_request
from caixue.wire.modbus import READ_HOLDING, READ_INPUT, WRITE, Reply, Request, decode_reply, decode_request
from tests.caixue.modbus_bench import START, Registers, behind, late, lose, once, split
from twin.devices.tube_dispenser import TubeDispenserModel
from twin.line import Disturbance, Line
from twin.protocol_twin import register
from twin.things import Station, TubeFactory
from twin.world import US, World

TIMEOUT_S = 0.3

# One exchange from each of two manuals: Modicon Quantum Ethernet user manual 33002479 (06/07/2008), p. 347, a read of one
# register; and the Modbus TCP chapter of a power meter's manual, p. 14, a write of 8 to register 0x0515.
QUANTUM = bytes.fromhex("00 01 00 00 00 06 01 03 00 00 00 01")
METER_WRITE = bytes.fromhex("01 00 00 00 00 09 01 10 05 15 00 01 02 00 08")
METER_REPLY = bytes.fromhex("01 00 00 00 00 06 01 10 05 15 00 01")


def header(transaction: int, body: bytes, *, protocol: int = 0, length: int | None = None) -> bytes:
    return struct.pack(">HHH", transaction, protocol, len(body) if length is None else length) + body


# Frames


def test_a_read_is_the_frame_printed_in_a_manual() -> None:
    assert tcp_request(Request(1, READ_HOLDING, 0, 1), 1) == QUANTUM
    assert take_frame(QUANTUM) == (Frame(1, QUANTUM[6:]), b"") and decode_request(QUANTUM[6:]) == Request(1, READ_HOLDING, 0, 1)


def test_a_write_and_its_reply_are_the_frames_printed_in_a_manual() -> None:
    request = Request(1, WRITE, 0x0515, 1, (8,))
    assert tcp_request(request, 0x0100) == METER_WRITE and decode_request(METER_WRITE[6:]) == request
    assert tcp_reply(Reply(1, WRITE, (), 0x0515, 1), 0x0100) == METER_REPLY
    assert decode_reply(METER_REPLY[6:], request) == Reply(1, WRITE, (), 0x0515, 1)


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_are_frames_or_are_skipped(data: bytes) -> None:
    frame, rest = take_frame(data)
    while frame is not None:
        assert 2 <= len(frame.body) <= 254 and header(frame.transaction, frame.body) in data
        frame, rest = take_frame(rest)
    assert data.endswith(rest)


@given(st.binary(min_size=6, max_size=6))
def test_a_header_has_protocol_0_and_a_length_that_can_be(start: bytes) -> None:
    _, protocol, length = struct.unpack(">HHH", start)
    assert body_size(start) == (length if protocol == 0 and 2 <= length <= 254 else None)


@given(st.integers(1, 247), st.integers(0, 0xFF00), st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=123), st.integers(1, LAST_TRANSACTION))
def test_every_request_and_reply_survives_its_framing(unit: int, address: int, values: list[int], transaction: int) -> None:
    for request in (Request(unit, WRITE, address, len(values), tuple(values)), Request(unit, READ_INPUT, address, len(values))):
        frame, rest = take_frame(tcp_request(request, transaction))
        assert frame is not None and not rest and (frame.transaction, decode_request(frame.body)) == (transaction, request)
    reply = Reply(unit, READ_INPUT, tuple(values))
    frame, _ = take_frame(tcp_reply(reply, transaction))
    assert frame is not None and decode_reply(frame.body, request) == reply


# A device


def answers(requests: list[bytes], cuts: Callable[[int], list[int]], model: Registers | None = None) -> list[bytes]:
    """What a device says to these bytes when they come in such pieces."""
    model = model or Registers()
    model.speak_tcp()
    sent: list[bytes] = []
    model.send = lambda data, after_us=0: sent.append(data)
    model.call_later = lambda *_: None
    stream = b"".join(requests)
    places = [0, *cuts(len(stream)), len(stream)]
    for start, end in pairwise(places):
        model.feed(stream[start:end])
    return sent


REQUESTS = [tcp_request(Request(1, READ_INPUT, address, 3), transaction) for transaction, address in ((7, 1), (8, 20), (LAST_TRANSACTION, 96))]


@pytest.mark.parametrize("cuts", [lambda _: [], lambda size: list(range(1, size)), lambda size: [3, 14, 15, size - 1]], ids=["merged", "bytes", "pieces"])
def test_a_device_answers_each_request_under_its_own_number_in_whatever_pieces_it_comes(cuts: Callable[[int], list[int]]) -> None:
    frames = [take_frame(data)[0] for data in answers(REQUESTS, cuts)]
    assert [frame.transaction for frame in frames if frame] == [7, 8, LAST_TRANSACTION]
    assert [frame.body[3:] for frame in frames if frame] == [struct.pack(">3H", *range(first, first + 3)) for first in (1001, 1020, 1096)]


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        pytest.param(b"\x01\x07", b"\x01\x87\x01", id="a function that it does not know"),
        pytest.param(b"\x01\x06\0\0\0\1", b"\x01\x86\x01", id="a function that the profile leaves out"),
        pytest.param(b"\x01\x04\0\0\0", b"\x01\x84\x03", id="a request that is too short for its function"),
        pytest.param(b"\x01\x04\0\0\0\1\0", b"\x01\x84\x03", id="a request that is too long for its function"),
        pytest.param(b"\x01\x04\xff\0\0\1", b"\x01\x84\x02", id="a register that is not there"),
    ],
)
def test_a_device_refuses_with_the_exception_of_the_standard(body: bytes, reply: bytes) -> None:
    assert answers([header(9, body)], lambda _: []) == [header(9, reply)]


@pytest.mark.parametrize(
    "noise",
    [header(1, b"\x01\x04\0\1\0\1", protocol=1), header(1, b"\x01", length=1), header(1, b"\x01\x04\0\1\0\1", length=400), b"GET / HTTP/1.1\r\n"],
    ids=["another protocol", "too short", "oversize", "another language"],
)
def test_a_device_skips_what_is_no_frame_and_answers_what_follows(noise: bytes) -> None:
    assert len(answers([noise, REQUESTS[0]], lambda _: [])) == 1


def test_a_device_is_silent_for_another_unit_and_takes_its_writes_once() -> None:
    model = Registers()
    assert answers([tcp_request(Request(2, READ_INPUT, 1, 1), 1), METER_WRITE], lambda _: [], model) == [METER_REPLY]
    assert model.written == [(0x0515, (8,))]


# The client, in virtual time


class TcpBench:
    """One device behind TCP."""

    def __init__(self) -> None:
        register()
        self.world = World(START)
        self.model = Registers()
        self.model.speak_tcp()
        self.line = Line(self.world, "device", self.model, 0)
        self.sent: list[bytes] = []
        self.sent_us: list[int] = []
        self.port = Port(self.world.url("device"), self.world.clock, name="device", tap=self._tap)
        self.told: list[LinkError] = []
        self.client = ModbusClient(self.port, framing="mbap", reply_timeout_s=TIMEOUT_S, on_trouble=self.told.append)

    def _tap(self, port: str, direction: str, data: bytes) -> None:
        if direction == ">":
            self.sent.append(data)
            self.sent_us.append(self.world.now_us)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self.world.kernel.run(self.world.process(self.world.call(function, *arguments)))

    def fails(self, error: type[Exception], function: Callable[..., Any], *arguments: Any) -> int:
        """How long a call takes to fail in this way."""
        before_us = self.world.now_us
        with pytest.raises(error):
            self.run(function, *arguments)
        return self.world.now_us - before_us


@pytest.fixture
def bench() -> TcpBench:
    return TcpBench()


def changed(place: int, value: int) -> Disturbance:
    return lambda data: [(0, data[:place] + bytes([value]) + data[place + 1 :])]


def test_reads_and_writes_reach_the_device_each_under_the_next_number(bench: TcpBench) -> None:
    assert bench.run(bench.client.read_inputs, 5, 3) == (1005, 1006, 1007)
    bench.run(bench.client.write, 2, (7, 8))
    assert bench.model.written == [(2, (7, 8))]
    assert [frame.transaction for frame, _ in map(take_frame, bench.sent) if frame] == [1, 2]


def test_numbers_begin_again_at_1_and_never_use_0(bench: TcpBench) -> None:
    bench.port.line.transaction = LAST_TRANSACTION - 1
    for _ in range(2):
        bench.run(bench.client.read_inputs, 1, 1)
    assert [frame.transaction for frame, _ in map(take_frame, bench.sent) if frame] == [LAST_TRANSACTION, 1]


@pytest.mark.parametrize("delay_s", [0.31, 0.5, 0.75])
def test_a_late_reply_is_never_taken_for_the_next_and_nobody_waits_for_it(bench: TcpBench, delay_s: float) -> None:
    bench.line.to_host.append(once(late(delay_s)))
    assert bench.run(bench.client.read_inputs, 0, 2)[0] >= 2  # a later answer than the first
    assert bench.sent_us[1] == TIMEOUT_S * US  # the second request went out at once
    answered = len(bench.sent)
    for number in range(answered + 1, answered + 5):
        assert bench.run(bench.client.read_inputs, 0, 1) == (number,)


def test_a_reply_that_comes_while_the_next_is_awaited_is_dropped(bench: TcpBench) -> None:
    bench.line.to_host.append(once(late(TIMEOUT_S + 0.002)))  # it arrives 2 ms into the second exchange
    assert bench.run(bench.client.read_inputs, 0, 1) == (2,)


def test_replies_in_pieces_and_with_another_transactions_frame_around_them_are_read(bench: TcpBench) -> None:
    stranger = header(0x7777, b"\x01\x04\x02\xff\xff")
    bench.line.to_host[:] = [once(split(3, 0.05))]
    assert bench.run(bench.client.read_inputs, 1, 1) == (1001,)
    bench.line.to_host[:] = [once(split(9, 0.05))]
    assert bench.run(bench.client.read_inputs, 1, 1) == (1001,)
    bench.line.to_host[:] = [lambda data: [(0, stranger + data + stranger)]]
    assert bench.run(bench.client.read_inputs, 1, 1) == (1001,)
    assert bench.run(bench.client.read_inputs, 2, 1) == (1002,)


@pytest.mark.parametrize(
    ("place", "value"),
    [(2, 1), (4, 1), (5, 1), (6, 9), (7, 3), (8, 4)],
    ids=["protocol", "oversize", "too short", "unit", "function", "byte count"],
)
def test_a_reply_that_does_not_fit_is_garbled_and_asked_for_again(bench: TcpBench, place: int, value: int) -> None:
    bench.line.to_host.append(once(changed(place, value)))
    assert bench.run(bench.client.read_inputs, 1, 1) == (1001,)
    assert [type(error) for error in bench.told] == [GarbledReply]


def test_a_reply_of_another_transaction_alone_is_no_reply(bench: TcpBench) -> None:
    bench.line.to_host.append(changed(1, 0xEE))
    assert bench.fails(ReplyTimeout, bench.client.read_inputs, 1, 1) == 3 * round(TIMEOUT_S * US)


def test_a_write_whose_reply_is_lost_is_uncertain_and_was_sent_once(bench: TcpBench) -> None:
    bench.line.to_host.append(once(lose))
    bench.fails(UncertainOutcome, bench.client.write, 0, (1, 2, 3))
    assert len(bench.sent) == 1 and bench.model.written == [(0, (1, 2, 3))]


def test_a_write_whose_echo_differs_is_uncertain(bench: TcpBench) -> None:
    bench.line.to_host.append(once(changed(9, 1)))
    bench.fails(UncertainOutcome, bench.client.write, 0, (1, 2, 3))


def test_an_exception_is_the_devices_word_and_is_not_asked_for_again(bench: TcpBench) -> None:
    with pytest.raises(DeviceError, match="illegal data address"):
        bench.run(bench.client.read_inputs, 99, 5)
    assert len(bench.sent) == 1


@pytest.mark.parametrize("code", [10, 11])
def test_a_gateway_that_cannot_reach_its_unit_leaves_a_write_uncertain_and_a_read_without_reply(bench: TcpBench, code: int) -> None:
    bench.line.to_host.append(lambda data: [(0, header(int.from_bytes(data[:2], "big"), bytes([1, data[7] | 0x80, code])))])
    bench.fails(UncertainOutcome, bench.client.write, 0, (1, 2, 3))
    bench.fails(ReplyTimeout, bench.client.read_inputs, 1, 1)
    assert len(bench.sent) == 1 + 3


def test_after_the_last_try_the_connection_is_made_anew(bench: TcpBench) -> None:
    bench.model.begin_silence()
    bench.fails(ReplyTimeout, bench.client.read_inputs, 1, 1)
    assert bench.line.receive is None
    bench.model.end_silence()
    assert bench.run(bench.client.read_inputs, 1, 1) == (1001,)


def test_a_stream_that_is_out_of_step_is_given_up_and_made_anew(bench: TcpBench) -> None:
    bench.line.to_host.append(once(behind(b"\xaa")))  # one byte too many: every later header would be off by one
    for _ in range(5):
        assert bench.run(bench.client.read_inputs, 1, 1) == (1001,)


# Drivers


def dispenser_spec(url: str, framing: str) -> DeviceSpec:
    return DeviceSpec("window-1.tube-dispenser", "tube-dispenser", url, framing, 1, None, "window-1", {})  # type: ignore[arg-type]


@pytest.mark.parametrize("framing", ["rtu", "mbap"])
def test_a_driver_does_the_same_over_both_framings(framing: str) -> None:
    register()
    world, factory = World(START), TubeFactory()
    model = TubeDispenserModel("window-1.tube-dispenser", Station(), factory, {3: "edta-purple"}, capacity=5, low=1)
    if framing == "mbap":
        model.speak_tcp()
    Line(world, model.name, model, 0 if framing == "mbap" else 9600)
    driver = make_driver(dispenser_spec(world.url(model.name), framing), world.clock, Recorder(MemoryJournal(), world.clock))
    assert isinstance(driver, TubeDispenser)

    def run(function: Callable[..., Any], *arguments: Any) -> Any:
        return world.kernel.run(world.process(world.call(function, *arguments)))

    assert run(driver.dispense, 3) == Picked(3, TUBE_KINDS["edta-purple"].colour) and model.dispensed == 1
    with pytest.raises(DeviceError, match="lane locked"):
        run(driver.lock_lane, 3)
        run(driver.dispense, 3)


def test_a_lost_confirmation_over_tcp_is_decided_by_reading_back_and_dispenses_once() -> None:
    register()
    world = World(START)
    model = TubeDispenserModel("d", Station(), TubeFactory(), {3: "edta-purple"}, capacity=5, low=1)
    model.speak_tcp()
    line = Line(world, "d", model, 0)
    driver = make_driver(dispenser_spec(world.url("d"), "mbap"), world.clock, Recorder(MemoryJournal(), world.clock))
    assert isinstance(driver, TubeDispenser)
    writes: Disturbance = once(lose)
    line.to_host.append(lambda data: writes(data) if data[7] == WRITE else [(0, data)])
    world.kernel.run(world.process(world.call(driver.dispense, 3)))
    assert (model.dispensed, model.most_in_flight) == (1, 1)


# A real socket, and a server that nobody here wrote


@contextmanager
def served(reply_to: Callable[[bytes], list[bytes]]) -> Iterator[str]:
    """The URL of a TCP server on this machine that answers each piece it receives with pieces of its own."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while data := connection.recv(1024):
                    for piece in reply_to(data):
                        connection.sendall(piece)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"socket://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def stock_server() -> Callable[[bytes], list[bytes]]:
    """pymodbus's own codecs as a server: nine input registers that count up."""
    from pymodbus.framer import FramerSocket
    from pymodbus.pdu import DecodePDU
    from pymodbus.pdu.register_message import ReadInputRegistersResponse

    framer = FramerSocket(DecodePDU(is_server=True))

    def reply_to(data: bytes) -> list[bytes]:
        _, request = framer.handleFrame(data, 0, 0)
        assert request is not None
        reply = ReadInputRegistersResponse(dev_id=request.dev_id, transaction_id=request.transaction_id, registers=[*range(request.count)])
        whole = framer.buildFrame(reply)
        return [header(0x4321, b"\x01\x04\x02\0\0") + whole[:5], whole[5:]]  # a stranger's frame first, then ours in two pieces

    return reply_to


def test_our_driver_reads_a_stock_server_over_a_real_socket() -> None:
    clock = SystemClock()
    with served(stock_server()) as url:
        driver = make_driver(dispenser_spec(url, "mbap"), clock, Recorder(MemoryJournal(), clock), arming=UNGUARDED)
        reading = driver.status()
        driver.port.close()
    assert tuple(reading.values.values()) == tuple(range(len(CARD.inputs)))

"""Modbus RTU frames: the specification's own examples, pymodbus's framer as a second opinion, and hostile bytes."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.exceptionresponse import ExceptionResponse
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersResponse,
    ReadInputRegistersResponse,
    WriteMultipleRegistersResponse,
)

from caixue.errors import UsageError
from caixue.wire.modbus import (
    READ_HOLDING,
    READ_INPUT,
    WRITE,
    Reply,
    Request,
    find_reply,
    parse_reply,
    parse_request,
    reply_frame,
    reply_size,
    request_frame,
    request_size,
)
from tests.caixue.modbus_bench import with_crc

DEVICE_SIDE = FramerRTU(DecodePDU(is_server=True))
HOST_SIDE = FramerRTU(DecodePDU(is_server=False))


# Golden frames. The PDUs are the examples of Modbus Application Protocol V1.1b3, sections 6.3, 6.4 and 6.12, on unit 17.

EXAMPLES = [
    pytest.param(
        Request(17, READ_HOLDING, 0x6B, 3),
        "11 03 00 6B 00 03 76 87",
        Reply(17, READ_HOLDING, (0x022B, 0, 0x64)),
        "11 03 06 02 2B 00 00 00 64 C8 BA",
        id="read-holding-registers",
    ),
    pytest.param(
        Request(17, READ_INPUT, 8, 1), "11 04 00 08 00 01 B2 98", Reply(17, READ_INPUT, (10,)), "11 04 02 00 0A F8 F4", id="read-input-registers"
    ),
    pytest.param(
        Request(17, WRITE, 1, 2, (0x000A, 0x0102)),
        "11 10 00 01 00 02 04 00 0A 01 02 C6 F0",
        Reply(17, WRITE, address=1, count=2),
        "11 10 00 01 00 02 12 98",
        id="write-multiple-registers",
    ),
    pytest.param(
        Request(1, READ_HOLDING, 0, 10), "01 03 00 00 00 0A C5 CD", Reply(1, READ_HOLDING, error=2), "01 83 02 C0 F1", id="illegal-address"
    ),
]


@pytest.mark.parametrize(("request_", "sent", "reply", "received"), EXAMPLES)
def test_the_specifications_examples_are_coded_byte_for_byte(request_: Request, sent: str, reply: Reply, received: str):
    assert request_frame(request_).hex(" ").upper() == sent
    assert reply_frame(reply).hex(" ").upper() == received


@pytest.mark.parametrize(("request_", "sent", "reply", "received"), EXAMPLES)
def test_the_specifications_examples_are_understood(request_: Request, sent: str, reply: Reply, received: str):
    assert parse_request(bytes.fromhex(sent)) == request_
    assert parse_reply(bytes.fromhex(received), request_) == reply


@pytest.mark.parametrize(("request_", "sent", "reply", "received"), EXAMPLES)
def test_the_examples_carry_the_specifications_crc(request_: Request, sent: str, reply: Reply, received: str):
    for frame in (bytes.fromhex(sent), bytes.fromhex(received)):
        assert with_crc(frame[:-2]) == frame


# pymodbus's framer as a second opinion

units = st.integers(1, 247)
addresses = st.integers(0, 0xFFFF)
words = st.integers(0, 0xFFFF)
reads = st.builds(Request, units, st.sampled_from([READ_HOLDING, READ_INPUT]), addresses, st.integers(1, 125))
writes = st.builds(
    lambda unit, address, values: Request(unit, WRITE, address, len(values), tuple(values)),
    units,
    addresses,
    st.lists(words, min_size=1, max_size=123),
)
requests = reads | writes


def good_reply(request: Request) -> Reply:
    """What a device answers when all is well."""
    if request.function == WRITE:
        return Reply(request.unit, WRITE, address=request.address, count=request.count)
    return Reply(request.unit, request.function, tuple(range(request.count)))


@given(requests)
def test_pymodbus_understands_our_requests(request: Request):
    frame = request_frame(request)
    used, pdu = DEVICE_SIDE.handleFrame(frame, 0, 0)
    assert used == len(frame) and pdu is not None
    found = Request(pdu.dev_id, pdu.function_code, pdu.address, pdu.count, tuple(pdu.registers if request.function == WRITE else ()))
    assert found == request == parse_request(frame)


@given(requests)
def test_the_length_of_a_request_is_known_as_soon_as_it_can_be(request: Request):
    frame = request_frame(request)
    known_from = 7 if request.function == WRITE else 2
    assert [request_size(frame[:end]) for end in range(len(frame) + 1)] == [0] * known_from + [len(frame)] * (len(frame) + 1 - known_from)


@given(reads, st.data())
def test_we_understand_what_pymodbus_replies_to_a_read(request: Request, data: st.DataObject):
    values = data.draw(st.lists(words, min_size=request.count, max_size=request.count))
    kind = ReadHoldingRegistersResponse if request.function == READ_HOLDING else ReadInputRegistersResponse
    frame = HOST_SIDE.buildFrame(kind(dev_id=request.unit, registers=values))
    reply = Reply(request.unit, request.function, tuple(values))
    assert parse_reply(frame, request) == reply
    assert reply_frame(reply) == frame
    assert reply_size(request) == len(frame)


@given(writes)
def test_we_understand_what_pymodbus_replies_to_a_write(request: Request):
    frame = HOST_SIDE.buildFrame(WriteMultipleRegistersResponse(dev_id=request.unit, address=request.address, count=request.count))
    reply = Reply(request.unit, WRITE, address=request.address, count=request.count)
    assert parse_reply(frame, request) == reply
    assert reply_frame(reply) == frame
    assert reply_size(request) == len(frame)


@given(requests, st.integers(1, 255))
def test_we_understand_every_exception_reply_also_with_codes_outside_the_standard(request: Request, code: int):
    frame = HOST_SIDE.buildFrame(ExceptionResponse(request.function, code, device_id=request.unit))
    assert parse_reply(frame, request) == Reply(request.unit, request.function, error=code)
    assert reply_frame(Reply(request.unit, request.function, error=code)) == frame


@given(reads, st.data())
def test_pymodbus_understands_our_replies(request: Request, data: st.DataObject):
    values = tuple(data.draw(st.lists(words, min_size=request.count, max_size=request.count)))
    _, pdu = HOST_SIDE.handleFrame(reply_frame(Reply(request.unit, request.function, values)), 0, 0)
    assert pdu is not None and (pdu.dev_id, pdu.function_code, tuple(pdu.registers)) == (request.unit, request.function, values)


def test_an_exception_reply_without_a_code_is_no_reply():
    assert parse_reply(with_crc(bytes([1, 0x84, 0])), Request(1, READ_INPUT, 0, 2)) is None


# What no frame can say


@pytest.mark.parametrize(
    "request_",
    [
        Request(1, READ_INPUT, 0, 0),
        Request(1, READ_INPUT, 0, 126),
        Request(1, READ_HOLDING, 70_000, 1),
        Request(1, READ_HOLDING, -1, 1),
        Request(256, READ_INPUT, 0, 1),
        Request(-1, READ_INPUT, 0, 1),
        Request(1, WRITE, 0, 0),
        Request(1, WRITE, 0, 124, (0,) * 124),
        Request(1, WRITE, 0, 2, (1,)),
        Request(1, WRITE, 0, 1, (70_000,)),
        Request(1, WRITE, 0, 1, (-1,)),
    ],
    ids=str,
)
def test_a_request_outside_of_what_modbus_can_say_is_a_usage_error(request_: Request):
    with pytest.raises(UsageError):
        request_frame(request_)


# Hostile bytes

good_crcs = st.builds(lambda unit, function, body: with_crc(bytes([unit, function]) + body), units, st.integers(0, 255), st.binary(max_size=260))
hostile = st.binary(max_size=300) | good_crcs
STATUS = Request(1, READ_INPUT, 0, 9)


@given(hostile)
def test_any_bytes_are_a_request_or_none(data: bytes):
    request = parse_request(data)
    assert request is None or (len(data) == request_size(data) and data == with_crc(data[:-2]))


@given(hostile, requests)
def test_any_bytes_are_a_reply_or_none(data: bytes, request: Request):
    for reply in (parse_reply(data, request), find_reply(data, request)):
        assert reply is None or (reply.unit, reply.function) == (request.unit, request.function)


@given(st.binary(max_size=30).map(lambda body: with_crc(b"\x01\x04" + body)))
def test_a_reply_with_a_good_crc_is_taken_only_when_its_byte_count_is_right(frame: bytes):
    right = len(frame) == 23 and frame[2] == 18
    assert (parse_reply(frame, STATUS) is not None) == right


@pytest.mark.parametrize("byte_count", [*range(17), 17, 19, 20, 255])
def test_a_reply_of_the_right_length_with_a_wrong_byte_count_is_none(byte_count: int):
    assert parse_reply(with_crc(bytes([1, READ_INPUT, byte_count]) + bytes(18)), STATUS) is None


@given(requests, st.data())
def test_no_damage_to_one_or_two_bits_goes_unseen(request: Request, data: st.DataObject):
    frame = bytearray(reply_frame(good_reply(request)))
    bits = data.draw(st.lists(st.integers(0, 8 * len(frame) - 1), min_size=1, max_size=2, unique=True))
    for bit in bits:
        frame[bit // 8] ^= 1 << bit % 8
    assert parse_reply(bytes(frame), request) is None


@given(requests, st.integers(0, 270))
def test_a_reply_cut_short_or_drawn_out_is_none(request: Request, length: int):
    frame = reply_frame(good_reply(request))
    assume(length != len(frame))
    assert parse_reply((frame + b"\0" * 270)[:length], request) is None


@given(requests, requests)
def test_a_reply_to_another_unit_function_count_or_write_is_none(mine: Request, other: Request):
    frame = reply_frame(good_reply(other))
    same = (mine.unit, mine.function, mine.count) == (other.unit, other.function, other.count)
    echoes = mine.function != WRITE or mine.address == other.address
    assert (parse_reply(frame, mine) is not None) == (same and echoes)


@given(st.binary(max_size=60), requests, st.binary(max_size=20))
@settings(max_examples=40)
def test_a_reply_is_found_past_noise_on_either_side(noise: bytes, request: Request, rest: bytes):
    reply = good_reply(request)
    assume(find_reply(noise, request) is None)
    assert find_reply(noise + reply_frame(reply) + rest, request) == reply


def test_an_exception_reply_is_found_past_noise():
    frame = reply_frame(Reply(1, READ_INPUT, error=6))
    assert find_reply(b"\x01\x84\x06" + frame + b"\0", STATUS) == Reply(1, READ_INPUT, error=6)


def test_half_a_reply_is_not_found():
    frame = reply_frame(Reply(1, READ_INPUT, tuple(range(9))))
    assert find_reply(b"\xff" * 5 + frame[:-1], STATUS) is None

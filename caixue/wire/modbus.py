"""Modbus RTU frames to and from values (Modbus Application Protocol V1.1b3, Modbus over Serial Line V1.02); TCP's are in `mbap`.

The coding is pymodbus's framer and PDU classes. Decoded requests and replies are immutable here, so equal frames are
decoded once: a room asks the same few questions a hundred thousand times a day.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    ReadInputRegistersRequest,
    ReadInputRegistersResponse,
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
)

from caixue.errors import UsageError

READ_HOLDING, READ_INPUT, WRITE = 3, 4, 16
ERROR_BIT = 0x80
EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}
DEVICE_BUSY, ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 6, 1, 2, 3
GATEWAY_ERRORS = frozenset({10, 11})  # a gateway speaks, not the device: its unit cannot be reached, or did not answer
SHORTEST_REPLY = 5  # unit, function, exception code, CRC
LONGEST_FRAME = 256
MOST_READ, MOST_WRITTEN = 125, 123  # registers in one request
_PLAIN_REQUESTS = frozenset({1, 2, READ_HOLDING, READ_INPUT, 5, 6})  # functions whose requests are unit, function, two words, CRC
_COUNTED_REQUESTS = frozenset({15, WRITE})  # and those that carry a byte count and as many bytes behind the two words

_FRAMER = FramerRTU(DecodePDU(is_server=False))
_REQUEST_CLASSES: dict[int, type[ModbusPDU]] = {
    READ_HOLDING: ReadHoldingRegistersRequest,
    READ_INPUT: ReadInputRegistersRequest,
    WRITE: WriteMultipleRegistersRequest,
}
_REPLY_CLASSES: dict[int, type[ModbusPDU]] = {
    READ_HOLDING: ReadHoldingRegistersResponse,
    READ_INPUT: ReadInputRegistersResponse,
    WRITE: WriteMultipleRegistersResponse,
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request for registers: read `count` of them, or write `values`."""

    unit: int
    function: int
    address: int
    count: int
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply; `error` is the Modbus exception code, 0 when all is well."""

    unit: int
    function: int
    values: tuple[int, ...] = ()
    address: int = 0
    count: int = 0
    error: int = 0


@lru_cache(4096)
def request_frame(request: Request) -> bytes:
    """The bytes of a request. Raises UsageError when unit, address, count or a value is outside what Modbus can say."""
    if request.function == WRITE and not 1 <= request.count == len(request.values) <= MOST_WRITTEN:
        raise UsageError(f"Modbus writes 1–{MOST_WRITTEN} registers at once, not {len(request.values)}")
    try:
        pdu = _REQUEST_CLASSES[request.function](
            dev_id=request.unit, address=request.address, count=request.count, registers=list(request.values)
        )
        return bytes(_FRAMER.buildFrame(pdu))
    except (ModbusException, ValueError, OverflowError, struct.error) as error:
        raise UsageError(f"not a Modbus request: {error}") from None


@lru_cache(16384)
def reply_frame(reply: Reply) -> bytes:
    """The bytes of a reply."""
    if reply.error:
        pdu: ModbusPDU = ExceptionResponse(reply.function, reply.error, device_id=reply.unit)
    else:
        pdu = _REPLY_CLASSES[reply.function](
            dev_id=reply.unit, address=reply.address, count=reply.count, registers=list(reply.values)
        )
    return bytes(_FRAMER.buildFrame(pdu))


def reply_size(request: Request) -> int:
    """How many bytes a good reply to `request` has."""
    return 8 if request.function == WRITE else SHORTEST_REPLY + 2 * request.count


def request_size(start: bytes) -> int | None:
    """How long the request is that begins with `start`: 0 while that cannot be known, None when its function is not known here."""
    if len(start) < 2:
        return 0
    if start[1] in _PLAIN_REQUESTS:
        return 8
    if start[1] in _COUNTED_REQUESTS:
        return 0 if len(start) < 7 else 9 + start[6]
    return None


@lru_cache(4096)
def parse_request(frame: bytes) -> Request | None:
    """The request in exactly these bytes, or None when their length or CRC is wrong."""
    return decode_request(frame[:-2]) if len(frame) >= 8 and _crc_holds(frame) else None


def decode_request(body: bytes) -> Request | None:
    """The request in unit, function and data, as every framing carries them, or None when their length is wrong.

    Decoded here, because pymodbus refuses what a device must answer with an exception: a count of 0, another function.
    """
    if len(body) < 6 or len(body) + 2 != request_size(body):
        return None
    address, count = struct.unpack(">HH", body[2:6])
    carries = body[1] == WRITE and body[6] % 2 == 0
    values = struct.unpack(f">{body[6] // 2}H", body[7:]) if carries else ()
    return Request(body[0], body[1], address, count, values)


@lru_cache(16384)
def parse_reply(frame: bytes, request: Request) -> Reply | None:
    """The reply in exactly these bytes, or None when they are not a reply to `request`: unit, function, count and echo are checked."""
    if len(frame) < SHORTEST_REPLY or frame[0] != request.unit or frame[1] & ~ERROR_BIT != request.function:
        return None
    return decode_reply(frame[:-2], request) if _crc_holds(frame) else None


def decode_reply(body: bytes, request: Request) -> Reply | None:
    """The reply in unit, function and data, or None when they are not a reply to `request`."""
    if len(body) < SHORTEST_REPLY - 2 or body[0] != request.unit or body[1] & ~ERROR_BIT != request.function:
        return None
    if body[1] & ERROR_BIT:
        return Reply(body[0], request.function, error=body[2]) if len(body) == SHORTEST_REPLY - 2 and body[2] else None
    pdu = _decode_reply(body) if len(body) + 2 == reply_size(request) else None
    if pdu is None:
        return None
    if request.function == WRITE:
        echoed = pdu.address == request.address and pdu.count == request.count
        return Reply(body[0], WRITE, address=pdu.address, count=pdu.count) if echoed else None
    return Reply(body[0], request.function, tuple(pdu.registers)) if len(pdu.registers) == request.count else None


def find_reply(data: bytes, request: Request) -> Reply | None:
    """The first valid reply to `request` anywhere in `data`: noise before or after it does no harm."""
    size = reply_size(request)
    for start in range(len(data) - SHORTEST_REPLY + 1):
        for length in (size, SHORTEST_REPLY):
            reply = parse_reply(data[start : start + length], request) if start + length <= len(data) else None
            if reply is not None:
                return reply
    return None


def _crc_holds(frame: bytes) -> bool:
    return bool(FramerRTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:], "big")))


def _decode_reply(body: bytes) -> ModbusPDU | None:
    pdu = _REPLY_CLASSES[body[1]]()
    try:
        pdu.decode(body[2:])
    except Exception:  # pymodbus raises struct.error, ValueError, IndexError and its own; all mean: not a frame
        return None
    return pdu

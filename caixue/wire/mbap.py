"""Modbus TCP frames: the header before unit, function and data (Modbus Messaging on TCP/IP V1.0b, 3.1.3); framed by pymodbus.

A frame tells its own length and the transaction it belongs to, and carries no CRC. Requests and replies are those of `modbus`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU

from caixue.wire.modbus import Reply, Request, reply_frame, request_frame

HEADER = 6  # bytes for transaction, protocol and length; the length counts what follows
SHORTEST_BODY, LONGEST_BODY = 2, 254  # unit, function and data
LAST_TRANSACTION = 0xFFFF  # numbers run 1…65535: some servers answer everything with 0

_FRAMER = FramerSocket(DecodePDU(is_server=False))


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: which transaction, and its unit, function and data."""

    transaction: int
    body: bytes


def tcp_request(request: Request, transaction: int) -> bytes:
    """The bytes of a request. Raises UsageError like `request_frame`."""
    return _framed(request_frame(request), transaction)


def tcp_reply(reply: Reply, transaction: int) -> bytes:
    """The bytes of a reply."""
    return _framed(reply_frame(reply), transaction)


def body_size(header: bytes) -> int | None:
    """How many bytes follow this header; None when it is no header: another protocol, or a length that cannot be."""
    length = int.from_bytes(header[4:HEADER], "big")
    good = len(header) == HEADER and header[2:4] == b"\0\0" and SHORTEST_BODY <= length <= LONGEST_BODY
    return length if good else None


def take_frame(data: bytes) -> tuple[Frame | None, bytes]:
    """The first whole frame in `data`, and the bytes behind it; what is no header is skipped byte by byte."""
    while len(data) >= HEADER:
        size = body_size(data[:HEADER])
        if size is None:
            data = data[1:]
        elif len(data) < HEADER + size:
            break
        else:
            _, unit, transaction, pdu = _FRAMER.decode(data[: HEADER + size])
            return Frame(transaction, bytes([unit]) + pdu), data[HEADER + size :]
    return None, data


def _framed(rtu: bytes, transaction: int) -> bytes:
    return bytes(_FRAMER.encode(rtu[1:-2], rtu[0], transaction))

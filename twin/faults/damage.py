"""What can happen to the bytes of one transfer: pure functions of the bytes and the dice, some of which know Modbus frames."""

from __future__ import annotations

from collections.abc import Callable

from pymodbus.framer import FramerRTU

from caixue.wire.modbus import ERROR_BIT, READ_HOLDING, READ_INPUT
from twin.chance import Dice

Pieces = list[tuple[int, bytes]]  # (extra delay in us, bytes)
Change = Callable[[bytes, Dice], Pieces]
GAP_US = 20_000  # between the pieces of "partial"
_HEADER = 7  # bytes of a Modbus TCP frame before its function code: transaction, protocol 0, length, unit


def is_tcp_frame(data: bytes) -> bool:
    """Whether these bytes are one whole Modbus TCP frame (Modbus Messaging on TCP/IP V1.0b, 3.1.3)."""
    return len(data) > _HEADER and data[2:4] == b"\0\0" and int.from_bytes(data[4:6], "big") == len(data) - 6


def split(data: bytes, dice: Dice, pieces: int = 2, gap_us: int = GAP_US) -> Pieces:
    """Up to `pieces` pieces at places that the dice choose, `gap_us` apart."""
    places = [0, *sorted(dice.sample(range(1, len(data)), min(pieces, len(data)) - 1)), len(data)]
    return [(gap_us * number, data[places[number] : places[number + 1]]) for number in range(len(places) - 1)]


def _bad_check(data: bytes, dice: Dice) -> Pieces:
    """The last byte, where the CRC ends, turned over; a Modbus TCP frame has no CRC and gets a wrong transaction number."""
    if is_tcp_frame(data):
        return [(0, bytes([data[0], data[1] ^ 0xFF]) + data[2:])]
    return [(0, data[:-1] + bytes([data[-1] ^ 0xFF]))]


def _wrong_length(data: bytes, dice: Dice) -> Pieces:
    """A length field that is one off: of a Modbus TCP frame, or the byte count of an RTU reply whose CRC is right."""
    if is_tcp_frame(data):
        return [(0, data[:5] + bytes([data[5] ^ 1]) + data[6:])]
    reads = len(data) > 5 and data[1] & ~ERROR_BIT in (READ_HOLDING, READ_INPUT) and len(data) == 5 + data[2]
    if not reads:
        return [(0, data)]
    body = data[:2] + bytes([data[2] ^ 1]) + data[3:-2]
    return [(0, body + FramerRTU.compute_CRC(body).to_bytes(2, "big"))]


def _truncate(data: bytes, dice: Dice) -> Pieces:
    """Only a part from the front; of a single byte nothing."""
    return [(0, data[: dice.randrange(1, len(data))])] if len(data) > 1 else []


def _flip_any(data: bytes, dice: Dice) -> Pieces:
    place = dice.randrange(len(data))
    return [(0, data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :])]


def _drop_any(data: bytes, dice: Dice) -> Pieces:
    place = dice.randrange(len(data))
    return [(0, data[:place] + data[place + 1 :])]


def _double_any(data: bytes, dice: Dice) -> Pieces:
    place = dice.randrange(len(data))
    return [(0, data[: place + 1] + data[place:])]


def _noise(data: bytes, dice: Dice) -> Pieces:
    return [(0, bytes([dice.randrange(256)]) + data)]


def _seven_bits(data: bytes, dice: Dice) -> Pieces:
    """What eight bits without parity read of a line that is set to seven bits and even parity."""
    return [(0, bytes(byte & 0x7F | ((byte & 0x7F).bit_count() & 1) << 7 for byte in data))]


def _nothing(data: bytes, dice: Dice) -> Pieces:
    return []


CHANGES: dict[str, Change] = {
    "bad-crc": _bad_check,
    "wrong-length": _wrong_length,
    "truncated": _truncate,
    "corrupt": _flip_any,
    "dropped-byte": _drop_any,
    "duplicated-byte": _double_any,
    "noise": _noise,
    "parity": _seven_bits,
    "lost-reply": _nothing,
    "silence": _nothing,
    "half-open": _nothing,
    "partial": split,
}

"""Modbus in words: requests with the card's register names, replies beside the request they answer; RTU and MBAP framing.

Source: Modbus Application Protocol V1.1b3; Modbus Messaging on TCP/IP V1.0b.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from caixue.lang import tr
from caixue.wire.explain import Names, Said
from caixue.wire.modbus import ERROR_BIT, EXCEPTIONS, READ_HOLDING, READ_INPUT, WRITE, request_size

_WRITE_ONE = 6
_HEADER = 7  # bytes before the function code on TCP: transaction, protocol, length, unit
_TABLES = {READ_HOLDING: ("保持寄存器", "holding registers"), READ_INPUT: ("输入寄存器", "input registers")}


class ModbusExplainer:
    """One line between a client and its units."""

    def __init__(self, names: Names, *, mbap: bool) -> None:
        self._names = names
        self._mbap = mbap
        self._asked: tuple[int, int, int] | None = None  # function, first address, count

    def hear(self, direction: str, data: bytes) -> list[Said]:
        """What one turn says."""
        frames = self._mbap_frames(data) if self._mbap else self._rtu_frames(direction, data)
        return [Said(self._frame(direction, frame)) for frame in frames]

    def _frame(self, direction: str, frame: tuple[int, bytes] | bytes) -> str:
        if isinstance(frame, bytes):
            return tr(f"坏帧，{len(frame)} 字节", f"damaged frame, {len(frame)} bytes")
        unit, pdu = frame
        words = self._request(pdu) if direction == ">" else self._reply(pdu)
        return tr(f"单元 {unit}：{words}", f"unit {unit}: {words}")

    def _rtu_frames(self, direction: str, data: bytes) -> list[tuple[int, bytes] | bytes]:
        """Unit and PDU of each frame; bytes that are none as they are."""
        found: list[tuple[int, bytes] | bytes] = []
        while data:
            size = (request_size(data) or 0) if direction == ">" else self._reply_size(data)
            good = 4 <= size <= len(data) and _crc(data[: size - 2]) == data[size - 2 : size]
            if not good:
                return [*found, data]
            found.append((data[0], data[1 : size - 2]))
            data = data[size:]
        return found

    def _reply_size(self, data: bytes) -> int:
        if len(data) < 3 or data[1] & ERROR_BIT:
            return 5
        return 5 + data[2] if data[1] in (1, 2, READ_HOLDING, READ_INPUT) else 8

    @staticmethod
    def _mbap_frames(data: bytes) -> list[tuple[int, bytes] | bytes]:
        found: list[tuple[int, bytes] | bytes] = []
        while data:
            size = 6 + int.from_bytes(data[4:6], "big")
            if len(data) < max(size, _HEADER + 1) or data[2:4] != b"\0\0":
                return [*found, data]
            found.append((data[6], data[_HEADER:size]))
            data = data[size:]
        return found

    def _request(self, pdu: bytes) -> str:
        function = pdu[0] if pdu else 0
        self._asked = None
        if len(pdu) < 5:
            return _other(function)
        first, count = struct.unpack(">HH", pdu[1:5])
        if function in _TABLES:
            self._asked = (function, first, count)
            names = self._of(function)
            known = [names[address] for address in range(first, min(first + count, first + 125)) if address in names]
            where = f"{first}" if count == 1 else f"{first}–{first + count - 1}"
            words = tr(f"读{_TABLES[function][0]} {where}", f"read {_TABLES[function][1]} {where}")
            return f"{words} ({', '.join(known)})" if known else words
        if function == _WRITE_ONE:
            return tr("写 ", "write ") + self._values(READ_HOLDING, first, (count,))
        if function == WRITE and len(pdu) == 6 + 2 * count:
            return tr("写 ", "write ") + self._values(READ_HOLDING, first, struct.unpack(f">{count}H", pdu[6:]))
        return _other(function)

    def _reply(self, pdu: bytes) -> str:
        function = pdu[0] if pdu else 0
        if function & ERROR_BIT and len(pdu) > 1:
            meaning = EXCEPTIONS.get(pdu[1], tr("标准里没有", "not in the standard"))
            return tr(f"拒绝，异常 {pdu[1]}：{meaning}", f"refused, exception {pdu[1]}: {meaning}")
        if function in _TABLES and len(pdu) > 1 and len(pdu) == 2 + pdu[1] and not pdu[1] % 2:
            values = struct.unpack(f">{pdu[1] // 2}H", pdu[2:])
            if self._asked is not None and self._asked[0] == function and self._asked[2] == len(values):
                return self._values(function, self._asked[1], values)
            return tr("不是所问的应答：", "no reply to the question: ") + " ".join(map(str, values))
        if function in (WRITE, _WRITE_ONE) and len(pdu) == 5:
            first, count = struct.unpack(">HH", pdu[1:])
            return tr(f"已写 {count} 个寄存器，从 {first} 起", f"wrote {count} registers from {first}") if function == WRITE else tr("已写", "written")
        return _other(function)

    def _values(self, function: int, first: int, values: tuple[int, ...]) -> str:
        names = self._of(function)
        return " ".join(self._value(names.get(first + at, str(first + at)), value) for at, value in enumerate(values))

    def _value(self, name: str, value: int) -> str:
        words = self._names.values.get((name, value))
        return f"{name}={value}" if words is None else f"{name}={value}({words})"

    def _of(self, function: int) -> Mapping[int, str]:
        return self._names.inputs if function == READ_INPUT else self._names.holdings


def _other(function: int) -> str:
    return tr(f"功能码 {function}", f"function {function}")


def _crc(data: bytes) -> bytes:
    """CRC-16 of Modbus over Serial Line V1.02, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")

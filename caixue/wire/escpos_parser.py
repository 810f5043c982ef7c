"""ESC/POS as a printer receives it: where each item of the byte stream ends and what it is called. No IO.

Standard: Epson ESC/POS command reference; the commands that python-escpos 3.1 and common receipt programs send.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

# Obeyed on arrival, wherever they stand: DLE EOT 1..4, DLE ENQ 1..2, DLE DC4 1, 2 or 8; and what may become one with the next byte.
REAL_TIME = re.compile(rb"\x10(?:\x04[\x01-\x04]|\x05[\x01\x02]|\x14[\x01\x02\x08])")
REAL_TIME_BEGUN = re.compile(rb"\x10[\x04\x05\x14]?\Z")

_PREFIXES = b"\x10\x1b\x1c\x1d"
_TEXT = re.compile(rb"[^\x00-\x1f]{1,64}")  # longer text comes in pieces
_LONGEST_TABLE = 35  # ESC D takes at most 32 positions and a NUL
_LONGEST_CODE = 258  # GS k of the first kind ends with a NUL


class Item(NamedTuple):
    """The first item of a stream: b"" for text, one byte for a control code, two for a command."""

    name: bytes
    size: int  # bytes of the whole item; 0 while they cannot be told yet
    known: bool = True


# Letters after the prefix, by the number of parameter bytes.
_PARAMETERS: Mapping[bytes, Mapping[int, bytes]] = {
    b"\x1b": {0: b"@2<FLSimv\x0c", 1: b" !%+-3=?AEGJKMRTUVadefrtu{", 2: b"$Bc\\", 3: b"p", 8: b"W"},
    b"\x1d": {0: b":", 1: b"!/BHITabfhrw|", 2: b"$LPWz\\", 3: b"^"},
    b"\x1c": {0: b"&.", 1: b"!-CW", 2: b"?Sp", 74: b"2"},
}
_FIXED: Mapping[bytes, Item] = {
    prefix + bytes((letter,)): Item(prefix + bytes((letter,)), 2 + count)
    for prefix, rows in _PARAMETERS.items()
    for count, letters in rows.items()
    for letter in letters
}


def first_item(data: bytes | bytearray) -> Item:
    """Name and size of the item that `data`, at least one byte, begins with."""
    head = data[0]
    if head >= 0x20:
        found = _TEXT.match(data)
        return Item(b"", found.end() if found is not None else 1)
    if head not in _PREFIXES:
        return Item(bytes(data[:1]), 1)
    if len(data) < 2:
        return Item(b"", 0)
    name = bytes(data[:2])
    fixed = _FIXED.get(name)
    if fixed is not None:
        return fixed
    measure = _MEASURES.get(name)
    size = measure(data) if measure is not None else None
    if size is None:
        return Item(name, 1 if head == 0x10 else 2, known=False)
    return Item(name, size)


def _real_time(data: bytes | bytearray) -> int | None:
    if len(data) < 3:
        return 0
    if REAL_TIME.match(data) is None:
        return None
    return 3 if data[1] != 0x14 else 10 if data[2] == 8 else 5


def _counted(header: int, low: int) -> Callable[[bytes | bytearray], int]:
    """A command whose length stands in two bytes at `low`."""
    return lambda data: header + data[low] + 256 * data[low + 1] if len(data) >= header else 0


def _columns(data: bytes | bytearray) -> int:
    if len(data) < 5:
        return 0
    return 5 + (data[3] + 256 * data[4]) * (3 if data[2] in (32, 33) else 1)


def _raster(data: bytes | bytearray) -> int | None:
    if len(data) < 3:
        return 0
    if data[2] != 0x30:
        return None
    return 8 + (data[4] + 256 * data[5]) * (data[6] + 256 * data[7]) if len(data) >= 8 else 0


def _cut(data: bytes | bytearray) -> int:
    return 0 if len(data) < 3 else 4 if data[2] in (65, 66, 97, 98, 103, 104) else 3


def _bar_code(data: bytes | bytearray) -> int | None:
    if len(data) < 3 or (data[2] >= 65 and len(data) < 4):
        return 0
    if data[2] >= 65:
        return 4 + data[3]
    return _until_nul(data, 3, _LONGEST_CODE) if data[2] <= 6 else None


def _until_nul(data: bytes | bytearray, start: int, longest: int) -> int | None:
    end = data.find(b"\x00", start, longest)
    return end + 1 if end >= 0 else None if len(data) >= longest else 0


def _maintenance(data: bytes | bytearray) -> int | None:
    return 0 if len(data) < 3 else 6 if data[2] in (0x30, 0x32) else None


def _large(data: bytes | bytearray) -> int:
    return 7 + int.from_bytes(data[3:7], "little") if len(data) >= 7 else 0


def _stored(data: bytes | bytearray) -> int:
    return 4 + data[2] * data[3] * 8 if len(data) >= 4 else 0


# None: no such command after all.
_MEASURES: Mapping[bytes, Callable[[bytes | bytearray], int | None]] = {
    b"\x10\x04": _real_time,
    b"\x10\x05": _real_time,
    b"\x10\x14": _real_time,
    b"\x1b*": _columns,
    b"\x1bD": lambda data: _until_nul(data, 2, _LONGEST_TABLE),
    b"\x1d(": _counted(5, 3),
    b"\x1c(": _counted(5, 3),
    b"\x1d*": _stored,
    b"\x1d8": _large,
    b"\x1dV": _cut,
    b"\x1dg": _maintenance,
    b"\x1dk": _bar_code,
    b"\x1dv": _raster,
}

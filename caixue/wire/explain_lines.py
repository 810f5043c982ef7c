"""Text lines in words: short questions with control characters named, fields shown only when they can be no name."""

from __future__ import annotations

import re

from caixue.lang import tr
from caixue.wire.explain import SERIAL, Names, Said, masked

_LONGEST_QUESTION = 8
_CONTROLS = {0x02: "STX", 0x03: "ETX", 0x0A: "LF", 0x0D: "CR", 0x16: "SYN", 0x1B: "ESC"}
# Words of the protocols that this project speaks, small numbers and bit masks; a longer number may be a person's.
_SHOWN = re.compile(rb"(?:OK|ERR|ERROR|NOREAD|STAT|SHOW|CLEAR|[(#]?-?\d{1,4}(?:\.\d{1,3})?|[01]{8})\Z")


class LinesExplainer:
    """One line to a device that speaks text."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def hear(self, direction: str, data: bytes) -> list[Said]:
        """What one turn says."""
        if direction == ">" and len(data) <= _LONGEST_QUESTION:
            return [Said(tr("问 ", "asks ") + " ".join(_character(byte) for byte in data))]
        lines = [line for line in data.replace(b"\n", b"\r").split(b"\r") if line]
        return [_line(line) for line in lines] or [Said(tr("空行", "an empty line"))]


def _line(line: bytes) -> Said:
    fields = line.split(b" ")
    shown = [field.decode("ascii") if _SHOWN.match(field) else masked(field) for field in fields if field]
    return Said(" ".join(shown), private=not all(_SHOWN.match(field) or SERIAL.match(field) for field in fields if field))


def _character(byte: int) -> str:
    return _CONTROLS.get(byte) or (chr(byte) if 0x20 < byte < 0x7F else f"{byte:02x}")

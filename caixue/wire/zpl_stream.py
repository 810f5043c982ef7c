"""ZPL as a printer receives it: where each command of the byte stream ends, and which ones overtake. No IO.

Source: Zebra ZPL II programming guide. ~ begins a control command, which is obeyed at once wherever it stands; ^ begins a
format command, which ends where the next one begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from caixue.wire.zpl import CANCEL_ALL, LONGEST_FIELD, RESET

_CONTROL = re.compile(rb"[\x00-\x1f]+")  # line ends mean nothing inside a format
_TO_THE_PREFIX = re.compile(rb"[^^~]+")
_COMPLETE = (b"^XA", b"^XZ", b"^FS")  # formats' commands without parameters
_LETTERS = 3  # of a command's name with its prefix; ~HQ has two more
_LONG_NAMES = {b"~HQ": 5}
_LONGEST = LONGEST_FIELD + _LETTERS


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name with its prefix, in capitals, and what follows."""

    name: bytes
    data: bytes = b""


class CommandStream:
    """Separates a byte stream into commands, in the order in which they are complete; any chunking gives the same result.

    Cancel and reset also drop the unfinished command before them.
    """

    __slots__ = ("_control", "_format")

    def __init__(self) -> None:
        self._control = b""  # a ~ command that has begun
        self._format = b""  # a ^ command that has begun

    @property
    def partial(self) -> bool:
        """Whether a command has begun and not ended."""
        return bool(self._control or self._format)

    def feed(self, data: bytes) -> list[Command]:
        """The commands that `data` completes."""
        found: list[Command] = []
        at = 0
        while at < len(data):
            if data[at] == 0x7E:
                self._control = b"~"
                at += 1
            elif data[at] == 0x5E:
                self._end_format(found)
                self._control, self._format = b"", b"^"
                at += 1
            elif self._control:
                at = self._name_control(data, at, found)
            else:
                at = self._add(data, at, found)
        return found

    def clear(self) -> None:
        """Forget what is incomplete."""
        self._control = self._format = b""

    def _name_control(self, data: bytes, at: int, found: list[Command]) -> int:
        """Take one byte of a ~ command's name."""
        self._control += data[at : at + 1].upper()
        name = self._control
        if len(name) >= _LONG_NAMES.get(name[:_LETTERS], _LETTERS):
            if name in (CANCEL_ALL, RESET):
                self._format = b""
            found.append(Command(name))
            self._control = b""
        return at + 1

    def _add(self, data: bytes, at: int, found: list[Command]) -> int:
        """Take what belongs to the ^ command that has begun, up to the next prefix; outside of one, bytes mean nothing."""
        if 0 < len(self._format) < _LETTERS:
            self._format += data[at : at + 1] if data[at] >= 0x20 else b""
            if self._format.upper() in _COMPLETE:
                self._end_format(found)
            return at + 1
        piece = _TO_THE_PREFIX.match(data, at)
        assert piece is not None
        if self._format:
            self._format = (self._format + _CONTROL.sub(b"", piece[0]))[:_LONGEST]
        return piece.end()

    def _end_format(self, found: list[Command]) -> None:
        name, data = self._format[:_LETTERS].upper(), self._format[_LETTERS:]
        if len(name) == _LETTERS:
            found.append(Command(name, data))
        self._format = b""


def parse_commands(data: bytes) -> list[Command]:
    """All complete commands in `data`."""
    return CommandStream().feed(data)

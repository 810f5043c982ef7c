"""What buffered ESC/POS commands do to the paper: a page turns them into movements, and holds all their settings."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from caixue.wire.escpos import HEAD_SET, KANJI_ON

DOTS_A_MM = 8
_LATIN_SET = "cp437"  # what a head prints above 0x7F while Chinese mode is off
_TAB = 8
_BAR_CODE_DOTS = 162  # height until GS h says otherwise
_QR_MODULES = 33  # of a code with a serial number or a short address
_MODULE_DOTS = 3


class Picture(NamedTuple):
    """What is printed as dots: "raster", "columns", "graphics", "barcode" or "qr", and the data it comes from."""

    kind: str
    data: bytes


class Motion(NamedTuple):
    """One movement: of the paper, with what the head prints on it, or of the cutter."""

    mm: float
    printed: str | Picture | None = None
    cut: bool = False


class Page:
    """Commands in, `motions` out, in order. Sizes and attributes of characters change nothing here: every line is as high."""

    _line: bytes
    _inline: Picture | None
    _kanji: bool

    def __init__(self, columns: int, line_mm: float) -> None:
        self.motions: deque[Motion] = deque()
        self._columns = columns
        self._line_mm = line_mm
        self._symbol = Picture("qr", b"")
        self._graphics = Motion(0.0)
        self._module_dots, self._bar_code_dots = _MODULE_DOTS, _BAR_CODE_DOTS
        self._initialise()

    def obey(self, name: bytes, body: bytes) -> None:
        """Carry out one whole command or control code; those that only set what this printer lacks do nothing."""
        carry_out = _COMMANDS.get(name)
        if carry_out is not None:
            carry_out(self, body)

    def text(self, data: bytes) -> bytes:
        """Fill the line and return what is to be set again after it: a full line prints when the next byte comes."""
        line = self._line + data
        fitting = self._fitting(line)
        self._line = line[:fitting]
        if fitting == len(line):
            return b""
        self._print_line()
        return line[fitting:]

    def _fitting(self, line: bytes) -> int:
        """How many of these bytes fit one line without halving a two-byte character; all of them when nothing overflows."""
        if len(line) <= self._columns:
            return len(line)
        used = 0
        while used < len(line):
            step = 2 if line[used] >= 0x81 else 1
            if used + step > self._columns:
                break
            used += step
        return used

    def _initialise(self, _: bytes = b"") -> None:
        self._line = b""
        self._inline = None
        self._kanji = True  # printers for the Chinese market start in Chinese mode

    def _print_line(self, _: bytes = b"") -> None:
        self._print_and_feed(self._line_mm)

    def _print_and_feed(self, mm: float) -> None:
        text = self._line.decode(HEAD_SET if self._kanji else _LATIN_SET, "replace")
        self.motions.append(Motion(mm, self._inline or text))
        self._line, self._inline = b"", None

    def _finish_line(self) -> None:
        if self._line or self._inline is not None:
            self._print_line()

    def _set_kanji(self, body: bytes) -> None:
        self._kanji = body == KANJI_ON

    def _tab(self, _: bytes) -> None:
        room = self._columns - len(self._line)
        self._line += b" " * min(room, _TAB - len(self._line) % _TAB)

    def _feed_lines(self, body: bytes) -> None:
        if self._line or self._inline is not None:
            self._print_and_feed(max(1, body[2]) * self._line_mm)
        else:
            self.motions.append(Motion(body[2] * self._line_mm))

    def _feed_dots(self, body: bytes) -> None:
        self._finish_line()
        self.motions.append(Motion(body[2] / DOTS_A_MM))

    def _cut(self, body: bytes) -> None:
        self._finish_line()
        if len(body) == 4:
            self.motions.append(Motion(body[3] / DOTS_A_MM))
        self.motions.append(Motion(0.0, cut=True))

    def _picture(self, dots: int, picture: Picture) -> None:
        self._finish_line()
        self.motions.append(Motion(dots / DOTS_A_MM, picture))

    def _raster(self, body: bytes) -> None:
        """GS v 0; bit 1 of its mode doubles the height."""
        self._picture(int.from_bytes(body[6:8], "little") * (2 if body[3] & 2 else 1), Picture("raster", body[8:]))

    def _columns_image(self, body: bytes) -> None:
        """ESC *: dots within the line, printed with it."""
        self._inline = Picture("columns", body[5:])

    def _bar_code(self, body: bytes) -> None:
        self._picture(self._bar_code_dots, Picture("barcode", body[4:] if body[2] >= 65 else body[3:-1]))

    def _bar_code_height(self, body: bytes) -> None:
        self._bar_code_dots = max(1, body[2])

    def _extended(self, body: bytes) -> None:
        """GS ( k and GS ( L: a QR code or graphics are stored, sized and printed; a command cut short stores little or nothing."""
        command = body[2:3], body[6:7]
        if command == (b"k", b"P"):
            self._symbol = Picture("qr", body[8:])
        elif command == (b"k", b"C"):
            self._module_dots = max([1, *body[7:8]])
        elif command == (b"k", b"Q"):
            self._picture(self._module_dots * _QR_MODULES, self._symbol)
        elif command == (b"L", b"p"):
            self._graphics = Motion(int.from_bytes(body[13:15], "little") / DOTS_A_MM, Picture("graphics", body[15:]))
        elif command in ((b"L", b"2"), (b"L", b"\x02")):
            self._finish_line()
            self.motions.append(self._graphics)


_COMMANDS: Mapping[bytes, Callable[[Page, bytes], None]] = {
    b"\t": Page._tab,
    b"\n": Page._print_line,
    b"\x0c": Page._print_line,
    b"\x1b@": Page._initialise,
    b"\x1c&": Page._set_kanji,
    b"\x1c.": Page._set_kanji,
    b"\x1bd": Page._feed_lines,
    b"\x1bJ": Page._feed_dots,
    b"\x1b*": Page._columns_image,
    b"\x1bi": Page._cut,
    b"\x1bm": Page._cut,
    b"\x1dV": Page._cut,
    b"\x1dv": Page._raster,
    b"\x1d(": Page._extended,
    b"\x1dk": Page._bar_code,
    b"\x1dh": Page._bar_code_height,
}

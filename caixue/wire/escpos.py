"""What a host says and hears in ESC/POS: real-time status bytes, Chinese text and raster rows. No IO.

Standard: Epson ESC/POS command reference, DLE EOT n, GS a n, FS &, GS v 0, ESC J n. Bits of DLE EOT: Epson TM-U220 technical
reference p. 54 (easymanua.ls/epson/tm-u220a) and TM-L60II p. 1217 (manualshive.com).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from caixue.errors import UsageError

# The four real-time queries, n = 1..4: printer, cause of offline, cause of error, roll paper sensors. One byte answers each.
QUERIES = (b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x03", b"\x10\x04\x04")

# A status flag is the query that shows it times 256, plus its bits in the answer.
OFFLINE = 0x108
COVER_OPEN = 0x204
FEEDING = 0x208
PAPER_STOP = 0x220
ERROR = 0x240
RECOVERABLE = 0x304
CUTTER = 0x308
UNRECOVERABLE = 0x320
AUTO_RECOVERABLE = 0x340
NEAR_END = 0x40C
PAPER_END = 0x460

# Maintenance counters (GS g 2): the printer answers with a header, decimal digits and a NUL.
CUTS = 50  # cuts since the counter was last set to 0; the numbers differ from model to model: docs/assumptions.md A-109
COUNTER_HEADER, COUNTER_END = b"\x5f", b"\x00"
COUNTER_SIZE = 12  # bytes of the longest answer

_ANSWER = 0x12  # bits 1 and 4 of an answer are on, bits 0 and 7 off
_ASB = 0x10  # first byte of an automatic status: bit 4 on, bits 0, 1 and 7 off
_FIXED = 0x93
_FIXED_LATER = 0x90  # the other bytes of an automatic status: bits 4 and 7 off
ASB_SIZE = 4
AUTOMATIC_ON, AUTOMATIC_OFF = b"\x1da\x0f", b"\x1da\x00"  # tell every change unasked, or none
ANSWERS = frozenset(bytes((value,)) for value in range(256) if value & _FIXED == _ANSWER)
XON_XOFF = frozenset((b"\x11", b"\x13"))

KANJI_ON = b"\x1c&"
CODE_TABLE = "gb18030"
HEAD_SET = "gbk"  # the two-byte characters that a Chinese print head has glyphs for, as in GB 18030: docs/assumptions.md A-34
_FEED_UNDER_RASTER = b"\x1bJ\x08"  # 8 dots, so that drawn rows stand as far apart as printed ones

_HIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]")
_SPACE = re.compile(r"[^\S\u3000]")
_HALF = re.compile("[\ud800-\udfff]")
_REAL_TIME = re.compile(rb"\x10(?=[\x04\x05\x14])")


def answers(flags: Iterable[int]) -> tuple[bytes, bytes, bytes, bytes]:
    """The answers to DLE EOT 1 to 4 of a printer on which `flags` are up."""
    found = [_ANSWER] * 4
    for flag in flags:
        found[(flag >> 8) - 1] |= flag & 0xFF
    first, second, third, fourth = (bytes((value,)) for value in found)
    return first, second, third, fourth


def is_up(flag: int, replies: bytes) -> bool:
    """Whether any bit of `flag` is on in the four answers."""
    return bool(replies[(flag >> 8) - 1] & flag & 0xFF)


def automatic_status(replies: bytes) -> bytes:
    """The four bytes of an automatic status (GS a) that mean the same as the four answers."""
    printer, cause, error, paper = replies
    head = _ASB | printer & 0x08 | (cause & 0x04) << 3 | (cause & 0x08) << 3
    return bytes((head, error & 0x6C, (paper & 0x0C) >> 2 | (paper & 0x60) >> 3, 0))


def starts_automatic_status(reply: bytes) -> bool:
    """Whether this byte opens an unasked automatic status of four bytes."""
    return len(reply) == 1 and reply[0] & _FIXED == _ASB


def answers_of(packet: bytes) -> bytes:
    """The four answers that mean the same as an automatic status; what it cannot tell (the sensor that stops the paper) follows from the rest."""
    head, error, paper = packet[0], packet[1] & 0x6C, packet[2]
    ended = paper & 0x0C
    cause = (head & 0x60) >> 3 | (0x20 if ended else 0) | (0x40 if error else 0)
    return bytes((_ANSWER | head & 0x08, _ANSWER | cause, _ANSWER | error, _ANSWER | (paper & 0x03) << 2 | ended << 3))


def counter_query(number: int) -> bytes:
    """Ask for maintenance counter `number`: GS g 2 0 nL nH."""
    return b"\x1dg2\x00" + number.to_bytes(2, "little")


def counter_answer(count: int) -> bytes:
    """The answer to it."""
    return COUNTER_HEADER + str(count).encode("ascii") + COUNTER_END


def counted(data: bytes) -> int | None:
    """The count in a whole answer to `counter_query`; None when it is none."""
    digits = data.removeprefix(COUNTER_HEADER).removesuffix(COUNTER_END)
    whole = data == COUNTER_HEADER + digits + COUNTER_END and len(data) <= COUNTER_SIZE
    return int(digits) if whole and digits.isdigit() else None


class AutomaticStatus:
    """Finds automatic status packets byte by byte among other bytes; its fixed bits tell each of its bytes from any answer."""

    __slots__ = ("_packet",)

    def __init__(self) -> None:
        self._packet = b""

    def hear(self, byte: int) -> bytes | None:
        """The packet that `byte` completes, b"" when it is part of one, None when it is not: what had begun is broken off then."""
        if self._packet and not byte & _FIXED_LATER:
            packet, self._packet = self._packet + bytes((byte,)), b""
            if len(packet) == ASB_SIZE:
                return packet
            self._packet = packet
            return b""
        begins = byte & _FIXED == _ASB
        self._packet = bytes((byte,)) if begins else b""
        return b"" if begins else None

    def clear(self) -> None:
        """Forget a packet that has begun."""
        self._packet = b""


def clean(text: str) -> str:
    """`text` as data alone: white space becomes a space, other control and invisible characters go, half characters become U+FFFD.

    Nothing that is left can be a command: no byte below 0x20 occurs in its GB 18030 code.
    """
    return _HALF.sub("\ufffd", _SPACE.sub(" ", _HIDDEN.sub("", text)))


def width(text: str) -> int:
    """Columns on paper: one for ASCII, two for everything else, as a Chinese head prints its two-byte codes."""
    return 2 * len(text) - len(text.encode("ascii", "ignore"))


def wrap(text: str, columns: int) -> list[str]:
    """`text` in rows of at most `columns` columns (2 or more); a wide character is never halved. Empty text is one empty row."""
    if width(text) <= columns:
        return [text]
    rows, row, used = [], "", 0
    for char in text:
        if used + width(char) > columns:
            rows.append(row)
            row, used = "", 0
        row += char
        used += width(char)
    return [*rows, row]


def lacking(row: str) -> str:
    """The characters of `row` that the head has no glyph for, each once, in order."""
    return "" if _in_head(row) else "".join(dict.fromkeys(char for char in row if not _in_head(char)))


def _in_head(text: str) -> bool:
    try:
        text.encode(HEAD_SET)
    except UnicodeEncodeError:
        return False
    return True


def text_row(row: str) -> bytes:
    """A row that the head prints with its own glyphs: clean, nothing lacking. Chinese mode is switched on where it is needed."""
    data = row.encode(CODE_TABLE) + b"\n"
    return data if row.isascii() else KANJI_ON + data


def raster_row(dots: bytes, bytes_a_line: int) -> bytes:
    """A row drawn as dots: one bit a dot, `bytes_a_line` bytes (1 to 255) a line, at most 255 lines.

    Real-time commands are obeyed even inside raster data, so where DLE EOT, DLE ENQ or DLE DC4 would appear the one dot of
    DLE stays white. Raises UsageError when `dots` is no such picture.
    """
    lines, rest = divmod(len(dots), bytes_a_line) if 0 < bytes_a_line < 256 else (0, 0)
    if rest or not 0 < lines < 256:
        raise UsageError(f"{len(dots)} bytes are no raster of {bytes_a_line} bytes a line and 1 to 255 lines")
    return b"\x1dv0\x00" + bytes((bytes_a_line, 0, lines, 0)) + _REAL_TIME.sub(b"\x00", dots) + _FEED_UNDER_RASTER

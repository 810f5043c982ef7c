"""TSPL, the command language of TSC and Gprinter label printers: labels as commands, commands as data, the status byte.

Sources: Gprinter GP-2120T manual p. 30 and TSC TTP-244 Plus programming manual p. 85 (status polling), TSC TSPL/TSPL2
programming manual (the rest).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from caixue.errors import UsageError
from caixue.wire.lines import LineSplitter

if TYPE_CHECKING:
    from caixue.tubes import LabelContent

ESC = 0x1B
STATUS_QUERY = b"\x1b!?"  # one byte comes back, at any time, also in an error
LONG_STATUS_QUERY = b"\x1b!S"  # eight bytes come back
CANCEL = b"\x1b!."  # drop all queued jobs; firmware V7.00 and later
RESET = b"\x1b!R"  # restart the printer
PAUSE, RESUME = b"\x1b!P", b"\x1b!O"
MILEAGE_QUERY = b"~!@"  # a line: kilometres printed, in ASCII, then CR; answered only by a printer that is ready

# Bits of the status byte.
HEAD_OPEN, PAPER_JAM, PAPER_OUT, RIBBON_OUT = 0x01, 0x02, 0x04, 0x08
PAUSED, PRINTING, COVER_OPEN, OVER_TEMPERATURE = 0x10, 0x20, 0x40, 0x80

# Stands for a character that the printer's font or code page 936 lacks, and for control characters. A label carries the
# serial, a masked name and the tube kind; the serial alone identifies the tube, so a visible gap does no harm.
SUBSTITUTE = "□"
# Characters with a meaning inside TSPL text are printed in their full width: `"` ends a string, `\[` begins an escape,
# and `~!` begins an immediate command, also where the ~ is the second byte of a Chinese character.
_FULL_WIDTH = {ord(letter): letter_wide for letter, letter_wide in zip('"!~\\[', "＂！～＼［", strict=True)}
_MORE = "…"


@dataclass(frozen=True, slots=True)
class LabelLayout:
    """Where things stand on a label, in dots of a 203 dpi head (8 a millimetre); sizes of the label in millimetres.

    The bars stand like a picket fence: across the head and along the feed, so one dead dot damages one bar over its full
    height. Source: docs/assumptions.md A-46; that the printer has the font TSS24.BF2 for code page 936 is A-47.
    """

    width_mm: int = 50
    height_mm: int = 30
    gap_mm: int = 3
    bar_x: int = 100  # 202 dots of bars in the middle of 400
    bar_y: int = 16
    bar_height: int = 96
    narrow: int = 2
    text_x: int = 24
    text_y: int = 124
    line_height: int = 28
    rows: int = 3  # lines below the serial, which stands in the first
    columns: int = 31  # half-width characters of 12 dots; a Chinese character takes two


LAYOUT = LabelLayout()


def printable(text: str, columns: int) -> str:
    """`text` as the label shows it: nothing in it can be a command, and it is at most `columns` half-widths wide.

    Control and unknown characters become □, characters with a meaning in TSPL their full-width form; what is too long
    ends with ….
    """
    shown = text.translate(_FULL_WIDTH)
    if not _in_code_page(shown):
        shown = "".join(letter if _in_code_page(letter) else SUBSTITUTE for letter in shown)
    if _columns(shown) <= columns:
        return shown
    while _columns(shown) > columns - 2:
        shown = shown[:-1]
    return shown + _MORE


def render_label(content: LabelContent, layout: LabelLayout = LAYOUT) -> bytes:
    """The job that prints one label: nine commands and one TEXT for each line, whatever the text.

    Raises UsageError for a serial that is not an even number of digits, or for more lines than the layout has.
    """
    serial = content.serial
    if not (serial.isascii() and serial.isdigit()) or len(serial) % 2:
        raise UsageError(f"a label's serial is an even number of digits, not {serial!r}")
    if len(content.lines) > layout.rows:
        raise UsageError(f"a label has {layout.rows} lines of text, not {len(content.lines)}")
    texts = (
        f'TEXT {layout.text_x},{layout.text_y + row * layout.line_height},"TSS24.BF2",0,1,1,"{printable(line, layout.columns)}"'
        for row, line in enumerate((serial, *content.lines))
    )
    commands = (
        f"SIZE {layout.width_mm} mm,{layout.height_mm} mm",
        f"GAP {layout.gap_mm} mm,0",
        "DIRECTION 0",
        "CODEPAGE 936",
        "SET REPRINT OFF",
        "CLS",
        f'BARCODE {layout.bar_x},{layout.bar_y},"128",{layout.bar_height},0,0,{layout.narrow},{layout.narrow},"{serial}"',
        *texts,
        "PRINT 1,1",
        "",
    )
    return "\r\n".join(commands).encode("gbk")


def long_status(status: int) -> bytes:
    """The eight-byte reply to `<ESC>!S` that says the same as the status byte."""
    message = "`" if status & PAUSED else "E" if status & ~PRINTING else "P" if status & PRINTING else "@"
    head = 0x41 if status & OVER_TEMPERATURE else 0x40
    media = 0x40 | (status & PAPER_OUT) >> 2 | (status & PAPER_JAM) | (status & RIBBON_OUT) >> 1 | (status & HEAD_OPEN) << 5
    return bytes((0x02, ord(message), 0x40, head, media, 0x03, 0x0D, 0x0A))


@dataclass(frozen=True, slots=True)
class Command:
    """One command line: its name in capitals and its arguments, without the quotes around strings."""

    name: str
    arguments: tuple[bytes, ...]


def parse_line(line: bytes) -> Command:
    """Take one command line apart. Never raises: a printer has to make something of any line."""
    name, _, rest = line.strip().partition(b" ")
    return Command(name.decode("ascii", "replace").upper(), tuple(_arguments(rest)) if rest else ())


def parse_commands(data: bytes) -> list[Command]:
    """All complete command lines in `data`, immediate commands left out."""
    return [parse_line(item) for item in CommandStream().feed(data) if isinstance(item, bytes)]


class CommandStream:
    """Separates a byte stream into command lines and immediate commands, in the order in which they are complete.

    An immediate command, `<ESC>!` and one byte, may stand anywhere, also inside a line; it comes out as that byte's number.
    Cancel and reset also drop the unfinished line before them. Any chunking of the same bytes gives the same result.
    """

    __slots__ = ("_lines", "escape")

    def __init__(self) -> None:
        self.escape = b""  # the beginning of an immediate command
        self._lines = LineSplitter()

    def feed(self, data: bytes) -> list[int | bytes]:
        """What `data` completes: immediate commands as int, lines as bytes."""
        found: list[int | bytes] = []
        data = self.escape + data
        self.escape = b""
        at = data.find(ESC)
        while at >= 0:
            found += self._lines.feed(data[:at])
            data = data[at:]
            if data in (b"\x1b", b"\x1b!"):
                self.escape = data
                return found
            if data[1:2] == b"!":
                if data[:3] in (CANCEL, RESET):
                    self._lines.clear()
                found.append(data[2])
                data = data[3:]
            else:
                data = data[1:]
            at = data.find(ESC)
        found += self._lines.feed(data)
        return found

    def clear(self) -> None:
        """Forget what is incomplete."""
        self.escape = b""
        self._lines.clear()


def _in_code_page(text: str) -> bool:
    if not text.isprintable():
        return False
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _columns(text: str) -> int:
    return len(text.encode("gbk"))


def _arguments(rest: bytes) -> list[bytes]:
    """Split at commas outside quotes; `\\["]` inside quotes is a quote."""
    found = [b""]
    for index, piece in enumerate(rest.replace(b'\\["]', b"\x1b").split(b'"')):
        if index % 2:
            found[-1] += piece.replace(b"\x1b", b'"')
            continue
        first, *others = piece.split(b",")
        found[-1] += first.strip()
        found += (other.strip() for other in others)
    return found

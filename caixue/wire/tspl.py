"""TSPL, the command language of TSC and Gprinter label printers: labels as commands, commands as data, the status byte.

Sources: Gprinter GP-2120T manual p. 30 and TSC TTP-244 Plus programming manual p. 85 (status polling), TSC TSPL/TSPL2
programming manual (the rest).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from caixue.wire.label_layout import LAYOUT, LabelLayout, check, fitting
from caixue.wire.lines import LineSplitter

if TYPE_CHECKING:
    from caixue.tubes import LabelContent

ESC = 0x1B
_FONT = "TSS24.BF2"  # for code page 936; that the printer has it is docs/assumptions.md A-47
STATUS_QUERY = b"\x1b!?"  # one byte comes back, at any time, also in an error
LONG_STATUS_QUERY = b"\x1b!S"  # eight bytes come back
CANCEL = b"\x1b!."  # drop all queued jobs; firmware V7.00 and later
RESET = b"\x1b!R"  # restart the printer
PAUSE, RESUME = b"\x1b!P", b"\x1b!O"
MILEAGE_QUERY = b"~!@"  # a line: kilometres printed, in ASCII, then CR; answered only by a printer that is ready

# Bits of the status byte.
HEAD_OPEN, PAPER_JAM, PAPER_OUT, RIBBON_OUT = 0x01, 0x02, 0x04, 0x08
PAUSED, PRINTING, COVER_OPEN, OVER_TEMPERATURE = 0x10, 0x20, 0x40, 0x80

# Characters with a meaning inside TSPL text are printed in their full width: `"` ends a string, `\[` begins an escape,
# and `~!` begins an immediate command, also where the ~ is the second byte of a Chinese character.
_FULL_WIDTH = {ord(letter): letter_wide for letter, letter_wide in zip('"!~\\[', "＂！～＼［", strict=True)}


def printable(text: str, columns: int) -> str:
    """`text` as the label shows it: nothing in it can be a command, and it is at most `columns` half-widths wide.

    Control and unknown characters become □, characters with a meaning in TSPL their full-width form; what is too long
    ends with ….
    """
    return fitting(text.translate(_FULL_WIDTH), columns)


def render_label(content: LabelContent, layout: LabelLayout = LAYOUT) -> bytes:
    """The job that prints one label: nine commands and one TEXT for each line, whatever the text.

    Raises UsageError for a serial that is not an even number of digits, or for more lines than the layout has.
    """
    serial = content.serial
    check(serial, content.lines, layout)
    texts = (
        f'TEXT {layout.text_x},{layout.text_y + row * layout.line_height},"{_FONT}",0,1,1,"{printable(line, layout.columns)}"'
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

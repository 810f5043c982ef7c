"""ZPL II, the command language of Zebra label printers and their followers: labels as formats, formats as commands, status replies.

Sources: Zebra ZPL II programming guide (~HS, ~HI, ~HQ, ~JA, ~JR, ^JZ, ^FH, ^FD, ^BC, ^CI), here "the guide"; the frame of
~HQES: Oki LE850 technical reference p. 96, which speaks ZPL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caixue.errors import GarbledReply
from caixue.wire.label_layout import LAYOUT, LabelLayout, check, fitting

if TYPE_CHECKING:
    from caixue.tubes import LabelContent

HOST_STATUS = b"~HS"  # three lines come back, but none at all while the printer is stopped
ERROR_STATUS = b"~HQES"  # error flags come back, also while it is stopped
IDENTIFICATION = b"~HI"  # model and version come back
ODOMETER = b"~HQOD"  # how far the head has printed
CANCEL_ALL = b"~JA"
RESET = b"~JR"
PAUSE, RESUME = b"~PP", b"~PS"

# Error flags of ~HQES, group 1, as in the guide's table. UNNAMED is ours: stopped for a reason that no flag tells.
MEDIA_OUT, RIBBON_OUT, HEAD_OPEN, HEAD_HOT = 0x01, 0x02, 0x04, 0x10
FEED_ERROR, PAUSED, UNNAMED = 0x4000, 0x1_0000, 0x1_0000_0000
KNOWN = MEDIA_OUT | RIBBON_OUT | HEAD_OPEN | HEAD_HOT | FEED_ERROR | PAUSED

LONGEST_FIELD = 3072  # bytes of field data: the guide, ^FD
FONT = "E:SIMSUN.FNT"  # Chinese; that the printer has it is docs/assumptions.md A-52
_DOTS_A_MM = 8
_INCH_KM = 2.54e-5
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -.:/()*")


def escaped(text: str) -> str:
    """`text` as field data behind ^FH: UTF-8, with every byte but letters, digits and a few harmless signs as _ and two hex digits."""
    return "".join(chr(byte) if byte in _PLAIN else f"_{byte:02X}" for byte in text.encode())


def unescaped(data: bytes) -> bytes:
    """Field data behind ^FH as the printer takes it: _ and two hex digits are one byte."""
    return re.sub(rb"_([0-9A-Fa-f]{2})", lambda found: bytes((int(found[1], 16),)), data)


def render_label(content: LabelContent, layout: LabelLayout = LAYOUT) -> bytes:
    """The format that prints one label, in ASCII; the same commands whatever the text.

    ^JZN comes first: a label that is stopped half way must not be printed again. Raises UsageError for a serial that is not
    an even number of digits, or for more lines than the layout has.
    """
    check(content.serial, content.lines, layout)
    height = layout.line_height - 4
    texts = (
        f"^FO{layout.text_x},{layout.text_y + row * layout.line_height}^A@N,{height},{height // 2},{FONT}"
        f"^FH^FD{escaped(fitting(line, layout.columns))}^FS"
        for row, line in enumerate((content.serial, *content.lines))
    )
    size = f"^PW{layout.width_mm * _DOTS_A_MM}^LL{layout.height_mm * _DOTS_A_MM}^LH0,0"
    bars = f"^FO{layout.bar_x},{layout.bar_y}^BY{layout.narrow}^BCN,{layout.bar_height},N,N,N,N^FD>;{content.serial}^FS"
    return "\r\n".join((f"^XA^JZN^CI28{size}", bars, *texts, "^PQ1^XZ", "")).encode("ascii")


@dataclass(frozen=True, slots=True)
class HostStatus:
    """What ~HS tells, as far as anybody here needs it. Labels still to come are `formats` and `remaining`."""

    paper_out: bool = False
    paused: bool = False
    partial: bool = False  # a format has begun and not ended
    over_temperature: bool = False
    head_up: bool = False
    ribbon_out: bool = False
    formats: int = 0
    remaining: int = 0
    label_dots: int = 240

    @property
    def flags(self) -> int:
        """The same troubles as error flags."""
        told = {MEDIA_OUT: self.paper_out, PAUSED: self.paused, HEAD_HOT: self.over_temperature, HEAD_OPEN: self.head_up}
        return sum(flag for flag, up in told.items() if up) | (RIBBON_OUT if self.ribbon_out else 0)

    @property
    def busy(self) -> bool:
        """Whether something is being printed, or may still be."""
        return self.partial or self.formats > 0 or self.remaining > 0


_HOST = re.compile(
    rb"[\r\n]*"  # the end of a reply before, whose frame may stop at ETX
    rb"\x02\d{3},([01]),([01]),(\d{3,5}),(\d{3}),[01],[01],([01]),000,[01],[01],([01])\x03\r\n"
    rb"\x02\d{3},[0-9],([01]),([01]),[01],[0-9A-Z],[0-9],[01],(\d{8}),1,\d{3}\x03\r\n"
    rb"\x02\d{4},[01]\x03\r\n"
)
_ERRORS = re.compile(
    rb"\s*\x02\s*PRINTER STATUS\s+ERRORS:\s+([01]) ([0-9A-F]{8}) ([0-9A-F]{8})\s+WARNINGS:\s+[01] [0-9A-F]{8} [0-9A-F]{8}\s*\x03\s*"
)
_NAME = re.compile(rb"\s*\x02([ -+\--~]{1,40}),(V[0-9A-Z.]{1,20}),(\d{1,2}),(\d{1,7}KB)(?:,[ -~]{0,40})?\x03\s*")
_PRINTED = re.compile(rb'\s*\x02\s*PRINT METERS\s+TOTAL NONRESETTABLE:\s+(\d{1,10}) ("|cm)\s[^\x02\x03]*\x03\s*')


def host_status(data: bytes) -> HostStatus:
    """Read the three lines that answer ~HS; raises GarbledReply unless each stands as in the guide."""
    found = _HOST.fullmatch(data)
    if found is None:
        raise GarbledReply(f"no answer to ~HS: {data[:120]!r}")
    paper, paused, dots, formats, partial, hot, head, ribbon, remaining = found.groups()
    return HostStatus(
        paper_out=paper == b"1",
        paused=paused == b"1",
        partial=partial == b"1",
        over_temperature=hot == b"1",
        head_up=head == b"1",
        ribbon_out=ribbon == b"1",
        formats=int(formats),
        remaining=int(remaining),
        label_dots=int(dots),
    )


def host_status_reply(status: HostStatus) -> bytes:
    """The three lines that tell `status`: 19200 baud 8N1, direct thermal, peel-off."""
    first = f"031,{status.paper_out:d},{status.paused:d},{status.label_dots:04d},{status.formats:03d},0,0,{status.partial:d}"
    second = f"000,0,{status.head_up:d},{status.ribbon_out:d},0,1,0,0,{status.remaining:08d},1,000"
    return f"\x02{first},000,0,0,{status.over_temperature:d}\x03\r\n\x02{second}\x03\r\n\x020000,0\x03\r\n".encode("ascii")


def error_flags(data: bytes) -> int:
    """Read the answer to ~HQES: the flags of group 1, with UNNAMED added for an error that they do not name.

    Raises GarbledReply unless it stands as in the guide.
    """
    found = _ERRORS.fullmatch(data)
    if found is None:
        raise GarbledReply(f"no answer to ~HQES: {data[:120]!r}")
    flags = int(found[3], 16)
    return flags | UNNAMED if found[1] == b"1" and not flags & KNOWN else flags


def error_reply(flags: int) -> bytes:
    """The answer to ~HQES of a printer with these flags, at most 32 bits; no warnings."""
    return f"\x02\r\nPRINTER STATUS\r\nERRORS: {bool(flags):d} 00000000 {flags:08X}\r\nWARNINGS: 0 00000000 00000000\r\n\x03".encode("ascii")


def identification(data: bytes) -> str:
    """Model and version from the answer to ~HI; raises GarbledReply unless it stands as in the guide."""
    found = _NAME.fullmatch(data)
    if found is None:
        raise GarbledReply(f"no answer to ~HI: {data[:120]!r}")
    return f"{found[1].decode('ascii')} {found[2].decode('ascii')}"


def printed_km(data: bytes) -> float:
    """How far the head has printed, from the answer to ~HQOD in inches or centimetres; raises GarbledReply for anything else."""
    found = _PRINTED.fullmatch(data)
    if found is None:
        raise GarbledReply(f"no answer to ~HQOD: {data[:120]!r}")
    return int(found[1]) * (_INCH_KM if found[2] == b'"' else 1e-5)


def odometer_reply(printed: float) -> bytes:
    """The answer to ~HQOD of a head that has printed so many kilometres, in inches."""
    inches = int(printed / _INCH_KM)
    return f'\x02\r\nPRINT METERS\r\nTOTAL NONRESETTABLE: {inches} "\r\nUSER RESETTABLE CNTR1: {inches} "\r\n\x03'.encode("ascii")

"""A receipt on paper: rows that the print head knows as text, the others drawn as dots, framed by python-escpos commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import ceil
from typing import TYPE_CHECKING

from caixue import fonts
from caixue.errors import UsageError
from caixue.wire import escpos

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

UNPRINTABLE = "〓"
GLYPH_DOTS = 24  # height of a row, and width of a wide character
_COLUMN_DOTS = 12
_BASELINE = 21  # dots below the top of a row
FEED_BEFORE_CUT = 6  # lines that python-escpos feeds so that the last row is past the cutter


@dataclass(frozen=True, slots=True)
class PrintedReceipt:
    """What came out on paper.

    `lines` are the rows as printed, after wrapping; `rastered` are the numbers (from 0) of those drawn as dots because the
    head lacks a character; `missing` are the characters that nobody could draw, printed as 〓.
    """

    lines: tuple[str, ...]
    rastered: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()


def typeset(lines: Sequence[str], columns: int, most_rows: int) -> tuple[bytes, PrintedReceipt]:
    """The bytes of a whole receipt with its cut, and what they print.

    Text is data: control characters in it are dropped, and a line longer than `columns` goes on in the next row.
    Raises UsageError when there are no rows, or more than `most_rows`.
    """
    rows = [row for line in lines for row in escpos.wrap(escpos.clean(line), columns)]
    if not 0 < len(rows) <= most_rows:
        raise UsageError(f"a receipt has 1 to {most_rows} rows, not {len(rows)}")
    head, tail = _frame()
    printed = [_choose(row) for row in rows]
    body = b"".join(_draw(row, columns) if drawn else escpos.text_row(row) for row, drawn, _ in printed)
    missing = tuple(dict.fromkeys("".join(lost for _, _, lost in printed)))
    drawn_rows = tuple(number for number, (_, drawn, _) in enumerate(printed) if drawn)
    return head + body + tail, PrintedReceipt(tuple(row for row, _, _ in printed), drawn_rows, missing)


def _choose(row: str) -> tuple[str, bool, str]:
    """The row as it will appear, whether it is drawn, and the characters it loses: as text or as dots, whichever loses fewer."""
    lost, drawn = escpos.lacking(row), False
    if lost:
        undrawable = fonts.missing(row)
        if len(undrawable) < len(lost):
            lost, drawn = undrawable, True
    return row.translate(dict.fromkeys(map(ord, lost), UNPRINTABLE)), drawn, lost


def _draw(row: str, columns: int) -> bytes:
    """`row` as raster, each character in the columns it would take as text."""
    from PIL import Image

    picture, left = Image.new("1", (columns * _COLUMN_DOTS, GLYPH_DOTS)), 0
    for char in row:
        picture.paste(_glyph(char), (left, 0))
        left += escpos.width(char) * _COLUMN_DOTS
    return escpos.raster_row(picture.tobytes(), columns * _COLUMN_DOTS // 8)


@lru_cache(maxsize=1024)
def _glyph(char: str) -> Image:
    """One character in its cell, squeezed when it is wider: the font's Latin letters are not all of one width."""
    from PIL import Image, ImageDraw

    font, cell = _font(), escpos.width(char) * _COLUMN_DOTS
    advance = ceil(font.getlength(char))
    picture = Image.new("L", (max(cell, advance), GLYPH_DOTS))
    ImageDraw.Draw(picture).text((max(0, cell - advance) // 2, _BASELINE), char, fill=255, font=font, anchor="ls")
    return picture.resize((cell, GLYPH_DOTS)).convert("1", dither=Image.Dither.NONE)


@cache
def _font() -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(fonts.sans_path()), GLYPH_DOTS, layout_engine=ImageFont.Layout.BASIC)


@cache
def _frame() -> tuple[bytes, bytes]:
    """What python-escpos sends before and after a receipt. It is loaded at the first receipt, for it takes 0.2 s."""
    from escpos.printer import Dummy

    printer = Dummy()
    printer.hw("INIT")
    printer.set(align="left")
    head = bytes(printer.output)
    printer.clear()
    printer.cut()
    return head, bytes(printer.output)

"""Where things stand on a tube label, and what of a text it can show, whatever language the printer speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caixue.errors import UsageError

# Stands for a character that the printer's font or code page 936 lacks, and for control characters. A label carries the
# serial, a masked name and the tube kind; the serial alone identifies the tube, so a visible gap does no harm.
SUBSTITUTE = "□"
_MORE = "…"


@dataclass(frozen=True, slots=True)
class LabelLayout:
    """Where things stand on a label, in dots of a 203 dpi head (8 a millimetre); sizes of the label in millimetres.

    The bars stand like a picket fence: across the head and along the feed, so one dead dot damages one bar over its full
    height. Source: docs/assumptions.md A-46.
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


def check(serial: str, lines: Sequence[str], layout: LabelLayout) -> None:
    """Raise UsageError for a serial that is not an even number of digits, or for more lines than the layout has."""
    if not (serial.isascii() and serial.isdigit()) or len(serial) % 2:
        raise UsageError(f"a label's serial is an even number of digits, not {serial!r}")
    if len(lines) > layout.rows:
        raise UsageError(f"a label has {layout.rows} lines of text, not {len(lines)}")


def fitting(text: str, columns: int) -> str:
    """`text` with □ for what cannot be shown, at most `columns` half-widths wide; what is too long ends with …."""
    shown = text if _in_code_page(text) else "".join(letter if _in_code_page(letter) else SUBSTITUTE for letter in text)
    if _columns(shown) <= columns:
        return shown
    while _columns(shown) > columns - 2:
        shown = shown[:-1]
    return shown + _MORE


def _in_code_page(text: str) -> bool:
    if not text.isprintable() and not text.replace("\u3000", " ").isprintable():  # the wide space stands in names
        return False
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _columns(text: str) -> int:
    return len(text.encode("gbk"))

"""Code 128 (ISO/IEC 15417) in dots of a print head: the bars of a text, and what a scanner makes of bars that may be damaged."""

from __future__ import annotations

from functools import cache
from itertools import groupby

from caixue.errors import UsageError

MODULES_PER_CHARACTER = 11
QUIET_MODULES = 10  # blank space that a scanner wants on either side

# Values of the symbol characters that are not data.
_TO_C, _TO_B, _START_B, _START_C, _STOP = 99, 100, 104, 105, 106

# How far six measured elements may lie from a pattern, in modules: one element, and all six together. The limits are
# those that common software decoders use (a mean of 0.25 of a module's share and 0.7 for one element).
_ONE_ELEMENT = 0.7
_ALL_ELEMENTS = 2.75


@cache
def patterns() -> tuple[tuple[int, ...], ...]:
    """Element widths in modules of each symbol character, by value; the stop pattern, value 106, has seven elements."""
    from barcode.charsets import code128  # loading the library costs 40 ms that a healthy day never needs

    return tuple(tuple(len(list(run)) for _, run in groupby(modules)) for modules in (*code128.CODES, code128.STOP + "11"))


def values(text: str) -> tuple[int, ...]:
    """Symbol character values of `text` with start, check and stop: code set C for an even number of digits, else B.

    Raises UsageError for an empty text and for characters that set B lacks (it has the printable ASCII characters).
    """
    if not text or any(not " " <= letter <= "~" for letter in text):
        raise UsageError(f"Code 128 here carries printable ASCII characters, not {text!r}")
    if text.isdigit() and len(text) % 2 == 0:
        body = [_START_C, *(int(text[at : at + 2]) for at in range(0, len(text), 2))]
    else:
        body = [_START_B, *(ord(letter) - 32 for letter in text)]
    return (*body, _checksum(body), _STOP)


def widths(text: str) -> tuple[int, ...]:
    """Widths in modules of all elements, bar and space in turn, beginning and ending with a bar."""
    table = patterns()
    return tuple(width for value in values(text) for width in table[value])


def dots(text: str, narrow: int = 2) -> bytes:
    """One row of dots, 1 black and 0 white, `narrow` dots a module, without quiet zones."""
    row = bytearray()
    for index, width in enumerate(widths(text)):
        row += bytes([1 - index % 2]) * (width * narrow)
    return bytes(row)


def decode(row: bytes) -> str | None:
    """What a scanner reads in one row of dots (nonzero is black), or None: no read.

    It measures the elements, takes for each six the nearest pattern within a bound, and wants the check character to agree.
    """
    elements = [len(list(run)) for _, run in groupby(bytes(map(bool, row)).strip(b"\0"))]
    if len(elements) % 6 != 1 or len(elements) < 6 * 3 + 7:
        return None
    found = [_nearest(elements[at : at + 6]) for at in range(0, len(elements) - 7, 6)]
    if None in found or not _is_stop(elements[-7:]):
        return None
    symbols = [value for value in found if value is not None]
    return _text(symbols[:-1]) if symbols[-1] == _checksum(symbols[:-1]) else None


def _checksum(body: list[int]) -> int:
    return (body[0] + sum(position * value for position, value in enumerate(body))) % 103


def _nearest(elements: list[int]) -> int | None:
    module = sum(elements) / MODULES_PER_CHARACTER
    measured = [width / module for width in elements]
    best, value = min((_distance(measured, pattern), value) for value, pattern in enumerate(patterns()[:_STOP]))
    return value if best <= _ALL_ELEMENTS else None


def _distance(measured: list[float], pattern: tuple[int, ...]) -> float:
    apart = [abs(width - modules) for width, modules in zip(measured, pattern, strict=True)]
    return sum(apart) if max(apart) <= _ONE_ELEMENT else float("inf")


def _is_stop(elements: list[int]) -> bool:
    pattern = patterns()[_STOP]
    module = sum(elements) / sum(pattern)
    return _distance([width / module for width in elements], pattern) <= _ALL_ELEMENTS


def _text(symbols: list[int]) -> str | None:
    """The text of start and data characters of the sets B and C; None for what only other sets and functions have."""
    in_c = {_START_B: False, _START_C: True}.get(symbols[0])
    if in_c is None:
        return None
    letters = []
    for value in symbols[1:]:
        if in_c and value < _TO_B:
            letters.append(f"{value:02d}")
        elif not in_c and value < 95:
            letters.append(chr(value + 32))
        elif value == (_TO_B if in_c else _TO_C):
            in_c = not in_c
        else:
            return None
    return "".join(letters)

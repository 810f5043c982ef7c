"""The Chinese font that every printout, page and report of caixue uses: where it is and what it lacks."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

FAMILY = "Caixue Sans SC"


def sans_path() -> Path:
    """The bundled OpenType font: GB 2312, Latin, common symbols and rare characters of personal names."""
    return Path(__file__).with_name("CaixueSansSC-Regular.otf")


def missing(text: str) -> str:
    """The characters of `text` that the font cannot draw, each once, in order; control characters and line ends count too."""
    return "".join(dict.fromkeys(char for char in text if char not in coverage()))


@cache
def coverage() -> frozenset[str]:
    """Every character the font can draw, read from its character map (OpenType `cmap`, format 12)."""
    data = sans_path().read_bytes()
    groups = _full_map(data, _table(data, b"cmap"))
    return frozenset(chr(code) for first, last in groups for code in range(first, last + 1))


def _table(data: bytes, tag: bytes) -> int:
    """Where a table begins; source: OpenType 1.9, table directory."""
    (count,) = struct.unpack_from(">H", data, 4)
    rows = (struct.unpack_from(">4sIII", data, 12 + 16 * row) for row in range(count))
    return next(int(offset) for name, _, offset, _ in rows if name == tag)


def _full_map(data: bytes, cmap: int) -> list[tuple[int, int]]:
    """First and last code point of each group of the format 12 subtable."""
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    tables = [cmap + struct.unpack_from(">HHI", data, cmap + 4 + 8 * row)[2] for row in range(count)]
    full = next(table for table in tables if struct.unpack_from(">H", data, table)[0] == 12)
    (groups,) = struct.unpack_from(">I", data, full + 12)
    return [struct.unpack_from(">II", data, full + 16 + 12 * row) for row in range(groups)]

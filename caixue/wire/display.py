"""Call display protocol, open profile caixue-display/1: checked ASCII lines, both directions; no IO.

    $SHOW,<number>,<row>,<text>*HH    the text of a row (1 to 99), as GB 18030 in hex digits; empty text clears it
    $CLEAR,<number>*HH                clears every row
    $STAT*HH                          → $STAT,<flags>,<taken>,<shown>,<rows>*HH
    both changes are answered by      → $OK,<number>*HH, or $ERR,<number>*HH when a field is out of range

`number` runs 1 to 999 and names the change; the panel tells which one it took last and which one it last really showed. HH is
the exclusive or of the bytes between $ and *, as in NMEA 0183. Text travels as hex, so nothing in it can be a command.
There is no public protocol of such panels: assumed, docs/assumptions.md A-87.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

from caixue.errors import GarbledReply

CODE_TABLE = "gb18030"
LAST_NUMBER, LAST_ROW = 999, 99
BLACK = 1  # flag: the panel is dark


def line(*fields: str | int) -> bytes:
    """One line with its check and CR."""
    body = ",".join(map(str, fields))
    return f"${body}*{_check(body):02X}\r".encode("ascii")


def fields(text: str) -> list[str]:
    """The fields of one line without its CR. Raises GarbledReply when the frame or the check is wrong."""
    body, star, check = text[1:].rpartition("*")
    if text[:1] != "$" or not star or not body.isascii() or check != f"{_check(body):02X}":
        raise GarbledReply(f"not a line of the display: {text[:80]!r}")
    return body.split(",")


def encode(text: str) -> str:
    """Text as it travels; half surrogates become question marks."""
    return text.encode(CODE_TABLE, "replace").hex().upper()


def decode(digits: str) -> str | None:
    """The text of a field; None when it is no GB 18030 in hex, or holds a control character."""
    try:
        text = bytes.fromhex(digits).decode(CODE_TABLE)
    except ValueError:
        return None
    return text if not text or text.isprintable() else None


def _check(body: str) -> int:
    return reduce(xor, body.encode("ascii", "replace"), 0)

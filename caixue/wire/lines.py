"""Text lines inside byte streams, whatever the chunks they arrive in."""

from __future__ import annotations

from caixue.errors import GarbledReply

LONGEST_LINE = 2048  # bytes kept of one line: twice the expression length of the TSPL manual; the rest of a longer line is dropped
LONGEST_REPLY = 64  # characters of a device's one-line reply


class LineSplitter:
    """Splits a stream at CR, LF or both; empty lines vanish. Any chunking of the same bytes gives the same lines."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes."""
        lines = (self._rest + data).replace(b"\n", b"\r").split(b"\r")
        self._rest = lines.pop()[:LONGEST_LINE]
        return [line[:LONGEST_LINE] for line in lines if line]

    def clear(self) -> None:
        """Forget an unfinished line."""
        self._rest = b""


def reply_text(data: bytes) -> str:
    """The text of one complete reply that ends with CR.

    Raises GarbledReply unless it is 1 to 64 printable ASCII characters and one CR.
    """
    text = data[:-1]
    if not 1 <= len(text) <= LONGEST_REPLY or data[-1:] != b"\r" or not (text.isascii() and text.decode("ascii").isprintable()):
        raise GarbledReply(f"not one line of text: {data[:80]!r}")
    return text.decode("ascii")

"""What the ledger could not take yet: a file of fixed size whose records are on the disk when `add` returns, so that a full disk cannot refuse them.

The file is filled with empty lines beforehand. One record is one line, its CRC-32 before it; a line that a power cut has torn
was never acknowledged and is passed over.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from caixue.errors import LedgerError
from caixue.journal import Draft
from caixue.lang import tr

SIZE = 4_000_000  # bytes; some 15,000 records, days of trouble: docs/assumptions.md A-119


@dataclass(frozen=True, slots=True)
class Kept:
    """One act that waits for the ledger; `op` makes it one act however often it is sent."""

    op: str
    at_us: int
    actor: str
    cause: int | None
    drafts: tuple[Draft, ...]

    def line(self) -> bytes:
        """The record as it stands in the file."""
        rows = [[draft.kind, draft.subject, draft.data] for draft in self.drafts]
        text = json.dumps([self.op, self.at_us, self.actor, self.cause, rows], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        body = text.encode("utf-8")
        return b"%08x %s\n" % (zlib.crc32(body), body)


def _read(line: bytes) -> Kept | None:
    """The record on a line; None for an empty or torn one."""
    crc, _, body = line.partition(b" ")
    if not body or crc != b"%08x" % zlib.crc32(body):
        return None
    op, at_us, actor, cause, rows = json.loads(body)
    return Kept(op, at_us, actor, cause, tuple(Draft(kind, subject, data) for kind, subject, data in rows))


class Spool:
    """The records that wait, in their order. Raises LedgerError where the file cannot be made or written, or is full."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            self._size = max(size, os.fstat(self._file).st_size)
            self._grow()
            self.waiting: list[Kept] = list(self._records())
        except OSError as error:
            raise _refused(path, error) from None
        self._end = sum(len(kept.line()) for kept in self.waiting)

    def add(self, kept: Kept) -> None:
        """Keep one record; it is on the disk when this returns."""
        line = kept.line()
        if self._end + len(line) > self._size:
            raise LedgerError(tr(f"暂存 {self.path} 已满：{len(self.waiting)} 条", f"the spool {self.path} is full: {len(self.waiting)} records"))
        self._write(self._end, line)
        self._end += len(line)
        self.waiting.append(kept)

    def clear(self) -> None:
        """Every record is in the ledger now."""
        self._write(0, b"\n" * self._end)
        self._end = 0
        self.waiting.clear()

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)

    def _grow(self) -> None:
        """Reserve the room, with real bytes: a hole in the file would be no room at all."""
        there = os.fstat(self._file).st_size
        if there < self._size:
            self._write(there, b"\n" * (self._size - there))

    def _records(self) -> Iterator[Kept]:
        """What an earlier process left, closed up where something torn lies between."""
        there = self._all()
        found = [kept for kept in map(_read, there.split(b"\n")) if kept is not None]
        packed = b"".join(kept.line() for kept in found)
        if there.rstrip(b"\n") != packed.rstrip(b"\n"):
            self._write(0, packed + b"\n" * (self._size - len(packed)))
        yield from found

    def _all(self) -> bytes:
        os.lseek(self._file, 0, os.SEEK_SET)
        parts: list[bytes] = []
        while part := os.read(self._file, self._size):
            parts.append(part)
        return b"".join(parts)

    def _write(self, place: int, data: bytes) -> None:
        try:
            os.lseek(self._file, place, os.SEEK_SET)
            while data:
                data = data[os.write(self._file, data) :]
            os.fsync(self._file)
        except OSError as error:
            raise _refused(self.path, error) from None


def _refused(path: Path, error: OSError) -> LedgerError:
    return LedgerError(tr(f"暂存 {path} 写不了：{error.strerror}", f"cannot write the spool {path}: {error.strerror}"))


"""A journal in a file: one canonical JSON line an event, each on disk before `append` returns."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from caixue.errors import UsageError
from caixue.events import Event, from_json


class FileJournal:
    """Appends to a `.jsonl` file; continues an existing one after checking it. One writer at a time."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._next = len(read_events(self.path)) if self.path.exists() else 0
        try:
            self._file = self.path.open("a", encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"cannot write the journal {self.path}: {error.strerror}") from None

    def append(self, event: Event) -> None:
        """Write and sync one line. Raises UsageError when its seq is not the next."""
        if event.seq != self._next:
            raise UsageError(f"event {event.seq} offered where {self._next} comes next")
        self._file.write(event.to_json() + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._next += 1

    def next_seq(self) -> int:
        """The number of the next event, from 0."""
        return self._next

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> FileJournal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def read_events(path: str | Path) -> list[Event]:
    """All events of a journal file, in order. Raises UsageError as `each_event`."""
    return list(each_event(path))


def each_event(path: str | Path) -> Iterator[Event]:
    """The events of a journal file one by one, in order, for files that need not fit into memory.

    Raises UsageError for a file that cannot be read and, with the line number, for a line that is no event in UTF-8, a gap
    in the numbers, or a last line cut short.
    """
    try:
        with Path(path).open("rb") as file:
            for number, line in enumerate(file, 1):
                yield _event(path, number, line)
    except OSError as error:
        raise UsageError(f"cannot read the journal {path}: {error.strerror}") from None


def _event(path: str | Path, number: int, line: bytes) -> Event:
    if not line.endswith(b"\n"):
        raise UsageError(f"{path}:{number}: the last line was cut short; the events before it are whole")
    event = _parse(path, number, line)
    if event.seq != number - 1:
        raise UsageError(f"{path}:{number}: event {event.seq} where {number - 1} comes next")
    return event


def _parse(path: str | Path, number: int, line: bytes) -> Event:
    try:
        return from_json(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError(f"{path}:{number}: not text in UTF-8") from None
    except UsageError as error:
        raise UsageError(f"{path}:{number}: {error}") from None

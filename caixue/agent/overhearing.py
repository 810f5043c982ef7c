"""Reading along in the journals of the window programs: their labels, scans and specimens are what the readings of C2.1 need.

A window program is another process and writes `events.jsonl` (`caixue.journal.file`). Only what readings are made of is taken, and
nothing of it goes into the ledger. Times are those of hearing: the other record has a beginning of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from caixue.errors import UsageError
from caixue.events import Event, from_json
from caixue.ops.readings import KINDS

LONGEST = 1_000_000  # bytes taken at a time


class Overheard:
    """The end of one journal file, from now on. A file that is not there yet is waited for; one that became shorter is read from its start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unreadable = 0  # lines that were no events
        self._place = self._size()
        self._half = b""

    def news(self, now_us: int) -> Iterator[Event]:
        """What was written since the last time."""
        size = self._size()
        if size < self._place:
            self._place, self._half = 0, b""
        *lines, self._half = (self._half + self._more()).split(b"\n")
        for line in lines:
            event = self._event(line)
            if event is not None and event.kind in KINDS and not event.kind.startswith("alarm."):
                yield replace(event, at_us=now_us)

    def _more(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(self._place)
                more = file.read(LONGEST)
        except OSError:
            return b""
        self._place += len(more)
        return more

    def _event(self, line: bytes) -> Event | None:
        try:
            return from_json(line.decode("utf-8"))
        except (UsageError, UnicodeDecodeError):
            self.unreadable += 1
            return None

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

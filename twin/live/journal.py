"""The journal of a running bench: each event to a file, to the console, or both."""

from __future__ import annotations

from collections.abc import Callable

from caixue.events import Event
from caixue.journal import Journal


class ToldJournal:
    """Numbers events, tells each as one line of JSON, and keeps them in `kept` where one is given; nothing stays in memory."""

    def __init__(self, tell: Callable[[str], object], kept: Journal | None = None) -> None:
        self._tell = tell
        self._kept = kept
        self._next = kept.next_seq() if kept is not None else 0

    def append(self, event: Event) -> None:
        """Keep `event` and tell it."""
        if self._kept is not None:
            self._kept.append(event)
        self._next = event.seq + 1
        self._tell(event.to_json())

    def next_seq(self) -> int:
        """The number of the next event."""
        return self._next

"""A journal in memory, and listeners that hear each event as it is appended."""

from __future__ import annotations

from collections.abc import Callable

from caixue.errors import UsageError
from caixue.events import Event


class MemoryJournal:
    """Keeps events in a list; listeners are called in the order in which they subscribed."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._listeners: list[Callable[[Event], None]] = []

    def append(self, event: Event) -> None:
        """Keep `event` and tell the listeners. Raises UsageError when its seq is not the next."""
        if event.seq != len(self.events):
            raise UsageError(f"event {event.seq} offered where {len(self.events)} comes next")
        self.events.append(event)
        for listener in self._listeners:
            listener(event)

    def next_seq(self) -> int:
        """The number of the next event, from 0."""
        return len(self.events)

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every event from now on."""
        self._listeners.append(listener)

"""A journal in memory, and listeners that hear each event as it is appended."""

from __future__ import annotations

from collections.abc import Callable, Collection

from caixue.errors import UsageError
from caixue.events import Event

Listener = Callable[[Event], None]


class Listeners:
    """Who hears which kinds of events, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._rows: list[tuple[Listener, frozenset[str] | None]] = []
        self._by_kind: dict[str, tuple[Listener, ...]] = {}

    def add(self, listener: Listener, kinds: Collection[str] | None = None) -> None:
        """Let `listener` hear events of these kinds, or all."""
        self._rows.append((listener, None if kinds is None else frozenset(kinds)))
        self._by_kind.clear()

    def tell(self, event: Event) -> None:
        """Give `event` to everybody who wants its kind."""
        listeners = self._by_kind.get(event.kind)
        if listeners is None:
            wanted = tuple(listener for listener, kinds in self._rows if kinds is None or event.kind in kinds)
            listeners = self._by_kind[event.kind] = wanted
        for listener in listeners:
            listener(event)


class MemoryJournal:
    """Keeps events in a list and tells its listeners of each."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._listeners = Listeners()

    def append(self, event: Event) -> None:
        """Keep `event` and tell the listeners. Raises UsageError when its seq is not the next."""
        if event.seq != len(self.events):
            raise UsageError(f"event {event.seq} offered where {len(self.events)} comes next")
        self.events.append(event)
        self._listeners.tell(event)

    def next_seq(self) -> int:
        """The number of the next event, from 0."""
        return len(self.events)

    def subscribe(self, listener: Listener, kinds: Collection[str] | None = None) -> None:
        """Call `listener` with every event of these kinds (None: of all) from now on."""
        self._listeners.add(listener, kinds)

    def follow(self, listener: Listener, kinds: Collection[str] | None = None) -> None:
        """Call `listener` with every such event so far, in order, and from now on."""
        wanted = None if kinds is None else frozenset(kinds)
        for event in self.events:
            if wanted is None or event.kind in wanted:
                listener(event)
        self.subscribe(listener, kinds)

"""The journal of one run: passes every event on, and keeps as many as are wanted afterwards.

A run of one day keeps all its events. One of several days keeps those of the day in hand, and of the one day that the
replay will show; every line goes out as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from caixue.errors import UsageError
from caixue.events import Event
from caixue.folding import fold
from caixue.journal.memory import Listener, Listeners
from caixue.measures.patients import waits_us
from caixue.measures.statistics import Basis, nearest_rank
from twin.days import Day

Sink = Callable[[str], object]  # takes each line of the journal as it is written
_NO_BASIS = Basis(lambda severity, started_us, pauses=(): None)
# what begins → what ends it: a day's replay begins with what has not ended by then
_LASTING: Mapping[str, str] = {
    "window.blocked": "window.restored",
    "incident.opened": "incident.closed",
    "alarm.raised": "alarm.cleared",
    "twin.fault-fired": "twin.fault-ended",
}


class RunJournal:
    """Numbers events, tells the listeners, and keeps what has come since `forget`."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._forgotten = 0
        self._listeners = Listeners()

    def append(self, event: Event) -> None:
        """Keep `event` and tell the listeners. Raises UsageError when its seq is not the next."""
        if event.seq != self.next_seq():
            raise UsageError(f"event {event.seq} offered where {self.next_seq()} comes next")
        self.events.append(event)
        self._listeners.tell(event)

    def next_seq(self) -> int:
        """The number of the next event, from 0."""
        return self._forgotten + len(self.events)

    def subscribe(self, listener: Listener, kinds: Collection[str] | None = None) -> None:
        """Call `listener` with every event of these kinds (None: of all) from now on."""
        self._listeners.add(listener, kinds)

    def follow(self, listener: Listener, kinds: Collection[str] | None = None) -> None:
        """The same, and before that with those so far; raises UsageError once some have been forgotten."""
        if self._forgotten:
            raise UsageError("this journal no longer has its first events")
        for event in self.events:
            if kinds is None or event.kind in kinds:
                listener(event)
        self.subscribe(listener, kinds)

    def forget(self) -> list[Event]:
        """Give what was kept, and begin anew."""
        events, self.events = self.events, []
        self._forgotten += len(events)
        return events


@dataclass(frozen=True, slots=True)
class Shown:
    """The one day of several that a replay shows: what had not ended when it began, and its events."""

    day: Day
    carried: tuple[Event, ...]
    events: list[Event]


class Pages:
    """Turns the pages of a run of several days: keeps the day with the longest P90 wait, or that of the number asked for."""

    def __init__(self, journal: RunJournal, asked: int | None = None) -> None:
        self.shown: Shown | None = None
        self._journal = journal
        self._asked = asked  # index from 0
        self._carried: dict[tuple[str, str, str], Event] = {}
        self._longest_us = -1

    def turn(self, day: Day) -> None:
        """`day` is over."""
        events, carried = self._journal.forget(), tuple(self._carried.values())
        for event in events:
            self._follow(event)
        wait_us = _wait_p90_us(events)
        if day.index == self._asked or (self._asked is None and wait_us > self._longest_us):
            self._longest_us = wait_us
            self.shown = Shown(day, carried, events)

    def _follow(self, event: Event) -> None:
        for begins, ends in _LASTING.items():
            key = (begins, event.subject, str(event.data.get("alarm", "")))
            if event.kind == begins:
                self._carried[key] = event
            elif event.kind == ends:
                self._carried.pop(key, None)


def _wait_p90_us(events: list[Event]) -> int:
    people = fold(event for event in events if event.kind.startswith("patient."))
    return nearest_rank(waits_us(people, _NO_BASIS), 90) or 0

"""The part of the fold that follows windows: open, staffed, blocked, and who called a porter."""

from __future__ import annotations

from caixue.day import WindowTrack
from caixue.events import Event
from caixue.folding.rows import Takers
from caixue.intervals import Intervals, intervals

# kind → (the state it changes, whether it begins). Saying a thing twice changes nothing.
_CHANGES = {
    "window.opened": ("open", True),
    "window.closed": ("open", False),
    "window.staffed": ("staffed", True),
    "window.unstaffed": ("staffed", False),
    "window.blocked": ("blocked", True),
    "window.restored": ("blocked", False),
}


class WindowFold:
    """States of the windows so far, and the hours the room was meant to be open where the record says so."""

    def __init__(self) -> None:
        self.opening: Intervals = intervals()
        self._windows: frozenset[str] = frozenset()  # those that the record names; none named: every place is one
        self._names: dict[str, None] = {}
        self._done: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._since: dict[tuple[str, str], int] = {}
        self._porter_calls_us: list[int] = []

    def takers(self) -> Takers:
        """The method that takes each kind of event."""
        return {"record.started": self._start, "porter.called": self._call_porter, **dict.fromkeys(_CHANGES, self._change)}

    def porter_calls_us(self) -> tuple[int, ...]:
        """When a window called a porter, in order."""
        return tuple(self._porter_calls_us)

    def tracks(self, end_us: int, busy: dict[str, list[tuple[int, int]]]) -> tuple[WindowTrack, ...]:
        """One track a window, in the order in which the record named them; states that go on end at `end_us`."""
        return tuple(self._track(name, end_us, busy.get(name, [])) for name in dict.fromkeys((*self._names, *busy)))

    def _track(self, name: str, end_us: int, busy: list[tuple[int, int]]) -> WindowTrack:
        open_, staffed, blocked = (self._spans(name, state, end_us) for state in ("open", "staffed", "blocked"))
        return WindowTrack(name, open_, staffed, blocked, intervals(busy), name in self._windows or not self._windows)

    def _spans(self, name: str, state: str, end_us: int) -> Intervals:
        since_us = self._since.get((name, state))
        going_on = [] if since_us is None else [(since_us, end_us)]
        return intervals([*self._done.get((name, state), ()), *going_on])

    def _start(self, event: Event) -> None:
        named = event.data.get("windows") or ()
        names = [f"window-{number}" for number in range(1, named + 1)] if isinstance(named, int) else named
        self._names |= dict.fromkeys(names)
        self._windows = frozenset(names)
        self.opening = intervals(event.data.get("opening") or ())

    def _call_porter(self, event: Event) -> None:
        self._porter_calls_us.append(event.at_us)

    def _change(self, event: Event) -> None:
        state, begins = _CHANGES[event.kind]
        key = (event.subject, state)
        self._names.setdefault(event.subject)
        if begins:
            self._since.setdefault(key, event.at_us)
        elif key in self._since:
            self._done.setdefault(key, []).append((self._since.pop(key), event.at_us))

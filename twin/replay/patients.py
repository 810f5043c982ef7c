"""Who is waiting, at a window, served or gone at every moment, and the wait P90 so far."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping

from caixue.events import Event

PLAIN, PRIORITY, RETURNED = 0, 1, 2  # how a waiting patient is drawn


def nearest_rank(ordered: list[int], percent: int) -> int | None:
    """The nearest-rank percentile of sorted values; None when there are none."""
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else None


class Patients:
    """Folds patient events into waiting spells and counters; times are milliseconds since the start."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.spells: list[list[int | None]] = []  # came, went (None: still waiting), patient, mark
        self.rows: list[tuple[int, int, int, int, int, int | None]] = []  # at, waiting, at a window, served, left, wait P90
        self.waiting = self.at_window = self.served = self.left = 0
        self._spell: dict[str, list[int | None]] = {}
        self._priority: dict[str, bool] = {}
        self._arrived: dict[str, int] = {}
        self._called: dict[str, int] = {}
        self._waits: list[int] = []

    @property
    def handlers(self) -> Mapping[str, Callable[[Event, int], None]]:
        return {
            "patient.arrived": self._arrive,
            "patient.called": self._call,
            "patient.bumped": self._bump,
            "patient.served": self._serve,
            "patient.left": self._leave,
        }

    def number(self, name: str) -> int:
        """A patient's place in the list of names."""
        return self.names.setdefault(name, len(self.names))

    def _arrive(self, event: Event, at_ms: int) -> None:
        name = event.subject
        if name in self._spell or name in self._called:
            return
        self._arrived[name] = at_ms
        self._priority[name] = bool(event.data.get("priority"))
        self._wait(name, at_ms, PRIORITY if self._priority[name] else PLAIN)
        self._note(at_ms)

    def _call(self, event: Event, at_ms: int) -> None:
        name = event.subject
        if name not in self._called:
            self._arrived.setdefault(name, at_ms)
            self._stop_waiting(name, at_ms)
            self.at_window += 1
        self._called[name] = at_ms
        self._note(at_ms)

    def _bump(self, event: Event, at_ms: int) -> None:
        if self._called.pop(event.subject, None) is not None:
            self.at_window -= 1
            self._wait(event.subject, at_ms, RETURNED)
            self._note(at_ms)

    def _serve(self, event: Event, at_ms: int) -> None:
        called = self._called.pop(event.subject, None)
        if called is not None:
            self.at_window -= 1
            self.served += 1
            insort(self._waits, called - self._arrived[event.subject])
            self._note(at_ms)

    def _leave(self, event: Event, at_ms: int) -> None:
        if self._called.pop(event.subject, None) is not None:
            self.at_window -= 1
        elif event.subject in self._spell:
            self._stop_waiting(event.subject, at_ms)
        else:
            return
        self.left += 1
        self._note(at_ms)

    def _wait(self, name: str, at_ms: int, mark: int) -> None:
        self._spell[name] = [at_ms, None, self.number(name), mark]
        self.spells.append(self._spell[name])
        self.waiting += 1

    def _stop_waiting(self, name: str, at_ms: int) -> None:
        spell = self._spell.pop(name, None)
        if spell is not None:
            spell[1] = at_ms
            self.waiting -= 1

    def _note(self, at_ms: int) -> None:
        row = (at_ms, self.waiting, self.at_window, self.served, self.left, nearest_rank(self._waits, 90))
        if self.rows and self.rows[-1][0] == at_ms:
            self.rows[-1] = row
        else:
            self.rows.append(row)

    def at(self, at_ms: int) -> tuple[int, int, int, int, int, int | None]:
        """The counters at a moment, every event of that millisecond included."""
        place = bisect_left(self.rows, at_ms + 1, key=lambda row: row[0])
        return self.rows[place - 1] if place else (0, 0, 0, 0, 0, None)

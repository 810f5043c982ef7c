"""The trays and the belt of the reference engine (rule 23 of docs/timing.md)."""

from __future__ import annotations

from collections import deque

from twin.engines.reference_people import Position, Visit
from twin.engines.reference_room import Room
from twin.engines.reference_time import Rank, Timeline


class Belt:
    """Takes tubes out of the trays, first come, first loaded."""

    def __init__(self, tray: int, timeline: Timeline, room: Room) -> None:
        self._tray = tray  # tubes; with so many a window calls nobody
        self._time = timeline
        self._room = room
        self._line: deque[tuple[Position, Visit]] = deque()  # the first may be loading
        self._loading = False
        self._stopped = 0  # how many causes stop it

    @property
    def idle(self) -> bool:
        """Whether there is nothing to load."""
        return not self._line

    @property
    def waiting(self) -> list[Visit]:
        """Whose tubes are not loaded to the end, in their order."""
        return [visit for _, visit in self._line]

    def put(self, position: Position, visit: Visit) -> None:
        """The tubes of `visit` come into the tray of `position`."""
        if not visit.tubes:
            return
        self._line.append((position, visit))
        position.tray += visit.tubes
        if position.tray >= self._tray and not position.full:
            position.full = True
            self._room.block(position)
        self._load()

    def stop(self) -> None:
        """One cause more; what is being loaded is loaded to the end."""
        self._stopped += 1

    def go_on(self) -> None:
        """One cause less."""
        self._stopped -= 1
        self._load()

    def _load(self) -> None:
        if self._line and not self._stopped and not self._loading:
            self._loading = True
            self._time.after(self._line[0][1].belt_us, Rank.LOADED, 0, self._loaded)

    def _loaded(self) -> None:
        position, visit = self._line.popleft()
        self._loading = False
        position.tray -= visit.tubes
        visit.received_us = self._time.now_us + visit.way_us
        if position.full and position.tray < self._tray:
            position.full = False
            self._room.unblock(position)
        self._load()

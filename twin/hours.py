"""Opening hours of the windows and working hours of the nurses, as a scenario or a recorded day has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from caixue.site import Site
from twin.arrivals import ArrivalLog
from twin.days import Day
from twin.position import Rank
from twin.room import Room
from twin.roster import Spans, nurses_at, open_spans, openings, shift_of
from twin.scenario_model import Scenario
from twin.world import World


class Hours:
    """When windows are open and how many nurses are there, the same hours on every day. Times in microseconds after the start."""

    def __init__(self, scenario: Scenario, site: Site, log: ArrivalLog | None, first: Day) -> None:
        self._scenario = scenario
        self._windows = [window.name for window in site.windows]
        self._log = log
        self._day: Day | None = first

    def nurses(self, now_us: int) -> int:
        """How many nurses work at `now_us`; after the last span of the day, as many as in it; none while the room rests."""
        if self._day is None:
            return 0
        return nurses_at(self._scenario, len(self._windows), now_us - shift_of(self._scenario, self._day))

    def spans(self, day: Day) -> Mapping[str, Spans]:
        """From when to when each window is open on that day, inside the hours of the day; a window that is not named stays closed."""
        return open_spans(self._scenario, self._windows, self._log, day)

    def begin(self, day: Day, world: World, room: Room) -> None:
        """Let the windows of that day open and close, and its nurses come and go. Windows that close last stay open until the room is empty."""
        self._day = day
        positions = {position.name: position for position in room.positions}
        for name, start_us, end_us in openings(self.spans(day)):
            position = positions[name]
            _at(world, start_us, Rank.OPENING, position.index, partial(room.open_window, position))
            if end_us is not None:
                _at(world, end_us, Rank.CLOSING, position.index, partial(room.close_window, position))
        for span in self._scenario.nurse_spans or ():
            for at_us in (span.start_us, span.end_us):
                _at(world, max(world.now_us, at_us + shift_of(self._scenario, day)), Rank.STAFF, 0, room.staff)

    def end(self, room: Room) -> None:
        """The room is empty: every window closes and the nurses go."""
        self._day = None
        for position in room.positions:
            if not position.fallback:
                room.close_window(position)


def _at(world: World, at_us: int, rank: Rank, key: int, action: Callable[[], None]) -> None:
    event = world.kernel.ranked(at_us, rank, key)
    event.callbacks.append(lambda _event: action())

"""Opening hours of the windows and working hours of the nurses, as a scenario or a recorded day has them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from caixue.site import Site
from twin.arrivals import ArrivalLog
from twin.days import Day
from twin.position import Rank
from twin.room import Room
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
        spans = self._scenario.nurse_spans
        if self._day is None:
            return 0
        if spans is None:
            return len(self._windows)
        at_us = now_us - self._shift_us(self._day)
        current = [span.count for span in spans if span.start_us <= at_us < span.end_us]
        return current[0] if current else (spans[-1].count if at_us >= spans[-1].end_us else 0)

    def spans(self, day: Day) -> dict[str, tuple[int, int]]:
        """From when to when each window is open on that day, inside the hours of the day; a window that is not named stays closed."""
        spans, names = self._scenario.window_spans, self._windows
        if spans is None:
            return dict.fromkeys(names, (day.start_us, day.end_us))
        if spans == "recorded":
            assert self._log is not None
            return dict(self._log.positions)
        shift_us = self._shift_us(day)
        found = {
            names[span.window - 1]: (max(day.start_us, span.start_us + shift_us), min(day.closes_us, span.end_us + shift_us))
            for span in spans
            if span.window <= len(names)
        }
        return {name: (start_us, end_us) for name, (start_us, end_us) in found.items() if start_us < end_us}

    def begin(self, day: Day, world: World, room: Room) -> None:
        """Let the windows of that day open and close, and its nurses come and go. Windows that close last stay open until the room is empty."""
        self._day = day
        spans = self.spans(day)
        last_us = max((end_us for _, end_us in spans.values()), default=0)
        for position in room.positions:
            if position.name in spans:
                start_us, end_us = spans[position.name]
                _at(world, start_us, Rank.OPENING, position.index, partial(room.open_window, position))
                if end_us < last_us:
                    _at(world, end_us, Rank.CLOSING, position.index, partial(room.close_window, position))
        for span in self._scenario.nurse_spans or ():
            for at_us in (span.start_us, span.end_us):
                _at(world, max(world.now_us, at_us + self._shift_us(day)), Rank.STAFF, 0, room.staff)

    def end(self, room: Room) -> None:
        """The room is empty: every window closes and the nurses go."""
        self._day = None
        for position in room.positions:
            if not position.fallback:
                room.close_window(position)

    def _shift_us(self, day: Day) -> int:
        return day.midnight_us - self._scenario.midnight_us


def _at(world: World, at_us: int, rank: Rank, key: int, action: Callable[[], None]) -> None:
    event = world.kernel.ranked(at_us, rank, key)
    event.callbacks.append(lambda _event: action())

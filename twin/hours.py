"""Opening hours of the windows and working hours of the nurses, as a scenario or a recorded day has them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from caixue.site import Site
from twin.arrivals import ArrivalLog
from twin.position import Rank
from twin.room import Room
from twin.scenario_model import Scenario
from twin.world import World


class Hours:
    """When windows are open and how many nurses are there. Times in microseconds after the start."""

    def __init__(self, scenario: Scenario, site: Site, log: ArrivalLog | None) -> None:
        self._scenario = scenario
        self._windows = [window.name for window in site.windows]
        self.spans = self._spans(log)

    def nurses(self, now_us: int) -> int:
        """How many nurses work at `now_us`; after the last span, as many as in it."""
        spans = self._scenario.nurse_spans
        if spans is None:
            return len(self._windows)
        current = [span.count for span in spans if span.start_us <= now_us < span.end_us]
        return current[0] if current else (spans[-1].count if now_us >= spans[-1].end_us else 0)

    def schedule(self, world: World, room: Room) -> None:
        """Let the windows open and close, and the nurses come and go. Windows that close last stay open until the room is empty."""
        last_us = max(end_us for _, end_us in self.spans.values())
        for position in room.positions:
            if position.name in self.spans:
                start_us, end_us = self.spans[position.name]
                _at(world, start_us, Rank.OPENING, position.index, partial(room.open_window, position))
                if end_us < last_us:
                    _at(world, end_us, Rank.CLOSING, position.index, partial(room.close_window, position))
        for span in self._scenario.nurse_spans or ():
            for at_us in (span.start_us, span.end_us):
                _at(world, at_us, Rank.STAFF, 0, room.staff)

    def _spans(self, log: ArrivalLog | None) -> dict[str, tuple[int, int]]:
        spans, names = self._scenario.window_spans, self._windows
        if spans is None:
            return dict.fromkeys(names, (0, self._scenario.duration_us))
        if spans == "recorded":
            assert log is not None
            return dict(log.positions)
        return {names[span.window - 1]: (span.start_us, span.end_us) for span in spans if span.window <= len(names)}


def _at(world: World, at_us: int, rank: Rank, key: int, action: Callable[[], None]) -> None:
    event = world.kernel.ranked(at_us, rank, key)
    event.callbacks.append(lambda _event: action())

"""When windows are open and how many nurses are there on a clinic day, as a scenario or a recorded day says. Microseconds after the start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from twin.arrivals import ArrivalLog
from twin.days import Day
from twin.scenario_model import Scenario


def nurses_at(scenario: Scenario, windows: int, at_us: int) -> int:
    """How many nurses work at that time of the first day; after the last span as many as in it, by default one a window."""
    spans = scenario.nurse_spans
    if spans is None:
        return windows
    current = [span.count for span in spans if span.start_us <= at_us < span.end_us]
    return current[0] if current else (spans[-1].count if at_us >= spans[-1].end_us else 0)


Spans = tuple[tuple[int, int], ...]  # from when to when, in order and apart


def open_spans(scenario: Scenario, windows: Sequence[str], log: ArrivalLog | None, day: Day) -> Mapping[str, Spans]:
    """From when to when each window is open on that day, inside the hours of the day; a window that is not named stays closed."""
    spans = scenario.window_spans
    if spans is None:
        return dict.fromkeys(windows, ((day.start_us, day.end_us),))
    if spans == "recorded":
        assert log is not None
        return {name: (span,) for name, span in log.positions.items()}
    shift_us = shift_of(scenario, day)
    inside = [(span.window, max(day.start_us, span.start_us + shift_us), min(day.closes_us, span.end_us + shift_us)) for span in spans]
    kept = [row for row in inside if row[0] <= len(windows) and row[1] < row[2]]
    return {windows[window - 1]: tuple((start, end) for _, start, end in rows) for window, rows in groupby(kept, lambda row: row[0])}


def all_spans(opening: Mapping[str, Spans]) -> Spans:
    """The hours of all windows, each span once, in order."""
    return tuple(sorted({span for spans in opening.values() for span in spans}))


def openings(opening: Mapping[str, Spans]) -> Iterator[tuple[str, int, int | None]]:
    """Window, when it opens and when it closes; None for the windows that close last: they stay open until the room is empty."""
    last_us = max((end_us for _, end_us in all_spans(opening)), default=0)
    for name, spans in opening.items():
        for start_us, end_us in spans:
            yield name, start_us, end_us if end_us < last_us else None


def shift_of(scenario: Scenario, day: Day) -> int:
    """How long that day's midnight is after the first one's."""
    return day.midnight_us - scenario.midnight_us

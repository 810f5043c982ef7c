"""Counted time: when a clock runs out that counts only in given stretches and stands in pauses.

All times are microseconds on one time line. A limit is used up at the first instant at which so much time has been counted;
when the clock stands at that very instant, it has until the pause ends (docs/decisions/0014-pauses-and-special-periods.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Pause = tuple[int, int]  # from, until


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time that counts; `provisional` when it lies on a day that nobody has published yet. An empty one counts nothing."""

    start_us: int
    end_us: int
    provisional: bool = False


def merged(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """The same pauses in order, with those that touch or overlap made one, and those that are empty or end before they begin left out."""
    one_by_one: list[Pause] = []
    for start_us, end_us in sorted(pause for pause in pauses if pause[0] < pause[1]):
        if one_by_one and start_us <= one_by_one[-1][1]:
            start_us, before_us = one_by_one.pop()
            end_us = max(end_us, before_us)
        one_by_one.append((start_us, end_us))
    return tuple(one_by_one)


def runs_out(start_us: int, limit_us: int, stretches: Iterable[Stretch], pauses: Sequence[Pause]) -> tuple[int, bool] | None:
    """When a clock that starts at `start_us` has counted `limit_us`, and whether a provisional day was passed on the way.

    `stretches` in order; `pauses` as `merged` gives them. None when the stretches end before.
    """
    left_us, provisional = limit_us, False
    for stretch in stretches:
        provisional = provisional or stretch.provisional
        for from_us, until_us in _running(max(start_us, stretch.start_us), stretch.end_us, pauses):
            if until_us - from_us >= left_us:
                return _released(from_us + left_us, pauses), provisional
            left_us -= until_us - from_us
    return None


def counted(start_us: int, until_us: int, stretches: Iterable[Stretch], pauses: Sequence[Pause]) -> int:
    """How much a clock that starts at `start_us` has counted at `until_us`."""
    total_us = 0
    for stretch in stretches:
        if stretch.start_us >= until_us:
            break
        spans = _running(max(start_us, stretch.start_us), min(until_us, stretch.end_us), pauses)
        total_us += sum(end_us - from_us for from_us, end_us in spans)
    return total_us


def _running(from_us: int, until_us: int, pauses: Sequence[Pause]) -> Iterator[Pause]:
    """The parts of a span in which the clock does not stand."""
    for pause_from_us, pause_until_us in pauses:
        if pause_until_us > from_us and pause_from_us < until_us:
            if pause_from_us > from_us:
                yield from_us, pause_from_us
            from_us = pause_until_us
    if from_us < until_us:
        yield from_us, until_us


def _released(at_us: int, pauses: Sequence[Pause]) -> int:
    """The instant itself, or the end of the pause that it lies in."""
    return next((until_us for from_us, until_us in pauses if from_us <= at_us < until_us), at_us)

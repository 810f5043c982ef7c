"""Interval algebra on whole microseconds: spans of time, and how many of them hold at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Half-open spans [start, end), one a row: an int64 array of shape (n, 2).
Intervals = NDArray[np.int64]


def intervals(spans: Iterable[Sequence[int]] | Intervals = ()) -> Intervals:
    """The spans as an array; empty and backward ones are dropped."""
    array = np.asarray(spans if isinstance(spans, np.ndarray) else list(spans), dtype=np.int64).reshape(-1, 2)
    return array[array[:, 1] > array[:, 0]]


@dataclass(frozen=True, slots=True)
class Steps:
    """A count that changes at instants: `levels[i]` holds from `times[i]` to the next, 0 before the first."""

    times: NDArray[np.int64]
    levels: NDArray[np.int64]

    def at(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """The level at each instant (the new one where it changes just then)."""
        place = np.searchsorted(self.times, instants, side="right")
        return np.concatenate(([0], self.levels))[place]

    def where(self, holds: NDArray[np.bool_]) -> Intervals:
        """The spans during which `holds`, one truth a level, is true; the last level has no end and must be false."""
        edges = np.diff(np.concatenate(([0], holds.astype(np.int64), [0])))
        return np.column_stack((self.times[edges[:-1] == 1], self.times[np.flatnonzero(edges == -1)]))

    def pieces(self, period: Intervals) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The level cut to `period`: lengths (us) and levels of its pieces, in order of time."""
        inside = steps(union(period))
        edges = np.unique(np.concatenate((self.times, inside.times)))
        kept = inside.at(edges[:-1]) > 0
        return np.diff(edges)[kept], self.at(edges[:-1])[kept]

    def area_until(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """The integral of the level (count x us) from the beginning to each instant."""
        first = self.times[0] if len(self.times) else 0
        times = np.concatenate(([first], self.times))
        levels = np.concatenate(([0], self.levels))
        before = np.concatenate(([0], np.cumsum(np.diff(times) * levels[:-1])))
        place = np.searchsorted(self.times, instants, side="right")
        return np.where(place > 0, before[place] + levels[place] * (instants - times[place]), 0)


def steps(spans: Intervals) -> Steps:
    """How many of the spans hold at each instant."""
    return _steps(spans.T.ravel(), np.repeat(np.array([1, -1], dtype=np.int64), len(spans)))


def _steps(at: NDArray[np.int64], change: NDArray[np.int64]) -> Steps:
    times, place = np.unique(at, return_inverse=True)
    sums = np.zeros(len(times), dtype=np.int64)
    np.add.at(sums, place, change)
    return Steps(times, np.cumsum(sums))


def union(*sets: Intervals) -> Intervals:
    """Every instant that lies in any span, as the fewest spans; spans that touch become one."""
    count = steps(np.concatenate((intervals(), *sets)))
    return count.where(count.levels > 0)


def intersection(one: Intervals, other: Intervals) -> Intervals:
    """Every instant that lies in both."""
    count = steps(np.concatenate((union(one), union(other))))
    return count.where(count.levels == 2)


def subtraction(one: Intervals, other: Intervals) -> Intervals:
    """Every instant of `one` that does not lie in `other`."""
    kept, taken = union(one), union(other)
    at = np.concatenate((kept.T.ravel(), taken.T.ravel()))
    change = np.concatenate((np.repeat([1, -1], len(kept)), np.repeat([-2, 2], len(taken)))).astype(np.int64)
    count = _steps(at, change)
    return count.where(count.levels == 1)


def total_us(spans: Intervals) -> int:
    """The time that the spans cover, each instant counted once (us)."""
    covered = union(spans)
    return int((covered[:, 1] - covered[:, 0]).sum())


def minimum(count: Steps, period: Intervals) -> int | None:
    """The least level during `period`; None when the period is empty."""
    _, levels = count.pieces(period)
    return int(levels.min()) if len(levels) else None


def maximum(count: Steps, period: Intervals) -> int | None:
    """The greatest level during `period`; None when the period is empty."""
    _, levels = count.pieces(period)
    return int(levels.max()) if len(levels) else None


def mean(count: Steps, period: Intervals) -> float | None:
    """The time average of the level over `period`; None when the period is empty."""
    lengths, levels = count.pieces(period)
    return int((lengths * levels).sum()) / int(lengths.sum()) if len(lengths) else None

"""What figures rest on beside the record, and the statistics that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from caixue.clock import US_PER_S
from caixue.day import NEVER, DayRecord

if TYPE_CHECKING:
    from caixue.sla import Deadlines

US_PER_H = 3600 * US_PER_S

Value = float | list[float] | None
Measure = Callable[[DayRecord, "Basis"], Value]
Samples = NDArray[np.int64]
Take = Callable[[DayRecord, "Basis"], Samples]


class DeadlineUs(Protocol):
    """By when, of a class or another limit, from the start of its clock and its pauses; None where there is no deadline."""

    def __call__(self, severity: str, started_us: int, pauses: Sequence[tuple[int, int]] = ()) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures of a day rest on beside the record: the contract's deadlines, the site's readings, the load's slots."""

    deadline_us: DeadlineUs  # R2, R3, R4
    usable_within_us: int = 600 * US_PER_S  # the site's reading of "in normal use"; design §6
    windows_required: int = 8  # R5.3
    clock_starts: str = "first of reported and detected"  # or "reported", or "detected"
    slot_us: int = US_PER_H
    load_us: int | None = None  # until when patients arrive; default: the end of the opening hours
    engineers: int | None = None  # default: as many as the record names, at least one

    @classmethod
    def of(cls, deadlines: Deadlines, start_at: datetime, **load: int | None) -> Basis:
        """The basis of a record that began at `start_at` on the site of `deadlines`; `load` may give slot_us, load_us, engineers."""
        readings = deadlines.readings

        def at(us: int) -> datetime:
            return start_at + timedelta(microseconds=us)

        def deadline_us(severity: str, started_us: int, pauses: Sequence[tuple[int, int]] = ()) -> int | None:
            if not severity:
                return None
            by = deadlines.deadline(severity, at(started_us), [(at(from_us), at(until_us)) for from_us, until_us in pauses]).at
            return (by - start_at) // timedelta(microseconds=1)

        known = {name: value for name, value in load.items() if value is not None}
        return cls(deadline_us, usable_within_us=readings.host_usable_within_us, clock_starts=readings.clock_starts, **known)


def nearest_rank(samples: Samples, percent: int) -> int | None:
    """The smallest sample that at least `percent` (1 to 100) of the samples do not exceed; None without samples."""
    if not len(samples):
        return None
    rank = -(-percent * len(samples) // 100) - 1
    return int(np.partition(samples, rank)[rank])


def _seconds(us: int | None) -> float | None:
    return None if us is None else us / US_PER_S


def percentile_of(take: Take, percent: int) -> Measure:
    """The measure that takes a nearest-rank percentile, in seconds."""
    return lambda day, basis: _seconds(nearest_rank(take(day, basis), percent))


def mean_of(take: Take) -> Measure:
    """The measure that takes the mean, in seconds."""

    def measure(day: DayRecord, basis: Basis) -> float | None:
        values = take(day, basis)
        return int(values.sum()) / (len(values) * US_PER_S) if len(values) else None

    return measure


def max_of(take: Take) -> Measure:
    """The measure that takes the greatest, in seconds."""
    return percentile_of(take, 100)


def between(start: Samples, end: Samples) -> Samples:
    """The time from start to end in every row that has both."""
    known = (start != NEVER) & (end != NEVER)
    return np.asarray(end[known] - start[known], dtype=np.int64)

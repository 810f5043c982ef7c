"""The load by kind of day and slot: means with intervals, whether arrivals are Poisson, and the days that stand out.

Ordinary Mondays to Sundays are a group each; holidays and make-up workdays are set apart by the calendar of the site.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from caixue.units import US_PER_DAY
from caixue.workdays import Calendar, Kind
from twin.fitting.people import NONE
from twin.fitting.queue_log import QueueLog
from twin.fitting.statistics import chi_square_tail, poisson_interval
from twin.fitting.times import date_of

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOLIDAY, MAKE_UP, UNDATED = "holiday", "make-up", "undated"
GROUPS = (*WEEKDAYS, HOLIDAY, MAKE_UP, UNDATED)
HOUR_US = 3_600_000_000
BUSY = NormalDist().inv_cdf(0.9)  # one day in ten is busier
ODD_FROM = 3.5  # robust standard deviations; docs/assumptions.md A-161
ODD_DAYS = 4  # with fewer days of a group nobody can say which is odd; docs/assumptions.md A-161
TESTED_FROM = 5.0  # expected people of a slot over all days; below, its variance says nothing: docs/assumptions.md A-162
EDGE = 0.005  # so small a share of a group's people before the doors or after hours is no part of its scenario; docs/assumptions.md A-163


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the day over all days of a group. Dispersion is variance over mean, 1 for Poisson; None where it cannot be told."""

    start_us: int  # after midnight
    people: int
    per_h: float
    low_per_h: float
    high_per_h: float
    dispersion: float | None
    p: float | None  # the chance of so large a dispersion, or larger, if arrivals are Poisson


@dataclass(frozen=True, slots=True)
class OddDay:
    """A day whose number of people stands out from its group's: `score` in robust standard deviations."""

    day: str
    people: int
    usual: float
    score: float


@dataclass(frozen=True, slots=True)
class Group:
    """The days of one kind. Days are dates, or the names of files without dates."""

    name: str
    days: tuple[str, ...]
    people: tuple[int, ...]  # of each day
    slots: tuple[Slot, ...]  # the whole day
    first: int  # the slots from `first` on, up to before `last`, are the scenario's
    last: int
    outside: int  # people outside of them
    dispersion: float | None  # over the tested slots
    p: float | None
    day_dispersion: float | None  # of the days' totals
    day_p: float | None
    day_sd: float | None  # by how much whole days differ beyond chance, as a share of the mean
    odd: tuple[OddDay, ...]
    urgent_share: float
    at_once: int  # the most people served at one time; 0 where services are not recorded

    @property
    def per_day(self) -> float:
        """Mean number of people."""
        return sum(self.people) / len(self.people)

    @property
    def busy_scale(self) -> float | None:
        """The factor on the rates of a busy day, the 90th percentile of a normal factor with `day_sd`; None where that is not known."""
        return None if self.day_sd is None else 1 + BUSY * self.day_sd


def group_of(day: date, calendar: Calendar) -> str:
    """The group of a day."""
    kind = calendar.day_kind(day).kind
    if kind is Kind.HOLIDAY:
        return HOLIDAY
    return MAKE_UP if kind is Kind.MAKE_UP else WEEKDAYS[day.weekday()]


def profile(log: QueueLog, calendar: Calendar, slot_us: int) -> tuple[Group, ...]:
    """The groups that have days, in the order of the week."""
    numbers, place = np.unique(log.people.arrived_us // US_PER_DAY, return_inverse=True)
    slots = US_PER_DAY // slot_us
    counts = np.bincount(place * slots + log.people.arrived_us % US_PER_DAY // slot_us, minlength=len(numbers) * slots).reshape(-1, slots)
    group = [UNDATED if number < 0 else group_of(date_of(int(number) * US_PER_DAY), calendar) for number in numbers]
    return tuple(
        _group(name, log, numbers, np.array([one == name for one in group]), counts, place, slot_us) for name in GROUPS if name in group
    )


def missing_days(groups: Sequence[Group], calendar: Calendar) -> tuple[date, ...]:
    """Workdays between the first and the last day of the log on which nobody came."""
    days = {date.fromisoformat(day) for group in groups if group.name != UNDATED for day in group.days}
    between = [min(days) + timedelta(days=number) for number in range((max(days) - min(days)).days)] if days else []
    return tuple(day for day in between if day not in days and calendar.day_kind(day).works)


def _group(
    name: str, log: QueueLog, numbers: NDArray[np.int64], mine: NDArray[np.bool_], all_counts: NDArray[np.int64], place: NDArray[np.int64], slot_us: int
) -> Group:  # fmt: skip
    counts = all_counts[mine]
    totals = counts.sum(axis=1)
    people = mine[place]
    day_dispersion, day_p = _dispersion(totals)
    day_sd = _day_sd(totals)
    tested = [one for one in counts.T if one.sum() >= TESTED_FROM]
    pooled, p = _pooled(tested)
    slots = tuple(_slots(counts, slot_us, pooled, day_sd))
    first, last = _span(counts.sum(axis=0))
    return Group(
        name=name,
        days=tuple(_day_name(int(number), log) for number in numbers[mine]),
        people=tuple(int(total) for total in totals),
        slots=slots,
        first=first,
        last=last,
        outside=int(counts.sum() - counts[:, first:last].sum()),
        dispersion=pooled,
        p=p,
        day_dispersion=day_dispersion,
        day_p=day_p,
        day_sd=day_sd,
        odd=tuple(_odd(totals, [_day_name(int(number), log) for number in numbers[mine]])),
        urgent_share=float(log.people.urgent[people].mean()),
        at_once=_at_once(log.people.started_us[people], log.people.service_us[people]),
    )


def _day_name(number: int, log: QueueLog) -> str:
    return log.files[-1 - number].name if number < 0 else date_of(number * US_PER_DAY).isoformat()


def _slots(counts: NDArray[np.int64], slot_us: int, pooled: float | None, day_sd: float | None) -> Iterator[Slot]:
    """The slots with exact Poisson intervals, wider where the numbers vary more than Poisson's."""
    days, hours = len(counts), slot_us / HOUR_US
    for number, column in enumerate(counts.T):
        total = int(column.sum())
        mean = total / days
        low, high = poisson_interval(total)
        wider = math.sqrt(max(1.0, pooled or 1.0, 1 + (day_sd or 0.0) ** 2 * mean))
        spans = [max(0.0, total + (edge - total) * wider) / days / hours for edge in (low, high)]
        dispersion, p = _dispersion(column)
        yield Slot(number * slot_us, total, mean / hours, spans[0], spans[1], dispersion, p if total >= TESTED_FROM else None)


def _dispersion(numbers: NDArray[np.int64]) -> tuple[float | None, float | None]:
    """Variance over mean, and the chance of so much or more under Poisson: (n - 1) times it is chi-square (Fisher 1925)."""
    n, mean = len(numbers), float(numbers.mean())
    if n < 2 or mean <= 0:
        return None, None
    ratio = float(numbers.var(ddof=1)) / mean
    return ratio, chi_square_tail(ratio * (n - 1), n - 1)


def _pooled(columns: Sequence[NDArray[np.int64]]) -> tuple[float | None, float | None]:
    """The same over several slots."""
    found = [(ratio, len(one) - 1) for one in columns if (ratio := _dispersion(one)[0]) is not None]
    if not found:
        return None, None
    total, freedom = sum(ratio * free for ratio, free in found), sum(free for _, free in found)
    return total / freedom, chi_square_tail(total, freedom)


def _day_sd(totals: NDArray[np.int64]) -> float | None:
    """The standard deviation of a factor on whole days, what Poisson leaves unexplained; 0 where nothing is left."""
    if len(totals) < 2:
        return None
    mean = float(totals.mean())
    return math.sqrt(max(0.0, float(totals.var(ddof=1)) - mean)) / mean


def _odd(totals: NDArray[np.int64], names: Sequence[str]) -> Iterator[OddDay]:
    """Days far from the median, in units of the larger of Poisson's spread and that of most days."""
    if len(totals) < ODD_DAYS:
        return
    usual = float(np.median(totals))
    spread = max(math.sqrt(max(usual, 1.0)), 1.4826 * float(np.median(np.abs(totals - usual))))
    for name, total in zip(names, totals, strict=True):
        score = (float(total) - usual) / spread
        if abs(score) > ODD_FROM:
            yield OddDay(name, int(total), usual, score)


def _span(people: NDArray[np.int64]) -> tuple[int, int]:
    """From the first slot to after the last one that belong to the clinic's day: a stray arrival at night does not."""
    edge = people.sum() * EDGE
    upto = np.cumsum(people)
    first = int(np.argmax(upto > edge))
    last = int(len(people) - np.argmax(np.cumsum(people[::-1]) > edge))
    return _back(people, first, -1), _back(people, last - 1, 1) + 1


def _back(people: NDArray[np.int64], slot: int, step: int) -> int:
    """The last slot with people in that direction without a gap."""
    while 0 <= slot + step < len(people) and people[slot + step] > 0:
        slot += step
    return slot


def _at_once(started_us: NDArray[np.int64], service_us: NDArray[np.int64]) -> int:
    good = service_us != NONE
    if not good.any():
        return 0
    begins, ends = started_us[good], started_us[good] + service_us[good]
    times = np.concatenate([ends, begins])
    change = np.concatenate([np.full(len(ends), -1), np.ones(len(begins), np.int64)])
    order = np.lexsort((change, times))  # who goes makes room for who comes at the same instant
    return int(np.cumsum(change[order]).max())

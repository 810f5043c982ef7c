"""The clinic days of a run: which days they are, when each begins and ends, and how many people each draws.

Times are microseconds after the start of the run, which is one continuous time: nights lie between the days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, islice

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.site import Site
from caixue.units import US_PER_DAY
from caixue.workdays import Kind
from twin.scenario_model import Scenario

WEEKDAY_FACTORS = (1.2, 1.0, 1.0, 1.0, 1.0, 0.6, 0.5)  # of a workday's patients, Monday first; docs/assumptions.md A-60
HOLIDAY_FACTOR = 0.35  # docs/assumptions.md A-71
MAKE_UP_FACTOR = 1.0  # a make-up workday is a workday, whatever day of the week; docs/assumptions.md A-71
START_UP_US = 30 * 60 * 1_000_000  # start-up begins so long before the first patients; docs/assumptions.md A-72
GRACE_US = 6 * 3600 * 1_000_000  # the room must be empty this long after the last arrival and the last fault
_LOOK_AHEAD = 400  # days in a row without a clinic: then there is none


@dataclass(frozen=True, slots=True)
class Day:
    """One clinic day: start-up from `morning_us`, people come from `start_us` until `end_us`, the hours of the day end at `closes_us`."""

    index: int  # from 0
    date: date
    midnight_us: int  # when its date begins
    morning_us: int
    start_us: int
    end_us: int
    closes_us: int
    factor: float  # on a built-in profile

    @property
    def stream_prefix(self) -> str:
        """What stands before the names of its random streams; the first day's have none."""
        return f"day-{self.index + 1}." if self.index else ""

    def share(self, now_us: int) -> float:
        """How much of the day is over, from 0 to 1."""
        return min(1.0, max(0.0, (now_us - self.morning_us) / max(1, self.end_us - self.morning_us)))


def clinic_days(scenario: Scenario, site: Site) -> tuple[Day, ...]:
    """The scenario's days: a single one is as written; of several, each follows the site's calendar and opening hours.

    Of several days each begins at the scenario's time of day or when the room opens, whichever is later, and ends after
    `duration` or with the opening hours. Raises UsageError where the site has no such days.
    """
    if scenario.days == 1:
        today, midnight_us = scenario.start.date(), scenario.midnight_us
        factor = load_factor(site, today)
        return (Day(0, today, midnight_us, 0, 0, scenario.duration_us, midnight_us + US_PER_DAY, factor),)
    days = tuple(islice(_days(scenario, site), scenario.days))
    if len(days) < scenario.days:
        what = tr(
            f"场所 {site.name} 在这个时段没有 {scenario.days} 个门诊日",
            f"site {site.name} has no {scenario.days} clinic days at these hours",
        )
        raise UsageError(what)
    return days


def load_factor(site: Site, day: date) -> float:
    """How many patients a day draws, as a factor on an ordinary workday."""
    kind = site.calendar.day_kind(day).kind
    if kind is Kind.HOLIDAY:
        return HOLIDAY_FACTOR
    return MAKE_UP_FACTOR if kind is Kind.MAKE_UP else WEEKDAY_FACTORS[day.weekday()]


def day_at(days: Sequence[Day], now_us: int) -> Day:
    """The day that has begun last."""
    return next((day for day in reversed(days) if day.morning_us <= now_us), days[0])


def _days(scenario: Scenario, site: Site) -> Iterator[Day]:
    first, from_us = scenario.start.date(), -scenario.midnight_us
    index = without = 0
    for number in count():
        found = _day(scenario, site, index, first + timedelta(days=number), number * US_PER_DAY - from_us)
        if found is not None:
            yield found
        index, without = (index + 1, 0) if found is not None else (index, without + 1)
        if without == _LOOK_AHEAD:
            return


def _day(scenario: Scenario, site: Site, index: int, day: date, midnight_us: int) -> Day | None:
    """The clinic on that day; None when the room is closed at the scenario's hours."""
    opening = site.opening_on(day)
    if not opening:
        return None
    closes_us = midnight_us + opening[-1].end_us
    start_us = midnight_us + max(-scenario.midnight_us, opening[0].start_us)
    end_us = min(start_us + scenario.duration_us, closes_us)
    if end_us <= start_us:
        return None
    return Day(index, day, midnight_us, max(0, start_us - START_UP_US), start_us, end_us, closes_us, load_factor(site, day))

"""The periods that are closed (contract C6.1, C6.2, C6.3, C6.4): months and years of Shanghai time, their spans, and by when each step is due."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.workdays import Calendar

_NAME = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?")
_US = timedelta(microseconds=1)
# Working days after the end of a period by which each step is due: (month, year). Assumed: docs/assumptions.md A-250
TERMS: Mapping[str, tuple[int, int]] = {"cut-off": (2, 5), "drafted": (3, 10), "signed": (5, 15)}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One month, such as "2026-11", or one year, "2026"; half-open in Shanghai time. Months sort in their order, a year before its months."""

    year: int
    month: int = 0  # 0: the whole year

    @classmethod
    def named(cls, name: str) -> Period:
        """The period of that name. Raises UsageError for anything else."""
        found = _NAME.fullmatch(name.strip())
        if found is None or not 1970 <= int(found[1]) < 9999:
            raise UsageError(
                tr(f"{name!r} 不是月份或年份；写成 2026-11 或 2026", f"{name!r} is no month and no year; write 2026-11 or 2026")
            )
        return cls(int(found[1]), int(found[2] or 0))

    @classmethod
    def of(cls, day: date) -> Period:
        """The month of that day."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}" if self.month else f"{self.year}"

    @property
    def is_year(self) -> bool:
        """Whether it is a whole year."""
        return self.month == 0

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month or 1, 1)

    @property
    def after(self) -> date:
        """The first day after it."""
        return self.next.first

    @property
    def next(self) -> Period:
        """The next month, or year."""
        if self.is_year or self.month == 12:
            return Period(self.year + 1, 0 if self.is_year else 1)
        return Period(self.year, self.month + 1)

    @property
    def before(self) -> Period:
        """The month, or year, before."""
        if self.is_year or self.month == 1:
            return Period(self.year - 1, 0 if self.is_year else 12)
        return Period(self.year, self.month - 1)

    @property
    def months(self) -> tuple[Period, ...]:
        """The months in it; a month holds itself."""
        return tuple(Period(self.year, month) for month in range(1, 13)) if self.is_year else (self,)

    def span_us(self, start: datetime) -> tuple[int, int]:
        """From when until when, in microseconds since a record that began at `start`; never before it."""
        from_us, until_us = (max(0, (_midnight(day) - start) // _US) for day in (self.first, self.after))
        return from_us, until_us

    def due(self, step: str, calendar: Calendar) -> date:
        """The last day on which `step` ("cut-off", "drafted", "signed") is in time, by the site's working days."""
        return calendar.add_workdays(self.after - timedelta(days=1), TERMS[step][self.is_year])[0]


def months_since(start: datetime, now: datetime) -> Iterator[Period]:
    """Every month from the record's start to the present one."""
    month, last = Period.of(start.astimezone(SHANGHAI).date()), Period.of(now.astimezone(SHANGHAI).date())
    while month <= last:
        yield month
        month = month.next


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)

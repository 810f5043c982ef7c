"""When the contract's deadlines fall (R2, R3): clock time and Chinese working days, with pauses and special periods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from caixue.clock import SHANGHAI
from caixue.contract import AttendanceRow, Clause, DeadlineRow, Presence, attendance_row, clause, clause_ids, deadline_row, severities
from caixue.counted_time import Pause, Stretch, counted, merged, runs_out
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.site_model import Opening, Readings, Shift, Site, SpecialPeriod
from caixue.units import US_PER_DAY
from caixue.workdays import Calendar

__all__ = ["Clause", "Deadline", "Deadlines", "clause", "clause_ids", "severities"]

WORKING_DAY_US = 8 * 3_600_000_000  # R2: five days of eight hours
_EPOCH = datetime(1970, 1, 1, tzinfo=SHANGHAI)
_EVER_US = (datetime.max.replace(tzinfo=SHANGHAI) - _EPOCH) // timedelta(microseconds=1)

Moments = tuple[datetime, datetime]  # of a pause: from, until; aware


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when something must be done; `provisional` when it crosses days that nobody has published yet."""

    severity: str
    at: datetime
    provisional: bool
    clause: str

    def passed(self, now_at: datetime) -> bool:
        """True once `now_at` is after the deadline; the very instant is still in time."""
        return now_at > self.at

    def __str__(self) -> str:
        mark = tr("（暂定）", " (provisional)") if self.provisional else ""
        return f"{self.at:%Y-%m-%d %H:%M:%S}{mark}"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The deadline engine of one site: its readings, its shift and hours, its calendar, its special periods."""

    readings: Readings
    shift: Shift
    calendar: Calendar
    opening: Opening
    special_periods: tuple[SpecialPeriod, ...] = ()

    @classmethod
    def of(cls, site: Site) -> Deadlines:
        """The engine for `site`."""
        return cls(site.readings, site.shift, site.calendar, site.opening, site.special_periods)

    def deadline(self, severity: str, started_at: datetime, pauses: Iterable[Moments] = ()) -> Deadline:
        """By when an incident of that class, whose clock started at `started_at` (aware) and stood in `pauses`, must be removed.

        "response", "arrival", "phone" and "escalation" give the limits for taking it up, coming on site, answering and telling.
        A pause moves a limit in clock time by its length, one in working days by the working time in it; a pause that begins
        after the deadline moves nothing. Raises UsageError for another class or a naive time.
        """
        row, start_us = deadline_row(severity), _wall_us(started_at)
        found = runs_out(start_us, self._limit_us(row, start_us), self._stretches(row, start_us), _spans(pauses))
        if found is None:
            raise UsageError(tr("日历到 9999 年为止", "the calendar ends with the year 9999"))
        return Deadline(severity, _moment(found[0]), found[1], row.clause)

    def used(self, severity: str, started_at: datetime, now_at: datetime, pauses: Iterable[Moments] = ()) -> tuple[timedelta, timedelta]:
        """How much of the limit has been counted at `now_at`, and the limit: working time where working days count, else clock time."""
        row, start_us = deadline_row(severity), _wall_us(started_at)
        so_far_us = counted(start_us, _wall_us(now_at), self._stretches(row, start_us), _spans(pauses))
        return timedelta(microseconds=so_far_us), timedelta(microseconds=self._limit_us(row, start_us))

    def reclassified(
        self, current: Deadline, severity: str, started_at: datetime, now_at: datetime, pauses: Iterable[Moments] = ()
    ) -> Deadline:
        """The deadline after a change of class at `now_at`; a deadline that has passed never moves."""
        return current if current.passed(_in_shanghai(now_at)) else self.deadline(severity, started_at, pauses)

    def presence(self, at: datetime) -> Presence:
        """Where the engineer's duty has him at that instant (R2)."""
        at = _in_shanghai(at)
        kind = self.calendar.day_kind(at.date())
        spans = self.shift.workday if kind.works else self.opening.on(kind)
        since_midnight_us = _wall_us(at) % US_PER_DAY
        if any(span.start_us <= since_midnight_us < span.end_us for span in spans):
            return "on-site"
        return "special-period" if self.special_period(at) is not None else "off-duty"

    def special_period(self, at: datetime) -> SpecialPeriod | None:
        """The special period of the site that holds that instant; the first where several do."""
        day = _in_shanghai(at).date()
        return next((period for period in self.special_periods if period.first <= day <= period.last), None)

    def owed(self, at: datetime) -> AttendanceRow:
        """Which clocks a call at that instant starts (R2), by the table in contract.toml."""
        return attendance_row(self.presence(at))

    def _limit_us(self, row: DeadlineRow, start_us: int) -> int:
        """What may be counted until the deadline: clock time, or working time where the row gives working days."""
        if row.working_days is None:
            return self.readings.immediate_response_us if row.within_us is None else row.within_us
        if self.readings.working_day == "8 working hours":
            return row.working_days * WORKING_DAY_US
        day, _ = self.calendar.add_workdays(_moment(start_us).date(), row.working_days)
        return counted(start_us, _day_us(day) + US_PER_DAY, self._stretches(row, start_us), ())

    def _stretches(self, row: DeadlineRow, start_us: int) -> Iterator[Stretch]:
        """The time that counts from the day of the start on: all of it, or the shift on working days.

        A day off gives an empty stretch, so that nobody overlooks that it is provisional.
        """
        if row.working_days is None:
            yield Stretch(start_us, _EVER_US)
            return
        day = _moment(start_us).date()
        while day < date.max:
            kind, midnight_us = self.calendar.day_kind(day), _day_us(day)
            for span in self.shift.workday:
                end_us = span.end_us if kind.works else span.start_us
                yield Stretch(midnight_us + span.start_us, midnight_us + end_us, kind.provisional)
            day += timedelta(days=1)


def _spans(pauses: Iterable[Moments]) -> Sequence[Pause]:
    return merged((_wall_us(from_at), _wall_us(until_at)) for from_at, until_at in pauses)


def _wall_us(moment: datetime) -> int:
    """The microseconds that a clock on the wall in Shanghai has shown since 1970, for reckoning in whole numbers."""
    return (_in_shanghai(moment) - _EPOCH) // timedelta(microseconds=1)


def _moment(wall_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=wall_us)


def _day_us(day: date) -> int:
    return (day - _EPOCH.date()).days * US_PER_DAY


def _in_shanghai(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise UsageError(f"{moment} has no time zone; write it like 2026-11-23T08:00:00+08:00")
    return moment.astimezone(SHANGHAI)

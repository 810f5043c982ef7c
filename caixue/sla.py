"""The contract's clauses and the deadlines that follow from them (R2, R3), on Chinese working days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator, with_config

from caixue.clock import SHANGHAI
from caixue.door import read_toml, validate
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.site_model import Readings, Shift, Site
from caixue.units import DurationUs, nearest
from caixue.workdays import Calendar

STRICT = ConfigDict(extra="forbid")
WORKING_DAY = timedelta(hours=8)  # R2: five days of eight hours


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the contract in our own short words; `star` marks those that allow no deviation."""

    id: str
    zh: str
    en: str
    star: Annotated[bool, Field(strict=True)] = False

    @property
    def text(self) -> str:
        """The clause in the user's language."""
        return tr(self.zh, self.en)


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


def clause_ids() -> tuple[str, ...]:
    """Every clause id, in the contract's order."""
    return tuple(_contract().by_id())


def clause(clause_id: str) -> Clause:
    """The clause of that id; raises UsageError for any other, with the nearest one."""
    found = _contract().by_id().get(clause_id)
    if found is None:
        raise UsageError(f"unknown clause {clause_id!r}{nearest(clause_id, clause_ids())}")
    return found


def severities() -> tuple[str, ...]:
    """Every class that has a deadline: the fault classes 一般, 较大, 重大, then "response" and "arrival"."""
    return tuple(row.severity for row in _contract().deadline)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The deadline engine of one site: its readings, its shift, its calendar."""

    readings: Readings
    shift: Shift
    calendar: Calendar

    @classmethod
    def of(cls, site: Site) -> Deadlines:
        """The engine for `site`."""
        return cls(site.readings, site.shift, site.calendar)

    def deadline(self, severity: str, started_at: datetime) -> Deadline:
        """By when an incident of that class, whose clock started at `started_at` (aware), must be removed.

        "response" and "arrival" give the limits for taking it up and for coming on site.
        Raises UsageError for another class or a naive time.
        """
        row = _row(severity)
        started_at = _in_shanghai(started_at)
        if row.working_days is None:
            within_us = self.readings.immediate_response_us if row.within_us is None else row.within_us
            return Deadline(severity, started_at + timedelta(microseconds=within_us), False, row.clause)
        at, provisional = self._after_working_days(started_at, row.working_days)
        return Deadline(severity, at, provisional, row.clause)

    def reclassified(self, current: Deadline, severity: str, started_at: datetime, now_at: datetime) -> Deadline:
        """The deadline after a change of class at `now_at`; a deadline that has passed never moves."""
        return current if current.passed(_in_shanghai(now_at)) else self.deadline(severity, started_at)

    def _after_working_days(self, started_at: datetime, count: int) -> tuple[datetime, bool]:
        if self.readings.working_day == "8 working hours":
            return self._after_working_time(started_at, count * WORKING_DAY)
        day, provisional = self.calendar.add_workdays(started_at.date(), count)
        return _at(day, self.shift.workday[-1].end_us), provisional

    def _after_working_time(self, started_at: datetime, left: timedelta) -> tuple[datetime, bool]:
        """When `left` of shift time on workdays has gone by, and whether a provisional day was passed."""
        passed_provisional = False
        for start, end, provisional in self._shifts_from(started_at.date()):
            passed_provisional = passed_provisional or provisional
            start = max(start, started_at)
            if end - start >= left:
                return start + left, passed_provisional
            left -= max(end - start, timedelta(0))
        raise UsageError("working hours end with the year 9999")

    def _shifts_from(self, day: date) -> Iterator[tuple[datetime, datetime, bool]]:
        """Every span of the shift from `day` on; a day off gives an empty one, so that nobody overlooks that it is provisional."""
        while day < date.max:
            kind = self.calendar.day_kind(day)
            for span in self.shift.workday:
                yield _at(day, span.start_us), _at(day, span.end_us if kind.works else span.start_us), kind.provisional
            day += timedelta(days=1)


def _at(day: date, us: int) -> datetime:
    return datetime.combine(day, time(), SHANGHAI) + timedelta(microseconds=us)


def _in_shanghai(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise UsageError(f"{moment} has no time zone; write it like 2026-11-23T08:00:00+08:00")
    return moment.astimezone(SHANGHAI)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    severity: str = Field(alias="class")
    clause: str
    within_us: DurationUs | None = Field(default=None, alias="within")
    working_days: int | None = Field(default=None, ge=1, strict=True)
    reading: Literal["immediate_response"] | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> _Row:
        if (self.within_us, self.working_days, self.reading).count(None) != 2:
            raise ValueError("give exactly one of within, working_days, reading")
        return self


class _Contract(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Literal[1] = Field(alias="schema")
    deadline: tuple[_Row, ...]
    clause: tuple[Clause, ...]

    def by_id(self) -> dict[str, Clause]:
        return {row.id: row for row in self.clause}


@cache
def _contract() -> _Contract:
    path = Path(str(resources.files("caixue").joinpath("contract.toml")))
    text, rows = read_toml(path)
    return validate(_Contract, rows, path=str(path), text=text)


def _row(severity: str) -> _Row:
    for row in _contract().deadline:
        if row.severity == severity:
            return row
    raise UsageError(f"no deadline for class {severity!r}{nearest(severity, severities())}; classes: {', '.join(severities())}")

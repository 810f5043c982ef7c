"""Which days are worked in China: workdays, weekends, holidays and make-up workdays, and what is not published yet.

Published years come from the package chinesecalendar and from `calendar_cn.toml`. For any other year the weekday decides, together with
the holidays that the law fixes to a date, and the answer is marked provisional: make-up days and lunar holidays cannot be guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal

import chinese_calendar
from pydantic import BaseModel, ConfigDict, Field, model_validator

from caixue.clock import SHANGHAI
from caixue.door import read_toml, validate
from caixue.errors import UsageError

# (month, day) → name. Source: 全国年节及纪念日放假办法, article 2, as revised by State Council order 795 (in force from 2025-01-01).
FIXED_HOLIDAYS: Mapping[tuple[int, int], str] = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}


class Kind(StrEnum):
    """What a day is to a clinic and to a working-day deadline."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make-up workday"


@dataclass(frozen=True, slots=True)
class DayKind:
    """What one day is; `provisional` when nobody has published it yet."""

    kind: Kind
    name: str = ""  # of the holiday, or of the holiday that a make-up workday pays for
    provisional: bool = False

    @property
    def works(self) -> bool:
        """True on workdays and make-up workdays."""
        return self.kind in (Kind.WORKDAY, Kind.MAKE_UP)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that override files name, over what chinesecalendar knows."""

    days: Mapping[date, DayKind]
    complete_years: frozenset[int] = frozenset()

    def day_kind(self, day: date) -> DayKind:
        """What `day` is (an aware datetime counts as its day in Shanghai); in a year without data a provisional answer, never an error."""
        day = _plain_date(day)
        if day in self.days:
            return self.days[day]
        if day.year in self.complete_years:
            return DayKind(_by_weekday(day))
        return _published(day) or _statutory(day)

    def next_workday(self, day: date) -> date:
        """The first workday after `day`."""
        return self.add_workdays(day, 1)[0]

    def add_workdays(self, day: date, count: int) -> tuple[date, bool]:
        """The `count`-th workday after `day`, and whether a provisional day was passed on the way; count 0 is `day` itself.

        Raises UsageError for a negative count or past the year 9999.
        """
        if count < 0:
            raise UsageError(f"cannot add {count} workdays; 0 or more")
        day, provisional = _plain_date(day), False
        while count:
            if day == date.max:
                raise UsageError("workdays end with the year 9999")
            day += timedelta(days=1)
            kind = self.day_kind(day)
            provisional = provisional or kind.provisional
            count -= kind.works
        return day, provisional

    def with_file(self, path: Path) -> Calendar:
        """This calendar with one more override file on top; raises UsageError naming file, line and key."""
        text, rows = read_toml(path)
        return self._with_years(validate(_CalendarFile, rows, path=str(path), text=text).years)

    def _with_years(self, years: tuple[_Year, ...]) -> Calendar:
        days, complete = dict(self.days), set(self.complete_years)
        for year in years:
            days.update(year.days())
            if year.complete:
                complete.add(year.year)
        return Calendar(days, frozenset(complete))


@cache
def china() -> Calendar:
    """The calendar of mainland China with the overrides that ship with caixue."""
    with resources.as_file(resources.files("caixue").joinpath("calendar_cn.toml")) as path:
        return Calendar({}).with_file(path)


def day_kind(day: date) -> DayKind:
    """What `day` is in mainland China; see `Calendar.day_kind`."""
    return china().day_kind(day)


def next_workday(day: date) -> date:
    """The first workday after `day` in mainland China."""
    return china().next_workday(day)


def add_workdays(day: date, count: int) -> tuple[date, bool]:
    """The `count`-th workday after `day` in mainland China, and whether that is provisional; see `Calendar.add_workdays`."""
    return china().add_workdays(day, count)


def _plain_date(day: date) -> date:
    if isinstance(day, datetime):
        return day.astimezone(SHANGHAI).date() if day.tzinfo else day.date()
    return day


def _by_weekday(day: date) -> Kind:
    return Kind.WEEKEND if day.weekday() >= 5 else Kind.WORKDAY


@lru_cache(maxsize=4096)
def _published(day: date) -> DayKind | None:
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:  # chinesecalendar's word for a year without data
        return None
    if off:
        return DayKind(Kind.HOLIDAY, _zh(name)) if name else DayKind(Kind.WEEKEND)
    return DayKind(Kind.MAKE_UP, _zh(name)) if name else DayKind(Kind.WORKDAY)


def _zh(name: str) -> str:
    return str(chinese_calendar.Holiday(name).chinese)


def _statutory(day: date) -> DayKind:
    name = FIXED_HOLIDAYS.get((day.month, day.day))
    return DayKind(Kind.HOLIDAY, name, provisional=True) if name else DayKind(_by_weekday(day), provisional=True)


class _Holiday(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    first: date
    last: date

    @model_validator(mode="after")
    def _no_longer_than_a_month(self) -> _Holiday:
        if not 0 <= (self.last - self.first).days <= 30:
            raise ValueError(f"{self.name} runs from {self.first} to {self.last}")
        return self

    def days(self) -> list[date]:
        return [self.first + timedelta(days=offset) for offset in range((self.last - self.first).days + 1)]


class _Year(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    year: int = Field(ge=1900, le=9999, strict=True)
    complete: bool = Field(strict=True)
    source: str = Field(min_length=1)
    make_up_workdays: tuple[date, ...] = ()
    holidays: tuple[_Holiday, ...] = ()

    @model_validator(mode="after")
    def _each_day_once(self) -> _Year:
        listed = [*self.make_up_workdays, *(day for holiday in self.holidays for day in holiday.days())]
        for day in listed:
            if listed.count(day) > 1:
                raise ValueError(f"{day} is listed twice")
            if day.year != self.year and (day.year, day.month) != (self.year - 1, 12):  # a notice may begin in the last days of December
                raise ValueError(f"{day} is not in {self.year}")
        return self

    def days(self) -> dict[date, DayKind]:
        """Every listed day."""
        days = {day: DayKind(Kind.MAKE_UP) for day in self.make_up_workdays}
        return days | {day: DayKind(Kind.HOLIDAY, holiday.name) for holiday in self.holidays for day in holiday.days()}


class _CalendarFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Literal[1] = Field(alias="schema")
    years: tuple[_Year, ...] = Field(default=(), alias="year")

"""The file of people: who can be rostered, with skills, hours, days off and leave, which shifts there are, and the rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from caixue.door import read_toml, validate
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.site import Site
from caixue.units import day_span
from twin.door import Duration, Name, Table, at_door
from twin.rosters.terms import SLOT_US, SLOTS, VENIPUNCTURE, WEEKDAYS, Person, Rules, Shift, SkillNeed, Team

MOST = 200  # people; a roster of more is several rosters


def _shift(value: object) -> Shift:
    """A span of whole half hours, such as "07:00-13:00"."""
    try:
        span = day_span(value)
    except UsageError:
        raise at_door(tr(f"{value!r} 不是时段，写法如 07:00-13:00", f"{value!r} is not a span such as 07:00-13:00")) from None
    if span.start_us % SLOT_US or span.end_us % SLOT_US:
        raise at_door(tr(f'"{value}" 不在整半点上', f'"{value}" is not on half hours'))
    return Shift(span.start_us // SLOT_US, span.end_us // SLOT_US)


def _halves(value: int) -> int:
    if value % SLOT_US:
        raise at_door(tr("要是半小时的整倍", "must be a multiple of 30 min"))
    return value // SLOT_US


Span = Annotated[Shift, PlainValidator(_shift)]
HalfHours = Annotated[Duration, AfterValidator(_halves)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Leave(Table):
    """Both days count."""

    first: date = Field(alias="from")
    last: date = Field(alias="until")

    @model_validator(mode="after")
    def _in_order(self) -> _Leave:
        if not 0 <= (self.last - self.first).days <= 400:
            raise at_door(tr("请假要先始后终，至多 400 天", "leave ends after it begins, within 400 days"))
        return self

    def days(self) -> set[date]:
        return {date.fromordinal(number) for number in range(self.first.toordinal(), self.last.toordinal() + 1)}


class _PersonRow(Table):
    name: Name
    skills: list[Name] = Field(default_factory=lambda: [VENIPUNCTURE])
    max_day: HalfHours = Person("").most_day
    max_week: HalfHours = Person("").most_week
    max_days: int = Field(Person("").most_days, ge=1, le=7)
    days_off: list[Weekday] = Field(default_factory=list)
    leave: list[_Leave] = Field(default_factory=list)
    available: Span = Shift(0, SLOTS)

    def person(self) -> Person:
        away = frozenset(day for row in self.leave for day in row.days())
        off = frozenset(WEEKDAYS.index(day) for day in self.days_off)
        return Person(self.name, frozenset(self.skills), self.max_day, self.max_week, self.max_days, off, away, self.available)


class _Shifts(Table):
    spans: list[Span] | None = Field(None, min_length=1, max_length=100)
    lengths: list[HalfHours] | None = Field(None, min_length=1, max_length=48)


class _RulesTable(Table):
    rest: Duration = Rules().rest_us
    break_over: HalfHours = Rules().meal_over
    break_not_within: HalfHours = Rules().meal_edge
    reliefs: int = Field(Rules().reliefs, ge=1, le=3)


class _Need(Table):
    skill: Name
    count: int = Field(1, ge=1, le=200)
    span: Span = Shift(0, SLOTS)


class _People(Table):
    format: Literal[1] = Field(alias="schema")
    people: list[_PersonRow] = Field(alias="person", min_length=1, max_length=MOST)
    shifts: _Shifts = Field(default_factory=lambda: _Shifts.model_validate({}))
    rules: _RulesTable = Field(default_factory=lambda: _RulesTable.model_validate({}))
    needs: list[_Need] = Field(default_factory=list, alias="need")

    @model_validator(mode="after")
    def _each_once(self) -> _People:
        names = [row.name for row in self.people]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise at_door(tr(f"{twice[0]} 写了两次", f"{twice[0]} stands twice"))
        return self


def read_team(path: Path) -> Team:
    """The people, shifts and rules in a file; raises UsageError with file and line."""
    text, data = read_toml(path)
    read = validate(_People, data, path=str(path), text=text)
    rules = Rules(read.rules.rest, read.rules.break_over, read.rules.break_not_within, reliefs=read.rules.reliefs)
    if 2 * rules.meal_edge > rules.meal_over:
        raise UsageError(
            f"{path}: " + tr("break_not_within 的两倍要不大于 break_over", "twice break_not_within must not exceed break_over")
        )
    return Team(
        tuple(row.person() for row in read.people),
        rules,
        tuple(read.shifts.spans or ()),
        tuple(read.shifts.lengths or Team(()).lengths),
        tuple(SkillNeed(row.skill, row.count, row.span) for row in read.needs),
    )


def team_of(site: Site) -> Team:
    """The nurses that the site file names, with the usual hours and rules. Raises UsageError where there are none."""
    nurses = tuple(Person(person.name) for person in site.people if person.role == "nurse")
    if not nurses:
        raise UsageError(tr(f"现场 {site.name} 没有护士；用 --people", f"site {site.name} names no nurse; use --people"))
    return Team(nurses)

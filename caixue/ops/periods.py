"""Special periods (contract C5, R2): the protection plan of each, approved before it begins, and the drills that are due by the year and by the period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.ops.dating import day_of, record_start, today
from caixue.ops.drills import Drills, last_rehearsed_us
from caixue.ops.drills_table import DRILLS, REQUIRED
from caixue.ops.forms.plan import APPROVED, FORM
from caixue.ops.freeze import period_named
from caixue.ops.preventive import months_later
from caixue.ops.sheets import OPENED, Asked, Sheet, Sheets
from caixue.site_model import Site, SpecialPeriod
from caixue.units import nearest

YEAR_MONTHS = 12  # a drill of C5 is due so long after the last one; docs/assumptions.md A-213
FRESH_DAYS = 90  # a drill before a period is not older than so many days on its first day; A-213
LEAD_DAYS = 30  # so long before its first day a plan, and its drills, are asked for; A-214


class PlanStanding(StrEnum):
    """How the plan of a period stands."""

    NONE = "none"
    DRAFT = "draft"
    APPROVED = "approved"  # before the period began
    APPROVED_LATE = "approved-late"  # on its first day or later


@dataclass(frozen=True, slots=True)
class Cover:
    """A special period and how far its plan is; `due` from 30 days before it begins, `overdue` from its first day, while nobody has approved one."""

    period: SpecialPeriod
    plan: Sheet | None
    standing: PlanStanding
    due: bool = False
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class DrillDue:
    """A drill that must be rehearsed by the day `by`: every year (`period` is empty), or before a period."""

    drill: str
    by: date
    period: str = ""
    last: date | None = None
    overdue: bool = False


def covers(periods: Iterable[SpecialPeriod], plans: Iterable[Sheet], start: datetime, day: date) -> list[Cover]:
    """All periods in order, as they stand on `day`; `start` is the record's."""
    live = {_key(sheet): sheet for sheet in plans if sheet.state in (OPENED, APPROVED)}
    ordered = sorted(periods, key=lambda period: (period.first, period.name))
    return [_cover(period, live.get((period.name, period.first.isoformat())), start, day) for period in ordered]


def drills_due(found: Iterable[Cover], rehearsed: Mapping[str, date], begun: date, day: date) -> list[DrillDue]:
    """What must be rehearsed and was not, the earliest first. `begun` is the record's first day: the first year counts from there.

    A drill of C5 falls due every year; before a period those and the ones of its plan, none older than 90 days when it begins.
    """
    yearly = [_yearly(name, rehearsed.get(name), begun, day) for name in REQUIRED]
    before = [
        _before(name, cover.period, rehearsed.get(name), day)
        for cover in found
        if cover.period.first - timedelta(days=LEAD_DAYS) <= day <= cover.period.last
        for name in dict.fromkeys((*REQUIRED, *(cover.plan.values.get("drills", ()) if cover.plan else ())))
    ]
    rows = [row for row in (*yearly, *before) if row is not None]
    return sorted(rows, key=lambda row: (row.by, row.drill, row.period))


class Periods:
    """The plans for the special periods of a site, and its drills."""

    def __init__(self, site: Site, recorder: Recorder, followed: Followed | None = None) -> None:
        self.site = site
        self.recorder = recorder
        people = {person.name: person.role for person in site.people}
        self.plans = Sheets(replace(FORM, objection=self._objection), recorder, people, followed)
        self.drills = Drills(recorder, people, followed)

    def plan(
        self,
        period: str,
        duties: str,
        on_call: str,
        telephone: str,
        *,
        by: str,
        stand_in: str | None = None,
        stand_in_telephone: str = "",
        extra_stock: Sequence[str] = (),
        drills: Sequence[str] = REQUIRED,
        op: str = "",
    ) -> list[Event]:
        """Draft the plan of a period of the site file. Raises UsageError, as all steps do, when it does not fit; then nothing is noted."""
        known = self.recorder.done(op)
        first = known[0].data["first"] if known else period_named(self.site, period, today(self.recorder.clock)).first
        people = {"on_call": on_call, "telephone": telephone, "stand_in": stand_in, "stand_in_telephone": stand_in_telephone}
        return self.plans.open(period=period, first=first, duties=duties, extra_stock=extra_stock, drills=drills, by=by, op=op, **people)

    def revise(self, number: str, *, by: str, op: str = "", **changes: object) -> list[Event]:
        """Change what a plan says; it must be approved anew. `changes` are fields of the form."""
        if not any(changes.values()):
            raise UsageError(tr("要写明改什么", "say what is changed"))
        return self.plans.take("revised", number, by=by, op=op, **changes)

    def approve(self, number: str, *, by: str, note: str = "", op: str = "") -> list[Event]:
        """The head of department approves a plan."""
        return self.plans.take(APPROVED, number, note=note, by=by, op=op)

    def withdraw(self, number: str, reason: str, *, by: str, op: str = "") -> list[Event]:
        """Take a plan back."""
        return self.plans.take("withdrawn", number, reason=reason, by=by, op=op)

    def covers(self, day: date | None = None) -> list[Cover]:
        """The site's periods with their plans, as they stand on `day` (None: today)."""
        clock = self.recorder.clock
        return covers(self.site.special_periods, self.plans.sheets.values(), record_start(clock), day or today(clock))

    def drills_due(self, day: date | None = None) -> list[DrillDue]:
        """What must be rehearsed on `day` (None: today)."""
        clock = self.recorder.clock
        start, day = record_start(clock), day or today(clock)
        rehearsed = {name: day_of(us, start) for name, us in last_rehearsed_us(self.drills.sheets.sheets.values()).items()}
        return drills_due(self.covers(day), rehearsed, day_of(0, start), day)

    def _objection(self, asked: Asked) -> str:
        """Why a step of a plan may not be taken."""
        strange = [name for name in asked.values.get("drills", ()) if name not in DRILLS]
        if strange:
            return tr(f"没有演练 {strange[0]}", f"there is no drill {strange[0]}") + nearest(strange[0], DRILLS)
        if asked.step.name == "withdrawn":
            return ""
        name, first = _key_of(asked.values if asked.sheet is None else asked.sheet.values)
        period = period_named(self.site, name, date.fromisoformat(first))
        if period.first.isoformat() != first:
            return tr(
                f"现场文件里的 {name} 改了日期；撤回后另写方案",
                f"{name} has other dates in the site file now; withdraw the plan, write another",
            )
        if period.last < today(self.recorder.clock):
            return tr(f"{period.name} 已经过去", f"{period.name} is over")
        return _repeated(asked)


def _repeated(asked: Asked) -> str:
    """One plan a period."""
    if asked.step.name != OPENED:
        return ""
    key = _key_of(asked.values)
    other = next((sheet for sheet in asked.sheets.values() if sheet.state in (OPENED, APPROVED) and _key(sheet) == key), None)
    return (
        ""
        if other is None
        else tr(f"{key[0]} 的方案是 {other.number}；改它用 revise", f"{other.number} is the plan for it; revise that one")
    )


def _key(sheet: Sheet) -> tuple[str, str]:
    return _key_of(sheet.values)


def _key_of(values: Mapping[str, Any]) -> tuple[str, str]:
    return values["period"], values["first"]


def _cover(period: SpecialPeriod, plan: Sheet | None, start: datetime, day: date) -> Cover:
    standing = _standing(period, plan, start)
    open_still = standing in (PlanStanding.NONE, PlanStanding.DRAFT) and day <= period.last
    due = open_still and day >= period.first - timedelta(days=LEAD_DAYS)
    return Cover(period, plan, standing, due, open_still and day >= period.first)


def _standing(period: SpecialPeriod, plan: Sheet | None, start: datetime) -> PlanStanding:
    if plan is None:
        return PlanStanding.NONE
    approved_us = plan.when_us(APPROVED) if plan.state == APPROVED else None
    if approved_us is None:
        return PlanStanding.DRAFT
    return PlanStanding.APPROVED if day_of(approved_us, start) < period.first else PlanStanding.APPROVED_LATE


def _yearly(name: str, last: date | None, begun: date, day: date) -> DrillDue | None:
    """Due in the last 30 days of its year, overdue after them."""
    by = months_later(last or begun, YEAR_MONTHS)
    return DrillDue(name, by, "", last, overdue=day > by) if day >= by - timedelta(days=LEAD_DAYS) else None


def _before(name: str, period: SpecialPeriod, last: date | None, day: date) -> DrillDue | None:
    """Until the day before the period; one that is rehearsed in it still ends being asked for."""
    if last is not None and last >= period.first - timedelta(days=FRESH_DAYS):
        return None
    return DrillDue(name, period.first - timedelta(days=1), period.name, last, overdue=day >= period.first)

"""What each duty has to be done now (contract R1): one function a duty, from the record alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from caixue.clock import SHANGHAI
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.ops.attendance import Attendance
from caixue.ops.backup.book import Book
from caixue.ops.backup.terms import Due
from caixue.ops.change_steps import APPROVED
from caixue.ops.closing import Closings
from caixue.ops.daily import DailyCounts
from caixue.ops.dating import day_of
from caixue.ops.feedback import Feedback
from caixue.ops.inspection import Inspection
from caixue.ops.inspection_plan import DUE_TEXT
from caixue.ops.inspection_plan import Due as Standing
from caixue.ops.leave import LeaveBook
from caixue.ops.maintenance import Maintenance
from caixue.ops.patching import Patching
from caixue.ops.periods import Periods
from caixue.ops.presence import Mark, person_day
from caixue.ops.roster import Roster
from caixue.ops.training import Training
from caixue.site import Site

LAST_DAYS = 7  # days without numbers are told for so long; docs/assumptions.md A-254
_MISSING = {
    Mark.ABSENT: ("没有考勤记录", "no attendance noted"),
    Mark.UNCOVERED: ("请假而替班人没有到", "on leave, and the substitute is not there"),
}
_WHY = {"never": ("从未做过", "never done"), "old": ("过期", "too old"), "version": ("版本换了", "another version is installed")}
_TRAINING = {
    "hold": ("培训", "to be held"),
    "assess": ("考核", "to be judged"),
    "repeat": ("再训", "to be repeated"),
    "renew": ("续期", "to be renewed"),
}
_STEPS = {"cut-off": ("截止", "to be cut off"), "drafted": ("起草", "to be drafted"), "signed": ("签字", "to be signed")}


@dataclass(frozen=True, slots=True)
class Record:
    """A site's record at one instant, for whoever asks what is due."""

    site: Site
    recorder: Recorder
    start: datetime
    followed: Followed

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.recorder.clock.now().astimezone(SHANGHAI)

    @property
    def now_us(self) -> int:
        """The same on the record's time line."""
        return self.recorder.clock.monotonic_us()

    @property
    def today(self) -> date:
        """The present day in Shanghai."""
        return self.now.date()

    @property
    def people(self) -> dict[str, str]:
        """Name → role."""
        return {person.name: person.role for person in self.site.people}

    def day(self, us: int) -> date:
        """The day of an instant of the record."""
        return day_of(us, self.start)


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to be done: about what, in words, by when (None: now), and whether that is over."""

    about: str
    text: str
    due: date | None = None
    overdue: bool = False


def attendance(record: Record) -> Iterator[Todo]:
    """Who should be there today and has not come, and who never signed out."""
    book = Attendance(record.recorder, record.people, record.followed)
    roster = Roster.of(record.site, LeaveBook(record.recorder, record.people, record.followed).granted, record.start)
    came = {
        (sheet.values["person"], record.day(sheet.values["came_us"])): sheet
        for sheet in book.book.sheets.values()
        if "came_us" in sheet.values
    }
    for person, _ in roster.on_duty(record.today):
        marks = person_day(roster, book.attended(), person, record.today, record.now_us).marks
        for mark in (mark for mark in marks if mark in _MISSING and (person, record.today) not in came):
            yield Todo(person, tr(*_MISSING[mark]), record.today)
    for (person, day), sheet in came.items():
        if "left_us" not in sheet.values and day < record.today:
            yield Todo(sheet.number, tr(f"{person} 没有离岗记录", f"{person} never left, as far as is noted"), day, overdue=True)


def days(record: Record) -> Iterator[Todo]:
    """Open days of the last week that are over and have no numbers."""
    counted = DailyCounts(record.recorder, record.site.name, record.start, record.followed).days
    for back in range(LAST_DAYS, 0, -1):
        day = record.today - timedelta(days=back)
        if day > record.day(0) and day not in counted and record.site.opening_on(day):
            yield Todo(day.isoformat(), tr("没有当日的数", "its numbers are not noted"), day, overdue=True)


def inspection(record: Record) -> Iterator[Todo]:
    """The round of this month, and the last one where it was never finished."""
    duty = Inspection(record.recorder, record.site, record.start, record.followed)
    first = record.today.replace(day=1)
    for month in dict.fromkeys(f"{each:%Y-%m}" for each in (max(record.day(0), first - timedelta(days=1)), first)):
        plan, standing = duty.plan(month)
        if standing in (Standing.DUE, Standing.OPEN, Standing.OVERDUE):
            yield Todo(month, tr(*DUE_TEXT[standing]), plan.last, standing is Standing.OVERDUE)


def findings(record: Record) -> Iterator[Todo]:
    """Findings whose day has passed."""
    for one in Inspection(record.recorder, record.site, record.start, record.followed).overdue_findings():
        yield Todo(one.number, tr(f"{one.person}：{one.what}", f"{one.person}: {one.what}"), date.fromisoformat(one.until), overdue=True)


def backups(record: Record) -> Iterator[Todo]:
    """Software without a verified backup that is young enough and of its version."""
    return (_backup(record, one) for one in _due(record) if one.what == "backup")


def restore(record: Record) -> Iterator[Todo]:
    """The month's restore drill."""
    return (_backup(record, one) for one in _due(record) if one.what == "drill")


def _due(record: Record) -> list[Due]:
    return Book(record.recorder, record.site, record.followed).due()


def _backup(record: Record, one: Due) -> Todo:
    last = tr("", "") if one.last_us is None else tr(f"，上次 {record.day(one.last_us)}", f", last on {record.day(one.last_us)}")
    return Todo(one.software, tr(*_WHY[one.why]) + last)


def maintenance(record: Record) -> Iterator[Todo]:
    """Tasks of the preventive plan, by device."""
    tasks = Maintenance(record.recorder, record.site, record.start, record.followed).due(record.now)
    for device in dict.fromkeys(task.planned.device for task in tasks):
        own = [task for task in tasks if task.planned.device == device]
        yield Todo(
            device, tr(f"{len(own)} 项保养", f"{len(own)} tasks"), min(task.due_on for task in own), any(task.overdue_days for task in own)
        )


def training(record: Record) -> Iterator[Todo]:
    """Trainings that end or go on; of who was never trained only in how many topics."""
    due = Training(record.recorder, record.people, record.followed).due(record.today)
    for one in due:
        if one.what in _TRAINING:
            yield Todo(one.person, f"{one.topic.text} {tr(*_TRAINING[one.what])}", one.on, one.overdue)
    for person, count in Counter(one.person for one in due if one.what not in _TRAINING).items():
        yield Todo(person, tr(f"{count} 项培训没有计划", f"{count} topics are not planned"))


def feedback(record: Record) -> Iterator[Todo]:
    """Feedback that waits too long for an answer or its end."""
    for one in Feedback(record.recorder, record.people, record.followed).overdue():
        text = tr("没有答复", "not answered") if one.what == "answer" else tr("没有了结", "not closed")
        yield Todo(one.sheet.number, text, record.day(one.due_us), overdue=True)


def periods(record: Record) -> Iterator[Todo]:
    """Special periods that come and have no approved plan."""
    for cover in Periods(record.site, record.recorder, record.followed).covers(record.today):
        if cover.due:
            text = tr("没有方案", "no plan") if cover.plan is None else tr("方案没有批准", "its plan is not approved")
            yield Todo(cover.period.name, text, cover.period.first - timedelta(days=1), cover.overdue)


def drills(record: Record) -> Iterator[Todo]:
    """Emergency drills of the year, and those before a period."""
    for one in Periods(record.site, record.recorder, record.followed).drills_due(record.today):
        text = tr(f"{one.period} 之前演练", f"before {one.period}") if one.period else tr("每年演练", "every year")
        yield Todo(one.drill, text, one.by, one.overdue)


def months(record: Record) -> Iterator[Todo]:
    """The next step of every month and year that is over."""
    book = Closings(record.recorder, record.people, record.start, record.followed)
    for one in book.pending(record.now, record.site.calendar):
        yield Todo(str(one.period), tr(*_STEPS[one.step]), one.due, one.due < record.today)


def patches(record: Record) -> Iterator[Todo]:
    """Patches and changes that are approved and not installed."""
    for sheet in Patching(record.site, record.recorder, record.followed).sheets():
        if sheet.state == APPROVED:
            approved_us = sheet.when_us(APPROVED) or sheet.opened_us
            text = tr(f"{sheet.values['software']}：已批准，没有安装", f"{sheet.values['software']}: approved, not installed")
            yield Todo(sheet.number, f"{text} ({record.day(approved_us)})")

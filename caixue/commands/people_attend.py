"""The commands `caixue people attend …`: coming, leaving, absence, and a person's month with its minutes (contract R1, R2, R4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, Desk, JsonOption, LedgerOption, OpOption, SiteOption, emit, group, open_desk, show
from caixue.commands.people_desk import Act, Day, Number, Why, instant, listed, people, said
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import nearest

if TYPE_CHECKING:
    from caixue.ops.attendance import Attendance
    from caixue.ops.presence import PersonDay
    from caixue.ops.roster import Roster

Person = Annotated[str, typer.Option("--person", metavar=tr("姓名", "NAME"), help=tr("谁；默认 --by", "Who; --by by default"))]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help=tr("补记：何时，如 06:31", "Noted later: when, such as 06:31"))]
Came = Annotated[str | None, typer.Option("--came", metavar="TIME", help=tr("何时到岗", "When he came"))]
Left = Annotated[str | None, typer.Option("--left", metavar="TIME", help=tr("何时离岗", "When he left"))]
Absence = Annotated[
    str, typer.Argument(metavar="sick|leave|training|business|other", help=tr("病、假、培训、公出、其他", "What kind of absence"))
]
Whose = Annotated[str, typer.Argument(metavar=tr("姓名", "NAME"), help=tr("谁；默认驻场工程师", "Who; the resident engineer by default"))]
Month = Annotated[str, typer.Option("--month", metavar="2026-11", help=tr("哪个月，默认本月", "Which month; this one by default"))]

ABSENCES = {
    "": ("", ""),
    "sick": ("病", "sick"),
    "leave": ("假", "leave"),
    "training": ("培训", "training"),
    "business": ("公出", "business"),
    "other": ("其他", "other"),
}
MARKS = {
    "off": ("休", "off"),
    "to-come": ("未到时候", "to come"),
    "there": ("在岗", "there"),
    "late": ("迟到", "late"),
    "left-early": ("早退", "left early"),
    "away-between": ("中途不在", "away between"),
    "absent": ("缺勤", "absent"),
    "excused": ("请过假", "excused"),
    "on-leave": ("休假", "on leave"),
    "covered": ("休假，有人替班", "on leave, covered"),
    "not-covered": ("休假，没人替班", "on leave, not covered"),
}


def register_attend(mine: App) -> None:
    """Add these commands to the group."""
    attend = group(mine, "attend", "考勤", "Attendance")
    attend.command("come", help=tr("到岗", "Somebody comes"))(come)
    attend.command("leave", help=tr("离岗", "Somebody leaves"))(leave)
    attend.command("absent", help=tr("缺勤及原因", "Somebody is away, and why"))(absent)
    attend.command("correct", help=tr("由科室负责人更正时间", "The head of department corrects the times"))(correct)
    attend.command("list", help=tr("某天的考勤单", "The sheets of a day"))(list_)
    attend.command("month", help=tr("一个人的月考勤：分钟数、迟到、早退、缺勤", "A person's month: minutes, late, early, absent"))(month)


def attendance(desk: Desk) -> Attendance:
    """The duty on this desk's ledger."""
    from caixue.ops.attendance import Attendance

    return Attendance(desk.recorder, people(desk), desk.ledger)


def roster_of(desk: Desk) -> Roster:
    """Who is to be there, by the site and the leaves in the ledger."""
    from caixue.ops.leave import LeaveBook
    from caixue.ops.roster import Roster

    return Roster.of(desk.site, LeaveBook(desk.recorder, people(desk), desk.ledger).granted, desk.ledger.start)


def come(
    person: Person = "",
    at: At = None,
    reason: Why = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("attendance", site, ledger, by, op, as_json).do(
        lambda desk: attendance(desk).come(person or desk.person, by=desk.person, came_us=instant(desk, at, "--at"), reason=reason, op=op)
    )


def leave(
    person: Person = "",
    at: At = None,
    reason: Why = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("attendance", site, ledger, by, op, as_json).do(
        lambda desk: attendance(desk).leave(person or desk.person, by=desk.person, left_us=instant(desk, at, "--at"), reason=reason, op=op)
    )


def absent(
    kind: Absence,
    person: Person = "",
    day: Day = "",
    reason: Why = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.commands.people_days import day_typed

    Act("attendance", site, ledger, by, op, as_json).do(
        lambda desk: attendance(desk).absent(person or desk.person, day_typed(desk, day), kind, by=desk.person, reason=reason, op=op)
    )


def correct(
    number: Number,
    came: Came = None,
    left: Left = None,
    reason: Why = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("attendance", site, ledger, by, op, as_json).do(
        lambda desk: attendance(desk).correct(
            number,
            by=desk.person,
            reason=reason,
            came_us=instant(desk, came, "--came"),
            left_us=instant(desk, left, "--left"),
            op=op,
        )
    )


def list_(day: Day = "", site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.people_days import clock_time, day_typed

    with open_desk(site, ledger) as desk:
        wanted, start = day_typed(desk, day).isoformat(), desk.ledger.start
    columns = (
        (tr("谁", "who"), said("person")),
        (tr("到岗", "came"), lambda sheet: clock_time(sheet.values.get("came_us"), start)),
        (tr("离岗", "left"), lambda sheet: clock_time(sheet.values.get("left_us"), start)),
        (tr("缺勤", "absence"), lambda sheet: tr(*ABSENCES[sheet.values.get("absence", "")])),
        (tr("原因", "why"), said("reason")),
    )
    listed("attendance", columns, site, ledger, as_json, kept=lambda sheet, _: bool(sheet.values["day"] == wanted))


def month(person: Whose = "", month: Month = "", site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.people_days import month_typed
    from caixue.ops.presence import month_of

    with open_desk(site, ledger) as desk:
        roster = roster_of(desk)
        who = person or roster.resident
        if who not in people(desk):
            raise UsageError(tr(f"现场文件里没有 {who}", f"the site file knows nobody called {who}") + nearest(who, people(desk)))
        days = month_of(roster, attendance(desk).attended(), who, month_typed(desk, month), desk.at_us(None))
    if as_json:
        emit({"schema": 1, "person": who, "days": [_row(day) for day in days], "total": _total(days)})
        return
    heads = (
        tr("日", "day"),
        tr("应在/分", "owed min"),
        tr("在岗/分", "there min"),
        tr("迟到/分", "late min"),
        tr("早退/分", "early min"),
        tr("情况", "what"),
    )
    show(who, heads, [_shown(day) for day in days])
    owed_min, there_min = (_total(days)[name] // 60 for name in ("owed_s", "present_s"))
    print(tr(f"应在 {owed_min} 分，在岗 {there_min} 分", f"owed {owed_min} min, there {there_min} min"))


def _row(day: PersonDay) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "kind": day.kind.kind.value,
        "provisional": day.kind.provisional,
        "owed_s": day.owed_us // 1_000_000,
        "present_s": day.present_us // 1_000_000,
        "late_s": day.late_us // 1_000_000,
        "early_s": day.early_us // 1_000_000,
        "marks": [mark.value for mark in day.marks],
        "substitute": day.substitute or None,
        "reason": day.reason or None,
    }


def _total(days: list[PersonDay]) -> dict[str, int]:
    names = ("owed", "present", "late", "early")
    return {f"{name}_s": sum(getattr(day, f"{name}_us") for day in days) // 1_000_000 for name in names}


def _shown(day: PersonDay) -> tuple[Any, ...]:
    minutes = (day.owed_us, day.present_us, day.late_us, day.early_us)
    words = tr("，", ", ").join(tr(*MARKS[mark]) for mark in day.marks)
    more = " ".join(filter(None, (words, day.substitute, day.reason)))
    return (f"{day.day:%m-%d}", *(us // 60_000_000 or "" for us in minutes), more)

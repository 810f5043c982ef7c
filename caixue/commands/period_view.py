"""What `caixue period` shows (contract C5, R2): the periods with their plans, and what is due before them and by the year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli_help import App
from caixue.commands.common import JsonOption, LedgerOption, SiteOption, emit, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.periods import Cover, DrillDue

Day = Annotated[
    str | None, typer.Option("--on", metavar=tr("日期", "DAY"), help=tr("到哪天看，默认今天", "As on which day; today by default"))
]


def register_views(mine: App) -> None:
    """Add the commands that look."""
    mine.command("list", help=tr("特殊时段与保障方案", "The periods and their plans"))(list_)
    mine.command("due", help=tr("要写、要批、要演练的", "What is to be drafted, approved, rehearsed"))(due_)


def list_(on: Day = None, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.dates import day_or_today
    from caixue.commands.period import periods_of

    with open_desk(site, ledger) as desk:
        covers = periods_of(desk).covers(day_or_today(on, desk.clock, "--on"))
    if as_json:
        emit({"schema": 1, "periods": [_row(cover) for cover in covers]})
        return
    heads = (tr("时段", "period"), tr("从", "from"), tr("至", "until"), tr("方案", "plan"), tr("状态", "state"), tr("值班", "on call"))
    rows = [
        (one.period.name, one.period.first, one.period.last, one.plan.number if one.plan else "", _standing(one), _on_call(one))
        for one in covers
    ]
    show("", heads, rows, empty=tr("现场文件里没有 [[special_period]]", "the site file has no [[special_period]]"))


def due_(on: Day = None, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.dates import day_or_today
    from caixue.commands.period import periods_of

    with open_desk(site, ledger) as desk:
        duty, day = periods_of(desk), day_or_today(on, desk.clock, "--on")
        covers, drills = [cover for cover in duty.covers(day) if cover.due], duty.drills_due(day)
    if as_json:
        keys = ("drill", "by", "period", "last", "overdue")
        emit({"schema": 1, "plans": [_row(one) for one in covers], "drills": [{key: getattr(one, key) for key in keys} for one in drills]})
        return
    late = tr("已过", "overdue")
    plans = [
        (tr("方案", "plan"), one.period.name, _standing(one), tr(f"{one.period.first} 前", f"before {one.period.first}"), one.overdue)
        for one in covers
    ]
    rehearse = [(tr("演练", "drill"), one.drill, _why(one), tr(f"{one.by} 前", f"by {one.by}"), one.overdue) for one in drills]
    heads = (tr("什么", "what"), "", tr("为何", "why"), tr("时限", "due"), "")
    show("", heads, [(*row[:4], late if row[4] else "") for row in (*plans, *rehearse)])


def _row(one: Cover) -> dict[str, Any]:
    plan = {} if one.plan is None else {"number": one.plan.number, **one.plan.values}
    days = {"from": str(one.period.first), "until": str(one.period.last)}
    return {"name": one.period.name, **days, "standing": one.standing, "due": one.due, "overdue": one.overdue, "plan": plan or None}


def _standing(one: Cover) -> str:
    words = {
        "none": tr("没有方案", "no plan"),
        "draft": tr("草案，未批准", "drafted, not approved"),
        "approved": tr("已批准", "approved"),
        "approved-late": tr("开始后才批准", "approved only after it began"),
    }
    return words[one.standing]


def _on_call(one: Cover) -> str:
    return "" if one.plan is None else f"{one.plan.values['on_call']} {one.plan.values['telephone']}"


def _why(one: DrillDue) -> str:
    if one.period:
        return tr(f"{one.period}之前", f"before {one.period}")
    return tr("每年一次", "every year") + (tr(f"，上次 {one.last}", f", last on {one.last}") if one.last else "")

"""The commands `caixue period …` (contract C5, R2): special periods, their plans, the change freeze with its exemptions, and drills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands import period_drill, period_freeze, period_view
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group, noted, open_desk
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.events import Event
    from caixue.ops.periods import Periods

_TEXT, _NAME = tr("文字", "TEXT"), tr("姓名", "NAME")
Period = Annotated[str, typer.Argument(metavar="PERIOD", help=tr("特殊时段，按现场文件里的名称", "A period by its name in the site file"))]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=tr("方案，如 1 或 plan-0001", "A plan, such as 1"))]
Duties = Annotated[str | None, typer.Option("--duties", metavar=_TEXT, help=tr("保障任务", "The duties"))]
OnCall = Annotated[str | None, typer.Option("--on-call", metavar=_NAME, help=tr("值班的工程师", "The engineer on call"))]
Telephone = Annotated[str | None, typer.Option("--telephone", metavar=_TEXT, help=tr("值班电话", "Their telephone"))]
StandIn = Annotated[str | None, typer.Option("--stand-in", metavar=_NAME, help=tr("后备的工程师", "The stand-in"))]
StandInTelephone = Annotated[str, typer.Option("--stand-in-telephone", metavar=_TEXT, help=tr("后备电话", "Their telephone"))]
Stock = Annotated[list[str] | None, typer.Option("--stock", metavar=_TEXT, help=tr("加备什么，可以多次", "Extra stock; may be repeated"))]
Drill = Annotated[
    list[str] | None, typer.Option("--drill", metavar="DRILL", help=tr("要做的演练，可以多次", "A drill to rehearse; may be repeated"))
]
Note = Annotated[str, typer.Option("--note", metavar=_TEXT, help=tr("说明", "A note"))]
Reason = Annotated[str | None, typer.Option("--reason", metavar=_TEXT, help=tr("原因", "Why"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "period", "特殊时段：保障方案、变更冻结、演练", "Special periods: plans, change freeze, drills")
    period_view.register_views(mine)
    mine.command("plan", help=tr("为一个时段写保障方案", "Draft the plan of a period"))(plan)
    mine.command("revise", help=tr("修改方案，须重新批准", "Change a plan; it must be approved anew"))(revise)
    mine.command("approve", help=tr("科室负责人（--by）批准方案", "The head of department (--by) approves it"))(approve)
    mine.command("withdraw", help=tr("撤回方案", "Take a plan back"))(withdraw)
    period_freeze.register_freeze(mine)
    period_drill.register_drills(mine)


def periods_of(desk: Desk) -> Periods:
    """The plans and drills in the ledger of `desk`."""
    from caixue.ops.periods import Periods

    return Periods(desk.site, desk.recorder, desk.ledger)


def plan(
    period: Period,
    duties: Duties = None,
    on_call: OnCall = None,
    telephone: Telephone = None,
    stand_in: StandIn = None,
    stand_in_telephone: StandInTelephone = "",
    stock: Stock = None,
    drill: Drill = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.ops.drills_table import REQUIRED

    with open_desk(site, ledger, by, acts=True) as desk:
        what = ask(duties, "--duties", tr("保障任务", "the duties"))
        who = ask(on_call, "--on-call", tr("谁值班", "who is on call"))
        number = ask(telephone, "--telephone", tr("值班电话", "their telephone"))
        more: dict[str, Any] = {"stand_in": stand_in, "stand_in_telephone": stand_in_telephone, "extra_stock": stock or ()}
        events = periods_of(desk).plan(period, what, who, number, drills=drill or REQUIRED, by=desk.person, op=op, **more)
    _said(events, as_json, tr("草案，待科室负责人批准", "drafted; the head of department approves it"))


def revise(
    number: Number,
    duties: Duties = None,
    on_call: OnCall = None,
    telephone: Telephone = None,
    stand_in: StandIn = None,
    stand_in_telephone: StandInTelephone = "",
    stock: Stock = None,
    drill: Drill = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    changes: dict[str, Any] = {
        "duties": duties,
        "on_call": on_call,
        "telephone": telephone,
        "stand_in": stand_in,
        "stand_in_telephone": stand_in_telephone,
        "extra_stock": stock or (),
        "drills": drill or (),
    }
    with open_desk(site, ledger, by, acts=True) as desk:
        events = periods_of(desk).revise(number, by=desk.person, op=op, **changes)
    _said(events, as_json, tr("已修改，须重新批准", "changed; to be approved anew"))


def approve(
    number: Number,
    note: Note = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        events = periods_of(desk).approve(number, by=desk.person, note=note, op=op)
    _said(events, as_json, tr("已批准", "approved"))


def withdraw(
    number: Number,
    reason: Reason = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        events = periods_of(desk).withdraw(number, ask(reason, "--reason", tr("为什么", "why")), by=desk.person, op=op)
    _said(events, as_json, tr("已撤回", "withdrawn"))


def _said(events: list[Event], as_json: bool, text: str) -> None:
    noted(events, as_json=as_json, say=lambda: f"{events[0].subject}: {text}")

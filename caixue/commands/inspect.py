"""The commands `caixue inspect …` (contract C1): the month's plan, one guided round, automatic readings and what a person sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands import inspect_findings, inspect_view
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, emit, group, noted
from caixue.commands.inspect_desk import at_desk
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.events import Event
    from caixue.ops.inspection_rounds import Round

Month = Annotated[
    str, typer.Option("--month", metavar=tr("月份", "MONTH"), help=tr("如 2026-12，默认本月", "Such as 2026-12; this month by default"))
]
Again = Annotated[
    str, typer.Option("--reason", metavar=tr("文字", "TEXT"), help=tr("本月已做过，为什么再做一轮", "Why another round in one month"))
]
Items = Annotated[list[str], typer.Argument(metavar="ITEM", help=tr("未查的巡检项，可用 *", "Items that are open; * is allowed"))]
SomeItems = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ITEM]...", help=tr("只读这些，可用 *；默认所有未查的", "These alone; * is allowed. Default: all that are open")
    ),
]
Item = Annotated[str, typer.Argument(metavar="ITEM", help=tr("巡检项", "The item"))]
Answer = Annotated[str, typer.Argument(metavar="ANSWER", help=tr("正常 ok、需注意 attention、异常 bad", "ok, attention or bad"))]
Note = Annotated[
    str, typer.Option("--note", metavar=tr("文字", "TEXT"), help=tr("看到什么；不写任何姓名", "What was seen; no names of patients"))
]
Reason = Annotated[str, typer.Option("--reason", metavar=tr("文字", "TEXT"), help=tr("为什么跳过", "Why it is left out"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(
        app, "inspect", "巡检：月度计划、一轮检查、发现与隐患", "Inspection: the monthly plan, a guided round, findings and hidden trouble"
    )
    mine.command("plan", help=tr("本月计划：何时到期、查什么", "The month's plan: when it is due, what is looked at"))(inspect_view.plan)
    mine.command(
        "round", help=tr("引导着做一轮；可随时中断，再运行就接着做", "A guided round; leave it at any time, run it again to go on")
    )(round_)
    mine.command("begin", help=tr("开始本月的一轮", "Begin the month's round"))(begin)
    mine.command("read", help=tr("自动读数：设备、探测、本机、账本", "Automatic readings: devices, probes, this machine, the ledger"))(read)
    mine.command("check", help=tr("记下看到的：正常、需注意、异常", "Note what you saw: ok, attention, bad"))(check)
    mine.command("skip", help=tr("跳过，须写原因；算未知，不算正常", "Leave items out, with a reason; they count as unknown"))(skip)
    mine.command("next", help=tr("还没查的", "What is still open"))(inspect_view.next_)
    mine.command("finish", help=tr("完成这一轮", "Finish the round"))(finish)
    inspect_findings.register_findings(mine)
    mine.command("show", help=tr("一轮巡检的结果", "The results of one round"))(inspect_view.show_)
    mine.command("list", help=tr("做过的巡检和未消除的隐患", "The rounds, and the findings that are open"))(inspect_view.list_)


def begin(
    month: Month = "",
    reason: Again = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with at_desk(site, ledger, by) as duty:
        current = duty.inspection.begin(by=duty.desk.person, month=month, reason=reason, op=op)
    if as_json:
        emit({"schema": 1, "round": current.number, "open": list(current.open_points)})
        return
    count = len(current.open_points)
    print(
        tr(
            f"{current.number}：{count} 项未查；caixue inspect round 引导着做",
            f"{current.number}: {count} items open; caixue inspect round guides",
        )
    )


def read(
    items: SomeItems = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with at_desk(site, ledger, by) as duty:
        events = duty.desk.done_before(op) or duty.read(items or [], op)
    if as_json:
        noted(events, as_json=True, say=str)
    else:
        inspect_view.tell_readings(events)


def check(
    item: Item,
    answer: Answer,
    note: Note = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with at_desk(site, ledger, by) as duty:
        events = duty.inspection.check(item, answer, by=duty.desk.person, note=note, op=op)
        left = _left(duty.inspection.current)
    _said(events, left, as_json)


def skip(
    items: Items,
    reason: Reason = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with at_desk(site, ledger, by) as duty:
        with duty.desk.ledger.turn():
            current = duty.inspection.current
            names = duty.matching(items, current.open_points if current is not None else ())
            events = duty.inspection.skip(names, reason=reason, by=duty.desk.person, op=op)
        left = _left(duty.inspection.current)
    _said(events, left, as_json)


def finish(
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with at_desk(site, ledger, by) as duty:
        done = duty.inspection.finish(by=duty.desk.person, op=op)
    if as_json:
        emit({"schema": 1, "round": done.number, "counts": done.counts, "findings": done.findings})
        return
    print(tr(f"{done.number} 已完成：", f"{done.number} is finished: ") + inspect_view.counted(done.counts))


def round_(site: SiteOption = None, ledger: LedgerOption = None, by: ByOption = None) -> None:
    from caixue.commands.inspect_round import guide

    with at_desk(site, ledger, by) as duty:
        guide(duty)


def _left(current: Round | None) -> int:
    return 0 if current is None else len(current.open_points)


def _said(events: list[Event], left: int, as_json: bool) -> None:
    names = ", ".join(event.data["item"] for event in events) if len(events) < 3 else tr(f"{len(events)} 项", f"{len(events)} items")
    noted(events, as_json=as_json, say=lambda: tr(f"{names} 已记；还有 {left} 项未查", f"{names} noted; {left} items open"))

"""The commands `caixue refill …`: what must be refilled, in which order, what was put in, levels and expiry (contract C2.1.2, C2.1.3)."""

from __future__ import annotations

from typing import Annotated

import typer

from caixue.commands.common import (
    ByOption,
    JsonOption,
    LedgerOption,
    OpOption,
    SiteOption,
    emit,
    group,
    noted,
    open_desk,
    show,
)
from caixue.commands.refill_view import PATIENTS, Patients, consumables, expiry, levels, list_
from caixue.errors import UsageError
from caixue.lang import tr

Device = Annotated[str, typer.Argument(metavar="DEVICE", help=tr("设备", "The device"))]
SlotName = Annotated[str, typer.Argument(metavar="SLOT", help=tr("料位：lane-3、roll", "The slot: lane-3, roll"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "refill", "补料：标签纸、热敏纸、采血管", "Refilling: labels, thermal paper, tubes")
    mine.command(
        "list",
        help=tr("现在要补什么，按行走顺序；退出码 4：有设备连不上", "What must be refilled, in walking order; 4: a device is silent"),
    )(list_)
    mine.command("plan", help=tr("把要补的记成任务", "Note what must be refilled as tasks"))(plan)
    mine.command("do", help=tr("补好一处：写任务号，或设备和料位", "One has been refilled: a task's number, or device and slot"))(do)
    mine.command("cancel", help=tr("取消任务", "Cancel a task"))(cancel)
    mine.command("count", help=tr("清点一处：还剩多少管、标签或小票", "One has been counted: tubes, labels or slips left"))(count)
    mine.command("levels", help=tr("各处余量", "What is left everywhere"))(levels)
    mine.command("begin", help=tr("开始记账：全部已装满，只记一次", "Begin the record: everything is full; noted once"))(begin)
    mine.command("expiry", help=tr("近效期和已过期的批号", "Lots that expire soon or have expired"))(expiry)


def plan(
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    patients_per_h: Patients = PATIENTS,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.ops.refilling import forecast_for

    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        duty, now = consumables(desk), desk.now
        tasks = duty.open_tasks(forecast_for(desk.site, now, patients_per_h), now, by=desk.person, op=op)
    if as_json:
        names = ("number", "device", "slot", "item", "quantity", "why")
        emit({"schema": 1, "tasks": [{name: getattr(task, name) for name in names} for task in tasks]})
        return
    heads = (tr("任务", "task"), tr("设备", "device"), tr("料位", "slot"), tr("物品", "item"), tr("补多少", "put in"))
    rows = [(task.number, task.device, task.slot, task.item, task.quantity) for task in tasks]
    show("", heads, rows, empty=tr("没有要补的", "nothing needs refilling"))


def do(
    what: Annotated[str, typer.Argument(metavar="TASK|DEVICE", help=tr("任务号，或设备", "A task's number, or the device"))],
    slot: Annotated[str, typer.Argument(metavar="SLOT", help=tr("料位；写任务号时不写", "The slot; not with a task"))] = "",
    put_in: Annotated[
        int | None,
        typer.Option(metavar=tr("数量", "N"), min=1, help=tr("实际放入多少；默认按所缺", "How many went in; as needed by default")),
    ] = None,
    not_full: Annotated[bool, typer.Option("--not-full", help=tr("放入以后还没满", "It is not full after that"))] = False,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.ops.filling import DUTY

    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        events = desk.done_before(op)
        if not events:
            duty = consumables(desk)
            if what.startswith(f"{DUTY}-"):
                task = duty.task(what)
                what, slot = task.device, task.slot
            events = duty.fill(what, slot, by=desk.person, today=desk.now.date(), put_in=put_in, full=not not_full, op=op)
    filled = [event for event in events if event.kind == "consumable.refilled"]
    words = "，".join(f"{event.data['item']} {event.data['quantity']}（{event.data['lot']}）" for event in filled)
    english = ", ".join(f"{event.data['quantity']} {event.data['item']} of lot {event.data['lot']}" for event in filled)
    where = f"{filled[0].subject} {filled[0].data['slot']}"
    noted(events, as_json=as_json, say=lambda: tr(f"{where} 已补：{words}", f"{where} refilled: {english}"))


def cancel(
    task: Annotated[str, typer.Argument(metavar="TASK", help=tr("任务号", "The task's number"))],
    reason: Annotated[str, typer.Option(metavar=tr("文字", "TEXT"), help=tr("原因", "Why"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        events = desk.done_before(op)
        events = events or consumables(desk).cancel(task, reason=reason, by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{task} 已取消", f"{task} is cancelled"))


def count(
    device: Device,
    slot: SlotName,
    found: Annotated[int, typer.Argument(metavar="N", help=tr("数到多少", "How many were counted"))],
    reason: Annotated[str, typer.Option(metavar=tr("文字", "TEXT"), help=tr("与账不符的原因", "Why it differs"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        events = desk.done_before(op)
        events = events or consumables(desk).count(device, slot, found, reason=reason, by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{device} {slot}：数到 {found}", f"{device} {slot}: {found} counted"))


def begin(site: SiteOption = None, ledger: LedgerOption = None, by: ByOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        op = "opening-levels"
        if desk.ledger.done(op):
            raise UsageError(tr("已经开过账；实际余量用 caixue refill count 记", "noted before; what is there goes by caixue refill count"))
        events = consumables(desk).open_with(by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr("已记：全部装满", "noted: everything is full"))

"""The commands `caixue maintain …`: what is due, the plan, done work, calibrations, replaced parts, wear (contract C2.1.4, C2.1.5)."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands.common import (
    ByOption,
    JsonOption,
    LedgerOption,
    OpOption,
    SiteOption,
    ask,
    emit,
    group,
    noted,
    open_desk,
    show,
    site_source,
)
from caixue.commands.maintain_devices import counter_now, measured_by_driver, read_all
from caixue.commands.maintain_view import tell_tasks, verdict, what_was_done
from caixue.commands.upkeep import NOT_KEPT, Device, OldSerial, Serial, Upkeep, WearAt, upkeep
from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    pass

Within = Annotated[
    int, typer.Option("--days", metavar="N", min=0, help=tr("以后几天内到期的也列出", "Also what falls due within so many days"))
]
TaskName = Annotated[str, typer.Argument(metavar="TASK", help=tr("任务", "The task"))]
Quantity = Annotated[str, typer.Argument(metavar="QUANTITY", help=tr("校准项，如 belt-speed", "What is calibrated, such as belt-speed"))]
Part = Annotated[str, typer.Argument(metavar="PART", help=tr("备件，如 print-head", "The part, such as print-head"))]
Note = Annotated[str, typer.Option("--note", metavar=tr("文字", "TEXT"), help=tr("备注", "A note"))]
Duration = Annotated[
    str, typer.Option("--took", metavar=tr("时长", "TIME"), help=tr('用时，如 "5 min"；默认计划值', 'How long it took, such as "5 min"'))
]
Before = Annotated[float | None, typer.Option("--before", metavar="N", help=tr("调整前的值", "The value before adjusting"))]
After = Annotated[float | None, typer.Option("--after", metavar="N", help=tr("调整后的值", "The value after adjusting"))]
Reference = Annotated[
    float | None, typer.Option("--reference", metavar="N", help=tr("标准值，默认按表", "The reference; the table's by default"))
]
Read = Annotated[
    bool, typer.Option("--read", help=tr("从设备读取（会动作的须先 caixue arm）", "Ask the device (arm it first where it moves)"))
]
Code = Annotated[
    str, typer.Option("--code", metavar=tr("条码", "CODE"), help=tr("测试管的条码（first-read）", "The test tube's code (first-read)"))
]
SpareOption = Annotated[str | None, typer.Option("--spare", metavar="SPARE", help=tr("已领用的备件编号", "A spare that was taken before"))]
Incident = Annotated[str, typer.Option("--incident", metavar="INCIDENT", help=tr("为哪张故障单", "For which incident"))]
One = Annotated[str, typer.Option("--device", metavar=tr("设备", "DEVICE"), help=tr("只看这台", "This device alone"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "maintain", "保养、校准、换件、磨损", "Maintenance, calibration, parts, wear")
    mine.command("due", help=tr("到期和逾期的保养", "What is due and overdue"))(due)
    mine.command("plan", help=tr("保养计划：每台设备、每项任务、下次何时", "The plan: every task and when it is next due"))(plan)
    mine.command("done", help=tr("记一项保养已完成", "Note that a task was done"))(done)
    mine.command("calibrate", help=tr("记一次校准：前后值与公差；超差退出码 99", "Note a calibration; 99 when out of tolerance"))(calibrate)
    mine.command("replace", help=tr("领用并换上备件，磨损重新计；缺货退出码 99", "Take a part and fit it; 99 when none is there"))(replace)
    mine.command("wear", help=tr("计数与磨损；--read 先从设备读", "Counters and wear; --read asks the devices first"))(wear)
    mine.command("history", help=tr("做过的保养、校准和换件", "What was done, calibrated and replaced"))(history)


def due(days: Within = 0, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        last = desk.now.date() + timedelta(days=days)
        maintenance = upkeep(desk).maintenance
        tasks = [task for task in maintenance.outlook(desk.now) if task.due_on <= last]
    tell_tasks(tasks, as_json=as_json, empty=tr("没有到期的保养", "nothing is due"), flagged=maintenance.flagged)


def plan(device: One = "", site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        maintenance = upkeep(desk).maintenance
        if device:
            maintenance.kind_of(device)
        tasks = [task for task in maintenance.outlook(desk.now) if device in ("", task.planned.device)]
    tell_tasks(tasks, as_json=as_json, empty=tr("这台设备没有保养任务", "the plan has nothing for it"))


def done(
    device: Device,
    task: TaskName,
    note: Note = "",
    took: Duration = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.units import duration_us

    took_s = duration_us(took) / 1e6 if took else None
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        events = desk.done_before(op) or [upkeep(desk).maintenance.do(device, task, by=desk.person, note=note, duration_s=took_s, op=op)]
    noted(events, as_json=as_json, say=lambda: tr(f"{device}：{task} 已记", f"{device}: {task} noted"))


def calibrate(
    device: Device,
    quantity: Quantity,
    before: Before = None,
    after: After = None,
    reference: Reference = None,
    read: Read = False,
    code: Code = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> int:
    with open_desk(site, ledger, by, acts=True) as desk:
        if read:
            after = measured_by_driver(site_source(site), desk, device, quantity, reference, code)
        left = _number(after, "--after", tr("调整后的值", "the value after adjusting"))
        with desk.ledger.turn():
            events = desk.done_before(op)
            if not events:
                book = upkeep(desk).maintenance
                events = [book.calibrate(device, quantity, before=before, after=left, reference=reference, by=desk.person, op=op).event]
    data = events[0].data
    noted(events, as_json=as_json, say=lambda: verdict(device, data))
    return 0 if data["passed"] else NOT_KEPT


def replace(
    device: Device,
    part: Part,
    serial: Serial = None,
    old_serial: OldSerial = "",
    wear_at: WearAt = None,
    read: Read = False,
    spare: SpareOption = None,
    incident: Incident = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> int:
    with open_desk(site, ledger, by, acts=True) as desk:
        duties = upkeep(desk)
        if read:
            wear_at = counter_now(site_source(site), desk, device, part)
        new = ask(serial, "--serial", tr("新件的序列号", "the new part's serial number"))
        with desk.ledger.turn():
            events = desk.done_before(f"{op}:fit" if op else "")
            number = spare or ""
            if not events:
                duties.spares.check_serials(new, old_serial)
                number = _of(duties, spare, part, device) if spare else _taken(duties, part, incident, device, op)
            if not events and number:
                fit_op = f"{op}:fit" if op else ""
                events = duties.spares.fit(number, new, by=desk.person, old_serial=old_serial, wear_at=wear_at, op=fit_op)
    if not events:
        print(
            tr(f"库里没有可用的 {part}；已记缺货，请报厂家", f"no usable {part} on the shelf; the shortage is noted, tell the maker"),
            file=sys.stderr,
        )
        return NOT_KEPT
    noted(
        events,
        as_json=as_json,
        say=lambda: tr(f"{device}：{part} 换为 {new}；还要交旧件、签字", f"{device}: {part} is now {new}; return the old one, sign"),
    )
    return 0


def wear(
    read: Read = False,
    device: One = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    from caixue.ops.wear import LIVES

    with open_desk(site, ledger, by, acts=read) as desk:
        duties = upkeep(desk)
        book = duties.maintenance.wear
        failed = read_all(site_source(site), duties, device) if read else {}
        rows = [
            (name, life.part, life.counter, meter.last or 0.0, book.of_part(name, life.part, life.counter) or 0.0, life.limit)
            for (name, counter), meter in sorted(book.meters.items())
            for life in LIVES
            if life.counter == counter and life.kind == duties.maintenance.kind_of(name) and device in ("", name)
        ]
        restarts = [restart for restart in book.restarts if device in ("", restart.device)]
    if as_json:
        keys = ("device", "part", "counter", "reading", "wear", "limit")
        emit(
            {
                "schema": 1,
                "wear": [dict(zip(keys, row, strict=True)) for row in rows],
                "restarts": [str(one) for one in restarts],
                "failed": failed,
            }
        )
        return
    heads = (
        tr("设备", "device"),
        tr("部件", "part"),
        tr("计数", "counter"),
        tr("读数", "reading"),
        tr("磨损", "wear"),
        tr("寿命", "life"),
        "%",
    )
    shown = [(*row[:3], f"{row[3]:g}", f"{row[4]:g}", f"{row[5]:g}", f"{100 * row[4] / row[5]:.0f}") for row in rows]
    show("", heads, shown, empty=tr("还没有读数：caixue maintain wear --read", "nothing was read yet: caixue maintain wear --read"))
    for line in (*restarts, *(f"{name}: {why}" for name, why in failed.items())):
        print(line)


def history(device: One = "", site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        events = [event for event in desk.ledger.events(_HISTORY) if device in ("", event.subject)]
        times = [desk.ledger.instant(event) for event in events]
    if as_json:
        noted(events, as_json=True, say=str)
        return
    heads = (tr("时间", "when"), tr("设备", "device"), tr("做了什么", "what"), tr("谁", "who"))
    rows = [
        (f"{at:%Y-%m-%d %H:%M}", event.subject, what_was_done(event.kind, event.data), event.actor)
        for at, event in zip(times, events, strict=True)
    ]
    show("", heads, rows, empty=tr("还没有做过", "nothing was done yet"))


_HISTORY = ("maintenance.done", "calibration.done", "part.replaced")


def _number(given: float | None, option: str, question: str) -> float:
    if given is not None:
        return given
    typed = ask(None, option, question)
    try:
        return float(typed)
    except ValueError:
        raise UsageError(tr(f"{option} 不是数：{typed}", f"{option} is no number: {typed}")) from None


def _taken(duties: Upkeep, part: str, incident: str, device: str, op: str) -> str:
    """The number of a spare taken now, or by the same operation before; empty when there is none."""
    before = [event.subject for event in duties.desk.done_before(op) if event.kind == "spare.issued"]
    return before[0] if before else duties.spares.take(part, incident, device, duties.desk.person, op=op) or ""


def _of(duties: Upkeep, number: str, part: str, device: str) -> str:
    """The spare's number. Raises UsageError when it was taken for something else."""
    spare = duties.spares.get(number)
    if (spare.item, spare.device) != (part, device):
        what = f"{spare.item}, {spare.device}"
        raise UsageError(tr(f"{number} 领用时写的是：{what}", f"{number} was taken for: {what}"))
    return number

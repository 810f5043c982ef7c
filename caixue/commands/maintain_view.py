"""How `caixue maintain` shows tasks, calibrations and replaced parts, to people and to programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from caixue.commands.common import emit, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.preventive import Planned, Task

NONE: Mapping[tuple[str, str], float] = {}


def what_was_done(kind: str, data: Any) -> str:
    if kind == "maintenance.done":
        return f"{data['task']} {data['note']}".strip()
    if kind == "part.replaced":
        return f"{data['part']}: {data['old_serial'] or '?'} → {data['new_serial']}"
    before = "?" if data["before"] is None else f"{data['before']:g}"
    result = tr("合格", "passed") if data["passed"] else tr("超差", "out of tolerance")
    return f"{data['quantity']}: {before} → {data['after']:g} {data['unit']}, {result}"


def verdict(device: str, data: Any) -> str:
    told = f"{device}: {what_was_done('calibration.done', data)} ({data['reference']:g} ± {data['tolerance']:g})"
    return (
        told
        if data["passed"]
        else told + "\n" + tr("请开故障单：", "open an incident: ") + f"caixue incident open --device {device} --symptom other"
    )


def tell_tasks(tasks: Iterable[Task], *, as_json: bool, empty: str, flagged: Mapping[tuple[str, str], float] = NONE) -> None:
    tasks = list(tasks)
    if as_json:
        out = [{"device": device, "quantity": quantity, "value": value} for (device, quantity), value in flagged.items()]
        emit({"schema": 1, "tasks": [_row(task) for task in tasks], "out_of_tolerance": out})
        return
    heads = (tr("到期", "due"), tr("设备", "device"), tr("任务", "task"), tr("依据", "why"), tr("做什么", "what"))
    rows = [
        (_when(task), task.planned.device, task.planned.row.name, task.reason, tr(task.planned.row.zh, task.planned.row.en))
        for task in tasks
    ]
    show("", heads, rows, empty=empty)
    for (device, quantity), value in flagged.items():
        print(tr(f"校准超差：{device} {quantity} {value:g}", f"out of tolerance: {device} {quantity} {value:g}"))


def _row(task: Task) -> dict[str, Any]:
    """A task for programs."""
    planned: Planned = task.planned
    return {
        "device": planned.device,
        "task": planned.row.name,
        "what": tr(planned.row.zh, planned.row.en),
        "due_on": None if task.due_on == date.max else task.due_on.isoformat(),
        "due": task.due,
        "overdue_days": task.overdue_days,
        "last": task.last.isoformat() if task.last is not None else None,
        "wear": task.wear,
        "limit": planned.limit,
        "margin": task.margin,
        "part": planned.row.part,
        "needs_idle_window": planned.row.idle,
        "duration_s": planned.row.duration_s,
        "source": planned.row.source,
    }


def _when(task: Task) -> str:
    if task.due_on == date.max:
        return tr("看磨损", "by wear")
    late = tr(f" 逾期{task.overdue_days}天", f" {task.overdue_days} d late") if task.overdue_days else ""
    return f"{task.due_on}{late}"

"""Figures of the duties: what was used, inspected, backed up, changed, taught and rehearsed, each counted from the entries of its duty."""

from __future__ import annotations

from collections.abc import Iterator

from caixue.events import Event
from caixue.months import room
from caixue.months.book import Book
from caixue.months.rows import MonthFigure, added, amount, number_of, number_where, standing, subject, sums_by, word

TOP = 10  # of the hidden troubles, the most frequent; docs/assumptions.md A-251


def hidden_troubles(book: Book) -> dict[str, int]:
    """What shows up most often and is no incident by itself: alarms, refusals and readings out of limit, by device."""
    seen = added((name, 1) for name in _signs(book))
    return dict(sorted(seen.items(), key=lambda one: (-one[1], one[0]))[:TOP])


def _signs(book: Book) -> Iterator[str]:
    for event in book.of("alarm.raised", "device.refused"):
        yield f"{event.subject} {event.data.get('alarm') or '-'}"
    for event in book.of("reading.out-of-limit"):
        yield f"{event.subject} {event.data.get('reading') or '-'}"


def _looked_at(book: Book) -> dict[tuple[str, str], str]:
    """The last word of the period on each item of each round: what was read again counts once, by what came of it."""
    return {(event.subject, word("item")(event)): word("state")(event) for event in book.of("inspection.read", "inspection.checked")}


def items_inspected(book: Book) -> int:
    """Items of rounds that were read, checked or left out in the period."""
    return len(_looked_at(book))


def inspected_by_state(book: Book) -> dict[str, int]:
    """The same by what was found; what was left out is UNKNOWN."""
    return added((state, 1) for state in _looked_at(book).values())


def sequences(book: Book) -> int:
    """Start-ups and shut-downs that came to their end; a dry run is none."""
    dry = {event.subject for event in book.events if event.kind == "sequence.started" and event.data.get("dry")}
    return sum(event.subject not in dry for event in book.of("sequence.finished"))


def damaged(event: Event) -> bool:
    return event.data.get("whole") is False


_INSPECTION = (
    MonthFigure(
        "inspection.rounds",
        "完成的巡检",
        "inspection rounds",
        "C6.1",
        number_of("inspection.finished"),
        "rounds finished",
        reports=("C6.1", "C6.3", "C6.4"),
    ),
    MonthFigure(
        "inspection.items",
        "巡检项目",
        "items inspected",
        "C6.1",
        items_inspected,
        "items of rounds that were read, checked or left out; one that was looked at again counts once",
        reports=("C6.1",),
    ),
    MonthFigure(
        "inspection.state",
        "巡检结论",
        "items by state",
        "C6.1",
        inspected_by_state,
        "the same by their last state; what was left out is UNKNOWN",
        by="state",
        reports=("C6.1",),
    ),
    MonthFigure(
        "inspection.findings",
        "发现的隐患",
        "findings",
        "C1",
        number_of("inspection.finding"),
        "found in the period",
        reports=("C6.1", "C6.3", "C6.4"),
    ),
    MonthFigure(
        "inspection.by_severity",
        "各程度隐患",
        "findings by severity",
        "C1",
        sums_by("inspection.finding", word("severity")),
        "found in the period, by severity",
        by="severity",
        reports=("C6.1",),
    ),
    MonthFigure(
        "inspection.closed",
        "消除的隐患",
        "findings closed",
        "C1",
        number_of("inspection.finding-closed"),
        "closed in the period",
        reports=("C6.1", "C6.3", "C6.4"),
    ),
    MonthFigure(
        "inspection.open",
        "未消除的隐患",
        "findings open",
        "C1",
        standing("inspection.finding", "inspection.finding-closed"),
        "open at the end of the period",
        reports=("C6.1", "C6.3", "C6.4"),
    ),
    MonthFigure(
        "trouble.top",
        "常见隐患",
        "most frequent signs of trouble",
        "C1",
        hidden_troubles,
        f"alarms, refusals and readings out of limit by device, the {TOP} most frequent",
        by="sign",
        reports=("C6.1", "C6.3", "C6.4"),
    ),
)

_SYSTEM = (
    MonthFigure("backup.made", "备份", "backups made", "C2.2.3", number_of("backup.made"), "backups written and verified"),
    MonthFigure("backup.checked", "备份核对", "backups checked", "C2.2.3", number_of("backup.checked"), "checked again later"),
    MonthFigure(
        "backup.damaged", "备份损坏", "backups damaged", "C2.2.3", number_where("backup.checked", damaged), "found damaged when checked"
    ),
    MonthFigure("backup.refused", "备份失败", "backups refused", "C2.2.3", number_of("backup.refused"), "that could not be made"),
    MonthFigure(
        "backup.drilled", "恢复演练", "restore drills", "C2.2.3", number_of("backup.drilled"), "restored for practice and compared"
    ),
    MonthFigure(
        "cache.purged",
        "缓存清理",
        "caches purged",
        "C2.2.1",
        sums_by("cache.purged", subject, amount("deleted")),
        "rows deleted after a verified backup, by cache",
        by="cache",
    ),
    MonthFigure("ledger.backed_up", "账本备份", "ledger backups", "C2.3.2", number_of("ledger.backed-up"), "backups of the ledger"),
    MonthFigure("power.lost", "停电次数", "power cuts", "C2.4", number_of("power.lost"), "times the mains failed"),
    MonthFigure(
        "startup.count", "开机、关机次数", "start-ups and shut-downs", "C2.1.1", sequences, "sequences finished, but for dry runs"
    ),
)

_CHANGES = (
    MonthFigure("patch.count", "补丁申请", "patches asked for", "R5.5", number_of("patch.opened"), "patches and versions entered"),
    MonthFigure(
        "patch.approved", "批准的补丁", "patches approved", "R5.5", number_of("patch.approved"), "approved with a verdict of the twin"
    ),
    MonthFigure("patch.installed", "安装的补丁", "patches installed", "R5.5", number_of("patch.installed"), "installed in the period"),
    MonthFigure(
        "patch.rolled_back", "退回的补丁", "patches rolled back", "R5.5", number_of("patch.rolled-back"), "rolled back in the period"
    ),
    MonthFigure("patch.rejected", "否决的补丁", "patches rejected", "R5.5", number_of("patch.rejected"), "rejected in the period"),
    MonthFigure("change.count", "变更申请", "change requests", "R5.5", number_of("change.opened"), "requests entered"),
    MonthFigure("change.installed", "完成的变更", "changes installed", "R5.5", number_of("change.installed"), "installed in the period"),
    MonthFigure(
        "commissioning.accepted",
        "验收的换机",
        "swapped devices accepted",
        "R5.1",
        number_of("commissioning.accepted"),
        "accepted by the user",
    ),
    MonthFigure(
        "probe.changed",
        "探测状态变化",
        "changes of a probe",
        "C2.3.1",
        number_of("probe.changed"),
        "changes of a server, network or interface probe",
    ),
    MonthFigure(
        "circuit.inspected", "线路检查", "circuits inspected", "C2.4", number_of("circuit.inspected"), "circuits and UPS inspected"
    ),
    MonthFigure("circuit.faults", "线路故障", "faults of circuits", "C2.4", number_of("circuit.fault-found"), "found in the period"),
    MonthFigure(
        "instruction.count", "院方指示", "the hospital's instructions", "C2.4", number_of("instruction.opened"), "taken down by name"
    ),
)

_PEOPLE = (
    MonthFigure("training.held", "培训次数", "trainings held", "C3", number_of("training.held"), "held in the period"),
    MonthFigure("training.passed", "培训合格", "trainings passed", "C3", number_of("training.passed"), "judged competent in the period"),
    MonthFigure("training.failed", "培训不合格", "trainings failed", "C3", number_of("training.failed"), "to be repeated"),
    MonthFigure("feedback.count", "用户反馈", "feedback", "C2.2.2", number_of("feedback.opened"), "taken down in the period"),
    MonthFigure("feedback.closed", "办结的反馈", "feedback closed", "C2.2.2", number_of("feedback.closed"), "closed in the period"),
    MonthFigure(
        "feedback.open",
        "未办结的反馈",
        "feedback open",
        "C2.2.2",
        standing("feedback.opened", "feedback.closed", again="feedback.reopened"),
        "open at the end of the period",
    ),
    MonthFigure("feedback.improved", "由反馈带来的改进", "improved by feedback", "C2.2.2", number_of("feedback.improved"), "changes made"),
    MonthFigure(
        "plan.approved", "批准的特殊时段方案", "special plans approved", "C5", number_of("plan.approved"), "approved in the period"
    ),
    MonthFigure("drill.count", "应急演练", "emergency drills", "C5", number_of("drill.carried-out"), "carried out in the period"),
    MonthFigure(
        "attendance.days",
        "出勤天数",
        "days attended",
        "R4",
        room.attendance_days,
        "days of the period on which a person came, by the attendance sheets",
        by="person",
    ),
    MonthFigure(
        "leave.hours", "请假", "leave", "R4", room.leave_h, "granted leave that lies in the period, by person", unit="h", by="person"
    ),
    MonthFigure("engineer.hours", "工时", "hours at work", "R1", room.worked_h, "hours at a task, by engineer", unit="h", by="person"),
    MonthFigure("export.count", "数据导出", "data exports", "R4", number_of("export.carried-out"), "carried out with permission"),
    MonthFigure("correction.count", "更正", "corrections", "C6.3", number_of("entry.corrected"), "entries corrected, noted in the period"),
    MonthFigure(
        "improvement.open",
        "改进计划",
        "improvements planned",
        "C6.4",
        standing("improvement.opened", "improvement.done", "improvement.dropped"),
        "planned and neither done nor dropped at the end",
        reports=("C6.4",),
    ),
)

DUTIES: tuple[MonthFigure, ...] = (*_INSPECTION, *_SYSTEM, *_CHANGES, *_PEOPLE)

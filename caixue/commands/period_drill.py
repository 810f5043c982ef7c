"""The commands `caixue period drill …` (contract C5): drills planned, carried out, with the twin's verdict attached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from caixue.cli_help import App
from caixue.commands.common import (
    ByOption,
    JsonOption,
    LedgerOption,
    OpOption,
    SiteOption,
    ask,
    group,
    moment,
    noted,
    open_desk,
)
from caixue.commands.dates import one_day
from caixue.commands.period_drill_view import list_, outcome_of, table
from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.ops.drills import Drills
    from caixue.ops.verdicts import TwinVerdict

_TEXT, _NAME = tr("文字", "TEXT"), tr("姓名", "NAME")
Drill = Annotated[str, typer.Argument(metavar="DRILL", help=tr("哪种演练，见 drill table", "Which drill, see `drill table`"))]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=tr("演练，如 1 或 drill-0001", "A drill, such as 1"))]
On = Annotated[str | None, typer.Option("--on", metavar=tr("日期", "DAY"), help=tr("哪天，如 2026-12-01", "Which day"))]
Leader = Annotated[str | None, typer.Option("--leader", metavar=_NAME, help=tr("负责人，默认 --by", "Who leads it; --by by default"))]
Who = Annotated[list[str] | None, typer.Option("--who", metavar=_NAME, help=tr("谁参加，可以多次", "Who took part; may be repeated"))]
Began = Annotated[str | None, typer.Option("--began", metavar="TIME", help=tr("何时开始", "When it began"))]
Ended = Annotated[str | None, typer.Option("--ended", metavar="TIME", help=tr("何时结束，默认现在", "When it ended; now by default"))]
Learned = Annotated[str | None, typer.Option("--learned", metavar=_TEXT, help=tr("发现了什么", "What was learned"))]
Measures = Annotated[str, typer.Option("--measures", metavar=_TEXT, help=tr("改进措施", "Measures"))]
Incident = Annotated[
    str, typer.Option("--incident", metavar="NUMBER", help=tr("用 --drill 开的故障单", "The incident opened with --drill"))
]
Result = Annotated[
    str | None, typer.Option("--result", metavar=tr("文件", "FILE"), help=tr("孪生的 result.json", "The twin's result.json"))
]
Reason = Annotated[str | None, typer.Option("--reason", metavar=_TEXT, help=tr("原因", "Why"))]


def register_drills(mine: App) -> None:
    """Add these commands to the group `period`."""
    drills = group(mine, "drill", "应急演练：停电、断网……", "Emergency drills: power cut, network incident ...")
    drills.command("table", help=tr("有哪些演练，用哪个场景预演", "The drills, and the scenarios that rehearse them"))(table)
    drills.command("plan", help=tr("计划一次演练", "Plan a drill"))(plan)
    drills.command("carry-out", help=tr("演练过了", "It was carried out"))(carry_out)
    drills.command("attach", help=tr("补附孪生的 result.json", "Attach the twin's result.json later"))(attach)
    drills.command("cancel", help=tr("取消", "Cancel it"))(cancel)
    drills.command("list", help=tr("演练记录", "The drills on record"))(list_)


def plan(
    drill: Drill,
    on: On = None,
    leader: Leader = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.ops.drills_table import DRILLS

    with open_desk(site, ledger, by, acts=True) as desk:
        day = one_day(ask(on, "--on", tr("哪天", "which day")), "--on")
        events = _drills(desk).plan(drill, day, leader or desk.person, by=desk.person, op=op)
    scenario = DRILLS[drill].scenarios[0]
    said = tr(f"计划 {day}；预演：caixue run {scenario}", f"planned for {day}; rehearse it: caixue run {scenario}")
    noted(events, as_json=as_json, say=lambda: f"{events[0].subject}: {said}")


def carry_out(
    number: Number,
    who: Who = None,
    began: Began = None,
    ended: Ended = None,
    learned: Learned = None,
    measures: Measures = "",
    incident: Incident = "",
    result: Result = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        people = who or [ask(None, "--who", tr("谁参加了", "who took part"))]
        start = moment(ask(began, "--began", tr("何时开始", "when it began")), desk.clock, "--began")
        times = desk.at_us(start), _ended_us(desk, ended, op)
        found = None if result is None else _verdict(result)
        said = ask(learned, "--learned", tr("发现了什么", "what was learned"))
        name = _drill_incident(desk, incident) if incident else ""
        drills = _drills(desk)
        events = drills.carry_out(number, people, *times, said, measures=measures, incident=name, result=found, by=desk.person, op=op)
        told = outcome_of(drills.sheets.named(number))
    noted(events, as_json=as_json, say=lambda: f"{events[0].subject}: {told}")


def attach(
    number: Number,
    result: Result = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        found = _verdict(ask(result, "--result", tr("哪个 result.json", "which result.json")))
        drills = _drills(desk)
        events = drills.attach(number, found, by=desk.person, op=op)
        told = outcome_of(drills.sheets.named(number))
    noted(events, as_json=as_json, say=lambda: f"{events[0].subject}: {told}")


def cancel(
    number: Number,
    reason: Reason = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        events = _drills(desk).cancel(number, ask(reason, "--reason", tr("为什么", "why")), by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: f"{events[0].subject}: {tr('已取消', 'cancelled')}")


def _drills(desk: Desk) -> Drills:
    from caixue.commands.period import periods_of

    return periods_of(desk).drills


def _verdict(path: str) -> TwinVerdict:
    """The result.json at `path`. Raises UsageError where there is none."""
    from caixue.ops.verdicts import read_verdict

    try:
        return read_verdict(Path(path).read_bytes(), path)
    except OSError as error:
        raise UsageError(tr(f"读不了 {path}：{error.strerror}", f"{path} cannot be read: {error.strerror}")) from error


def _drill_incident(desk: Desk, number: str) -> str:
    """The number of an incident that was opened as a drill. Raises UsageError for any other."""
    from caixue.commands.incident_desk import looked_up

    found = looked_up(desk)[0].named(number)
    if not found.drill:
        raise UsageError(tr(f"{found.number} 是真的故障，不是演练", f"{found.number} is a real incident, not a drill"))
    return found.number


def _ended_us(desk: Desk, ended: str | None, op: str) -> int:
    """When it ended, in microseconds of the record: as typed, as the same operation said before, or now."""
    known = desk.done_before(op)
    return known[0].data["ended_us"] if ended is None and known else desk.at_us(moment(ended, desk.clock, "--ended"))

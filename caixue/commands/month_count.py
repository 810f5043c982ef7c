"""What `caixue month` takes in (contract C6.3, C6.4): the numbers of a day, and the improvements that the annual report plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, emit, noted, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from datetime import date

    from caixue.commands.common import Desk
    from caixue.day import DayRecord
    from caixue.ops.sheets import Sheets

Journals = Annotated[
    list[str], typer.Argument(metavar="JOURNAL...", help=tr("窗口程序的 events.jsonl", "events.jsonl of the window programs"))
]
DayOption = Annotated[str | None, typer.Option("--day", metavar="DATE", help=tr("哪一天，默认今天", "Which day; today by default"))]
What = Annotated[str, typer.Argument(metavar="WHAT", help=tr("改进什么", "What is improved"))]
YearOption = Annotated[int | None, typer.Option("--year", metavar="YEAR", help=tr("写进哪一年的年报", "The year of the report"))]
Why = Annotated[str | None, typer.Option("--why", metavar=tr("文字", "TEXT"), help=tr("为什么", "Why"))]
Person = Annotated[str | None, typer.Option("--person", metavar=tr("姓名", "NAME"), help=tr("负责人", "Who sees to it"))]
Due = Annotated[str | None, typer.Option("--due", metavar="DATE", help=tr("完成日期", "By when"))]


def count(
    journals: Journals,
    day: DayOption = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.months.counting import numbers_of
    from caixue.ops.daily import DailyCounts

    with open_desk(site, ledger, by, acts=True) as desk:
        which = _day(day, desk)
        numbers = numbers_of(_record(journals, which, desk))
        counts = DailyCounts(desk.recorder, desk.site.name, desk.ledger.start, desk.ledger)
        events = counts.note(which, numbers, by=desk.person, op=op)
    told = tr(f"{which}：{numbers['served']} 人，{numbers['tubes']} 管", f"{which}: {numbers['served']} served, {numbers['tubes']} tubes")
    noted(events, as_json=as_json, say=lambda: told)


def _record(journals: list[str], day: date, desk: Desk) -> DayRecord:
    """What the journals tell of the day. Raises UsageError for one that is named twice, and where they tell of nobody and nothing."""
    from pathlib import Path

    from caixue.errors import UsageError
    from caixue.months.counting import day_of_journals

    places = [Path(name).resolve() for name in journals]
    for name, place in zip(journals, places, strict=True):
        if places.count(place) > 1:
            raise UsageError(tr(f"{name} 写了两次，会算两遍", f"{name} is named twice and would be counted twice"))
    record = day_of_journals(places, day, desk.site)
    if not len(record.patients) and not len(record.labels):
        raise UsageError(tr(f"这些日志里没有 {day} 的人和管", f"these journals tell of no patient and no tube on {day}"))
    return record


def _day(text: str | None, desk: Desk) -> date:
    from datetime import date

    from caixue.clock import SHANGHAI
    from caixue.errors import UsageError

    try:
        return desk.now.astimezone(SHANGHAI).date() if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(tr(f"--day {text} 不是日期，写成 2026-11-23", f"--day {text} is no date; write 2026-11-23")) from None


def _plan(desk: Desk) -> Sheets:
    from caixue.ops.forms.improvement import FORM
    from caixue.ops.sheets import Sheets

    return Sheets(FORM, desk.recorder, {person.name: person.role for person in desk.site.people}, desk.ledger)


def improve(
    what: What,
    year: YearOption = None,
    why: Why = None,
    person: Person = None,
    due: Due = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    reason = ask(why, "--why", tr("为什么", "why"))
    until = ask(due, "--due", tr("完成日期", "by when"))
    with open_desk(site, ledger, by, acts=True) as desk:
        values = {
            "year": desk.now.year if year is None else year,
            "what": what,
            "why": reason,
            "person": person or desk.person,
            "due": until,
        }
        events = _plan(desk).open(by=desk.person, op=op, **values)
    noted(events, as_json=as_json, say=lambda: tr(f"{events[0].subject} 已列入计划", f"{events[0].subject} is planned"))


def plan(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.ops.forms.improvement import FORM

    with open_desk(site, ledger, create=False) as desk:
        sheets = list(_plan(desk).sheets.values())
    if as_json:
        emit({"schema": 1, "plan": [{"number": one.number, "state": one.state, **one.values} for one in sheets]})
        return
    heads = (tr("编号", "number"), tr("年", "year"), tr("改进什么", "what"), tr("负责人", "who"), tr("到期", "due"), tr("状态", "state"))
    state = {step.leads_to: step.text for step in FORM.steps}
    rows = [(one.number, *(one.values[name] for name in ("year", "what", "person", "due")), state[one.state]) for one in sheets]
    show("", heads, rows)

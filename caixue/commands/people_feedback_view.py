"""What `caixue people feedback` shows (contract C2.2.2): what is open, late, counted by month, and the months in which nobody was asked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import Desk, JsonOption, LedgerOption, SiteOption, emit, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.events import Event
    from caixue.ops.sheets import Sheet

All = Annotated[bool, typer.Option("--all", help=tr("也列已关闭的", "Closed ones too"))]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=tr("意见单，如 3 或 feedback-0003", "A sheet, such as 3"))]


def list_(every: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.people_feedback import feedback_of

    with open_desk(site, ledger) as desk:
        book = feedback_of(desk)
        found = list(book.sheets.sheets.values()) if every else book.waiting()
        rows = [_row(sheet, desk) for sheet in found]
    if as_json:
        emit({"schema": 1, "feedback": rows})
        return
    heads = (tr("单号", "sheet"), tr("收到", "received"), tr("来自", "from"), tr("种类", "sort"), tr("关于", "about"), tr("状态", "state"))
    shown = [(row["number"], f"{row['received']:%m-%d}", row["from"], _sort(row["sort"]), row["about"], row["shown"]) for row in rows]
    show("", heads, shown)


def show_(number: Number, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.people_feedback import feedback_of

    with open_desk(site, ledger) as desk:
        book = feedback_of(desk)
        sheet = book.sheets.named(number)
        row = _row(sheet, desk)
        course = [(desk.ledger.start + timedelta(microseconds=event.at_us), event) for event in sheet.history]
    if as_json:
        emit({"schema": 1, **row, "course": [{"at": at, "kind": event.kind, "actor": event.actor, **event.data} for at, event in course]})
        return
    print(f"{row['number']}  {row['from']}  {_sort(row['sort'])}  {row['about']}  {row['shown']}")
    heads = (tr("时间", "when"), tr("谁", "who"), tr("步骤", "step"), "")
    show("", heads, [(f"{at:%Y-%m-%d %H:%M}", event.actor, _step(event), _said(event)) for at, event in course])


def months_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.people_feedback import feedback_of

    with open_desk(site, ledger) as desk:
        months = feedback_of(desk).months()
    if as_json:
        emit({"schema": 1, "months": [asdict(month) for month in months]})
        return
    heads = (
        tr("月", "month"),
        tr("征集", "rounds"),
        *(_sort(sort) for sort in ("complaint", "wish", "praise")),
        tr("答复", "answered"),
        tr("改进", "improved"),
        tr("满意", "satisfied"),
        tr("不满意", "not"),
    )
    rows = [(one.month, one.surveys, *one.received.values(), one.answered, one.improved, one.satisfied, one.unsatisfied) for one in months]
    show("", heads, rows)


def due_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.people_feedback import feedback_of

    with open_desk(site, ledger) as desk:
        book = feedback_of(desk)
        late, months, start = book.overdue(), book.months_without_survey(), desk.ledger.start
    rows = [(one.sheet.number, one.what, start + timedelta(microseconds=one.due_us)) for one in late]
    if as_json:
        late_rows = [{"number": number, "what": what, "due": due} for number, what, due in rows]
        emit({"schema": 1, "overdue": late_rows, "months_without_survey": months})
        return
    words = {"answer": tr("答复", "answer"), "close": tr("了结", "close")}
    heads = (tr("单号", "sheet"), tr("该做", "what"), tr("时限", "due"))
    shown = [(number, words[what], f"{due:%Y-%m-%d %H:%M}") for number, what, due in rows]
    show("", heads, shown, empty=tr("没有过期的意见", "nothing is late"))
    for month in months:
        print(tr(f"{month}：还没有征集意见", f"{month}: nobody was asked for feedback"))


def _row(sheet: Sheet, desk: Desk) -> dict[str, Any]:
    from caixue.ops.forms.feedback import FORM

    state = next(step.text for step in FORM.steps if step.leads_to == sheet.state)
    giver = sheet.values.get("giver", sheet.values["role"])
    received = desk.ledger.start + timedelta(microseconds=sheet.opened_us)
    return {"number": sheet.number, "received": received, "from": giver, **sheet.values, "state": sheet.state, "shown": state}


def _sort(sort: str) -> str:
    return {"complaint": tr("投诉", "complaint"), "wish": tr("愿望", "wish"), "praise": tr("表扬", "praise")}[sort]


def _step(event: Event) -> str:
    from caixue.ops.forms.feedback import FORM

    return FORM.step(event.kind.rpartition(".")[2]).text


def _said(event: Event) -> str:
    words = ("words", "answer", "change", "reference", "comment", "reason")
    said = [str(event.data[word]) for word in words if word in event.data]
    if "satisfied" in event.data:
        said.insert(0, tr("满意", "satisfied") if event.data["satisfied"] else tr("不满意", "not satisfied"))
    return "；".join(said)

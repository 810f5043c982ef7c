"""The commands `caixue people feedback …` (contract C2.2.2): collected every month, answered, acted upon, closed with the giver's word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group, noted, open_desk
from caixue.commands.people_feedback_view import due_, list_, months_, show_
from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.ops.feedback import Feedback

_TEXT = tr("文字", "TEXT")
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=tr("意见单，如 3 或 feedback-0003", "A sheet, such as 3"))]
Sort = Annotated[str | None, typer.Option("--sort", metavar="SORT", help="complaint, wish, praise")]
About = Annotated[str | None, typer.Option("--about", metavar=_TEXT, help=tr("关于什么", "About what"))]
Words = Annotated[str | None, typer.Option("--words", metavar=_TEXT, help=tr("原话，不写患者姓名", "In their words; no patients' names"))]
From = Annotated[
    str,
    typer.Option(
        "--from",
        metavar=tr("谁", "WHO"),
        help=tr("现场的人，或岗位：nurse、head、patient…", "A person of the site, or a post: nurse, head, patient"),
    ),
]
Survey = Annotated[str, typer.Option("--survey", metavar="NUMBER", help=tr("哪次征集里说的", "The round in which it was said"))]
Asked = Annotated[
    list[str] | None, typer.Option("--asked", metavar=tr("谁", "WHO"), help=tr("问了谁，可以多次", "Who was asked; may be repeated"))
]
Way = Annotated[str, typer.Option("--way", metavar="WAY", help="in-person, telephone, questionnaire, meeting")]
Text = Annotated[str | None, typer.Option("--text", metavar=_TEXT, help=tr("写什么", "What is said"))]
Reference = Annotated[str, typer.Option("--reference", metavar="NUMBER", help=tr("变更号或故障单号", "A change request or an incident"))]
Satisfied = Annotated[bool | None, typer.Option("--satisfied/--not-satisfied", help=tr("反馈人满意，或不满意", "What the giver says"))]
Comment = Annotated[str, typer.Option("--comment", metavar=_TEXT, help=tr("反馈人的话", "The giver's word"))]
Note = Annotated[str, typer.Option("--note", metavar=_TEXT, help=tr("说明", "A note"))]


def register_feedback(people: App) -> None:
    """Add these commands to the group `people`."""
    mine = group(people, "feedback", "意见：征集、登记、答复、改进、关闭", "Feedback: collect, note, answer, improve, close")
    mine.command("collect", help=tr("征集一次意见（每月至少一次）", "Note a round of asking, at least one a month"))(collect)
    mine.command("note", help=tr("登记一条意见", "Note what somebody said"))(note_)
    mine.command("answer", help=tr("答复", "Answer"))(answer)
    mine.command("improve", help=tr("改了什么", "What was changed"))(improve)
    mine.command("close", help=tr("关闭，写反馈人是否满意", "Close, with the giver's word"))(close)
    mine.command("reopen", help=tr("重新处理", "It is not over after all"))(reopen)
    mine.command("list", help=tr("没有了结的意见", "What is not closed"))(list_)
    mine.command("show", help=tr("一条意见的经过", "The course of one"))(show_)
    mine.command("months", help=tr("每月的数目", "The counts of every month"))(months_)
    mine.command("due", help=tr("过期的，和没有征集的月份", "What is late, and months without a round"))(due_)


def feedback_of(desk: Desk) -> Feedback:
    """The feedback in the ledger of `desk`."""
    from caixue.ops.feedback import Feedback

    return Feedback(desk.recorder, {person.name: person.role for person in desk.site.people}, desk.ledger)


def collect(
    asked: Asked = None,
    way: Way = "in-person",
    note: Note = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        who = asked or [ask(None, "--asked", tr("问了谁", "who was asked"))]
        events = feedback_of(desk).collect(who, way, by=desk.person, note=note, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{events[0].subject}：已征集", f"{events[0].subject}: collected"))


def note_(
    sort: Sort = None,
    about: About = None,
    words: Words = None,
    from_: From = "",
    survey: Survey = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        book = feedback_of(desk)
        who = ask(from_, "--from", tr("谁说的", "who said it"))
        role, giver = ("", who) if who in book.people else (who, None)
        kind = ask(sort, "--sort", tr("投诉 complaint、愿望 wish 还是表扬 praise", "complaint, wish or praise"))
        what, said = ask(about, "--about", tr("关于什么", "about what")), ask(words, "--words", tr("原话", "in their words"))
        events = book.receive(kind, what, said, by=desk.person, role=role, giver=giver, survey=survey, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{events[0].subject}：已登记", f"{events[0].subject}: noted"))


def answer(
    number: Number,
    text: Text = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        events = feedback_of(desk).answer(number, ask(text, "--text", tr("答复什么", "the answer")), by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{events[0].subject}：已答复", f"{events[0].subject}: answered"))


def improve(
    number: Number,
    text: Text = None,
    reference: Reference = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        change = ask(text, "--text", tr("改了什么", "what was changed"))
        events = feedback_of(desk).improve(number, change, by=desk.person, reference=reference, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{events[0].subject}：已改进", f"{events[0].subject}: improved"))


def close(
    number: Number,
    satisfied: Satisfied = None,
    comment: Comment = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    if satisfied is None:
        raise UsageError(tr("反馈人满意吗？请写 --satisfied 或 --not-satisfied", "satisfied? Give --satisfied or --not-satisfied"))
    with open_desk(site, ledger, by, acts=True) as desk:
        events = feedback_of(desk).close(number, satisfied, by=desk.person, comment=comment, op=op)
    word = tr("满意", "satisfied") if satisfied else tr("不满意", "not satisfied")
    noted(events, as_json=as_json, say=lambda: tr(f"{events[0].subject}：已关闭，{word}", f"{events[0].subject}: closed, {word}"))


def reopen(
    number: Number,
    text: Text = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        events = feedback_of(desk).reopen(number, ask(text, "--text", tr("为什么", "why")), by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{events[0].subject}：重新处理", f"{events[0].subject}: taken up again"))

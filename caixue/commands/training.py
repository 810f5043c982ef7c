"""The commands `caixue training …` (contract C3, R1): planned, held, judged by somebody else, repeated until competent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands import training_view
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group, noted, open_desk
from caixue.commands.dates import day_or_today, one_day
from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.events import Event
    from caixue.ops.training import Training

People = Annotated[list[str], typer.Argument(metavar="PERSON...", help=tr("参加的人，可以多个", "Who is trained, one or more"))]
Numbers = Annotated[list[str], typer.Argument(metavar="NUMBER...", help=tr("培训单，如 3 或 training-0003", "Sheets, such as 3"))]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=tr("培训单，如 3 或 training-0003", "A sheet, such as 3"))]
Topic = Annotated[str | None, typer.Option("--topic", metavar=tr("内容", "TOPIC"), help=tr("内容，见 topics", "The topic, see `topics`"))]
Trainer = Annotated[str | None, typer.Option("--trainer", metavar=tr("姓名", "NAME"), help=tr("谁讲", "Who trains"))]
On = Annotated[str | None, typer.Option("--on", metavar=tr("日期", "DAY"), help=tr("哪天，如 2026-12-01", "Which day, such as 2026-12-01"))]
Next = Annotated[str | None, typer.Option("--next", metavar=tr("日期", "DAY"), help=tr("下次哪天", "The day of the next attempt"))]
Note = Annotated[str, typer.Option(metavar=tr("文字", "TEXT"), help=tr("说明", "A note"))]
Reason = Annotated[str | None, typer.Option(metavar=tr("文字", "TEXT"), help=tr("原因", "Why"))]
Passed = Annotated[bool | None, typer.Option("--passed/--failed", help=tr("合格，或不合格须再训", "Competent, or to be repeated"))]
Result = Annotated[str | None, typer.Option(metavar=tr("文字", "TEXT"), help=tr("考核结果，如“实操 95 分”", "The result"))]
Assessor = Annotated[
    str | None, typer.Option("--assessor", metavar=tr("姓名", "NAME"), help=tr("考核人，默认 --by", "Who judges; --by by default"))
]
Until = Annotated[
    str | None,
    typer.Option("--valid-until", metavar=tr("日期", "DAY"), help=tr("有效期至，默认按内容", "Last day; by default as the topic says")),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "training", "培训：谁、学什么、谁考核、到何时有效", "Training: who, in what, judged by whom, valid until when")
    mine.command("plan", help=tr("计划培训，每人一张", "Plan a training, one sheet a person"))(plan)
    mine.command("hold", help=tr("已培训，人到了", "It was held, and they were there"))(hold)
    mine.command("miss", help=tr("人没到，改期", "Somebody was not there; the next date"))(miss)
    mine.command("assess", help=tr("考核：合格或不合格", "Judge: competent or not"))(assess)
    mine.command("cancel", help=tr("取消一张", "Cancel a sheet"))(cancel)
    training_view.register_views(mine)


def training_of(desk: Desk) -> Training:
    """The trainings in the ledger of `desk`."""
    from caixue.ops.training import Training

    return Training(desk.recorder, {person.name: person.role for person in desk.site.people}, desk.ledger)


def plan(
    people: People,
    topic: Topic = None,
    trainer: Trainer = None,
    on: On = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        what, who = ask(topic, "--topic", tr("什么内容", "which topic")), ask(trainer, "--trainer", tr("谁讲", "who trains"))
        day = one_day(ask(on, "--on", tr("哪天", "which day")), "--on")
        book = training_of(desk)
        events = _each(book, people, op, lambda on_book, person, own: on_book.plan(person, what, who, day, by=desk.person, op=own))
    noted(events, as_json=as_json, say=lambda: _listed(events, tr(f"计划 {day}", f"planned for {day}")))


def hold(
    numbers: Numbers,
    on: On = None,
    note: Note = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        book, day = training_of(desk), day_or_today(on, desk.clock, "--on")
        events = _each(book, numbers, op, lambda on_book, number, own: on_book.hold(number, day, by=desk.person, note=note, op=own))
    noted(events, as_json=as_json, say=lambda: _listed(events, tr("已培训，待考核", "held; to be judged")))


def miss(
    number: Number,
    reason: Reason = None,
    next_day: Next = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        why = ask(reason, "--reason", tr("为什么没到", "why"))
        day = one_day(ask(next_day, "--next", tr("改到哪天", "the next day")), "--next")
        events = training_of(desk).miss(number, why, day, by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: _listed(events, tr(f"改到 {day}", f"moved to {day}")))


def assess(
    number: Number,
    passed: Passed = None,
    result: Result = None,
    assessor: Assessor = None,
    valid_until: Until = None,
    next_day: Next = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    if passed is None:
        raise UsageError(tr("合格还是不合格？请写 --passed 或 --failed", "competent or not? Give --passed or --failed"))
    if (next_day if passed else valid_until) is not None:
        raise UsageError(tr("--valid-until 只随 --passed，--next 只随 --failed", "--valid-until goes with --passed, --next with --failed"))
    with open_desk(site, ledger, by, acts=True) as desk:
        book, who = training_of(desk), assessor or desk.person
        said = ask(result, "--result", tr("考核结果", "the result"))
        if passed:
            until = None if valid_until is None else one_day(valid_until, "--valid-until")
            events = book.passed(number, said, who, by=desk.person, valid_until=until, op=op)
        else:
            again = None if next_day is None else one_day(next_day, "--next")
            events = book.failed(number, said, who, by=desk.person, planned=again, op=op)
    until_said = str(events[-1].data.get("valid_until", ""))
    outcome = tr(f"合格，有效期至 {until_said}", f"competent until {until_said}") if passed else tr("不合格，须再训", "to be repeated")
    noted(events, as_json=as_json, say=lambda: _listed(events, outcome))


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
        why = ask(reason, "--reason", tr("为什么取消", "why"))
        events = training_of(desk).cancel(number, why, by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: _listed(events, tr("已取消", "cancelled")))


def _each(book: Training, names: list[str], op: str, act: Callable[[Training, str, str], list[Event]]) -> list[Event]:
    """One act for each, under an operation id of its own; all are tried before the first is noted."""
    own = {name: f"{op}:{name}" if op else "" for name in dict.fromkeys(names)}
    trial = book.trial()
    for name, key in own.items():
        if not book.recorder.done(key):
            act(trial, name, "")
    return [event for name, key in own.items() for event in act(book, name, key)]


def _listed(events: list[Event], text: str) -> str:
    return "\n".join(f"{event.subject}: {text}" for event in events)

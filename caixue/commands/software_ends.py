"""The commands `caixue software end-of-life …` (contract R5.1): what is no longer supported, from when, and how it is replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, emit, group, noted, open_desk, show
from caixue.commands.software_desk import Number, Reason, in_register
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.events import Event
    from caixue.ops.end_of_life import EndOfLife

_TEXT, _DAY = tr("文字", "TEXT"), tr("日期", "DAY")
Thing = Annotated[str, typer.Argument(metavar="THING", help=tr("设备、软件或主机", "A device, a software or a host"))]
Until = Annotated[
    str | None, typer.Option("--until", metavar=_DAY, help=tr("支持到哪天，如 2028-12-31", "Supported until, such as 2028-12-31"))
]
Source = Annotated[str | None, typer.Option("--source", metavar=_TEXT, help=tr("谁说的：厂家公告", "Who says so: the maker's notice"))]
Plan = Annotated[str | None, typer.Option("--plan", metavar=_TEXT, help=tr("怎样更换", "How it will be replaced"))]
By = Annotated[str | None, typer.Option("--replacement", metavar=_TEXT, help=tr("换成什么", "By what"))]
When = Annotated[str | None, typer.Option("--replace-by", metavar=_DAY, help=tr("何时之前", "By when"))]
Proof = Annotated[
    str | None, typer.Option("--commissioning", metavar="NUMBER", help=tr("验收、补丁或变更的编号", "The commissioning, patch or change"))
]
Within = Annotated[
    str, typer.Option("--within", metavar=tr("时长", "TIME"), help=tr("多久之内到期，如 365 d", "Ending within, such as 365 d"))
]
All = Annotated[bool, typer.Option("--all", help=tr("不管何时到期", "Whenever it ends"))]
Doing = Callable[["EndOfLife", "Desk"], "list[Event]"]


def register(mine: App) -> None:
    """Add these commands to the group."""
    ends = group(mine, "end-of-life", "停产与到期：一年内到期的、更换计划", "What is no longer supported, and how it is replaced")
    ends.command("list", help=tr("一年内到期的", "What ends within a year"))(list_)
    ends.command("add", help=tr("厂家说停产", "The maker has discontinued it"))(add)
    ends.command("plan", help=tr("更换计划", "How it will be replaced"))(plan_)
    ends.command("replaced", help=tr("已更换", "It was replaced"))(replaced)
    ends.command("withdraw", help=tr("撤回", "It was no true notice"))(withdraw)


def _book(desk: Desk) -> EndOfLife:
    from caixue.ops.end_of_life import EndOfLife

    return EndOfLife(desk.site, desk.recorder, desk.ledger)


def list_(
    within: Within = "365 d", every: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False
) -> None:
    from datetime import timedelta

    from caixue.ops.dating import today
    from caixue.units import duration_us

    ahead = timedelta(microseconds=duration_us(within))
    with open_desk(site, ledger) as desk:
        day, found = today(desk.clock), _book(desk).endings()
    found = [one for one in found if every or one.due(day, ahead)]
    if as_json:
        keys = ("thing", "until", "source", "number", "plan", "replacement", "replace_by")
        emit({"schema": 1, "end_of_life": [{**{key: getattr(one, key) for key in keys}, "over": one.over(day)} for one in found]})
        return
    heads = (
        tr("什么", "what"),
        tr("支持到", "until"),
        tr("依据", "source"),
        tr("登记", "number"),
        tr("更换计划", "plan"),
        tr("何时之前", "by"),
    )
    rows = [
        (one.thing, f"{one.until}{' ×' if one.over(day) else ''}", one.source, one.number, one.plan, one.replace_by or "") for one in found
    ]
    show("", heads, rows)


def add(
    thing: Thing,
    until: Until = None,
    source: Source = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.commands.dates import one_day

    day = one_day(ask(until, "--until", tr("支持到哪天", "supported until when")), "--until")
    said = ask(source, "--source", tr("谁说的", "who says so"))
    _do(lambda book, desk: book.discontinue(thing, day, said, by=desk.person, op=op), site, ledger, by, as_json)


def plan_(
    number: Number,
    plan: Plan = None,
    replacement: By = None,
    replace_by: When = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.commands.dates import one_day

    how, what = ask(plan, "--plan", tr("怎样更换", "how")), ask(replacement, "--replacement", tr("换成什么", "by what"))
    day = one_day(ask(replace_by, "--replace-by", tr("何时之前", "by when")), "--replace-by")
    whole = in_register("discontinued", number)
    _do(lambda book, desk: book.plan(whole, how, what, day, by=desk.person, op=op), site, ledger, by, as_json)


def replaced(
    number: Number,
    commissioning: Proof = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    proof, whole = ask(commissioning, "--commissioning", tr("依据哪张单", "by which sheet")), in_register("discontinued", number)
    _do(lambda book, desk: book.replaced(whole, proof, by=desk.person, op=op), site, ledger, by, as_json)


def withdraw(
    number: Number,
    reason: Reason = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    why, whole = ask(reason, "--reason", tr("为什么", "why")), in_register("discontinued", number)
    _do(lambda book, desk: book.withdraw(whole, why, by=desk.person, op=op), site, ledger, by, as_json)


def _do(doing: Doing, site: str | None, ledger: str | None, by: str | None, as_json: bool) -> None:
    from caixue.commands.software_desk import state_line

    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        book = _book(desk)
        events = doing(book, desk)
        told = state_line(book.sheets.named(events[0].subject), book.sheets.form)
    noted(events, as_json=as_json, say=lambda: told)

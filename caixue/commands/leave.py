"""The commands `caixue leave …` (contract R1, R4): leave is granted by the head of department, with a named substitute, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands.common import ByOption, JsonOption, LedgerOption, SiteOption, ask, emit, group, moment, noted, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.ops.leave import LeaveBook

Person = Annotated[str, typer.Argument(metavar="PERSON", help=tr("谁请假", "Who wants to leave"))]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help=tr("从何时，如 2026-12-01T06:30", "From when"))]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help=tr("到何时", "Until when"))]
Substitute = Annotated[str, typer.Option("--substitute", metavar="PERSON", help=tr("替班的工程师", "The engineer who stands in"))]
Reason = Annotated[str, typer.Option(metavar=tr("文字", "TEXT"), help=tr("原因", "Why"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "leave", "请假：没有指定替班人不批", "Leave: none without a named substitute")
    mine.command("ask", help=tr("请假；由科室负责人（--by）批准", "Ask for leave; the head of department (--by) grants it"))(ask_)
    mine.command("list", help=tr("批准过的请假", "The leaves that were granted"))(list_)


def _book(desk: Desk) -> LeaveBook:
    from caixue.ops.leave import LeaveBook

    return LeaveBook(desk.recorder, {person.name: person.role for person in desk.site.people}, desk.ledger)


def ask_(
    person: Person,
    from_: From = None,
    until: Until = None,
    substitute: Substitute = "",
    reason: Reason = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    from caixue.ops.leave import Leave

    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        begins = moment(ask(from_, "--from", tr("从何时", "from when")), desk.clock, "--from")
        ends = moment(ask(until, "--until", tr("到何时", "until when")), desk.clock, "--until")
        asked = Leave(person, desk.at_us(begins), desk.at_us(ends), substitute)
        event = _book(desk).ask(asked, by=desk.person, reason=reason)
    noted([event], as_json=as_json, say=lambda: tr(f"{person} 的请假已批准，{substitute} 替班", f"{person} may leave; {substitute} stands in"))


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from datetime import timedelta

    with open_desk(site, ledger) as desk:
        start, granted = desk.ledger.start, _book(desk).granted
    times = [(start + timedelta(microseconds=one.from_us), start + timedelta(microseconds=one.until_us)) for one in granted]
    if as_json:
        rows = [{"person": one.person, "from": a, "until": b, "substitute": one.substitute} for one, (a, b) in zip(granted, times, strict=True)]
        emit({"schema": 1, "leaves": rows})
        return
    heads = (tr("谁", "who"), tr("从", "from"), tr("到", "until"), tr("替班", "substitute"))
    rows_shown = [(one.person, f"{a:%m-%d %H:%M}", f"{b:%m-%d %H:%M}", one.substitute) for one, (a, b) in zip(granted, times, strict=True)]
    show("", heads, rows_shown)

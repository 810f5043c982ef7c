"""What the commands of `caixue people` share: one register of sheets, a step on it, and how sheets are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import Desk, emit, noted, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.events import Event
    from caixue.ops.sheets import Sheet, Sheets

_TEXT, _NAME = tr("文字", "TEXT"), tr("姓名", "NAME")

Number = Annotated[str, typer.Argument(metavar="NUMBER", help=tr("单号，如 7", "The sheet's number, such as 7"))]
Why = Annotated[str, typer.Option("--reason", metavar=_TEXT, help=tr("原因", "Why"))]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help=tr("到何时，如 2026-11-23T18:00", "Until when"))]
ValidUntil = Annotated[
    str, typer.Option("--valid-until", metavar="DATE", help=tr("有效到哪天，当天在内", "The last day on which it holds"))
]
Day = Annotated[str, typer.Option("--day", metavar="DATE", help=tr("哪天，如 2026-11-23；默认今天", "Which day; today by default"))]
All = Annotated[bool, typer.Option("--all", help=tr("了结的也列出", "Also those that are over"))]

Column = tuple[str, Callable[["Sheet"], Any]]


def book(desk: Desk, register: str) -> Sheets:
    """The sheets of a register on this desk's ledger."""
    from caixue.ops.sheets import Sheets

    form = import_module(f"caixue.ops.forms.{register}").FORM
    return Sheets(form, desk.recorder, people(desk), desk.ledger)


def people(desk: Desk) -> dict[str, str]:
    """The people of the site: name → role."""
    return {person.name: person.role for person in desk.site.people}


def instant(desk: Desk, text: str | None, option: str) -> int | None:
    """What was typed as a time, in microseconds since the record's start; None for nothing."""
    from caixue.commands.common import moment

    found = moment(text, desk.clock, option)
    return None if found is None else desk.at_us(found)


@dataclass(frozen=True, slots=True)
class Act:
    """A step on one sheet of a register, from the command line: done once for each operation id, and told."""

    register: str
    site: str | None
    ledger: str | None
    by: str | None
    op: str
    as_json: bool

    def open(self, **values: Any) -> None:
        """Open a sheet."""
        self.do(lambda desk: book(desk, self.register).open(by=desk.person, op=self.op, **values))

    def take(self, step: str, number: str, **values: Any) -> None:
        """Take a step on a sheet."""
        self.do(lambda desk: book(desk, self.register).take(step, number, by=desk.person, op=self.op, **values))

    def do(self, doing: Callable[[Desk], list[Event]]) -> None:
        """Do it, and say which sheet is now in which state."""
        with open_desk(self.site, self.ledger, self.by, acts=True) as desk, desk.ledger.turn():
            events = doing(desk)
        form = import_module(f"caixue.ops.forms.{self.register}").FORM
        step = form.step(events[-1].kind.partition(".")[2])
        noted(events, as_json=self.as_json, say=lambda: tr(f"{events[-1].subject}：{step.zh}", f"{events[-1].subject}: {step.en}"))


def state_of(desk_book: Sheets, sheet: Sheet) -> str:
    """The sheet's state in the user's language."""
    return next((step.text for step in desk_book.form.steps if step.leads_to == sheet.state), sheet.state)


def listed(
    register: str,
    columns: Sequence[Column],
    site: str | None,
    ledger: str | None,
    as_json: bool,
    *,
    over: Sequence[str] = (),
    kept: Callable[[Sheet, Desk], bool] | None = None,
) -> None:
    """Show the sheets of a register that are in none of the states `over`, and that are `kept`."""
    with open_desk(site, ledger) as desk:
        found = book(desk, register)
        sheets = [each for each in found.sheets.values() if each.state not in over and (kept is None or kept(each, desk))]
        start = desk.ledger.start
    if as_json:
        emit({"schema": 1, "sheets": [row(each, start) for each in sheets]})
        return
    heads = (tr("单号", "sheet"), tr("状态", "state"), *(head for head, _ in columns))
    show("", heads, [(each.number, state_of(found, each), *(cell(each) for _, cell in columns)) for each in sheets])


def row(sheet: Sheet, start: datetime) -> dict[str, Any]:
    """A sheet for programs: instants as times, under their names without `_us`."""
    values = {(key.removesuffix("_us") if key.endswith("_us") else key): _plain(key, value, start) for key, value in sheet.values.items()}
    opened = start + timedelta(microseconds=sheet.opened_us)
    return {"number": sheet.number, "state": sheet.state, "opened_at": opened, "opened_by": sheet.opened_by, **values}


def said(name: str) -> Callable[[Sheet], Any]:
    """The cell of a field."""
    return lambda sheet: sheet.values.get(name, "")


def _plain(key: str, value: Any, start: datetime) -> Any:
    return start + timedelta(microseconds=value) if key.endswith("_us") else value

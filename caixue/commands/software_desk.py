"""What the commands of `caixue software` share: their registers at a desk, their arguments, and a sheet as people and programs read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import Desk, emit, noted, open_desk, show, tell
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.events import Event
    from caixue.ops.patching import Patching
    from caixue.ops.sheets import Form, Sheet

_TEXT = tr("文字", "TEXT")
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=tr("编号，如 7 或 patch-0007", "Its number, such as 7"))]
Software = Annotated[str, typer.Argument(metavar="SOFTWARE", help=tr("软件，见 caixue software list", "A software of the site"))]
Reason = Annotated[str | None, typer.Option("--reason", metavar=_TEXT, help=tr("原因", "Why"))]
Result = Annotated[str | None, typer.Option("--result", metavar=_TEXT, help=tr("结果", "What came of it"))]
Condition = Annotated[str, typer.Option("--condition", metavar=_TEXT, help=tr("条件", "On condition that"))]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar=tr("地方", "PLACE"), help=tr("窗口或主机，可多次；默认全部", "A window or host; may be repeated")),
]
Backup = Annotated[
    str,
    typer.Option(
        "--backup",
        metavar=_TEXT,
        help=tr("caixue 不备份的软件：能退回到什么，如快照", "Where caixue keeps no backup: what can be gone back to"),
    ),
]
Begun = Annotated[
    str | None, typer.Option("--begun", metavar="TIME", help=tr("何时开始回退，如 06:45", "When it was begun, such as 06:45"))
]
Results = Annotated[
    list[str] | None, typer.Argument(metavar="RESULT.JSON...", help=tr("caixue run 写的 result.json", "result.json of `caixue run`"))
]
Maker = Annotated[str, typer.Option("--maker", metavar=tr("厂家", "NAME"), help=tr("厂家", "The maker"))]
File = Annotated[
    str, typer.Option("--file", metavar="FILE", help=tr("文件；记下文件名和 SHA-256", "The file: its name and SHA-256 are noted"))
]
Version = Annotated[str, typer.Option("--version", metavar=tr("版本", "VERSION"), help=tr("改后的版本", "The version after it"))]
All = Annotated[bool, typer.Option("--all", help=tr("也列结束了的", "Those that are over, too"))]


@contextmanager
def patching(site: str | None, ledger: str | None, by: str | None = None, *, acts: bool = False) -> Iterator[tuple[Desk, Patching]]:
    """The desk with its patches and changes; one that `acts` has its turn."""
    from caixue.ops.patching import Patching

    with open_desk(site, ledger, by, acts=acts) as desk:
        book = Patching(desk.site, desk.recorder, desk.ledger)
        if not acts:
            yield desk, book
            return
        with desk.ledger.turn():
            yield desk, book


@dataclass(frozen=True, slots=True)
class Act:
    """What every command that takes a step is given."""

    site: str | None
    ledger: str | None
    by: str | None
    op: str
    as_json: bool

    def do(self, doing: Callable[[Desk, Patching], list[Event]]) -> None:
        """Take the step, and say where the sheet stands."""
        with patching(self.site, self.ledger, self.by, acts=True) as (desk, book):
            events = doing(desk, book)
            told = state_line(book.sheet(events[0].subject), book.register_of(events[0].subject).form)
        noted(events, as_json=self.as_json, say=lambda: told)


def in_register(name: str, number: str) -> str:
    """The whole number of a sheet of that register, for one that may be written "7". Raises UsageError for one of another register."""
    from caixue.errors import UsageError

    if number.isascii() and number.isdecimal():
        return f"{name}-{number.lstrip('0'):0>4}"
    if not number.startswith(f"{name}-"):
        raise UsageError(tr(f"{number} 不是 {name} 的编号", f"{number} is no number of a {name}"))
    return number


def file_facts(path: str) -> dict[str, str]:
    """Name and SHA-256 of a file; nothing where none is named. Raises UsageError for one that cannot be read."""
    import hashlib
    from pathlib import Path

    from caixue.errors import UsageError
    from caixue.lang import why

    if not path:
        return {}
    try:
        with Path(path).open("rb") as file:
            return {"file": Path(path).name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        raise UsageError(tr(f"读不了 {path}：{reason}", f"{path} cannot be read: {reason}")) from None


def state_line(sheet: Sheet, form: Form) -> str:
    """Where a sheet stands, in one line."""
    values = sheet.values
    about = " ".join(str(values[key]) for key in ("software", "from_version", "device", "thing") if key in values)
    to = f" → {values['version']}" if values.get("version") else ""
    return f"{sheet.number} {about}{to}：{state_word(sheet, form)}"


def state_word(sheet: Sheet, form: Form) -> str:
    """The state of a sheet as people read it."""
    return next((step.text for step in form.steps if step.leads_to == sheet.state), sheet.state)


def sheet_data(sheet: Sheet, form: Form, desk: Desk) -> dict[str, Any]:
    """A sheet for programs."""
    steps = [
        {
            "step": event.kind.removeprefix(f"{form.name}."),
            "at": desk.ledger.start + timedelta(microseconds=event.at_us),
            "by": event.actor,
            **event.data,
        }
        for event in sheet.history
    ]
    return {"number": sheet.number, "state": sheet.state, **sheet.values, "steps": steps}


def list_sheets(name: str, sheets: Iterable[Sheet], form: Form, desk: Desk, *, as_json: bool) -> None:
    """A register."""
    sheets = list(sheets)
    if as_json:
        emit({"schema": 1, name: [sheet_data(sheet, form, desk) for sheet in sheets]})
        return
    rows = [state_line(sheet, form).partition("：") for sheet in sheets]
    show(
        "",
        (form.text, tr("状态", "state"), tr("最后由", "last by")),
        [(head, state, sheet.history[-1].actor) for (head, _, state), sheet in zip(rows, sheets, strict=True)],
    )


def show_sheet(sheet: Sheet, form: Form, desk: Desk, more: Mapping[str, str], *, as_json: bool) -> None:
    """One sheet with its whole course; `more` are lines that the register itself adds."""
    if as_json:
        emit({"schema": 1, **sheet_data(sheet, form, desk), **more})
        return
    print(state_line(sheet, form))
    for event in sheet.history:
        step = form.step(event.kind.removeprefix(f"{form.name}."))
        at = desk.ledger.start + timedelta(microseconds=event.at_us)
        said = [
            f"{field.text} {_plain(event.data[field.name])}"
            for field in step.fields
            if field.name in event.data and not field.name.endswith("_us")
        ]
        tell(f"{at:%m-%d %H:%M} {step.text} {event.actor}" + (f"：{'；'.join(said)}" if said else ""), indent=2)
    for text in more.values():
        if text:
            tell(text, indent=2)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(_plain(each) for each in value)
    if isinstance(value, dict):
        return " ".join(str(value[key]) for key in ("scenario", "seed", "check", "verdict") if key in value)
    return tr("是", "yes") if value is True else tr("否", "no") if value is False else str(value)

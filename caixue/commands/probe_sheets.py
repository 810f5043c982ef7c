"""What the commands of circuits and instructions share (contract C2.4): a register at a desk, and what is said after a step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from caixue.commands.common import Desk, emit, noted, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from caixue.events import Event
    from caixue.ops.sheets import Form, Sheet, Sheets


@dataclass(frozen=True, slots=True)
class SheetDesk:
    """One command's desk with one register."""

    desk: Desk
    sheets: Sheets


@contextmanager
def sheet_desk(form: Form, site: str | None, ledger: str | None, by: str | None, *, acts: bool = True) -> Iterator[SheetDesk]:
    """The register of that form; while a command acts nobody else writes."""
    from contextlib import nullcontext

    from caixue.ops.sheets import Sheets

    with open_desk(site, ledger, by, acts=acts) as desk, desk.ledger.turn() if acts else nullcontext():
        people = {person.name: person.role for person in desk.site.people}
        yield SheetDesk(desk, Sheets(form, desk.recorder, people, desk.ledger))


def said(form: Form, events: Sequence[Event], *, as_json: bool) -> None:
    """What was noted, in one line."""
    event = events[0]
    step = form.step(event.kind.removeprefix(f"{form.name}.")).text
    noted(events, as_json=as_json, say=lambda: tr(f"{event.subject}：{step}", f"{event.subject}: {step}"))


def listed(found: SheetDesk, name: str, heads: Sequence[str], row: Callable[[Sheet], Sequence[Any]], *, as_json: bool) -> None:
    """All sheets of the register."""
    start, sheets = found.desk.ledger.start, list(found.sheets.sheets.values())
    if as_json:
        rows = [
            {
                "number": sheet.number,
                "state": sheet.state,
                "opened": start + timedelta(microseconds=sheet.opened_us),
                "opened_by": sheet.opened_by,
                **sheet.values,
            }
            for sheet in sheets
        ]
        emit({"schema": 1, name: rows})
    else:
        show("", heads, [row(sheet) for sheet in sheets])

"""What the engineer has to do now, over all duties (contract R1): one row a duty, asked what is due and what is late; nothing is noted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from caixue.clock import Clock, SystemClock
from caixue.lang import tr
from caixue.ledger import LedgerRecorder, open_ledger
from caixue.months import agenda_rows as rows
from caixue.months.agenda_rows import Record, Todo
from caixue.site import Site


@dataclass(frozen=True, slots=True)
class Row:
    """One duty: what asks it, and the command with which the work is done."""

    name: str
    zh: str
    en: str
    clause: str
    command: str
    look: Callable[[Record], Iterable[Todo]]

    @property
    def text(self) -> str:
        """The duty in the reader's language."""
        return tr(self.zh, self.en)


AGENDA: tuple[Row, ...] = (
    Row("attendance", "考勤", "attendance", "R4", "caixue people attend", rows.attendance),
    Row("day", "当日计数", "numbers of a day", "C6.3", "caixue month count", rows.days),
    Row("inspection", "月度巡检", "inspection", "C1", "caixue inspect round", rows.inspection),
    Row("finding", "隐患整改", "findings", "C1", "caixue inspect close-finding", rows.findings),
    Row("backup", "备份", "backups", "C2.2.3", "caixue backup make", rows.backups),
    Row("restore-drill", "恢复演练", "restore drill", "C2.2.3", "caixue backup drill", rows.restore),
    Row("maintenance", "预防保养", "maintenance", "C2.1.4", "caixue maintain due", rows.maintenance),
    Row("training", "培训", "training", "C3", "caixue training due", rows.training),
    Row("feedback", "用户反馈", "feedback", "C2.2.2", "caixue people feedback due", rows.feedback),
    Row("period", "特殊时段方案", "special periods", "C5", "caixue period due", rows.periods),
    Row("drill", "应急演练", "emergency drills", "C5", "caixue period due", rows.drills),
    Row("month", "月报年报", "months and years", "C6.3", "caixue month list", rows.months),
    Row("patch", "补丁安装", "patches", "R5.5", "caixue software patch", rows.patches),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the agenda."""

    row: Row
    todo: Todo

    def data(self) -> dict[str, Any]:
        """The line for programs."""
        due = None if self.todo.due is None else self.todo.due.isoformat()
        told = {"duty": self.row.name, "zh": self.row.zh, "en": self.row.en, "clause": self.row.clause, "command": self.row.command}
        return {**told, "about": self.todo.about, "text": self.todo.text, "due": due, "overdue": self.todo.overdue}


def agenda(record: Record, table: Iterable[Row] = AGENDA) -> list[Entry]:
    """Everything that is due: first what is late, then by its day; at one day in the order of the table."""
    found = [Entry(row, todo) for row in table for todo in row.look(record)]
    return sorted(found, key=lambda one: (not one.todo.overdue, one.todo.due or date.max))


def of_ledger(place: str | Path, site: Site, clock: Clock | None = None) -> list[Entry]:
    """The same from the ledger at `place`. Raises UsageError where there is none, LedgerError where it cannot be read."""
    people = {person.name: person.role for person in site.people}
    with open_ledger(place, site=site.name, people=people, clock=clock or SystemClock(), create=False) as ledger:
        return agenda(Record(site, LedgerRecorder(ledger), ledger.start, ledger))

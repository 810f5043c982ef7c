"""The command `caixue month due` (contract R1): what the engineer has to do now, over all duties."""

from __future__ import annotations

from caixue.commands.common import JsonOption, LedgerOption, SiteOption, emit, open_desk, show
from caixue.lang import tr


def due(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.months.agenda import agenda
    from caixue.months.agenda_rows import Record

    with open_desk(site, ledger, create=False) as desk:
        entries = agenda(Record(desk.site, desk.recorder, desk.ledger.start, desk.ledger))
    if as_json:
        emit({"schema": 1, "due": [entry.data() for entry in entries]})
        return
    late = tr("逾期", "overdue")
    heads = (tr("职责", "duty"), tr("什么", "about"), tr("怎么了", "why"), tr("到期", "due"), "")
    shown = [
        (entry.row.text, entry.todo.about, entry.todo.text, entry.todo.due or "", late if entry.todo.overdue else "") for entry in entries
    ]
    show("", heads, shown, empty=tr("没有该做的", "nothing is due"))
    for command in dict.fromkeys(entry.row.command for entry in entries):
        print(command)

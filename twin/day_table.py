"""The days of a run as people read them: a line each, in 80 columns and in characters that a GBK console has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from caixue.lang import tr
from caixue.metrics import FIGURES
from caixue.verdict import amount

if TYPE_CHECKING:
    from rich.table import Table

_WEEKDAYS = (("一", "Mon"), ("二", "Tue"), ("三", "Wed"), ("四", "Thu"), ("五", "Fri"), ("六", "Sat"), ("日", "Sun"))
_KINDS = {"workday": ("", ""), "weekend": ("", ""), "holiday": (" 假", " hol."), "make-up workday": (" 班", " work")}
_COLUMNS = (
    ("patient.count", "患者", "patients"),
    ("patient.wait.p90", "等候 P90", "P90 wait"),
    ("window.usable.min", "最少可用", "usable"),
    ("incident.count", "故障", "incidents"),
    ("incident.repair.max", "最长修复", "repair"),
    ("sla.breaches", "超时", "breaches"),
)


def day_table(days: Sequence[Mapping[str, Any]]) -> Table:
    """The most asked-for figures of each day; `days` as result.json has them."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.MARKDOWN, show_edge=False)
    table.add_column(tr("日期", "date"))
    for _, zh, en in _COLUMNS:
        table.add_column(tr(zh, en), justify="right")
    for row in days:
        table.add_row(Text(_date(row)), *(Text(amount(row["figures"][name], FIGURES[name].unit)) for name, _, _ in _COLUMNS))
    return table


def _date(row: Mapping[str, Any]) -> str:
    day = date.fromisoformat(row["date"])
    return f"{day:%m-%d} {tr(*_WEEKDAYS[day.weekday()])}{tr(*_KINDS[row['kind']])}"

"""The verdict as two terminal tables, in 80 columns and in characters that a GBK console has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from caixue.lang import tr
from caixue.metrics import FIGURES
from caixue.verdict.judging import FaultTimes, Outcome, Row

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_STYLES: Mapping[Outcome, str] = {"pass": "green", "fail": "bold red", "no-data": "yellow"}
_UNITS_OF_TIME = ((7200, 3600, "h"), (60, 60, "min"), (0, 1, "s"))  # from so many seconds on, in this unit


def _plain(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else f"{value:.2f}"


def _time(seconds: float) -> str:
    size, unit = next((size, unit) for least, size, unit in _UNITS_OF_TIME if abs(seconds) >= least)
    return f"{seconds / size:.1f} {unit}" if seconds else "0 s"


_WRITERS: Mapping[str, Callable[[float], str]] = {
    "s": _time,
    "count": _plain,
    "list": _plain,
    "share": lambda value: f"{value * 100:.1f} %",
    "per_h": lambda value: f"{value:.1f} /h",
    "per_1000": lambda value: f"{_plain(value)} /1000",
    "yuan": lambda value: f"{value:.2f} {tr('元', 'yuan')}",
}


def amount(value: float | None, unit: str) -> str:
    """A figure's value as people write it: 678 s is "11.3 min", a share is in percent; "-" without samples, never "-0.0"."""
    if value is None:
        return "-"
    text = _WRITERS[unit](value)
    return text if any(digit in text.partition("/")[0] for digit in "123456789") else text.removeprefix("-")


def verdict_table(rows: Iterable[Row]) -> Table:
    """Figure, limit, actual, clause and verdict of each expectation; several replications show their 95 % interval."""
    table = _table(tr("判定", "verdict"))
    for zh, en in (("指标", "figure"), ("限值", "limit"), ("实际", "actual"), ("条款", "clause"), ("结果", "verdict")):
        table.add_column(tr(zh, en), overflow="fold")
    for row in rows:
        expected = row.expectation
        table.add_row(_text(_name(row)), _text(expected.limit), _text(_actual(row)), _text(expected.clause), _text(*_outcome(row)))
    return table


def fault_table(faults: Iterable[FaultTimes], start: datetime) -> Table:
    """When each fault was armed, fired, seen and recovered, as clock times of a run that began at `start`."""
    table = _table(tr("故障", "faults"))
    for zh, en in (("故障", "fault"), ("布设", "armed"), ("触发", "fired"), ("发现", "seen"), ("恢复", "recovered")):
        table.add_column(tr(zh, en), overflow="fold")
    for fault in faults:
        times = (fault.armed_us, fault.fired_us, fault.seen_us, fault.recovered_us)
        table.add_row(_text(fault.name), *(_text(_clock(us, start)) for us in times))
    return table


def _table(title: str) -> Table:
    from rich import box  # here, so that importing the verdict stays quick
    from rich.table import Table

    return Table(title=title, title_justify="left", box=box.MARKDOWN, show_lines=False)


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(words, style)  # never markup: names come from scenario files


def _name(row: Row) -> str:
    known = FIGURES[row.expectation.figure]
    where = row.expectation.where
    return f"{tr(known.zh, known.en)}\n{where}" if where else tr(known.zh, known.en)


def _actual(row: Row) -> str:
    """The mean, its interval and how many replications break the limit; of a single one a breached time also in seconds, where rounding hides nothing."""
    unit = FIGURES[row.expectation.figure].unit
    lines = [amount(row.actual, unit)]
    if row.actual is not None and row.verdict == "fail" and unit == "s" and row.actual >= 60 and row.n == 1:
        lines.append(f"= {row.actual:.6f}".rstrip("0").rstrip(".") + " s")
    if row.low != row.high:
        lines.append(f"{amount(row.low, unit)} .. {amount(row.high, unit)}")
    if row.n > 1 and row.breached_share is not None:
        share = amount(row.breached_share, "share")
        lines.append(tr(f"{share} 的次数超限", f"beyond it in {share}"))
    return "\n".join(lines)


def _outcome(row: Row) -> tuple[str, str]:
    if not row.simulated:
        return tr("- 不模拟", "- not simulated"), ""
    words = {"pass": tr("√ 通过", "√ pass"), "fail": tr("× 不达标", "× fail"), "no-data": tr("? 无数据", "? no data")}
    return words[row.verdict], _STYLES[row.verdict]


def _clock(us: int | None, start: datetime) -> str:
    """The time of day; on a later day than the start with "+1d" before it."""
    if us is None:
        return "-"
    at = start + timedelta(microseconds=us)
    days = (at.date() - start.date()).days
    return f"+{days}d {at:%H:%M:%S}" if days else f"{at:%H:%M:%S}"
